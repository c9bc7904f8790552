"""Which targets take prompt-cache marks (`cache_control`) from us. A target that is not here gets none that its client did
not set: it caches by itself, or nothing certain is known.

Sources: platform.claude.com/docs/en/build-with-claude/prompt-caching (all active Claude models; the smallest prompt that is
cached has 512 tokens, on Opus 5 and Fable 5; shorter ones are served without an error) and the pages on Bedrock, Vertex and
Foundry there; docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html (models of Converse; one hour for the 4.5
models); openrouter.ai/docs, prompt caching (marks on chat, for Claude by whoever serves it, and for the Qwen models named
there: five minutes). Not here: Gemini by OpenRouter, where only the last mark counts and one that moves would write the whole
prompt again; Nova, which caches by itself. November 2026.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .account import Account
from .families import bare
from .profiles import family_of, model_id

_CLAUDE_LEAST = 512
_UNKNOWN_LEAST = 1024
_CONVERSE = re.compile(r"claude-(?:3-7-sonnet|3-5-haiku|(?:opus|sonnet|haiku|fable|mythos)-[4-9].*)")
_CONVERSE_HOUR = re.compile(r"claude-(?:opus|sonnet|haiku)-4-5")
_OPENROUTER_QWEN = frozenset({"qwen3-max", "qwen-plus", "qwen3.6-plus", "qwen3-coder-plus", "qwen3-coder-flash"})


@dataclass(frozen=True, slots=True)
class Taken:
    """`least`: tokens of the shortest prompt worth a mark. `hour`: a mark may live for an hour. `tools`: a tool takes one."""

    least: int = _UNKNOWN_LEAST
    hour: bool = True
    tools: bool = True


def taken(vendor: str, account: Account, model: str, dialect: str) -> Taken | None:
    """What marks `model` takes of this account, spoken to in `dialect`; None: none."""
    claude = family_of(account, model).name == "claude"
    if dialect == "anthropic" and vendor in ("anthropic", "azure-anthropic", "vertex"):
        return Taken(_CLAUDE_LEAST if claude else _UNKNOWN_LEAST)
    name = bare(model_id(account, model))
    if vendor == "bedrock" and dialect == "bedrock_converse" and claude and _CONVERSE.fullmatch(name):
        return Taken(_CLAUDE_LEAST, hour=_CONVERSE_HOUR.fullmatch(name) is not None)
    if vendor == "openrouter" and claude and dialect in ("anthropic", "openai_chat"):
        return Taken(_CLAUDE_LEAST, tools=dialect == "anthropic")
    if vendor == "openrouter" and dialect == "openai_chat" and name in _OPENROUTER_QWEN:
        return Taken(hour=False, tools=False)
    return None
