"""Pace and faults of the scripted upstream: each must really happen on the wire, and hang-ups must be seen."""

from __future__ import annotations

import http.client
import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anthropic
import httpx
import openai
import pytest

from tests.fakes.script import Fault, Pace, Reply, Text, Thinking, error, text
from tests.fakes.upstream import Upstream, refusing_address

BODY: dict[str, Any] = {"model": "gpt-4o", "stream": True, "messages": [{"role": "user", "content": "hi"}]}
CHAT = "/v1/chat/completions"


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with Upstream() as running:
        yield running


def read(upstream: Upstream, body: dict[str, Any] = BODY) -> tuple[bytes, Exception | None]:
    """What arrived, and how it ended."""
    got = b""
    try:
        with httpx.stream("POST", upstream.url + CHAT, json=body) as answer:
            for piece in answer.iter_bytes():
                got += piece
    except httpx.HTTPError as failure:
        return got, failure
    return got, None


def test_a_cut_stream_ends_without_its_last_chunk(upstream: Upstream) -> None:
    upstream.play(text(fault=Fault(cut_after_events=2)))
    got, failure = read(upstream)
    assert got.count(b"data:") == 2
    assert isinstance(failure, httpx.RemoteProtocolError)


def test_a_cut_can_come_after_any_byte(upstream: Upstream) -> None:
    upstream.play(text(fault=Fault(cut_after_bytes=57)))
    got, failure = read(upstream)
    assert len(got) == 57
    assert failure is not None


def test_a_reset_reaches_the_client_as_a_reset(upstream: Upstream) -> None:
    upstream.play(text(fault=Fault(close_before_headers=True, reset=True)))
    got, failure = read(upstream)
    assert got == b""
    assert isinstance(failure, httpx.ReadError)


def test_an_early_end_is_clean_but_lacks_the_terminal_event(upstream: Upstream) -> None:
    upstream.play(text(fault=Fault(end_after=3)))
    got, failure = read(upstream)
    assert failure is None
    assert b"[DONE]" not in got


def test_an_error_event_in_the_stream_is_raised_by_the_sdk(upstream: Upstream) -> None:
    upstream.play(text(message="overloaded now", fault=Fault(error_after=2)))
    client = anthropic.Anthropic(base_url=upstream.url, api_key="k", max_retries=0)
    asked: Any = {"model": "m", "max_tokens": 5, "messages": [{"role": "user", "content": "x"}]}
    with (
        client,
        client.messages.stream(**asked) as stream,
        pytest.raises(anthropic.APIStatusError, match="overloaded now"),
    ):
        stream.get_final_message()


@pytest.mark.parametrize("fault", [Fault(split=1), Fault(gzip=True), Fault(crlf=True), Fault(gzip=True, split=3)])
def test_awkward_but_legal_framing_says_the_same(upstream: Upstream, fault: Fault) -> None:
    upstream.play(text("grüße an alle", fault=fault))
    with openai.OpenAI(base_url=f"{upstream.url}/v1", api_key="k", max_retries=0) as client:
        asked: Any = BODY
        said = "".join(c.choices[0].delta.content or "" for c in client.chat.completions.create(**asked) if c.choices)
    assert said == "grüße an alle"


def test_silence_and_pace_take_their_time(upstream: Upstream) -> None:
    upstream.play(text(pace=Pace(before_headers=0.05, before_first=0.05), fault=Fault(silent_after=(1, 0.1))))
    start = time.monotonic()
    read(upstream)
    assert time.monotonic() - start >= 0.2


def test_a_hang_up_in_mid_stream_is_seen_at_once(upstream: Upstream) -> None:
    upstream.play(text(pace=Pace(between=5.0)))
    with httpx.stream("POST", upstream.url + CHAT, json=BODY) as answer:
        next(answer.iter_bytes())
        left = time.monotonic()
    received = upstream.last.wait(2)
    assert received.hung_up
    assert received.hung_up_at is not None
    assert received.hung_up_at - left < 1.0


def test_a_hang_up_before_any_answer_is_seen(upstream: Upstream) -> None:
    upstream.play(text(pace=Pace(before_headers=30.0)))
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(upstream.url + CHAT, json=BODY, timeout=0.2)
    assert upstream.last.wait(2).hung_up


