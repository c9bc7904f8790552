"""What a decoded value remembers of its Ollama form: fields without a canonical name in ``extras["ollama"]``, notes on
form under `SHAPE`, which never leave the gateway."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from gateway.chat.request import NO_EXTRAS, ChatRequest, Extras

NAME = "ollama"
SHAPE = "~"
_NONE: Mapping[str, Any] = NO_EXTRAS


def keep(rest: dict[str, Any], shape: Mapping[str, Any] | None = None) -> Extras:
    """Extras of a value whose unnamed fields are `rest` (a fresh dict, changed here)."""
    if shape:
        rest[SHAPE] = shape
    return {NAME: rest} if rest else NO_EXTRAS


def shape(extras: Extras) -> Mapping[str, Any]:
    found: Mapping[str, Any] = extras.get(NAME, _NONE).get(SHAPE, _NONE) if extras else _NONE
    return found


def own(extras: Extras) -> dict[str, Any]:
    if not extras:
        return {}
    return {name: value for name, value in extras.get(NAME, _NONE).items() if name not in (SHAPE, "deltas")}


def wire_name(name: str, namespace: str | None) -> str:
    """Ollama takes any name; a namespace (Codex) is written in front of it."""
    return f"{namespace}__{name}" if namespace else name


def names_back(request: ChatRequest) -> dict[str, tuple[str, str | None]]:
    """Wire name -> (name, namespace) of the client's tools that have a namespace."""
    return {wire_name(t.name, t.namespace): (t.name, t.namespace) for t in request.tools if t.namespace}


def made_id(request: ChatRequest, number: int, name: str, arguments: str) -> str:
    """An id for a call, Ollama gives none: the same for the same answer, another in each turn of a conversation."""
    seed = f"{len(request.messages)}\0{number}\0{name}\0{arguments}"
    return "call_" + hashlib.sha256(seed.encode("utf-8", "surrogatepass")).hexdigest()[:24]
