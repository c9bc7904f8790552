"""An ask made ready for comparison: what it wants, and its content words with the part each plays."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from . import frames
from .inflection import lemma
from .items import Builder, Item
from .lemmas import known
from .marks import NO_MARKS, Marks, marked
from .names import NAMES, SAME
from .reading import BREAK, EXACT, OPERATOR, QUOTED, STOP, WORD, Token, clean, tokens
from .slots import LONGEST, MAKING, PAST, SHARED
from .spelling import slip, spoken
from .tongues import canonical
from .vocabulary import (
    ARTICLES,
    AUXILIARIES,
    DIRECTED,
    EMPTY,
    ENGLISH,
    FOREIGN,
    NUMBER_WORDS,
    SELF,
    UNITS,
    VERBS,
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What `judge` compares. Made once a text by `asked`; holds no more of it than its words."""

    text: str
    normal: str
    foreign: bool
    kinds: tuple[str, ...]
    items: tuple[Item, ...]
    modal: frozenset[str] = frozenset()
    past: bool | None = None  # None where nothing tells
    owned: tuple[str, ...] = ()  # what "my" or "your" stands before
    joined: bool = False  # and, or, but: the order of what they join may matter
    marks: Marks = NO_MARKS
    prepositions: tuple[str, ...] = ()  # that give a part of its own
    vectors: dict[str, Any] = field(default_factory=dict)


def asked(text: str, words: Sequence[tuple[str, Any]] = ()) -> Asked:
    """`words`: each word of the text in lower case with its vector in context (an array of length 1), or nothing where the
    embedder gives none. They only narrow what is "unsure": no answer is served on their word (see `aligning`)."""
    made = _read(text)
    return replace(made, vectors={word.lower(): vector for word, vector in words}) if words else made


@lru_cache(maxsize=256)  # one ask is held against several kept ones in turn
def _read(text: str) -> Asked:
    whole = clean(text)
    whole = re.sub(
        r"\b(vs|etc|mr|mrs|dr|prof|approx|inc|ltd|jr|sr|incl|resp)\.(?=[\s,])", r"\1", whole, flags=re.IGNORECASE
    )
    whole = re.sub(r"(?i)(?<!\S)w/o(?=\s)", "without", whole)
    whole = re.sub(r"(?i)(?<!\S)w/ ?(?=\w)", "with ", whole)
    found = tokens(whole) if len(whole) <= LONGEST else []
    normal = " ".join(f'"{t.text}"' if t.kind == QUOTED else t.text for t in found if t.kind not in (STOP, BREAK))
    if not found or _foreign(whole, found):
        return Asked(text, _plain(whole, found), True, (), (), marks=marked(whole, found))
    return _english(text, whole, normal, found)


def _foreign(text: str, found: Sequence[Token]) -> bool:
    letters = [c for c in text if c.isalpha()]
    if sum(ord(c) > 0x24F for c in letters) * 5 > len(letters):
        return True
    low = [t.text for t in found if t.kind == WORD]
    if not low:
        return False
    other, own = sum(w in FOREIGN and w not in ENGLISH for w in low), sum(w in ENGLISH and w not in SHARED for w in low)
    if any(ord(c) > 0x7F for c in "".join(low)):
        return other > own or own == 0
    return other > own


def _plain(text: str, found: Sequence[Token]) -> str:
    """Of a text in another language: its words, digits and signs in their order; case, politeness and closing marks go."""
    if not found:
        return text
    made: list[str] = []
    for token in found:
        if token.kind in (STOP, BREAK):
            made.append("," if token.kind == BREAK else ".")
            continue
        lone = token.kind == EXACT and len(token.raw) == 1  # "O que é ...?"
        word = token.text if token.kind in (EXACT, QUOTED, OPERATOR) and not (lone and not made) else token.text.lower()
        if word in "¿¡":
            continue
        word = SAME.get(word, word)
        if token.kind == QUOTED:
            word = f'"{"_".join(word.split())}"'
        if token.kind == WORD and made and made[-1].isdigit():
            word = UNITS.get(word, word)
        made.append(word)
    return canonical(made)


def _expand(found: Sequence[Token]) -> list[Token]:
    made: list[Token] = []
    for token in found:
        if token.kind == OPERATOR and token.raw == "&" and made and made[-1].kind == WORD and len(made[-1].raw) > 1:
            made.append(Token(WORD, "and", "and"))
        elif token.kind == WORD:
            pieces = spoken(_unslipped(token))
            if len(pieces) == 1 and pieces[0] == token.text:
                made.append(token)
            else:
                made += [
                    Token(
                        WORD, p, p if len(pieces) > 1 or p in ("you", "your") else token.raw.split("'")[0], token.first
                    )
                    for p in pieces
                ]
        else:
            made.append(token)
    return made


