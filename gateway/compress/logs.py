"""Logs: lines that differ only in numbers become the first, the last and a count; anything that went wrong stays."""

from __future__ import annotations

import re

from .lines import repeats, shortened

_STAMP = re.compile(
    r"\[?(\d{4}[-/]\d{2}[-/]\d{2})[T ]?(\d{2}:\d{2}:\d{2}(?:[.,]\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?\]? ?"
)
_TIMED = re.compile(
    r"\[?(?:\d{4}[-/]\d{2}[-/]\d{2}|\w{3} ++\d{1,2} \d{2}:|\d{2}:\d{2}:\d{2}|\d{1,2}/\w{3}/\d{4})"
    r"|\S++ \S++ \S++ \[\d{1,2}/\w{3}/\d{4}:"
)
_PLAIN = re.compile(r"\b(?:INFO|DEBUG|TRACE|info|debug|trace|Info|Debug|Trace)\b|\" 2\d\d |\" 3\d\d ")
_WRONG = re.compile(
    r"warn|error|fatal|fail|panic|exception|traceback|critical|denied|refused|timeout|timed out|abort|kill|\bretry|unable"
    r"|cannot|could not|invalid|missing|slow|lost|reject|unavailable|oom|segfault|\" [45]\d\d\b|tatus[=: ]++[45]\d\d"
    r"|\b(?:epoch|loss|accuracy|score|results?|total|summary|passed|completed|finished|metrics?)\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(
    r"[0-9a-f]{8}-[0-9a-f-]{27}|0x[0-9a-f]++|\b[0-9a-f]{12,64}\b"
    r"|(?<![0-9])(?<!\" )(?<!tatus[=: ])(?<!tatus: )\d++"
)
KEPT_BEFORE = 2
LEAST = 3


def looks_like_a_log(lines: list[str]) -> bool:
    some = [line for line in lines[:80] if line.strip()]
    return len(some) > 4 and sum(bool(_TIMED.match(line)) for line in some) * 2 > len(some)


def compress(lines: list[str]) -> list[str] | None:
    lines = [shortened(line.rstrip()) for line in lines]
    known: dict[str, str] = {}
    patterns = [_pattern(line, known) for line in lines]
    total: dict[str, int] = {}
    last: dict[str, int] = {}
    for at, pattern in enumerate(patterns):
        if pattern:
            total[pattern] = total.get(pattern, 0) + 1
            last[pattern] = at
    seen: dict[str, int] = {}
    out: list[str] = []
    for at, (line, pattern) in enumerate(zip(lines, patterns, strict=True)):
        if not pattern or total[pattern] < KEPT_BEFORE + LEAST:
            out.append(line)
            continue
        seen[pattern] = seen.get(pattern, 0) + 1
        if seen[pattern] <= KEPT_BEFORE:
            out.append(line)
        elif at == last[pattern]:
            out.append(
                f"{line} [and {total[pattern] - KEPT_BEFORE - 1} like it before, left out; grep the log for them]"
            )
    return _without_date(repeats(out))


def _pattern(line: str, known: dict[str, str]) -> str:
    """The line without its numbers, or nothing where the line must stay. `known`: what was found for each pattern."""
    if not line or len(line) > 2_000 or line[0] in " \t" or not _TIMED.match(line):
        return ""
    stamp = _STAMP.match(line)
    pattern = _NUMBER.sub("#", line[stamp.end() :] if stamp else line)
    found = known.get(pattern)
    if found is None:
        # A row of figures begins with a day too: only what names a harmless level, or a status, is a log's line.
        collapses = _PLAIN.search(pattern) and not _WRONG.search(pattern)
        found = known[pattern] = pattern if collapses else ""
    return found


def _without_date(lines: list[str]) -> list[str]:
    """A day that all lines share is said once."""
    stamps = [_STAMP.match(line) for line in lines]
    days = {stamp[1] for stamp in stamps if stamp and stamp[2]}
    if len(days) != 1 or sum(bool(stamp) for stamp in stamps) < 4:
        return lines
    day = next(iter(days))
    out = [
        line[stamp.start(2) :] if stamp and stamp[2] and line[0] != "[" else line
        for line, stamp in zip(lines, stamps, strict=True)
    ]
    return [f"[day of every time: {day}]", *out]
