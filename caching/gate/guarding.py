"""What tells two asks apart although every content word has its like: small words, forms of words, capitals and marks.

The reader drops much that seldom matters, and a frame or a pronoun may take a conjunction with it. So each of these is looked
at once more in the tokens themselves, whatever became of them there: what one ask has and the other has not holds back."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from . import frames
from .inflection import lemma
from .names import LANGUAGES, NAMES, TOOLS
from .reading import BREAK, EXACT, NUMBER, QUOTED, SHOUTED, STOP, WORD, Token
from .slots import MODALS
from .spelling import spoken
from .vocabulary import ARTICLES, AUXILIARIES, BASES, EMPTY, SELF, UNITS, VERBS

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
ASKING = frozenset((frames.HOWTO, frames.HOW, frames.WHAT, frames.WHEN, frames.WHERE, frames.WHO, frames.WHY, frames.AMOUNT))
# What "by" is not changed for, when a passive is turned.
BESIDE = frozenset("for with via through at on in to from about against".split())
TURNS = [
    re.compile(pattern)
    for pattern in (r"(?:am|is|are|be|get|was|were) used to", r"(?<!am )(?<!is )(?<!are )(?<!be )(?<!get )(?<!was )(?<!were )used to (?!\w+ing)")
]
# "Stop smoking" is not "stop to smoke".
GERUND = frozenset("stop remember forget try regret need mean".split())
PARTICLES = frozenset("up down in out on off over away back for about into after at with by from to of through under".split())
THOROUGH = frozenset("properly correctly thoroughly".split())
ADVERBS = frozenset("already also currently just".split())
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
crystal less fish shell helm kind salt chef puppet vault consul nomad packer composer bun gem cargo apache envoy jetty celery
oracle hive spark presto flask pyramid tornado parcel jest cypress ember backbone electron express spring hibernate entity unity
unreal flutter mint arch screen teams zoom excel word outlook slack notion discord signal galaxy pixel gemini llama copilot visa
rest soap march may polish august access pages lambda bash oak rose mark bill bubble unity maven make""".split()
)
SEQUENCE = re.compile(r"\b(?:then|afterwards|followed by|(?:this|that|the following) (?:order|sequence))\b")
TECHNICAL = frozenset("in with using for via to into from".split())
DETERMINERS = ARTICLES | frozenset("my your our their his her its no any some all each every first last next which".split())
RELATIVE = frozenset("who that which whom".split())
INTERVAL = re.compile(r"[\[(]\s*[-+]?[\d.]+\s*[,;]\s*[-+]?[\d.]+\s*[\])]")
SIGNS = re.compile(r"[-+]?\d+(?:[.,:/]\d+)*|[^\w\s.,?!;:'\"。、，．？！；：…¿¡·「」『』()]")
# Letters that say how much: "mW" is not "MW", "MB" not "Mb".
SCALED = re.compile(r"^[mM](?!(?:[bB]|i[bB]?|in|ins|hz|Hz|HZ|bps)$)[a-zA-Z]{0,2}$")
BITS = re.compile(r"^[kKMGTmgt]i?[bB]$")


@dataclass(frozen=True, slots=True)
class Marks:
    """Of one ask: what `apart` holds against that of another."""

    shapes: tuple[tuple[str, frozenset[str]], ...] = ()  # word -> how it is written where a capital tells
    careful: bool = False  # its writer uses capitals, so that a small letter tells as well
    brackets: tuple[str, ...] = ()
    signs: tuple[str, ...] = ()  # digits and signs, of a text in another language
    forms: tuple[tuple[str, str, str, str], ...] = ()  # lemma, form, the word before, "a" or what else stands up to it
    words: frozenset[str] = frozenset()
    small: tuple[tuple[str, int], ...] = ()
    modals: frozenset[str] = frozenset()
    person: str = ""
    sequence: tuple[str, ...] = ()  # all words, where "then" makes their order tell
    line: tuple[str, ...] = ()  # the words in their order
    relatives: tuple[str, ...] = ()
    denied: tuple[str, ...] = ()
    subject: bool = False
    breaks: bool = False
    commas: frozenset[tuple[int, int]] = frozenset()  # how many words stand before each, and in all
    nots: int = 0
    followed: tuple[tuple[str, str], ...] = ()  # a verb and the word behind it
    quotes: tuple[str, ...] = ()


