"""The verdict on two asks: every content word must be met by its like, in the same part, and be asked for the same thing.

What is not understood is not served: a word left over on either side blocks, whatever the cosine says (SEM-2, SEM-3)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from . import frames
from .aligning import Pairs, aligned, farthest, same_word
from .asked import Asked
from .guarding import apart, unlike
from .items import Item
from .names import NAMES
from .opposites import turned
from .reading import EXACT, NUMBER, OPERATOR, QUOTED, WORD
from .slots import CLASS_NOUNS, LIGHT, MAKING, NEGATIONS, QUANTIFIERS, WORDS_OF_LANGUAGES
from .vocabulary import BASES, QUALITIES, VERBS

STRICT, BALANCED = "strict", "balanced"
# Cosine of the whole asks below which nothing is looked at, for all-MiniLM-L6-v2. It guards against nothing the words do not
# (misspelt and shortened asks fall to 0.5 against what they mean); it only bounds how many candidates are compared.
FLOORS: dict[str, float] = {STRICT: 0.85, BALANCED: 0.45}
# The band in which a judge model may be asked.
UNSURE_FLOOR, MOST_UNSURE, UNSURE_WORDS = 0.85, 2, 0.35
# Types in which who does a thing stands before it.
ACTED = {
    frames.CAN,
    frames.SHOULD,
    frames.MUST,
    frames.WILL,
    frames.WOULD,
    frames.YESNO,
    frames.WHY,
    frames.WHEN,
    frames.HOW,
}
SUPERLATIVE = re.compile(r"^(?:best|worst|most|least)$|[a-z]{3,}est$")
PERSONS = frozenset(["P1", "P2", "self", "he", "she", "his", "her", "him", "they", "their", "them"])
HARD = {NUMBER: "number", "u": "unit", EXACT: "identifier", QUOTED: "quoted", OPERATOR: "operator"}
# Types that ask for the same answer when all words are the same.
ALIKE = [
    {frames.HOWTO, frames.DO}, {frames.HOWTO, frames.MAKE}, {frames.MAKE, frames.BARE}, {frames.GIVE, frames.BARE},
    {frames.GIVE, frames.MAKE}, {frames.GIVE, frames.WHAT}, {frames.HOWTO, frames.BARE}, {frames.DO, frames.BARE},
    {frames.WHAT, frames.BARE}, {frames.HOW, frames.HOWTO}, {frames.COMPARE, frames.BARE},
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Verdict:
    """`outcome`: "serve", "no", or "unsure" (a judge model may be asked). `why`: the class of what decided, one of a few
    words for a metric; never content."""

    outcome: str
    why: str


def judge(a: Asked, b: Asked, cosine: float, gate: str) -> Verdict:
    """Symmetric. `cosine`: of the embeddings of the two texts. `gate`: "strict" or "balanced"; KeyError for another name."""
    if cosine < FLOORS[gate]:
        return Verdict("no", "distance")
    if a.foreign or b.foreign:
        same = a.foreign and b.foreign and a.normal == b.normal and a.marks.signs == b.marks.signs
        same = same and not _cased(a, b) and not _parted(a, b)
        return Verdict("serve", "equal") if same else Verdict("no", "language")
    if why := unlike(a.marks, b.marks):
        return Verdict("no", why)
    if a.normal == b.normal:
        return Verdict("no", "mark") if _parted(a, b) else Verdict("serve", "equal")
    if not a.items or not b.items:
        return Verdict("no", "empty")
    return _compared(a, b, cosine, gate)


def _parted(a: Asked, b: Asked) -> bool:
    """Whether commas divide the same words in two ways."""
    one, other = a.marks.commas, b.marks.commas
    return bool(one and other and not one & other) and {count for _, count in one} == {count for _, count in other}


def _cased(a: Asked, b: Asked) -> bool:
    """Whether two careful writers write one word with and without a capital: in German that makes another word."""
    theirs = dict(b.marks.shapes)
    return (
        a.marks.careful
        and b.marks.careful
        and any(word in theirs and not forms & theirs[word] for word, forms in a.marks.shapes)
    )


def _compared(a: Asked, b: Asked, cosine: float, gate: str) -> Verdict:
    if all(item.key in LIGHT for item in a.items) or all(item.key in LIGHT for item in b.items):
        return Verdict("no", "empty")  # what it is about was taken for a word of politeness or grammar
    pairs, left, right = _met(a, b)
    if gate == BALANCED:
        technical = any(
            item.kind in (EXACT, QUOTED, OPERATOR) or (item.name and item.key in NAMES) for item in (*a.items, *b.items)
        )
        left, right = _without_class_nouns(left, right, technical), _without_class_nouns(right, left, technical)
        left, right = _without_making(left, right), _without_making(right, left)
        pairs, left, right = aligned(a, b, pairs, left, right)
    why = _hard(left, right) or _wanted(a, b, gate) or _parts(a, b, pairs)
    why = why or apart(a.marks, b.marks, frozenset((*a.kinds, *b.kinds)), a.joined or b.joined)
    if why:
        return Verdict("no", why)
    if left or right:
        near = gate == BALANCED and cosine >= UNSURE_FLOOR and max(len(left), len(right)) <= MOST_UNSURE
        near = near and farthest(a, b, left, right) >= UNSURE_WORDS
        return Verdict("unsure" if near else "no", "word")
    return Verdict("serve", "same")


def _technical(item: Item) -> bool:
    return item.kind in (EXACT, QUOTED, OPERATOR) or (item.name and item.key in NAMES)


def _met(a: Asked, b: Asked) -> tuple[Pairs, list[Item], list[Item]]:
    """Items that are each other's like, first those that play the same part, in the order they stand."""
    pairs: Pairs = []
    left, right = list(a.items), list(b.items)
    for strict in (True, False):
        rest = []
        for item in left:
            like = next((o for o in right if (not strict or item.role == o.role) and same_word(item, o)), None)
            if like is None:
                rest.append(item)
            else:
                pairs.append((item, like))
                right.remove(like)
        left = rest
    pairs.sort(key=lambda pair: pair[0].at)
    return pairs, left, right


