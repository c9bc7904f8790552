"""Only the named top-level fields change; every other byte stays (THK-1)."""

from __future__ import annotations

import pytest

from gateway.chat.errors import BadRequest
from gateway.wire.envelope import REMOVE, rewrite
from gateway.wire.fields import load_object


def test_untouched_fields_keep_their_bytes_and_their_order() -> None:
    raw = b'{"model": "a", "messages" : [ {"x": 1.0, "y": "\\u00e9\\/"} ],\n "temperature":1e0}'
    assert rewrite(raw, {"model": "b"}) == (
        b'{"model":"b","messages":[ {"x": 1.0, "y": "\\u00e9\\/"} ],"temperature":1e0}'
    )


def test_fields_are_added_and_removed() -> None:
    assert rewrite(b'{"a":1,"b":2}', {"a": REMOVE, "c": [True], "d": REMOVE}) == b'{"b":2,"c":[true]}'


def test_a_list_is_no_envelope() -> None:
    with pytest.raises(ValueError, match="object"):
        rewrite(b"[]", {})


@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b"[]", b'"x"', b'{"a":NaN}', b'{"a":Infinity}', b"\xff\xfe", b'{"a":' + b"[" * 100_000, b"{" * 50_000],
)
def test_what_is_no_json_object_is_a_bad_request(raw: bytes) -> None:
    with pytest.raises(BadRequest):
        load_object(raw)


def test_a_lone_surrogate_as_javascript_sends_it_is_taken() -> None:
    assert load_object(b'{"a":"\\ud83d"}') == {"a": "\ud83d"}


def test_a_body_with_a_lone_surrogate_keeps_its_other_bytes() -> None:
    raw = b'{ "m": "a", "x" : [1.0, "\\ud83d \\u00e9"] , "n":{"y": 1e2 }}'
    assert rewrite(raw, {"m": "b"}) == b'{"m":"b","x":[1.0, "\\ud83d \\u00e9"],"n":{"y": 1e2 }}'


@pytest.mark.parametrize("text", ["{}", '{"a": 1}'])
def test_other_encodings_than_utf_8_are_refused(text: str) -> None:
    """Python's json would guess UTF-16; a provider would not."""
    with pytest.raises(BadRequest):
        load_object(text.encode("utf-16"))
