"""An ask made ready for comparison: what it wants, and its content words with the part each plays."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from . import frames
from .frames import Part
from .inflection import lemma
from .names import NAMES, SAME
from .opposites import OPPOSITE
from .reading import BREAK, EXACT, NUMBER, OPERATOR, QUOTED, STOP, SCALES, WORD, Token, clean, scaled, tokens
from .spelling import slip, spelled, spoken
from .synonyms import OPENS, PHRASES, WORDS
from .vocabulary import ARTICLES, AUXILIARIES, BASES, DIRECTED, EMPTY, ENGLISH, FOREIGN, NEUTRAL, NOUNS, NUMBER_WORDS, POLITE, POLITE_PHRASES, POSSESSIVE, SELF, UNITS, VERBS

TURNED = frozenset(word for pair in OPPOSITE for word in pair)
LONGEST = 2_000  # characters; longer asks are compared as they stand
NEGATIONS = frozenset("not no never none neither nor nothing nobody nowhere cannot hardly barely".split())
QUANTIFIERS = frozenset("all some any every each both either neither none many few several most least more less fewer first last second third next previous only another other same half enough once multiple single whole entire just two one".split())
MODALS = {"can": "can", "could": "can", "may": "can", "might": "can", "should": "should", "ought": "should", "shall": "should", "must": "must", "will": "will", "would": "would"}
PAST = frozenset("did was were had".split())
# Words with a common other meaning as a noun: brought to their group only where a verb stands.
NOUNY = frozenset("list view order figure search point sign pay wage address instance object character store book plan start end copy build check turn object see".split())
# What may be left out beside the exact thing it names: "the error X" is X.
CLASS_NOUNS = frozenset("phrase idiom expression acronym abbreviation saying proverb error file function method command option flag status_ directive keyword operator class module package library tool language variable statement symbol_ code_ exception setting server_ service_ program utility website company_ log line message term word concept string_ tag attribute property hook cmd app software".split())
SHARED = frozenset("a in on me i do to as is an of be".split())  # English, and in other languages
CLAUSES = frozenset("if when while because although unless until since".split())
MAKING = "*make*"  # the verb of "write ...", "draft ...", "I need ..."
MOTION = frozenset("convert change transform turn translate migrate move copy send add go switch upgrade downgrade from push connect bind map attach export import cast point redirect forward upload link deploy port write append save assign reduce increase set rename compare merge apply access relate belong happen contribute respond reply listen refer subscribe come deliver lead".split())


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
    at: int = 0
    group: int = 0  # words joined by "and" or "or" share one: their order says nothing


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
    vectors: dict[str, Any] = field(default_factory=dict)


def asked(text: str, words: Sequence[tuple[str, Any]] = ()) -> Asked:
    """`words`: each word of the text with its contextual vector (any array of floats), or nothing where the embedder gives
    none; then only equal words and listed synonyms match."""
    whole = clean(text)
    whole = re.sub(r"\b(vs|etc|mr|mrs|dr|prof|approx|inc|ltd|jr|sr|incl|resp)\.(?=[\s,])", r"\1", whole, flags=re.IGNORECASE)
    whole = re.sub(r"(?i)(?<!\S)w/o(?=\s)", "without", whole)
    whole = re.sub(r"(?i)(?<!\S)w/ ?(?=\w)", "with ", whole)
    normal = " ".join(t.text for t in tokens(whole[:LONGEST]) if t.kind not in (STOP, BREAK))
    found = tokens(whole) if len(whole) <= LONGEST else []
    if not found or _foreign(whole, found):
        return Asked(text, _plain(whole, found), True, (), ())
    return _english(text, normal, found, {word.lower(): vector for word, vector in words})


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
    made = []
    for token in found:
        if token.kind in (STOP, BREAK):
            continue
        word = token.text if token.kind in (EXACT, QUOTED, OPERATOR) else token.text.casefold()
        word = SAME.get(word, word)
        if token.kind == WORD and made and made[-1].isdigit():
            word = UNITS.get(word, word)
        if word not in POLITE:
            made.append(word)
    plain = " ".join(made)
    for phrase in POLITE_PHRASES:
        if phrase in plain:
            plain = " ".join(plain.replace(phrase, " ").split())
    return re.sub(r"(?<=[\u3040-\u30ff\u3400-\u9fff])\s+|\s+(?=[\u3040-\u30ff\u3400-\u9fff])", "", plain)


def _expand(found: Sequence[Token]) -> list[Token]:
    made = []
    for token in found:
        if token.kind == OPERATOR and token.raw == "&" and made and made[-1].kind == WORD:
            made.append(Token(WORD, "and", "and"))
        elif token.kind == OPERATOR and token.raw == "/":
            continue
        elif token.kind == WORD:
            pieces = spoken(_unslipped(token))
            if len(pieces) == 1 and pieces[0] == token.text:
                made.append(token)
            else:
                made += [Token(WORD, p, p if len(pieces) > 1 or p in ("you", "your") else token.raw.split("'")[0], token.first) for p in pieces]
        else:
            made.append(token)
    return made


# Words of frames that a slip would hide; no other word is put right before it is compared.
FRAME_WORDS = tuple("what when where which should could would does write with from have that because between without before after until about explain create convert there while please difference".split())


def _unslipped(token: Token) -> str:
    word = token.text
    if len(word) < 4 or word in ENGLISH or word in FRAME_WORDS or (token.raw[:1].isupper() and not token.first) or _known(word, lemma(word)) or word in NAMES or word in DIRECTED or word in SELF or "'" in word:
        return word
    if word in EMPTY or word in ARTICLES or word in AUXILIARIES or word in NUMBER_WORDS or word in FOREIGN:
        return word
    for frame in FRAME_WORDS:
        if (frame[0] == word[0] and frame[-1] == word[-1] and sorted(frame) == sorted(word)) or (len(frame) > 4 and frame[:2] == word[:2] and slip(word, frame)):
            return frame
    return word


def _english(text: str, normal: str, found: Sequence[Token], vectors: dict[str, Any]) -> Asked:
    kinds: list[str] = []
    items: list[Item] = []
    modal: set[str] = set()
    joined = False
    past: bool | None = None
    owned: list[str] = []
    for sentence in _tied(_sentences(_expand(found))):
        words = [t.text if t.kind == WORD else t.text if t.kind == BREAK else f"§{at}" for at, t in enumerate(sentence)]
        kind, parts, person = frames.unframe(words, VERBS)
        built = _Builder(kind, person, [(p, sentence[p.at] if p.at >= 0 else Token(BREAK if p.word in ",:" else WORD, p.word, p.word)) for p in parts])
        built.run()
        if built.items or kind != frames.BARE:
            kinds.append(kind)
        if kind == frames.MAKE and built.items and built.items[0].verb:
            built.items[0] = replace(built.items[0], key=MAKING)
        items += built.items
        modal |= built.modal
        owned += built.owned
        past = _tense(words, kind) if past is None else past
        joined = joined or built.joined
    if len(set(kinds)) > 1:
        kinds = [k for k in kinds if k != frames.BARE]
    return Asked(text, normal, False, tuple(sorted(set(kinds))), tuple(items), frozenset(modal), past, tuple(sorted(owned)), joined, vectors)


def _tense(words: Sequence[str], kind: str) -> bool | None:
    if kind == frames.HOWTO:
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
    """"It fails. Why?" is one ask."""
    made: list[list[Token]] = []
    for sentence in sentences:
        if made and TAIL.match(" ".join(t.text for t in sentence)):
            made[-1] = [*made[-1], Token(BREAK, ",", ","), *sentence]
        else:
            made.append(sentence)
    return made


class _Builder:
    """Reads one sentence's parts into items."""

    def __init__(self, kind: str, person: str, parts: list[tuple[Part, Token]]) -> None:
        self.kind, self.person = kind, {"i": "P1", "we": "P1", "you": "P2", "one": "P0"}.get(person, "")
        self.parts = parts
        self.lemmas = [_lemma(token) for _, token in parts]
        said = {token.text for _, token in parts}
        self.both = bool(said & {"i", "we", "me", "us", "my", "our"}) and bool(said & {"you", "your"})
        self.items: list[Item] = []
        self._groups: list[tuple[tuple[int, ...], tuple[int, ...]]] = []
        self._places: list[int] = []
        self.modal: set[str] = set()
        self.joined = False
        self.owned: list[str] = []
        self.owner = False
        self.fresh = False  # a preposition was just read
        self.conj = -1
        self.start = 0
        self.role = ""
        self.phrase: list[int] = []  # items of the noun phrase being read
        self.head: list[int] = []  # items of the one the preposition hangs on
        self.clause = True  # a verb may stand here

    def run(self) -> None:
        self._particles()
        at = 0
        while at < len(self.parts):
            at += self._read(at)
        self._finish()

    def _particles(self) -> None:
        """"turn the lights on" is "turn on the lights"."""
        for at in range(len(self.lemmas) - 1, 1, -1):
            word = self.lemmas[at]
            closes = at + 1 == len(self.lemmas) or self.lemmas[at + 1] in DIRECTED or self.lemmas[at + 1] in NEUTRAL or self.parts[at + 1][1].kind == BREAK
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
        if low in ARTICLES:
            self.phrase = []
            if low in ("this", "that", "these", "those") and self._alone(at):
                self._add("this", low, token)
        elif low in NEGATIONS:
            self._add("not" if low in ("not", "cannot") else low, low, token)
        elif low in SELF:
            self._self(at, low, token)
        elif low in MODALS or low in AUXILIARIES or word in ("be", "have") or (word == "do" and at + 1 < len(self.parts)):
            self._auxiliary(low)
        elif low in ("and", "or", "but", "nor"):
            self.joined = True
            self._join(at, low)
            self.phrase = []
            if low != "and" and self.kind != frames.COMPARE:
                self._add(low, low, token)
        elif low == "using" or (low == "use" and self.role == ""):
            self._preposition("with", "~with", at) if low == "using" else self._content(at, token, word)
        elif low in DIRECTED and not (low == "around" and at + 1 < len(self.parts) and self.parts[at + 1][1].kind == NUMBER) and not (low == "to" and self._infinitive(at)) and not self._adverb(at):
            self._preposition(low, DIRECTED[low], at)
        elif low in ("about", "around") and at + 1 < len(self.parts) and (self.parts[at + 1][1].kind == NUMBER or self.lemmas[at + 1] in NUMBER_WORDS):
            self._add("approximately", low, token)
        elif low in NEUTRAL:
            self._preposition(low, "~" + NEUTRAL[low], at)
        elif low == "to":
            self.role, self.phrase, self.clause = "", [], True
        elif low in EMPTY or low in ("they", "them", "their", "themselves"):
            pass
        else:
            self._content(at, token, word)
        return 1

    def _thing(self, token: Token) -> int:
        if token.kind == BREAK:
            self.role, self.phrase, self.head = "", [], []
            self.clause = True
            self.conj = -1
        else:
            self._add(token.text, token.text, token)
            self.clause = False
        return 1

    def _join(self, at: int, low: str) -> None:
        """What stands before "and" or "or" and what follows share one place in the order."""
        if low in ("and", "or") and self.phrase:
            members = [i for i in self.phrase[-2:] if not self.items[i].verb] or self.phrase[-1:]
            follows = self.parts[at + 1][1].text if at + 1 < len(self.parts) else ""
            if follows in NEGATIONS or (follows in SELF and follows not in POSSESSIVE) or follows in AUXILIARIES or follows == "then":
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
            self.phrase = []
            return
        generic = self.kind in (frames.HOWTO, frames.MAKE, frames.GIVE, frames.CAN, frames.SHOULD, frames.MUST, frames.DO, frames.COMPARE, frames.BARE) or bool(self.modal & {"should", "can", "must"}) or self.kind in (frames.WHEN, frames.WHERE)
        self.phrase = []
        if low not in POSSESSIVE:
            self.clause = True
            if low in ("i", "we", "you"):
                self.role = ""
        if generic and (not self.person or who == self.person or who == "P0"):
            if low in POSSESSIVE or low == "you":
                self.owner = low in POSSESSIVE
                return
            who = "self"
        self._add(who, who, token)

    def _auxiliary(self, low: str) -> None:
        if low in MODALS and self.kind != frames.HOWTO:
            weak = (MODALS[low] == "can" and self.kind in (frames.WHERE, frames.WHO, frames.AMOUNT)) or (
                MODALS[low] == "should"
                and (self.kind in (frames.WHEN, frames.WHERE) or (self.person in ("P1", "P2") and self.kind in (frames.WHAT, frames.WHY, frames.AMOUNT, frames.WHO)))
            )
            if not weak:
                self.modal.add(MODALS[low])
        self.role, self.phrase, self.clause = "", [], True
        self.conj = -1

    def _alone(self, at: int) -> bool:
        """Whether "this" stands for a thing itself ("what flag is this?")."""
        if at + 1 == len(self.parts):
            return True
        token = self.parts[at + 1][1]
        after = token.text
        return self.parts[at][1].text != "that" and (token.kind == BREAK or after in AUXILIARIES or after in NEUTRAL or after in DIRECTED or after in ("and", "or", "not"))

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
        if low == "of" and self.items and at and self.items[-1].verb and self.lemmas[at - 1] not in NOUNS:
            return  # "removal of X": X is what is removed
        if self.fresh and role[0] == "~" and self.role[:1] not in ("", "~"):
            self._add(low, low, self.parts[at][1])
            return
        if role in CLAUSES:
            self._add(role, low, self.parts[at][1])
            self.phrase = []
        self.fresh = True
        if role != self.role:
            self.conj = -1
        self.role = role
        self.head, self.phrase = self.phrase or self.head, []
        self.clause = role[0] != "~"

    def _content(self, at: int, token: Token, word: str) -> None:
        low = token.text
        if self._number(at, low):
            return
        before = self.items[-1] if self.items else None
        if low in UNITS and len(low) > 1 and at and self.parts[at - 1][1].text == "in":
            self._add(UNITS[low], low, token, kind="u")
            return
        if before is not None and before.kind == NUMBER and at and self.parts[at - 1][1].kind in (NUMBER, WORD) and (low in UNITS or word in UNITS):
            self._add(UNITS.get(low) or UNITS[word], low, token, kind="u")
            return
        verb = word in VERBS and self.clause
        key = WORDS.get(word, word)
        if word in NOUNY and not verb:
            key = word
        doing = verb or low.endswith(("ing", "ed")) and word in VERBS or word in VERBS and word not in NOUNS or key in VERBS and word not in NOUNS
        self._add(key, low, token, verb=doing)
        self.clause = False

    def _number(self, at: int, low: str) -> bool:
        if low not in NUMBER_WORDS:
            return False
        if low == "one" and (at + 1 >= len(self.parts) or self.lemmas[at + 1] in AUXILIARIES or self.parts[at + 1][1].text in ("of", "can", "for", "with", "that", "which", "in")):
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
        self._places.append(self.conj if self.conj >= 0 else here)
        self.items.append(Item(key, raw, kind, self.role, frozenset(), verb, name, kind != WORD or _known(raw, key), False, self.fresh or not self.role, len(token.raw) > 1 and token.raw.isupper()))
        self._groups.append((tuple(self.phrase), tuple(self.head) if self.role else ()))
        self.phrase.append(here)
        self.fresh = False

    def _finish(self) -> None:
        near: list[set[str]] = [set() for _ in self.items]
        for at, (phrase, head) in enumerate(self._groups):
            for other in phrase:
                near[other].add(self.items[at].key)
            for other in head:
                near[at].add(self.items[other].key)
            if not head and self.items[at].role and at == 0:
                near[at].add("*")  # it opens the sentence: "in Python, ..."
        made = []
        for at, item in enumerate(self.items):
            beside = any(0 <= o < len(self.items) and (self.items[o].kind in (EXACT, QUOTED, OPERATOR) or self.items[o].name or self.items[o].kind == NUMBER) for o in (at - 1, at + 1))
            made.append(Item(item.key, item.raw, item.kind, item.role, frozenset(near[at]), item.verb, item.name, item.known, beside, item.lead, item.short, at, self._places[at]))
        self.items = made


def _lemma(token: Token) -> str:
    if token.kind != WORD:
        return token.text
    low = token.text
    if low in SAME or low in NAMES:
        return SAME.get(low, low)
    made = lemma(spelled(low))
    if low.endswith("s") and made == low and (low[:-1] in WORDS or low[:-1] in SAME):
        return low[:-1]
    return made


def _known(raw: str, key: str) -> bool:
    for tail in ("er", "est", "r", "st", "ly", "ier", "iest", "ily"):
        if raw.endswith(tail) and (raw[: -len(tail)] in BASES or raw[: -len(tail)] + "y" in BASES or (raw[: -len(tail)] + "e") in BASES):
            return True
    return key in BASES or raw in BASES or key in WORDS or raw in WORDS or key in QUANTIFIERS or key in TURNED