def _without_class_nouns(left: list[Item], right: list[Item], technical: bool) -> list[Item]:
    """Without "error" in "the error X", unless the other ask says what X is as well, and without "purpose" beside a name."""
    beside = not any(item.key in CLASS_NOUNS for item in right)
    return [
        item
        for item in left
        if not (item.key == "purpose" and technical)
        and not (beside and item.key in CLASS_NOUNS and (item.exact_beside or item.key in WORDS_OF_LANGUAGES))
    ]


def _without_making(left: list[Item], right: list[Item]) -> list[Item]:
    """ "Write a haiku", "a haiku, please" and "create a haiku": the verb of making tells nothing the type does not."""
    made = any(item.key == MAKING for item in right)
    return [item for item in left if item.key != MAKING and not (made and item.key in ("create", "write"))]


def _hard(left: list[Item], right: list[Item]) -> str:
    """The class of a left-over that nothing can explain away."""
    both = left + right
    for item in both:
        if item.kind in HARD:
            return HARD[item.kind]
    for item in both:
        if item.key in NEGATIONS:
            return "negation"
        if item.key in PERSONS:
            return "person"
        if item.key in QUANTIFIERS:
            return "quantifier"
    if any(turned(one.key, other.key) or turned(one.raw, other.raw) for one in left for other in right):
        return "polarity"
    return "name" if any(item.name and not item.verb for item in both) else ""


def _wanted(a: Asked, b: Asked, gate: str) -> str:
    if a.modal != b.modal:
        return "modality"
    if a.past is not None and b.past is not None and a.past != b.past:
        return "tense"
    if a.owned and b.owned and a.owned != b.owned:
        return "person"
    if a.prepositions != b.prepositions:
        return "direction"
    if a.kinds == b.kinds:
        return ""
    if gate == BALANCED and len(a.kinds) == len(b.kinds) == 1 and {a.kinds[0], b.kinds[0]} in ALIKE:
        return ""
    return "question"


