"""How alike two asks are, letter by letter: what a scorer was trained on says nothing about asks that are nearly the same."""

from __future__ import annotations

import re
from collections.abc import Iterable

from .asks import Labelled, rows

ALIKE = 0.35
"""Of texts that share more than this part of their three-letter sequences (Jaccard), one is a variant of the other."""
TRAINING = ("exemplars.jsonl", "tuning.jsonl", "former.jsonl")


def grams(text: str) -> frozenset[str]:
    text = re.sub(r"[\W_]+", " ", text.lower()).strip()
    return frozenset(text[start : start + 3] for start in range(max(1, len(text) - 2)))


def likeness(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other)


def trained_on() -> list[tuple[str, frozenset[str]]]:
    """Id and sequences of each text the learned part saw."""
    return [(row["id"], grams(row["text"])) for name in TRAINING for row in rows(name)]


def variants(asks: Iterable[Labelled]) -> dict[str, str]:
    """Of those asks that have a variant among the training texts, the id of the nearest."""
    seen = trained_on()
    found: dict[str, str] = {}
    for ask in asks:
        own = grams(ask.text)
        nearest = max(((likeness(own, other), name) for name, other in seen), default=(0.0, ""))
        if nearest[0] > ALIKE:
            found[ask.id] = nearest[1]
    return found
