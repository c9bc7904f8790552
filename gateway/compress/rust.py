"""cargo: errors as they are, warnings with the same message once with all their places, passing tests counted."""

from __future__ import annotations

import re

from .lines import left_out

_HEAD = re.compile(r"(?:warning|error)(?:\[[A-Z][0-9]++\])?: ")
_PROGRESS = re.compile(
    r" ++(?:Compiling|Checking|Downloaded|Downloading|Updating|Locking|Adding|Fresh|Blocking|Building) "
)
_PLACE = re.compile(r" *+--> ")
_GUTTER = re.compile(r" *+(?:[0-9]++ )? *+\|(?: |\Z)")
_LABEL = re.compile(r" *+\|[ |]*+[\^~-]++ *+")
_BACKTRACE = re.compile(r" ++[0-9]++: ")


def compress(lines: list[str]) -> list[str] | None:
    run = _Run()
    at = 0
    while at < len(lines):
        line = lines[at]
        end = at + 1
        if _HEAD.match(line) and end < len(lines) and _PLACE.match(lines[end]):
            while end < len(lines) and lines[end].strip():
                end += 1
            run.diagnostic(lines[at:end])
        elif _BACKTRACE.match(line):
            while end < len(lines) and lines[end].lstrip().startswith("at "):
                end += 1
            run.frame(lines[at:end])
        else:
            run.line(line)
        at = end
    return run.finish()


class _Run:
    def __init__(self) -> None:
        self.out: list[str] = []
        self.warnings: dict[str, list[str]] = {}
        self.place = 0
        self.passed = self.progress = self.frames = 0

    def diagnostic(self, block: list[str]) -> None:
        if block[0].startswith("error"):
            self.out.extend(line for line in block if line.strip(" |"))
            return
        if not self.warnings:
            self.place = len(self.out)
            self.out.append("")
        told = [line.strip() for line in block if not _GUTTER.match(line)][2:]
        for line in block:
            label = _LABEL.match(line)
            if label and line[label.end() :].strip():
                told.append(line[label.end() :].strip())
        key = "\n".join([block[0], *("  " + line for line in told if "on by default" not in line and line != "...")])
        self.warnings.setdefault(key, []).append(block[1].strip().removeprefix("--> "))

    def _warnings(self) -> list[str]:
        said: dict[str, None] = {}
        lines = []
        for key, places in self.warnings.items():
            head, *told = key.split("\n")
            lines.append(head)
            lines.extend(line for line in told if not line.startswith("  = ") or line not in said)
            said.update(dict.fromkeys(told))
            times = (
                {place: places.count(place) for place in dict.fromkeys(places)}
                if len(places) < 200
                else dict.fromkeys(places, 1)
            )
            lines.append(
                "  --> " + ", ".join(place if n == 1 else f"{place} ({n} times)" for place, n in times.items())
            )
        return lines

    def frame(self, frame: list[str]) -> None:
        if any("/rustc/" in line or ".cargo/registry" in line for line in frame[1:]) or len(frame) == 1:
            self.frames += 1
        else:
            self.out.extend(frame)

    def line(self, line: str) -> None:
        if line.startswith("test ") and line.endswith(" ... ok"):
            self.passed += 1
        elif _PROGRESS.match(line):
            self.progress += 1
        elif line.strip():
            self.out.append(line)

    def finish(self) -> list[str]:
        if self.warnings:
            said = self._warnings()
            self.out[self.place] = "\n".join([*said, "[sources of warnings left out; read the file at the line given]"])
        notes = []
        if self.passed:
            notes.append(left_out(self.passed, "passing tests", "run one by its name to see it"))
        if self.progress:
            notes.append(left_out(self.progress, "lines of compiling and fetching"))
        if self.frames:
            notes.append(left_out(self.frames, "frames of the standard library and of crates"))
        return notes + self.out
