"""The upstream client against real sockets that refuse, reset, cut, stall and dribble."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from gateway.chat.errors import UpstreamBroken, UpstreamTimeout, UpstreamUnavailable
from gateway.providers.account import Deadlines
from gateway.providers.transport import StaleConnection
from gateway.providers.upstream import Upstream, failure
from gateway.providers.vendor import Call

from .scripted import END, HEAD, answer, closed_by_peer, piece, playing, request_of, reset

DEADLINES = Deadlines(connect=2.0)


@pytest_asyncio.fixture
async def upstream() -> AsyncIterator[Upstream]:
    made = Upstream()
    yield made
    await made.aclose()


def post(url: str, body: bytes = b"{}", **headers: str) -> Call:
    return Call("POST", url, {"content-type": "application/json", **headers}, body)


async def test_a_call_arrives_as_it_was_written(upstream: Upstream) -> None:
    """Nothing is added that could identify a tenant, and the path keeps its escapes (Bedrock signs them)."""
    seen: list[tuple[bytes, bytes]] = []

    async def script(reader, writer):
        seen.append(await request_of(reader))
        writer.write(answer(b'{"ok":true}', b"X-Request-Id: r1\r\nSet-Cookie: a=b\r\n"))

    async with playing(script) as base:
        response = await upstream.send(
            post(f"{base}/model/arn%3Aaws%3Abedrock%2Fx/converse?a=%20b", b'{"a":1}', authorization="Bearer k"),
            deadlines=DEADLINES,
            stream=False,
        )
        assert (response.status, response.headers["x-request-id"]) == (200, "r1")
        assert await response.read(1000) == b'{"ok":true}'
        await response.aclose()
    head, body = seen[0]
    lines = head.decode().split("\r\n")
    assert lines[0] == "POST /model/arn%3Aaws%3Abedrock%2Fx/converse?a=%20b HTTP/1.1"
    assert body == b'{"a":1}'
    names = {line.split(":")[0].lower() for line in lines[1:] if line}
    assert names == {"host", "content-type", "authorization", "accept", "accept-encoding", "content-length"}


async def test_cookies_of_a_provider_are_never_sent_back(upstream: Upstream) -> None:
    """A shared client that keeps cookies carries one tenant's session to another."""
    heads: list[bytes] = []

    async def script(reader, writer):
        while True:
            heads.append((await request_of(reader))[0])
            writer.write(answer(b"{}", b"Set-Cookie: session=alice\r\n"))

    async with playing(script) as base:
        named = base.replace("127.0.0.1", "localhost")  # cookie jars do not keep cookies of bare addresses
        for _ in range(2):
            response = await upstream.send(post(named), deadlines=DEADLINES, stream=False)
            await response.read(100)
            await response.aclose()
    assert len(heads) == 2
    assert b"cookie" not in heads[1].lower()


async def test_a_redirect_is_not_followed(upstream: Upstream) -> None:
    """LEK-9: the credential in the headers belongs to the host it was configured for."""

    async def script(reader, writer):
        await request_of(reader)
        writer.write(b"HTTP/1.1 307 Moved\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n")

    async with playing(script) as base:
        response = await upstream.send(post(base), deadlines=DEADLINES, stream=False)
        assert response.status == 307
        await response.aclose()


async def test_a_refused_connection_is_a_connect_error(upstream: Upstream) -> None:
    """Refused, reset and closed must be told apart: only the first is certainly safe to send again."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
        with pytest.raises(httpx.ConnectError) as caught:
            await upstream.send(post(f"http://127.0.0.1:{port}/"), deadlines=DEADLINES, stream=False)
    assert isinstance(failure(caught.value), UpstreamUnavailable)
    assert str(port) not in str(caught.value)


async def test_a_host_that_does_not_accept_is_a_connect_timeout(upstream: Upstream) -> None:
    """A listener with a full backlog drops the SYN, as a dead host does."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(0)
    fillers = []
    for _ in range(4):
        filler = socket.socket()
        filler.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            filler.connect(listener.getsockname())
        fillers.append(filler)
    await asyncio.sleep(0.05)
    try:
        with pytest.raises(httpx.ConnectTimeout) as caught:
            await upstream.send(
                post(f"http://127.0.0.1:{listener.getsockname()[1]}/"), deadlines=Deadlines(connect=0.2), stream=False
            )
        assert failure(caught.value).error_code == "connect_timeout"
    finally:
        for one in [*fillers, listener]:
            one.close()


