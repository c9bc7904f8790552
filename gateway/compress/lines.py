"""What every pass does with lines: terminal codes out, overwritten progress out, repeats counted."""

from __future__ import annotations

import re
from collections.abc import Iterable

_CODE = re.compile(r"\x1b(?:\[[0-?]*+[ -/]*+[@-~]|\][^\x07\x1b]*+(?:\x07|\x1b\\)|[@-Z\\^_=>])")
_BLOB = re.compile(r"[A-Za-z0-9+/=_-]++")
LONG_BLOB = 400
LONG_LINE = 4_000
KEPT_OF_LONG_LINE = 400
AROUND = 120


def clean(text: str) -> str:
    """`text` as a terminal would show it: no colours, and of a line that was overwritten only its last state."""
    text = without_codes(text)
    if "\r" not in text:
        return text
    return "\n".join(_last_state(line) for line in text.split("\n"))


def without_codes(text: str) -> str:
    return _CODE.sub("", text) if "\x1b" in text else text


def _last_state(line: str) -> str:
    line = line.rstrip("\r")
    return line if "\r" not in line else next((part for part in reversed(line.split("\r")) if part.strip()), "")


def left_out(count: int, what: str, how: str = "") -> str:
    """The note that stands where something was elided. `what` is in the plural; `how` tells the way to get it."""
    return f"[{count} {what} left out{'; ' + how if how else ''}]"


def indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def without_blank_runs(lines: Iterable[str]) -> list[str]:
    """No two empty lines in a row, none first or last; trailing blanks of lines cut."""
    kept: list[str] = []
    for line in lines:
        line = line.rstrip()
        if line or (kept and kept[-1]):
            kept.append(line)
    while kept and not kept[-1]:
        kept.pop()
    return kept


def repeats(lines: list[str]) -> list[str]:
    """More than three equal lines in a row become one and a count. Empty lines stay."""
    kept: list[str] = []
    at = 0
    while at < len(lines):
        end = at + 1
        while end < len(lines) and lines[end] == lines[at]:
            end += 1
        if end - at > 3 and lines[at].strip():
            kept += [lines[at], f"[the line above {end - at} times in a row]"]
        else:
            kept += lines[at:end]
        at = end
    return kept


def without_blobs(line: str) -> str:
    """Base64 and the like of 400 characters or more become a note with its length."""
    return line if len(line) < LONG_BLOB else _BLOB.sub(_blob, line)


def _blob(match: re.Match[str]) -> str:
    run = match.group()
    if len(run) < LONG_BLOB:
        return run
    kinds = sum(any(test(letter) for letter in run[:LONG_BLOB]) for test in (str.isupper, str.islower, str.isdigit))
    if kinds < 2 or run.count("/") + run.count("_") + run.count("-") > len(run) // 12:
        return run
    return f"{run[:24]}[{len(run) - 24} characters of encoded data left out; read its source for them]"


def shortened(line: str, found: str = "") -> str:
    """A line of minified code keeps its beginning and the surroundings of the first `found` in it, with a note of what is
    missing."""
    if len(line) <= LONG_LINE:
        return line
    at = line.find(found, KEPT_OF_LONG_LINE - len(found) + 1) if found and found not in line[:KEPT_OF_LONG_LINE] else -1
    if at < 0:
        around = ""
    else:
        around = f" [...] {line[max(KEPT_OF_LONG_LINE, at - AROUND) : at + len(found) + AROUND]} "
    rest = len(line) - KEPT_OF_LONG_LINE - len(around)
    return (
        f"{line[:KEPT_OF_LONG_LINE]}{around}[{rest} characters of this minified line left out; search it with grep -o]"
    )
