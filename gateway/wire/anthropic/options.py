"""Thinking, effort, sampling and answer format of a request, as the target takes them."""

from __future__ import annotations

from typing import Any, Literal, get_args

from gateway.chat.request import ChatRequest, Effort, ThinkingConfig

from ..fields import dump
from ..profile import Profile
from . import betas
from .blocks import own
from .requests import FORMAT_FIELD
from .writing import Wire

Mode = Literal["disabled", "enabled", "adaptive"]
_ORDER: tuple[Effort, ...] = get_args(Effort)
_BUDGETS: dict[str, int] = {
    "minimal": 1024,
    "low": 4096,
    "medium": 10_000,
    "high": 24_000,
    "xhigh": 31_999,
    "max": 31_999,
}
_DISPLAYS = {"auto": "summarized", "concise": "summarized", "detailed": "summarized", "none": "omitted"}
_LEAST_BUDGET = 1024


def nearest_effort(effort: Effort, taken: tuple[Effort, ...]) -> Effort | None:
    """The word of `taken` next to `effort`, the higher of two equally near; None if none is taken."""
    if not taken:
        return None
    wanted = _ORDER.index(effort)
    return min(taken, key=lambda word: (abs(_ORDER.index(word) - wanted), -_ORDER.index(word)))


def _effort_of_budget(budget: int) -> Effort:
    if budget <= 4096:
        return "low"
    return "medium" if budget <= 16_000 else "high"


def encode_thinking(request: ChatRequest, profile: Profile, body: Wire, *, unopened: bool, losses: list[str]) -> None:
    """Writes `thinking` and ``output_config.effort``. `unopened`: see `turns.lacks_thinking`.

    By ``profile.thinking``: "none" writes neither; "budget" (Claude up to 4.5) writes enabled + budget_tokens and no effort
    (unless "effort" is among the quirks); "adaptive" turns a budget into an effort; "effort" takes everything as it is.
    """
    config = request.thinking or ThinkingConfig()
    kept = own(request.extras).get("thinking")
    rest = dict(kept) if isinstance(kept, dict) else {}
    if not profile.betas:
        rest = {name: value for name, value in rest.items() if name not in betas.THINKING_FIELDS}
    effort = config.effort
    mode, budget = config.mode, config.budget_tokens
    if mode is None and effort is not None and request.dialect != "anthropic":
        mode = "disabled" if effort == "none" else "adaptive"
    if profile.thinking == "none":
        if mode in ("enabled", "adaptive") or effort not in (None, "none") or rest:
            losses.append("thinking")
        return
    if profile.thinking == "budget":
        mode, budget = _with_budget(mode, budget, effort, body, losses)
        if effort not in (None, "none", "minimal") and "effort" not in profile.quirks:
            if request.dialect == "anthropic":
                losses.append("thinking.effort")
            effort = None
    elif profile.thinking == "adaptive" and mode == "enabled":
        losses.append("thinking.budget_tokens")
        effort = effort or (_effort_of_budget(budget) if budget else None)
        mode, budget = "adaptive", None
    if mode == "enabled" and (unopened or _forces_tool(request)):
        # THK-13, and: with a budget the API takes no forced tool use.
        losses.append("thinking")
        mode = None
    if mode is not None:
        body["thinking"] = _thinking(mode, budget, config.summary, profile, rest)
    elif rest and config.mode is None:
        body["thinking"] = rest
    _write_effort(effort, profile, body, losses)


def _with_budget(
    mode: Mode | None, budget: int | None, effort: Effort | None, body: Wire, losses: list[str]
) -> tuple[Mode | None, int | None]:
    if mode == "adaptive":
        mode, budget = "enabled", budget or _BUDGETS.get(effort or "medium", _LEAST_BUDGET)
    if mode != "enabled":
        return mode, None
    limit = body["max_tokens"] - 1
    if budget is None or budget > limit:
        budget = min(budget or _BUDGETS["medium"], limit)
        if budget < _LEAST_BUDGET:
            losses.append("thinking")
            return None, None
        losses.append("thinking.budget_tokens")
    return mode, budget