def test_a_complete_exchange_is_no_hang_up(upstream: Upstream) -> None:
    read(upstream)
    received = upstream.last.wait()
    assert received.finished_at is not None
    assert not received.hung_up


@pytest.mark.parametrize(
    ("path", "body", "where"),
    [
        ("/v1/messages", {"max_tokens": 1}, ("error", "type")),
        (CHAT, {}, ("error", "code")),
        (
            "/v1beta/models/gemini-3-pro:generateContent",
            {"contents": [{"parts": [{"text": "x"}]}]},
            ("error", "status"),
        ),
    ],
)
def test_an_error_has_the_vendors_shape_and_headers(
    upstream: Upstream, path: str, body: dict[str, Any], where: tuple[str, str]
) -> None:
    upstream.play(error(429, "slow down", retry_after="7"))
    if "contents" not in body:
        body = {"model": "m", "messages": [{"role": "user", "content": "x"}], **body}
    answer = httpx.post(upstream.url + path, json=body, headers={"anthropic-version": "2023-06-01"})
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "7"
    named = answer.json()[where[0]][where[1]]
    assert named in ("rate_limit_error", "rate_limit_exceeded", "RESOURCE_EXHAUSTED")


def test_refused_connections_are_refused() -> None:
    url, held = refusing_address()
    with held, pytest.raises(httpx.ConnectError):
        httpx.get(url)


def test_garbage_raw_bodies_and_strange_ids_leave_as_written(upstream: Upstream) -> None:
    """CUT-17: an id such as chatcmpl-424, twice."""
    whole = {**BODY, "stream": False}
    upstream.play(text(id="chatcmpl-424"), text(id="chatcmpl-424"), Reply(raw=b"<html>", content_type="text/html"))
    ids = [httpx.post(upstream.url + CHAT, json=whole).json()["id"] for _ in range(2)]
    assert ids == ["chatcmpl-424"] * 2
    assert httpx.post(upstream.url + CHAT, json=whole).text == "<html>"


def test_an_empty_text_and_an_unsigned_thought_can_be_scripted(upstream: Upstream) -> None:
    """EMP-1, THK-9."""
    upstream.play(Reply(parts=(Thinking("hm", signature=""), Text(""))))
    body = {"model": "m", "max_tokens": 1, "messages": [{"role": "user", "content": "x"}]}
    answer = httpx.post(upstream.url + "/v1/messages", json=body, headers={"anthropic-version": "2023-06-01"}).json()
    assert [block.get("signature", block.get("text")) for block in answer["content"]] == ["", ""]


def test_chunked_and_expecting_requests_are_read(upstream: Upstream) -> None:
    raw = json.dumps({**BODY, "stream": False}).encode()
    connection = http.client.HTTPConnection("127.0.0.1", upstream.port)
    connection.request("POST", CHAT, iter([raw[:10], raw[10:]]), encode_chunked=True)
    assert connection.getresponse().status == 200
    assert upstream.last.body == raw
    connection.close()


def test_a_websocket_upgrade_gets_426(upstream: Upstream) -> None:
    with socket.create_connection(("127.0.0.1", upstream.port)) as raw:
        raw.sendall(b"GET /v1/responses HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
        assert raw.recv(100).startswith(b"HTTP/1.1 426")


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="only Linux tells what a socket still holds")
def test_a_whole_answer_is_cut_only_once_its_beginning_was_read(upstream: Upstream) -> None:
    upstream.play(text(fault=Fault(cut_after_bytes=10, reset=True)))
    asked = json.dumps({**BODY, "stream": False}).encode()
    host, port = upstream.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as client:
        client.sendall(b"POST %s HTTP/1.1\r\ncontent-length: %d\r\n\r\n%s" % (CHAT.encode(), len(asked), asked))
        upstream.wait_for(1)
        time.sleep(0.3)
        assert upstream.open_connections == 1
        assert client.recv(65_536).startswith(b"HTTP/1.1 200")
        with pytest.raises(ConnectionResetError):
            client.recv(1)
