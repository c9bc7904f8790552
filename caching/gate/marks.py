"""What of an ask tells it apart from one with the same content words: small words, forms of words, capitals and marks.

The reader drops much that seldom matters, and a frame or a pronoun may take a conjunction with it. So each of these is looked
at once more in the tokens themselves, whatever became of them there. What is made of it is told in `guarding`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from .inflection import lemma
from .names import LANGUAGES, TOOLS
from .reading import BREAK, EXACT, NUMBER, QUOTED, STOP, WORD, Token
from .slots import MODALS
from .spelling import spoken
from .vocabulary import ARTICLES, AUXILIARIES, EMPTY, UNITS, VERBS

TURNS = [
    re.compile(pattern)
    for pattern in (
        r"(?:am|is|are|be|get|was|were) used to",
        r"(?<!am )(?<!is )(?<!are )(?<!be )(?<!get )(?<!was )(?<!were )used to (?!\w+ing)",
    )
]
ADVERBS = frozenset("already also currently just".split())
SEQUENCE = re.compile(r"\b(?:then|afterwards|followed by|(?:this|that|the following) (?:order|sequence))\b")
TECHNICAL = frozenset("in with using for via to into from".split())
DETERMINERS = ARTICLES | frozenset(
    "my your our their his her its no any some all each every first last next which".split()
)
RELATIVE = frozenset("who that which whom".split())
INTERVAL = re.compile(r"[\[(]\s*[-+]?[\d.]+\s*[,;]\s*[-+]?[\d.]+\s*[\])]")
SIGNS = re.compile(r"[-+]?\d+(?:[.,:/]\d+)*|[^\w\s.,?!;:'\"¿¡\-。、，．？！；：…¿¡·「」『』()]")


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
    was: tuple[tuple[str, bool], ...] = ()  # what stands behind "is" (False) and "was" (True)
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
        tuple(
            sorted(_small(words, list(kept), len(found) > 1 and found[1].raw.istitle() and found[1].raw != "I").items())
        ),
        _modals(words, person),
        person,
        tuple(lemmas) if SEQUENCE.search(" ".join(words)) else (),
        tuple(_line(found)),
        _relatives(words, lemmas),
        _denied(words, lemmas),
        _subject(words, lemmas),
        any(token.kind == BREAK for token in found),
        _commas(found),
        _nots(found),
        tuple(
            (after, word in ("was", "were")) for word, after in pairwise(words) if word in ("is", "are", "was", "were")
        ),
        tuple(
            (base, after)
            for w, base, after in zip(words, lemmas, [*words[1:], ""], strict=False)
            if base in VERBS and w == base
        ),
        tuple(
            t.raw
            for t in found
            if t.kind in (QUOTED, EXACT) and t.raw[:1] in "'\"`" and (len(t.raw) < 5 or "$" in t.raw)
        ),
    )


def _line(found: Sequence[Token]) -> Iterable[str]:
    for token in found:
        if token.kind in (STOP, BREAK):
            continue
        for word in spoken(token.text) if token.kind == WORD else (token.text,):
            base = lemma(word) if token.kind == WORD else word
            if base not in ARTICLES and base not in AUXILIARIES and base not in EMPTY:
                yield base


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
    if (
        at + 1 >= len(words)
        or words[at + 1] in AUXILIARIES
        or lemmas[at + 1] == "happen"
        or {"do", "does", "did", "if"} & set(words[at + 1 :])
    ):
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
    tools = {t.text for t in found if t.kind == WORD} & (LANGUAGES | TOOLS | {"go"})
    shapes: dict[str, set[str]] = {}
    before = None
    for token in found:
        if token.kind == WORD and (
            not (token.first or (before is not None and before.raw in "¿¡"))
            or token.raw.islower()
            or (token.raw.isupper() and len(token.raw) > 1)
        ):
            unit = before is not None and before.kind == NUMBER
            word = token.raw.split("'")[0]
            if word.lower() in tools and (len(tools) > 1 or (before is not None and before.text in TECHNICAL)):
                before = token
                continue  # "in ruby" is "in Ruby", "rust or go" is "Rust or Go"
            shapes.setdefault(word.lower(), set()).add(f"#{word}" if unit else word)
        before = token
    return tuple(sorted((word, frozenset(forms)) for word, forms in shapes.items())), letters[
        0
    ].isupper() or capitals > 0


def _brackets(text: str) -> tuple[str, ...]:
    if re.search(r"[\[\]{}]", text):
        return tuple(re.findall(r"[\[\]{}()]", text))
    return tuple(INTERVAL.findall(text))


def _forms(found: Sequence[Token]) -> Iterable[tuple[str, str, str, str]]:
    last = ["", "", ""]
    for token in found:
        word = token.text.removesuffix("'s")
        plain = token.kind == WORD and word.isascii() and "'" not in word and len(word) > 1
        if plain and word not in AUXILIARIES and word not in UNITS:
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
    return "s" if (word.endswith("s") and not base.endswith("ss")) or word.endswith("sses") else "ed"


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
        after = dict(pairwise(words))
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
            done = next(
                (
                    base
                    for w, base in zip(words[at + 1 :], lemmas[at + 1 :], strict=True)
                    if (base in VERBS or base == "say") and w not in AUXILIARIES
                ),
                "",
            )
            if done:
                found.append(done)
    return tuple(sorted(found))


NO_MARKS = Marks()
