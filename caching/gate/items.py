"""The content words of one sentence, each with the part it plays."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from . import frames
from .frames import Part
from .lemmas import known, lemma_of
from .names import NAMES, SAME
from .reading import BREAK, EXACT, NUMBER, OPERATOR, QUOTED, SCALES, WORD, Token, scaled
from .slots import CLAUSES, MODALS, MOTION, NEGATIONS, NOUNY, STRICTER
from .synonyms import OPENS, PHRASES, WORDS
from .vocabulary import (
    ARTICLES,
    AUXILIARIES,
    DIRECTED,
    EMPTY,
    NEUTRAL,
    NOUNS,
    NUMBER_WORDS,
    POSSESSIVE,
    SELF,
    UNITS,
    VERBS,
)


@dataclass(frozen=True, slots=True)
class Item:
    """A content word. `key`: brought to one form; `raw`: as written, in lower case unless exact; `role`: the preposition that
    governs it ("" for none, "~" before one that may stand for another); `near`: the keys it stands in one noun phrase with, or
    the phrase that its preposition hangs on."""

    key: str
    raw: str
    kind: str
    role: str
    near: frozenset[str]
    verb: bool = False
    name: bool = False
    known: bool = True
    exact_beside: bool = False
    lead: bool = True  # the first word after its preposition
    short: bool = False  # written in capitals
    follows: frozenset[str] = frozenset()  # what it stands before in its noun phrase
    at: int = 0
    group: int = 0  # words joined by "and" or "or" share one: their order says nothing


STATES = frozenset("feel think like want look call do".split())


class Builder:
    """Reads one sentence's parts into items."""

    def __init__(self, kind: str, person: str, parts: list[tuple[Part, Token]]) -> None:
        self.kind, self.person = kind, {"i": "P1", "we": "P1", "you": "P2", "one": "P0"}.get(person, "")
        self.parts = parts
        self.lemmas = [lemma_of(token) for _, token in parts]
        said = {token.text for _, token in parts}
        self.both = bool(said & {"i", "we", "me", "us", "my", "our"}) and bool(said & {"you", "your"})
        self.items: list[Item] = []
        self._groups: list[tuple[tuple[int, ...], tuple[int, ...]]] = []
        self._places: list[int] = []
        self._fronted: list[bool] = []
        self.modal: set[str] = set()
        self.joined = False
        self.owned: list[str] = []
        self.prepositions: list[str] = []
        self.owner = False
        self.fresh = False  # a preposition was just read
        self.fronted = False  # behind a break: "..., in Python"
        self.conj = -1
        self.start = 0
        self.role = ""
        self.phrase: list[int] = []  # items of the noun phrase being read
        self.head: list[int] = []  # items of the one the preposition hangs on
        self.clause = kind not in (
            frames.WHAT,
            frames.AMOUNT,
            frames.COMPARE,
            frames.GIVE,
            frames.WHO,
        )  # a verb may stand here

    def run(self) -> None:
        self._particles()
        if self.kind == frames.HOWTO and self.person == "P2" and set(self.lemmas[:1]) & STATES:
            self._add("P2", "you", Token(WORD, "you", "you"))  # "how do you feel?"
        at = 0
        while at < len(self.parts):
            at += self._read(at)
        self._finish()

    def _particles(self) -> None:
        """ "turn the lights on" is "turn on the lights"."""
        for at in range(len(self.lemmas) - 1, 1, -1):
            word = self.lemmas[at]
            closes = (
                at + 1 == len(self.lemmas)
                or self.lemmas[at + 1] in DIRECTED
                or self.lemmas[at + 1] in NEUTRAL
                or self.parts[at + 1][1].kind == BREAK
            )
            if word not in ("on", "off", "up", "down", "out", "away", "back") or not closes:
                continue
            for verb in range(at - 2, max(-1, at - 7), -1):
                if (self.lemmas[verb], word) in PHRASES:
                    self.parts.insert(verb + 1, self.parts.pop(at))
                    self.lemmas.insert(verb + 1, self.lemmas.pop(at))
                    break

    def _read(self, at: int) -> int:
        _, token = self.parts[at]
        word = self.lemmas[at]
        if token.kind != WORD:
            return self._thing(token)
        taken = self._phrase(at)
        if taken:
            return taken
        low = token.text
        if self._mentioned(at):
            self._add(low, low, token)
        elif low in ARTICLES:
            self.phrase, self.clause = [], False
            if (low in ("this", "that", "these", "those") and self._alone(at)) or (
                low in ("a", "an", "the") and self._named(at)
            ):
                self._add(low, low, token)
        elif low in NEGATIONS:
            self._add("not" if low in ("not", "cannot") else low, low, token, verb=self._of_the_verb(at))
        elif low in SELF:
            self._self(at, low, token)
        elif (
            low in MODALS or low in AUXILIARIES or word in ("be", "have") or (word == "do" and at + 1 < len(self.parts))
        ):
            self._auxiliary(low)
        elif low in ("and", "or", "but", "nor"):
            self.joined = True
            self._join(at, low)
            self.phrase = []
            if low != "and" and self.kind != frames.COMPARE:
                self._add(low, low, token)
        elif low == "using" or (low == "use" and self.role == ""):
            self._preposition("with", "~with", at) if low == "using" else self._content(at, token, word)
        elif (
            low in DIRECTED
            and not (low == "around" and at + 1 < len(self.parts) and self.parts[at + 1][1].kind == NUMBER)
            and not (low == "to" and self._infinitive(at))
            and not self._adverb(at)
        ):
            self._preposition(low, STRICTER.get(low, DIRECTED[low]), at)
        elif (
            low in ("about", "around")
            and at + 1 < len(self.parts)
            and (self.parts[at + 1][1].kind == NUMBER or self.lemmas[at + 1] in NUMBER_WORDS)
        ):
            self._add("approximately", low, token)
        elif low in NEUTRAL and self._adverb(at):
            pass
        elif low in NEUTRAL:
            self._preposition(low, "~" + STRICTER.get(low, NEUTRAL[low]), at)
        elif low == "to":
            self.role, self.phrase, self.clause = "", [], True
        else:
            self._other(at, low, token, word)
        return 1

    def _thing(self, token: Token) -> int:
        if token.kind == BREAK:
            self.role, self.phrase, self.head = "", [], []
            self.clause = self.fronted = True
            self.conj = -1
        else:
            self._add(token.text, token.text, token)
            self.clause = False
        return 1

    def _other(self, at: int, low: str, token: Token, word: str) -> None:
        if low == "simply" and at + 1 == len(self.parts):
            self._add("simple_terms", low, token)
        elif low in ("it", "they"):
            if low == "they" and at and self.parts[at - 1][1].text in AUXILIARIES:
                self._add(low, low, token)
            self.role, self.phrase, self.clause = "", [], True
        elif low == "them" and at + 1 < len(self.parts) and self.parts[at + 1][1].text in ARTICLES:
            self._add(low, low, token)  # "write them a letter"
        elif low in EMPTY or low in ("them", "their", "themselves"):
            pass
        else:
            self._content(at, token, word)

    def _mentioned(self, at: int) -> bool:
        """Whether a word of grammar is what the ask is about: "do and make", "a or an"."""
        low = self.parts[at][1].text
        if not (
            low in ARTICLES
            or low in AUXILIARIES
            or low in NEUTRAL
            or low in DIRECTED
            or low in SELF
            or low in EMPTY
            or low in ("them", "their")
        ):
            return False
        before = self.parts[at - 1][1].text if at else ""
        after = self.parts[at + 1][1].text if at + 1 < len(self.parts) else ""
        return after in ("and", "or") or (before in ("and", "or") and after == "")

    def _of_the_verb(self, at: int) -> bool:
        """Whether a "not" is the verb's, wherever it stands, and not that of what follows ("the intro, not the end")."""
        before = self.parts[at - 1][1].text if at else ""
        return before in AUXILIARIES or (at + 1 < len(self.parts) and self.lemmas[at + 1] in VERBS)

    def _join(self, at: int, low: str) -> None:
        """What stands before "and" or "or" and what follows share one place in the order."""
        if low in ("and", "or") and self.phrase:
            members = [i for i in self.phrase[-2:] if not self.items[i].verb] or self.phrase[-1:]
            follows = self.parts[at + 1][1].text if at + 1 < len(self.parts) else ""
            person = follows in SELF and follows not in POSSESSIVE
            if person or follows in NEGATIONS or follows in AUXILIARIES or follows == "then":
                return
            if follows in VERBS and follows not in NOUNS and not self.items[-1].verb:
                self.role = ""  # another thing to do
                return
            self.conj = self._places[members[0]]
            for i in members:
                self._places[i] = self.conj

    def _phrase(self, at: int) -> int:
        word = self.lemmas[at]
        for length in OPENS.get(word, ()):
            places, end = [at], at + 1
            while len(places) < length and end < len(self.parts):
                if self.lemmas[end] not in ARTICLES or self.lemmas[end] == "that":
                    places.append(end)
                end += 1
            key = PHRASES.get(tuple(self.lemmas[p] for p in places))
            if key in ("filename", "username", "hostname") and self.parts[places[-1]][1].text.endswith("ed"):
                continue  # "a file named x"
            if key is not None and len(places) == length and all(self.parts[p][1].kind == WORD for p in places):
                self._add(key, key, self.parts[at][1], verb=word in VERBS)
                self.clause = False
                return end - at
        return 0

    def _self(self, at: int, low: str, token: Token) -> None:
        who = SELF[low]
        if low.endswith("self") or low == "ourselves":
            if at and self.lemmas[at - 1] in VERBS:
                self._add("self", low, token)
            return
        if low in ("i", "we", "im"):
            self.phrase, self.role, self.clause = [], "", True
            if low in ("i", "we") and self.both:
                self._add("P1", low, token)
            return
        if low in ("my", "our") and self.kind not in (frames.WHAT, frames.WHO):
            self.owner = True
            self.phrase, self.clause = [], False
            return
        generic = (
            self.kind
            in (
                frames.HOWTO,
                frames.MAKE,
                frames.GIVE,
                frames.SHOULD,
                frames.MUST,
                frames.DO,
                frames.COMPARE,
                frames.BARE,
            )
            or bool(self.modal & {"should", "must"})
            or self.kind in (frames.WHEN, frames.WHERE)
        )
        self.phrase = []
        if low not in POSSESSIVE:
            self.clause = True
            if low in ("i", "we", "you"):
                self.role = ""
        told = who == "P1" or self.kind in (frames.HOWTO, frames.COMPARE, frames.BARE, frames.ADVICE)
        if generic and (who in (self.person, "P0") or (not self.person and told)):
            if low in POSSESSIVE or low == "you":
                self.owner = low in POSSESSIVE
                return
            who = "self"
        self._add(who, who, token)

    def _auxiliary(self, low: str) -> None:
        if low in MODALS and self.kind not in (frames.HOWTO, frames.ADVICE):
            weak = (MODALS[low] == "can" and self.kind in (frames.WHERE, frames.WHO, frames.AMOUNT)) or (
                MODALS[low] == "should"
                and (
                    self.kind in (frames.WHEN, frames.WHERE, frames.AMOUNT)
                    or (
                        self.person in ("P1", "P2")
                        and self.kind in (frames.WHAT, frames.WHY, frames.AMOUNT, frames.WHO)
                    )
                )
            )
            if not weak:
                self.modal.add(MODALS[low])
        self.role, self.phrase, self.clause = "", [], False
        self.conj = -1

    def _alone(self, at: int) -> bool:
        """Whether "this" stands for a thing itself ("what flag is this?")."""
        if at + 1 == len(self.parts):
            return True
        token = self.parts[at + 1][1]
        after = token.text
        return self.parts[at][1].text != "that" and (
            token.kind == BREAK
            or after in AUXILIARIES
            or after in NEUTRAL
            or after in DIRECTED
            or after in ("and", "or", "not")
        )

    def _named(self, at: int) -> bool:
        """Whether an article is itself what is spoken of: "use the in a sentence"."""
        after = self.parts[at + 1][1] if at + 1 < len(self.parts) else None
        return after is None or (after.kind == WORD and after.text in NEUTRAL and after.text not in ("about", "inside"))

    def _infinitive(self, at: int) -> bool:
        if at + 1 >= len(self.parts) or self.lemmas[at + 1] not in VERBS:
            return False
        return not any(word in MOTION for word in self.lemmas[max(0, at - 5) : at])

    def _adverb(self, at: int) -> bool:
        """Whether a preposition closes its phrase, and so is an adverb: no role for what follows."""
        if at + 1 < len(self.parts) and self.parts[at + 1][1].kind != BREAK:
            return False
        low = self.parts[at][1].text
        if low not in ("to", "as", "than", "if"):
            self._add(low, low, self.parts[at][1])
        return True

    def _preposition(self, low: str, role: str, at: int) -> None:
        if (
            low == "of"
            and self.items
            and at
            and self.items[-1].verb
            and (
                (self.lemmas[at - 1] not in NOUNS and self.items[-1].raw not in VERBS)
                or (at > 1 and self.parts[at - 2][1].text == "the" and self.lemmas[at - 1] in VERBS - NOUNY)
            )
        ):
            return  # "removal of X", "the restore of X": X is what is removed
        if self.fresh and role[0] == "~" and self.role[:1] not in ("", "~"):
            self._add(low, low, self.parts[at][1])
            return
        after = self.lemmas[at + 1] if at + 1 < len(self.lemmas) else ""
        if role[0] != "~" and not (role == "to" and after in VERBS) and not (role == "by" and self.kind == frames.WHO):
            self.prepositions.append(role)
        if role in CLAUSES:
            self._add(role, low, self.parts[at][1])
            self.phrase = []
        self.fresh = True
        if role != self.role:
            self.conj = -1
        self.role = role
        self.head, self.phrase = self.phrase or self.head, []
        self.clause = False

    def _content(self, at: int, token: Token, word: str) -> None:
        low = token.text
        if self._number(at, low):
            return
        before = self.items[-1] if self.items else None
        if low in UNITS and len(low) > 1 and at and self.parts[at - 1][1].text in ("in", "to", "into"):
            self._add(UNITS[low], low, token, kind="u")
            return
        if (
            before is not None
            and before.kind == NUMBER
            and at
            and self.parts[at - 1][1].kind in (NUMBER, WORD)
            and (low in UNITS or word in UNITS)
        ):
            self._add(UNITS.get(low) or UNITS[word], low, token, kind="u")
            return
        verb = word in VERBS and self.clause
        follows = self.parts[at + 1][1].text if at + 1 < len(self.parts) else ""
        if word in ("test", "see", "tell", "verify", "find", "determine", "know") and follows in ("if", "whether"):
            word = "check"
        key = WORDS.get(word, word)
        if word in NOUNY and not verb:
            key = word
        base = word not in NOUNS and (word in VERBS or key in VERBS)
        doing = verb or base or (low.endswith(("ing", "ed")) and word in VERBS)
        doing = doing and (self.clause or word not in NAMES)
        self._add(key, low, token, verb=doing)
        self.clause = False

    def _number(self, at: int, low: str) -> bool:
        if low not in NUMBER_WORDS:
            return False
        if low == "one" and (
            at + 1 >= len(self.parts)
            or self.lemmas[at + 1] in AUXILIARIES
            or self.parts[at + 1][1].text in ("of", "can", "for", "with", "that", "which", "in")
        ):
            return True
        before = self.items[-1] if self.items else None
        if low in SCALES and before is not None and before.kind == NUMBER and re.fullmatch(r"\d+(\.\d+)?", before.key):
            self.items[-1] = replace(before, key=scaled(before.key, SCALES[low]))
            return True
        self._add(NUMBER_WORDS[low], low, self.parts[at][1], kind=NUMBER)
        return True

    def _add(self, key: str, raw: str, token: Token, verb: bool = False, kind: str = "") -> None:
        kind = kind or token.kind
        key = SAME.get(key, key) if kind == WORD else key
        name = kind == WORD and (key in NAMES or raw in NAMES or (not token.first and token.raw[:1].isupper()))
        if self.owner:
            self.owned.append(key)
        self.owner = False
        here = len(self.items)
        self._fronted.append(self.fronted)
        self._places.append(self.conj if self.conj >= 0 else here)
        self.items.append(
            Item(
                key,
                raw,
                kind,
                self.role,
                frozenset(),
                verb,
                name,
                kind != WORD or known(raw, key),
                False,
                self.fresh or not self.role,
                len(token.raw) > 1 and token.raw.isupper(),
            )
        )
        self._groups.append((tuple(self.phrase), tuple(self.head) if self.role else ()))
        self.phrase.append(here)
        self.fresh = False

    def _finish(self) -> None:
        near: list[set[str]] = [set() for _ in self.items]
        follows: list[set[str]] = [set() for _ in self.items]
        for at, (phrase, head) in enumerate(self._groups):
            for other in phrase:
                if not self.items[at].verb:
                    near[other].add(self.items[at].key)
                follows[other].add(self.items[at].key)
            for other in head:
                if not self.items[other].verb:
                    near[at].add(self.items[other].key)
            if not head and self.items[at].role and self._fronted[at]:
                near[at].add("*")  # it opens the sentence: "in Python, ..."
        made = []
        for at, item in enumerate(self.items):
            beside = any(
                0 <= o < len(self.items)
                and (
                    self.items[o].kind in (EXACT, QUOTED, OPERATOR)
                    or self.items[o].name
                    or self.items[o].kind == NUMBER
                )
                for o in (at - 1, at + 1)
            )
            made.append(
                Item(
                    item.key,
                    item.raw,
                    item.kind,
                    item.role,
                    frozenset(near[at]),
                    item.verb,
                    item.name,
                    item.known,
                    beside,
                    item.lead,
                    item.short,
                    frozenset(follows[at]),
                    at,
                    self._places[at],
                )
            )
        self.items = made
