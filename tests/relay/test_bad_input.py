"""Nothing a client sends is our failure: a clear 4xx in its dialect, and a process that goes on serving."""

from __future__ import annotations

import asyncio
import copy
import json
import socket
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.chat.errors import BadRequest
from gateway.consumers.http import in_time, patience
from tests.fakes.gateway import Gateway
from tests.fakes.upstream import Upstream

from .calls import PATHS, SURFACES, Wire, ask, body, message_of, tool

DEEP = b'{"model":"auto","max_tokens":9,"input":"x","messages":[{"role":"user","content":"x"}],"x":' + b"[" * 200_000


def alive(lynkr: Gateway) -> None:
    assert lynkr.process.poll() is None
    assert ask(lynkr, "anthropic", "anth/claude-sonnet-4-5").status_code == 200


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"text"',
        b"7",
        b'{"model": "auto", }',
        b'{"model": NaN}',
        b'{"model": "\xff\xfe"}',
        b"\xff\xfe\x00",
        b"{'model': 'auto'}",
        DEEP,
        DEEP + b"]" * 200_000 + b"}",
        b"[" * 1_000_000,
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    ],
    ids=range(15),
)
@pytest.mark.parametrize("path", [*PATHS.values(), "/v1/messages/count_tokens", "/v1/embeddings"])
def test_what_is_no_json_object_is_told(lynkr: Gateway, upstream: Upstream, path: str, raw: bytes) -> None:
    answer = httpx.post(lynkr.base_url + path, content=raw, headers={"x-api-key": lynkr.keys["root"]})
    assert 400 <= answer.status_code < 500, answer.text
    assert message_of("anthropic" if "messages" in path else "openai_chat", answer.json())
    assert upstream.received == []


WRONG: list[Any] = [
    None,
    True,
    7,
    -1,
    1.5,
    "text",
    "",
    [],
    {},
    [7],
    [[]],
    [None],
    {"type": 7},
    [{"type": "text"}],
    [{"role": 7}],
]
FIELDS = {
    "anthropic": [
        "model", "messages", "system", "tools", "tool_choice", "max_tokens", "stream", "temperature", "thinking", "metadata",
        "stop_sequences", "top_k", "output_config", "context_management",
    ],
    "openai_chat": [
        "model", "messages", "tools", "tool_choice", "max_tokens", "stream", "temperature", "response_format", "stop", "n",
        "stream_options", "reasoning_effort", "functions", "logit_bias", "user",
    ],
    "openai_responses": [
        "model", "input", "instructions", "tools", "tool_choice", "max_output_tokens", "stream", "text", "reasoning", "store",
        "previous_response_id", "include", "metadata", "prompt_cache_key",
    ],
}  # fmt: skip


@pytest.mark.parametrize("surface", SURFACES)
def test_wrong_types_are_never_our_failure(lynkr: Gateway, upstream: Upstream, surface: str) -> None:
    """Each field with each wrong value, towards its own dialect and two others."""
    upstream.strict = False
    with httpx.Client(base_url=lynkr.base_url, headers={"x-api-key": lynkr.key}, timeout=20) as client:
        for field in FIELDS[surface]:
            for value in WRONG:
                for target in ("anth/claude-sonnet-4-5", "chat/gpt-4o", "gem/gemini-2.5-pro"):
                    sent = {**body(surface, target), field: value}
                    answer = client.post(PATHS[surface], json=sent)
                    assert answer.status_code < 500, (field, value, target, answer.text)
                    if answer.status_code >= 400:
                        assert message_of(surface, answer.json()), (field, value)
    alive(lynkr)


def test_a_body_that_is_too_large_is_refused_before_it_is_read(lynkr: Gateway, upstream: Upstream) -> None:
    """Only its length was sent."""
    for surface in SURFACES:
        with Wire(lynkr, PATHS[surface], b"{", length=100 * 1024 * 1024) as wire:
            wire.rest()
        assert wire.status == 413
        assert "32 MB" in message_of(surface, json.loads(wire.body))
    alive(lynkr)


def test_a_large_body_in_chunks_is_refused_at_the_limit(lynkr: Gateway, upstream: Upstream) -> None:
    address = ("127.0.0.1", int(lynkr.base_url.rsplit(":", 1)[1]))
    head = f"POST /v1/messages HTTP/1.1\r\nhost: x\r\nx-api-key: {lynkr.key}\r\ntransfer-encoding: chunked\r\n\r\n"
    sent, piece = 0, b"100000\r\n" + b" " * 0x100000 + b"\r\n"
    with socket.create_connection(address) as raw:
        raw.settimeout(10)
        raw.sendall(head.encode())
        try:
            while sent < 100:
                raw.sendall(piece)
                sent += 1
        except OSError:
            pass
        try:
            answer = raw.recv(65536)
        except ConnectionResetError:
            answer = b""
    assert answer.startswith(b"HTTP/1.1 413") or (not answer and sent < 100)
    alive(lynkr)


