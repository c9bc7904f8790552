"""Bodies with one thing wrong in them: refused with the name of a field, or read; never a crash."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.chat.errors import BadRequest, GatewayError
from gateway.wire.profile import Profile
from gateway.wire.registry import dialect

from .bedrock_world import asked

FIXTURES = Path(__file__).parent.parent / "fixtures" / "wire"
NAMES = ("gemini", "bedrock_converse")
JUNK = st.sampled_from([None, True, -1, 1.5, "", "x", [], [1], ["x"], [[]], {}, {"a": 1}, [{}], {"text": {}}, "\ud800"])


def spots(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    for key, child in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        found += spots(child, (*path, key))
    return found


def spoiled(data: st.DataObject, kind: str, name: str) -> Any:
    path = data.draw(st.sampled_from(sorted((FIXTURES / name / kind).glob("*.json"))))
    body = deepcopy(json.loads(path.read_bytes()))
    for _ in range(data.draw(st.integers(1, 2))):
        found = spots(body)
        if not found:
            break
        *way, last = data.draw(st.sampled_from(found))
        place = body
        for step in way:
            place = place[step]
        place[last] = deepcopy(data.draw(JUNK))
    return body


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_a_spoiled_request_is_refused_or_read_and_written(name: str, data: st.DataObject) -> None:
    try:
        request = dialect(name).decode_request(spoiled(data, "requests", name))
    except BadRequest:
        return
    dialect(name).encode_request(request, Profile("gemini-3-pro"))


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_a_spoiled_answer_is_read_or_a_failure(name: str, data: st.DataObject) -> None:
    try:
        dialect(name).decode_response(spoiled(data, "responses", name), asked(dialect=name))
    except GatewayError:
        return


@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_a_spoiled_event_of_gemini_is_read_or_fails_the_stream(data: st.DataObject) -> None:
    body = spoiled(data, "responses", "gemini")
    decoder = dialect("gemini").stream_decoder(asked(dialect="gemini"))
    frame = b"data: " + json.dumps(body).encode() + b"\n\n"
    assert [*decoder.feed(frame), *decoder.end()]


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=30, deadline=None)
@given(
    body=st.binary(max_size=40),
    value=st.recursive(JUNK, lambda inner: st.dictionaries(st.sampled_from(["error", "details", "message"]), inner)),
)
def test_any_error_body_gives_an_upstream_error(name: str, body: bytes, value: Any) -> None:
    for raw in (body, json.dumps(value).encode()):
        assert dialect(name).decode_error(500, {}, raw).upstream_status == 500
