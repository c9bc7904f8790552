"""`generationConfig`, both directions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from gateway.chat.request import (
    ChatRequest,
    Effort,
    ResponseFormat,
    Sampling,
    ThinkingConfig,
)
from gateway.wire import fields
from gateway.wire.profile import Profile
from gateway.wire.turns import Losses

from .parts import NAME, own_mark, wants_signatures
from .schemas import sanitise, to_json_schema

_EFFORTS: tuple[Effort, ...] = get_args(Effort)
_BUDGETS: dict[Effort, int] = {
    "minimal": 512,
    "low": 2_048,
    "medium": 8_192,
    "high": 24_576,
    "xhigh": 24_576,
    "max": 24_576,
}
_MOST_STOPS = 5
_CONFIG = frozenset(
    [
        "temperature",
        "topP",
        "topK",
        "seed",
        "presencePenalty",
        "frequencyPenalty",
        "stopSequences",
        "maxOutputTokens",
        "thinkingConfig",
        "responseMimeType",
        "responseSchema",
        "responseJsonSchema",
    ]
)


def decode_sampling(config: Mapping[str, Any]) -> Sampling:
    path = "generationConfig."
    stops = fields.listing(config, "stopSequences", path) or []
    return Sampling(
        temperature=fields.number(config, "temperature", path),
        top_p=fields.number(config, "topP", path),
        top_k=fields.integer(config, "topK", path),
        seed=fields.integer(config, "seed", path),
        presence_penalty=fields.number(config, "presencePenalty", path),
        frequency_penalty=fields.number(config, "frequencyPenalty", path),
        stop=tuple(str(stop) for stop in stops),
    )


def decode_thinking(config: Mapping[str, Any]) -> ThinkingConfig | None:
    given = config.get("thinkingConfig")
    if given is None:
        return None
    given = fields.mapping(given, "generationConfig.thinkingConfig")
    budget = fields.integer(given, "thinkingBudget", "generationConfig.thinkingConfig.")
    shown = fields.boolean(given, "includeThoughts", "generationConfig.thinkingConfig.")
    level = str(given.get("thinkingLevel") or "").lower()
    summary = None if shown is None else "auto" if shown else "omitted"
    effort: Effort | None = next((word for word in _EFFORTS if word == level), None)
    if budget is None:
        return ThinkingConfig(None, None, effort, summary)
    if budget == 0:
        return ThinkingConfig("disabled", None, effort, summary)
    return ThinkingConfig("adaptive" if budget < 0 else "enabled", budget if budget > 0 else None, effort, summary)


def decode_format(config: Mapping[str, Any]) -> tuple[ResponseFormat | None, bool]:
    """(the format, whether its schema came as `responseJsonSchema`)."""
    if isinstance(schema := config.get("responseJsonSchema"), Mapping):
        return ResponseFormat("json_schema", schema), True
    if isinstance(schema := config.get("responseSchema"), Mapping):
        return ResponseFormat("json_schema", to_json_schema(schema)), False
    kind = config.get("responseMimeType")
    if kind == "application/json":
        return ResponseFormat("json_object"), False
    return (ResponseFormat("text"), False) if kind == "text/plain" else (None, False)


def rest_of_config(config: Mapping[str, Any]) -> dict[str, Any]:
    """What has no canonical name: candidateCount, responseModalities, mediaResolution, speechConfig, ..."""
    known = _CONFIG
    if config.get("responseMimeType") not in (None, "application/json", "text/plain"):
        known = known - {"responseMimeType"}
    return fields.rest(config, known)


def encode_config(request: ChatRequest, profile: Profile, losses: Losses) -> dict[str, Any]:
    config: dict[str, Any] = dict(own_mark(request.extras, "generationConfig") or {})
    sampling = request.sampling
    named = {
        "temperature": sampling.temperature,
        "topP": sampling.top_p,
        "topK": sampling.top_k,
        "seed": sampling.seed,
        "presencePenalty": sampling.presence_penalty,
        "frequencyPenalty": sampling.frequency_penalty,
    }
    for (name, value), word in zip(
        named.items(),
        ("temperature", "top_p", "top_k", "seed", "presence_penalty", "frequency_penalty"),
        strict=True,
    ):
        if value is None:
            continue
        if profile.sampling:
            config[name] = value
        else:
            losses.add(f"sampling.{word}")
    if sampling.stop:
        if len(sampling.stop) > _MOST_STOPS or not profile.stop:
            losses.add("sampling.stop")
        if profile.stop:
            config["stopSequences"] = list(sampling.stop[:_MOST_STOPS])
    if request.max_tokens is not None:
        config["maxOutputTokens"] = min(request.max_tokens, profile.max_output_tokens or request.max_tokens)
    thinking = _thinking(request, profile, losses)
    if thinking:
        config["thinkingConfig"] = thinking
    _format(request, profile, losses, config)
    return config


def _thinking(request: ChatRequest, profile: Profile, losses: Losses) -> dict[str, Any]:
    """`thinkingBudget` (Gemini 2.5; 0 off, -1 automatic) or `thinkingLevel` (Gemini 3, which also takes the budget a
    client of this dialect wrote). Thoughts are asked for when the client wants thinking and does not want it hidden."""
    asked = request.thinking
    if asked is None:
        return {}
    if profile.thinking == "none":
        if asked.mode != "disabled" and asked.effort != "none":
            losses.add("thinking")
        return {}
    out: dict[str, Any] = {}
    own = request.dialect == NAME
    off = asked.mode == "disabled" or (asked.mode is None and asked.effort == "none")
    if profile.thinking in ("budget", "adaptive") or (own and (asked.budget_tokens or asked.mode)):
        if off:
            out["thinkingBudget"] = 0
        elif asked.budget_tokens is not None:
            out["thinkingBudget"] = asked.budget_tokens
        elif asked.effort is not None:
            out["thinkingBudget"] = _BUDGETS.get(asked.effort, -1)
        elif asked.mode is not None:
            out["thinkingBudget"] = -1
    else:
        effort = _nearest(_wanted(asked, off), profile.efforts)
        if effort is not None:
            out["thinkingLevel"] = effort.upper()
        if off:
            losses.add("thinking.disabled")
    if own:
        if asked.summary is not None:
            out["includeThoughts"] = asked.summary not in ("omitted", "none")
    elif not off and asked.summary not in ("omitted", "none"):
        out["includeThoughts"] = True
    return out


def _wanted(asked: ThinkingConfig, off: bool) -> Effort | None:
    if off:
        return "minimal"
    if asked.effort is not None:
        return asked.effort
    if asked.budget_tokens is None:
        return None
    return next((word for word in ("low", "medium") if asked.budget_tokens <= _BUDGETS[word]), "high")


def _nearest(effort: Effort | None, taken: tuple[Effort, ...]) -> Effort | None:
    if effort is None or not taken:
        return None
    place = _EFFORTS.index(effort)
    return min(taken, key=lambda word: (abs(_EFFORTS.index(word) - place), _EFFORTS.index(word)))


def _format(request: ChatRequest, profile: Profile, losses: Losses, config: dict[str, Any]) -> None:
    wanted = request.response_format
    if wanted is None:
        return
    own = request.dialect == NAME
    if wanted.kind == "text":
        if own:
            config["responseMimeType"] = "text/plain"
        return
    with_tools = bool(request.tools) and profile.tools and not wants_signatures(profile.model)
    if not profile.response_format or (with_tools and not own):
        losses.add("response_format")  # before Gemini 3, JSON answers and function calling exclude each other
        return
    config["responseMimeType"] = "application/json"
    if wanted.schema is None:
        return
    if own and own_mark(request.extras, "jsonSchemaAnswer"):
        config["responseJsonSchema"] = dict(wanted.schema)
        return
    config["responseSchema"], dropped = sanitise(wanted.schema)
    for word in dropped:
        losses.add(f"response_format.schema.{word}")