def test_huge_headers_are_refused(lynkr: Gateway, upstream: Upstream) -> None:
    for count, size in ((1, 200_000), (5000, 100)):
        headers = [(f"x-{number}", "v" * size) for number in range(count)]
        try:
            answer = httpx.post(lynkr.base_url + "/v1/messages", json={}, headers=headers)
        except httpx.HTTPError:
            continue
        assert answer.status_code == 431
    alive(lynkr)


def test_strange_headers_do_no_harm(lynkr: Gateway, upstream: Upstream) -> None:
    strange = [
        (b"x-api-key", lynkr.key.encode()),
        (b"anthropic-version", b"\xff\xfe"),
        (b"anthropic-beta", b"a,b\xe9,," + b"c" * 2000),
        (b"user-agent", b"\xe2\x82\xac" * 20),
        (b"session-id", b"\x80" * 300),
        (b"x-client-request-id", b"\xff" * 300),
        (b"content-type", b"text/plain; charset=\xff"),
    ]
    for surface in SURFACES:
        answer = httpx.post(lynkr.base_url + PATHS[surface], json=body(surface), headers=strange)
        assert answer.status_code == 200, answer.text
        lynkr.operation(answer)


@pytest.mark.parametrize("surface", SURFACES)
def test_lone_surrogates_and_nul_reach_the_books(lynkr: Gateway, upstream: Upstream, surface: str) -> None:
    """JavaScript clients cut strings between surrogates; Postgres takes no NUL."""
    upstream.strict = False
    for model in ("auto", "no\\u0000such\\ud83d"):
        raw = json.dumps(body(surface, "MODEL")).replace("What does", "\\ud83d \\u0000 What").replace("MODEL", model)
        answer = httpx.post(lynkr.base_url + PATHS[surface], content=raw, headers={"x-api-key": lynkr.key})
        assert answer.status_code == (200 if model == "auto" else 404), answer.text
        lynkr.operation(answer)


RICH: dict[str, dict[str, Any]] = {
    "anthropic": {
        "system": [{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}],
        "messages": [
            {"role": "user", "content": [{"type": "text", "text": "Weather?"}]},
            {
                "role": "assistant",
                "content": [
                    {"type": "thinking", "thinking": "Hm.", "signature": "c2ln"},
                    {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {"city": "Bern"}},
                ],
            },
            {
                "role": "user",
                "content": [
                    {"type": "tool_result", "tool_use_id": "toolu_1", "content": [{"type": "text", "text": "sunny"}]}
                ],
            },
        ],
        "tool_choice": {"type": "auto"},
        "thinking": {"type": "enabled", "budget_tokens": 1024},
        "metadata": {"user_id": "u"},
    },
    "openai_chat": {
        "messages": [
            {"role": "system", "content": "Be brief."},
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "Weather?"},
                    {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk="}},
                ],
            },
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "weather", "arguments": "{}"}}],
            },
            {"role": "tool", "tool_call_id": "c1", "content": "sunny"},
        ],
        "response_format": {"type": "json_schema", "json_schema": {"name": "r", "schema": {"type": "object"}}},
        "stop": ["x"],
    },
    "openai_responses": {
        "input": [
            {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Weather?"}]},
            {
                "type": "reasoning",
                "id": "rs_1",
                "summary": [{"type": "summary_text", "text": "Hm."}],
                "encrypted_content": "c2ln",
            },
            {"type": "function_call", "call_id": "c1", "name": "weather", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "c1", "output": "sunny"},
        ],
        "text": {"format": {"type": "json_schema", "name": "r", "schema": {"type": "object"}}},
        "reasoning": {"effort": "low"},
        "store": False,
    },
}
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=12),
    st.sampled_from(["auto", "tool", "text", "image", "user", "assistant", "\ud83d", "\0", "x" * 5000]),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)),
    max_leaves=6,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, inner in items for place in [(*path, key), *places(inner, (*path, key))]]


