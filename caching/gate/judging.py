"""The verdict on two asks: every content word must be met by its like, in the same part, and be asked for the same thing.

What is not understood is not served: a word left over on either side blocks, whatever the cosine says (SEM-2, SEM-3)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from . import frames
from .aligning import aligned, same_word
from .asked import CLASS_NOUNS, MAKING, NEGATIONS, QUANTIFIERS, Asked, Item
from .opposites import turned
from .reading import EXACT, NUMBER, OPERATOR, QUOTED, WORD

STRICT, BALANCED = "strict", "balanced"
# Cosine of the whole asks below which nothing is looked at. The embedder of the figures is all-MiniLM-L6-v2.
FLOORS: dict[str, float] = {STRICT: 0.90, BALANCED: 0.70}
SUPERLATIVE = re.compile(r"^(?:best|worst|most|least)$|[a-z]{3,}est$")
UNSURE_FLOOR = 0.90


@dataclass(frozen=True, slots=True)
class Verdict:
    """`outcome`: "serve", "no", or "unsure" (a judge model may be asked). `why`: the class of what decided; never content."""

    outcome: str
    why: str


def judge(a: Asked, b: Asked, cosine: float, gate: str) -> Verdict:
    """`cosine`: of the embeddings of the two texts, -1..1. `gate`: "strict" or "balanced"; another name is a KeyError."""
    floor = FLOORS[gate]
    if cosine < floor:
        return Verdict("no", "distance")
    if a.foreign or b.foreign:
        same = a.foreign and b.foreign and a.normal == b.normal
        return Verdict("serve", "equal") if same else Verdict("no", "language")
    if a.normal == b.normal:
        return Verdict("serve", "equal")
    if not a.items or not b.items:
        return Verdict("no", "empty")
    return _compared(a, b, cosine, gate)


def _compared(a: Asked, b: Asked, cosine: float, gate: str) -> Verdict:
    pairs, left, right = _met(a, b)
    left, right = _without_class_nouns(left, right), _without_class_nouns(right, left)
    left, right = _without_making(left, right)
    soft = 0
    if gate == BALANCED:
        soft = len(left) + len(right)
        pairs, left, right = aligned(a, b, pairs, left, right)
        soft -= len(left) + len(right)
    why = _hard(left, right)
    if why:
        return Verdict("no", why)
    why = _wanted(a, b, gate)
    if why:
        return Verdict("no", why)
    why = _parts(a, b, pairs, gate)
    if left or right:
        near = gate == BALANCED and cosine >= UNSURE_FLOOR and len(left) <= 2 and len(right) <= 2 and not why
        return Verdict("unsure" if near else "no", "word")
    if why:
        return Verdict("no", why)
    return Verdict("serve", "aligned" if soft else "same")


def _met(a: Asked, b: Asked) -> tuple[list[tuple[Item, Item]], list[Item], list[Item]]:
    """Items that are each other's like, first those that play the same part, in the order they stand."""
    pairs: list[tuple[Item, Item]] = []
    right = list(b.items)
    left = []
    for strict in (True, False):
        todo, left = (list(a.items) if strict else left), []
        for item in todo:
            for other in right:
                if (not strict or item.role == other.role) and same_word(item, other):
                    pairs.append((item, other))
                    right.remove(other)
                    break
            else:
                left.append(item)
    order = {id(item): at for at, item in enumerate(a.items)}
    pairs.sort(key=lambda pair: order[id(pair[0])])
    return pairs, left, right


def _without_class_nouns(left: list[Item], right: list[Item]) -> list[Item]:
    beside = not any(item.key in CLASS_NOUNS for item in right)
    return [item for item in left if not (item.exact_beside and (item.key == "purpose" or (beside and item.key in CLASS_NOUNS)))]


def _without_making(left: list[Item], right: list[Item]) -> tuple[list[Item], list[Item]]:
    """"Write a haiku", "a haiku, please" and "create a haiku": the verb of making tells nothing the type does not."""
    mine, theirs = ([item for item in side if item.key == MAKING] for side in (left, right))
    if not mine and not theirs:
        return left, right
    rest, others = ([item for item in side if item.key != MAKING] for side in (left, right))
    if mine and not theirs:
        others = [item for item in others if item.key not in ("create", "write")]
    if theirs and not mine:
        rest = [item for item in rest if item.key not in ("create", "write")]
    return rest, others


