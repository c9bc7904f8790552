"""Logs: lines that differ only in numbers become the first, the last and a count; anything that went wrong stays; what every
line begins or ends with (the day, the host, the browser) is said once, above."""

from __future__ import annotations

import re
from collections import Counter

from .lines import repeats, shortened

_DAY = r"\d{4}[-/]\d{2}[-/]\d{2}|\d{1,2}/[A-Z][a-z]{2}/\d{4}|\d{1,2} [A-Z][a-z]{2} \d{4}"
# A server's address and two names, or a process and its role (Redis), or nothing stand before the time.
_STAMP = re.compile(
    rf"(\S{{1,64}}+ \S{{1,64}}+ \S{{1,64}}+ \[|\d{{1,7}}:[A-Z] |\[?)({_DAY})([T :])"
    r"(\d{2}:\d{2}:\d{2}(?:[.,]\d{1,9})?)(Z| ?[+-]\d{2}:?\d{2})?(\]?)(?![^\s:|])"
)
_TIMED = re.compile(
    r"\[?(?:\d{4}[-/]\d{2}[-/]\d{2}|\w{3} ++\d{1,2} \d{2}:|\d{2}:\d{2}:\d{2}|\d{1,2}/\w{3}/\d{4})"
    r"|\S{1,64}+ \S{1,64}+ \S{1,64}+ \[\d{1,2}/\w{3}/\d{4}[: ]|\d{1,7}:[A-Z] \d{1,2} [A-Z][a-z]{2} \d{4} "
)
_PLAIN = re.compile(
    r"\b(?:INFO|DEBUG|TRACE|NOTICE|info|debug|trace|notice|Info|Debug|Trace|Notice)\b|\" 2\d\d |\" 3\d\d "
    r"|#:[A-Z] @ [-.*] "  # Redis: its levels below a warning
)
_WRONG = re.compile(
    r"warn|error|fatal|fail|panic|exception|traceback|critical|denied|refused|timeout|timed out|abort|kill|retry|unable"
    r"|cannot|could not|invalid|missing|slow|lost|reject|unavailable|oom|segfault"
)
_STATUS = re.compile(r"\" [45]\d\d\b|tatus[=: ]++[45]\d\d")
_FIGURES = re.compile(r"\b(?:epoch|loss|accuracy|score|results?|total|summary|passed|completed|finished|metrics?)\b")
_NUMBER = re.compile(
    r"(?=[0-9a-f])(?:[0-9a-f]{8}-[0-9a-f-]{27}|0x[0-9a-f]++|\b[0-9a-f]{12,64}\b"
    r"|(?<![0-9])(?<!\" )(?<!tatus[=: ])(?<!tatus: )\d++)"
)
_BROWSER = re.compile(r"\" \d{3} (?:\d++|-)( \"[^\"]*+\" \"[^\"]*+\")\Z")
_NO_BROWSER = re.compile(r"\" \d{3} (?:\d++|-)\Z")
KEPT_BEFORE = 2
LEAST = 3


def looks_like_a_log(lines: list[str], share: float = 0.5) -> bool:
    """`share` of the first lines begin with a time."""
    some = [line for line in lines[:80] if line.strip()]
    return len(some) > 4 and sum(bool(_TIMED.match(line)) for line in some) > len(some) * share


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
            left = total[pattern] - KEPT_BEFORE - 1
            out += [line, f"[{left} lines like the one above left out before it; grep the log for them]"]
    return _said_once(repeats(out))


def _pattern(line: str, known: dict[str, str]) -> str:
    """The line without its numbers, or nothing where the line must stay. `known`: what was found for each pattern."""
    if not line or len(line) > 2_000 or line[0] in " \t" or not _TIMED.match(line):
        return ""
    stamp = _STAMP.match(line)
    pattern = _NUMBER.sub("#", f"{stamp[1]}@{line[stamp.end() :]}" if stamp else line)
    found = known.get(pattern)
    if found is None:
        # A row of figures begins with a day too: only what names a harmless level, or a status, is a log's line.
        collapses = _PLAIN.search(pattern) and not _wrong(pattern)
        found = known[pattern] = pattern if collapses else ""
    return found


def _wrong(pattern: str) -> bool:
    low = pattern.lower()
    return any(regex.search(low) for regex in (_WRONG, _STATUS, _FIGURES))


def _said_once(lines: list[str]) -> list[str]:
    """What surrounds the time in every line that has one (host, day, zone), and the usual end of an access log's lines."""
    stamps = [_STAMP.match(line) for line in lines]
    found = [stamp for stamp in stamps if stamp]
    forms = {(stamp[2], stamp[3], stamp[5] or "", stamp[6]) for stamp in found}
    if len(forms) != 1 or len(found) < 4:
        return lines
    day, between, zone, close = next(iter(forms))
    before = {stamp[1] for stamp in found}
    same = next(iter(before)) if len(before) == 1 else ""
    ends = Counter(match[1] for match in map(_BROWSER.search, lines) if match)
    end, times = ends.most_common(1)[0] if ends else ("", 0)
    if times < 4 or any(_NO_BROWSER.search(line) for line in lines):
        end = ""
    out = []
    for line, stamp in zip(lines, stamps, strict=True):
        if stamp is None:
            out.append(line)
            continue
        rest = line[stamp.end() :]
        rest = rest[: -len(end)] if end and _ends(line, end) else rest
        out.append(("" if same else stamp[1].removesuffix("[")) + stamp[4] + rest)
    opening = same if len(before) == 1 else ("...[" if all(text.endswith("[") for text in before) else "...")
    told = f"[every time below stands for: {opening}{day}{between}TIME{zone}{close}"
    return [told + (f"; requests end with{end} where nothing else is said]" if end else "]"), *out]


def _ends(line: str, end: str) -> bool:
    match = _BROWSER.search(line)
    return match is not None and match[1] == end
