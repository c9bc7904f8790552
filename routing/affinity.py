"""Whether a session stays on the model that served it last. Pure: times, prices and counts come in as plain numbers.

A provider keeps the prompt of a session warm for some minutes and reads it again at a tenth of its price. Another model would
have to read all of it anew, so a session moves only when its task outgrows its model, or when moving pays (FBK-10, FBK-11,
THK-11). It never moves inside a tool loop.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from .judgement import Judgement
from .tiers import Policy, TargetRef, Tier

SHORT = 300.0
LONG = 3600.0
"""Seconds a provider keeps a prompt since its last use: the ordinary class, and the one asked for with ``"ttl": "1h"``."""

HYSTERESIS = 5
"""Points of score by which an ask must pass a tier's bound before a warm session follows it."""

SAVING = 0.9
"""What moving may cost of what staying costs, at most: estimates are not exact to a few percent."""

_SHRUNK = 0.5
_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Pin:
    """What served a session last. `tier`: by which it was served; `score`: of the ask that brought it there; `used`: wall
    clock; `ttl`: seconds the prompt stays warm since; `warm`: prompt tokens the provider holds, 0 where it caches nothing;
    `output`: tokens of an answer, by experience; `asks` of the human so far and `calls` made for them; `below`: asks in a
    row that a lower tier would have done for; `turns`: of the model in the conversation that was sent."""

    target: TargetRef
    tier: Tier
    score: int | None
    used: float
    ttl: float = SHORT
    warm: int = 0
    output: int = 0
    asks: int = 1
    calls: int = 1
    below: int = 0
    turns: int = 0

    def fresh(self, now: float) -> bool:
        """Whether the provider still holds the prompt. A clock that went back makes nothing cold."""
        return now - self.used < self.ttl


@dataclass(frozen=True, slots=True)
class Rates:
    """USD per million tokens: read anew without and with keeping it (`write`), read from the cache, written."""

    input: float
    write: float
    read: float
    output: float


@dataclass(frozen=True, slots=True)
class Prices:
    """Of the session's model and of the one it would move to; None: unknown."""

    pinned: Rates | None = None
    other: Rates | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """`reason`: a few words of ASCII."""

    stay: bool
    reason: str


def stay_or_move(
    pin: Pin, judgement: Judgement, now: float, prices: Prices, request_tokens: int, policy: Policy
) -> Choice:
    """For a pin whose target may serve this request, when the judgement's first target is another one. `request_tokens`:
    estimate of the whole prompt."""
    if judgement.features.tool_results:
        return Choice(True, "in a tool loop")
    if not pin.fresh(now):
        return Choice(False, "cache cold")
    if request_tokens < pin.warm * _SHRUNK:
        return Choice(False, "history cut")  # compacted: what is warm is another prompt
    if judgement.cap is not None and judgement.cap < pin.tier:
        return Choice(False, "capped by a rule")
    if judgement.tier > pin.tier:
        return _upwards(pin, judgement, policy)
    score = judgement.score
    next_below = score is not None and score.tier == judgement.tier == pin.tier - 1
    if next_below and score is not None and score.value > policy.bounds[judgement.tier] - HYSTERESIS:
        return Choice(True, "borderline")
    if moving_pays(pin, judgement, prices, request_tokens):
        return Choice(False, "moving pays")
    return Choice(True, "cache warm" if pin.warm else "served a moment ago")


def _upwards(pin: Pin, judgement: Judgement, policy: Policy) -> Choice:
    score = judgement.score
    by_rule = (
        score is None
        or score.tier <= pin.tier
        or any(
            hit.rule.kind in ("force", "risk", "agentic", "floor") and hit.rule.tier > pin.tier
            for hit in judgement.hits
        )
    )
    if by_rule:
        return Choice(False, "outgrown by a rule")
    assert score is not None
    if score.value > policy.bounds[pin.tier] + HYSTERESIS:
        return Choice(False, "outgrown")
    return Choice(True, "borderline")


def moving_pays(pin: Pin, judgement: Judgement, prices: Prices, request_tokens: int) -> bool:
    """Over the calls that are still to be expected: the warm prompt at the price of reading it again, against all of it read
    anew once and then read again at the other's prices. A move to a lower tier is likely to be undone: the first easy ask may
    be an exception, so it also pays for the way back; the second in a row half of it, and so on. Unknown prices move
    nothing."""
    mine, other = prices.pinned, prices.other
    if mine is None or other is None:
        return False
    whole = max(request_tokens, pin.warm)
    new = whole - pin.warm
    each = max(1.0, pin.calls / max(1, pin.asks))
    if judgement.tier < pin.tier:
        calls, back = each * (1 + pin.below), whole * mine.write / (1 + pin.below) if pin.warm else 0.0
    else:
        calls, back = each * max(1, pin.asks), 0.0
    # A provider that keeps nothing reads everything anew each time.
    kept = whole if pin.warm else 0
    staying = calls * (pin.warm * mine.read + new * mine.write + pin.output * mine.output)
    moving = calls * pin.output * other.output + whole * other.write + back
    moving += (calls - 1) * (kept * other.read + (new if pin.warm else whole) * other.write)
    return moving / _MILLION < staying / _MILLION * SAVING


def after(pin: Pin | None, served: Pin, judgement: Judgement) -> Pin:
    """The pin after `served`, which has the facts of this call alone, took the place of `pin`."""
    features = judgement.features
    asks = max(1, features.depth)
    if pin is None or asks < pin.asks:
        return replace(served, asks=asks, calls=1, below=0)
    same = pin.target == served.target
    below = pin.below if same else 0
    if not features.tool_results and not features.trivial and not features.continues:
        below = below + 1 if judgement.tier < served.tier else 0
    output = (pin.output + served.output) // 2 if pin.output else served.output
    score = pin.score if same else served.score
    return replace(served, asks=asks, calls=pin.calls + 1, below=below, output=output, score=score)
