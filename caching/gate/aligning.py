"""Which words are each other's like: equal, synonyms, slips of the keyboard, or common words that are near in context."""

from __future__ import annotations

from .asked import Asked, Item
from .names import NAMES
from .opposites import turned
from .reading import EXACT, NUMBER, QUOTED, WORD
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
    rest, open_ = _runs(a, b, pairs, rest, open_)
    order = {id(item): at for at, item in enumerate(a.items)}
    pairs.sort(key=lambda pair: order[id(pair[0])])
    return pairs, rest, open_


def _runs(a: Asked, b: Asked, pairs: list[tuple[Item, Item]], left: list[Item], right: list[Item]) -> tuple[list[Item], list[Item]]:
    """One word for several that stand together: "quicksort", "quick sort"; "EU", "European Union"."""
    for whole, many, swap in ((left, right, False), (right, left, True)):
        for item in list(whole):
            run = _run(item, many, a if swap else b)
            if run:
                whole.remove(item)
                for part in run:
                    many.remove(part)
                pairs.append((run[0], item) if swap else (item, run[0]))
    return left, right


def _run(item: Item, many: list[Item], asked: Asked) -> list[Item]:
    places = {id(other): at for at, other in enumerate(asked.items)}
    for start in range(len(many)):
        run = [many[start]]
        for other in many[start + 1 :]:
            if places[id(other)] != places[id(run[-1])] + 1:
                break
            run.append(other)
            if "".join(part.raw for part in run) == item.raw:
                return run
            initials = "".join(part.key[0] if part.kind == NUMBER else part.raw[0] for part in run)
            if len(run) >= 2 and initials == item.raw.lower() and (len(run) > 2 or item.short):
                return run
    return []


def _likeness(a: Asked, b: Asked, one: Item, other: Item) -> float:
    if one.kind != WORD or other.kind != WORD or turned(one.key, other.key) or turned(one.raw, other.raw):
        return 0.0
    for short, long in ((one, other), (other, one)):
        if "_" in long.key and short.raw == "".join("2" if part == "two" else part[0] for part in long.key.split("_")):
            return 1.0
    if _slipped(one, other) or _stemmed(one.raw, other.raw):
        return 1.0
    return 0.0


def _slipped(one: Item, other: Item) -> bool:
    """A known word and one that is no word, a keystroke apart."""
    sure = one.known or one.name and one.key in NAMES, other.known or other.name and other.key in NAMES
    if sure[0] == sure[1]:
        return False
    known, odd = (one, other) if sure[0] else (other, one)
    if odd.raw[0] != known.raw[0] and (len(known.raw) < 7 or known.name):
        return False
    if known.name and (len(known.raw) < 6 or odd.short):
        return False
    return len(known.raw) >= SHORTEST_SLIP and len(odd.raw) >= SHORTEST_SLIP - 1 and (slip(one.raw, other.raw) or slip(one.key, other.key))


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
