"""The HTTP transport of the data plane: httpx's transport interface over one aiohttp connection pool.

httpx alone streams about seven times dearer. What this takes care of:

* no cookies kept, no redirects followed, no environment proxies, no decompression here (a shared client must not carry one
  tenant's state to another);
* every failure becomes the httpx exception that says what happened, so that only a failure which cannot have reached a
  model is sent again. `StaleConnection` is such a one: the server had closed a kept-alive connection (RFC 9112, 9.3.1);
* a body arrives as it came from the socket, never cut or joined anew;
* closing an unfinished response aborts its socket at once, so a hang-up stops the provider's work (and its bill).
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Callable
from contextvars import ContextVar
from functools import lru_cache
from typing import Any

import aiohttp
import certifi
import httpx
from aiohttp.payload import Payload
from yarl import URL

_WRITE_SIZE = 256 * 1024
_KEEPALIVE_SECONDS = 30.0
_DNS_CACHE_SECONDS = 60
_READ_BUFFER = 64 * 1024
_HEADER_LIMIT = 64 * 1024
# A server that drops an idle connection does so at once; after this time a model may have begun to work.
_STALE_WITHIN = 1.0
_AUTOMATIC = ("User-Agent", "Accept", "Accept-Encoding", "Content-Type")


class StaleConnection(httpx.RemoteProtocolError):
    """The server closed a reused connection before it answered: the request may be sent once more, safely."""


class _Attempt:
    """What one request learns about its connection."""

    __slots__ = ("on_sent", "reused", "sent_at")

    def __init__(self, on_sent: Callable[[], None] | None) -> None:
        self.on_sent = on_sent
        self.reused = False
        self.sent_at = 0.0


_attempt: ContextVar[_Attempt | None] = ContextVar("lynkr_upstream_attempt", default=None)


class _Connector(aiohttp.TCPConnector):
    """Tells the running request whether its connection had served one before."""

    async def connect(self, req: Any, traces: Any, timeout: Any) -> Any:
        connection = await super().connect(req, traces, timeout)
        attempt = _attempt.get()
        if attempt is not None:
            protocol: Any = connection.protocol
            attempt.reused = getattr(protocol, "lynkr_used", False)
            protocol.lynkr_used = True
            attempt.sent_at = time.monotonic()
            if attempt.on_sent is not None:
                attempt.on_sent()
        return connection


class _Body(Payload):
    """A request body of bytes; a large one is written in slices, so that the event loop gets its turn between them."""

    _autoclose = True

    def __init__(self, value: bytes) -> None:
        super().__init__(value, content_type="application/json")
        self._size = len(value)

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        return str(self._value, encoding, errors)

    async def as_bytes(self, encoding: str = "utf-8", errors: str = "strict") -> bytes:
        value: bytes = self._value
        return value

    async def write(self, writer: Any) -> None:
        await self.write_with_length(writer, None)

    async def write_with_length(self, writer: Any, content_length: int | None) -> None:
        value = self._value if content_length is None else self._value[:content_length]
        if len(value) <= _WRITE_SIZE:
            await writer.write(value)
            return
        view = memoryview(value)
        for start in range(0, len(view), _WRITE_SIZE):
            await writer.write(view[start : start + _WRITE_SIZE])


class BodyStream(httpx.AsyncByteStream):
    """A response body as it arrives. `watch` gives it an idle deadline: one timer, not one per read. Only time spent waiting
    for the server counts, so a slow reader on our side is not taken for a silent provider."""

    __slots__ = ("_content", "_idle", "_loop", "_response", "_timer", "_waiting_since")

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response
        self._content = response.content
        self._loop = asyncio.get_running_loop()
        self._idle: float | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._waiting_since: float | None = None

    def watch(self, idle: float | None) -> None:
        """From now on raise `httpx.ReadTimeout` when the server is silent for `idle` seconds during one read."""
        self._stop_timer()
        self._idle = idle
        if idle is not None and not self._content.at_eof():
            if self._waiting_since is not None:
                self._waiting_since = self._loop.time()
            self._timer = self._loop.call_later(idle, self._check)

    def _check(self) -> None:
        self._timer = None
        idle = self._idle
        if idle is None or self._content.at_eof():
            return
        since = self._waiting_since
        left = idle if since is None else since + idle - self._loop.time()
        if left > 0:
            self._timer = self._loop.call_later(left, self._check)
            return
        self._content.set_exception(httpx.ReadTimeout(f"The provider sent nothing for {idle:g} seconds."))
        self._abort()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    async def read(self) -> bytes:
        """What has arrived, waiting for at least one byte; b"" at the end. Raises httpx exceptions."""
        self._waiting_since = self._loop.time()
        try:
            data = await self._content.readany()
        except httpx.HTTPError:
            raise
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise _body_error(error) from error
        finally:
            self._waiting_since = None
        if not data:
            self._stop_timer()
        return data

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while data := await self.read():
            yield data

    async def aclose(self) -> None:
        self.close()

    def close(self) -> None:
        """A finished response gives its connection back, an unfinished one loses it, now."""
        self._stop_timer()
        if self._content.at_eof() and self._content.exception() is None:
            self._response.release()
        else:
            self._abort()

    def _abort(self) -> None:
        connection = self._response.connection
        transport = connection.transport if connection is not None else None
        if transport is not None:
            transport.abort()
        self._response.close()


class AiohttpTransport(httpx.AsyncBaseTransport):
    """One pool for all providers. Make it inside a running event loop (or let the first request do it).

    `ca_file`: a PEM file of further authorities to trust, beside the system's and certifi's. `proxy`: address of an HTTP
    proxy for all calls, else none. `limit`: open connections at most, 0 for no limit.
    """

    def __init__(self, *, ca_file: str | None = None, proxy: str | None = None, limit: int = 0) -> None:
        self._ca_file = ca_file
        self._proxy = proxy or None
        self._limit = limit
        self._session: aiohttp.ClientSession | None = None

    def session(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            connector = _Connector(
                limit=self._limit,
                limit_per_host=0,
                ttl_dns_cache=_DNS_CACHE_SECONDS,
                keepalive_timeout=_KEEPALIVE_SECONDS,
                ssl=tls_context(self._ca_file),
            )
            self._session = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                trust_env=False,
                timeout=aiohttp.ClientTimeout(total=None),
                skip_auto_headers=_AUTOMATIC,
                read_bufsize=_READ_BUFFER,
                max_line_size=_HEADER_LIMIT,
                max_field_size=_HEADER_LIMIT,
            )
        return self._session

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """httpx's contract. `request.extensions["timeout"]["connect"]` bounds connecting; there is no read deadline here."""
        timeouts = request.extensions.get("timeout") or {}
        response = await self.open(
            request.method,
            str(request.url),
            {name: value for name, value in request.headers.items() if name != "host"},
            await request.aread(),
            timeouts.get("connect"),
        )
        return httpx.Response(
            response.status,
            headers=httpx.Headers(response.raw_headers),
            stream=BodyStream(response),
            extensions={
                "http_version": b"HTTP/1.1",
                "reason_phrase": (response.reason or "").encode("ascii", "replace"),
            },
        )

    async def open(
        self,
        method: str,
        url: str,
        headers: dict[str, str],
        body: bytes,
        connect: float | None,
        on_sent: Callable[[], None] | None = None,
    ) -> aiohttp.ClientResponse:
        """The same without httpx's objects, which cost more than the rest of a small call. Raises httpx exceptions.
        `on_sent` is called when a connection is there and the request goes out on it."""
        attempt = _Attempt(on_sent)
        token = _attempt.set(attempt)
        try:
            return await self.session().request(
                method,
                _address(url),
                headers=headers,
                data=_Body(body) if body else None,
                allow_redirects=False,
                timeout=_timeout(connect),
                proxy=self._proxy,
            )
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            raise _request_error(error, attempt) from error
        finally:
            _attempt.reset(token)

    async def aclose(self) -> None:
        if self._session is not None:
            await self._session.close()


