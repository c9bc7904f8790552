"""What a person says, apart from what they give to work on: pasted code, logs, quoted words. Pure.

"Reformat this: <200 lines>" asks for a little, whatever the lines are about; "translate 'the security guard'" is no matter of
security. Rules and score read what is said.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_FENCE = re.compile(r"```.*?(?:```|\Z)|~~~.*?(?:~~~|\Z)", re.DOTALL)
_QUOTED = re.compile(
    r"\"[^\"\n]{2,400}\"|“[^”\n]{2,400}”|„[^“”\n]{2,400}[“”]|«[^»\n]{2,400}»|「[^」\n]{1,200}」|(?<![^\W_])'[^'\n]{4,200}'(?![^\W_])"
)
_MATTER = re.compile(
    r"(?: {2,}(?![-*•\d])|\t)\S|\s*(?:[{}()\[\];]|//|/\*|\*/|#include|import |from \w+ import|def \w+\(|"
    r"class \w+[:({]|fn |func |func\(|function |const |let |var |return\b|"
    r"public |private |protected |static |@\w+|<[/!\w]|\$ |>>> |\d{4}-\d\d-\d\d|\d\d?:\d\d:\d\d|\[\d|at [\w.$<>]+\(|"
    r"File \"|Traceback |"
    r"Caused by|select .* from |insert into |\+\+\+ |--- |@@ |\|.*\||\w+(?:Error|Exception):|[\w.]+=\S+$|[A-Z_]{3,}=|"
    r"[\w.\[\]\"']{1,60} ?[-+*/|]?= ?\S|[\w.]+\([^)\n]*\)\s*$)|"
    r".*(?:[;{}]|=>|\)\s*:|\\)\s*$|[^\s,]+(?:,[^\s,]+){2,}$|(?:.*[=<>!]=.*\()",
    re.IGNORECASE,
)
_INLINE = re.compile(
    r"[^\n:]{8,160}: +(?=//|#|/\*|\{|\[|<\w|`|const |let |var |def |class |select |import |\w+\()", re.IGNORECASE
)
_LIST = re.compile(r"\s*(?:\d{1,2}[.)]|[-*•])\s+[^\W\d_]")
_LONG = 8_000
_WHOLE_LINES = 240


@dataclass(frozen=True, slots=True)
class Reading:
    """`said` and `given`; `given_lines` of pasted matter; `items` of a list that is part of what is said."""

    said: str
    given: str
    given_lines: int = 0
    items: int = 0


def read(text: str) -> Reading:
    """Everything is said when nothing would be left of it otherwise."""
    if len(text) > _LONG:
        text = f"{text[: _LONG // 2]}\n{text[-_LONG // 2 :]}"
    given: list[str] = []
    rest = text
    if "```" in text or "~~~" in text:
        given += _FENCE.findall(text)
        rest = _FENCE.sub("\n", text)
    lines = rest.splitlines()
    items = 0
    if len(lines) > 1:
        said, pasted, items = _parted(lines)
        given += pasted
        rest = "\n".join(said)
    count = sum(part.count("\n") + 1 for part in given)
    head, below = _introduced(rest)
    if below:
        given.append(below)
        rest = head
    inline = _INLINE.match(rest)
    if inline is not None:
        given.append(rest[inline.end() :])
        rest = inline.group()
    unquoted = _QUOTED.sub(_kept, rest) if any(mark in rest for mark in "\"“„«「'") else rest
    if unquoted is not rest and unquoted.strip():
        given += _QUOTED.findall(rest)
        rest = unquoted
    if not any(map(str.isalnum, rest)):
        first = "\n".join(text.strip().splitlines()[:2])
        return Reading(first, text[len(first) :], count, items)
    return Reading(rest, "\n".join(given), count, items)


def _parted(lines: list[str]) -> tuple[list[str], list[str], int]:
    """Lines that are said, lines that look like matter, and how many of the first are items of a list."""
    said: list[str] = []
    given: list[str] = []
    items = 0
    if len(lines) > _WHOLE_LINES:
        half = _WHOLE_LINES // 2
        given = lines[half:-half]
        lines = lines[:half] + lines[-half:]
    for line in lines:
        if not line.strip():
            continue
        if _LIST.match(line):
            items += 1
            said.append(line)
        elif _MATTER.match(line):
            given.append(line)
        else:
            said.append(line)
    if not said:
        return lines[:2], lines[2:], items  # nothing but matter: what it begins with is all that is said
    return said, given, items


def _introduced(text: str) -> tuple[str, str]:
    """A first line that announces what follows ("proofread this:"), and what follows."""
    head, end, below = text.partition("\n")
    if not end or len(below) < 150 or len(head) > 240 or _LIST.match(below):
        return text, ""
    if len(head.split()) > 2 and (head.rstrip().endswith((":", "：")) or len(below) > 8 * len(head)):
        return head, below
    return text, ""


def _kept(found: re.Match[str]) -> str:
    """A single word in quotes is often a name that is part of what is said."""
    inner = found.group()[1:-1]
    return found.group() if " " not in inner.strip() and inner.isascii() else " "
