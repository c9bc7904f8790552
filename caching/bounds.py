"""How often a near match was wrong, as far as checks show, and what may be concluded at any time. No I/O.

A check is one near match, drawn at random, whose kept answer was compared with a fresh one: wrong or not. All that is kept
is two counters, so several processes may add to them, in any order.

Two counts of evidence are mixtures of likelihood ratios, of shares above `share` (or below it) against `share` itself. While
the true share is at most `share` (at least), the first (second) is a supermartingale beginning at 1, so by Ville's inequality
the chance that it is ever 20 or more is at most 5%, however often it is read. The share may change from check to check.
All that is needed is that what is drawn does not depend on how it will turn out (docs/decisions/0012-error-budget.md).

The shares that are mixed stand in relation to `share`: above, `share` to the powers 1 to 0.2 (0.5% to 35% for a budget of
0.5%); below, half of the weight at no wrong ones at all, the rest from a tenth of `share` up to it. Both counts are monotone
in `share`, so the shares they do not rule out are an interval, and a decision agrees with the end it is about.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, isfinite, log, log1p

CONFIDENCE = 0.95
# A single verdict may itself be mistaken: below two wrong ones nothing is ruled out from above.
LEAST_WRONG = 2
REACH = 0.8
ABOVE = tuple(REACH * (place + 0.5) / 16 for place in range(16))
NONE_WRONG = 0.5
BELOW = tuple(0.1 ** (1 - (place + 0.5) / 12) for place in range(12))
# exp(700) is a float, exp(710) is not; evidence of that size is beyond every confidence.
MOST = 700.0
STEPS = 60


@dataclass(frozen=True, slots=True)
class Standing:
    """What the checks of a team have shown. ValueError for numbers that cannot be."""

    checks: int = 0
    wrong: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.wrong <= self.checks:
            raise ValueError(f"{self.wrong} wrong of {self.checks} checks")

    @property
    def share(self) -> float | None:
        return self.wrong / self.checks if self.checks else None


def evidence_above(standing: Standing, share: float) -> float:
    """How much the checks speak for more than `share` (0 to 1) wrong: 1 is nothing, 20 is 95% sure at any time."""
    if standing.wrong < LEAST_WRONG or share >= 1:
        return 0.0 if standing.checks else 1.0
    if share <= 0:
        return exp(MOST)
    right, of_one, of_rest = standing.checks - standing.wrong, log(share), log1p(-share)
    total = 0.0
    for power in ABOVE:
        other = share ** (1 - power)
        total += _exp(-standing.wrong * power * of_one + right * (log1p(-other) - of_rest))
    return total / len(ABOVE)


def evidence_below(standing: Standing, share: float) -> float:
    """How much the checks speak for less than `share` (0 to 1) wrong: 1 is nothing, 20 is 95% sure at any time."""
    if share <= 0:
        return 0.0 if standing.wrong else 1.0
    right = standing.checks - standing.wrong
    if share >= 1:
        return exp(MOST) if right else 1.0
    of_rest = log1p(-share)
    total = 0.0
    for part in BELOW:
        total += _exp(standing.wrong * log(part) + right * (log1p(-part * share) - of_rest))
    total *= (1 - NONE_WRONG) / len(BELOW)
    return total if standing.wrong else total + NONE_WRONG * _exp(-right * of_rest)


def _exp(power: float) -> float:
    return exp(min(power, MOST))


def at_least(standing: Standing, confidence: float = CONFIDENCE) -> float:
    """The share (0 to 1) wrong is above this, `confidence` sure at every time at once. 0.0 below two wrong ones."""
    bar = _bar(confidence)
    if evidence_above(standing, 1e-9) < bar:
        return 0.0
    low, high = log(1e-9), 0.0
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if evidence_above(standing, exp(middle)) >= bar else (low, middle)
    return exp(low)


def at_most(standing: Standing, confidence: float = CONFIDENCE) -> float:
    """The share (0 to 1) wrong is below this, `confidence` sure at every time at once. 1.0 before any check."""
    bar = _bar(confidence)
    low, high = 0.0, 1.0
    if standing.wrong == standing.checks:
        return high
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (low, middle) if evidence_below(standing, middle) >= bar else (middle, high)
    return high


def interval(checks: int, wrong: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """The shares (0 to 1) the checks leave possible: the true one stays inside at every time at once with this probability.
    What is left over is halved between the ends. `proven_bad` and `proven_good` are each about one end and have all of it
    there: a page that explains a decision shows `at_least` and `at_most` instead."""
    standing, sure = Standing(checks, wrong), (1 + confidence) / 2
    return at_least(standing, sure), at_most(standing, sure)


def proven_bad(standing: Standing, budget: float) -> bool:
    """Whether more than `budget` (0 to 1) of near matches are wrong, 95% sure: near matches are then no longer served. A team
    whose share is at most the budget is ever switched off with a probability of at most 5%."""
    return evidence_above(standing, budget) >= _bar(CONFIDENCE)


def proven_good(standing: Standing, budget: float) -> bool:
    """Whether at most `budget` (0 to 1) of near matches are wrong, 95% sure: a policy with `prove` serves none before."""
    return evidence_below(standing, budget) >= _bar(CONFIDENCE)


def _bar(confidence: float) -> float:
    if not (isfinite(confidence) and 0 < confidence < 1):
        raise ValueError("The confidence is between 0 and 1.")
    return 1 / (1 - confidence)
