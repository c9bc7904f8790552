"""The upstream client with large, compressed and refused bodies, and over TLS."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from gateway.providers.account import Deadlines
from gateway.providers.transport import AiohttpTransport
from gateway.providers.upstream import AnswerTooLarge, Upstream, failure
from gateway.providers.vendor import Call

from .scripted import HEAD, answer, closed_by_peer, piece, playing, request_of

DEADLINES = Deadlines(connect=2.0)


@pytest_asyncio.fixture
async def upstream() -> AsyncIterator[Upstream]:
    made = Upstream()
    yield made
    await made.aclose()


def post(url: str, body: bytes = b"{}", **headers: str) -> Call:
    return Call("POST", url, {"content-type": "application/json", **headers}, body)


async def test_a_body_over_the_limit_is_dropped(upstream: Upstream) -> None:
    """MEM-7: nobody may fill our memory with an endless answer."""
    gone = asyncio.get_running_loop().create_future()

    async def script(reader, writer):
        await request_of(reader)
        writer.write(HEAD + piece(b"x" * 5000))
        gone.set_result(await closed_by_peer(reader))

    async with playing(script) as base:
        response = await upstream.send(post(base), deadlines=DEADLINES, stream=False)
        with pytest.raises(AnswerTooLarge):
            await response.read(1000)
        assert await gone


async def test_a_large_request_goes_out_whole(upstream: Upstream) -> None:
    """Agent requests with images are megabytes; the library's own warning about them would fail this test."""
    body = b'{"x":"' + b"a" * 5_000_000 + b'"}'
    seen: list[bytes] = []

    async def script(reader, writer):
        seen.append((await request_of(reader))[1])
        writer.write(answer(b"{}"))

    async with playing(script) as base:
        response = await upstream.send(post(base, body), deadlines=DEADLINES, stream=False)
        await response.read(100)
        await response.aclose()
    assert seen == [body]


async def test_a_compressed_answer_nobody_asked_for_is_still_read(upstream: Upstream) -> None:
    packed = gzip.compress(b'{"text":"' + b"long " * 60_000 + b'"}')

    async def script(reader, writer):
        head, _ = await request_of(reader)
        assert b"accept-encoding: identity" in head.lower()
        writer.write(answer(packed, b"content-encoding: gzip\r\n"))

    async with playing(script) as base:
        response = await upstream.send(post(base), deadlines=DEADLINES, stream=False)
        assert await response.read(1_000_000) == gzip.decompress(packed)
        await response.aclose()


async def test_a_compression_bomb_stops_at_the_limit(upstream: Upstream) -> None:
    packed = gzip.compress(b"0" * 50_000_000)

    async def script(reader, writer):
        await request_of(reader)
        writer.write(answer(packed, b"content-encoding: gzip\r\n"))

    async with playing(script) as base:
        response = await upstream.send(post(base), deadlines=DEADLINES, stream=False)
        with pytest.raises(AnswerTooLarge):
            await response.read(200_000)


async def test_a_side_call_gives_status_and_body(upstream: Upstream) -> None:
    async def script(reader, writer):
        await request_of(reader)
        writer.write(answer(b'{"access_token":"t"}'))

    async with playing(script) as base:
        assert await upstream.fetch(post(base)) == (200, b'{"access_token":"t"}')


async def test_no_error_text_names_an_address_or_a_key(upstream: Upstream) -> None:
    """LEK-4, LEK-7: what goes into logs and answers holds neither the key nor where it was sent."""
    for url in ("http://127.0.0.1:1/secret-path", "ftp://example.invalid/", "http:///nothing"):
        with pytest.raises(httpx.HTTPError) as caught:
            await upstream.send(post(url, authorization="Bearer canary"), deadlines=DEADLINES, stream=False)
        text = str(caught.value) + str(failure(caught.value))
        assert "canary" not in text
        assert "secret-path" not in text
        assert "127.0.0.1" not in text


async def test_the_transport_serves_an_httpx_client() -> None:
    """The transport is httpx's interface, so everything written for httpx may use the same pool."""

    async def script(reader, writer):
        head, body = await request_of(reader)
        writer.write(answer(b'{"path":"' + head.split(b" ")[1] + b'","got":' + body + b"}", b"X-A: 1\r\nX-A: 2\r\n"))

    async with playing(script) as base, httpx.AsyncClient(transport=AiohttpTransport()) as client:
        response = await client.post(f"{base}/v1/x", json={"a": 1})
        assert response.json() == {"path": "/v1/x", "got": {"a": 1}}
        assert response.headers.get_list("x-a") == ["1", "2"]


@pytest.mark.parametrize("rude", [True, False])
async def test_an_early_refusal_of_a_large_request_is_read(upstream: Upstream, rude: bool) -> None:
    """A provider that answers 401 or 413 without reading a megabyte body must not look like a broken connection."""

    async def script(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        body = b'{"error":{"type":"request_too_large"}}'
        writer.write(b"HTTP/1.1 413 Too Large\r\nconnection: close\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body))
        await writer.drain()
        await asyncio.sleep(0.1)
        if not rude:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(1):
                    while await reader.read(2**20):
                        pass

    async with playing(script) as base:
        response = await upstream.send(post(base, b"x" * 8_000_000), deadlines=DEADLINES, stream=False)
        assert response.status == 413
        assert b"request_too_large" in await response.read(1000)
        await response.aclose()


def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A self-signed certificate for localhost and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(
            name, name, key.public_key(), x509.random_serial_number(), now - timedelta(1), now + timedelta(1)
        )
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    chain, secret = tmp_path / "cert.pem", tmp_path / "key.pem"
    chain.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return chain, secret


async def test_tls_is_verified_and_a_hang_up_closes_it_at_once(tmp_path: Path) -> None:
    chain, secret = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, secret)
    loop = asyncio.get_running_loop()
    gone = asyncio.Event()

    class Answering(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self.transport = transport

        def data_received(self, data: bytes) -> None:
            if data.endswith(b"{}"):
                self.transport.write(HEAD + piece(b"data: 1\n\n"))

        def connection_lost(self, error: Exception | None) -> None:
            gone.set()

    server = await loop.create_server(Answering, "127.0.0.1", 0, ssl=context)
    url = f"https://localhost:{server.sockets[0].getsockname()[1]}/"
    strict, trusting = Upstream(), Upstream(ca_file=str(chain))
    try:
        with pytest.raises(httpx.ConnectError, match="certificate"):
            await strict.send(post(url), deadlines=DEADLINES, stream=True)
        gone.clear()
        response = await trusting.send(post(url), deadlines=DEADLINES, stream=True)
        assert await anext(response.chunks()) == b"data: 1\n\n"
        response.close()
        async with asyncio.timeout(1):
            await gone.wait()
    finally:
        await strict.aclose()
        await trusting.aclose()
        server.close()
