"""Anthropic Messages: https://platform.claude.com/docs/en/api/messages, .../build-with-claude/streaming, .../api/errors."""

from __future__ import annotations

from typing import Any

from tests.fakes.script import Reply, Text, Thinking, ToolCall, pieces

from .anthropic_strict import check, prefix_of
from .base import Json, Seen, Turn, parsed, sse, texts

name = "anthropic"
stream_type = "text/event-stream; charset=utf-8"

STOPS = {"end": "end_turn", "tool": "tool_use", "length": "max_tokens", "stop_sequence": "stop_sequence"}
STOPS |= {"refusal": "refusal", "filter": "refusal", "context": "model_context_window_exceeded"}
ERRORS = {400: "invalid_request_error", 401: "authentication_error", 402: "billing_error", 403: "permission_error"}
ERRORS |= {404: "not_found_error", 413: "request_too_large", 429: "rate_limit_error", 504: "timeout_error"}
ERRORS |= {529: "overloaded_error"}

__all__ = ["check", "error", "frames", "name", "seen", "stream_error", "stream_type", "unknown_event", "whole"]


def usage(reply: Reply) -> Json:
    u = reply.usage
    return {
        "input_tokens": u.input,
        "cache_creation_input_tokens": u.cache_write_5m + u.cache_write_1h,
        "cache_read_input_tokens": u.cache_read,
        "cache_creation": {
            "ephemeral_5m_input_tokens": u.cache_write_5m,
            "ephemeral_1h_input_tokens": u.cache_write_1h,
        },
        "output_tokens": u.output,
        "service_tier": u.tier or "standard",
    }


def _prefix(turn: Turn) -> str:
    return prefix_of(turn.body, len(turn.body.get("messages") or []))


def block(part: Text | Thinking | ToolCall, turn: Turn) -> Json:
    if isinstance(part, Text):
        return {"type": "text", "text": part.text}
    if isinstance(part, Thinking):
        signature = turn.sign(part, _prefix(turn))
        if part.redacted:
            return {"type": "redacted_thinking", "data": signature}
        return {"type": "thinking", "thinking": part.text, "signature": signature}
    made = part.id or turn.fresh("toolu_")
    return {"type": "tool_use", "id": made, "name": part.name, "input": parsed(part.text)}


def message(reply: Reply, turn: Turn) -> Json:
    return {
        "id": reply.id or turn.fresh("msg_"),
        "type": "message",
        "role": "assistant",
        "model": reply.model or turn.model,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": usage(reply),
    }


def whole(reply: Reply, turn: Turn) -> Json:
    body = message(reply, turn)
    body["content"] = [block(part, turn) for part in reply.parts]
    body["stop_reason"], body["stop_sequence"] = STOPS[reply.finish], reply.stop_sequence
    if not reply.usage.reported:
        del body["usage"]
    return body


def _event(data: Json) -> bytes:
    return sse(data, data["type"])


def _deltas(part: Text | Thinking | ToolCall, made: Json) -> tuple[Json, list[Json]]:
    """The block as it starts, and its deltas."""
    if isinstance(part, Text):
        return {"type": "text", "text": ""}, [
            {"type": "text_delta", "text": piece} for piece in pieces(part.text, part.fragments)
        ]
    if isinstance(part, Thinking):
        if part.redacted:
            return made, []
        deltas: list[Json] = [
            {"type": "thinking_delta", "thinking": piece} for piece in pieces(part.text, part.fragments)
        ]
        if made["signature"]:
            deltas.append({"type": "signature_delta", "signature": made["signature"]})
        return {"type": "thinking", "thinking": "", "signature": ""}, deltas
    deltas = [{"type": "input_json_delta", "partial_json": ""}]
    deltas += [{"type": "input_json_delta", "partial_json": piece} for piece in pieces(part.text, part.fragments)]
    return {**made, "input": {}}, deltas


def frames(reply: Reply, turn: Turn) -> list[bytes]:
    start = message(reply, turn)
    start["usage"] = {**usage(reply), "output_tokens": 1}
    out = [_event({"type": "message_start", "message": start})]
    for index, part in enumerate(reply.parts):
        opening, deltas = _deltas(part, block(part, turn))
        out.append(_event({"type": "content_block_start", "index": index, "content_block": opening}))
        if index == 0:
            out.append(_event({"type": "ping"}))
        out += [_event({"type": "content_block_delta", "index": index, "delta": delta}) for delta in deltas]
        out.append(_event({"type": "content_block_stop", "index": index}))
    told = usage(reply)
    told.pop("service_tier")
    told.pop("cache_creation")
    delta = {"stop_reason": STOPS[reply.finish], "stop_sequence": reply.stop_sequence}
    ending: Json = {"type": "message_delta", "delta": delta}
    if reply.usage.reported:
        ending["usage"] = told
    out += [_event(ending), _event({"type": "message_stop"})]
    return out


def error(status: int, message: str, kind: str | None) -> tuple[list[tuple[str, str]], Json]:
    inner = {"type": kind or ERRORS.get(status, "api_error"), "message": message}
    return [("request-id", "req_fake")], {"type": "error", "error": inner, "request_id": "req_fake"}


def stream_error(status: int, message: str) -> bytes:
    return sse({"type": "error", "error": {"type": ERRORS.get(status, "api_error"), "message": message}}, "error")


def unknown_event() -> bytes:
    return sse({"type": "telemetry_hint", "value": 1}, "telemetry_hint")


def seen(body: Json) -> Seen:
    tools = {tool["name"]: tool.get("input_schema") or {} for tool in body.get("tools") or []}
    results, said = 0, [texts(body.get("system"))]
    for entry in body.get("messages") or []:
        content: Any = entry.get("content")
        if isinstance(content, list):
            results += sum(1 for part in content if part.get("type") == "tool_result")
        if entry.get("role") != "assistant":
            said.append(texts(content))
    wanted = ((body.get("output_config") or {}).get("format") or {}).get("type") == "json_schema"
    return Seen(tools, results, "\n".join(said), wanted)
