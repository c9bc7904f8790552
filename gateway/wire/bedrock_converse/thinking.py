"""How much to think: Claude's `thinking` in additionalModelRequestFields, `effort` in outputConfig."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from gateway.chat.request import ChatRequest, Effort, ThinkingConfig
from gateway.wire import fields
from gateway.wire.profile import Profile
from gateway.wire.turns import Losses

from .blocks import NAME

_EFFORTS: tuple[Effort, ...] = get_args(Effort)
_BUDGETS: dict[Effort, int] = {
    "minimal": 1_024,
    "low": 2_048,
    "medium": 8_192,
    "high": 16_384,
    "xhigh": 31_999,
    "max": 31_999,
}
_LEAST_BUDGET = 1_024


def decode_thinking(given: Any, output: Mapping[str, Any]) -> ThinkingConfig | None:
    effort: Effort | None = next((word for word in _EFFORTS if word == output.get("effort")), None)
    if given is None:
        return ThinkingConfig(effort=effort) if effort else None
    given = fields.mapping(given, "additionalModelRequestFields.thinking")
    mode = given.get("type")
    budget = fields.integer(given, "budget_tokens", "additionalModelRequestFields.thinking.")
    summary = given.get("display")
    return ThinkingConfig(
        mode if mode in ("enabled", "disabled", "adaptive") else None,
        budget,
        effort,
        summary if isinstance(summary, str) else None,
    )


def encode_thinking(
    request: ChatRequest,
    profile: Profile,
    losses: Losses,
    messages: list[dict[str, Any]],
    inference: dict[str, Any],
    additional: dict[str, Any],
    output: dict[str, Any],
) -> None:
    """Claude's `thinking` in additionalModelRequestFields, effort in outputConfig; as the client wrote it within this
    dialect. With a budget, Claude wants thinking before a tool call it is to continue from: where that was lost, thinking is
    off for this call (THK-13), and temperature, topP and top_k exclude it."""
    asked = request.thinking
    if asked is None:
        return
    if request.dialect == NAME:
        thinking: dict[str, Any] = {"type": asked.mode} if asked.mode else {}
        if asked.budget_tokens is not None:
            thinking["budget_tokens"] = asked.budget_tokens
        if asked.summary is not None:
            thinking["display"] = asked.summary
        if thinking:
            additional["thinking"] = thinking
        if asked.effort is not None:
            output["effort"] = asked.effort
        return
    off = asked.mode == "disabled" or (asked.mode is None and asked.effort == "none")
    if off or profile.thinking == "none":
        if not off:
            losses.add("thinking")
        return
    if profile.thinking in ("adaptive", "effort"):
        effort = _nearest(asked.effort or _effort_of(asked.budget_tokens), profile.efforts)
        if effort:
            output["effort"] = effort
        if profile.thinking == "adaptive" and (asked.mode is not None or effort):
            additional["thinking"] = {"type": "adaptive"}
        return
    budget = asked.budget_tokens or _BUDGETS.get(asked.effort or "medium", 8_192)
    limit = inference.get("maxTokens") or profile.max_output_tokens or profile.default_max_tokens
    if budget >= limit:
        budget = limit - 1
    if budget < _LEAST_BUDGET or not _starts_with_thinking(messages):
        losses.add("thinking")
        return
    inference.setdefault("maxTokens", limit)
    additional["thinking"] = {"type": "enabled", "budget_tokens": budget}
    for name, word in (("temperature", "temperature"), ("topP", "top_p")):
        if inference.pop(name, None) is not None:
            losses.add(f"sampling.{word}")


def _starts_with_thinking(messages: list[dict[str, Any]]) -> bool:
    """False if the turn being continued made a tool call and does not begin with its thinking."""
    last = next((message for message in reversed(messages) if message["role"] == "assistant"), None)
    if last is None or not any("toolUse" in block for block in last["content"]):
        return True
    if not any("toolResult" in block for block in messages[-1]["content"]):
        return True
    return "reasoningContent" in last["content"][0]


def _effort_of(budget: int | None) -> Effort | None:
    if budget is None:
        return None
    return "low" if budget <= 4_096 else "medium" if budget <= 12_288 else "high"


def _nearest(effort: Effort | None, taken: tuple[Effort, ...]) -> Effort | None:
    if effort is None or not taken:
        return None
    place = _EFFORTS.index(effort)
    return min(taken, key=lambda word: (abs(_EFFORTS.index(word) - place), _EFFORTS.index(word)))
