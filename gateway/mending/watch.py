"""Finding calls in a text that comes in pieces. Pure: any split into pieces gives the same."""

from __future__ import annotations

import re

from .offered import Offered
from .places import Lines
from .written import FORMATS, LIMIT, Format, Found, Written, format_at, read

_SIGHT = re.compile(r"<(?=[tfim｜/]|\Z)|\[(?=T|\Z)")
_THINK = ("<think>", "</think>")
_WRAPPERS = tuple((format_.opening, format_.closing) for format_ in FORMATS if format_.closing and not format_.inside)
_MOST_FAILURES = 64
_LONGEST = max(len(format_.closing) for format_ in FORMATS)


class Watch:
    """Lets text through but for what may be a call: from its first character on, and for 64 kB at most.

    After `feed` or `close` said that a call is there, `taken` is the text from its first character, and `lines` what is known
    of the text before it."""

    def __init__(self, offered: Offered) -> None:
        self.lines = Lines()
        self._offered = offered
        self._held: list[str] = []
        self._size = 0
        self._format: Format | None = None
        self._closing = ""
        self._tail = ""
        self._failures = 0

    @property
    def taken(self) -> str:
        return "".join(self._held)

    def feed(self, piece: str) -> tuple[str, bool]:
        """(text to let through, whether a call follows it)."""
        if not self._held:
            return self._scan(piece, False)
        self._held.append(piece)
        self._size += len(piece)
        seen = self._tail + piece
        if self._format is None or self._size >= LIMIT or (self._closing and self._closing in seen):
            return self._scan(self.taken, False)
        self._tail = seen[-_LONGEST:]
        return "", False

    def close(self) -> tuple[str, bool]:
        """As `feed`, at the end of a text."""
        text, sure = self._scan(self.taken, True) if self._held else ("", False)
        if not sure:
            self.lines.newline()
        return text, sure

    def _scan(self, text: str, final: bool) -> tuple[str, bool]:
        self._held = []
        lines, noted, at = self.lines, 0, -1
        while (sight := _SIGHT.search(text, at + 1)) is not None:
            at = sight.start()
            lines.note(text[noted:at])
            noted = at
            verdict = read(text, at, lines, self._offered, final)
            if isinstance(verdict, Found):
                text_before, _ = self._hold(text, at)
                return text_before, True
            if verdict == "maybe" or (passed(text, at, lines) and not final):
                return self._hold(text, at)
            if format_at(text, at):
                self._failures += 1
                if self._failures > _MOST_FAILURES:
                    break
        lines.note(text[noted:])
        return text, False

    def _hold(self, text: str, at: int) -> tuple[str, bool]:
        held = text[at:]
        self._held, self._size = [held], len(held)
        self._format = format_at(text, at)
        self._closing = self._format.closing if self._format is not None else ""
        self._tail = held[-_LONGEST:]
        return text[:at], False


def passed(text: str, at: int, lines: Lines) -> bool:
    """Notes that a tag at `at` stays text: in a thought, and in a marker that is no call, nothing else may begin. Whether
    such a tag may be there once there is more text."""
    if lines.fenced:
        return False
    if lines.inside:
        if text.startswith(lines.inside, at):
            lines.inside = ""
            return False
        return _half(text, at, lines.inside)
    for opening, closing in (_THINK, *_WRAPPERS) if lines.open else _WRAPPERS:
        if text.startswith(opening, at):
            lines.inside = closing
            return False
        if _half(text, at, opening):
            return True
    return False


def _half(text: str, at: int, tag: str) -> bool:
    """Whether the text ends inside what may be `tag`."""
    return len(text) - at < len(tag) and tag.startswith(text[at:])


def segments(text: str, lines: Lines, offered: Offered) -> list[str | Written]:
    """All of `text`, with the calls in it read. `lines`: what is known of the text before, and then of this."""
    found: list[str | Written] = []
    start, noted, at = 0, 0, 0
    while (sight := _SIGHT.search(text, at)) is not None:
        at = sight.start()
        lines.note(text[noted:at])
        noted = at
        verdict = read(text, at, lines, offered, True)
        if isinstance(verdict, Found):
            found += [text[start:at], *verdict.calls] if at > start else verdict.calls
            start = noted = at = verdict.end
        else:
            passed(text, at, lines)
            at += 1
    lines.note(text[noted:])
    if start < len(text):
        found.append(text[start:])
    return found
