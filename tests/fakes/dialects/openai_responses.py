"""OpenAI Responses: https://platform.openai.com/docs/api-reference/responses and .../responses-streaming."""

from __future__ import annotations

from typing import Any

from tests.fakes.script import Reply, Text, Thinking, ToolCall, pieces

from . import openai_chat
from .base import Json, Seen, Turn, sse, texts
from .openai_responses_strict import check

name = "openai_responses"
stream_type = "text/event-stream; charset=utf-8"
CREATED = 1790000000
INCOMPLETE = {"length": "max_output_tokens", "context": "max_output_tokens", "filter": "content_filter"}
error = openai_chat.error

__all__ = ["check", "error", "frames", "name", "seen", "stream_error", "stream_type", "unknown_event", "whole"]


def usage(reply: Reply) -> Json:
    u = reply.usage
    return {
        "input_tokens": u.prompt,
        "input_tokens_details": {
            "cached_tokens": u.cache_read,
            "cache_write_tokens": u.cache_write_5m + u.cache_write_1h,
        },
        "output_tokens": u.output,
        "output_tokens_details": {"reasoning_tokens": u.reasoning},
        "total_tokens": u.prompt + u.output,
    }


def item(part: Text | Thinking | ToolCall, reply: Reply, turn: Turn) -> Json:
    if isinstance(part, Text):
        said: Json = {"type": "output_text", "text": part.text, "annotations": [], "logprobs": []}
        if reply.finish == "refusal":
            said = {"type": "refusal", "refusal": part.text}
        return {
            "id": turn.fresh("msg_"),
            "type": "message",
            "status": "completed",
            "role": "assistant",
            "content": [said],
        }
    if isinstance(part, Thinking):
        body: Json = {
            "id": turn.fresh("rs_"),
            "type": "reasoning",
            "summary": [{"type": "summary_text", "text": part.text}],
        }
        if "reasoning.encrypted_content" in (turn.body.get("include") or []):
            body["encrypted_content"] = turn.sign(part)
        return body
    word = "custom_tool_call" if part.custom else "function_call"
    made = {"id": turn.fresh("ctc_" if part.custom else "fc_"), "type": word, "status": "completed"}
    made |= {"call_id": part.id or turn.fresh("call_")[:29], "name": part.name}
    if part.namespace:
        made["namespace"] = part.namespace
    return made | {("input" if part.custom else "arguments"): part.text}


def response(reply: Reply, turn: Turn, *, status: str, output: list[Json]) -> Json:
    asked = turn.body
    return {
        "id": reply.id or turn.fresh("resp_"),
        "object": "response",
        "created_at": CREATED,
        "status": status,
        "background": False,
        "error": None,
        "incomplete_details": {"reason": INCOMPLETE[reply.finish]} if status == "incomplete" else None,
        "instructions": asked.get("instructions"),
        "max_output_tokens": asked.get("max_output_tokens"),
        "metadata": asked.get("metadata") or {},
        "model": reply.model or turn.model,
        "output": output,
        "parallel_tool_calls": asked.get("parallel_tool_calls", True),
        "previous_response_id": asked.get("previous_response_id"),
        "reasoning": asked.get("reasoning") or {"effort": None, "summary": None},
        "service_tier": asked.get("service_tier", "auto") if status == "in_progress" else reply.usage.tier or "default",
        "store": asked.get("store", True),
        "temperature": asked.get("temperature", 1.0),
        "text": asked.get("text") or {"format": {"type": "text"}},
        "tool_choice": asked.get("tool_choice", "auto"),
        "tools": asked.get("tools") or [],
        "top_p": asked.get("top_p", 1.0),
        "truncation": "disabled",
        "usage": usage(reply) if status in ("completed", "incomplete") and reply.usage.reported else None,
    }


def _status(reply: Reply) -> str:
    return "incomplete" if reply.finish in INCOMPLETE else "completed"


def whole(reply: Reply, turn: Turn) -> Json:
    return response(reply, turn, status=_status(reply), output=[item(part, reply, turn) for part in reply.parts])


def frames(reply: Reply, turn: Turn) -> list[bytes]:
    events: list[Json] = []
    shell = response(reply, turn, status="in_progress", output=[])
    events += [{"type": "response.created", "response": shell}, {"type": "response.in_progress", "response": shell}]
    done: list[Json] = []
    for index, part in enumerate(reply.parts):
        made = item(part, reply, turn)
        done.append(made)
        events += _item_events(part, made, index)
    status = _status(reply)
    ending = response(reply, turn, status=status, output=done) | {"id": shell["id"]}
    events.append({"type": f"response.{status}", "response": ending})
    return [sse({**event, "sequence_number": number}, event["type"]) for number, event in enumerate(events)]


