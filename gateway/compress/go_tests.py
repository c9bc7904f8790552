"""go test: failures stay, what passed becomes a count."""

from __future__ import annotations

import re

from .lines import left_out

_GO_START = ("=== RUN ", "=== PAUSE ", "=== CONT ", "=== NAME ")
_GO_SAID = re.compile(r" {4,}\S+\.go:\d+: ")
# A line of a goroutine's trace in Go's own sources or in a module that was fetched. Code below a GOPATH is somebody's own.
_LIBRARY = re.compile(
    r"\t(?:/usr/(?:local/|lib/)?go[^/]*+/src/|\S*?/(?:pkg/mod|sdk/go[0-9][^/]*+/src|go/[0-9][^/]*+/[^/]++/src)/)"
    r"[^\s:]++(?<=\.go):[0-9]++ \+0x[0-9a-f]++\Z"
)
MANY_PACKAGES = 3
_GO_MARK = ("===", "---", "PASS", "FAIL", "ok  \t")


def _passed_package(line: str) -> bool:
    return line.startswith("ok  \t") and "coverage: " not in line and "no tests to run" not in line


def compress(lines: list[str]) -> list[str] | None:
    out: list[str] = []
    passed = empty = said = packages = frames = 0
    many = sum(map(_passed_package, lines)) >= MANY_PACKAGES
    fine = {line.split(" ")[2] for line in (line.lstrip(" ") for line in lines) if line.startswith("--- PASS: ")}
    current = ""
    for at, line in enumerate(lines):
        if line[:1] == "\t" and _LIBRARY.match(line):
            frames += 1
            if out and out[-1] == lines[at - 1]:
                out.pop()  # The function that the place is of.
            continue
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
        elif many and _passed_package(line):
            packages += 1
        elif line.startswith("?   \t") and line.endswith("[no test files]"):
            empty += 1
        else:
            out.append(line)
    notes = []
    if passed:
        notes.append(left_out(passed, "passing tests", "run one with -v -run NAME to see it"))
    if said:
        notes.append(left_out(said, "lines that passing tests logged", "run one with -v -run NAME to see them"))
    if frames:
        notes.append(left_out(frames, "stack frames of libraries"))
    if packages:
        notes.append(left_out(packages, "packages that passed", "run one with go test PACKAGE"))
    if empty:
        notes.append(left_out(empty, "packages without test files"))
    return notes + out