@lru_cache(maxsize=4)
def tls_context(ca_file: str | None) -> ssl.SSLContext:
    """Verifies against the system's store, certifi's and `ca_file`. Costs 20 to 40 ms, so it is made once."""
    context = ssl.create_default_context()
    context.load_verify_locations(cafile=certifi.where())
    if ca_file:
        context.load_verify_locations(cafile=ca_file)
    context.set_alpn_protocols(["http/1.1"])
    return context


@lru_cache(maxsize=1024)
def _address(url: str) -> URL:
    """Taken as written: Bedrock signs its percent-encoded model ids."""
    return URL(url, encoded=True)


@lru_cache(maxsize=64)
def _timeout(connect: float | None) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=None, connect=connect, sock_connect=connect)


def _request_error(error: BaseException, attempt: _Attempt) -> Exception:
    """What went wrong before the response began. Texts name the kind of failure only: no address, no credential."""
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return httpx.ConnectTimeout("Connecting to the provider took too long.")
    if isinstance(error, aiohttp.ClientHttpProxyError | aiohttp.ClientProxyConnectionError):
        return httpx.ProxyError("The proxy refused the connection.")
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return httpx.ConnectError("The provider's certificate could not be verified.")
    if isinstance(error, aiohttp.ClientSSLError):
        return httpx.ConnectError("The TLS handshake with the provider failed.")
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return httpx.ConnectError("The provider's host name could not be resolved.")
    if isinstance(error, aiohttp.ClientConnectorError):
        return httpx.ConnectError("The provider refused the connection or could not be reached.")
    if isinstance(error, aiohttp.NonHttpUrlClientError):
        return httpx.UnsupportedProtocol("The provider's address must begin with http:// or https://.")
    if isinstance(error, aiohttp.InvalidURL | ValueError):
        return httpx.UnsupportedProtocol("The provider's address or a header is not valid.")
    if isinstance(error, aiohttp.ServerTimeoutError | TimeoutError):
        return httpx.ReadTimeout("The provider did not answer in time.")
    if isinstance(error, aiohttp.ClientResponseError):
        return httpx.RemoteProtocolError("The provider's answer is not HTTP.")
    if isinstance(error, aiohttp.ClientConnectionError | OSError):
        if attempt.reused and time.monotonic() - attempt.sent_at < _STALE_WITHIN:
            return StaleConnection("The provider had closed this idle connection.")
        if isinstance(error, aiohttp.ServerDisconnectedError):
            return httpx.RemoteProtocolError("The provider closed the connection without an answer.")
        return httpx.ReadError("The connection to the provider broke before an answer.")
    return httpx.RemoteProtocolError("The call to the provider failed.")


def _body_error(error: BaseException) -> httpx.HTTPError:
    if isinstance(error, aiohttp.ServerTimeoutError | TimeoutError):
        return httpx.ReadTimeout("The provider's answer stalled.")
    if isinstance(error, aiohttp.ClientPayloadError):
        return httpx.RemoteProtocolError("The provider's answer ended before it was complete.")
    return httpx.ReadError("The connection to the provider broke during its answer.")
