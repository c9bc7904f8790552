"""`ChatRequest` to Chat Completions request bodies."""

from __future__ import annotations

from typing import Any, get_args

from gateway.chat.request import ChatRequest, Effort, ThinkingConfig
from gateway.wire.dialect import Encoded
from gateway.wire.losses import foreign_fields
from gateway.wire.profile import Profile

from . import notes, tools
from .messages_out import encode_messages
from .parts_out import Losses

_EFFORTS: tuple[Effort, ...] = get_args(Effort)
_MAX_STOP = 4


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
    for dialect, name, _ in foreign_fields(request.extras, notes.NAME):
        losses[f"extras.{dialect}.{name}"] = None
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
    rank = _EFFORTS.index(effort)
    return min(taken, key=lambda word: (abs(_EFFORTS.index(word) - rank), _EFFORTS.index(word)), default=None)


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
