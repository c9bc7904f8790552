"""jest, vitest and mocha: failures with their values and places stay; what passed becomes a count."""

from __future__ import annotations

import re

from .lines import indent, left_out

_PASSED = re.compile(r" *+[✓✔√] ")
_FRAME = re.compile(r" *+(?:at|❯) ")
_EXCERPT = re.compile(r" *+[0-9]++ ?[|│](?: |\Z)")
_CARET = re.compile(r" *+[|│]? *+\^[\^ ]*+\Z")
_MOCHA_END = re.compile(r" *+[0-9]++ passing")
_MOCHA_FAILED = re.compile(r" *+[0-9]++ failing")
_MOCHA_NUMBERED = re.compile(r" ++[0-9]++\) ")
_RULE = re.compile(r"⎯++(?:\[[0-9]++/[0-9]++\]⎯++)?+\Z")
_MESSAGE_ENDS = ("    > ", "      at ")
_LIBRARY = ("node_modules/", "(node:", " node:", "internal/", "(<anonymous>)")


def compress(lines: list[str]) -> list[str] | None:
    end = next((at for at, line in enumerate(lines) if _MOCHA_END.match(line)), -1)
    run = _Run()
    if end >= 0:
        failing = any(_MOCHA_FAILED.match(line) for line in lines[end : end + 5])
        run.tree(lines[:end], failing)
        lines = lines[end:]
        run.mocha = True
    run.rest(_without_summary(lines))
    return run.finish()


def _without_summary(lines: list[str]) -> list[str]:
    """Jest repeats every failure at the end of a long run."""
    at = next((at for at, line in enumerate(lines) if line.strip() == "Summary of all failing tests"), -1)
    if at < 0:
        return lines
    end = next((end for end in range(at, len(lines)) if lines[end].startswith("Test Suites:")), -1)
    before = {line.strip() for line in lines[:at]}
    if end < 0 or any(line.strip() not in before for line in lines[at + 1 : end]):
        return lines
    return lines[:at] + lines[end:]


class _Run:
    def __init__(self) -> None:
        self.out: list[str] = []
        self.passed = self.suites = self.excerpts = self.frames = 0
        self.mocha = False

    def tree(self, lines: list[str], failures_follow: bool) -> None:
        """Suites and their tests: a suite stays where something of it stays."""
        kept: list[str] = []
        deepest = -1
        for at in range(len(lines) - 1, -1, -1):
            line = lines[at]
            if not line.strip():
                deepest = -1 if deepest <= 2 else deepest
                continue
            depth = indent(line)
            if _PASSED.match(line):
                self.passed += 1
            elif (failures_follow and _MOCHA_NUMBERED.match(line)) or (
                depth >= 2 and _is_suite(lines, at, depth) and not deepest > depth
            ):
                continue
            else:
                kept.append(line)
                deepest = depth
        self.out.extend(reversed(kept))

    def rest(self, lines: list[str]) -> None:
        block: list[str] = []
        for line in lines:
            if line.startswith("PASS "):
                self.suites += 1
                continue
            if _PASSED.match(line) or (block and indent(line) >= 2 and line.strip() and not self._failure(line)):
                block.append(line)
                continue
            if block and self._failure(line):
                block.append(line)
                continue
            if block:
                self.tree(block, failures_follow=False)
                block = []
            self._line(line)
        if block:
            self.tree(block, failures_follow=False)

    @staticmethod
    def _failure(line: str) -> bool:
        return line.lstrip().startswith(("✕", "×", "✗"))

    def _line(self, line: str) -> None:
        if not line.strip() or (line[0] == "⎯" and _RULE.match(line)):
            return
        if _FRAME.match(line):
            if any(part in line for part in _LIBRARY):
                self.frames += 1
                return
        elif _EXCERPT.match(line) or _CARET.match(line):
            if line.count("|") < 3:
                self.excerpts += 1
                return
        elif line.count("|") >= 3 and not line.lstrip().startswith(">"):
            if not line.strip("-| "):
                return
            head, _, cells = line.partition("|")
            line = head.rstrip() + "|" + "|".join(cell.strip() for cell in cells.split("|"))
        self.out.append(line.rstrip())

    def finish(self) -> list[str]:
        notes = []
        if self.suites:
            notes.append(left_out(self.suites, "PASS lines"))
        if self.passed:
            notes.append(left_out(self.passed, "passing tests", "run one file with --verbose to see them"))
        if self.excerpts:
            notes.append(left_out(self.excerpts, "source lines around failures", "read the file at the line given"))
        if self.frames:
            notes.append(left_out(self.frames, "stack frames of libraries"))
        return notes + _same_messages(_tightened(self.out))


def _tightened(lines: list[str]) -> list[str]:
    """A value of one line beside its name; a difference of two lines that says the same two values again goes."""
    out: list[str] = []
    values: dict[str, str] = {}
    at = 0
    while at < len(lines):
        line = lines[at].replace("at Object.<anonymous> (", "at (")
        bare = line.strip()
        following = [more.strip() for more in lines[at + 1 : at + 6]]
        if bare.startswith(("Expected", "Received")) and bare.endswith(":") and _one_line_value(lines, at):
            out.append(f"{line} {following[0]}")
            values[bare[:8]] = following[0]
            at += 2
            continue
        again = ["- Expected", "+ Received", f"- {values.get('Expected')}", f"+ {values.get('Received')}"]
        if bare == "Difference:" and following[:4] == again and not _goes_on(following[4:5]):
            at += 5
            continue
        out.append(line)
        at += 1
    return out


def _same_messages(lines: list[str]) -> list[str]:
    """Of jest's failures in a row with the same message and values the first tells it; each keeps its name and its place."""
    out: list[str] = []
    before: list[str] = []
    at = 0
    while at < len(lines):
        line = lines[at]
        out.append(line)
        at += 1
        if not line.startswith("  ● "):
            continue
        end = at
        while end < len(lines) and lines[end].startswith("    ") and not lines[end].startswith(_MESSAGE_ENDS):
            end += 1
        message = lines[at:end]
        if len(message) > 1 and message == before:
            out.append("    [message and values of the failure above]")
            at = end
        before = message
    return out


def _one_line_value(lines: list[str], at: int) -> bool:
    deep = indent(lines[at])
    ends = at + 2 >= len(lines) or indent(lines[at + 2]) <= deep
    return at + 1 < len(lines) and indent(lines[at + 1]) > deep and ends


def _goes_on(following: list[str]) -> bool:
    return bool(following) and following[0].startswith(("+", "-", "@@"))


def _is_suite(lines: list[str], at: int, depth: int) -> bool:
    for line in lines[at + 1 : at + 4]:
        if line.strip():
            return indent(line) > depth
    return False
