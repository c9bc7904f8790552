"""Whether two asks differ although every content word of theirs has its like: by small words, forms of words, capitals and
marks. What one ask has and the other has not holds back, unless a rule says why it tells nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence

from . import frames
from .inflection import lemma
from .marks import Marks, form
from .names import LANGUAGES, NAMES
from .reading import SHOUTED
from .vocabulary import ARTICLES, AUXILIARIES, BASES, EMPTY, SELF, VERBS

# Kinds that want a thing done or told, where "my files" are others than "the files".
OWNING = frozenset(
    (
        frames.DO,
        frames.GIVE,
        frames.MAKE,
        frames.BARE,
        frames.WHERE,
        frames.WHAT,
        frames.WHEN,
        frames.WHO,
        frames.AMOUNT,
    )
)
MADE = frozenset((frames.DO, frames.MAKE, frames.GIVE))
ASKING = frozenset(
    (frames.HOWTO, frames.HOW, frames.WHAT, frames.WHEN, frames.WHERE, frames.WHO, frames.WHY, frames.AMOUNT)
)
# What "by" is not changed for, when a passive is turned.
BESIDE = frozenset("for with via through at on in to from about against".split())
# "Stop smoking" is not "stop to smoke".
GERUND = frozenset("stop remember forget try regret need mean".split())
PARTICLES = frozenset(
    """up down in out on off over away back for about into after at with by from
to of through under""".split()
)
THOROUGH = frozenset("properly correctly thoroughly".split())
OTHERS = {
    "they": "they",
    "them": "they",
    "their": "their",
    "theirs": "their",
    "its": "its",
    "our": "our",
    "ours": "our",
    "my": "my",
    "mine": "my",
}
# Names that are ordinary words as well, beside those that the vocabulary holds.
TWOFOLD = frozenset(
    """turkey china python java amazon apple windows rust ruby swift jordan guinea mercury aids pin go perl dart elixir julia
