"""Where in a text a call may stand: not in code, quotations or thoughts. Pure."""

from __future__ import annotations

import re

_HEAD = 200
_FENCE = re.compile(r"[\s>]*(?:(?:[-*+]|\d{1,9}[.)])\s+)?(`{3,}|~{3,})(.*)", re.DOTALL)


class Lines:
    """What is known of a text up to here, line by line. Text may come in any pieces. `inside`: the tag that ends a thought or
    a marker that is none."""

    __slots__ = ("_fence", "_head", "_ticks", "inside")

    def __init__(self) -> None:
        self._fence = ""
        self._head = ""
        self._ticks = 0
        self.inside = ""

    def note(self, text: str) -> None:
        if "\n" not in text:
            self._extend(text)
            return
        first, *rest = text.split("\n")
        self._extend(first)
        for line in rest:
            self.newline()
            self._extend(line)

    def newline(self) -> None:
        """The line ends here."""
        match = _FENCE.match(self._head)
        if match is not None:
            run, rest = match.groups()
            if not self._fence:
                if "`" not in rest:
                    self._fence = run
            elif run[0] == self._fence[0] and len(run) >= len(self._fence) and not rest.strip():
                self._fence = ""
        self._head = ""
        self._ticks = 0

    def _extend(self, part: str) -> None:
        if len(self._head) < _HEAD:
            self._head += part[: _HEAD - len(self._head)]
        if "`" in part:
            self._ticks += part.count("`")

    @property
    def fenced(self) -> bool:
        return self._fence != ""

    @property
    def begins(self) -> bool:
        """Whether nothing stands before on this line, so that it is neither a list, a quotation nor indented code."""
        return self.open and not self._head.strip() and len(self._head) < 4 and "\t" not in self._head

    @property
    def open(self) -> bool:
        """Whether this is no code, no quotation and no thought."""
        return not (self._fence or self.inside or self._ticks % 2 or self._head.lstrip().startswith((">", "~~~")))
