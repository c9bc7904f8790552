"""Chat Completions request bodies to `ChatRequest` and back.

Fields: platform.openai.com/docs/api-reference/chat/create, and what its imitators add (``reasoning_content``, ``reasoning``,
``thinking``, ``top_k``, ``cache_control``). A body with ``input`` in place of ``messages`` is read as well (CUR-1).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, get_args

from gateway.chat.errors import BadRequest
from gateway.chat.request import ChatRequest, Effort, ResponseFormat, Sampling, ThinkingConfig, Tool
from gateway.wire import fields
from gateway.wire.dialect import Encoded
from gateway.wire.profile import Profile

from . import notes, tools
from .input_items import chat_body
from .messages import decode_messages
from .messages_out import encode_messages
from .parts_out import Losses

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
EFFORTS: tuple[Effort, ...] = get_args(Effort)
_MODES: dict[str, Literal["disabled", "enabled", "adaptive"]] = {
    "disabled": "disabled",
    "enabled": "enabled",
    "adaptive": "adaptive",
}
_MAX_STOP = 4


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
    if effort in EFFORTS:
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


def encode_request(request: ChatRequest, profile: Profile) -> Encoded:
    """See `messages_out` and `parts_out` for the conversation. Of a request in this dialect the client's own form stands
    (role words, which of the two token limits) wherever the profile does not ask for another."""
    losses: Losses = {}
    same = request.dialect == notes.NAME
    shape = notes.shape(request.extras)
    body: dict[str, Any] = {"model": profile.model, "messages": encode_messages(request, profile, losses)}
    _write_tools(request, profile, body, losses)
    _write_sampling(request, profile, body, losses)
    _write_limit(request, profile, body)
    _write_thinking(request, profile, body, losses)
    _write_response_format(request, profile, body, losses)
    if request.user is not None:
        body["user"] = request.user
    _write_stream(request, profile, body)
    for name, value in notes.own(request.extras).items():
        if profile.fields is None or name in profile.fields:
            body.setdefault(name, value)
        else:
            losses[f"extras.{name}"] = None
    for dialect, values in request.extras.items():
        if dialect != notes.NAME and values:
            losses.update({f"extras.{dialect}.{name}": None for name in values if name != notes.SHAPE})
    for name in shape.get("null", ()) if same and profile.fields is None else ():
        body.setdefault(name, None)
    return Encoded(body, tuple(losses))


def _write_tools(request: ChatRequest, profile: Profile, body: dict[str, Any], losses: Losses) -> None:
    if request.tools and not profile.tools:
        losses["tools"] = None
        return
    written = tools.encode_tools(request, profile, losses)
    choice = tools.encode_choice(request, profile)
    if notes.shape(request.extras).get("functions"):
        body["functions"] = [tool["function"] for tool in written]
        if choice is not None:
            body["function_call"] = choice["function"] if isinstance(choice, dict) else choice
        return
    if written:
        body["tools"] = written
    same = request.dialect == notes.NAME
    if choice is not None and (written or same):
        body["tool_choice"] = choice
    if request.parallel_tool_calls is not None and (written or same):
        if profile.parallel_tools:
            body["parallel_tool_calls"] = request.parallel_tool_calls
        else:
            losses["parallel_tool_calls"] = None


def _write_sampling(request: ChatRequest, profile: Profile, body: dict[str, Any], losses: Losses) -> None:
    sampling = request.sampling
    for name in ("temperature", "top_p", "presence_penalty", "frequency_penalty", "seed", "top_k"):
        value = getattr(sampling, name)
        if value is None:
            continue
        if name == "top_k":
            taken = name in (profile.fields or ()) or (request.dialect == notes.NAME and profile.fields is None)
        else:
            taken = profile.sampling or name == "seed"
        if taken:
            body[name] = value
        else:
            losses[f"sampling.{name}"] = None
    stop = sampling.stop
    if not stop:
        return
    if not profile.stop:
        losses["sampling.stop"] = None
        return
    if len(stop) > _MAX_STOP:
        losses[f"sampling.stop[{_MAX_STOP}:]"] = None
    single = notes.shape(request.extras).get("stop") == "string" and len(stop) == 1
    body["stop"] = stop[0] if single else list(stop[:_MAX_STOP])


def _write_limit(request: ChatRequest, profile: Profile, body: dict[str, Any]) -> None:
    limit = request.max_tokens
    if limit is None:
        return
    if profile.max_output_tokens is not None:
        limit = min(limit, profile.max_output_tokens)
    name: str = profile.max_tokens_field
    if profile.fields is None:
        name = notes.shape(request.extras).get("max_tokens", name)
    body[name] = limit


def nearest(effort: Effort, taken: tuple[Effort, ...]) -> Effort | None:
    """The word nearest to `effort` among those taken, the weaker of two equally near ones."""
    rank = EFFORTS.index(effort)
    return min(taken, key=lambda word: (abs(EFFORTS.index(word) - rank), EFFORTS.index(word)), default=None)


def effort_of(thinking: ThinkingConfig) -> Effort | None:
    """The effort asked for; a budget in tokens stands for low to 4k, medium to 16k, else high."""
    if thinking.effort is not None:
        return thinking.effort
    if thinking.mode == "disabled":
        return "none"
    if thinking.budget_tokens is None:
        return None
    return "low" if thinking.budget_tokens <= 4096 else "medium" if thinking.budget_tokens <= 16384 else "high"


def _write_thinking(request: ChatRequest, profile: Profile, body: dict[str, Any], losses: Losses) -> None:
    thinking = request.thinking
    if thinking is None:
        return
    reasoning = notes.shape(request.extras).get("reasoning")
    if profile.thinking == "none":
        if thinking.mode != "disabled":
            losses["thinking"] = None
    elif reasoning is not None and (profile.fields is None or "reasoning" in profile.fields):
        body["reasoning"] = {**_given(effort=thinking.effort, max_tokens=thinking.budget_tokens), **reasoning}
    elif profile.thinking == "effort":
        effort = effort_of(thinking)
        word = nearest(effort, profile.efforts) if effort is not None else None
        if word is not None:
            body["reasoning_effort"] = word
    else:
        mode = thinking.mode or ("disabled" if thinking.effort == "none" else "enabled")
        budget = thinking.budget_tokens if profile.thinking == "budget" else None
        body["thinking"] = {"type": mode, **_given(budget_tokens=budget if mode == "enabled" else None)}


def _given(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _write_response_format(request: ChatRequest, profile: Profile, body: dict[str, Any], losses: Losses) -> None:
    wanted = request.response_format
    if wanted is None:
        return
    if not profile.response_format:
        if wanted.kind != "text":
            losses["response_format"] = None
        return
    if wanted.kind != "json_schema":
        body["response_format"] = {"type": wanted.kind}
        return
    given = _given(name=wanted.name, schema=wanted.schema, strict=wanted.strict, description=wanted.description)
    inner = {"name": "response", **given, **notes.shape(request.extras).get("json_schema", {})}
    body["response_format"] = {"type": "json_schema", "json_schema": inner}


def _write_stream(request: ChatRequest, profile: Profile, body: dict[str, Any]) -> None:
    shape = notes.shape(request.extras)
    if request.stream:
        body["stream"] = True
    elif shape.get("stream") is False:
        body["stream"] = False
    options = dict(shape.get("stream_options", {}))
    if request.stream and profile.stream_usage:
        options["include_usage"] = True
    if options and request.stream:
        body["stream_options"] = options
