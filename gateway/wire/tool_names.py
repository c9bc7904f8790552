"""Tool names a provider takes, and the way back.

Clients offer names a provider may refuse: too long, with characters outside its set, or inside a namespace (Codex). The
wire name is derived from the name alone, so that every turn of a conversation spells it alike, and an answer is mapped back
with the tools of the request it answers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from hashlib import sha1

from gateway.chat.request import Tool


class ToolNames:
    """`allowed` matches a whole valid name; `refused` matches one character that may not occur; `limit` in characters."""

    __slots__ = ("_allowed", "_back", "_limit", "_refused")

    def __init__(
        self, tools: Iterable[Tool], allowed: re.Pattern[str], refused: re.Pattern[str], limit: int = 64
    ) -> None:
        self._allowed = allowed
        self._refused = refused
        self._limit = limit
        self._back: dict[str, tuple[str, str | None]] = {}
        for tool in tools:
            wire = self.wire(tool.name, tool.namespace)
            if wire != tool.name:
                self._back[wire] = (tool.name, tool.namespace)

    def wire(self, name: str, namespace: str | None = None) -> str:
        full = f"{namespace}__{name}" if namespace else name
        if self._allowed.fullmatch(full) and len(full) <= self._limit:
            return full
        mark = sha1(full.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()[:8]
        plain = self._refused.sub("_", full)
        if not plain[:1].isalpha():
            plain = f"t{plain}"
        return f"{plain[: self._limit - 9]}_{mark}"

    def canonical(self, wire: str) -> tuple[str, str | None]:
        """(name, namespace) of the offered tool `wire` stands for; an unknown name stays as it is."""
        return self._back.get(wire, (wire, None))


def wire_id(value: str, allowed: re.Pattern[str], refused: re.Pattern[str], limit: int = 64) -> str:
    """A tool call's id in the form a provider takes: itself where it fits, else shortened with a digest of the whole."""
    if allowed.fullmatch(value) and len(value) <= limit:
        return value
    mark = sha1(value.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()[:12]
    return f"{refused.sub('_', value)[: limit - 13]}_{mark}"
