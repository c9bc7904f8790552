"""Changing top-level fields of a JSON body and leaving every other byte as it came (THK-1)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import msgspec

from .fields import dump, too_deep

_envelope = msgspec.json.Decoder(dict[str, msgspec.Raw])
REMOVE = object()


def rewrite(raw: bytes, changes: Mapping[str, Any]) -> bytes:
    """`raw` is a JSON object. Returns it with `changes` applied to its top-level fields (the value `REMOVE` drops one);
    the values of all other fields keep their bytes, fields keep their order. Raises ValueError if it is no object, BadRequest
    if it is nested too deeply."""
    try:
        fields: Mapping[str, Any] = _envelope.decode(raw)
    except msgspec.DecodeError:
        fields = _scanned(raw)
    except RecursionError as error:
        raise too_deep() from error
    parts: list[bytes] = []
    pending = dict(changes)
    for name, value in fields.items():
        if name in pending:
            changed = pending.pop(name)
            if changed is not REMOVE:
                parts.append(dump(name) + b":" + dump(changed))
        else:
            parts.append(dump(name) + b":" + bytes(value))
    parts.extend(dump(name) + b":" + dump(value) for name, value in pending.items() if value is not REMOVE)
    return b"{" + b",".join(parts) + b"}"


_SPACE = re.compile(r"[ \t\n\r]*")


def _scanned(raw: bytes) -> dict[str, bytes]:
    """The fields of `raw`, each with its bytes, by a reader that takes what JavaScript clients send and msgspec does not:
    lone surrogates in escapes. Raises ValueError."""
    decoder = json.JSONDecoder()
    try:
        text = raw.decode()
        fields: dict[str, bytes] = {}
        position = _open(text, 0, "{")
        while text[position : position + 1] != "}":
            name, position = decoder.raw_decode(text, position)
            start = _open(text, position, ":")
            _, position = decoder.raw_decode(text, start)
            fields[name] = text[start:position].encode()
            position = _after(text, position)
            if text[position : position + 1] == ",":
                position = _after(text, position + 1)
        return fields
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def _after(text: str, position: int) -> int:
    found = _SPACE.match(text, position)
    return found.end() if found else position


def _open(text: str, position: int, mark: str) -> int:
    """Behind `mark` and the white space around it."""
    position = _after(text, position)
    if text[position : position + 1] != mark:
        raise ValueError("not a JSON object")
    return _after(text, position + 1)
