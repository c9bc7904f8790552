"""Whether a pattern may become a rule: it can be read, and it cannot make a request slow. Pure."""

from __future__ import annotations

import re
import time
from re import _constants, _parser  # type: ignore[attr-defined]
from typing import Any

from .words import WordList

LONGEST_REGEX = 2_000
LONGEST_WORDS = 12_000
MOST_UNBOUNDED = 12
_TRIAL_LONGEST = 1_500
_TRIAL_SECONDS = 0.005
_REPEATS = {_constants.MAX_REPEAT, _constants.MIN_REPEAT}
_MANY = 8


def problem_of(form: str, pattern: str) -> str:
    """What is wrong with `pattern`, for people; "" when nothing is."""
    if not pattern.strip():
        return "It must not be empty: it would match nothing."
    if form == "words":
        if len(pattern) > LONGEST_WORDS:
            return f"At most {LONGEST_WORDS} characters."
        try:
            lines = WordList(pattern).lines
        except ValueError as problem:
            return f"Not a list of words: {problem}."
        return "" if lines else "It holds comments only: it would match nothing."
    return _problem_of_regex(pattern)


def _problem_of_regex(pattern: str) -> str:
    if len(pattern) > LONGEST_REGEX:
        return f"At most {LONGEST_REGEX} characters."
    try:
        found = re.compile(pattern, re.IGNORECASE)
        tree = _parser.parse(pattern, re.IGNORECASE)
    except (re.error, RecursionError, OverflowError) as problem:
        return f"Not a regular expression: {problem}."
    if found.search("") is not None:
        return "It matches an empty text, so it would match everything."
    unbounded, nested = _repeats(tree, False)
    if nested:
        return (
            "A repeat inside a repeat, or alternatives in one, such as (a+)+ or (a|"
            "b)+, can take forever on some texts. Write it with one "
            "repeat, or limit the outer one to {0,8}."
        )
    if unbounded > MOST_UNBOUNDED:
        return f"More than {MOST_UNBOUNDED} unlimited repeats (* or +): give them limits, such as {{0,40}}."
    return _too_slow(found, pattern)


def _repeats(tree: Any, inside: bool) -> tuple[int, bool]:
    """How many unlimited repeats there are, and whether one is inside another."""
    count, nested = 0, False
    for operation, value in tree:
        if operation in _REPEATS:
            _, most, body = value
            many = most is _constants.MAXREPEAT or most > _MANY
            nested = nested or (inside and value[0] != most)  # a?, too: (aa?)+
            unbounded = most is _constants.MAXREPEAT
            count += unbounded
            more, deeper = _repeats(body, inside or many)
        elif operation is _constants.BRANCH:
            nested = nested or inside  # (a|aa)+ is as bad as (a+)+
            parts = [_repeats(branch, inside) for branch in value[1]]
            more, deeper = max((part[0] for part in parts), default=0), any(part[1] for part in parts)
        else:
            more, deeper = _bodies(value, inside)
        count, nested = count + more, nested or deeper
    return count, nested


def _bodies(value: Any, inside: bool) -> tuple[int, bool]:
    """Of groups, look-arounds and conditions, whose bodies lie somewhere in their values."""
    count, nested = 0, False
    if isinstance(value, tuple | list):
        for part in value:
            if isinstance(part, _parser.SubPattern):
                more, deeper = _repeats(part, inside)
                count, nested = count + more, nested or deeper
    return count, nested


def _too_slow(found: re.Pattern[str], pattern: str) -> str:
    """Tried on texts that grow, made of what the pattern itself looks for: what grows too fast is noticed while
    it is small."""
    literals = re.findall(r"[A-Za-z]{1,12}", pattern)[:6] or ["a"]
    for seed in (*literals, "a", " ", "a ", "0", "-", "a/"):
        length = 20
        while length <= _TRIAL_LONGEST:
            text = (seed * (length // len(seed) + 1))[:length] + "\x01"
            begin = time.perf_counter()
            found.search(text)
            if time.perf_counter() - begin > _TRIAL_SECONDS and _again(found, text):
                sample = (seed * 6)[:24]
                return f"It is too slow on texts such as {sample!r}... repeated. Give repeats limits, such as {{0,40}}."
            length *= 2
    return ""


def _again(found: re.Pattern[str], text: str) -> bool:
    """A busy machine is no fault of a pattern."""
    begin = time.perf_counter()
    found.search(text)
    return time.perf_counter() - begin > _TRIAL_SECONDS
