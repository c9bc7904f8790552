"""grep and ripgrep: each file once, equal lines of a file once with all their numbers. Every match stays."""

from __future__ import annotations

import re

from .lines import shortened

_HIT = re.compile(r"((?!\d+:)[^\s:][^:]{0,300}?)[:](\d+)[:](?:(\d+):)?(.*)\Z", re.DOTALL)
# Without a dot or a slash it may be a key of a store (`user:12:name`) as well as a file.
_CERTAIN = re.compile(r"(?=[^\s:]{0,300}[./][^\s:/.])(?!\d+:)[^\s:]{1,300}+:\d+:")
_NUMBERED = re.compile(r"(\d+)([:-])(.*)\Z", re.DOTALL)
_NAMED = re.compile(r"([^\s:][^:\s]{0,300}?\.[A-Za-z0-9_]{1,8}|[^\s:][^:\s]{0,300}/[^:\s]{1,100}):(.*)\Z", re.DOTALL)


def looks_like_grep(lines: list[str]) -> bool:
    some = [line for line in lines[:60] if line.strip() and line != "--"]
    return len(some) > 2 and sum(bool(_CERTAIN.match(line)) for line in some) * 10 >= len(some) * 8


def compress(lines: list[str], pattern: str = "") -> list[str] | None:
    """`pattern`: what was searched for, where it is known; what it found in a minified line stays."""
    lines = [shortened(line, pattern) for line in lines]
    if any(_HIT.match(line[:1_000]) for line in lines[:3]) or _context_first(lines):
        return _by_file(lines)
    if _headings(lines):
        return _merged(lines)
    return _names(lines)


def _context_first(lines: list[str]) -> bool:
    return "--" in lines or any(_HIT.match(line[:1_000]) for line in lines[:12])


def _by_file(lines: list[str]) -> list[str] | None:
    """`path:12:text` under a heading. A context line belongs to the file of the nearest match."""
    files = {match[1] for match in (_HIT.match(line[:1_000]) for line in lines) if match}
    rows: list[str] = []
    current = ""
    for line in lines:
        name, rest = _split(line, files, current)
        if name is None:
            rows.append(line)
            continue
        if name != current:
            rows.append(name)
            current = name
        rows.append(rest)
    return _merged(rows) if files else None


def _split(line: str, files: set[str], current: str) -> tuple[str | None, str]:
    hit = _HIT.match(line)
    if current and line.startswith(current + "-") and _NUMBERED.match(line[len(current) + 1 :]):
        return current, line[len(current) + 1 :]
    if hit and hit[1] in files:
        column = f"{hit[3]}:" if hit[3] else ""
        return hit[1], f"{hit[2]}:{column}{hit[4]}"
    # A context line before its file's first match: the name may hold dashes itself, so each dash is tried, up to a few.
    at = line.find("-")
    for _ in range(12):
        if at < 0:
            break
        if line[:at] in files and _NUMBERED.match(line[at + 1 :]):
            return line[:at], line[at + 1 :]
        at = line.find("-", at + 1)
    return None, line


def _headings(lines: list[str]) -> bool:
    return sum(bool(_NUMBERED.match(line)) for line in lines) * 10 >= sum(bool(line.strip()) for line in lines) * 6


def _merged(rows: list[str]) -> list[str]:
    """Under one heading, matches of equal text become `12,15,80:text`, where the first stood. Not with context lines."""
    out: list[str] = []
    block: list[str] = []
    for row in [*rows, ""]:
        if _NUMBERED.match(row) and row != "--":
            block.append(row)
            continue
        out.extend(_block(block))
        block = []
        if row.strip():
            out.append(row)
    return out


def _block(block: list[str]) -> list[str]:
    """Numbers of lines rise; those of a log's times do not, and such rows stay as they are."""
    numbers: dict[str, list[str]] = {}
    before = -1
    for row in block:
        match = _NUMBERED.match(row)
        assert match
        if match[2] == "-" or len(match[1]) > 9 or int(match[1]) <= before:
            return block
        before = int(match[1])
        numbers.setdefault(match[3], []).append(match[1])
    return [f"{','.join(places)}:{text}" for text, places in numbers.items()]


def _names(lines: list[str]) -> list[str] | None:
    """`path:text` without numbers (grep -r), or `path:3` (grep -c)."""
    out: list[str] = []
    current = ""
    for line in lines:
        match = _NAMED.match(line)
        if not match:
            return None
        if match[1] != current:
            current = match[1]
            out.append(f"{current}:")
        out.append(" " + match[2])
    return out if len(out) < len(lines) * 1.6 else None
