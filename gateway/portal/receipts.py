"""The receipt of one request in words: which passes changed it, what each took out, and what its session is pinned to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from gateway.models import Operation
from gateway.passing import HELD_OUT

_OF_RESULTS = {
    "json": "JSON without its blanks", "toon": "JSON as a table (TOON)", "rg-json": "search results as JSON",
    "pytest": "Python test runs", "js-tests": "JavaScript test runs", "maven": "Maven and Gradle runs",
    "cargo": "cargo runs", "cargo-json": "cargo runs as JSON", "node-test": "Node test runs", "tap": "test runs in TAP",
    "unittest": "unittest runs", "go": "Go test runs", "lint": "linters and type checkers", "git-log": "git history",
    "git-diff": "git diffs", "git-status": "git status", "git-blame": "git blame", "paths": "lists of files",
    "grep": "search results", "ls": "folder listings", "tree": "folder trees", "install": "installs", "build": "builds",
    "log": "logs", "table": "tables of containers", "terminal": "terminal output",
}  # fmt: skip
_OTHERS = {
    "terse": "Shorter answers asked for", "marks": "Prompt-cache marks", "selection": "Tools left out",
    "exact hit": "Answered from the cache (the same request)",
    "semantic hit": "Answered from the cache (an ask that means the same)",
    "shared answer": "Answered with another request's answer",
}  # fmt: skip
_PINNED = {
    "results": "tool results shortened",
    "selection": "tools selected ({})",
    "marks": "prompt-cache marks ({})",
    "terse": "shorter answers ({})",
    "trim": "history trimmed where it would overflow",
}


@dataclass(frozen=True, slots=True)
class Line:
    """Tokens as the model that served counts them. `usd` None: no price is known."""

    words: str
    before: int
    after: int
    usd: Decimal | None

    @property
    def saved(self) -> int:
        return self.before - self.after


@dataclass(frozen=True, slots=True)
class Told:
    pinned: str
    held_out: bool
    lines: tuple[Line, ...]
    tokens: int | None
    usd: Decimal | None


def pass_words(name: str) -> str:
    """What people read for the pass called `name`."""
    if name in _OF_RESULTS:
        return f"Tool results: {_OF_RESULTS[name]}"
    return _OTHERS.get(name) or f"Tool results: {name.replace('-', ' ').replace('_', ' ')}"


def pin_words(pin: str) -> str:
    """What a session with this pin (gateway.passing) is sent like."""
    if pin == HELD_OUT:
        return "Held out: nothing is changed, to measure by"
    parts = [_part(word) for word in pin.split() if word not in ("off", "") and not _is_version(word)]
    text = ", ".join(parts)
    return text[:1].upper() + text[1:] if text else "Sent as it comes"


def told(operation: Operation) -> Told | None:
    """None: the request has neither session nor receipt, or is older than receipts."""
    kept: Mapping[str, Any] = operation.passes or {}
    if not kept.get("name") and not kept.get("receipts"):
        return None
    pin = str(kept.get("pin", ""))
    receipts = kept.get("receipts") or {}
    lines = tuple(
        Line(pass_words(name), int(one["before"]), int(one["after"]), _usd(one.get("usd")))
        for name, one in sorted(receipts.items(), key=lambda item: item[1]["after"] - item[1]["before"])
    )
    return Told(pin_words(pin), pin == HELD_OUT, lines, operation.tokens_saved, operation.saved_usd)


def _is_version(word: str) -> bool:
    return word[:1] == "v" and word[1:].isdigit()


def _part(word: str) -> str:
    name, _, value = word.partition("=")
    return _PINNED[name].format(value) if name in _PINNED else word


def _usd(text: Any) -> Decimal | None:
    return Decimal(str(text)) if text is not None else None
