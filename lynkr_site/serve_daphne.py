"""daphne, with what stock daphne lacks for a streaming proxy (docs/decisions/0001).

Backpressure (a reader that stops made it buffer without bound), request bodies in few messages, a cap on their size, a
dropped connection instead of a hanging one when the application fails after the response began, a drain on SIGTERM, and
the work of the lifespan protocol, which daphne does not speak.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
from collections.abc import Awaitable, Callable
from typing import Any

from daphne.server import Server, twisted_loop  # first: it chooses Twisted's reactor  # isort:skip
from daphne.http_protocol import HTTPFactory, WebRequest
from daphne.ws_protocol import WebSocketFactory
from twisted.internet import reactor as _reactor
from twisted.logger import globalLogBeginner

from gateway.ports import OUTLIVE_SECONDS
from lynkr_site.env import Env

log = logging.getLogger("lynkr.serve")
reactor: Any = _reactor
SETTLE_SECONDS = 1.0
Work = Callable[[], Awaitable[None]]


class Request(WebRequest):  # type: ignore[misc]
    """One request; also the push producer that Twisted pauses while the client does not read."""

    body_limit = 32_000_000
    _received = 0

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self.writable = asyncio.Event()
        self.writable.set()

    def process(self) -> Any:
        self.registerProducer(self, True)
        return super().process()

    def finish(self) -> None:
        self._unregister()
        super().finish()

    def connectionLost(self, reason: Any) -> None:
        self.writable.set()
        super().connectionLost(reason)

    def pauseProducing(self) -> None:
        self.writable.clear()

    def resumeProducing(self) -> None:
        self.writable.set()

    def stopProducing(self) -> None:
        self.writable.set()

    def gotLength(self, length: int | None) -> None:
        if length is not None and length > self.body_limit:
            self._refuse()
        else:
            super().gotLength(length)

    def handleContentChunk(self, data: bytes) -> None:
        self._received += len(data)
        if self._received > self.body_limit:
            self._refuse()
        elif self.content is not None:
            super().handleContentChunk(data)

    def handle_exception(self, exception: BaseException) -> None:
        """A stream that broke must not look finished: drop the connection (and the last chunk with it)."""
        if self._response_started and self.channel is not None:
            self.channel.transport.abortConnection()
        else:
            super().handle_exception(exception)

    def _unregister(self) -> None:
        if self.producer is not None and self.channel is not None:
            self.unregisterProducer()

    def _refuse(self) -> None:
        if self.channel is not None:
            self.channel.transport.write(
                b"HTTP/1.1 413 Content Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
            )
            self.channel.loseConnection()


class Factory(HTTPFactory):  # type: ignore[misc]
    """Makes connections whose requests are ours."""

    header_limit = 64 * 1024

    def buildProtocol(self, address: Any) -> Any:
        made = super().buildProtocol(address)
        made.requestFactory = Request
        channel = getattr(made, "_channel", made)
        channel.totalHeadersSize = self.header_limit
        return made


class Drained(Server):  # type: ignore[misc]
    """daphne's server on one inherited socket."""

    def __init__(
        self, application: Any, listener: socket.socket, drain_seconds: float, start: Work, stop: Work
    ) -> None:
        super().__init__(
            application,
            endpoints=["inherited"],
            signal_handlers=False,
            request_buffer_size=8 * 1024 * 1024,
            server_name="",
            application_close_timeout=OUTLIVE_SECONDS + 5,
        )
        self.listener = listener
        self.drain_seconds = drain_seconds
        self.port: Any = None
        self._start, self._finish = start, stop
        self.exit_code = 0
        self._stopping = False

    def run(self) -> None:
        self.connections: dict[Any, dict[str, Any]] = {}
        self.http_factory = Factory(self)
        self.ws_factory = WebSocketFactory(self, server="")
        self.ws_factory.setProtocolOptions(autoPingTimeout=self.ping_timeout, allowNullOrigin=True)
        globalLogBeginner.beginLoggingTo([lambda _: None], redirectStandardIO=False, discardBuffer=True)
        asyncio.set_event_loop(twisted_loop)
        reactor.callLater(1, self.application_checker)
        reactor.callLater(2, self.timeout_checker)
        reactor.callWhenRunning(lambda: twisted_loop.create_task(self._begin()))
        reactor.run(installSignalHandlers=False)

    async def handle_reply(self, protocol: Any, message: dict[str, Any]) -> None:
        await super().handle_reply(protocol, message)
        if (writable := getattr(protocol, "writable", None)) is not None:
            await writable.wait()

    async def _begin(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            twisted_loop.add_signal_handler(number, self._stop_soon)
        try:
            await self._start()
        except Exception:
            log.exception("the gateway did not start")
            self.exit_code = 1
            reactor.stop()
            return
        self.port = reactor.adoptStreamPort(self.listener.fileno(), self.listener.family, self.http_factory)
        self.listener.close()

    def _stop_soon(self) -> None:
        if not self._stopping:
            self._stopping = True
            self._ending = twisted_loop.create_task(self._end())

    async def _end(self) -> None:
        if self.port is not None:
            self.port.stopListening()
        until = twisted_loop.time() + self.drain_seconds
        while self._open() and twisted_loop.time() < until:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        left = self._open()
        for task in left:
            task.cancel()
        if left:
            await asyncio.wait(left, timeout=SETTLE_SECONDS)
        try:
            await self._finish()
        except Exception:
            log.exception("the gateway did not stop cleanly")
        reactor.stop()

    def _open(self) -> list[asyncio.Future[Any]]:
        tasks = (details.get("application_instance") for details in self.connections.values())
        return [task for task in tasks if task is not None and not task.done()]


def run(listener: socket.socket, settings: Env) -> int:
    """Serve on `listener` until SIGTERM or SIGINT; the process's exit code."""
    from lynkr_site import asgi

    Request.body_limit = settings.max_body_mb * 1_000_000
    Factory.header_limit = settings.max_header_kb * 1024
    server = Drained(asgi.application, listener, settings.drain_seconds, asgi.start, asgi.stop)
    server.run()
    return server.exit_code
