"""make and the compilers of C: command lines that differ in the file alone, warnings with the same words, and what a linker
misses are each said once, with every file, place and name. Errors stay to the letter."""

from __future__ import annotations

import re

from . import installs
from .lines import left_out

_COMPILE = re.compile(
    r"(?:libtool: compile: ++)?(?:\S*[/-])?(?:gcc|g\+\+|cc|c\+\+|clang|clang\+\+)(?:-[0-9.]++)? .*(?<= )-c(?: |\Z)"
)
_SOURCE = re.compile(r"[^\s'\"`;&|$()]{1,300}\.(?:c|cc|cpp|cxx|c\+\+|C|m|mm|S|s)\Z")
_CHECKED = re.compile(r"[Cc]hecking \S.*\.\.\. ?(?:\(cached\) )?[Yy]es\.?\Z")
_TOLD = re.compile(r"([^\s:][^:]{0,300}):(\d++):(\d++): (warning|error|fatal error|note): (.*)\Z")
_INSIDE = re.compile(r"[^\s:][^:]{0,300}: In (?:member )?function [^:]{1,300}:\Z|[^\s:][^:]{0,300}: At top level:\Z")
_EXCERPT = re.compile(r" *+(?:\d++ )?\|")
_LD = re.compile(r"(\S*\bld(?:\.\w++)?): (.*)\Z")
_MISSING = re.compile(r"(.*?):\(\.[\w.$]++\+0x[0-9a-f]++\): (undefined reference to .*)\Z")
_IN_FUNCTION = re.compile(r"(\S{1,400}): in function `(.*)':\Z")
_TAKES_A_NAME = {"-o", "-MF", "-MT", "-MQ"}
_PASSING = "/tmp/cc"  # noqa: S108 - gcc's own objects, gone when it ends
LONGEST = 4_000
KEPT_AT_THE_END = 2
LEAST = 3


def compress(lines: list[str]) -> list[str] | None:
    said = _linked(_warned(_compiled(lines)))
    return installs.compress(said) or said


def _compiled(lines: list[str]) -> list[str]:
    """Of a run of compiler calls with the same flags the first and the last two stay, of the others the file. The last before
    any other line is the one that line is about."""
    out: list[str] = []
    run: list[tuple[str, str]] = []
    flags = ""
    checked: list[str] = []
    for line in [*lines, ""]:
        source, these = _call(line)
        if run and (not source or these != flags):
            out += _run(run)
            run = []
        if checked and not _CHECKED.match(line):
            out += _checks(checked)
            checked = []
        if source:
            flags = these
            run.append((line, source))
        elif _CHECKED.match(line):
            checked.append(line)
        else:
            out.append(line)
    return out[:-1]


def _call(line: str) -> tuple[str, str]:
    """(the file a compiler is called for, its flags); ("", "") for any other line."""
    if len(line) > LONGEST or not _COMPILE.match(line) or ";" in line or "&" in line:
        return "", ""
    sources: list[str] = []
    flags: list[str] = []
    skip = False
    for word in line.split():
        if skip:
            skip = False
        elif word in _TAKES_A_NAME:
            skip = True
        elif _SOURCE.match(word) and word[0] != "-":
            sources.append(word)
        else:
            flags.append(word)
    return (sources[0], " ".join(flags)) if len(sources) == 1 else ("", "")


def _run(run: list[tuple[str, str]]) -> list[str]:
    lines = [line for line, _ in run]
    middle = [source for _, source in run[1:-KEPT_AT_THE_END]]
    if len(middle) < LEAST:
        return lines
    note = f"[the line above {len(middle)} times more, with the same flags, for: {' '.join(middle)}]"
    return [lines[0], note, *lines[-KEPT_AT_THE_END:]]


def _checks(checked: list[str]) -> list[str]:
    if len(checked) < 2 + LEAST:
        return checked
    return [checked[0], left_out(len(checked) - 2, "checks that were answered yes", "config.log has them"), checked[-1]]


def _warned(lines: list[str]) -> list[str]:
    """Warnings of one file with the same words become one with all its places; excerpts of the source go. A warning with
    notes, an error, and what leads to either (function, includes, a template's instances) stay as they are."""
    out: list[str] = []
    places: dict[tuple[str, str], list[str]] = {}
    where: dict[int, tuple[str, str]] = {}
    inside: list[str] = []
    gone = 0
    led = used = False
    at = 0
    while at < len(lines):
        line = lines[at]
        told = _TOLD.match(line) if len(line) < LONGEST else None
        end = at + 1
        while told and end < len(lines) and _EXCERPT.match(lines[end]):
            end += 1
        if told and told[4] == "warning" and not led and not _noted(lines, end):
            gone += end - at - 1
            key = (told[1], told[5])
            if key not in places:
                where[len(out)] = key
                out.append("")
            places.setdefault(key, []).append(f"{told[2]}:{told[3]}")
            used = True
        elif not told and _INSIDE.match(line[:LONGEST]):
            gone += len(inside)
            inside, used = [line], False
        else:
            gone += len(inside) if used and not told else 0
            out += [*([] if used and not told else inside), *lines[at:end]]
            inside = []
            led = not told and line.endswith((":", ","))
        at = end
    gone += len(inside)
    for row, (name, words) in where.items():
        out[row] = f"{name}:{','.join(places[name, words])}: warning: {words}"
    what = "lines around warnings (source, markers, names of functions)"
    return [left_out(gone, what, "read the file at the line given"), *out] if where else lines


def _noted(lines: list[str], at: int) -> bool:
    told = _TOLD.match(lines[at]) if at < len(lines) and len(lines[at]) < LONGEST else None
    return told is not None and told[4] == "note"


def _linked(lines: list[str]) -> list[str]:
    """What a linker did not find, each name once with the files and functions that use it; addresses in objects go."""
    out: list[str] = []
    users: dict[str, dict[str, None]] = {}
    where: dict[int, str] = {}
    gone = 0
    function = linker = ""
    for line in lines:
        ld = _LD.match(line) if len(line) < LONGEST else None
        said = ld[2] if ld else line
        linker = ld[1] if ld else linker
        inside = _IN_FUNCTION.match(said) if ld else None
        missing = _MISSING.match(said) if linker and len(said) < LONGEST else None
        if inside:
            function = inside[2] if inside[1].startswith(_PASSING) else f"{inside[2]} of {inside[1]}"
        elif missing:
            gone += 1
            key = f"{linker}: {missing[2]}"
            if key not in users:
                where[len(out)] = key
                out.append("")
            users.setdefault(key, {})[f"{missing[1]} in {function}" if function else missing[1]] = None
        else:
            out.append(line)
    for row, key in where.items():
        out[row] = f"{key} ({_by_file(list(users[key]))})"
    return [left_out(gone, "addresses of calls", "link again for them"), *out] if gone else out


def _by_file(users: list[str]) -> str:
    files: dict[str, list[str]] = {}
    for user in users:
        name, _, function = user.partition(" in ")
        files.setdefault(name, []).append(function)
    return "; ".join(f"{name} in {' '.join(names)}" if any(names) else name for name, names in files.items())
