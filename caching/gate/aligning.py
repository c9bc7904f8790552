"""Which words are each other's like: equal, synonyms, slips of the keyboard, or common words that are near in context."""

from __future__ import annotations

from .asked import Asked, Item
from .opposites import turned
from .reading import EXACT, QUOTED, WORD
from .spelling import slip
from .vocabulary import BASES

FLOOR = 0.70
SHORTEST_SLIP = 5
ENDINGS = ("ing", "ed", "es", "s", "e", "er", "ly", "ation", "ion", "ment")


def same_word(one: Item, other: Item) -> bool:
    """Whether two items are the same by their form."""
    if one.kind == EXACT and other.kind == EXACT:
        return one.raw == other.raw
    if one.kind == QUOTED and other.kind == QUOTED:
        return one.raw == other.raw
    if EXACT in (one.kind, other.kind) or QUOTED in (one.kind, other.kind):
        return one.raw.lower() == other.raw.lower()
    return one.key == other.key and (one.kind == other.kind or (one.kind in "wu" and other.kind in "wu"))


def aligned(
    a: Asked, b: Asked, pairs: list[tuple[Item, Item]], left: list[Item], right: list[Item]
) -> tuple[list[tuple[Item, Item]], list[Item], list[Item]]:
    """Pairs words that are left over; what it cannot pair it gives back."""
    pairs, rest, open_ = list(pairs), [], list(right)
    for item in left:
        best = max(open_, key=lambda other: _likeness(a, b, item, other), default=None)
        if best is not None and _likeness(a, b, item, best) >= FLOOR:
            pairs.append((item, best))
            open_.remove(best)
        else:
            rest.append(item)
    order = {id(item): at for at, item in enumerate(a.items)}
    pairs.sort(key=lambda pair: order[id(pair[0])])
    return pairs, rest, open_


def _likeness(a: Asked, b: Asked, one: Item, other: Item) -> float:
    if one.kind != WORD or other.kind != WORD or turned(one.key, other.key) or turned(one.raw, other.raw):
        return 0.0
    if _slipped(one, other) or _stemmed(one.raw, other.raw):
        return 1.0
    return 0.0


def _slipped(one: Item, other: Item) -> bool:
    """A known word and one that is no word, a keystroke apart."""
    if one.known == other.known:
        return False
    known, odd = (one, other) if one.known else (other, one)
    return (
        len(known.raw) >= SHORTEST_SLIP
        and len(odd.raw) >= SHORTEST_SLIP - 1
        and (slip(one.raw, other.raw) or slip(one.key, other.key))
    )


def _stemmed(one: str, other: str) -> bool:
    """Two forms of one word that the lemmas did not bring together."""
    if one in BASES and other in BASES:
        return False
    return _stem(one) == _stem(other) and len(_stem(one)) >= 4


def _stem(word: str) -> str:
    for ending in ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)]
    return word
