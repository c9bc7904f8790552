"""The learned part of the score: a linear model over words, pairs of words and named numbers of an ask. Pure.

Weights are data of this release (data/difficulty.json), made by deploy/train_router.py. Without the file there is no learned
part, and the score falls back to its rules.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

from .reading import Reading

_FILE = Path(__file__).parent / "data" / "difficulty.json"
_CROSSES: tuple[tuple[str, str], ...] = (
    ("make", "code_thing"), ("make", "big_thing"), ("make", "prose"), ("make", "scope"), ("explain", "code_thing"),
    ("explain", "expertise"), ("easy", "code_thing"), ("easy", "expertise"), ("analysis", "expertise"),
    ("design", "big_thing"), ("design", "constraint"), ("debugging", "mystery"), ("debugging", "hard_debugging"),
    ("tiny", "explain"), ("tiny", "easy"), ("lookup", "easy"), ("rigor", "proof"), ("rigor", "design"),
    ("stakes", "design"), ("scope", "steps"), ("scope", "design"), ("risk", "make"), ("explain", "easy"),
)  # fmt: skip
_SIZES = (2, 5, 9, 14, 22, 36, 60, 120)


@cache
def weights() -> Mapping[str, float]:
    """By the name of the evidence; empty without the file."""
    try:
        document = json.loads(_FILE.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    scale = document["scale"]
    return {name: value / scale for name, value in document["weights"].items()}


def difficulty(
    stems: Sequence[str],
    found: Mapping[str, Collection[str]],
    reading: Reading,
    numbers: Mapping[str, float],
    model: Mapping[str, float],
) -> tuple[float, list[tuple[float, str]]]:
    """0-100, and what speaks most for it: (weight, evidence), the heaviest first."""
    total = model.get("", 0.0)
    parts = []
    for name, value in evidence(stems, found, reading, numbers):
        weight = model.get(name)
        if weight is not None:
            total += weight * value
            parts.append((weight * value, name))
    parts.sort(reverse=True)
    return max(0.0, min(100.0, 25.0 * total)), parts[:6]


def evidence(
    stems: Sequence[str], found: Mapping[str, Collection[str]], reading: Reading, numbers: Mapping[str, float]
) -> Iterator[tuple[str, float]]:
    """`found`: phrases of the lexicon by the name of their list; `numbers`: what else is known of the ask. Names with values
    of about 1. Lists of the lexicon begin with "#", sizes with "%", the first word with "^"; words and pairs of words
    stand for themselves."""
    count = len(stems)
    size = sum(count > bound for bound in _SIZES)
    yield f"%size{size}", 1.0
    yield "%words", min(count, 150) / 40
    length = "short" if count <= 9 else "middle" if count <= 22 else "long"
    for name, phrases in found.items():
        yield f"#{name}", 1.0
        yield f"#{name} {length}", 1.0
        if len(phrases) > 1:
            yield f"#{name}+", min(len(phrases) - 1, 3) / 2
    for one, other in _CROSSES:
        if one in found and other in found:
            yield f"#{one}&{other}", 1.0
    for name, value in numbers.items():
        if value:
            yield f"%{name}", min(value, 4) / 2 if value > 1 else value
    if reading.given_lines:
        yield "%given", 1.0
        yield f"%given {length}", 1.0
    if reading.items:
        yield "%items", min(reading.items, 8) / 4
    if not stems:
        return
    yield f"^{stems[0]}", 1.0
    if count > 1:
        yield f"^{stems[0]} {stems[1]}", 1.0
    share = min(1.0, (14 / count) ** 0.5)
    seen = set()
    before = ""
    for stem in stems:
        if stem not in seen:
            seen.add(stem)
            yield stem, share
            if len(stem) > 6 and stem.isascii():
                yield f"{stem[:5]}*", share
        if before:
            pair = f"{before} {stem}"
            if pair not in seen:
                seen.add(pair)
                yield pair, share
        before = stem
