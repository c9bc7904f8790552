"""OpenAI Chat Completions: https://platform.openai.com/docs/api-reference/chat; `reasoning_content` as DeepSeek, Z.ai and
llama.cpp add it (https://api-docs.deepseek.com/guides/thinking_mode)."""

from __future__ import annotations

import itertools
from typing import Any

from tests.fakes.script import Reply, Text, Thinking, ToolCall, pieces

from .base import Json, Seen, Turn, sse, texts
from .openai_chat_strict import check

name = "openai_chat"
stream_type = "text/event-stream; charset=utf-8"
CREATED = 1790000000

STOPS = {"end": "stop", "tool": "tool_calls", "length": "length", "stop_sequence": "stop", "refusal": "stop"}
STOPS |= {"filter": "content_filter", "context": "length"}
ERRORS = {400: "invalid_request_error", 401: "invalid_request_error", 403: "invalid_request_error"}
ERRORS |= {404: "invalid_request_error", 429: "rate_limit_exceeded"}
CODES = {401: "invalid_api_key", 404: "model_not_found", 429: "rate_limit_exceeded"}

__all__ = ["check", "error", "frames", "name", "seen", "stream_error", "stream_type", "unknown_event", "whole"]


def usage(reply: Reply) -> Json:
    u = reply.usage
    return {
        "prompt_tokens": u.prompt,
        "completion_tokens": u.output,
        "total_tokens": u.prompt + u.output,
        "prompt_tokens_details": {"cached_tokens": u.cache_read, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": u.reasoning, "audio_tokens": 0},
    }


def tool_call(part: ToolCall, turn: Turn) -> Json:
    made = part.id or turn.fresh("call_")[:29]
    if part.custom:
        return {"id": made, "type": "custom", "custom": {"name": part.name, "input": part.text}}
    return {"id": made, "type": "function", "function": {"name": part.name, "arguments": part.text}}


def whole(reply: Reply, turn: Turn) -> Json:
    said = [p.text for p in reply.parts if isinstance(p, Text)]
    calls = [tool_call(p, turn) for p in reply.parts if isinstance(p, ToolCall)]
    thought = [p.text for p in reply.parts if isinstance(p, Thinking)]
    message: Json = {
        "role": "assistant",
        "content": "".join(said) if said else None,
        "refusal": None,
        "annotations": [],
    }
    if reply.finish == "refusal":
        message["refusal"], message["content"] = message["content"], None
    if calls:
        message["tool_calls"] = calls
    if thought:
        message["reasoning_content"] = "".join(thought)
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": STOPS[reply.finish]}
    body = {**_base(reply, turn, "chat.completion"), "choices": [choice], "service_tier": reply.usage.tier or "default"}
    return body | ({"usage": usage(reply)} if reply.usage.reported else {})


def _base(reply: Reply, turn: Turn, kind: str) -> Json:
    return {
        "id": reply.id or turn.fresh("chatcmpl-"),
        "object": kind,
        "created": CREATED,
        "model": reply.model or turn.model,
        "system_fingerprint": "fp_fake",
    }


def _call_deltas(part: ToolCall, index: int, turn: Turn) -> list[Json]:
    made = tool_call(part, turn)
    word = "input" if part.custom else "arguments"
    kind = made["type"]
    first = {"index": index, "id": made["id"], "type": kind, kind: {"name": part.name, word: ""}}
    rest = [{"index": index, kind: {word: piece}} for piece in pieces(part.text, part.fragments)]
    return [{"tool_calls": [entry]} for entry in (first, *rest)]


def _deltas(reply: Reply, turn: Turn) -> list[Json]:
    out: list[Json] = [{"role": "assistant", "content": "", "refusal": None}]
    calls: list[list[Json]] = []
    for part in reply.parts:
        if isinstance(part, Text):
            word = "refusal" if reply.finish == "refusal" else "content"
            out += [{word: piece} for piece in pieces(part.text, part.fragments)]
        elif isinstance(part, Thinking):
            out += [{"reasoning_content": piece} for piece in pieces(part.text, part.fragments)]
        else:
            calls.append(_call_deltas(part, len(calls), turn))
            if not reply.interleave:
                out += calls[-1]
    if reply.interleave:
        out += [delta for row in itertools.zip_longest(*calls) for delta in row if delta is not None]
    return out


def frames(reply: Reply, turn: Turn) -> list[bytes]:
    base = {**_base(reply, turn, "chat.completion.chunk"), "service_tier": reply.usage.tier or "default"}
    counted = bool((turn.body.get("stream_options") or {}).get("include_usage"))
    blank: Json = {"usage": None} if counted else {}

    def chunk(delta: Json, finish: str | None) -> bytes:
        return sse(
            {**base, "choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}], **blank}
        )

    out = [chunk(delta, None) for delta in _deltas(reply, turn)]
    out.append(chunk({}, STOPS[reply.finish]))
    if counted and reply.usage.reported:
        out.append(sse({**base, "choices": [], "usage": usage(reply)}))
    return [*out, b"data: [DONE]\n\n"]


def error(status: int, message: str, kind: str | None) -> tuple[list[tuple[str, str]], Json]:
    inner = {"message": message, "type": kind or ERRORS.get(status, "server_error"), "param": None}
    return [("x-request-id", "req_fake")], {"error": {**inner, "code": CODES.get(status)}}


def stream_error(status: int, message: str) -> bytes:
    return sse(error(status, message, None)[1])


def unknown_event() -> bytes:
    return b": keep-alive\n\n"


def embeddings(body: Json, model: str) -> Json:
    asked: Any = body.get("input")
    count = len(asked) if isinstance(asked, list) and not (asked and isinstance(asked[0], int)) else 1
    size = body.get("dimensions") or 8
    vectors = [[round(0.01 * (i + 1) * (j + 1), 4) for j in range(size)] for i in range(count)]
    data = [{"object": "embedding", "index": i, "embedding": _packed(v, body)} for i, v in enumerate(vectors)]
    return {
        "object": "list",
        "data": data,
        "model": model,
        "usage": {"prompt_tokens": 8 * count, "total_tokens": 8 * count},
    }


def _packed(vector: list[float], body: Json) -> Any:
    if body.get("encoding_format") != "base64":
        return vector
    import base64
    import struct

    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()


def seen(body: Json) -> Seen:
    tools = {}
    custom = []
    for tool in body.get("tools") or []:
        inner = tool.get("function") or tool.get("custom") or tool
        if inner.get("name"):
            tools[inner["name"]] = inner.get("parameters") or {}
            if tool.get("type") == "custom":
                custom.append(inner["name"])
    messages = body.get("messages") or []
    results = sum(1 for message in messages if message.get("role") == "tool")
    said = "\n".join(texts(message.get("content")) for message in messages if message.get("role") != "assistant")
    wanted = (body.get("response_format") or {}).get("type") in ("json_schema", "json_object")
    return Seen(tools, results, said, wanted, tuple(custom))
