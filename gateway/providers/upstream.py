"""Sending a `Call` to a provider: what the pipeline uses of the transport."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator, Callable

import aiohttp
import httpx

from gateway.chat.errors import (
    InternalError,
    UpstreamBroken,
    UpstreamError,
    UpstreamTimeout,
    UpstreamUnavailable,
)

from .account import Deadlines
from .transport import AiohttpTransport, BodyStream, StaleConnection
from .vendor import Call

_FETCH_LIMIT = 1024 * 1024
_FETCH_SECONDS = 20.0
_EXPANSION = 64 * 1024
DEFAULT_LIMIT = 64 * 1024 * 1024


class AnswerTooLarge(httpx.RemoteProtocolError):
    """The body is longer than the caller's limit; the connection is dropped."""


class UpstreamResponse:
    """A provider's answer, its body not yet read. `headers` have lower-case names, the last of a repeated one wins.

    Read it by `read` or by `chunks`, and call `aclose` in any case; only a body read to its end keeps the connection."""

    __slots__ = ("_inflate", "_response", "_stream", "headers", "status")

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response
        self._stream = BodyStream(response)
        self.status = response.status
        self.headers: dict[str, str] = {
            name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.raw_headers
        }
        encoding = self.headers.get("content-encoding", "")
        self._inflate = _decompressor(encoding) if encoding and encoding != "identity" else None

    @property
    def raw_headers(self) -> tuple[tuple[bytes, bytes], ...]:
        return tuple(self._response.raw_headers)

    def watch(self, idle: float | None) -> None:
        """Give the reads from now on an idle deadline in seconds: `httpx.ReadTimeout`. None: no more."""
        self._stream.watch(idle)

    async def read(self, limit: int = DEFAULT_LIMIT) -> bytes:
        """The whole body. Raises `AnswerTooLarge` past `limit` bytes, httpx exceptions when it is cut."""
        parts: list[bytes] = []
        size = 0
        async for data in self.chunks():
            parts.append(data)
            size += len(data)
            if size > limit:
                self._stream.close()
                raise AnswerTooLarge("The provider's answer is too large.")
        return b"".join(parts)

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body's bytes as they arrive."""
        stream, inflate = self._stream, self._inflate
        if inflate is None:
            while data := await stream.read():
                yield data
            return
        while data := await stream.read():
            try:
                while data:
                    plain = inflate.decompress(data, _EXPANSION)
                    if plain:
                        yield plain
                    data = inflate.unconsumed_tail
            except zlib.error as error:
                raise httpx.DecodingError("The provider's compressed answer is damaged.") from error
        if tail := inflate.flush():
            yield tail

    async def aclose(self) -> None:
        self._stream.close()

    def close(self) -> None:
        """`aclose` without a suspension point, for use while a task is being cancelled."""
        self._stream.close()


class Upstream:
    """One for the process. `ca_file`, `proxy`, `limit`: see `AiohttpTransport`."""

    def __init__(self, *, ca_file: str | None = None, proxy: str | None = None, limit: int = 0) -> None:
        self.transport = AiohttpTransport(ca_file=ca_file, proxy=proxy, limit=limit)

    async def send(
        self, call: Call, *, deadlines: Deadlines, stream: bool, on_sent: Callable[[], None] | None = None
    ) -> UpstreamResponse:
        """Until the answer's headers are here. Only connecting has a deadline; put a timeout around this for the first
        token and call `watch` on the response after it. A cancelled caller closes the socket. A stale connection is tried
        once more on another. `on_sent` is called when the request goes out. Raises httpx exceptions (see `failure`)."""
        headers = dict(call.headers)
        headers.setdefault("accept", "text/event-stream" if stream else "application/json")
        headers["accept-encoding"] = "identity"
        open_ = self.transport.open
        try:
            response = await open_(call.method, call.url, headers, call.body, deadlines.connect, on_sent)
        except StaleConnection:
            response = await open_(call.method, call.url, headers, call.body, deadlines.connect, on_sent)
        try:
            return UpstreamResponse(response)
        except httpx.DecodingError:
            response.close()
            raise

    async def fetch(self, call: Call) -> tuple[int, bytes]:
        """A small side call (a token exchange, a model list) read whole: (status, body). Raises httpx exceptions."""
        try:
            async with asyncio.timeout(_FETCH_SECONDS):
                response = await self.send(call, deadlines=Deadlines(), stream=False)
                try:
                    return response.status, await response.read(_FETCH_LIMIT)
                finally:
                    response.close()
        except TimeoutError as error:
            raise httpx.ReadTimeout("A side call to the provider took too long.") from error

    async def aclose(self) -> None:
        await self.transport.aclose()


def failure(error: Exception) -> UpstreamError | InternalError:
    """The gateway's error for what `send`, `read` or `chunks` raised. `retryable` of a failure while connecting or on a
    cut answer is True; whether it is still allowed (commit point) is the pipeline's to say."""
    message = str(error) or "The call to the provider failed."
    if isinstance(error, httpx.ConnectTimeout):
        return UpstreamTimeout(message, code="connect_timeout")
    if isinstance(error, httpx.TimeoutException | TimeoutError):
        return UpstreamTimeout(message)
    if isinstance(error, httpx.ConnectError | httpx.ProxyError):
        return UpstreamUnavailable(message, code="connect_failed")
    if isinstance(error, httpx.UnsupportedProtocol):
        return UpstreamUnavailable(message, code="provider_misconfigured")
    if isinstance(error, httpx.HTTPError):
        return UpstreamBroken(message)
    return InternalError("The call to the provider failed.")


def _decompressor(encoding: str) -> zlib._Decompress:
    """gzip or deflate, sent although identity was asked for. Others cannot be read."""
    if encoding in ("gzip", "x-gzip", "deflate"):
        return zlib.decompressobj(wbits=47)  # 32 + 15: zlib or gzip, told by the header
    raise httpx.DecodingError("The provider compressed its answer in a way nobody asked for.")