def _hard(left: list[Item], right: list[Item]) -> str:
    """The class of a left-over that nothing can explain away."""
    both = left + right
    for item in both:
        if item.kind == NUMBER:
            return "number"
        if item.kind == "u":
            return "unit"
        if item.kind == EXACT:
            return "identifier"
        if item.kind == QUOTED:
            return "quoted"
        if item.kind == OPERATOR:
            return "operator"
    for item in both:
        if item.key in NEGATIONS:
            return "negation"
        if item.key in ("P1", "P2", "self", "he", "she", "his", "her", "him", "they", "their", "them"):
            return "person"
        if item.key in QUANTIFIERS:
            return "quantifier"
    for one in left:
        for other in right:
            if turned(one.key, other.key) or turned(one.raw, other.raw):
                return "polarity"
    if any(item.name and not item.verb for item in both):
        return "name"
    return ""


_ALIKE = ({frames.HOWTO, frames.DO}, {frames.HOWTO, frames.MAKE}, {frames.MAKE, frames.BARE}, {frames.GIVE, frames.BARE}, {frames.GIVE, frames.MAKE}, {frames.GIVE, frames.WHAT}, {frames.HOWTO, frames.BARE}, {frames.DO, frames.BARE}, {frames.WHAT, frames.BARE}, {frames.COMPARE, frames.BARE})


def _wanted(a: Asked, b: Asked, gate: str) -> str:
    if a.modal != b.modal:
        return "modality"
    if a.past is not None and b.past is not None and a.past != b.past:
        return "tense"
    if a.owned and b.owned and a.owned != b.owned:
        return "person"
    if a.kinds == b.kinds:
        return ""
    if gate == BALANCED and len(a.kinds) == len(b.kinds) == 1 and {a.kinds[0], b.kinds[0]} in _ALIKE:
        return ""
    return "question"


def _parts(a: Asked, b: Asked, pairs: list[tuple[Item, Item]], gate: str) -> str:
    """Whether each word plays the same part: governed alike, and in the same order where order is what tells."""
    moved = [(one, other) for one, other in pairs if one.role != other.role]
    if any(not _exchangeable(one, other, gate) for one, other in moved):
        return "direction"
    for one, other in moved:
        if any(one.role == last.role and other.role == first.role for first, last in moved if first is not one and not first.verb and not one.verb):
            return "order"  # two words changed places
    compare = a.kinds == b.kinds == (frames.COMPARE,)
    seen: dict[str, list[tuple[int, int]]] = {}
    for one, other in pairs:
        if one.role != other.role or (one.verb and other.verb) or one.key == "not" or SUPERLATIVE.search(one.key):
            continue
        if not compare or one.role:
            seen.setdefault(one.role, []).append((one.group, other.group))
        alone = sum(item.key == one.key for item in a.items) == 1 and one.key not in ("or", "but")
        if alone and (compare or one.group != one.at) and one.near and other.near and not one.near & other.near:
            return "order"  # "a red car and a blue bike" has what "a blue car and a red bike" has
    for places in seen.values():
        after = [place for _, place in sorted(places)]
        if after != sorted(after):
            return "order"
    return ""


def _exchangeable(one: Item, other: Item, gate: str) -> bool:
    """Whether a word may stand under another preposition, or under none, without another meaning."""
    directed = [item for item in (one, other) if item.role and item.role[0] != "~"]
    if directed:
        plain = all(item.kind == WORD and not item.name for item in (one, other))
        return len(directed) == 1 and not directed[0].lead and plain
    if NUMBER in (one.kind, other.kind):
        return {one.role, other.role} <= {"~of", "~for"} or {one.role, other.role} <= {"~in", "~on"}
    if one.verb and other.verb:
        return True
    roles = {one.role, other.role}
    if "~about" in roles:
        return False
    if "" not in roles:
        return one.kind == EXACT or one.name or roles <= {"~in", "~of", "~for", "~on"}
    if one.near & other.near or "*" in one.near | other.near:
        return True
    return gate == BALANCED and (one.name or one.kind == EXACT) and roles <= {"", "~in", "~with", "~on"}
