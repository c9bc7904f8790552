"""Changing top-level fields of a JSON body and leaving every other byte as it came (THK-1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import orjson

_envelope = msgspec.json.Decoder(dict[str, msgspec.Raw])
REMOVE = object()


def rewrite(raw: bytes, changes: Mapping[str, Any]) -> bytes:
    """`raw` is a JSON object. Returns it with `changes` applied to its top-level fields (the value `REMOVE` drops one);
    the values of all other fields keep their bytes, fields keep their order. Raises ValueError if it is no object."""
    try:
        fields = _envelope.decode(raw)
    except msgspec.DecodeError as error:
        raise ValueError("not a JSON object") from error
    parts: list[bytes] = []
    pending = dict(changes)
    for name, value in fields.items():
        if name in pending:
            changed = pending.pop(name)
            if changed is not REMOVE:
                parts.append(orjson.dumps(name) + b":" + orjson.dumps(changed))
        else:
            parts.append(orjson.dumps(name) + b":" + bytes(value))
    parts.extend(
        orjson.dumps(name) + b":" + orjson.dumps(value) for name, value in pending.items() if value is not REMOVE
    )
    return b"{" + b",".join(parts) + b"}"
