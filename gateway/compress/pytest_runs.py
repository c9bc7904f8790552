"""pytest and unittest: failures, their messages and places stay; what passed becomes a count."""

from __future__ import annotations

import re

from .lines import left_out

_DOTS = re.compile(r"(?:\S++ )?[.sxXFEpPR]++ *+(?:\[ *+[0-9]++%\])?\Z")
_STATUS = re.compile(r" *+(?:\[ *+[0-9]++%\])?\Z")
_XDIST = re.compile(r"\[gw[0-9]++\] \[ *+[0-9]++%\] (PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS) ")
_RULE = re.compile(r"(?:([=-])\1{2,}+ (.*) \1{2,}|(_)_*+ (.*) _+)\Z")
_PLACE = re.compile(r"(\S.*):([0-9]++):(?: (?:in )?[\w.<>\[\]]++)?\Z")
_SCHEDULED = re.compile(r"\S+\.py::.*[^\s%]\] ?\Z|\S+\.py::\S+ ?\Z")
_CARETS = re.compile(r"[ ~^]*\^[ ~^]*\Z")
_NOISE = (
    "platform ",
    "cachedir: ",
    "plugins: ",
    "collecting ...",
    "scheduling tests via",
    "created: ",
    "bringing up nodes",
)
_LIBRARY = ("site-packages/", "dist-packages/", "/lib/python3", "lib/python3.")
LONGEST_SAID = 20_000
MOST_SEARCHES = 200
_UNITTEST = re.compile(r"\S++ \(.*\) \.\.\. ok\Z")


def compress(lines: list[str]) -> list[str] | None:
    summarised = any("short test summary info" in line or line.startswith(("FAILED ", "ERROR ")) for line in lines)
    spread = any(_XDIST.match(line) for line in lines if line.startswith("[gw"))
    run = _Run(
        spread, summarised or not any(" failed" in line[-200:] or " error" in line[-200:] for line in lines[-3:])
    )
    for line in lines:
        run.read(line)
    return run.finish()


class _Run:
    def __init__(self, spread: bool, names_follow: bool) -> None:
        self.spread = spread
        self.names_follow = names_follow
        self.out: list[str] = []
        self.passed = self.sources = self.frames = 0
        self.section = "head"
        self.entry: list[str] = []
        self.said: list[str] = []
        self.errors: str | None = None
        self.capturing = False
        self.searches = 0

    def read(self, line: str) -> None:
        rule = _RULE.match(line) if line[:1] in ("=", "_", "-") and not line.startswith("_ _ _") else None
        kind, title = (rule[1] or rule[3], rule[2] or rule[4] or "") if rule else ("", "")
        if kind == "=":
            self.flush()
            if "test session starts" in title:
                return
            self.section = title.strip("! ").split(" ", 1)[0]
            self.out.append(f"== {title}")
        elif self.section in ("FAILURES", "ERRORS"):
            self.failure(line, kind, title)
        elif self.section == "short":
            self.summary(line)
        elif self.section == "head":
            self.progress(line)
        else:
            self.out.append(f"{kind * 2} {title}" if kind else line)

    def progress(self, line: str) -> None:
        if not line.strip() or line.startswith(_NOISE):
            return
        if self.spread and _SCHEDULED.match(line):
            return
        xdist = _XDIST.match(line)
        if (
            (xdist and xdist[1] == "PASSED")
            or _UNITTEST.match(line)
            or (" PASSED" in line and self._ends(line, "PASSED"))
        ):
            self.passed += 1
        elif (self.names_follow and _DOTS.match(line)) or (
            self.names_follow and ("::" in line) and (self._ends(line, "FAILED") or self._ends(line, "ERROR") or xdist)
        ):
            return
        else:
            self.out.append(line.rstrip())

    @staticmethod
    def _ends(line: str, status: str) -> bool:
        before, found, after = line.rpartition(" " + status)
        return bool(found) and bool(before) and bool(_STATUS.match(after))

    def failure(self, line: str, kind: str, title: str) -> None:
        if kind == "_":
            self.flush()
            self.out.append(f"__ {title}")
        elif kind:
            self.flush()
            self.capturing = True
            self.out.append(f"-- {title}")
        elif line.startswith("_ _ _"):
            self.flush()
        elif self.capturing and not line.startswith(("E  ", ">  ")):
            self.out.append(line)
        elif not _CARETS.match(line):
            self.entry.append(line)
            if _PLACE.match(line):
                self.flush()

    def flush(self) -> None:
        """One frame of a traceback: the failing statement, what was said of it, and where it is."""
        entry, self.entry = self.entry, []
        self.capturing = False
        self.said.extend(line for line in entry if line.startswith("E  ") or line[:1] == " ")
        if not any(line.startswith((">  ", "E  ")) for line in entry):
            self.out.extend(line for line in entry if line.strip())
            return
        at = next((at for at, line in enumerate(entry) if line.startswith(">  ")), 0)
        library = bool(entry) and any(part in entry[-1] for part in _LIBRARY)
        if library:
            self.frames += 1
            self.out.extend(line for line in entry if line.startswith("E  ") or _PLACE.match(line))
            return
        source = [at for at in range(at) if entry[at].startswith("    ") or not entry[at].strip()]
        gone = set(source[:-2]) if entry and _PLACE.match(entry[-1]) else set()
        self.sources += len([at for at in gone if entry[at].strip()])
        self.out.extend(line for place, line in enumerate(entry) if place not in gone and line.strip())

    def summary(self, line: str) -> None:
        if self.errors is None:
            self.errors = " ".join(" ".join(self.said).split())[:LONGEST_SAID]
        name, dash, message = line.partition(" - ")
        opening = " ".join(message.split())[:60]
        self.searches += 1  # A search costs what was said; so many of them, then no more (linear time).
        said = dash and len(opening) > 20 and self.searches < MOST_SEARCHES and opening in self.errors
        if line.startswith(("FAILED ", "ERROR ")):
            self.out.append(name if said else line)
        elif line.startswith("PASSED "):
            self.passed += 1
        elif not (
            line.startswith(" ") and self.searches < MOST_SEARCHES and " ".join(line.split())[:40] in self.errors
        ):
            self.out.append(line)

    def finish(self) -> list[str]:
        self.flush()
        notes = []
        if self.passed:
            notes.append(left_out(self.passed, "passing tests", "run one with -v to see it"))
        if self.sources:
            notes.append(
                left_out(self.sources, "source lines before failing statements", "read the file at the line given")
            )
        if self.frames:
            notes.append(left_out(self.frames, "library frames' sources", "read the file at the line given"))
        return notes + self.out
