"""What clients send of their own accord, as bodies in their dialects (shapes: gateway/bypass.py says where each is from)."""

from __future__ import annotations

from typing import Any

CLAUDE_CODE = "claude-cli/2.1.330 (external, cli)"
BILLING = "x-anthropic-billing-header: cc_version=2.1.330.b24; cc_entrypoint=cli;"
ITSELF = "You are Claude Code, Anthropic's official CLI for Claude."
TOPIC = (
    "Analyze if this message indicates a new conversation topic. If it does, extract a 2-3 word title that captures the new "
    "topic. Format your response as a JSON object with two fields: 'isNewTopic' (boolean) and 'title' (string, or null if "
    "isNewTopic is false). Only include these fields, no other text."
)
NAMING = (
    "You are naming a coding session so the user can pick it out of a long list of sessions. The title is a name for what "
    'the session is about.\n\nReturn JSON with a single "title" field. Capitalize the first letter of the title.'
)
SENTENCE_CASE = (
    "Generate a concise, sentence-case title (3-7 words) that captures the main topic or goal of this coding session. The "
    'title should be clear enough.\n\nReturn JSON with a single "title" field.'
)
SUMMARY = (
    "Summarize this coding conversation in under 50 characters.\nCapture the main task, key files, problems addressed, and "
    "current status."
)
OPENCODE = "You are a title generator. You output ONLY a thread title. Nothing else.\n\n<task>\nGenerate a brief title"
GOOSE = "Generate a short title (four words or less) for this conversation.\n\nTitle what the work is ABOUT."
LANGUAGE = "Write the title in the predominant language of the session — a stray word does not change it."
TITLE_ONLY = {
    "type": "object",
    "properties": {"title": {"type": "string"}},
    "required": ["title"],
    "additionalProperties": False,
}
ASK = "Fix the login button on mobile devices when the keyboard is open"
TOOL = {"name": "Bash", "description": "Runs.", "input_schema": {"type": "object", "properties": {}}}

Body = dict[str, Any]


def user(content: Any) -> Body:
    return {"role": "user", "content": content}


def anthropic(*messages: Body, model: str = "auto", max_tokens: int = 1, **more: Any) -> Body:
    return {"model": model, "max_tokens": max_tokens, "messages": [*messages], **more}


def quota(**more: Any) -> Body:
    return anthropic(user("quota"), metadata={"user_id": "{}"}, **more)


def count(word: str = "count", **more: Any) -> Body:
    return anthropic(user(word), **more)


def warm_up(**more: Any) -> Body:
    reminder = {"type": "text", "text": "<system-reminder>\nToday is Saturday.\n</system-reminder>"}
    system = [
        {"type": "text", "text": BILLING},
        {"type": "text", "text": ITSELF},
        {"type": "text", "text": "You explore."},
    ]
    messages = [user([reminder, {"type": "text", "text": "Warmup"}])]
    return anthropic(*messages, **{"max_tokens": 32_000, "system": system, "tools": [TOOL], **more})


def topic(ask: str = "Add OAuth authentication", *, prefill: str = "", **more: Any) -> Body:
    messages = [user(ask), {"role": "assistant", "content": prefill}] if prefill else [user(ask)]
    return anthropic(*messages, **{"max_tokens": 512, "system": TOPIC, **more})


def named(ask: str = ASK, *, language: str = LANGUAGE, prompt: str = NAMING, **more: Any) -> Body:
    """Claude Code's title since 2.1.234."""
    system = [{"type": "text", "text": text} for text in (BILLING, ITSELF, prompt)]
    form = {"format": {"type": "json_schema", "schema": TITLE_ONLY}}
    text = f"<session>\n{ask}\n</session>\n\n{language}"
    return anthropic(user(text), **{"max_tokens": 32_000, "system": system, "tools": [], "output_config": form, **more})


def sentence_case(ask: str = ASK, **more: Any) -> Body:
    """Claude Code's title before that."""
    system = [{"type": "text", "text": text} for text in (BILLING, ITSELF, SENTENCE_CASE)]
    form = {"format": {"type": "json_schema", "schema": TITLE_ONLY}}
    return anthropic(user(ask), **{"max_tokens": 32_000, "system": system, "tools": [], "output_config": form, **more})


def five_to_ten(shown: str = f"User: {ASK}\n\nClaude: I looked at it.", **more: Any) -> Body:
    text = (
        f"Please write a 5-10 word title for the following conversation:\n\n{shown}\n\nRespond with the title for the"
    )
    return anthropic(user(f"{text} conversation and nothing else."), **{"max_tokens": 512, "system": SUMMARY, **more})


def opencode(surface: str, ask: str = ASK, **more: Any) -> Body:
    asks = [user("Generate a title for this conversation:\n"), user(ask)]
    if surface == "anthropic":
        blocks = [{"type": "text", "text": message["content"]} for message in asks]
        return anthropic(user(blocks), **{"max_tokens": 32_000, "system": OPENCODE, **more})
    if surface == "openai_chat":
        return {"model": "auto", "messages": [{"role": "system", "content": OPENCODE}, *asks], **more}
    return {"model": "auto", "input": [{"role": "developer", "content": OPENCODE}, *asks], "store": False, **more}


def goose(surface: str, ask: str = ASK, **more: Any) -> Body:
    text = (
        f"---BEGIN USER MESSAGES---\n{ask}\n---END USER MESSAGES---\n\nGenerate a short title for the above messages."
    )
    if surface == "anthropic":
        return anthropic(user(text), **{"max_tokens": 4_096, "system": GOOSE, **more})
    return {"model": "auto", "messages": [{"role": "system", "content": GOOSE}, user(text)], **more}
