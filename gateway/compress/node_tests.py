"""node --test and TAP: what failed stays with its values and places, what passed becomes a count."""

from __future__ import annotations

import re

from .lines import indent, left_out

_PASSED = ("✔ ", "✓ ")
_FAILED = re.compile(r" *+[✖✗] ")
_SUITE = re.compile(r" *+▶ ")
_COUNT = re.compile(r"ℹ (?:tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) [0-9.]++\Z")
_FRAME = re.compile(r" ++at ")
_LOADER = re.compile(r"node:internal/[^\s:]++:[0-9]++\Z")
_LIBRARY = ("node_modules/", "(node:", " node:")
LONGEST_LIST = 60
_DIRECTIVE = re.compile(r"# (?:SKIP|TODO|skip|todo|Skip|Todo)\b")
_OK = re.compile(r" *+ok [0-9]++(?:\Z| )")
_NOT_OK = re.compile(r" *+not ok\b")
_TAP_COUNT = re.compile(r" *+# (?:tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) ++[0-9.]++\Z|# ok\Z")
_TROUBLE = ("warn", "error", "fail", "deprecat", "exception", "timeout", "timed out", "abort", "skip", "todo")
_PLAN = re.compile(r" *+[0-9]++\.\.[0-9]++")
_HOW = "run its file alone to see them"


def _passed(line: str) -> bool:
    return line.endswith("ms)") and line.lstrip(" ").startswith(_PASSED)


def spec(lines: list[str]) -> list[str] | None:
    """The spec reporter tells every failure twice, the second time with the place of the test: that one stays."""
    start = next((at for at, line in enumerate(lines) if line == "✖ failing tests:"), len(lines))
    again = _told_again(lines[start + 1 :])
    run = _Run()
    head = lines[:start]
    at = 0
    while at < len(head):
        line = head[at]
        end = at + 1
        if _passed(line):
            run.passed += 1
        elif _FAILED.match(line):
            end = _end_of_failure(head, at)
            if _block(head[at:end]) in again:
                run.again += end - at
                run.keep_suites(indent(line))
            else:
                run.text(head[at:end])
        elif _SUITE.match(line):
            run.suite(line)
        else:
            end = _end_of_text(head, at)
            run.text(head[at:end])
        at = end
    run.suites = []
    run.text(lines[start:])
    return run.finish()


def _block(lines: list[str]) -> str:
    return "\n".join(line.strip() for line in lines if line.strip())


def _told_again(lines: list[str]) -> set[str]:
    found = set()
    at = 0
    while at < len(lines):
        end = at + 1
        if _FAILED.match(lines[at]):
            end = _end_of_failure(lines, at)
            found.add(_block(lines[at:end]))
        at = end
    return found


def _end_of_failure(lines: list[str], at: int) -> int:
    """Behind the last line that is deeper than the mark of the failure at `at`."""
    deep = indent(lines[at])
    end = at + 1
    while end < len(lines) and (not lines[end].strip() or indent(lines[end]) > deep):
        if _passed(lines[end]) or _FAILED.match(lines[end]) or _SUITE.match(lines[end]):
            break
        end += 1
    return end


def _end_of_text(lines: list[str], at: int) -> int:
    end = at + 1
    while end < len(lines) and not (_passed(lines[end]) or _FAILED.match(lines[end]) or _SUITE.match(lines[end])):
        end += 1
    return end