def _forces_tool(request: ChatRequest) -> bool:
    return request.tool_choice is not None and request.tool_choice.mode in ("any", "tool")


def _thinking(mode: Mode, budget: int | None, summary: str | None, profile: Profile, rest: Wire) -> Wire:
    written: Wire = {"type": mode}
    if mode == "enabled" and budget is not None:
        written["budget_tokens"] = budget
    if summary is not None and mode != "disabled":
        display = _DISPLAYS.get(summary, summary)
        written["display"] = "summarized" if display == "updates" and not profile.betas else display
    return {**written, **rest}


def _write_effort(effort: Effort | None, profile: Profile, body: Wire, losses: list[str]) -> None:
    if effort is None or effort == "none":
        return
    word = nearest_effort(effort, profile.efforts)
    if word != effort:
        losses.append("thinking.effort")
    if word is not None:
        body.setdefault("output_config", {})["effort"] = word


def encode_sampling(request: ChatRequest, profile: Profile, body: Wire, losses: list[str]) -> None:
    given = request.sampling
    faithful = request.dialect == "anthropic"
    for name in ("seed", "presence_penalty", "frequency_penalty"):
        if getattr(given, name) is not None:
            losses.append(f"sampling.{name}")
    temperature, top_p, top_k = given.temperature, given.top_p, given.top_k
    if not profile.sampling:
        losses.extend(
            f"sampling.{name}" for name in ("temperature", "top_p", "top_k") if getattr(given, name) is not None
        )
        temperature = top_p = top_k = None
    if temperature is not None and temperature > 1:
        temperature = 1
        losses.append("sampling.temperature")
    if not faithful:
        if body.get("thinking", {}).get("type") in ("enabled", "adaptive"):
            # The API takes neither beside thinking, but for the default temperature.
            if temperature not in (None, 1):
                losses.append("sampling.temperature")
                temperature = None
            if top_k is not None:
                losses.append("sampling.top_k")
                top_k = None
        if temperature is not None and top_p is not None:
            losses.append("sampling.top_p")
            top_p = None
    for name, value in (("temperature", temperature), ("top_p", top_p), ("top_k", top_k)):
        if value is not None:
            body[name] = value
    stops = [stop for stop in given.stop if stop.strip()] if profile.stop else []
    if len(stops) != len(given.stop):
        losses.append("sampling.stop")
    if stops:
        body["stop_sequences"] = stops


def encode_format(request: ChatRequest, profile: Profile, body: Wire, losses: list[str]) -> None:
    """A JSON schema goes to ``output_config.format``; where that is not taken, and for the bare "json_object" the API does
    not know, the wish is put into words at the end of the system prompt."""
    wanted = request.response_format
    if wanted is None or wanted.kind == "text":
        return
    if wanted.kind == "json_schema" and wanted.schema is not None and profile.response_format:
        schema = wanted.schema if request.dialect == "anthropic" else closed(wanted.schema)
        found = {"type": "json_schema", "schema": schema}
        if own(request.extras).get(FORMAT_FIELD) and profile.betas:
            body["output_format"] = found
        else:
            body.setdefault("output_config", {})["format"] = found
        return
    losses.append("response_format")
    text = "Answer with one valid JSON object and nothing else: no prose, no code fence."
    if wanted.schema is not None:
        text += f" It must match this JSON schema:\n{dump(wanted.schema).decode()}"
    system = body.get("system") or []
    if isinstance(system, str):
        system = [{"type": "text", "text": system}]
    body["system"] = [*system, {"type": "text", "text": text}]


def closed(schema: Any) -> Any:
    """`schema` with ``additionalProperties: false`` on every object that does not say, which the API demands."""
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    result = {name: closed(value) for name, value in schema.items()}
    if schema.get("type") == "object" and "additionalProperties" not in schema:
        result["additionalProperties"] = False
    return result