crystal less fish shell helm kind salt chef puppet vault consul nomad packer composer bun gem cargo apache envoy jetty
celery oracle hive spark presto flask pyramid tornado parcel jest cypress ember backbone electron express spring
hibernate entity unity unreal flutter mint arch screen teams zoom excel word outlook slack notion discord signal galaxy
pixel gemini llama copilot visa rest soap march may polish august access pages lambda bash oak rose mark bill bubble
maven make""".split()
)
# Letters that say how much: "mW" is not "MW", "MB" not "Mb".
SCALED = re.compile(r"^[mM](?!(?:[bB]|i[bB]?|in|ins|hz|Hz|HZ|bps)$)[a-zA-Z]{0,2}$")
BITS = re.compile(r"^[kKMGTmgt]i?[bB]$")


def unlike(a: Marks, b: Marks) -> str:
    """Why two asks differ although their words are the same without capitals and marks; "" if nothing tells."""
    if a.brackets != b.brackets:
        return "mark"
    if a.quotes != b.quotes and (a.words | b.words) & LANGUAGES:
        return "quoted"
    if a.nots != b.nots:
        return "negation"
    theirs = dict(b.shapes)
    for word, forms in a.shapes:
        others = theirs.get(word)
        if others is None or forms & others:
            continue
        if _written_apart(word, next(iter(forms)), next(iter(others)), a.careful, b.careful):
            return "name"
    return ""


def _written_apart(word: str, one: str, other: str, careful: bool, others_careful: bool) -> bool:
    if one[0] == other[0] == "#":
        one, other = one[1:], other[1:]
        return bool(
            (SCALED.match(one) and SCALED.match(other) and one[0] != other[0])
            or (
                BITS.match(one)
                and BITS.match(other)
                and one[-1] != other[-1]
                and not one.islower()
                and not other.islower()
            )
        )
    one, other = one.lstrip("#"), other.lstrip("#")
    ordinary = word in BASES or word in TWOFOLD or word.upper() in SHOUTED or word in AUXILIARIES
    if not one.islower() and not other.islower():
        return len(word) < 3 or ordinary
    small_careful = careful if one.islower() else others_careful
    if one.islower() and other.islower():
        return False
    known = word in NAMES and not ordinary
    capital = other if one.islower() else one
    if small_careful:
        return not known and (ordinary or capital.istitle() or len(word) < 3)
    return ordinary and (word in NAMES or word in TWOFOLD or capital.istitle())


def apart(a: Marks, b: Marks, kinds: frozenset[str], joined: bool) -> str:
    """Why two asks differ although their content words are the same; "" if nothing tells. `kinds`: of both; `joined`: one of
    them has an "and" or "or"."""
    howto = bool(kinds & {frames.HOWTO, frames.ADVICE})
    if _adverbs(a) != _adverbs(b) or (not howto and (a.words ^ b.words) & THOROUGH):
        return "word"
    if "being" in a.words ^ b.words or (howto and "have" in a.words ^ b.words):
        return "word"
    if _modal(a, b, kinds):
        return "modality"
    if (howto and "did" in a.words ^ b.words) or _was(a, b):
        return "tense"
    if a.subject != b.subject and kinds <= {frames.WHAT, frames.WHO}:
        return "direction"
    if "by" in a.words ^ b.words and (a.words ^ b.words) & BESIDE:
        return "direction"
    if a.denied and b.denied and any(d not in b.denied and d in b.line for d in a.denied):
        return "negation"
    if a.sequence and b.sequence and not _in_order(a.sequence, b.sequence):
        return "order"
    if (
        sorted(a.line) == sorted(b.line)
        and a.line != b.line
        and kinds != {frames.COMPARE}
        and _disordered(a, b, joined)
    ):
        return "order"
    if kinds == {frames.HOWTO} and not (a.breaks or b.breaks) and _steered(dict(a.followed), dict(b.followed)):
        return "direction"
    for one, other in zip(a.relatives, b.relatives, strict=False):
        if one != other and other in a.line and one in b.line:
            return "direction"
    return _inflected(a, b, kinds) or _owned(a, b, kinds)


# What belongs to the word behind it.
FOCUS = frozenset("only even not always never almost nearly just".split())


def _disordered(a: Marks, b: Marks, joined: bool) -> bool:
    """Of two lines with the same words in another order: whether that order tells."""
    for word in FOCUS.intersection(a.line):
        one, other = (list(m.line)[list(m.line).index(word) + 1 :][:1] for m in (a, b))
        if one != other and not (word == "not" and a.denied and a.denied == b.denied):
            return True
    if joined and [w for w in a.line if w != "not"] == [w for w in b.line if w != "not"]:
        return True  # "a is null and b is not"
    if joined:
        return not (a.breaks or b.breaks or _exchanged(a.line, b.line) or _moved_once(a.line, b.line))
    return not (a.breaks or b.breaks or _moved_once(a.line, b.line))


def _exchanged(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether "x and y" is "y and x"."""
    a, b = _differing(one, other)
    for at in range(1, len(a) - 1):
        for behind in (at + 1, at + 2 if a[at + 1] in PARTICLES else at + 1):  # "with x or with y"
            if a[at] in ("and", "or") and a[behind:] + a[at:behind] + a[:at] == b:
                return True
    return False


def _was(a: Marks, b: Marks) -> bool:
    theirs = dict(b.was)
    return any(theirs.get(after, past) is not past for after, past in a.was)


def _steered(one: dict[str, str], other: dict[str, str]) -> bool:
    """ "Fill in the form" is not "fill the form", nor "call for help" "call help"."""
    for verb in (one.keys() & other.keys()) - {"do"}:
        behind = {one[verb], other[verb]}
        if len(behind) == 2 and behind & PARTICLES and behind <= PARTICLES | ARTICLES | SELF.keys():
            return True
    return False


def _adverbs(marks: Marks) -> list[tuple[str, int]]:
    """ "Currently" tells nothing beside a present that goes on: "is currently running"."""
    runs = marks.words & {"am", "is", "are"} and any(w.endswith("ing") for w in marks.words)
    return [each for each in marks.small if not (runs and each[0] == "currently")]


