"""The caller's own dialect at the provider: bytes go through as they are (THK-1)."""

from __future__ import annotations

import json

import pytest

from tests.fakes import script
from tests.fakes.gateway import Gateway
from tests.fakes.script import Fault
from tests.fakes.upstream import Upstream

from .calls import PATHS, Wire

OWN = {
    "anthropic": "anth/claude-sonnet-4-5",
    "openai_chat": "chat/gpt-4o",
    "openai_responses": "resp/gpt-4o",
}
SCHEMA = b'{"type":"object","properties":{"n":{"type":"number","maximum":1.0}}}'
ODD = rb'"odd": {"n": [1.0, 1.50, 1e2, 1E+2, -0, 12345678901234567890, 0.1000], '
ODD += rb'"s": "\u00e9\/\ud83d\ude00 \u0041", "b": [ true , null ]}'
REQUESTS = {
    "anthropic": b'{ "max_tokens" : 200,\n '
    b'"messages":[{"content":[{"text":"h\\u00e9llo \\/ 1.0","type":"text","x-own":1.0}],"role":"user"}],'
    b'"metadata":{"user_id":"\\u0041"},"tools":[{"input_schema":' + SCHEMA + b',"name":"t"}],'
    b'"model":"MODEL","stream":STREAM,' + ODD + b"}",
    "openai_chat": b'{ "temperature" : 1.0,\n "messages":[{"content":"h\\u00e9llo \\/ 1.0","role":"user"}],'
    b'"tools":[{"function":{"parameters":' + SCHEMA + b',"name":"t"},"type":"function"}],'
    b'"model":"MODEL","stream":STREAM,' + ODD + b"}",
    "openai_responses": b'{ "temperature" : 1.0,\n '
    b'"input":[{"content":[{"text":"h\\u00e9llo \\/ 1.0","type":"input_text"}],"role":"user"}],'
    b'"tools":[{"parameters":' + SCHEMA + b',"name":"t","type":"function","strict":false}],'
    b'"store":false,"model":"MODEL","stream":STREAM,' + ODD + b"}",
}


@pytest.fixture(autouse=True)
def _lenient(upstream: Upstream) -> None:
    """Fields nobody knows are part of the test."""
    upstream.strict = False


def values(raw: bytes) -> list[tuple[str, bytes]]:
    """The top-level fields of a JSON object in order, each with its bytes."""
    import msgspec

    return [(name, bytes(value)) for name, value in msgspec.json.decode(raw, type=dict[str, msgspec.Raw]).items()]


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("surface", PATHS)
def test_a_request_differs_in_its_model_only(lynkr: Gateway, upstream: Upstream, surface: str, streamed: bool) -> None:
    """Key order, number formats, escapes, unknown fields: re-serialised JSON breaks signatures and prompt caches."""
    sent = REQUESTS[surface].replace(b"STREAM", b"true" if streamed else b"false")
    with Wire(lynkr, PATHS[surface], sent.replace(b"MODEL", OWN[surface].encode())) as wire:
        wire.rest()
    assert wire.status == 200, wire.body
    account, _, model = OWN[surface].partition("/")
    expected = [(name, value) for name, value in values(sent.replace(b"MODEL", model.encode()))]
    got = values(upstream.last.body)
    if streamed and surface == "openai_chat":  # usage is asked for, to be billed; the caller does not see it
        assert ("stream_options", b'{"include_usage":true}') in got
        got = [field for field in got if field[0] != "stream_options"]
    if surface == "openai_responses":  # a client that does not say which session it is: OpenAI is told (FBK-7)
        assert got.pop()[0] == "prompt_cache_key"
    assert got == expected
    assert wire.headers["x-lynkr-provider"] == account
    row = lynkr.operation(wire.headers["x-lynkr-request-id"])
    assert row["losses"] == []
    assert row["is_estimate"] is False


@pytest.mark.parametrize("surface", PATHS)
def test_an_answer_keeps_its_bytes(lynkr: Gateway, upstream: Upstream, surface: str) -> None:
    plain = {"anthropic": "anth", "openai_chat": "chat", "openai_responses": "resp"}
    upstream.play(script.text("warm up", id=None))
    with Wire(
        lynkr, PATHS[surface], REQUESTS[surface].replace(b"STREAM", b"false").replace(b"MODEL", OWN[surface].encode())
    ) as wire:
        told = json.loads(wire.rest())
    told["odd"] = 0
    raw = json.dumps(told, indent=3).encode().replace(b'"odd": 0', ODD)
    upstream.play(script.Reply(raw=raw))
    with Wire(
        lynkr, PATHS[surface], REQUESTS[surface].replace(b"STREAM", b"false").replace(b"MODEL", OWN[surface].encode())
    ) as wire:
        assert wire.rest() == raw
    assert wire.headers["x-lynkr-provider"] == plain[surface]


@pytest.mark.parametrize("fault", [Fault(), Fault(split=1), Fault(split=7), Fault(gzip=True), Fault(crlf=True)])
@pytest.mark.parametrize("surface", PATHS)
def test_a_stream_keeps_its_bytes(lynkr: Gateway, upstream: Upstream, surface: str, fault: Fault) -> None:
    """However it is cut into packets, and in line ends of either kind."""
    sent = json.loads(REQUESTS[surface].replace(b"STREAM", b"true").replace(b"MODEL", OWN[surface].encode()))
    if surface == "openai_chat":
        sent["stream_options"] = {"include_usage": True}
    raw = _a_stream(lynkr, upstream, surface, sent)
    if fault.crlf:
        raw = raw.replace(b"\n", b"\r\n")
    parts = Fault(split=fault.split, gzip=fault.gzip)
    upstream.play(script.Reply(raw=raw, fault=parts))
    with Wire(lynkr, PATHS[surface], sent) as wire:
        got = wire.rest()
    assert wire.proper
    assert got == raw


def _a_stream(lynkr: Gateway, upstream: Upstream, surface: str, sent: dict) -> bytes:
    """What the scripted provider itself says for `sent`, straight from it."""
    import httpx

    paths = {"anthropic": "/v1/messages", "openai_chat": "/v1/chat/completions", "openai_responses": "/v1/responses"}
    upstream.play(script.Reply(parts=(script.Text("grüße € 😀 an alle"), script.ToolCall("t", {"n": 1.0}))))
    headers = {"anthropic-version": "2023-06-01"} if surface == "anthropic" else {}
    answer = httpx.post(
        upstream.url + paths[surface], json={**sent, "model": OWN[surface].split("/")[1]}, headers=headers
    )
    assert answer.status_code == 200, answer.text
    return answer.content
