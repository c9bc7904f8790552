"""Asks in German, French, Spanish, Italian, Portuguese, Dutch, Polish, Japanese and Chinese brought to one form.

What asks the same in other words is taken out or put alike: greetings and thanks, formal and informal "you", frames of
questions, the order of phrases that their preposition marks. Everything else must be equal to the letter. Own rules."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from . import tongue_words as words_of
from .eastern import eastern


@dataclass(frozen=True, slots=True)
class Tongue:
    """Rules of one language. Patterns are tried on words in lower case with one space between; "," stands for a break."""

    marks: frozenset[str]
    polite: tuple[re.Pattern[str], ...]
    frames: tuple[tuple[re.Pattern[str], str], ...]
    prepositions: frozenset[str]
    determiners: frozenset[str]
    closed: frozenset[str]  # words that end a noun phrase
    conjunctions: frozenset[str]
    negations: frozenset[str]
    synonyms: dict[str, str] = field(default_factory=dict)


def canonical(words: Sequence[str]) -> str:
    """The one form of an ask that is no English. `words`: in lower case, "," for a break within it and "." for an end."""
    text = " ".join(words)
    if re.search(r"[\u3040-\u30ff\u3400-\u9fff]", text):
        return eastern(text)
    text = re.sub(r"(?<!\S)(l|d|un|dell|nell|all|sull|dall)'(?=\w)", r"\1' ", text)
    name = _name(text.split())
    if not name:
        return _closed(text)
    tongue = TONGUES[name]
    text, front = _fronted(_stripped(text, tongue), tongue)
    text = _one_wording(text, name, tongue)
    for pattern, kind in tongue.frames:
        match = pattern.match(text)
        if match is None:
            continue
        if kind == "compare-from":
            kind, rest = "compare", f" {words_of.AND[name]} ".join(group.strip(" ,.") for group in match.groups())
            return _framed(kind, rest, front, name)
        rest = " ".join(group.strip(" ,.") for group in match.groups() if group).strip()
        if rest:
            return _framed(kind, rest, front, name)
    return _ordered(f"{text} {front}", tongue)


def _one_wording(text: str, name: str, tongue: Tongue) -> str:
    text = " ".join(tongue.synonyms.get(word, word) for word in text.split())
    for phrase, put in words_of.PHRASES.get(name, ()):
        text = re.sub(rf"(?<!\S){phrase}(?!\S)", put, text)
    return text


def _framed(kind: str, rest: str, front: str, name: str) -> str:
    tongue = TONGUES[name]
    if kind == "compare":
        return _compared(f"{rest} {front}".strip(), tongue)
    if kind.startswith("how"):
        rest = _verb_first(rest, kind, name)
        kind = "howto"
    if kind == "can-last":
        rest = words_of.without_zu(rest)
        kind = "can"
    if kind in ("what", "purpose"):
        rest = _bare(rest, tongue)
        if kind == "purpose" and re.search(r"(?:^|\s)-|[_/.()=\d]", rest):
            kind = "what"
    return f"{kind}: {_ordered(f'{rest} {front}', tongue)}"


def _closed(text: str) -> str:
    return re.sub(r"\s*[,.](?=\s|$)", "", text).strip()


def _name(words: Sequence[str]) -> str:
    """The language most of whose small words are there; "" where there is none."""
    text = " ".join(words)
    counts = {name: sum(word in tongue.marks for word in words) for name, tongue in TONGUES.items()}
    for letters, name in (("ãõ", "pt"), ("ñ", "es"), ("ß", "de"), ("ąęłśż", "pl")):
        counts[name] += any(letter in text for letter in letters)
    best = max(counts, key=lambda name: (counts[name], name))
    return best if counts[best] else ""


def _stripped(text: str, tongue: Tongue) -> str:
    text = text.strip(" ,.")
    mentions = words_of.MENTIONS.search(text) is not None
    for _ in range(6):
        before = text
        for pattern in tongue.polite:
            match = pattern.search(text)
            if match is not None and not (mentions and match.start() and not re.match(r"\s*[,.]", match.group())):
                text = pattern.sub("", text, count=1).strip(" ,.")
        if text == before:
            break
    return text


def _fronted(text: str, tongue: Tongue) -> tuple[str, str]:
    """ "In Python, how ...?" is "how ...?" and "in Python"."""
    front, mark, rest = text.partition(" , ")
    words = front.split()
    if mark and len(words) <= (4 if words[0] in tongue.prepositions else 3) and " , " not in rest and " . " not in rest:
        rest = _stripped(rest, tongue)
        if words[0] in tongue.prepositions or rest.partition(" ")[0] in tongue.closed - tongue.determiners:
            return rest, front
    words = text.split()
    at = 0
    while at < len(words) and (end := _phrase(words, at, tongue)):
        at = end
    if at and at < len(words) and words[at] in tongue.closed - tongue.determiners - tongue.conjunctions:
        return " ".join(words[at:]), " ".join(words[:at])
    return text, ""


def _bare(text: str, tongue: Tongue) -> str:
    """Without the article it begins with."""
    first, _, rest = text.partition(" ")
    return rest if rest and first in tongue.determiners and first in words_of.ARTICLES else text


def _compared(text: str, tongue: Tongue) -> str:
    """ "The difference between A and B in C" is that between B and A in C."""
    words = text.split()
    places = [at for at, word in enumerate(words) if word in tongue.conjunctions]
    if len(places) != 1:
        return "compare: " + text
    first, second = words[: places[0]], words[places[0] + 1 :]
    if any(word in tongue.prepositions for word in first) and not any(word in tongue.prepositions for word in second):
        return "compare: " + text
    cut = next((at for at, word in enumerate(second) if at and word in tongue.prepositions), len(second))
    sides = sorted(" ".join(side).strip(" ,") for side in (first, second[:cut]))
    sides = sorted(_bare(side, tongue) for side in sides)
    return "compare: " + " | ".join([*sides, " ".join(second[cut:])]).strip(" |,")


def _ordered(text: str, tongue: Tongue) -> str:
    """Phrases that a preposition opens go last, in the order of their prepositions; two with the same keep theirs."""
    words = text.split()
    if any(word in tongue.negations for word in words):
        return _closed(text)
    rest: list[str] = []
    moved: list[tuple[str, str]] = []
    at = 0
    while at < len(words):
        end = _phrase(words, at, tongue)
        if end:
            moved.append((words[at], " ".join(words[at:end])))
            at = end
        else:
            rest.append(words[at])
            at += 1
    if not moved or (len(moved) > 1 and any(word in tongue.conjunctions - {"von", "mit"} for word in words)):
        return _closed(text)
    moved.sort(key=lambda each: each[0])
    return _closed(" ".join(rest)) + " | " + " | ".join(phrase for _, phrase in moved)


def _phrase(words: Sequence[str], at: int, tongue: Tongue) -> int:
    """Where the phrase ends that begins at `at`; 0 where none does, or where it may go on."""
    if words[at] not in tongue.prepositions:
        return 0
    end = at + 1
    while end < len(words) and words[end] in tongue.determiners:
        end += 1
    if end >= len(words) or words[end] in tongue.closed or words[end] in tongue.prepositions or words[end] in ",.":
        return 0
    end += 1
    follows = words[end] if end < len(words) else ","
    open_end = not (follows in ",." or follows in tongue.prepositions or follows in tongue.closed)
    return 0 if open_end else end


def _verb_first(rest: str, kind: str, name: str) -> str:
    """The verb as its stem, before what it is done to."""
    words = [word for word in rest.split() if word not in ",."]
    if len(words) < 2:
        return rest
    stem = words_of.STEMS[name]
    particles = words_of.PARTICLES.get(name, frozenset())
    if kind in ("howto-last", "how-last"):  # "wie kann ich X aufrufen", "wie ich X neu starte"
        verb = stem(words[-1], words[-1].endswith("en"))
        if words[-2] in particles:
            return " ".join([words[-2] + verb, *words[:-2]])
        return " ".join([verb, *words[:-1]])
    if words[-1] in particles and kind == "howto-first":
        return " ".join([words[-1] + stem(words[0], False), *words[1:-1]])
    return " ".join([stem(words[0], kind == "howto-infinitive"), *words[1:]])


def _rules(name: str) -> Tongue:
    told = words_of.RULES[name]

    def patterns(lines: str) -> list[str]:
        return [line.strip() for line in lines.strip().splitlines() if line.strip()]

    frames = []
    for line in patterns(told["frames"]):
        kind, _, pattern = line.partition(" = ")
        frames.append((re.compile("^" + pattern + "$"), kind.strip()))
    synonyms: dict[str, str] = {}
    for line in patterns(told["synonyms"]):
        first, *others = (part.strip() for part in line.split(","))
        synonyms |= {other: first for other in others if " " not in other}
    return Tongue(
        frozenset(told["marks"].split()),
        tuple(re.compile(line) for line in patterns(told["polite"])),
        tuple(frames),
        frozenset(told["prepositions"].split()),
        frozenset(told["determiners"].split()),
        frozenset(told["closed"].split()),
        frozenset(told["conjunctions"].split()),
        frozenset(told["negations"].split()),
        synonyms,
    )


TONGUES = {name: _rules(name) for name in words_of.RULES}