def marked(text: str, found: Sequence[Token], person: str = "", kept: Iterable[str] = ()) -> Marks:
    """`found`: the tokens of `text`. `person`: as `frames.unframe` tells it. `kept`: the words that no frame took."""
    words = [word for token in found if token.kind == WORD for word in spoken(token.text)]
    lemmas = [lemma(word) for word in words]
    shapes, careful = _shapes(text, found)
    return Marks(
        shapes,
        careful,
        _brackets(text),
        tuple(SIGNS.findall(text)),
        tuple(_forms(found)),
        frozenset(words),
        tuple(sorted(_small(words, list(kept), len(found) > 1 and found[1].raw.istitle() and found[1].raw != "I").items())),
        _modals(words, person),
        person,
        tuple(lemmas) if SEQUENCE.search(" ".join(words)) else (),
        tuple(w for w in lemmas if w not in ARTICLES and w not in AUXILIARIES and w not in EMPTY),
        _relatives(words, lemmas),
        _denied(words, lemmas),
        _subject(words, lemmas),
        any(token.kind == BREAK for token in found),
        _commas(found),
        _nots(found),
        tuple((l, after) for w, l, after in zip(words, lemmas, [*words[1:], ""], strict=False) if l in VERBS and w == l),
        tuple(t.raw for t in found if t.kind in (QUOTED, EXACT) and t.raw[:1] in "'\"`" and (len(t.raw) < 5 or "$" in t.raw)),
    )


def _commas(found: Sequence[Token]) -> frozenset[tuple[int, int]]:
    count, places = 0, set()
    for token in found:
        if token.kind == BREAK:
            places.add(count)
        elif token.kind != STOP:
            count += 1
    return frozenset((place, count) for place in places - {count})


def _nots(found: Sequence[Token]) -> int:
    """How often "no" stands before what there is none of."""
    return sum(
        token.text == "no" and after.kind not in (BREAK, STOP) and after.text != "idea"
        for token, after in pairwise(found)
    )


def _subject(words: Sequence[str], lemmas: Sequence[str]) -> bool:
    """Whether "what" or "who" is what does it: "what replaced the CD?"."""
    at = next((at for at, word in enumerate(words) if word in ("what", "who", "which")), len(words))
    if at + 1 >= len(words) or words[at + 1] in AUXILIARIES or lemmas[at + 1] == "happen" or {"do", "does", "did", "if"} & set(words[at + 1 :]):
        return False
    return lemmas[at + 1] in VERBS or words[at + 1].endswith("ed")


def _shapes(text: str, found: Sequence[Token]) -> tuple[tuple[tuple[str, frozenset[str]], ...], bool]:
    letters = [c for c in text if c.isalpha()]
    capitals = sum(c.isupper() for c in letters)
    if not letters or capitals * 2 > len(letters):
        return (), False  # shouted: capitals tell nothing
    told = [t for t in found if t.kind == WORD and not t.first and t.raw != "I"]
    titled = sum(t.raw[:1].isupper() for t in told)
    if len(told) > 3 and titled * 2 > len(told):
        return (), False  # a title
    tools = {t.text for t in found if t.kind == WORD} & (LANGUAGES | TOOLS)
    shapes: dict[str, set[str]] = {}
    before = None
    for token in found:
        if token.kind == WORD and (not token.first or token.raw.islower() or (token.raw.isupper() and len(token.raw) > 1)):
            unit = before is not None and before.kind == NUMBER
            word = token.raw.split("'")[0]
            if word.lower() in tools and (len(tools) > 1 or (before is not None and before.text in TECHNICAL)):
                before = token
                continue  # "in ruby" is "in Ruby", "rust or go" is "Rust or Go"
            shapes.setdefault(word.lower(), set()).add(f"#{word}" if unit else word)
        before = token
    return tuple(sorted((word, frozenset(forms)) for word, forms in shapes.items())), letters[0].isupper() or capitals > 0


def _brackets(text: str) -> tuple[str, ...]:
    if re.search(r"[\[\]{}]", text):
        return tuple(re.findall(r"[\[\]{}()]", text))
    return tuple(INTERVAL.findall(text))


def _forms(found: Sequence[Token]) -> Iterable[tuple[str, str, str, str]]:
    last = ["", "", ""]
    for token in found:
        word = token.text.removesuffix("'s")
        if token.kind == WORD and word.isascii() and "'" not in word:
            if word not in AUXILIARIES and word not in UNITS and len(word) > 1:
                article = next((w for w in reversed(last) if w in DETERMINERS), "")
                yield lemma(word), word, last[-1], "a" if article == "an" else article
        last = ["", "", ""] if token.kind == STOP else [*last[1:], token.text]


def form(word: str) -> str:
    """ "s", "ing", "ed" (or another form of the past) or "" for the form a dictionary has."""
    base = lemma(word)
    if word == base:
        return ""
    if word.endswith("ing"):
        return "ing"
    return "s" if word.endswith("s") and not base.endswith("ss") or word.endswith("sses") else "ed"


