"""AWS event stream framing (``application/vnd.amazon.eventstream``): bytes to messages and back.

Source: "Event stream encoding", Amazon Lex V2 developer guide (the same encoding serves Bedrock). All numbers big-endian:

    total length u32 | headers length u32 | CRC32 of the first 8 bytes
    headers: (name length u8, name, value type u8, value)*
    payload
    CRC32 of everything before
"""

from __future__ import annotations

import struct
from base64 import b64encode
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple
from zlib import crc32

_PRELUDE = struct.Struct(">III")
_CRC = struct.Struct(">I")
_MAX_MESSAGE = 24 * 1024 * 1024
_MAX_HEADERS = 128 * 1024
_FIXED = {2: ">b", 3: ">h", 4: ">i", 5: ">q", 8: ">q"}


class Message(NamedTuple):
    """`headers` with their values as text (numbers in decimal, binary in base64, uuids in hex); `raw` as it came."""

    headers: Mapping[str, str]
    payload: bytes
    raw: bytes


class MessageSplitter:
    """Cuts a byte stream, split anywhere, into messages. Raises ValueError on a checksum that does not match and on
    lengths no AWS service sends: such a stream cannot be resynchronised."""

    __slots__ = ("_rest",)

    def __init__(self) -> None:
        self._rest = b""

    @property
    def pending(self) -> bool:
        """Whether part of a message is waiting for the rest."""
        return bool(self._rest)

    def feed(self, data: bytes) -> Iterator[Message]:
        """The messages `data` completes. Those before a broken one are given before the error is raised."""
        rest = self._rest + data if self._rest else data
        start = 0
        size = len(rest)
        try:
            while size - start >= 12:
                total, headers_size, prelude_crc = _PRELUDE.unpack_from(rest, start)
                if crc32(rest[start : start + 8]) != prelude_crc:
                    raise ValueError("event stream: the checksum of a prelude does not match")
                if total > _MAX_MESSAGE or headers_size > _MAX_HEADERS or headers_size + 16 > total:
                    raise ValueError("event stream: impossible lengths in a prelude")
                end = start + total
                if end > size:
                    break
                raw = rest[start:end]
                if crc32(raw[:-4]) != _CRC.unpack_from(raw, total - 4)[0]:
                    raise ValueError("event stream: the checksum of a message does not match")
                split = 12 + headers_size
                start = end
                yield Message(_headers(raw[12:split]), raw[split:-4], raw)
        finally:
            self._rest = rest[start:]


@lru_cache(maxsize=512)
def _headers(block: bytes) -> Mapping[str, str]:
    """Cached: the messages of one stream carry a handful of different header blocks."""
    found: dict[str, str] = {}
    position = 0
    try:
        while position < len(block):
            name_size = block[position]
            name = block[position + 1 : position + 1 + name_size].decode()
            position += 1 + name_size
            kind = block[position]
            value, position = _value(block, position + 1, kind)
            found[name] = value
    except (IndexError, struct.error, UnicodeDecodeError) as error:
        raise ValueError("event stream: headers that cannot be read") from error
    return found


def _value(block: bytes, position: int, kind: int) -> tuple[str, int]:
    if kind in (0, 1):
        return ("true" if kind == 0 else "false"), position
    if kind in _FIXED:
        (number,) = struct.unpack_from(_FIXED[kind], block, position)
        return str(number), position + struct.calcsize(_FIXED[kind])
    if kind == 9:
        size = 16
    elif kind in (6, 7):
        (size,) = struct.unpack_from(">H", block, position)
        position += 2
    else:
        raise ValueError("event stream: a header of unknown type")
    value = block[position : position + size]
    if len(value) < size:
        raise ValueError("event stream: a header is cut")
    if kind == 7:
        return value.decode(), position + size
    return (value.hex() if kind == 9 else b64encode(value).decode()), position + size


@lru_cache(maxsize=64)
def _header_block(headers: tuple[tuple[str, str], ...]) -> bytes:
    parts: list[bytes] = []
    for name, value in headers:
        name_bytes, value_bytes = name.encode(), value.encode()
        parts.append(
            bytes((len(name_bytes),)) + name_bytes + b"\x07" + struct.pack(">H", len(value_bytes)) + value_bytes
        )
    return b"".join(parts)


def encode(headers: Mapping[str, str], payload: bytes) -> bytes:
    """One message, all headers as strings (type 7)."""
    block = _header_block(tuple(headers.items()))
    lengths = struct.pack(">II", 16 + len(block) + len(payload), len(block))
    message = b"".join((lengths, _CRC.pack(crc32(lengths)), block, payload))
    return message + _CRC.pack(crc32(message))
