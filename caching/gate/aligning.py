"""Which words are each other's like: equal, synonyms, slips of the keyboard, or one word and the several it is short for.

Vectors of words in their context are not used for it: they hold an opposite for nearer than a synonym (all-MiniLM-L6-v2:
allowed / forbidden 0.90, older / newer 0.83, print / output 0.76, fails / breaks 0.50)."""

from __future__ import annotations

import re

from .asked import Asked
from .items import Item
from .lookalikes import LOOKALIKES
from .names import NAMES
from .opposites import turned
from .reading import EXACT, NUMBER, QUOTED, WORD
from .spelling import slip
from .vocabulary import BASES, QUALITIES

SHORTEST_SLIP, LONG = 5, 7
# "userId" is not "userid", nor "kB" "Kb".
CASED = re.compile(r"^[^\s.()]*[a-z][A-Z][^\s.()]*$")
GRAMMAR = frozenset(["IT", "US", "WHO", "AND", "OR", "IS", "AS", "DO", "IF", "MAY", "SET"])
ENDINGS = ("ing", "ed", "es", "s", "e", "ly", "ation", "ion", "ment")
Pairs = list[tuple[Item, Item]]


def same_word(one: Item, other: Item) -> bool:
    """Whether two items are the same by their form."""
    if one.kind == other.kind and one.kind in (EXACT, QUOTED):
        return one.raw == other.raw
    if {EXACT, QUOTED} & {one.kind, other.kind}:
        if len(one.raw) == 1 and one.raw.lower() not in NAMES:
            return one.raw == other.raw
        if QUOTED in (one.kind, other.kind) and WORD in (one.kind, other.kind) and one.raw.lower() in QUALITIES:
            return False  # "so great" is not what so "great" is
        exact = one if one.kind == EXACT else other
        if WORD in (one.kind, other.kind) and (CASED.search(exact.raw) or exact.raw in GRAMMAR):
            return False
        return one.raw.lower() == other.raw.lower()
    return one.key == other.key and (one.kind == other.kind or (one.kind in "wu" and other.kind in "wu"))


def aligned(
    a: Asked, b: Asked, pairs: Pairs, left: list[Item], right: list[Item]
) -> tuple[Pairs, list[Item], list[Item]]:
    """Pairs words that are left over; what it cannot pair it gives back."""
    pairs, rest, others = list(pairs), [], list(right)
    for item in left:
        like = next((other for other in others if _alike(item, other)), None)
        if like is None:
            rest.append(item)
        else:
            pairs.append((item, like))
            others.remove(like)
    for item in list(rest):
        if run := _run(item, others, b):
            rest.remove(item)
            others = [other for other in others if other not in run]
            pairs.append((item, run[0]))
    for item in list(others):
        if run := _run(item, rest, a):
            others.remove(item)
            rest = [other for other in rest if other not in run]
            pairs.append((run[0], item))
    pairs.sort(key=lambda pair: pair[0].at)
    return pairs, rest, others


def farthest(a: Asked, b: Asked, left: list[Item], right: list[Item]) -> float:
    """Of the words left over, the one farthest from every word of the other ask, as the cosine of vectors in context; 1.0
    where vectors are wanting. Only to save a judge the asking: it is no ground to serve."""
    found = 1.0
    for items, mine, theirs in ((left, a.vectors, b.vectors), (right, b.vectors, a.vectors)):
        for item in items:
            if item.raw in mine and theirs:
                found = min(found, max(float(mine[item.raw] @ vector) for vector in theirs.values()))
    return found


def _run(item: Item, many: list[Item], asked: Asked) -> list[Item]:
    """Words side by side that `item` is one word, or the initials, of ("quicksort", "EU")."""
    places = {id(other): at for at, other in enumerate(asked.items)}
    for start in range(len(many)):
        run = [many[start]]
        for other in many[start + 1 :]:
            if places[id(other)] != places[id(run[-1])] + 1:
                break
            run.append(other)
            if "".join(part.raw for part in run) == item.raw and item.raw.isalpha():
                return run
            initials = "".join(part.key if part.kind == NUMBER else part.raw[:1] for part in run)
            if initials == item.raw.lower() and (len(run) > 2 or item.short):
                return run
    return []


def _alike(one: Item, other: Item) -> bool:
    if one.kind != WORD or other.kind != WORD or turned(one.key, other.key) or turned(one.raw, other.raw):
        return False
    return _initials(one, other) or _initials(other, one) or _slipped(one, other) or _stemmed(one.raw, other.raw)


def _initials(short: Item, long: Item) -> bool:
    parts = long.key.split("_")
    return len(parts) > 1 and short.raw == "".join("2" if part == "two" else part[:1] for part in parts)


def _slipped(one: Item, other: Item) -> bool:
    """A known word and one that is no word, a keystroke apart."""
    sure = [item.known or item.raw in LOOKALIKES or (item.name and item.key in NAMES) for item in (one, other)]
    if sure[0] == sure[1]:
        return False
    known, odd = (one, other) if sure[0] else (other, one)
    if not (odd.raw.isascii() and odd.raw.isalpha()):
        return False  # a digit is no slip of the keyboard, nor a letter of another script
    if odd.raw[0] != known.raw[0] and (len(known.raw) < 7 or known.name):
        return False
    if known.name and (len(known.raw) < 6 or odd.short):
        return False
    if _doubled(known.raw, odd.raw) or (len(odd.raw) == len(known.raw) == 4 and _exchanged(known.raw, odd.raw)):
        return not known.name
    if len(known.raw) < SHORTEST_SLIP or len(odd.raw) < SHORTEST_SLIP - 1:
        return False
    if len(one.raw) == len(other.raw) < LONG and sorted(one.raw) != sorted(other.raw):
        return False  # a letter for another makes too many words: bear, beer
    return slip(one.raw, other.raw) or slip(one.key, other.key)


def _doubled(one: str, other: str) -> bool:
    """Whether they differ in a letter written twice, as "edit" and "eddit" do."""
    short, long = sorted((one, other), key=len)
    if len(long) != len(short) + 1 or len(short) < 4:
        return False
    return any(long[at] == long[at - 1] and long[:at] + long[at + 1 :] == short for at in range(1, len(long)))


def _exchanged(one: str, other: str) -> bool:
    return one[0] == other[0] and sorted(one) == sorted(other) and slip(one, other)


def _stemmed(one: str, other: str) -> bool:
    """Two forms of one word that the lemmas did not bring together."""
    if (one in BASES and other in BASES) or one in NAMES or other in NAMES:
        return False
    if {one[-3:], other[-3:]} & {"ing"} and {one[-2:], other[-2:]} & {"ed", "ee"}:
        return False
    return _stem(one) == _stem(other) and len(_stem(one)) >= 4


def _stem(word: str) -> str:
    for ending in ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)]
    return word
