"""Counts over labelled asks. A tier below all accepted ones is under-routed (a poor answer), above all of them over-routed
(money)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from routing.tiers import Tier

from .asks import Labelled

Judge = Callable[[Labelled], Tier]


@dataclass(frozen=True, slots=True)
class Judged:
    ask: Labelled
    tier: Tier

    @property
    def verdict(self) -> str:
        if self.tier in self.ask.accept:
            return "accepted"
        return "under" if self.tier < min(self.ask.accept) else "over"


@dataclass(frozen=True, slots=True)
class Shares:
    """Of 1. `asks`: how many there were."""

    asks: int
    accepted: float
    under: float
    over: float

    def __str__(self) -> str:
        return f"{self.asks:>4}  accepted {self.accepted:6.1%}  under {self.under:6.1%}  over {self.over:6.1%}"


def judged(asks: Iterable[Labelled], judge: Judge) -> list[Judged]:
    return [Judged(ask, judge(ask)) for ask in asks]


def shares(results: Iterable[Judged]) -> Shares:
    counts = Counter(result.verdict for result in results)
    total = counts.total() or 1
    return Shares(counts.total(), *(counts[word] / total for word in ("accepted", "under", "over")))


def by(results: Iterable[Judged], key: Callable[[Labelled], str]) -> dict[str, Shares]:
    groups: dict[str, list[Judged]] = {}
    for result in results:
        groups.setdefault(key(result.ask), []).append(result)
    return {name: shares(groups[name]) for name in sorted(groups)}


def confusion(results: Iterable[Judged]) -> Mapping[tuple[Tier, Tier], int]:
    """How often (best, given)."""
    return Counter((result.ask.best, result.tier) for result in results)


def matrix(results: list[Judged]) -> list[str]:
    """Rows: the best tier by the label; columns: the tier given."""
    counts = confusion(results)
    head = "best \\ given"
    lines = [f"{head:<14}" + "".join(f"{tier.name:>11}" for tier in Tier)]
    for best in Tier:
        lines.append(f"{best.name:<14}" + "".join(f"{counts.get((best, given), 0):>11}" for given in Tier))
    return lines