def _item_events(part: Text | Thinking | ToolCall, made: Json, index: int) -> list[Json]:
    at = {"output_index": index}
    blank = {key: value for key, value in made.items() if key != "encrypted_content"}
    emptied = {"message": "content", "reasoning": "summary", "function_call": "arguments", "custom_tool_call": "input"}
    word = emptied[made["type"]]
    blank[word] = [] if word in ("content", "summary") else ""
    if "status" in blank:
        blank["status"] = "in_progress"
    inner = _inner_events(part, made, {"item_id": made["id"], **at})
    added: Json = {"type": "response.output_item.added", **at, "item": blank}
    return [added, *inner, {"type": "response.output_item.done", **at, "item": made}]


def _inner_events(part: Text | Thinking | ToolCall, made: Json, where: Json) -> list[Json]:
    bits = pieces(part.text, part.fragments)
    if isinstance(part, Thinking):
        at, stem = {**where, "summary_index": 0}, "response.reasoning_summary"
        empty = {"type": "summary_text", "text": ""}
        return [
            {"type": f"{stem}_part.added", **at, "part": empty},
            *({"type": f"{stem}_text.delta", **at, "delta": bit} for bit in bits),
            {"type": f"{stem}_text.done", **at, "text": part.text},
            {"type": f"{stem}_part.done", **at, "part": {**empty, "text": part.text}},
        ]
    if isinstance(part, ToolCall):
        stem = "response.custom_tool_call_input" if part.custom else "response.function_call_arguments"
        ending = {"input": part.text} if part.custom else {"arguments": part.text, "name": part.name}
        return [
            *({"type": f"{stem}.delta", **where, "delta": bit} for bit in bits),
            {"type": f"{stem}.done", **where, **ending},
        ]
    said = made["content"][0]
    word = "refusal" if said["type"] == "refusal" else "text"
    stem = "response.refusal" if word == "refusal" else "response.output_text"
    at = {**where, "content_index": 0}
    logs: Json = {} if word == "refusal" else {"logprobs": []}
    return [
        {"type": "response.content_part.added", **at, "part": {**said, word: ""}},
        *({"type": f"{stem}.delta", **at, "delta": bit, **logs} for bit in bits),
        {"type": f"{stem}.done", **at, word: part.text, **logs},
        {"type": "response.content_part.done", **at, "part": said},
    ]


def stream_error(status: int, message: str) -> bytes:
    code = "rate_limit_exceeded" if status == 429 else "server_error"
    failed: Json = {"id": "resp_fake", "object": "response", "created_at": CREATED, "status": "failed", "output": []}
    failed |= {"model": "scripted", "parallel_tool_calls": True, "tool_choice": "auto", "tools": []}
    failed["error"] = {"code": code, "message": message}
    return sse({"type": "response.failed", "sequence_number": 99, "response": failed}, "response.failed")


def unknown_event() -> bytes:
    return sse({"type": "response.telemetry.hint", "value": 1}, "response.telemetry.hint")


def _tools(
    entries: list[Json], namespace: str | None, out: dict[str, Any], custom: list[str], spaces: dict[str, str]
) -> None:
    for tool in entries:
        if tool.get("type") == "namespace":
            _tools(tool.get("tools") or [], tool["name"], out, custom, spaces)
        elif tool.get("name"):
            out[tool["name"]] = tool.get("parameters") or {}
            if tool.get("type") == "custom":
                custom.append(tool["name"])
            if namespace:
                spaces[tool["name"]] = namespace


def seen(body: Json) -> Seen:
    tools: dict[str, Any] = {}
    custom: list[str] = []
    spaces: dict[str, str] = {}
    _tools(body.get("tools") or [], None, tools, custom, spaces)
    given: Any = body.get("input")
    entries: list[Json] = [{"role": "user", "content": given}] if isinstance(given, str) else given or []
    results, said = 0, [texts(body.get("instructions"))]
    for entry in entries:
        if entry.get("type") == "additional_tools":
            _tools(entry.get("tools") or [], None, tools, custom, spaces)
        elif str(entry.get("type", "")).endswith("_call_output"):
            results += 1
        elif entry.get("role") != "assistant":
            said.append(texts(entry.get("content")))
    wanted = ((body.get("text") or {}).get("format") or {}).get("type") in ("json_schema", "json_object")
    return Seen(tools, results, "\n".join(said), wanted, tuple(custom), spaces)
