"""Chat Completions request bodies to `ChatRequest`; the way back is in `requests_out`.

Fields: platform.openai.com/docs/api-reference/chat/create, and what its imitators add (``reasoning_content``, ``reasoning``,
``thinking``, ``top_k``, ``cache_control``). A body with ``input`` in place of ``messages`` is read as well (CUR-1).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, get_args

from gateway.chat.errors import BadRequest
from gateway.chat.request import ChatRequest, Effort, ResponseFormat, Sampling, ThinkingConfig, Tool
from gateway.wire import fields

from . import notes, tools
from .input_items import chat_body
from .messages import decode_messages

_KNOWN = frozenset(
    [
        "model",
        "messages",
        "tools",
        "tool_choice",
        "functions",
        "function_call",
        "parallel_tool_calls",
        "temperature",
        "top_p",
        "top_k",
        "seed",
        "stop",
        "presence_penalty",
        "frequency_penalty",
        "max_tokens",
        "max_completion_tokens",
        "stream",
        "stream_options",
        "reasoning_effort",
        "reasoning",
        "thinking",
        "response_format",
        "user",
    ]
)
_EFFORTS: tuple[Effort, ...] = get_args(Effort)
_MODES: dict[str, Literal["disabled", "enabled", "adaptive"]] = {
    "disabled": "disabled",
    "enabled": "enabled",
    "adaptive": "adaptive",
}


def decode_request(body: Mapping[str, Any]) -> ChatRequest:
    """Raises BadRequest naming the field."""
    if body.get("messages") is None and body.get("input") is not None:
        body = chat_body(body)
    shape: dict[str, Any] = {}
    rest = fields.rest(body, _KNOWN)
    nothing = [name for name, value in body.items() if value is None and name in _KNOWN]
    if nothing:
        shape["null"] = nothing
    messages = fields.listing(body, "messages", required=True)
    if not messages:
        raise BadRequest("messages: must not be empty", param="messages")
    system, turns = decode_messages(messages)
    declared, choice = _tools(body, shape)
    return ChatRequest(
        dialect=notes.NAME,
        model=fields.text(body, "model", required=True) or "",
        messages=turns,
        system=system,
        tools=declared,
        tool_choice=tools.decode_choice(choice),
        parallel_tool_calls=fields.boolean(body, "parallel_tool_calls"),
        sampling=_sampling(body, shape),
        max_tokens=_max_tokens(body, shape, rest),
        stream=_stream(body, shape),
        include_usage=_include_usage(body, shape),
        thinking=_thinking(body, shape, rest),
        response_format=_response_format(body, shape, rest),
        user=fields.text(body, "user"),
        extras=notes.keep(rest, shape),
    )


def _tools(body: Mapping[str, Any], shape: dict[str, Any]) -> tuple[tuple[Tool, ...], Any]:
    values = fields.listing(body, "tools")
    choice = body.get("tool_choice")
    if values is None and (functions := fields.listing(body, "functions")):
        shape["functions"] = True
        values = [{"type": "function", "function": function} for function in functions]
        called = body.get("function_call")
        choice = {"type": "function", "function": called} if isinstance(called, dict) else called
    return tuple(tools.decode_tool(value, f"tools[{n}]") for n, value in enumerate(values or ())), choice


def _sampling(body: Mapping[str, Any], shape: dict[str, Any]) -> Sampling:
    stop = body.get("stop")
    if isinstance(stop, str):
        shape["stop"] = "string"
        stop = [stop]
    if stop is not None and (not isinstance(stop, list) or not all(isinstance(word, str) for word in stop)):
        raise BadRequest("stop: must be a string or a list of strings", param="stop")
    return Sampling(
        temperature=fields.number(body, "temperature"),
        top_p=fields.number(body, "top_p"),
        top_k=fields.integer(body, "top_k"),
        seed=fields.integer(body, "seed"),
        presence_penalty=fields.number(body, "presence_penalty"),
        frequency_penalty=fields.number(body, "frequency_penalty"),
        stop=tuple(stop or ()),
    )


def _max_tokens(body: Mapping[str, Any], shape: dict[str, Any], rest: dict[str, Any]) -> int | None:
    older = fields.integer(body, "max_tokens", least=1)
    newer = fields.integer(body, "max_completion_tokens", least=1)
    if newer is None:
        return older
    shape["max_tokens"] = "max_completion_tokens"
    if older is not None:
        rest["max_tokens"] = older
    return newer


def _stream(body: Mapping[str, Any], shape: dict[str, Any]) -> bool:
    stream = fields.boolean(body, "stream")
    if stream is False:
        shape["stream"] = False
    return bool(stream)


def _include_usage(body: Mapping[str, Any], shape: dict[str, Any]) -> bool:
    options = body.get("stream_options")
    if options is None:
        return False
    options = fields.mapping(options, "stream_options")
    include = fields.boolean(options, "include_usage", "stream_options.")
    more = fields.rest(options, frozenset({"include_usage"}))
    if more:
        shape["stream_options"] = more
    return bool(include)


def _thinking(body: Mapping[str, Any], shape: dict[str, Any], rest: dict[str, Any]) -> ThinkingConfig | None:
    """``reasoning_effort`` (OpenAI), ``reasoning`` (OpenRouter), ``thinking`` (Z.ai, Moonshot, DeepSeek)."""
    effort = fields.text(body, "reasoning_effort")
    reasoning, thinking = body.get("reasoning"), body.get("thinking")
    budget: int | None = None
    mode: Literal["disabled", "enabled", "adaptive"] | None = None
    if isinstance(reasoning, dict):
        shape["reasoning"] = fields.rest(reasoning, frozenset({"effort", "max_tokens"}))
        effort = effort or fields.text(reasoning, "effort", "reasoning.")
        budget = fields.integer(reasoning, "max_tokens", "reasoning.")
        mode = "enabled" if budget is not None else "disabled" if reasoning.get("enabled") is False else None
    if isinstance(thinking, dict):
        kind = thinking.get("type")
        mode = _MODES.get(kind, mode) if isinstance(kind, str) else mode
        budget = fields.integer(thinking, "budget_tokens", "thinking.") or budget
    known: Effort | None = None
    if effort in _EFFORTS:
        known = effort
        mode = "disabled" if effort == "none" else mode
    elif effort is not None:
        rest["reasoning_effort"] = effort
    if mode is None and budget is None and known is None:
        return None
    return ThinkingConfig(mode, budget, known)


def _response_format(body: Mapping[str, Any], shape: dict[str, Any], rest: dict[str, Any]) -> ResponseFormat | None:
    value = body.get("response_format")
    if value is None:
        return None
    value = fields.mapping(value, "response_format")
    kind = value.get("type")
    if kind in ("text", "json_object"):
        return ResponseFormat(kind)
    if kind != "json_schema":
        rest["response_format"] = value
        return None
    inner = fields.mapping(value.get("json_schema"), "response_format.json_schema")
    path = "response_format.json_schema."
    schema = inner.get("schema")
    more = fields.rest(inner, frozenset({"schema", "name", "strict", "description"}))
    if more:
        shape["json_schema"] = more
    return ResponseFormat(
        "json_schema",
        fields.mapping(schema, f"{path}schema") if schema is not None else None,
        fields.text(inner, "name", path),
        fields.boolean(inner, "strict", path),
        fields.text(inner, "description", path),
    )
