"""git: log, status, diff and blame said with fewer words. Every commit, path, changed line and author stays."""

from __future__ import annotations

import re

from .lines import without_blank_runs

HASH = 10
_COMMIT = re.compile(r"commit ([0-9a-f]{40})(.*)\Z")
_DATE = re.compile(r"(?:Date|AuthorDate|CommitDate): ++\w{3} (\w{3}) ([0-9]++) ([0-9:]{8}) ([0-9]{4}) ([+-][0-9]{4})\Z")
_MONTHS = {name: at for at, name in enumerate("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)}  # noqa: SIM905
_ZONED = re.compile(r"commit [0-9a-f]{7,40} .*? [0-9-]{10} [0-9:]{8} ([+-][0-9]{4})\Z")
_STAT = re.compile(r" (\S.*?) ++\| ++([0-9]++|Bin.*?)(?: (\+*+-*+))?\Z")
_SHORT = re.compile(r"([ MADRCUT?!]{2}) (\S.*)\Z")
_LONG = re.compile(r"\t(?:(new file|modified|deleted|renamed|copied|typechange|both modified): ++)?(\S.*)\Z")
_INDEX = re.compile(r"index [0-9a-f]++\.\.[0-9a-f]++(?: [0-7]++)?\Z")
_BLAME = re.compile(
    r"(\^?[0-9a-f]{7,40}) (?:(\S++) ++)?\((.+?) ++([0-9-]{10} [0-9:]{8} [+-][0-9]{4}) ++([0-9]++)\) ?(.*)\Z"
)


def log(lines: list[str]) -> list[str] | None:
    """Commits as `commit 131c86aadddf Author 2026-08-19 08:40:07 +0400`; addresses of authors once, above."""
    out: list[str] = []
    authors: dict[str, str] = {}
    head = merged = ""
    hash_length = _length_of_hashes(lines)
    for line in lines:
        commit = _COMMIT.match(line)
        if commit:
            if head:
                out += [head, *([merged] if merged else [])]
            merged = ""
            head = f"commit {commit[1][:hash_length]}{commit[2]}"
        elif head and line.startswith("Author: "):
            name, _, address = line[8:].strip().partition(" <")
            known = authors.setdefault(name, address)
            head += f" {name}" if known == address else f" {name} <{address}"
        elif head and _DATE.match(line):
            date = _DATE.match(line)
            assert date
            head += f" {date[4]}-{_MONTHS.get(date[1], 0):02d}-{int(date[2]):02d} {date[3]} {date[5]}"
        elif head and line.startswith("Merge: "):
            parents = " ".join(parent[:hash_length] for parent in line[7:].split())
            merged = f" Merge: {parents}"
        elif head and line.strip():
            out += [head, *([merged] if merged else []), line]
            head = merged = ""
        else:
            out.append(line)
    if head:
        out += [head, *([merged] if merged else [])]
    if not authors:
        return None
    body, dropped = _body(out)
    cut = f"hashes cut to {hash_length} characters, which git accepts{_without(dropped)}"
    zones = {match[1] for match in map(_ZONED.match, body) if match}
    if len(zones) == 1 and sum(map(bool, map(_ZONED.match, body))) > 2:
        zone = next(iter(zones))
        body = [line.removesuffix(f" {zone}") if _ZONED.match(line) else line for line in body]
        cut += f"; all times {zone}"
    listed = "; ".join(f"{name} <{address}" for name, address in authors.items() if address)
    if len(authors) > 1 or any(line.startswith("commit ") and " <" in line for line in out):
        return [f"[{cut}; authors: {listed}]", *body]
    name = next(iter(authors))
    heads = (line.replace(f" {name} ", " ", 1) if line.startswith("commit ") else line for line in body)
    return [f"[{cut}; author of all: {listed}]", *heads]


def _length_of_hashes(lines: list[str]) -> int:
    """What git itself found enough in this repository, where a merge shows it."""
    for line in lines:
        if line.startswith("Merge: "):
            return max(7, min(HASH, min(map(len, line[7:].split()), default=HASH)))
    return HASH


def _without(dropped: set[str]) -> str:
    return f"; left out: {', '.join(sorted(dropped))}" if dropped else ""


def _body(lines: list[str]) -> tuple[list[str], set[str]]:
    """Messages by one space instead of four, numbers of changes without their bars, changed lines as they are; and what was
    left out, in words."""
    out: list[str] = []
    dropped: set[str] = set()
    diff = False
    for line in lines:
        diff = line.startswith("diff --") or (diff and not line.startswith("commit "))
        if diff:
            if _INDEX.match(line):
                dropped.add("index lines")
            else:
                out.append(line)
        elif line.strip():
            said = _stat(" " + line[4:] if line.startswith("    ") else line)
            if "|" in line and said != line and _STAT.match(line):
                dropped.add("lengths of +- bars")
            out.append(said)
    return out, dropped


def _stat(line: str) -> str:
    stat = _STAT.match(line) if "|" in line[:400] and len(line) < 400 else None
    return f" {stat[1]} | {stat[2]} {_signs(stat[3] or '')}".rstrip() if stat else line


def _signs(bar: str) -> str:
    return ("+" if "+" in bar else "") + ("-" if "-" in bar else "")


def diff(lines: list[str]) -> list[str] | None:
    """Changed lines and their surroundings stay; what goes is blob hashes and the bars of --stat."""
    out, dropped = _body(lines)
    return [f"[{_without(dropped)[2:]}]", *out] if dropped else out


def status(lines: list[str]) -> list[str] | None:
    """What to do next is not said again; paths of one state in a line."""
    out: list[str] = []
    waiting: list[str] = []
    state = ""

    def flush() -> None:
        if waiting:
            mark = f"{state}: " if state else ""
            out.append(f" {mark}{_joined(waiting)}")
            waiting.clear()

    for line in lines:
        long = _LONG.match(line) if line[:1] == "\t" else None
        if not line.strip() or line.startswith('  (use "git '):
            continue
        if long is None:
            flush()
            out.append(line)
            continue
        if (long[1] or "") != state:
            flush()
            state = long[1] or ""
        waiting.append(long[2])
    flush()
    return out


def short_status(lines: list[str]) -> list[str] | None:
    """`git status --short`: the paths of one state in a line."""
    states: dict[str, list[str]] = {}
    other: list[str] = []
    for line in lines:
        match = _SHORT.match(line)
        if match:
            states.setdefault(match[1], []).append(match[2])
        elif line.strip():
            other.append(line)
    return other + [f"{state} {_joined(names)}" for state, names in states.items()]


def _joined(names: list[str]) -> str:
    return (", " if any(" " in name for name in names) else " ").join(names)


def blame(lines: list[str]) -> list[str] | None:
    """Who and when once per commit, above; each line keeps its hash, number and text."""
    commits: dict[str, str] = {}
    out: list[str] = []
    for line in without_blank_runs(lines):
        match = _BLAME.match(line) if len(line) < 2_000 else None
        if not match:
            return None
        if commits.setdefault(match[1], f"{match[3]} {match[4]} {match[2] or ''}".rstrip()) == "":
            return None
        out.append(f"{match[1]} {match[5]}) {match[6]}")
    return ["[commits:", *(f"{name} {who}" for name, who in commits.items()), "lines:]", *out]