async def test_an_unknown_host_is_a_connect_error(upstream: Upstream) -> None:
    with pytest.raises(httpx.ConnectError):
        await upstream.send(post("http://no-such-host.invalid/"), deadlines=DEADLINES, stream=False)


async def test_a_reset_before_the_answer_is_a_read_error_and_not_a_timeout(upstream: Upstream) -> None:
    """On a fresh connection a model may have begun to work: not stale, not sent again here."""
    count = 0

    async def script(reader, writer):
        nonlocal count
        count += 1
        await request_of(reader)
        reset(writer)

    async with playing(script) as base:
        with pytest.raises(httpx.ReadError) as caught:
            await upstream.send(post(base), deadlines=DEADLINES, stream=False)
    assert not isinstance(caught.value, StaleConnection)
    assert isinstance(failure(caught.value), UpstreamBroken)
    assert count == 1


async def test_a_close_before_the_answer_is_a_protocol_error(upstream: Upstream) -> None:
    async def script(reader, writer):
        await request_of(reader)

    async with playing(script) as base:
        with pytest.raises(httpx.RemoteProtocolError) as caught:
            await upstream.send(post(base), deadlines=DEADLINES, stream=False)
    assert not isinstance(caught.value, StaleConnection)


@pytest.mark.parametrize("rude", [True, False])
async def test_a_connection_closed_while_idle_is_replaced_once(upstream: Upstream, rude: bool) -> None:
    """The server read nothing of the second request on the old connection, so sending it anew is safe."""
    connections = 0

    async def script(reader, writer):
        nonlocal connections
        connections += 1
        await request_of(reader)
        writer.write(answer(b"{}"))
        if connections == 1:
            await request_of(reader)
            if rude:
                reset(writer)

    async with playing(script) as base:
        for _ in range(2):
            response = await upstream.send(post(base), deadlines=DEADLINES, stream=False)
            assert await response.read(100) == b"{}"
            await response.aclose()
    assert connections == 2


async def test_an_answer_that_is_not_http_is_a_protocol_error(upstream: Upstream) -> None:
    async def script(reader, writer):
        await request_of(reader)
        writer.write(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")

    async with playing(script) as base:
        with pytest.raises(httpx.RemoteProtocolError):
            await upstream.send(post(base), deadlines=DEADLINES, stream=False)


async def test_the_parts_of_a_stream_arrive_when_they_are_sent(upstream: Upstream) -> None:
    """A first token held back for the next one is latency the user sees."""
    gate = asyncio.Event()

    async def script(reader, writer):
        await request_of(reader)
        writer.write(HEAD + piece(b"data: 1\n\n"))
        await gate.wait()
        writer.write(piece(b"data: 2\n\n") + END)

    async with playing(script) as base:
        response = await upstream.send(post(base), deadlines=DEADLINES, stream=True)
        parts = response.chunks()
        async with asyncio.timeout(2):
            assert await anext(parts) == b"data: 1\n\n"
            gate.set()
            assert await anext(parts) == b"data: 2\n\n"
            with pytest.raises(StopAsyncIteration):
                await anext(parts)
        await response.aclose()


@pytest.mark.parametrize("rude", [True, False])
async def test_a_cut_stream_raises_after_its_last_bytes(upstream: Upstream, rude: bool) -> None:
    """CUT-9: a body that ends before its end is never taken for a whole one."""

    async def script(reader, writer):
        await request_of(reader)
        writer.write(HEAD + piece(b"data: 1\n\n"))
        await writer.drain()
        await asyncio.sleep(0.05)
        if rude:
            reset(writer)

    async with playing(script) as base:
        response = await upstream.send(post(base), deadlines=DEADLINES, stream=True)
        parts = response.chunks()
        assert await anext(parts) == b"data: 1\n\n"
        with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)) as caught:
            await anext(parts)
        await response.aclose()
    assert isinstance(failure(caught.value), UpstreamBroken)