# Words of frames that a slip would hide; no other word is put right before it is compared.
FRAME_WORDS = tuple(
    "what when where which should could would does write with from have that because between without before after until about explain create convert there while please difference million billion thousand hundred percent during against through always never every difference".split()
)


def _unslipped(token: Token) -> str:
    word = token.text
    if (
        len(word) < 4
        or word in ENGLISH
        or word in FRAME_WORDS
        or (token.raw[:1].isupper() and not token.first)
        or known(word, lemma(word))
        or word in NAMES
        or word in DIRECTED
        or word in SELF
        or "'" in word
    ):
        return word
    if word in EMPTY or word in ARTICLES or word in AUXILIARIES or word in NUMBER_WORDS or word in FOREIGN:
        return word
    for frame in FRAME_WORDS:
        if (
            sorted(frame) == sorted(word) and (slip(word, frame) or (frame[0] == word[0] and frame[-1] == word[-1]))
        ) or (len(frame) > 4 and frame[:2] == word[:2] and slip(word, frame)):
            return frame
    return word


def _english(text: str, whole: str, normal: str, found: Sequence[Token]) -> Asked:
    kinds: list[str] = []
    items: list[Item] = []
    modal: set[str] = set()
    joined = False
    past: bool | None = None
    owned: list[str] = []
    prepositions: list[str] = []
    kept: list[str] = []
    whom = ""
    for sentence in _tied(_sentences(_expand(found))):
        words = [t.text if t.kind == WORD else t.text if t.kind == BREAK else f"§{at}" for at, t in enumerate(sentence)]
        kind, parts, person, plain = frames.unframe(words, VERBS)
        built = Builder(
            kind,
            person,
            [
                (p, sentence[p.at] if p.at >= 0 else Token(BREAK if p.word in ",:" else WORD, p.word, p.word))
                for p in parts
            ],
        )
        built.run()
        if built.items or kind != frames.BARE:
            kinds.append(kind)
        if kind == frames.MAKE and built.items and built.items[0].verb:
            built.items[0] = replace(built.items[0], key=MAKING)
        items += [replace(item, at=item.at + len(items), group=item.group + len(items)) for item in built.items]
        modal |= built.modal
        owned += built.owned
        prepositions += built.prepositions
        kept += [part.word for part in parts]
        whom = whom or person
        past = _tense(plain, kind, person) if past is None else past
        joined = joined or built.joined
    if len(set(kinds)) > 1:
        kinds = [k for k in kinds if k != frames.BARE]
    return Asked(
        text,
        normal,
        False,
        tuple(sorted(set(kinds))),
        tuple(items),
        frozenset(modal),
        past,
        tuple(sorted(owned)),
        joined,
        marked(whole, found, whom, kept),
        tuple(sorted(prepositions)),
    )


def _tense(words: Sequence[str], kind: str, person: str) -> bool | None:
    if kind == frames.HOWTO and (person or "to" in words[:3]):
        return None
    if any(w in PAST for w in words):
        return True
    return False if any(w in ("do", "does", "is", "are") for w in words) else None


def _sentences(found: Sequence[Token]) -> list[list[Token]]:
    made: list[list[Token]] = [[]]
    for token in found:
        if token.kind == STOP:
            made.append([])
        else:
            made[-1].append(token)
    return [s for s in made if any(t.kind != BREAK for t in s)]


TAIL = re.compile(
    r"^(?:so |and |but )?(?:why|how|how so|how to|how come|what is (?:that|it|this)|what is (?:that|it|this) supposed to mean|what does (?:that|it|this) mean|why is (?:that|this)|how do i do (?:that|it|this)|how can i do (?:that|it|this)|how (?:is|would) (?:that|it|this) (?:done|work)|how does (?:that|it|this) work"
    r"|what (?:is|are|might be|could be|would be) (?:the )?(?:likely |possible )?(?:reason|reasons|cause|causes|problem|matter|issue|steps|way|command|best way)|what is wrong|what is going on|what (?:causes|caused) (?:that|it|this)|how do i (?:go about|achieve|manage|accomplish) (?:that|it|this)|what should i do|what do i do|what can i do|what do i have to do|explain|please explain|meaning|what steps)$"
)


def _tied(sentences: list[list[Token]]) -> list[list[Token]]:
    """ "It fails. Why?" is one ask."""
    made: list[list[Token]] = []
    for sentence in sentences:
        if made and TAIL.match(" ".join(t.text for t in sentence)):
            made[-1] = [*made[-1], Token(BREAK, ",", ","), *sentence]
        else:
            made.append(sentence)
    return made