class _Run:
    def __init__(self) -> None:
        self.out: list[str] = []
        self.suites: list[str] = []
        self.passed = self.frames = self.again = 0
        self.said: set[str] = set()

    def suite(self, line: str) -> None:
        deep = indent(line)
        self.suites = [suite for suite in self.suites if indent(suite) < deep]
        if not line.endswith("ms)"):  # So a suite ends that began above.
            self.suites.append(line)

    def keep_suites(self, deep: int) -> None:
        self.suites = [suite for suite in self.suites if indent(suite) < deep]

    def text(self, lines: list[str]) -> None:
        made = self._without_frames(lines)
        if made:
            self.out.extend(self.suites)
            self.suites = []
        self.out.extend(made)

    def _without_frames(self, lines: list[str]) -> list[str]:
        out: list[str] = []
        counts: list[str] = []
        at = 0
        while at < len(lines):
            line = lines[at].rstrip()
            at += 1
            if not line:
                continue
            if _COUNT.match(line):
                counts.append(line[2:])
                continue
            if counts:
                out.append("ℹ " + ", ".join(counts))
                counts = []
            if _LOADER.match(line) and at < len(lines) and lines[at].startswith("  "):
                while at < len(lines) and lines[at].strip():  # The line of the loader that threw, and its caret.
                    at += 1
                self.frames += 1
            elif _FRAME.match(line) and any(part in line for part in _LIBRARY):
                self.frames += 1
                if line.endswith(" {"):
                    out.append(line[: indent(line)] + "{")
            elif self._known(line, out):
                self.again += 1
            elif line.strip().startswith("requireStack: ["):
                at = self._required(lines, at - 1, out)
            else:
                self.said.add(line)
                out.append(line)
        if counts:
            out.append("ℹ " + ", ".join(counts))
        return out

    def _known(self, line: str, out: list[str]) -> bool:
        bare = line.strip()
        if bare == "code: 'ERR_ASSERTION',":
            return any("[ERR_ASSERTION]" in more for more in out[-LONGEST_LIST:])
        return bare == "generatedMessage: true," or (line in self.said and line.startswith("Node.js v"))

    def _required(self, lines: list[str], at: int, out: list[str]) -> int:
        """Where the object's `requireStack` says what stands under `Require stack:` already, it goes."""
        end = at
        last = min(len(lines), at + LONGEST_LIST)
        while end < last and not lines[end].rstrip().rstrip(",").endswith("]"):
            end += 1
            if end < last and lines[end].lstrip()[:1] not in ("'", "]"):
                end = last
        block = lines[at : end + 1] if end < last else []
        names = re.findall(r"'([^']++)'", "\n".join(block))
        told = {line[2:] for line in out[-2 * LONGEST_LIST :] if line.startswith("- ")} if names else set()
        if not names or not told.issuperset(names):
            out.append(lines[at].rstrip())
            return at + 1
        self.again += len(block)
        return end + 1

    def finish(self) -> list[str]:
        notes = []
        if self.passed:
            notes.append(left_out(self.passed, "passing tests and suites", _HOW))
        if self.frames:
            notes.append(left_out(self.frames, "stack frames of libraries"))
        if self.again:
            notes.append(left_out(self.again, "lines that say what other lines here say too"))
        return notes + self.out


def tap(lines: list[str]) -> list[str] | None:
    """`ok` lines with what is said of them go, and names of tests under which nothing stays."""
    run = _Run()
    heads: list[str] = []
    passed = 0
    at = 0
    while at < len(lines):
        line = lines[at]
        at += 1
        bare = line.strip()
        if not bare:
            continue
        if bare[:3] == "ok " and _OK.match(line) and not ("#" in line and _DIRECTIVE.search(line)):
            passed += 1
            at = _end_of_yaml(lines, at, indent(line))
            heads = [head for head in heads if indent(head) < indent(line) or not head.lstrip().startswith("# Subtest")]
        elif bare[0] == "#" and _TAP_COUNT.match(line):
            run.out.append(line)
        elif bare[:2] == "# " and not any(map(bare.lower().__contains__, _TROUBLE)):
            heads = [head for head in heads if indent(head) < indent(line)]
            heads.append(line)
        elif _PLAN.match(line):
            heads = []  # The names above are of tests that passed.
            if line[0] != " ":  # How many tests a suite has, the counts at the end say.
                run.out.append(line)
        else:
            run.out.extend(heads)
            heads = []
            end = _end_of_yaml(lines, at, indent(line)) if _NOT_OK.match(line) else _end_of_said(lines, at)
            run.out.extend(run._without_frames(lines[at - 1 : end]))
            at = end
    run.passed = passed
    return run.finish()


def _end_of_said(lines: list[str], at: int) -> int:
    """What a program prints between results."""
    while at < len(lines) and not lines[at].lstrip().startswith(("ok ", "not ok ", "# ")):
        at += 1
    return at


def _end_of_yaml(lines: list[str], at: int, deep: int) -> int:
    """Behind the block of YAML that follows a result, if one does."""
    if at >= len(lines) or lines[at].strip() != "---" or indent(lines[at]) <= deep:
        return at
    inside = indent(lines[at])
    end = at + 1
    while end < len(lines) and (not lines[end].strip() or indent(lines[end]) >= inside):
        if lines[end].strip() == "..." and indent(lines[end]) == inside:
            return end + 1
        end += 1
    return at


def looks_like_spec(tail: list[str]) -> bool:
    return any(line.startswith("ℹ tests ") for line in tail) and any(line.startswith("ℹ fail ") for line in tail)


def looks_like_tap(heads: list[str]) -> bool:
    return heads[:1] in (["TAP version 13"], ["TAP version 14"])
