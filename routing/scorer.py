"""Difficulty of an ask, 0-100, with its reasons. Pure; reads features of the ask only, so that the envelope (system prompt,
tools, history, reminders) does not move it."""

from __future__ import annotations

from dataclasses import dataclass

from .features import FACT, YES_OR_NO, Features
from .tiers import DEFAULT_BOUNDS, Bounds, Tier


@dataclass(frozen=True, slots=True)
class Score:
    """`margin`: how far `value` is from the nearest bound between two tiers; a small one is a borderline ask."""

    value: int
    tier: Tier
    reasons: tuple[str, ...]
    margin: float = 0.0


def tier_at(value: int, bounds: Bounds = DEFAULT_BOUNDS) -> Tier:
    """A bound belongs to the tier below it."""
    return next((tier for bound, tier in zip(bounds, Tier, strict=False) if value <= bound), Tier.REASONING)


def score(features: Features, bounds: Bounds = DEFAULT_BOUNDS) -> Score:
    if features.words == 0:
        return scored(20, ("no words",), bounds)
    if features.trivial:
        return scored(5, ("trivial",), bounds)
    if features.learned >= 0:
        value = round(features.learned)
        if value > bounds.complex and not features.reasoning:
            value = bounds.complex  # nothing in it asks for proof, rigour or hard thinking
        if value > bounds.medium and features.question == FACT and features.words <= 14 and not features.reasoning:
            value = bounds.medium  # whatever words are in a short question for a fact
        return scored(value, _reasons(features), bounds)
    return _by_rules(features, bounds)


def _reasons(features: Features) -> tuple[str, ...]:
    named = (
        ("proof or reasoning", features.reasoning),
        ("expertise", features.domains),
        ("autonomy", features.autonomy),
        ("scope", features.scope),
        ("analysis", features.analysis),
        ("coding", features.writes_code),
        ("several steps", features.steps > 1),
        ("short question", features.question and features.words <= 14),
    )
    return tuple(name for name, here in named if here)[:4] or ("its words",)


def _by_rules(features: Features, bounds: Bounds) -> Score:
    """Without the learned part."""
    reasons: list[str] = []
    best = rest = 0
    for name, weight, here in (
        ("proof", 55, features.reasoning),
        ("expertise", 42, features.domains),
        ("autonomy", 60, features.autonomy),
        ("scope", 52, features.scope),
        ("analysis", 24, features.analysis),
        ("coding", 24, features.writes_code),
    ):
        if here:
            reasons.append(name)
            rest += min(best, weight)
            best = max(best, weight)
    value = min(24.0, features.words * 0.22) + best + min(18, rest * 0.3)
    if features.steps:
        value += min(14, 3 * features.steps)
        reasons.append("several steps")
    if features.files:
        value += min(10, 4 * features.files)
        reasons.append("files")
    if features.risk and features.writes_code:
        value += 26
        reasons.append("risky path")
    if features.code_lines:
        value += 6
        reasons.append("code")
    if features.words <= 14 and features.question in (FACT, YES_OR_NO) and best < 36:
        value = min(value, 22)
        reasons.append("short question")
    return scored(round(value), tuple(reasons) or ("length",), bounds)


def scored(value: int, reasons: tuple[str, ...], bounds: Bounds = DEFAULT_BOUNDS) -> Score:
    value = max(0, min(100, value))
    margin = min(abs(value - bound - 0.5) for bound in bounds)
    return Score(value, tier_at(value, bounds), reasons, margin)
