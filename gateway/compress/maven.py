"""Maven and Gradle: failures stay, findings of the compiler are said once with their places, what passed is a count."""

from __future__ import annotations

import re
from collections import Counter

from .lines import left_out

_INFO = re.compile(
    r"\[INFO\] *+(?:"
    r"|-{3,}+.*|[<>-]{3,}+ \S++:\S++:\S++ .*+"
    r"|Download(?:ing|ed)\b.*+|Progress\b.*+|Scanning for projects.*+|Building jar: .*+"
    r"|Recompiling the module because of .*+|Changes detected - recompiling the module!.*+"
    r"|Compiling [0-9]++ source files?\b.*+|Nothing to compile - all classes are up to date.*+"
    r"|skip non existing resourceDirectory .*+|Copying [0-9]++ (?:resources?|files?)\b.*+|Using '.*' encoding to copy .*+"
    r"|Using auto detected provider .*+| *+T E S T S|Finished at: .*+|Results ?:"
    r")\Z"
)
_FETCH = re.compile(r"(?:Download(?:ing|ed)|Progress)\b.*+\Z")
_HELP = re.compile(
    r"\[ERROR\] (?:-> \[Help [0-9]++\]|\[Help [0-9]++\] .*+|To see the full stack trace of the errors, re-run Maven .*+"
    r"|Re-run Maven using the .*+|For more information about the errors and possible solutions.*+"
    r"|Please refer to dump files .*+)\Z"
)
_PASSED = re.compile(r"\[INFO\] Tests run: [0-9]++, Failures: 0, Errors: 0, Skipped: 0, Time")
_GRADLE_DONE = re.compile(r"> Task \S++(?: (?:UP-TO-DATE|NO-SOURCE|FROM-CACHE))?\Z")
_LIBRARY = re.compile(
    r"\s++at (?:[\w.@-]*+/{1,2})?(?:java\.|javax\.|jdk\.|sun\.|com\.sun\.|junit\.|worker\.|"
    r"org\.(?:junit|opentest4j|apache\.maven|gradle|hamcrest|assertj|mockito|testng)\.)|\s++\.\.\. [0-9]++ more\Z"
)
_FINDING = re.compile(r"\[(WARNING|ERROR)\] ([^\[\]]++)(?<=:)\[([0-9]++),([0-9]++)\] (.*+)")
_BANNERS = ("[WARNING] COMPILATION WARNING", "[ERROR] COMPILATION ERROR")
_RUNNING = "[INFO] Running "
FEW = 4


def compress(lines: list[str]) -> list[str] | None:
    run = _Run(lines)
    at = 0
    while at < len(lines):
        finding = _FINDING.match(lines[at]) if lines[at][:1] == "[" else None
        if finding and run.many:
            end = at + 1
            while end < len(lines) and _goes_on(lines[end]):
                end += 1
            run.finding(finding, lines[at + 1 : end])
            at = end
        else:
            run.line(lines[at], lines[at + 1] if at + 1 < len(lines) else "[")
            at += 1
    return run.finish()


def _goes_on(line: str) -> bool:
    return line.startswith(("  ", "[ERROR]   ", "[WARNING]   ")) and bool(line.removeprefix("[ERROR]").strip())


class _Run:
    def __init__(self, lines: list[str]) -> None:
        self.many = sum(bool(_FINDING.match(line)) for line in lines if line[:1] == "[") >= FEW
        self.results = {line.rpartition(" in ")[2] for line in lines if "Tests run: " in line and "Time" in line}
        self.out: list[str | tuple[str, ...]] = []
        self.found: dict[tuple[str, ...], dict[tuple[str, str], None]] = {}
        self.gone = self.classes = self.passed = self.frames = self.again = self.help = 0

    def finding(self, finding: re.Match[str], more: list[str]) -> None:
        level, path, row, column, message = finding.groups()
        path = path[:-1]
        told = [" ".join(line.removeprefix(f"[{level}]").split()) for line in more]
        key = (level, message, *told)
        if key not in self.found:
            self.found[key] = {}
            self.out.append(key)
        if (path, f"{row}:{column}") in self.found[key]:
            self.again += 1
        self.found[key][path, f"{row}:{column}"] = None

    def line(self, line: str, following: str) -> None:
        if line.strip() in ("", "[ERROR]"):
            return
        if _INFO.match(line) or _FETCH.match(line) or _GRADLE_DONE.match(line):
            self.gone += 1
        elif _PASSED.match(line):
            self.classes += 1
        elif line.endswith(" PASSED") and " > " in line:
            self.passed += 1
        elif _LIBRARY.match(line):
            self.frames += 1
        elif _HELP.match(line):
            self.help += 1
        elif line.startswith(_BANNERS):
            self.gone += 1
        elif not (
            line.startswith(_RUNNING)
            and line[len(_RUNNING) :] in self.results
            and following.startswith(("[", "Tests run"))
        ):
            self.out.append(line.rstrip())

    def _said(self) -> list[str]:
        """Each message once, below it its places: a file with its path where it comes first, then by its name."""
        paths = {path for places in self.found.values() for path, _ in places}
        times = Counter(path.rpartition("/")[2] for path in paths)
        short = {path: path.rpartition("/")[2] for path in paths if times[path.rpartition("/")[2]] == 1}
        known: set[str] = set()
        said: list[str] = []
        for line in self.out:
            if isinstance(line, str):
                said.append(line)
                continue
            said.append(f"[{line[0]}] {line[1]}")
            said.extend(f"  {more}" for more in line[2:])
            by_path: dict[str, list[str]] = {}
            for path, place in self.found[line]:
                by_path.setdefault(path, []).append(place)
            for path, places in by_path.items():
                said.append(f"  {short.get(path, path) if path in known else path}: {', '.join(places)}")
                known.add(path)
        return said

    def finish(self) -> list[str]:
        notes = []
        if self.found:
            notes.append("[findings of the compiler: below each message file: line:column]")
        if self.again:
            notes.append(left_out(self.again, "findings that Maven tells a second time"))
        if self.classes:
            notes.append(left_out(self.classes, "test classes that passed", "run one with -Dtest=NAME"))
        if self.passed:
            notes.append(left_out(self.passed, "passing tests", "run one with --tests NAME"))
        if self.gone:
            notes.append(left_out(self.gone, "lines of fetching and progress"))
        if self.help:
            notes.append(left_out(self.help, "lines of Maven's help", "run it with -e or -X for more"))
        if self.frames:
            notes.append(left_out(self.frames, "stack frames of libraries"))
        return notes + self._said()
