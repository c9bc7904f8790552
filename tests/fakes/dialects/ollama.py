"""Ollama's own API: https://github.com/ollama/ollama/blob/main/docs/api.md (chat, tags, version, show). Tool calls come
whole, arguments as an object; `done_reason` stays "stop" when tools are called."""

from __future__ import annotations

from typing import Any

from tests.fakes.script import Reply, Text, Thinking, ToolCall, pieces

from .base import Json, Refused, Seen, Turn, dumps, parsed

name = "ollama"
stream_type = "application/x-ndjson"
STOPS = {"length": "length", "context": "length"}


def tool_call(part: ToolCall, index: int) -> Json:
    function = {"index": index, "name": part.name, "arguments": parsed(part.text)}
    return ({"id": part.id} if part.id else {}) | {"function": function}


def _line(reply: Reply, turn: Turn, message: Json, *, done: bool) -> Json:
    body: Json = {"model": reply.model or turn.model, "created_at": "2026-11-22T10:00:00.000000Z"}
    body |= {"message": {"role": "assistant", "content": "", **message}, "done": done}
    if done:
        body |= {
            "done_reason": STOPS.get(reply.finish, "stop"),
            "total_duration": 5_000_000,
            "load_duration": 1_000_000,
        }
        if reply.usage.reported:
            body |= {"prompt_eval_count": reply.usage.prompt, "prompt_eval_duration": 1_000_000}
            body |= {"eval_count": reply.usage.output, "eval_duration": 3_000_000}
    return body


def whole(reply: Reply, turn: Turn) -> Json:
    message: Json = {"content": "".join(p.text for p in reply.parts if isinstance(p, Text))}
    thought = "".join(p.text for p in reply.parts if isinstance(p, Thinking))
    calls = [p for p in reply.parts if isinstance(p, ToolCall)]
    if thought:
        message["thinking"] = thought
    if calls:
        message["tool_calls"] = [tool_call(part, index) for index, part in enumerate(calls)]
    return _line(reply, turn, message, done=True)


def frames(reply: Reply, turn: Turn) -> list[bytes]:
    messages: list[Json] = []
    calls = 0
    for part in reply.parts:
        if isinstance(part, Text):
            messages += [{"content": bit} for bit in pieces(part.text, part.fragments)]
        elif isinstance(part, Thinking):
            messages += [{"thinking": bit} for bit in pieces(part.text, part.fragments)]
        else:
            messages.append({"tool_calls": [tool_call(part, calls)]})
            calls += 1
    lines = [_line(reply, turn, message, done=False) for message in messages]
    return [dumps(line) + b"\n" for line in [*lines, _line(reply, turn, {}, done=True)]]


def error(status: int, message: str, kind: str | None) -> tuple[list[tuple[str, str]], Json]:
    return [], {"error": message}


def stream_error(status: int, message: str) -> bytes:
    return dumps({"error": message}) + b"\n"


def unknown_event() -> bytes:
    return dumps({"telemetry_hint": 1}) + b"\n"


def check(turn: Turn) -> None:
    """Ollama decodes into Go structs: wrong types are refused, unknown fields ignored."""
    if not turn.body.get("model"):
        raise Refused("model is required")
    for message in turn.body.get("messages") or []:
        if not isinstance(message.get("content", ""), str):
            raise Refused(
                "json: cannot unmarshal array into Go struct field ChatRequest.messages.content of type string"
            )
        if message.get("role") not in ("system", "user", "assistant", "tool"):
            raise Refused(f"invalid role: {message.get('role')}")
        for call in message.get("tool_calls") or []:
            if not isinstance((call.get("function") or {}).get("arguments", {}), dict):
                raise Refused("json: cannot unmarshal string into Go struct field ToolCallFunction.arguments")
        for image in message.get("images") or []:
            if not isinstance(image, str) or image.startswith(("data:", "http")):
                raise Refused("illegal base64 data at input byte 4")


def seen(body: Json) -> Seen:
    tools: dict[str, Any] = {}
    for tool in body.get("tools") or []:
        function = tool.get("function") or {}
        if function.get("name"):
            tools[function["name"]] = function.get("parameters") or {}
    messages = body.get("messages") or []
    results = sum(1 for message in messages if message.get("role") == "tool")
    said = "\n".join(str(m.get("content") or "") for m in messages if m.get("role") not in ("assistant", "tool"))
    return Seen(tools, results, said, bool(body.get("format")))
