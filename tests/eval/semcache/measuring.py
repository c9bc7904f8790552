"""Labelled pairs of asks, and what a gate serves of them."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from caching import gate

SEEN = Path(__file__).parent / "pairs" / "seen.jsonl"
HELD_BACK = (SEEN.with_name("unseen.jsonl"), SEEN.with_name("late.jsonl"))
THRESHOLDS = (0.85, 0.90, 0.92, 0.95, 0.98)


@dataclass(frozen=True)
class Pair:
    """`same`: one answer does for both asks. `kind`: the class it was written or judged for."""

    a: str
    b: str
    same: bool
    kind: str


def pairs(path: Path) -> list[Pair]:
    """Of the project's own files (label "same" or "different", class) and of public ones (label or dataset_label 1 or 0,
    noisy; `audit`, where there is one, is the judgement of a reader: only "harmful" is different)."""
    found = []
    for line in path.read_text().splitlines():
        row = json.loads(line)
        audit = row.get("audit")
        label = row.get("label", row.get("dataset_label"))
        same = audit != "harmful" if audit else label in ("same", 1)
        found.append(Pair(row["a"], row["b"], same, audit or row.get("class") or "all"))
    return found


class Vectors:
    """Readings of the embedded model, each text once. None of it is kept on disk."""

    def __init__(self) -> None:
        self._read: dict[str, Any] = {}

    @cached_property
    def _model(self) -> Any:
        from caching.minilm import MiniLM

        return MiniLM()

    @staticmethod
    def missing() -> str | None:
        from caching.minilm import MiniLM

        return MiniLM.unavailable()

    def read(self, texts: Iterable[str]) -> None:
        wanted = sorted({text for text in texts if text not in self._read}, key=len)
        for at in range(0, len(wanted), 16):
            some = wanted[at : at + 16]
            self._read |= dict(zip(some, self._model.read(some), strict=True))

    def cosine(self, a: str, b: str) -> float:
        return float(self._read[a].vector @ self._read[b].vector)

    def words(self, text: str) -> Sequence[tuple[str, Any]]:
        words: Sequence[tuple[str, Any]] = self._read[text].words
        return words


@dataclass(frozen=True)
class Judged:
    """A pair with what became of it under one rule. `outcome` "serve", "no" or "unsure"."""

    pair: Pair
    outcome: str
    why: str = ""


def by_gate(
    given: Sequence[Pair], cosine: Callable[[str, str], float], name: str, words: Callable[[str], Any]
) -> list[Judged]:
    """The verdict of `caching.gate` on each pair."""
    found = []
    for pair in given:
        verdict = gate.judge(
            gate.asked(pair.a, words(pair.a)), gate.asked(pair.b, words(pair.b)), cosine(pair.a, pair.b), name
        )
        found.append(Judged(pair, verdict.outcome, verdict.why))
    return found


def by_threshold(given: Sequence[Pair], cosine: Callable[[str, str], float], floor: float) -> list[Judged]:
    """What a cache that looks at the cosine alone serves."""
    return [Judged(pair, "serve" if cosine(pair.a, pair.b) >= floor else "no") for pair in given]


def shares(judged: Sequence[Judged], same: bool) -> tuple[int, int, int]:
    """How many pairs of one label were served, left unsure, and how many there are."""
    mine = [each for each in judged if each.pair.same is same]
    return sum(j.outcome == "serve" for j in mine), sum(j.outcome == "unsure" for j in mine), len(mine)


def upper(wrong: int, number: int, alpha: float = 0.05) -> float:
    """The one-sided Clopper-Pearson bound: the share that `wrong` of `number` leaves possible, 1 - `alpha` sure."""
    if number == 0 or wrong >= number:
        return 1.0
    low, high = wrong / number, 1.0
    ways = [math.lgamma(number + 1) - math.lgamma(k + 1) - math.lgamma(number - k + 1) for k in range(wrong + 1)]
    for _ in range(60):
        share = (low + high) / 2
        right = math.log1p(-share)
        total = sum(math.exp(way + k * math.log(share) + (number - k) * right) for k, way in enumerate(ways))
        low, high = (share, high) if total > alpha else (low, share)
    return high


def milliseconds(given: Sequence[Pair]) -> tuple[float, float]:
    """What it takes to make one ask ready, and to judge one pair of them, on average."""
    texts = {text for pair in given for text in (pair.a, pair.b)}
    begun = time.perf_counter()
    ready = {text: gate.asked(text) for text in texts}
    made = time.perf_counter()
    for pair in given:
        gate.judge(ready[pair.a], ready[pair.b], 0.95, gate.BALANCED)
    done = time.perf_counter()
    return (made - begun) * 1000 / len(texts), (done - made) * 1000 / len(given)
