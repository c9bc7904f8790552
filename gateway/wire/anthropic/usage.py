"""Token counts and stop reasons of the Messages API.

The API's figures are disjoint: the whole prompt is input_tokens + cache_read_input_tokens + cache_creation_input_tokens
(docs.claude.com/en/docs/build-with-claude/prompt-caching). `cache_creation` splits the last by lifetime; `message_delta`
repeats only the total.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.chat.events import FinishReason
from gateway.chat.request import ChatRequest, Extras
from gateway.chat.usage import NO_USAGE, Usage, service_tier

from .blocks import own

STOP_REASONS: dict[str, FinishReason] = {
    "end_turn": "stop",
    "max_tokens": "length",
    "tool_use": "tool_use",
    "stop_sequence": "stop_sequence",
    "refusal": "refusal",
    "pause_turn": "pause_turn",
    "model_context_window_exceeded": "context_length",
}
WORDS = {reason: word for word, reason in STOP_REASONS.items()}


def finish_reason(word: Any, *, calls: bool) -> FinishReason:
    """`calls`: the answer has a tool_use block, whatever the provider says of its end (PAR-4, PAR-5). A cut, refused or
    paused turn stays one."""
    reason = STOP_REASONS.get(word, "unknown") if isinstance(word, str) else "unknown"
    return "tool_use" if calls and reason in ("stop", "stop_sequence", "unknown") else reason


def stop_word(reason: FinishReason, *, calls: bool, raw: Any = None, native: bool = True) -> str:
    """`raw` is a stop reason this gateway does not know; `native`: the answer was made in this dialect."""
    if reason in ("stop", "stop_sequence", "unknown") and calls:
        return "tool_use"
    if reason == "unknown":
        return raw if isinstance(raw, str) else "end_turn"
    if reason == "tool_use" and not calls and not native:
        return "end_turn"
    return WORDS[reason]


def _count(body: Mapping[str, Any], name: str) -> int | None:
    value = body.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def decode_usage(body: Any, request: ChatRequest, before: Usage = NO_USAGE) -> Usage | None:
    """`before`: what the same answer reported earlier. A total without its split is divided as before, and what is new
    counts as written for the lifetime the request asked for (CCH-8)."""
    if not isinstance(body, dict):
        return None
    five = hour = None
    split = body.get("cache_creation")
    total = _count(body, "cache_creation_input_tokens")
    if isinstance(split, dict):
        five, hour = _count(split, "ephemeral_5m_input_tokens"), _count(split, "ephemeral_1h_input_tokens")
    if five is None and hour is None and total is not None:
        five, hour = before.cache_write_5m, before.cache_write_1h
        more = total - (five or 0) - (hour or 0)
        if more < 0:
            five, hour, more = (None, None, total)
        if more or (five is None and hour is None):
            if more and _writes_hours(request):
                hour = (hour or 0) + more
            else:
                five = (five or 0) + more
    details = body.get("output_tokens_details")
    return Usage(
        _count(body, "input_tokens"),
        _count(body, "output_tokens"),
        _count(body, "cache_read_input_tokens"),
        five,
        hour,
        _count(details, "thinking_tokens") if isinstance(details, dict) else None,
        service_tier(body.get("service_tier")),
    )


def _ttl(extras: Extras) -> str | None:
    mark = own(extras).get("cache_control")
    return str(mark.get("ttl") or "5m") if isinstance(mark, Mapping) else None


def _writes_hours(request: ChatRequest) -> bool:
    """Whether every cache mark of the request asks for the 1-hour lifetime."""
    found = [_ttl(request.extras), *(_ttl(text.extras) for text in request.system)]
    found += [_ttl(tool.extras) for tool in request.tools]
    for message in request.messages:
        found += [_ttl(getattr(block, "extras", {})) for block in message.blocks]
    marks = [ttl for ttl in found if ttl]
    return bool(marks) and all(ttl == "1h" for ttl in marks)


_CANONICAL = ("input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")


def usage_rest(body: Any) -> dict[str, Any]:
    """The fields of a usage object that have no canonical place, nulls included."""
    if not isinstance(body, dict):
        return {}
    rest = {name: value for name, value in body.items() if name not in _CANONICAL or _count(body, name) is None}
    split, details = rest.get("cache_creation"), rest.get("output_tokens_details")
    if isinstance(split, dict) and _count(split, "ephemeral_5m_input_tokens") is not None:
        del rest["cache_creation"]
    if isinstance(details, dict) and set(details) == {"thinking_tokens"}:
        del rest["output_tokens_details"]
    return rest


def encode_usage(usage: Usage, rest: Mapping[str, Any], *, split: bool = True) -> dict[str, Any]:
    """`split`: write the lifetimes apart when both are known (not in message_delta, which has only the total)."""
    written: dict[str, Any] = {}
    if usage.input is not None:
        written["input_tokens"] = usage.input
    if usage.cache_write is not None:
        written["cache_creation_input_tokens"] = usage.cache_write
    if usage.cache_read is not None:
        written["cache_read_input_tokens"] = usage.cache_read
    if split and usage.cache_write_5m is not None and usage.cache_write_1h is not None:
        written["cache_creation"] = {
            "ephemeral_5m_input_tokens": usage.cache_write_5m,
            "ephemeral_1h_input_tokens": usage.cache_write_1h,
        }
    written["output_tokens"] = usage.output or 0
    if usage.reasoning is not None:
        written["output_tokens_details"] = {"thinking_tokens": usage.reasoning}
    return {**written, **rest}
