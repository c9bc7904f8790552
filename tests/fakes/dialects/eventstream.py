"""AWS event stream framing (application/vnd.amazon.eventstream): total length, headers length, CRC32 of those eight bytes,
headers (all of type 7, string), payload, CRC32 of everything before. Big-endian.
https://docs.aws.amazon.com/AmazonS3/latest/API/RESTSelectObjectAppendix.html describes the same framing."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping

STRING = 7


def message(headers: Mapping[str, str], payload: bytes) -> bytes:
    head = b"".join(
        bytes([len(name)]) + name.encode() + bytes([STRING]) + struct.pack(">H", len(value)) + value.encode()
        for name, value in headers.items()
    )
    prelude = struct.pack(">II", 16 + len(head) + len(payload), len(head))
    framed = prelude + struct.pack(">I", zlib.crc32(prelude)) + head + payload
    return framed + struct.pack(">I", zlib.crc32(framed))
