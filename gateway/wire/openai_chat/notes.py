"""What a decoded value remembers of its chat form, so that it can be written back as it came.

``extras["openai_chat"]`` holds the fields the canonical form has no name for; under its key `SHAPE` stand notes on form
(a string or a list, which role word), which are not fields and never leave the gateway. A ``cache_control`` mark, which
OpenRouter and others take in chat parts as well, stands where the Anthropic dialect keeps its own:
``extras["anthropic"]["cache_control"]`` (CCH-7).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.chat.request import NO_EXTRAS, Extras

NAME = "openai_chat"
SHAPE = "~"
_NONE: Mapping[str, Any] = NO_EXTRAS


def keep(rest: dict[str, Any], shape: Mapping[str, Any] | None = None) -> Extras:
    """Extras of a value whose unnamed fields are `rest` (a fresh dict, changed here)."""
    mark = rest.pop("cache_control", None)
    if shape:
        rest[SHAPE] = shape
    if mark is None:
        return {NAME: rest} if rest else NO_EXTRAS
    return {NAME: rest, "anthropic": {"cache_control": mark}} if rest else {"anthropic": {"cache_control": mark}}


def shape(extras: Extras) -> Mapping[str, Any]:
    """The notes on form; empty for values of another dialect."""
    if not extras:
        return _NONE
    found: Mapping[str, Any] = extras.get(NAME, _NONE).get(SHAPE, _NONE)
    return found


def own(extras: Extras) -> dict[str, Any]:
    """The chat fields kept in `extras`, without the notes."""
    if not extras:
        return {}
    return {name: value for name, value in extras.get(NAME, _NONE).items() if name not in (SHAPE, "deltas")}


def cache_mark(extras: Extras) -> Any:
    """The ``cache_control`` value set on this block, or None."""
    return extras.get("anthropic", _NONE).get("cache_control") if extras else None
