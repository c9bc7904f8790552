"""What to paste where, per client, with this gateway's address and a key in it. The same lines as docs/clients.md."""

from __future__ import annotations

import json
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest

NO_KEY = "lyk_your_key"


@dataclass(frozen=True, slots=True)
class Block:
    """Something to copy. `where`: what it is pasted into."""

    where: str
    text: str


@dataclass(frozen=True, slots=True)
class Setup:
    """`word`: for the address and ids. `notes`: what to know beside it."""

    word: str
    title: str
    blocks: tuple[Block, ...]
    notes: tuple[str, ...] = ()


def address(request: HttpRequest) -> str:
    """How this person reaches the gateway: LYNKR_PUBLIC_URL where it was set, else as their browser does."""
    env = settings.LYNKR
    if env.public_url_given:
        return str(env.public_url)
    return f"{request.scheme}://{request.get_host()}"


def setups(url: str, key: str = NO_KEY) -> tuple[Setup, ...]:
    """`url` without a slash at its end."""
    python = Block("Anthropic SDK", _anthropic_py(url, key)), Block("OpenAI SDK", _openai_py(url, key))
    typescript = Block("Anthropic SDK", _anthropic_ts(url, key)), Block("OpenAI SDK", _openai_ts(url, key))
    curl = Block("Anthropic Messages", _curl_anthropic(url, key)), Block("OpenAI Chat", _curl_openai(url, key))
    claude = _exports(ANTHROPIC_BASE_URL=url, ANTHROPIC_AUTH_TOKEN=key)
    return (
        Setup("claude-code", "Claude Code", (claude,), _CLAUDE_NOTES),
        Setup("codex", "Codex", (_exports(LYNKR_KEY=key), Block("~/.codex/config.toml", _codex(url))), _CODEX_NOTES),
        Setup("cursor", "Cursor", _cursor(url, key), _CURSOR_NOTES),
        Setup("opencode", "opencode", (Block("opencode.json", _opencode(url, key)),)),
        Setup("python", "Python", python),
        Setup("typescript", "TypeScript", typescript),
        Setup("curl", "curl", curl),
    )


_CLAUDE_NOTES = (
    "The base URL has no /v1 at its end. Claude Code's own model names mean auto: Lynkr chooses by how hard the request is.",
    "export CLAUDE_CODE_ENABLE_GATEWAY_MODEL_DISCOVERY=1 makes it list this gateway's models.",
    "Tool search is off behind a gateway; ENABLE_TOOL_SEARCH=true only if every target of your tiers is an Anthropic model.",
)
_CODEX_NOTES = (
    "Its own model names are not known here unless a policy lists them: auto, a tier or a name of GET /v1/models.",
    "The base URL must end in /v1; “builder error” means it does not.",
)
_CURSOR_NOTES = (
    "Cursor's own servers make the calls: the address must be one they can reach, with HTTPS.",
    "While the base URL is overridden, its built-in Gemini and Anthropic names do not work: add auto and names of your own.",
    "Tab completion and the Cursor CLI cannot be pointed at a gateway.",
)


def _exports(**values: str) -> Block:
    return Block("Your shell", "\n".join(f"export {name}={value}" for name, value in values.items()))


def _codex(url: str) -> str:
    return f"""model = "auto"
model_provider = "lynkr"

[model_providers.lynkr]
name = "Lynkr"
base_url = "{url}/v1"
wire_api = "responses"
env_key = "LYNKR_KEY\""""


def _cursor(url: str, key: str) -> tuple[Block, ...]:
    return (
        Block("Settings › Models › Override OpenAI Base URL", f"{url}/v1"),
        Block("Settings › Models › OpenAI API Key", key),
        Block("Settings › Models › Add model", "auto"),
    )


def _opencode(url: str, key: str) -> str:
    names = ("auto", "simple", "medium", "complex", "reasoning")
    document = {
        "$schema": "https://opencode.ai/config.json",
        "model": "lynkr/auto",
        "provider": {
            "lynkr": {
                "npm": "@ai-sdk/openai-compatible",
                "name": "Lynkr",
                "options": {"baseURL": f"{url}/v1", "apiKey": key},
                "models": {name: {} for name in names},
            }
        },
    }
    return json.dumps(document, indent=2)


def _anthropic_py(url: str, key: str) -> str:
    return f"""import anthropic

client = anthropic.Anthropic(base_url="{url}", auth_token="{key}")
message = client.messages.create(
    model="auto",
    max_tokens=1024,
    messages=[{{"role": "user", "content": "Hello"}}],
)
print(message.content[0].text)"""


def _openai_py(url: str, key: str) -> str:
    return f"""from openai import OpenAI

client = OpenAI(base_url="{url}/v1", api_key="{key}")
answer = client.chat.completions.create(
    model="auto",
    messages=[{{"role": "user", "content": "Hello"}}],
)
print(answer.choices[0].message.content)"""


def _anthropic_ts(url: str, key: str) -> str:
    return f"""import Anthropic from "@anthropic-ai/sdk";

const client = new Anthropic({{ baseURL: "{url}", authToken: "{key}", apiKey: null }});
const message = await client.messages.create({{
  model: "auto",
  max_tokens: 1024,
  messages: [{{ role: "user", content: "Hello" }}],
}});
console.log(message.content);"""


def _openai_ts(url: str, key: str) -> str:
    return f"""import OpenAI from "openai";

const client = new OpenAI({{ baseURL: "{url}/v1", apiKey: "{key}" }});
const answer = await client.chat.completions.create({{
  model: "auto",
  messages: [{{ role: "user", content: "Hello" }}],
}});
console.log(answer.choices[0].message.content);"""


def _curl_anthropic(url: str, key: str) -> str:
    return f"""curl {url}/v1/messages \\
  -H "authorization: Bearer {key}" \\
  -H "anthropic-version: 2023-06-01" \\
  -H "content-type: application/json" \\
  -d '{{"model": "auto", "max_tokens": 1024, "messages": [{{"role": "user", "content": "Hello"}}]}}'"""


def _curl_openai(url: str, key: str) -> str:
    return f"""curl {url}/v1/chat/completions \\
  -H "authorization: Bearer {key}" \\
  -H "content-type: application/json" \\
  -d '{{"model": "auto", "messages": [{{"role": "user", "content": "Hello"}}]}}'"""
