"""Which passes a policy has: what may be taken out of a request, or answered without a provider (docs/compression.md)."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

SELECTIONS = ("off", "safe", "strict")
MARKS = ("off", "5m", "1h")
TERSE = ("off", "lite", "full", "ultra")


@dataclass(frozen=True, slots=True)
class Passes:
    """`results`: tool results lose what carries no information. `selection`: which tool schemas a session gets. `marks`:
    prompt-cache marks for providers that need them, and how long they live. `bypass`: a client's own probes are answered
    here. `terse`: an instruction that shortens answers. `trim`: history that would overflow the model is left out.
    `repair`: broken tool calls of a model are mended where that is certain. `hold_out`: percent of sessions that keep all
    of this off, to measure what it brings."""

    results: bool = True
    selection: str = "off"
    marks: str = "5m"
    bypass: bool = True
    terse: str = "off"
    trim: bool = False
    repair: bool = True
    hold_out: int = 5

    def in_words(self) -> str:
        """Those that change a prompt, in a line that `of_words` reads: what a session is pinned to. "off": none."""
        words = [
            "results" if self.results else "",
            f"selection={self.selection}" if self.selection != "off" else "",
            f"marks={self.marks}" if self.marks != "off" else "",
            f"terse={self.terse}" if self.terse != "off" else "",
            "trim" if self.trim else "",
        ]
        return " ".join(filter(None, words)) or "off"


NO_PASSES = Passes(False, "off", "off", False, "off", False, False, 0)


def of_words(words: str, policy: Passes) -> Passes:
    """`policy` with the prompt as `words` (of `Passes.in_words`) say. Words that are not known any more count as none."""
    given: dict[str, Any] = {"results": False, "selection": "off", "marks": "off", "terse": "off", "trim": False}
    known = {"selection": SELECTIONS, "marks": MARKS, "terse": TERSE}
    for word in words.split():
        name, _, value = word.partition("=")
        if name in known and value in known[name]:
            given[name] = value
        elif word in ("results", "trim"):
            given[word] = True
    return replace(policy, **given)


NAMES = tuple(field.name for field in fields(Passes))
