"""Names on the wire: the dialect's own, those of tools (flat here, namespaced there), and the ids of calls."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import Any

from gateway.chat.request import NO_EXTRAS, Extras, Tool, ToolUse

NAME = "openai_responses"
NAME_LIMIT = 64
_NOT_ALLOWED = re.compile(r"[^a-zA-Z0-9_-]")


def own(extras: Extras) -> Mapping[str, Any]:
    """What this dialect kept on a node; empty if nothing."""
    return extras.get(NAME, NO_EXTRAS) if extras else NO_EXTRAS


def short_name(name: str) -> str:
    """`name` as a function name this API takes: at most 64 of ``[a-zA-Z0-9_-]``. Deterministic, so that a decoder which
    knows the request finds the way back."""
    clean = _NOT_ALLOWED.sub("_", name)
    if clean == name and 0 < len(name) <= NAME_LIMIT:
        return name
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{clean[: NAME_LIMIT - 9]}_{digest}"


def short_call_id(call_id: str) -> str:
    """`call_id` in at most 64 characters; a call and its output are shortened alike."""
    if len(call_id) <= NAME_LIMIT:
        return call_id
    return "call_" + hashlib.sha256(call_id.encode("utf-8", "surrogatepass")).hexdigest()[:48]


def original_name(node: Tool | ToolUse) -> str:
    """The name inside its namespace, which differs from the flat one when two namespaces share it."""
    name = own(node.extras).get("name") if node.kind != "hosted" else None
    return name if isinstance(name, str) else node.name


class ToolNames:
    """From (namespace, name) on the wire to the flat name of the offered tool, and what that tool is."""

    __slots__ = ("_by_flat", "_by_wire")

    def __init__(self, tools: Iterable[Tool]) -> None:
        self._by_wire: dict[tuple[str | None, str], Tool] = {}
        self._by_flat: dict[str, Tool] = {}
        for tool in tools:
            if tool.kind == "hosted":
                continue
            self._by_flat.setdefault(tool.name, tool)
            self._by_wire.setdefault((tool.namespace, original_name(tool)), tool)
            self._by_wire.setdefault((None, short_name(tool.name)), tool)

    def tool(self, flat: str) -> Tool | None:
        return self._by_flat.get(flat)

    def flat(self, namespace: str | None, name: str) -> tuple[str, str | None]:
        """(flat name, namespace) of what the wire calls so; a tool nobody offered keeps its name."""
        tool = self._by_wire.get((namespace, name)) or self._by_wire.get((None, name))
        if tool is None:
            return name, namespace
        return tool.name, tool.namespace