async def test_closing_an_unfinished_stream_closes_the_socket_at_once(upstream: Upstream) -> None:
    """DJG-2: a hang-up must stop the provider's work."""
    gone = asyncio.get_running_loop().create_future()

    async def script(reader, writer):
        await request_of(reader)
        writer.write(HEAD + piece(b"data: 1\n\n"))
        gone.set_result(await closed_by_peer(reader, 1.0))

    async with playing(script) as base:
        response = await upstream.send(post(base), deadlines=DEADLINES, stream=True)
        assert await anext(response.chunks()) == b"data: 1\n\n"
        await response.aclose()
        assert await gone


async def test_a_cancelled_caller_closes_the_socket(upstream: Upstream) -> None:
    gone = asyncio.get_running_loop().create_future()
    arrived = asyncio.Event()

    async def script(reader, writer):
        await request_of(reader)
        arrived.set()
        gone.set_result(await closed_by_peer(reader, 1.0))

    async with playing(script) as base:
        task = asyncio.create_task(upstream.send(post(base), deadlines=DEADLINES, stream=True))
        await arrived.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await gone


async def test_a_read_body_gives_its_connection_back(upstream: Upstream) -> None:
    connections = 0

    async def script(reader, writer):
        nonlocal connections
        connections += 1
        while True:
            await request_of(reader)
            writer.write(HEAD + piece(b"data: 1\n\n") + END)

    async with playing(script) as base:
        for _ in range(3):
            response = await upstream.send(post(base), deadlines=DEADLINES, stream=True)
            response.watch(5)
            assert await response.read(100) == b"data: 1\n\n"
            await response.aclose()
    assert connections == 1


async def test_a_silent_stream_ends_at_its_idle_deadline(upstream: Upstream) -> None:
    """CCD-12: our own idle deadline decides, whatever the client's is."""
    gone = asyncio.get_running_loop().create_future()

    async def script(reader, writer):
        await request_of(reader)
        writer.write(HEAD + piece(b"data: 1\n\n"))
        gone.set_result(await closed_by_peer(reader, 2.0))

    async with playing(script) as base:
        response = await upstream.send(post(base), deadlines=DEADLINES, stream=True)
        response.watch(0.2)
        parts = response.chunks()
        assert await anext(parts) == b"data: 1\n\n"
        with pytest.raises(httpx.ReadTimeout) as caught:
            await anext(parts)
        assert await gone
        await response.aclose()
    assert isinstance(failure(caught.value), UpstreamTimeout)


async def test_a_slow_reader_is_not_taken_for_a_silent_provider(upstream: Upstream) -> None:
    async def script(reader, writer):
        await request_of(reader)
        writer.write(HEAD + piece(b"1"))
        await asyncio.sleep(0.3)
        writer.write(piece(b"2") + END)

    async with playing(script) as base:
        response = await upstream.send(post(base), deadlines=DEADLINES, stream=True)
        response.watch(0.15)
        parts = response.chunks()
        assert await anext(parts) == b"1"
        await asyncio.sleep(0.4)
        assert await anext(parts) == b"2"
        await response.aclose()


async def test_a_dribbling_stream_outlives_its_idle_deadline(upstream: Upstream) -> None:
    """The deadline is between two reads, not for the whole body."""

    async def script(reader, writer):
        await request_of(reader)
        writer.write(HEAD)
        for _ in range(8):
            writer.write(piece(b"x"))
            await asyncio.sleep(0.05)
        writer.write(END)

    async with playing(script) as base:
        response = await upstream.send(post(base), deadlines=DEADLINES, stream=True)
        response.watch(0.25)
        assert await response.read(100) == b"x" * 8
        await response.aclose()
