"""Linters and type checkers: each file once, each message once with all its places. No finding goes."""

from __future__ import annotations

import re

from .lines import left_out

_COLON = re.compile(r"([^\s:][^:]{0,300}):(\d+):(?:(\d+):)? (.*)\Z", re.DOTALL)
_PAREN = re.compile(r"([^\s(][^(]{0,300})\((\d+),(\d+)\): (.*)\Z", re.DOTALL)
_FINDING = re.compile(
    r"[^\s:(][^:(]{0,300}(?::\d+:(?:\d+:)?|\(\d+,\d+\):) (?:(?:error|warning|note|info)\b|[A-Z]{1,4}\d{3,5} )"
)
_ESLINT = re.compile(r" ++(\d+):(\d+) ++(error|warning) ++(\S.*?)(?:  ++(\S++))?\Z")
_ARROW = re.compile(r" *+--> (\S.*):(\d+):(\d+)\Z")
_GUTTER = re.compile(r" *+(\d++)? ?\|(?: (.*))?\Z", re.DOTALL)
_CARET = re.compile(r" *+[|]? *+[\^~]++[~^.]*+\Z")
_TSC_PRETTY = re.compile(r"(\S[^:]{0,300}):(\d++):(\d++) - (\w++ TS\d++: .*)\Z")
_TILDES = re.compile(r" *+~++ *+\Z")
_SHELLCHECK = re.compile(r"In .{1,300} line \d++:\Z")
_SHELL_FINDING = re.compile(r"( *+\^-++\^? )(SC\d++ \(\w++\))(: \S.*)\Z")
_CODE_ONLY = re.compile(r"\[[a-z-]++\]\Z")


def compress(lines: list[str]) -> list[str] | None:
    sample = lines[:400]
    if any(_SHELLCHECK.match(line) for line in sample):
        return _shellcheck(lines)
    if any(_TSC_PRETTY.match(line[:2_000]) for line in sample):
        return _tsc_pretty(lines)
    if any(_ARROW.match(line) for line in sample):
        return _ruff_full(lines)
    if sum(bool(_ESLINT.match(line)) for line in sample if len(line) < 500) > 2:
        return _eslint(lines)
    return _one_a_line(lines)


class _File:
    """The findings of one file: message -> places, in the order of their first."""

    def __init__(self) -> None:
        self.places: dict[str, list[str]] = {}

    def add(self, place: str, message: str) -> None:
        self.places.setdefault(message, []).append(place)

    def said(self) -> list[str]:
        return [f"{','.join(places)}: {message}" for message, places in self.places.items()]


def looks_like_findings(lines: list[str]) -> bool:
    some = [line for line in lines[:80] if line.strip() and not line.startswith((" ", "[", "\t"))]
    hits = sum(bool(_FINDING.match(line[:1_000])) for line in some)
    return hits > 2 and hits * 10 >= len(some) * 7


def _one_a_line(lines: list[str]) -> list[str] | None:
    """ruff, flake8, mypy, tsc, gcc, go vet. Source excerpts of mypy --pretty are in the file."""
    files: dict[str, _File] = {}
    tail: list[str] = []
    out: list[str] = []
    loose = excerpts = 0
    at = 0
    while at < len(lines):
        line = lines[at]
        at += 1
        match = _COLON.match(line) or _PAREN.match(line)
        if not match:
            if line.startswith("# "):  # go: the package that what follows is in
                out += [*_said(files), *tail, line]
                loose += len(tail) + 1
                files, tail = {}, []
            elif line.strip():
                tail.append(line)
            continue
        message = match[4].rstrip()
        while at < len(lines) and _continues(lines, at):
            more = lines[at]
            at += 1
            if _CARET.match(more) or (at < len(lines) and _CARET.match(lines[at]) and more.startswith("    ")):
                excerpts += 1
            elif more.strip():
                message += " " + more.strip()
        place = f"{match[2]}:{match[3]}" if match[3] else match[2]
        files.setdefault(match[1], _File()).add(place, message)
    if not (files or out) or (len(tail) + loose) * 4 > len(lines):
        return None
    out += _said(files)
    note = [left_out(excerpts, "lines of source and markers", "read the file at the line given")] if excerpts else []
    return note + out + tail


def _said(files: dict[str, _File]) -> list[str]:
    return [line for name, file in files.items() for line in (name, *file.said())]


def _continues(lines: list[str], at: int) -> bool:
    line = lines[at]
    if not line.strip() or _COLON.match(line) or _PAREN.match(line):
        return False
    return line.startswith((" ", "\t")) or bool(_CODE_ONLY.match(line)) or _wrapped(lines, at)


def _wrapped(lines: list[str], at: int) -> bool:
    """A message that mypy --pretty broke in two: a caret follows within three lines."""
    return any(_CARET.match(line) for line in lines[at + 1 : at + 4]) and not line_starts_block(lines[at])


def line_starts_block(line: str) -> bool:
    return line.startswith(("Found ", "Success", "error:", "warning:"))


def _eslint(lines: list[str]) -> list[str] | None:
    out: list[str] = []
    file = _File()
    for line in lines:
        match = _ESLINT.match(line) if len(line) < 2_000 else None
        if match:
            rule = f" ({match[5]})" if match[5] else ""
            file.add(f"{match[1]}:{match[2]}", f"{match[3]} {match[4].rstrip()}{rule}")
            continue
        out += file.said()
        file = _File()
        if line.strip():
            out.append(line)
    return out + file.said()


def _ruff_full(lines: list[str]) -> list[str] | None:
    """Of an excerpt the marked lines stay, without their surroundings."""
    out: list[str] = []
    source = ""
    gone = 0
    for line in lines:
        gutter = _GUTTER.match(line) if len(line) < 2_000 else None
        if gutter is None:
            if line.strip():
                out.append(line.strip() if _ARROW.match(line) else line)
            continue
        text = (gutter[2] or "").rstrip()
        if gutter[1]:
            source = f"  {gutter[1]} | {text.strip()}"
            gone += 1
        elif text.lstrip(" |").startswith(("^", "~", "_")):
            label = text.lstrip(" |").lstrip("^~_")
            if source:
                out.append(source + (f"  <-{label}" if label.strip() else ""))
                gone -= 1
            source = ""
    return [left_out(gone, "source lines around findings", "read the file at the line given"), *out]


def _shellcheck(lines: list[str]) -> list[str]:
    """The words of a code once, where they are the same; the markers under the source stay."""
    out: list[str] = []
    words: dict[str, str] = {}
    shortened = False
    for line in lines:
        match = _SHELL_FINDING.match(line) if len(line) < 2_000 else None
        if match and words.get(match[2]) == match[3]:
            out.append(match[1] + match[2])
            shortened = True
        elif line.strip():
            out.append(line)
            if match:
                words[match[2]] = match[3]
    return ["[a code without words has those of the same code last said above]", *out] if shortened else out


def _tsc_pretty(lines: list[str]) -> list[str]:
    """`tsc --pretty`: the findings with all they say; source and markers are in the file."""
    out: list[str] = []
    gone = 0
    for at, line in enumerate(lines):
        match = _TSC_PRETTY.match(line) if len(line) < 4_000 else None
        marked = at + 1 < len(lines) and line.lstrip()[:1].isdigit() and _TILDES.match(lines[at + 1])
        if marked or _TILDES.match(line):
            gone += 1
        elif match:
            out.append(f"{match[1]}:{match[2]}:{match[3]} {match[4]}")
        elif line.strip():
            out.append(line)
    return [left_out(gone, "lines of source and markers", "read the file at the line given"), *out] if gone else out
