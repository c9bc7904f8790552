"""AWS event stream framing, judged by botocore's reader."""

from __future__ import annotations

import struct
from zlib import crc32

import pytest
from botocore.eventstream import EventStreamBuffer
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.wire.eventstream import MessageSplitter, encode

HEADERS = {":event-type": "contentBlockDelta", ":content-type": "application/json", ":message-type": "event"}
STREAM = b"".join(encode(HEADERS, payload) for payload in (b"{}", b"", '{"é": "日本"}'.encode(), b"x" * 3000))


def framed(header_block: bytes, payload: bytes = b"") -> bytes:
    lengths = struct.pack(">II", 16 + len(header_block) + len(payload), len(header_block))
    message = lengths + struct.pack(">I", crc32(lengths)) + header_block + payload
    return message + struct.pack(">I", crc32(message))


def test_botocore_reads_what_is_written() -> None:
    buffer = EventStreamBuffer()
    buffer.add_data(STREAM)
    read = [(message.headers, message.payload) for message in buffer]
    assert read == [(message.headers, message.payload) for message in MessageSplitter().feed(STREAM)]
    assert read[0][0] == HEADERS


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, len(STREAM)), max_size=20))
def test_any_split_of_the_bytes_gives_the_same_messages(cuts: list[int]) -> None:
    """The chunking law."""
    splitter = MessageSplitter()
    cuts.sort()
    pieces = [STREAM[start:end] for start, end in zip([0, *cuts], [*cuts, len(STREAM)], strict=True)]
    messages = [message for piece in pieces for message in splitter.feed(piece)]
    assert messages == list(MessageSplitter().feed(STREAM))
    assert b"".join(message.raw for message in messages) == STREAM
    assert not splitter.pending


def test_a_message_that_is_not_complete_is_pending() -> None:
    splitter = MessageSplitter()
    assert list(splitter.feed(STREAM[:-1]))[-1].payload != b"x" * 3000
    assert splitter.pending


@pytest.mark.parametrize("place", [0, 5, 9, 14, 60, len(encode(HEADERS, b"{}")) - 1])
def test_a_flipped_bit_is_noticed(place: int) -> None:
    message = bytearray(encode(HEADERS, b"{}"))
    message[place] ^= 1
    with pytest.raises(ValueError, match="checksum"):
        list(MessageSplitter().feed(bytes(message) + STREAM))


def test_messages_before_a_broken_one_are_given_first() -> None:
    """So that the events before an error do not depend on how the bytes were split."""
    second = bytearray(encode(HEADERS, b"{}"))
    second[-1] ^= 1
    messages = MessageSplitter().feed(encode(HEADERS, b"{}") + bytes(second))
    assert next(messages).payload == b"{}"
    with pytest.raises(ValueError, match="checksum"):
        next(messages)


def test_absurd_lengths_are_refused_before_anything_is_gathered() -> None:
    lengths = struct.pack(">II", 2**31, 0)
    with pytest.raises(ValueError, match="lengths"):
        list(MessageSplitter().feed(lengths + struct.pack(">I", crc32(lengths))))


def test_headers_of_every_type_are_read() -> None:
    block = b"".join(
        [
            b"\x01a\x00",
            b"\x01b\x01",
            b"\x01c\x02" + struct.pack(">b", -3),
            b"\x01d\x03" + struct.pack(">h", 300),
            b"\x01e\x04" + struct.pack(">i", 70000),
            b"\x01f\x05" + struct.pack(">q", 5_000_000_000),
            b"\x01g\x06\x00\x02\x01\x02",
            b"\x01h\x07\x00\x02hi",
            b"\x01i\x08" + struct.pack(">q", 1_700_000_000_000),
            b"\x01j\x09" + bytes(range(16)),
        ]
    )
    (message,) = MessageSplitter().feed(framed(block, b"p"))
    assert list(message.headers.values()) == [
        *("true", "false", "-3", "300", "70000", "5000000000", "AQI=", "hi", "1700000000000"),
        "000102030405060708090a0b0c0d0e0f",
    ]
    assert message.payload == b"p"


@pytest.mark.parametrize("block", [b"\x05a", b"\x01a\x07\x00\x09hi", b"\x01a\x0b", b"\x01\xff\x00"])
def test_headers_that_cannot_be_read_are_an_error(block: bytes) -> None:
    with pytest.raises(ValueError, match="header"):
        list(MessageSplitter().feed(framed(block)))