def _parts(a: Asked, b: Asked, pairs: Pairs) -> str:
    """Whether each word plays the same part: governed alike, and in the same order where order is what tells."""
    moved = [(one, other) for one, other in pairs if one.role != other.role]
    bare = frames.BARE in (*a.kinds, *b.kinds)
    alone = sum(item.kind == NUMBER for item in a.items) == 1
    if any(not _exchangeable(one, other, bare, alone) for one, other in moved):
        return "direction"
    for one, other in moved:
        for first, last in moved:
            crossed = one.role == last.role and other.role == first.role and first is not one
            if crossed and not (first.verb and one.verb):
                return "order"  # two words changed places
    if {*a.kinds, *b.kinds} & ACTED and _turned_round(a, b, pairs):
        return "order"
    whose = bool({frames.WHAT, frames.WHO} & {*a.kinds, *b.kinds})  # "who called Bob?" is not "who did Bob call?"
    compare = a.kinds == b.kinds == (frames.COMPARE,)
    seen: dict[str, list[tuple[int, int]]] = {}
    for one, other in pairs:
        if (
            one.role != other.role
            or (_doing(one, other) and (not whose or one.key == "not"))
            or SUPERLATIVE.search(one.key)
        ):
            continue
        if not compare or one.role:
            seen.setdefault(one.role, []).append((one.group, other.group))
        if (compare or one.group != one.at) and _of_another(a, one, other):
            return "order"
    for places in seen.values():
        after = [place for _, place in sorted(places)]
        if after != sorted(after):
            return "order"
    return ""


def _turned_round(a: Asked, b: Asked, pairs: Pairs) -> bool:
    """ "Can I call a client?" has the words of "can a client call?": what one verb is done to does it in the other ask. A
    participle says nothing: "can a client be called?"."""
    for verb, like in pairs:
        if not (verb.verb and like.verb and verb.raw in VERBS and like.raw in VERBS):
            continue
        if any(at and items[at - 1].raw in QUALITIES for at, items in ((verb.at, a.items), (like.at, b.items))):
            continue  # "are raw eggs safe to eat?"
        for one, other in pairs:
            plain = (
                one.kind == other.kind == WORD and not one.verb and not other.verb and not one.role and not other.role
            )
            if plain and one.key in BASES and (one.at < verb.at) != (other.at < like.at):
                return True
    return False


def _doing(one: Item, other: Item) -> bool:
    """Whether both are what is done, not what it is done to: a verb may stand before or behind its object."""
    inflected = one.raw.endswith(("ed", "ing")) or other.raw.endswith(("ed", "ing"))
    return (one.verb and other.verb) or (inflected and (one.verb or other.verb))


def _of_another(a: Asked, one: Item, other: Item) -> bool:
    """ "A red car and a blue bike" has the words of "a blue car and a red bike"."""
    if one.role or one.key in ("or", "but") or sum(item.key == one.key for item in a.items) > 1:
        return False
    return bool(one.near and other.near and not one.near & other.near)


def _exchangeable(one: Item, other: Item, bare: bool, alone: bool) -> bool:
    """Whether a word may stand under another preposition, or under none, without another meaning. `bare`: one ask is mere
    keywords; `alone`: there is one number only."""
    roles = {one.role, other.role}
    directed = [item for item in (one, other) if item.role and item.role[0] != "~"]
    if directed:
        plain = all(item.kind == WORD and not item.name for item in (one, other))
        if len(directed) > 1:
            return False
        free = other if directed[0] is one else one  # "from a Python list" is "from a list in Python"
        return bool(free.role and directed[0].follows & free.near) or (not directed[0].lead and plain)
    if NUMBER in (one.kind, other.kind):
        if alone and one.near & other.near:
            return True
        return roles <= {"~of", "~for"} or roles <= {"~in", "~on"}
    if one.verb and other.verb:
        return one.key in VERBS
    if "~about" in roles:
        return False
    named = one.kind == EXACT or (one.name and one.key in NAMES)
    if "" not in roles:
        return (named and roles <= TOOLED) or roles in LOOSE
    if one.near & other.near or "*" in one.near | other.near or bare:
        return True
    return named and roles <= {"", "~in", "~with", "~on"}


# Which of the neutral prepositions stand for each other: before the name of a tool, and before anything.
TOOLED = frozenset(["~in", "~with", "~on", "~for", "~of"])
LOOSE = ({"~of", "~for"}, {"~in", "~of"})
