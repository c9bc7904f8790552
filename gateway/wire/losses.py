"""Which fields of a value are lost when it crosses to another dialect: one rule for all encoders.

``extras[dialect]`` holds two kinds of things: fields the canonical form has no name for, and notes on form (a string or a
list, which item a block came from), which are no fields and so no losses. A note's name begins with ``$``, ``_`` or ``~``,
or is one of `_NOTES`; `_WHOLE` are notes that hold fields of their own. A field that says nothing (null, false, an empty
list) is no loss either.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gateway.chat.request import Extras

_MARKS = "$_~"
_NOTES: Mapping[str, frozenset[str]] = {
    "openai_responses": frozenset(("string", "source", "lengths", "flat", "name")),
    "gemini": frozenset(("signed", "schemaField", "jsonSchemaAnswer", "systemRole", "role", "mode")),
    "bedrock_converse": frozenset(("json",)),
}
_WHOLE: Mapping[str, frozenset[str]] = {
    "openai_responses": frozenset(("item", "part", "raw")),
    "bedrock_converse": frozenset(("block", "spec", "tool")),
}
_PLAIN = frozenset(("id", "index", "object", "status", "type", "role", "name", "call_id"))
"""What places or types a value: the canonical form says it in its own way."""
_NONE: frozenset[str] = frozenset()


def foreign_fields(extras: Extras, dialect: str) -> Iterator[tuple[str, str, Any]]:
    """(dialect, field, value) of every field that only dialects other than `dialect` understand."""
    for name, values in extras.items():
        if name == dialect:
            continue
        notes, whole = _NOTES.get(name, _NONE), _WHOLE.get(name, _NONE)
        for field, value in values.items():
            if _says_nothing(value) or field[:1] in _MARKS or field in notes or field in _PLAIN:
                continue
            if field not in whole:
                yield name, field, value
            elif isinstance(value, Mapping):
                for inner, given in value.items():
                    if not _says_nothing(given) and inner not in _PLAIN:
                        yield name, inner, given


def _says_nothing(value: Any) -> bool:
    return value is None or value is False or value in ([], "")