def mutated(data: st.DataObject, surface: str) -> dict[str, Any]:
    """A valid body with one to three values replaced, dropped, doubled or wrapped."""
    sent: Any = copy.deepcopy({**body(surface), **RICH[surface], "tools": [tool(surface)]})
    for _ in range(data.draw(st.integers(1, 3))):
        where = data.draw(st.sampled_from(places(sent) or [("model",)]))
        holder = sent
        for step in where[:-1]:
            holder = holder[step]
        what = data.draw(st.sampled_from(["replace", "drop", "double", "wrap", "add"]))
        if what == "drop":
            del holder[where[-1]]
        elif what == "double" and isinstance(holder, list):
            holder.append(copy.deepcopy(holder[where[-1]]))
        elif what == "wrap":
            holder[where[-1]] = [holder[where[-1]]]
        elif what == "add" and isinstance(holder, dict):
            holder[data.draw(st.text(max_size=8))] = data.draw(VALUES)
        else:
            holder[where[-1]] = data.draw(VALUES)
    return sent


@pytest.mark.parametrize("surface", SURFACES)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(data=st.data())
def test_a_mutated_body_is_never_our_failure(
    lynkr: Gateway, upstream: Upstream, surface: str, data: st.DataObject
) -> None:
    """Whatever the model: served, or refused with a 4xx in the caller's dialect. A provider's refusal is one too."""
    upstream.strict = False
    sent = mutated(data, surface)
    targets = [
        "auto",
        "anth/claude-sonnet-4-5",
        "chat/gpt-4o",
        "resp/gpt-4o",
        "gem/gemini-2.5-pro",
        "bed/claude-sonnet-4-5",
        "oll/llama3.2",
    ]
    if isinstance(sent.get("model"), str) and sent["model"] == "auto":
        sent["model"] = data.draw(st.sampled_from(targets))
    raw = json.dumps(sent)
    answer = httpx.post(lynkr.base_url + PATHS[surface], content=raw, headers={"x-api-key": lynkr.key}, timeout=20)
    assert answer.status_code < 500, (raw, answer.text)
    if answer.status_code >= 400:
        assert message_of(surface, answer.json())
    assert lynkr.process.poll() is None


def test_the_process_counts_no_defects(lynkr: Gateway) -> None:
    """After all of the above (this runs last in its file)."""
    lines = httpx.get(lynkr.base_url + "/metrics").text.splitlines()
    assert [line for line in lines if line.startswith("lynkr_defects_total") and not line.endswith(" 0.0")] == []
    alive(lynkr)


@pytest.mark.parametrize("path", ["/api/event_logging/batch", "/v1/no/such/path", "/v1/chat/completions"])
def test_who_has_no_key_keeps_no_place_by_sending_slowly(lynkr: Gateway, path: str) -> None:
    """Two thousand such senders would otherwise be all that a process takes: answered before the body has come."""
    with socket.create_connection(("127.0.0.1", int(lynkr.base_url.rpartition(":")[2])), timeout=5) as wire:
        wire.sendall(f"POST {path} HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n{{".encode())
        assert wire.recv(4096).startswith(b"HTTP/1.1 ")


async def test_a_body_that_does_not_arrive_is_not_waited_for() -> None:
    async def silent() -> None:
        await asyncio.Event().wait()

    with pytest.raises(BadRequest) as told:
        await in_time(silent, asyncio.get_running_loop().time() + 0.05)
    assert told.value.http_status == 408


def test_a_body_that_drips_is_given_up_sooner_than_one_that_flows() -> None:
    """A byte now and then keeps a place for half a minute; 32 MB over a slow line may take five."""
    assert patience(0) == 30
    assert patience(20) < 31
    assert 90 < patience(1024 * 1024) < 100
    assert patience(32 * 1024 * 1024) == 300


def test_the_admin_takes_no_body_without_end_from_strangers(lynkr: Gateway) -> None:
    """Django spools a body to disk before it looks at who sent it: 300 MB from nobody were taken in two seconds."""
    port = int(lynkr.base_url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=5) as wire:
        wire.sendall(b"POST /admin/login/ HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 300000000\r\n\r\n")
        with pytest.raises(ConnectionError):
            wire.sendall(b"x" * 100_000_000)
    alive(lynkr)


@pytest.mark.parametrize(("field", "count"), [("messages", 100_001), ("tools", 4_097)])
def test_a_request_of_countless_items_is_refused_before_it_costs_time(lynkr: Gateway, field: str, count: int) -> None:
    """One request of 800,000 tiny messages once held the event loop for five seconds."""
    item = {"role": "user", "content": "x"} if field == "messages" else {"name": "t", "input_schema": {}}
    body = {"model": "auto", "max_tokens": 5, "messages": [{"role": "user", "content": "hi"}], field: [item] * count}
    answer = httpx.post(f"{lynkr.base_url}/v1/messages", json=body, headers={"x-api-key": lynkr.key}, timeout=30)
    assert answer.status_code == 400
    assert field in answer.json()["error"]["message"]