def _small(words: Sequence[str], kept: Sequence[str], named: bool) -> Counter[str]:
    found = Counter(word for word in kept if word in ADVERBS)
    for before, word in zip(("", *words), words, strict=False):
        if word in ("few", "little") and before == "a":
            found[f"a {word}"] += 1
    line = " ".join(words)
    for pattern in TURNS:
        if number := len(pattern.findall(line)):
            found[pattern.pattern] += number
    if len(words) > 1 and words[0] in ("also", "just") and named:
        found[words[0]] += 1  # "just Bob can ..."
    return found


def _modals(words: Sequence[str], person: str) -> frozenset[str]:
    found = {word if word == "might" else MODALS[word] for word in words if word in MODALS}
    if person:
        after = dict(zip(words, words[1:], strict=False))
        return frozenset(f"{word} have" for word in found if after.get(person) == "have")
    return frozenset(found)


def _relatives(words: Sequence[str], lemmas: Sequence[str]) -> tuple[str, ...]:
    found = []
    for at, word in enumerate(words[1:-1], 1):
        if word in RELATIVE and words[at - 1] not in VERBS:
            after = next((o for o in range(at + 1, len(words)) if words[o] not in ARTICLES), at)
            found.append(lemmas[after])
    return tuple(found)


def _denied(words: Sequence[str], lemmas: Sequence[str]) -> tuple[str, ...]:
    """What is done in each "not"."""
    found = []
    for at, word in enumerate(words):
        if word in ("not", "cannot", "never"):
            done = next((l for w, l in zip(words[at + 1 :], lemmas[at + 1 :], strict=True) if (l in VERBS or l == "say") and w not in AUXILIARIES), "")
            if done:
                found.append(done)
    return tuple(sorted(found))


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
            or (BITS.match(one) and BITS.match(other) and one[-1] != other[-1] and not one.islower() and not other.islower())
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
    if a.subject != b.subject and kinds <= {frames.WHAT, frames.WHO}:
        return "direction"
    if "by" in a.words ^ b.words and (a.words ^ b.words) & BESIDE:
        return "direction"
    if a.denied and b.denied and any(d not in b.denied and d in b.line for d in a.denied):
        return "negation"
    if a.sequence and b.sequence and not _in_order(a.sequence, b.sequence):
        return "order"
    if "not" in a.line and joined and sorted(a.line) == sorted(b.line) and a.line != b.line:
        return "order"
    if kinds == {frames.HOWTO} and not (a.breaks or b.breaks) and _steered(dict(a.followed), dict(b.followed)):
        return "direction"
    if not (joined or a.breaks or b.breaks) and sorted(a.line) == sorted(b.line) and not _moved_once(a.line, b.line):
        return "order"
    for one, other in zip(a.relatives, b.relatives, strict=False):
        if one != other and other in a.line and one in b.line:
            return "direction"
    return _inflected(a, b, kinds) or _owned(a, b, kinds)


def _steered(one: dict[str, str], other: dict[str, str]) -> bool:
    """ "Fill in the form" is not "fill the form", nor "call for help" "call help"."""
    for verb in (one.keys() & other.keys()) - {"do"}:
        behind = {one[verb], other[verb]}
        if len(behind) == 2 and behind & PARTICLES and behind <= PARTICLES | ARTICLES | SELF.keys():
            return True
    return False


def _adverbs(marks: Marks) -> list[tuple[str, int]]:
    """"Currently" tells nothing beside a present that goes on: "is currently running"."""
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
    start = next(at for at in range(len(one)) if one[at] != other[at])
    stop = next(at for at in range(len(one), 0, -1) if one[at - 1] != other[at - 1])
    a, b = list(one[start:stop]), list(other[start:stop])
    return any(a[at:] + a[:at] == b for at in range(1, len(a)))


def _inflected(a: Marks, b: Marks, kinds: frozenset[str]) -> str:
    """Another form of a word in the same place, or a past for a present, wherever it stands."""
    for base, one, before, article in a.forms:
        same = [each for each in b.forms if each[0] == base]
        if not same or any(each[1] == one for each in same):
            continue
        _, other, prev, others_article = same[0]
        shapes = {form(one), form(other)}
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
    mine, theirs = ({OTHERS[w] for w in m.words if w in OTHERS} for m in (a, b))
    if mine == theirs:
        return ""
    if (mine ^ theirs) & {"they", "their"} or kinds & OWNING:
        return "person"
    return ""

