"""Names and ids as the Messages API takes them: tool names ``^[a-zA-Z0-9_-]{1,128}$``, tool ids ``^[a-zA-Z0-9_-]+$``.

Rewrites are deterministic, so a growing history keeps its prefix (CMP-3).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

from gateway.chat.request import Tool

_NAME = re.compile(r"[a-zA-Z0-9_-]{1,128}")
_ID = re.compile(r"[a-zA-Z0-9_-]+")
_BAD = re.compile(r"[^a-zA-Z0-9_-]")


def _digest(text: str, size: int) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:size]


def tool_name(name: str, namespace: str | None = None) -> str:
    """The name on the wire. Tools of a namespace (Codex) are called ``namespace__name``."""
    full = f"{namespace}__{name}" if namespace else name
    if _NAME.fullmatch(full):
        return full
    return f"{_BAD.sub('_', full)[:100]}_{_digest(full, 8)}"


def tool_names_back(tools: Iterable[Tool]) -> dict[str, Tool]:
    """Wire name -> tool, for those tools whose name had to change."""
    changed = {}
    for tool in tools:
        if tool.kind != "hosted":
            name = tool_name(tool.name, tool.namespace)
            if name != tool.name:
                changed[name] = tool
    return changed


class ToolIds:
    """Ids of one conversation. A call whose id was used before gets a new one (some providers count from zero in every
    turn; the Messages API wants them unique), and the results that follow it are renamed with it."""

    def __init__(self) -> None:
        self._current: dict[str, str] = {}
        self._used: set[str] = set()

    def call(self, identity: str) -> str:
        wire = identity if _ID.fullmatch(identity) else f"toolu_{_digest(identity, 24)}"
        count, unique = 1, wire
        while unique in self._used:
            count += 1
            unique = f"{wire}_{count}"
        self._used.add(unique)
        self._current[identity] = unique
        return unique

    def result(self, identity: str) -> str:
        known = self._current.get(identity)
        if known is not None:
            return known
        return identity if _ID.fullmatch(identity) else f"toolu_{_digest(identity, 24)}"
