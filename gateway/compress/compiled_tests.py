"""go test and Maven or Gradle: failures stay, what passed and what was fetched becomes a count."""

from __future__ import annotations

import re

from .lines import left_out

_GO_START = ("=== RUN ", "=== PAUSE ", "=== CONT ", "=== NAME ")
_GO_SAID = re.compile(r" {4,}\S+\.go:\d+: ")
_GO_MARK = ("===", "---", "PASS", "FAIL", "ok  \t")
_MAVEN_NOISE = re.compile(r"\[INFO\] *+(?:-*+|Download(?:ing|ed) .*|Scanning for projects.*|Building jar.*)\Z")
_MAVEN_FETCH = re.compile(r"(?:\[INFO\] )?(?:Download(?:ing|ed)|Progress)\b")
_MAVEN_PASSED = re.compile(r"\[INFO\] (?:Running |Tests run: [0-9]++, Failures: 0, Errors: 0, Skipped: 0, Time)")
_GRADLE_DONE = re.compile(r"> Task \S++(?: (?:UP-TO-DATE|NO-SOURCE|FROM-CACHE))?\Z")
_JAVA_LIBRARY = re.compile(
    r"\s++at (?:java\.|javax\.|jdk\.|sun\.|org\.junit\.|org\.apache\.maven\.|junit\.|org\.gradle\.)"
)


def go(lines: list[str]) -> list[str] | None:
    out: list[str] = []
    passed = empty = said = 0
    fine = {line.split(" ")[2] for line in (line.lstrip(" ") for line in lines) if line.startswith("--- PASS: ")}
    current = ""
    for at, line in enumerate(lines):
        if line.startswith(_GO_START):
            current = line[8:].strip() if line.startswith(("=== RUN ", "=== NAME", "=== CONT")) else ""
        elif line.startswith("---"):
            current = ""
        elif current in fine and _GO_SAID.match(line):
            said += 1
            continue
        bare = line.lstrip(" ")
        following = lines[at + 1].lstrip(" ") if at + 1 < len(lines) else "==="
        if line.startswith(_GO_START):
            if line.startswith("=== RUN ") and current not in fine and not following.startswith(_GO_MARK):
                out.append(line)
        elif bare.startswith("--- PASS: "):
            passed += 1
        elif line.startswith("?   \t") and line.endswith("[no test files]"):
            empty += 1
        else:
            out.append(line)
    notes = []
    if passed:
        notes.append(left_out(passed, "passing tests", "run one with -v -run NAME to see it"))
    if said:
        notes.append(left_out(said, "lines that passing tests logged", "run one with -v -run NAME to see them"))
    if empty:
        notes.append(left_out(empty, "packages without test files"))
    return notes + out


def maven(lines: list[str]) -> list[str] | None:
    out: list[str] = []
    gone = passed = frames = 0
    for line in lines:
        if _MAVEN_NOISE.match(line) or _MAVEN_FETCH.match(line) or _GRADLE_DONE.match(line):
            gone += 1
        elif _MAVEN_PASSED.match(line) and not line.startswith("[INFO] Running "):
            passed += 1
        elif line.startswith("[INFO] Running "):
            out.append(line)
        elif _JAVA_LIBRARY.match(line):
            frames += 1
        else:
            out.append(line)
    notes = []
    if passed:
        out = _without_passed(lines, out)
        notes.append(left_out(passed, "test classes that passed", "run one with -Dtest=NAME"))
    if gone:
        notes.append(left_out(gone, "lines of fetching and progress"))
    if frames:
        notes.append(left_out(frames, "stack frames of libraries"))
    return notes + out


def _without_passed(lines: list[str], out: list[str]) -> list[str]:
    """A class's `Running` line goes with its result when the two are next to each other."""
    passed = {
        lines[at - 1] for at, line in enumerate(lines) if at and _MAVEN_PASSED.match(line) and "Tests run" in line
    }
    return [line for line in out if line not in passed or not line.startswith("[INFO] Running ")]
