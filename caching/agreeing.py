"""Whether two answers that do not contradict each other say the same. No I/O."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

from .contradicting import BRIEF_WORDS, CONDITION, SHORT_WORDS, flagged
from .facts import FILLERS, PARENTHESIS, Facts, content_of, plain_code, stem

COMPARED = re.compile(
    r"\b(?:than|instead|rather|unlike|versus|vs|not|near|after|before|as opposed|statt|anders)\b", re.I
)
ORDERED = re.compile(
    r"^\s*\d{1,2}[.)]\s|\b(?:first|then|finally|before|after|next|zuerst|dann|primero|luego)\b", re.I | re.M
)
NAME = re.compile(r"(?<=[\w,;:)] )[A-Z][\w+#.-]*")
LEAST_SHARED, LEAST_OF_ALL, LEAST_IN_ORDER = 0.7, 0.5, 0.75


def agree(one: Facts, other: Facts, ask: str) -> bool:
    if one.blocks or other.blocks:
        return _same_code(one, other)
    mine, theirs = one.words, other.words
    if not mine or not theirs:  # a bare yes or no
        return one.polarity == other.polarity != "" and not CONDITION.search(one.rest or other.rest)
    short, long = sorted((one, other), key=lambda facts: len(facts.words))
    if not short.symbols <= long.symbols:
        return False
    if [stem(word) for word in mine] == [stem(word) for word in theirs]:
        if one.symbols != other.symbols and not one.numbers:
            return False
        if one.commands and other.commands:
            return flagged_alike(one, other)
        return all(code in other.text for code in one.commands) and all(code in one.text for code in other.commands)
    asked = content_of(ask)
    if not (_same_numbers(one, other) and _same_names(one, other, ask)) or one.negated != other.negated:
        return False
    if bool(CONDITION.search(one.rest)) != bool(CONDITION.search(other.rest)):
        return False
    if len(short.words) <= SHORT_WORDS or len(content_of(PARENTHESIS.sub("", short.rest))) <= 2:
        return _contained(short, long, asked)
    return _overlap(short, long) and not _substituted(one, other)


def flagged_alike(one: Facts, other: Facts) -> bool:
    return [flagged(code) for code in one.commands] == [flagged(code) for code in other.commands]


def _contained(short: Facts, long: Facts, asked: frozenset[str]) -> bool:
    """The few words are the answer that the sentence gives: they stand at its beginning or its end, and most of what it says
    beside them is the ask."""
    core = content_of(PARENTHESIS.sub("", short.rest)) or short.content
    if not core or long.sentences > 2:
        return False
    if short.commands and long.commands and not set(short.commands) & set(long.commands):
        return flagged_alike(short, long)
    order = [stem(word) for word in long.words if word not in FILLERS]
    inside = [stem(word) for word in _plain(long) if word not in FILLERS] or order
    beside = len(long.content - core - asked)
    if not core <= long.content or COMPARED.search(long.first):
        return False
    if len(core) == len(short.content) and order == [stem(word) for word in short.words if word not in FILLERS]:
        return True
    starts, ends = set(order[: len(core)]) == core, set(inside[-len(core) :]) == core
    return (starts and beside <= 3) or (ends and beside <= 1)


def _plain(facts: Facts) -> tuple[str, ...]:
    return Facts(PARENTHESIS.sub("", facts.first)).words


def _overlap(short: Facts, long: Facts) -> bool:
    core = content_of(PARENTHESIS.sub("", short.rest)) or short.content
    shared, everything = len(core & long.content), len(short.content | long.content)
    if not core or shared / len(core) < LEAST_SHARED or shared / everything < LEAST_OF_ALL:
        return False
    if not (ORDERED.search(short.text) or ORDERED.search(long.text)):
        return True
    mine, theirs = _in_order(short, long), _in_order(long, short)
    return SequenceMatcher(None, mine, theirs, autojunk=False).ratio() >= LEAST_IN_ORDER


def _in_order(facts: Facts, other: Facts) -> list[str]:
    return [stem(word) for word in facts.words if stem(word) in other.content]


def _substituted(one: Facts, other: Facts) -> bool:
    """One or two words of an otherwise like text were exchanged: that is how answers to different asks differ, and how
    samples of one seldom do."""
    mine, theirs = ([stem(word) for word in facts.words if word not in FILLERS] for facts in (one, other))
    matched = SequenceMatcher(None, mine, theirs, autojunk=False)
    if matched.ratio() < LEAST_SHARED:
        return False
    for kind, start, end, begin, stop in matched.get_opcodes():
        only, extra = {*mine[start:end]} - {*theirs}, {*theirs[begin:stop]} - {*mine}
        if kind == "replace" and end - start == stop - begin <= 2 and only and extra:
            return True
    return False


def _same_code(one: Facts, other: Facts) -> bool:
    mine, theirs = ([_folded(facts, code) for _, code in facts.blocks] for facts in (one, other))
    if mine and theirs:
        return mine == theirs
    fenced, bare = (one, other) if mine else (other, one)  # the other has it in a line of text
    if len(fenced.commands) != 1 or len(fenced.blocks) != 1:
        return False
    told = bare.commands if bare.commands else (plain_code(bare.rest.strip("`.")),)
    return len(told) == 1 and flagged(told[0]) == flagged(fenced.commands[0])


def _folded(facts: Facts, code: str) -> str:
    """SQL in capitals or not, in one line or several."""
    return " ".join(code.casefold().split()) if facts.languages == {"sql"} else code


def _same_numbers(one: Facts, other: Facts) -> bool:
    fewer, more = sorted((one.numbers, other.numbers), key=len)
    known = all(any(number.agrees(twin) for twin in more) for number in fewer)
    return known and (bool(fewer) or not more or len(one.content | other.content) > BRIEF_WORDS)


def _same_names(one: Facts, other: Facts, ask: str) -> bool:
    """Versions, file names and code: all of the fewer are among the others. Names: none in one only, but for the ask's."""
    mine, theirs = (
        {word for word in facts.words if re.search(r"[._/]|\d.*[a-z]|[a-z].*\d", word)} for facts in (one, other)
    )
    if not (mine <= theirs or theirs <= mine) or (one.spans and other.spans and not one.spans & other.spans):
        return False
    if min(len(one.words), len(other.words)) <= SHORT_WORDS:
        return True
    called = [{stem(name.rstrip(".").casefold()) for name in NAME.findall(facts.rest)} for facts in (one, other)]
    return not (called[0] - other.content | called[1] - one.content) - content_of(ask)
