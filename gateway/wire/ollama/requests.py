"""Ollama's native ``POST /api/chat`` bodies to `ChatRequest`; the way back is in `requests_out`.

Fields: github.com/ollama/ollama docs/api.md, "Generate a chat completion". ``stream`` is true where it is left out. Tool
calls carry their arguments as an object and, before 0.13, no id: results are matched to calls by name and order.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from gateway.chat.errors import BadRequest
from gateway.chat.request import (
    NO_EXTRAS,
    Block,
    ChatRequest,
    Image,
    Message,
    ResponseFormat,
    Sampling,
    Text,
    Thinking,
    ThinkingConfig,
    Tool,
    ToolResult,
    ToolUse,
)
from gateway.wire import fields

from . import notes

_KNOWN = frozenset(["model", "messages", "tools", "format", "options", "stream", "think"])
_MESSAGE = frozenset(["role", "content", "images", "tool_calls", "thinking", "tool_name", "tool_call_id"])
_OPTIONS = frozenset(
    ["temperature", "top_p", "top_k", "seed", "stop", "num_predict", "presence_penalty", "frequency_penalty"]
)
_MAGIC = (("/9j/", "image/jpeg"), ("iVBOR", "image/png"), ("R0lGOD", "image/gif"), ("UklGR", "image/webp"))
_LEVELS: dict[str, Literal["low", "medium", "high", "max"]] = {
    "low": "low",
    "medium": "medium",
    "high": "high",
    "max": "max",
}


def decode_request(body: Mapping[str, Any]) -> ChatRequest:
    """Raises BadRequest naming the field."""
    shape: dict[str, Any] = {}
    rest = fields.rest(body, _KNOWN)
    messages = fields.listing(body, "messages", required=True)
    if not messages:
        raise BadRequest("messages: must not be empty", param="messages")
    stream = fields.boolean(body, "stream")
    if stream is None:
        shape["stream"] = "default"
    options = body.get("options")
    options = fields.mapping(options, "options") if options is not None else {}
    system, turns = _messages(messages)
    sampling, limit = _sampling(options, shape)
    tools = fields.listing(body, "tools") or ()
    return ChatRequest(
        dialect=notes.NAME,
        model=fields.text(body, "model", required=True) or "",
        messages=turns,
        system=system,
        tools=tuple(_tool(tool, f"tools[{number}]") for number, tool in enumerate(tools)),
        sampling=sampling,
        max_tokens=limit,
        stream=stream is not False,
        thinking=_thinking(body.get("think"), rest),
        response_format=_format(body.get("format"), rest),
        extras=notes.keep(rest, shape),
    )


def _sampling(options: dict[str, Any], shape: dict[str, Any]) -> tuple[Sampling, int | None]:
    more = fields.rest(options, _OPTIONS)
    limit = fields.integer(options, "num_predict", "options.")
    if limit is not None and limit < 1:  # -1: no limit, -2: fill the context
        more["num_predict"], limit = limit, None
    if more:
        shape["options"] = more
    stop = options.get("stop")
    if isinstance(stop, str):
        stop = [stop]
    if stop is not None and (not isinstance(stop, list) or not all(isinstance(word, str) for word in stop)):
        raise BadRequest("options.stop: must be a list of strings", param="options.stop")
    return (
        Sampling(
            temperature=fields.number(options, "temperature", "options."),
            top_p=fields.number(options, "top_p", "options."),
            top_k=fields.integer(options, "top_k", "options."),
            seed=fields.integer(options, "seed", "options."),
            presence_penalty=fields.number(options, "presence_penalty", "options."),
            frequency_penalty=fields.number(options, "frequency_penalty", "options."),
            stop=tuple(stop or ()),
        ),
        limit,
    )


def _thinking(value: Any, rest: dict[str, Any]) -> ThinkingConfig | None:
    if isinstance(value, bool):
        return ThinkingConfig("enabled" if value else "disabled")
    if isinstance(value, str) and value in _LEVELS:
        return ThinkingConfig(effort=_LEVELS[value])
    if value is not None:
        rest["think"] = value
    return None


def _format(value: Any, rest: dict[str, Any]) -> ResponseFormat | None:
    if value == "json":
        return ResponseFormat("json_object")
    if isinstance(value, dict):
        return ResponseFormat("json_schema", value)
    if value is not None:
        rest["format"] = value
    return None


def _tool(value: Any, path: str) -> Tool:
    tool = fields.mapping(value, path)
    function = fields.mapping(tool.get("function"), f"{path}.function")
    path = f"{path}.function."
    schema = function.get("parameters")
    more = fields.rest(function, frozenset(["name", "description", "parameters"]))
    return Tool(
        fields.text(function, "name", path, required=True) or "",
        fields.text(function, "description", path),
        fields.mapping(schema, f"{path}parameters") if schema is not None else None,
        extras=notes.keep(fields.rest(tool, frozenset(["type", "function"])), {"inner": more} if more else None),
    )


def _messages(values: list[Any]) -> tuple[tuple[Text, ...], tuple[Message, ...]]:
    system: list[Text] = []
    messages: list[Message] = []
    results: list[ToolResult] = []
    waiting: list[ToolUse] = []
    for number, value in enumerate(values):
        path = f"messages[{number}]"
        message = fields.mapping(value, path)
        role = message.get("role")
        if role not in ("system", "user", "assistant", "tool"):
            raise BadRequest(f"{path}.role: must be system, user, assistant or tool", param=f"{path}.role")
        if role == "tool":
            results.append(_result(message, path, waiting))
            continue
        if results:
            messages.append(Message("user", tuple(results)))
            results = []
        if role == "system" and not messages and not message.get("images"):
            text = fields.text(message, "content", f"{path}.") or ""
            system.append(Text(text, notes.keep(fields.rest(message, _MESSAGE), {"starts": True})))
            continue
        blocks = _blocks(message, path)
        waiting = [block for block in blocks if isinstance(block, ToolUse)]
        messages.append(Message(role, blocks, notes.keep(fields.rest(message, _MESSAGE), _shape(message))))
    if results:
        messages.append(Message("user", tuple(results)))
    return tuple(system), tuple(messages)


def _shape(message: dict[str, Any]) -> dict[str, Any]:
    return {"content": "absent"} if "content" not in message else {}


def _blocks(message: dict[str, Any], path: str) -> tuple[Block, ...]:
    blocks: list[Block] = []
    thinking = fields.text(message, "thinking", f"{path}.")
    if thinking:
        blocks.append(Thinking(thinking))
    content = fields.text(message, "content", f"{path}.")
    if content:
        blocks.append(Text(content))
    blocks.extend(_images(message, path))
    for number, value in enumerate(fields.listing(message, "tool_calls", f"{path}.") or ()):
        blocks.append(_tool_call(value, f"{path}.tool_calls[{number}]", path, number))
    return tuple(blocks)


def _images(message: dict[str, Any], path: str) -> list[Image]:
    images = []
    for number, data in enumerate(fields.listing(message, "images", f"{path}.") or ()):
        if not isinstance(data, str):
            raise BadRequest(f"{path}.images[{number}]: must be base64 text", param=f"{path}.images[{number}]")
        images.append(Image(next((kind for magic, kind in _MAGIC if data.startswith(magic)), None), data))
    return images


def _tool_call(value: Any, path: str, message_path: str, number: int) -> ToolUse:
    call = fields.mapping(value, path)
    function = fields.mapping(call.get("function"), f"{path}.function")
    name = fields.text(function, "name", f"{path}.function.", required=True) or ""
    arguments = function.get("arguments")
    text = arguments if isinstance(arguments, str) else fields.dump(arguments or {}).decode()
    use_id = fields.text(call, "id", f"{path}.")
    shape: dict[str, Any] = {} if use_id else {"made": True}
    inner = fields.rest(function, frozenset(["name", "arguments"]))
    if inner:
        shape["inner"] = inner
    extras = notes.keep(fields.rest(call, frozenset(["id", "function"])), shape)
    return ToolUse(use_id or f"call_{message_path[9:-1]}_{number}", name, text or "{}", extras=extras)


def _result(message: dict[str, Any], path: str, waiting: list[ToolUse]) -> ToolResult:
    """`waiting` are the calls of the last assistant turn without a result so far; the one answered here is taken out."""
    use_id = fields.text(message, "tool_call_id", f"{path}.")
    name = fields.text(message, "tool_name", f"{path}.")
    found = next((use for use in waiting if use.id == use_id), None) if use_id else None
    if found is None and not use_id:
        found = next((use for use in waiting if name is None or use.name == name), None)
    if found is not None:
        waiting.remove(found)
    shape: dict[str, Any] = {"named": name is not None}
    if not use_id:
        shape["made"] = True
    content = fields.text(message, "content", f"{path}.")
    blocks: tuple[Text | Image, ...] = (*((Text(content),) if content else ()), *_images(message, path))
    extras = notes.keep(fields.rest(message, _MESSAGE), shape) if shape else NO_EXTRAS
    return ToolResult(use_id or (found.id if found else f"call_{name or path}"), blocks, extras=extras)
