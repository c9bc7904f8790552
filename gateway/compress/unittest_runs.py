"""unittest (Django's runner too): failures, their messages and places stay; what passed becomes a count."""

from __future__ import annotations

import re

from .lines import left_out

_RAN = re.compile(r"Ran [0-9]++ tests? in [0-9.]++s\Z")
_DOTS = re.compile(r"[.sFExu]{2,}+\Z")
_OUTCOME = re.compile(r"(?:FAIL|ERROR|UNEXPECTED SUCCESS): ")
_TEST = re.compile(r" *+\w++ \([\w.<>]++\)")
_NAMED = re.compile(r"(FAIL|ERROR|UNEXPECTED SUCCESS): (\w++) \(([\w.<>]++)\)")
_PLACE = re.compile(r'  File "([^"]++)", line ([0-9]++), in (.++)\Z')
_CARETS = re.compile(r" ++[~^][ ~^]*+\Z")
_LIBRARY = ("site-packages/", "dist-packages/", "/lib/python3", "lib/python3.")
_DOUBLE, _SINGLE = "=" * 70, "-" * 70
_TRACE = "Traceback (most recent call last):"


def looks_like(tail: list[str]) -> bool:
    return any(
        _RAN.match(line) and at and tail[at - 1] == _SINGLE for at, line in enumerate(tail) if line.startswith("Ran ")
    )


def compress(lines: list[str]) -> list[str] | None:
    ran = any(_RAN.match(line) for line in lines if line.startswith("Ran "))
    told = {line.partition(": ")[2].strip() for line in lines if _OUTCOME.match(line)}
    told |= {name.partition(") ")[0] + ")" for name in told if ") " in name}  # A test whose subtests failed.
    run = _Run(_shared(lines))
    head = next((at for at, line in enumerate(lines) if line == _DOUBLE), len(lines))
    run.progress(lines[:head], told, ran)
    run.failures(lines[head:])
    return run.finish()


def _shared(lines: list[str]) -> str:
    """The folder of the folders that all places are in, where it is worth a line to say it once; "" where not."""
    places = [place[1] for line in lines if line[:8] == '  File "' and (place := _PLACE.match(line))]
    own = [place for place in places if not any(part in place for part in _LIBRARY)]
    if len(own) < 4:
        return ""
    first, last = min(own).split("/")[:-1], max(own).split("/")[:-1]
    same = next((at for at, pair in enumerate(zip(first, last, strict=False)) if pair[0] != pair[1]), None)
    folders = first[: min(len(first), len(last)) if same is None else same]
    folders = folders[:-1] if len(folders) == min(len(first), len(last)) else folders
    return "/".join(folders) + "/" if len(folders) > 2 else ""


class _Run:
    def __init__(self, shared: str) -> None:
        self.shared = shared
        self.test = ""
        self.out: list[str] = []
        self.passed = self.frames = self.same = 0
        self.said: set[tuple[str, ...]] = set()

    def progress(self, lines: list[str], told: set[str], ran: bool) -> None:
        """Names of what passed go; names of what failed too, where a heading below says them again. A test with a
        docstring stands on two lines."""
        for at, line in enumerate(lines):
            before, dots, status = line.rpartition(" ... ")
            test = self._name(lines, at, before)
            if dots and status == "ok" and test:
                self._forget_name(lines, at, before)
                self.passed += 1
            elif dots and status in ("FAIL", "ERROR", "") and test in told:
                self._forget_name(lines, at, before)
            elif line.strip() and line != _SINGLE and not (ran and _DOTS.match(line)):
                self.out.append(line)

    @staticmethod
    def _name(lines: list[str], at: int, before: str) -> str:
        if _TEST.match(before):
            return before.strip()
        return lines[at - 1].strip() if at and _TEST.match(lines[at - 1]) and " ... " not in lines[at - 1] else ""

    def _forget_name(self, lines: list[str], at: int, before: str) -> None:
        if not _TEST.match(before) and self.out and self.out[-1] == lines[at - 1]:
            self.out.pop()

    def failures(self, lines: list[str]) -> None:
        at = 0
        while at < len(lines):
            line = lines[at]
            place = _PLACE.match(line)
            if place:
                at = self._frame(lines, at, place)
                continue
            at += 1
            if line in (_DOUBLE, _SINGLE, _TRACE):
                continue
            named = _NAMED.match(line)
            if named:
                self.test = named[2]
            if named and named[3].endswith("." + named[2]):
                line = f"{named[1]}: {named[3]}{line[named.end() :]}"
            if line.strip():
                self.out.append(line)

    def _frame(self, lines: list[str], at: int, place: re.Match[str]) -> int:
        """One frame of a traceback on a line, its statement below it; where that was said already, the place alone."""
        end = at + 1
        while end < len(lines) and lines[end].startswith("    "):
            end += 1
        following = lines[end] if end < len(lines) else ""
        if _PLACE.match(following) and any(part in place[1] for part in _LIBRARY):
            self.frames += 1
            return end
        here = f"  {place[1].removeprefix(self.shared)}:{place[2]}" + (
            f" in {place[3]}" if place[3] != self.test else ""
        )
        statement = [line for line in lines[at + 1 : end] if not _CARETS.match(line)]
        key = (here, *statement)
        if key in self.said:
            self.same += len(statement)
            self.out.append(here)
        else:
            self.said.add(key)
            self.out.append(here)
            self.out.extend(statement)
        return end

    def finish(self) -> list[str]:
        notes = [f"[paths without a leading / are below {self.shared}]"] if self.shared else []
        if self.passed:
            notes.append(left_out(self.passed, "passing tests", "run one with -v to see it"))
        if self.frames:
            notes.append(left_out(self.frames, "stack frames of libraries"))
        if self.same:
            notes.append(left_out(self.same, "statements of places that stand above with them"))
        return notes + self.out
