"""Names on the wire: the dialect's own, those of tools (flat here, namespaced there), and the ids of calls."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import Any

from gateway.chat.request import NO_EXTRAS, Extras, Tool

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


def flat_name(name: str, namespace: str | None) -> str:
    """One name for a tool of a namespace, as the other dialects write it: ``namespace__name``."""
    return short_name(f"{namespace}__{name}" if namespace else name)


class ToolNames:
    """The offered tools, found by what the wire calls them."""

    __slots__ = ("_by_wire",)

    def __init__(self, tools: Iterable[Tool]) -> None:
        self._by_wire: dict[tuple[str | None, str], Tool] = {}
        bare: dict[str, list[Tool]] = {}
        for tool in tools:
            if tool.kind == "hosted":
                continue
            self._by_wire.setdefault((tool.namespace, tool.name), tool)
            self._by_wire.setdefault((tool.namespace, short_name(tool.name)), tool)
            self._by_wire.setdefault((None, flat_name(tool.name, tool.namespace)), tool)
            bare.setdefault(tool.name, []).append(tool)
        for name, sharing in bare.items():
            if len(sharing) == 1:  # a model may leave the namespace out
                self._by_wire.setdefault((None, name), sharing[0])

    def find(self, namespace: str | None, name: str) -> Tool | None:
        return self._by_wire.get((namespace, name))

    def canonical(self, namespace: str | None, name: str) -> tuple[str, str | None]:
        """(name, namespace) of the tool the wire calls so; a tool nobody offered keeps its name."""
        tool = self._by_wire.get((namespace, name))
        return (name, namespace) if tool is None else (tool.name, tool.namespace)
