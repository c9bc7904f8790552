"""Token counts as Chat Completions report them, and as their imitators do.

``prompt_tokens`` includes what was read from and written to the cache, so both are subtracted (CCH-1); figures that
cannot be inclusive (their sum is larger) are taken as disjoint. Fields: OpenAI `CompletionUsage`; OpenRouter
``prompt_tokens_details.cache_write_tokens``; LiteLLM and Databricks ``cache_read_input_tokens`` and
``cache_creation_input_tokens``; DeepSeek ``prompt_cache_hit_tokens``; Moonshot ``cached_tokens``. xAI leaves reasoning out
of ``completion_tokens`` while ``total_tokens`` has it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.chat.usage import Usage

_PROMPT_KNOWN = frozenset({"cached_tokens", "cache_write_tokens"})
_KNOWN = frozenset(
    {"prompt_tokens", "completion_tokens", "total_tokens", "prompt_tokens_details", "completion_tokens_details"}
)


def decode(value: Any) -> tuple[Usage | None, dict[str, Any]]:
    """(usage, fields without a canonical name). (None, {}) if `value` reports nothing."""
    if not isinstance(value, dict):
        return None, {}
    prompt_details, output_details = (
        _mapping(value, "prompt_tokens_details"),
        _mapping(value, "completion_tokens_details"),
    )
    prompt, output = _count(value, "prompt_tokens"), _count(value, "completion_tokens")
    read = _first(
        _count(prompt_details, "cached_tokens"),
        _count(value, "cache_read_input_tokens"),
        _count(value, "prompt_cache_hit_tokens"),
        _count(value, "cached_tokens"),
    )
    write = _first(
        _count(prompt_details, "cache_write_tokens"),
        _count(prompt_details, "cache_creation_tokens"),
        _count(value, "cache_creation_input_tokens"),
    )
    reasoning = _count(output_details, "reasoning_tokens")
    fresh = prompt
    if prompt is not None and (cached := (read or 0) + (write or 0)) <= prompt:
        fresh = prompt - cached
    if reasoning and output is not None and value.get("total_tokens") == (prompt or 0) + output + reasoning:
        output += reasoning
    usage = Usage(fresh, output, read, write, None, reasoning)
    return (None if usage == Usage() else usage), _rest(value, prompt_details, output_details)


def encode(usage: Usage | None, rest: Mapping[str, Any] | None = None) -> dict[str, Any] | None:
    """The ``usage`` object; None if nothing was reported. `rest` are fields `decode` had no name for."""
    if usage is None or (usage.prompt is None and usage.output is None):
        return None
    prompt, output = usage.prompt or 0, usage.output or 0
    body: dict[str, Any] = {"prompt_tokens": prompt, "completion_tokens": output, "total_tokens": prompt + output}
    prompt_details: dict[str, Any] = {}
    if usage.cache_read is not None:
        prompt_details["cached_tokens"] = usage.cache_read
    if usage.cache_write is not None:
        prompt_details["cache_write_tokens"] = usage.cache_write
    output_details: dict[str, Any] = {} if usage.reasoning is None else {"reasoning_tokens": usage.reasoning}
    more = dict(rest or {})
    prompt_details.update(more.pop("prompt_tokens_details", {}))
    output_details.update(more.pop("completion_tokens_details", {}))
    if prompt_details:
        body["prompt_tokens_details"] = prompt_details
    if output_details:
        body["completion_tokens_details"] = output_details
    body.update(more)
    return body


def _rest(value: dict[str, Any], prompt: dict[str, Any], output: dict[str, Any]) -> dict[str, Any]:
    rest = {name: found for name, found in value.items() if name not in _KNOWN}
    prompt_rest = {name: found for name, found in prompt.items() if name not in _PROMPT_KNOWN}
    output_rest = {name: found for name, found in output.items() if name != "reasoning_tokens"}
    if prompt_rest:
        rest["prompt_tokens_details"] = prompt_rest
    if output_rest:
        rest["completion_tokens_details"] = output_rest
    return rest


def _mapping(value: dict[str, Any], name: str) -> dict[str, Any]:
    found = value.get(name)
    return found if isinstance(found, dict) else {}


def _count(value: dict[str, Any], name: str) -> int | None:
    found = value.get(name)
    return int(found) if isinstance(found, int | float) and not isinstance(found, bool) and found >= 0 else None


def _first(*counts: int | None) -> int | None:
    return next((count for count in counts if count is not None), None)