def _modal(a: Marks, b: Marks, kinds: frozenset[str]) -> bool:
    if a.person or b.person or not kinds <= ASKING:
        one, other = ({m for m in marks.modals if m.endswith(" have")} for marks in (a, b))
        if frames.HOWTO in kinds and one != other:
            return True
        return not (a.person or b.person) and "might" in a.modals ^ b.modals
    left = a.modals ^ b.modals
    if frames.HOWTO in kinds and "be" in a.words | b.words:
        left -= {"can"}  # "how can a list be sorted?"
    return bool(left)


def _in_order(one: Sequence[str], other: Sequence[str]) -> bool:
    common = {w for w in one if one.count(w) == 1} & {w for w in other if other.count(w) == 1}
    common -= ARTICLES | AUXILIARIES | EMPTY
    return [w for w in one if w in common] == [w for w in other if w in common]


def _moved_once(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether one run of words stands elsewhere, and else all is in its order."""
    if one == other:
        return True
    a, b = _differing(one, other)
    return any(a[at:] + a[:at] == b for at in range(1, len(a)))


def _differing(one: Sequence[str], other: Sequence[str]) -> tuple[list[str], list[str]]:
    start = next(at for at in range(len(one)) if one[at] != other[at])
    stop = next(at for at in range(len(one), 0, -1) if one[at - 1] != other[at - 1])
    return list(one[start:stop]), list(other[start:stop])


def _inflected(a: Marks, b: Marks, kinds: frozenset[str]) -> str:
    """Another form of a word in the same place, or a past for a present, wherever it stands."""
    changed: set[tuple[str, str]] = set()
    for base, one, before, article in a.forms:
        same = [each for each in b.forms if each[0] == base]
        if not same or any(each[1] == one for each in same):
            continue
        _, other, prev, others_article = same[0]
        shapes = {form(one), form(other)}
        changed.add((form(one), form(other)))
        if base in VERBS and (form(other), form(one)) in changed and len(shapes) > 1:
            return "form"  # "delete archived mails", "archive deleted mails"
        if shapes == {"ing", ""} and "to" in (before, prev) and lemma(prev if before == "to" else before) in GERUND:
            return "form"
        if kinds <= MADE and shapes == {"", "s"} and "a" in (article, others_article):
            return "form"
        if _generic(base, shapes, {article, others_article}, before, kinds) or _conjugated(base, one, other, a, b):
            continue
        if len(shapes) > 1 and prev == before and (before or shapes == {"", "s"} or base not in VERBS):
            return "form"
        if shapes == {"s", "ed"} and base in VERBS:
            past = a if form(one) == "ed" else b
            if not past.words & {"is", "are", "be", "been", "being", "have", "has"}:
                return "tense"
    return ""


def _generic(base: str, shapes: set[str], articles: set[str], before: str, kinds: frozenset[str]) -> bool:
    """ "An old car" and "old cars" are one thing, but not where it is to be made; and "best" asks for several anyway."""
    if shapes != {"", "s"} or kinds & {frames.DO, frames.MAKE, frames.GIVE, frames.BARE}:
        return False
    return articles == {"a", ""} or before == "best"


def _conjugated(base: str, one: str, other: str, a: Marks, b: Marks) -> bool:
    """ "Does it exit" and "it exits"; "how do they relate" and "how are they related"."""
    if base not in VERBS:
        return False
    plain, formed = (a, b) if form(other) else (b, a)
    if form(one) and form(other):
        return False
    shape = form(one) or form(other)
    if shape == "s":
        return bool(plain.words & {"do", "does", "did"})
    return shape == "ed" and bool(plain.words & {"do", "does"}) and bool(formed.words & {"is", "are"})


def _owned(a: Marks, b: Marks, kinds: frozenset[str]) -> str:
    if "one" in (a.person, b.person):
        return ""
    if "your" in a.words ^ b.words and "my" in a.words & b.words:
        return "person"
    mine, theirs = ({OTHERS[w] for w in m.words if w in OTHERS} for m in (a, b))
    if mine == theirs:
        return ""
    if (mine ^ theirs) & {"they", "their"} or kinds & OWNING:
        return "person"
    return ""
