"""What answers tell of the bounds between tiers. Pure.

At each bound two bands of scores are looked at: the last below it and the first above it. Of each it is counted how answers
of the cheaper tier fared. Those above the bound exist because a share explores, a session stayed, or a budget capped. A bound
moves by one band, and only when a 95% Wilson interval says so:

* up, when the cheaper tier is good enough above it. That takes checked answers: one that merely came whole may be wrong.
* down, when the cheaper tier is not good enough below it. Down wins over up: a wrong answer costs more than a dear one.

Each bound stays between the two beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import sqrt
from typing import Any, NamedTuple

from .tiers import Bounds, Tier

BAND = 5
TARGET = 0.95
LEAST = 30
Z = 1.959964  # of a two-sided 95% interval
BROKEN = "upstream_broken"


class Row(NamedTuple):
    """One answer of `tier` to an ask of `score` (0-100). `checked`: its content was looked at (routing.verifying)."""

    tier: Tier
    score: int
    ok: bool
    checked: bool = False


class Interval(NamedTuple):
    """Between which shares of good answers the true one lies."""

    lower: float
    upper: float


@dataclass(slots=True)
class Tally:
    """Answers of one tier in one band: all, and those that were checked."""

    n: int = 0
    ok: int = 0
    checked: int = 0
    checked_ok: int = 0

    def add(self, row: Row) -> None:
        self.n += 1
        self.ok += row.ok
        self.checked += row.checked
        self.checked_ok += row.checked and row.ok

    def is_good(self, target: float, least: int) -> bool:
        return (
            self.checked >= least
            and wilson(self.checked_ok, self.checked).lower >= target
            and wilson(self.ok, self.n).lower >= target
        )

    def is_bad(self, target: float, least: int) -> bool:
        """By all answers, or by the checked ones alone: unchecked ones must not hide what the checks found."""
        return any(
            n >= least and wilson(ok, n).upper < target
            for ok, n in ((self.ok, self.n), (self.checked_ok, self.checked))
        )

    def as_record(self) -> dict[str, Any]:
        """Shares rounded to four digits."""
        found, looked = wilson(self.ok, self.n), wilson(self.checked_ok, self.checked)
        return {
            "n": self.n,
            "ok": self.ok,
            "lower": round(found.lower, 4),
            "upper": round(found.upper, 4),
            "checked": self.checked,
            "checked_ok": self.checked_ok,
            "checked_lower": round(looked.lower, 4),
            "checked_upper": round(looked.upper, 4),
        }


@dataclass(slots=True)
class Evidence:
    """Of one bound. `below` and `above`: answers of the cheaper tier in the bands on its two sides; `dearer`: those of the
    dearer tier above, to compare. `new` is `old` where nothing moves."""

    name: str
    old: int
    new: int
    below: Tally = field(default_factory=Tally)
    above: Tally = field(default_factory=Tally)
    dearer: Tally = field(default_factory=Tally)

    def as_record(self) -> dict[str, Any]:
        return {
            "bound": self.name,
            "old": self.old,
            "new": self.new,
            "below": self.below.as_record(),
            "above": self.above.as_record(),
            "dearer": self.dearer.as_record(),
        }


def wilson(ok: int, n: int) -> Interval:
    """The 95% interval of a share of which `ok` in `n` were seen; of nothing, anything."""
    if n == 0:
        return Interval(0.0, 1.0)
    share, square = ok / n, Z * Z
    middle = share + square / (2 * n)
    spread = Z * sqrt(share * (1 - share) / n + square / (4 * n * n))
    whole = 1 + square / n
    return Interval(max(0.0, (middle - spread) / whole), min(1.0, (middle + spread) / whole))


def bands(bounds: Bounds, band: int = BAND) -> list[tuple[range, range]]:
    """The scores just below and just above each bound; no further than the bounds beside it."""
    edges = (-1, *bounds, 100)
    return [
        (
            range(max(edges[place] + 1, bound - band + 1), bound + 1),
            range(bound + 1, min(edges[place + 2], bound + band) + 1),
        )
        for place, bound in enumerate(bounds)
    ]


def evidence(
    rows: Iterable[Row], bounds: Bounds, band: int = BAND, target: float = TARGET, least: int = LEAST
) -> list[Evidence]:
    """Of each bound, in their order. `band`: points; `target`: the share of good answers that is asked of a tier; `least`:
    answers below which nothing moves."""
    found = [Evidence(name, bound, bound) for name, bound in zip(bounds._fields, bounds, strict=True)]
    sides = list(enumerate(bands(bounds, band)))
    for row in rows:
        for place, (below, above) in sides:
            one = found[place]
            if row.score in below and row.tier == place:
                one.below.add(row)
            elif row.score in above and row.tier == place:
                one.above.add(row)
            elif row.score in above and row.tier == place + 1:
                one.dearer.add(row)
    edges = (0, *bounds, 100)
    for place, one in enumerate(found):
        if one.below.is_bad(target, least):
            one.new = max(edges[place], one.old - band)
        elif one.above.is_good(target, least):
            one.new = min(edges[place + 2], one.old + band)
    for lower, upper in ((1, 2), (0, 1)):  # one that rose meets one that fell
        found[lower].new = min(found[lower].new, found[upper].new)
    return found


def answers_of(tier: str, score: int | None, decision: Mapping[str, Any], status: str, error_code: str) -> list[Row]:
    """What one stored operation tells: nothing unless "auto" scored it; two answers where the check had the next tier
    answer. A provider that was away, slow or refused says nothing of how hard the ask was."""
    served = Tier.parse(tier)
    if decision.get("mode") != "auto" or score is None or served is None:
        return []
    verified, cascade = decision.get("verified"), decision.get("cascade")
    found = []
    doubted = Tier.parse(str(decision.get("doubted", "")))
    if cascade is not None and doubted is not None:
        found.append(Row(doubted, score, False, True))
        if served == doubted:  # kept: nobody did better
            return found
        verified = None
    if status == "completed":
        found.append(Row(served, score, True, verified == "ok"))
    elif error_code == BROKEN:
        found.append(Row(served, score, False))
    return found
