"""uvicorn, set up for long streams from clients one cannot trust."""

from __future__ import annotations

import asyncio
import signal
import socket
from asyncio import TimerHandle, Transport
from types import FrameType
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import Server

from lynkr_site.env import Env, env

KEEP_ALIVE_SECONDS = 75  # longer than a load balancer keeps an idle connection (ALB 60 s), so that it closes first
HEADER_SECONDS = 30  # from the first byte (or the connection) to the end of the headers
SETTLE_SECONDS = 1.0  # what cancelled requests get to settle
TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-type: text/plain\r\nconnection: close\r\n"
    b"content-length: 32\r\n\r\nThe request headers are too big.\n"[:-1]
)


class Protocol(HttpToolsProtocol):
    """uvicorn's httptools protocol has no limit on the size of headers and none on the time they take; this one has."""

    header_limit = 64 * 1024
    _pending = 0
    _reading = True
    _timer: TimerHandle | None = None

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._timer = self.loop.call_later(HEADER_SECONDS, self._too_slow)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if not self._reading:
            super().data_received(data)
            return
        self._pending += len(data)
        super().data_received(data)
        # A first read may hold the headers and part of the body: judge only what is headers for certain.
        if self._reading and self._pending > self.header_limit and not self.transport.is_closing():
            self._refuse()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._size = 0
        if self._timer is None:
            self._timer = self.loop.call_later(HEADER_SECONDS, self._too_slow)

    def on_url(self, url: bytes) -> None:
        self._size += len(url)
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._size += len(name) + len(value) + 4
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._reading = False
        self._pending = 0
        self._stop_timer()
        if self._size > self.header_limit:
            self._refuse()
            return
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        if not self.transport.is_closing() or self.cycle is not None:
            super().on_body(body)

    def on_message_complete(self) -> None:
        self._reading = True
        if self.cycle is not None:
            super().on_message_complete()

    def _refuse(self) -> None:
        self.transport.write(TOO_LARGE)
        self.transport.close()

    def _too_slow(self) -> None:
        self._timer = None
        if self._reading and not self.transport.is_closing() and (self.cycle is None or self.cycle.response_complete):
            self.transport.close()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class Draining(Server):
    """Lets open requests finish until the deadline, then cancels them and waits until they have settled, so that what
    the lifespan's shutdown flushes is complete. (uvicorn cancels and goes on at once.)"""

    drain_seconds = 8.0

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Told to stop and stopped is a clean end, exit code 0; uvicorn remembers the signal and dies of it at the end."""
        if self.should_exit and sig == signal.SIGINT:
            self.force_exit = True
        self.should_exit = True

    async def _wait_tasks_to_complete(self) -> None:
        loop = asyncio.get_running_loop()
        until = loop.time() + self.drain_seconds
        state = self.server_state
        while (state.connections or state.tasks) and loop.time() < until and not self.force_exit:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        left = list(state.tasks)
        for task in left:
            task.cancel()
        if left:
            await asyncio.wait(left, timeout=SETTLE_SECONDS)
        for connection in list(state.connections):
            if (transport := getattr(connection, "transport", None)) is not None:
                transport.close()


def run(listener: socket.socket, settings: Env) -> int:
    """Serve on `listener` until SIGTERM or SIGINT; the process's exit code."""
    Protocol.header_limit = settings.max_header_kb * 1024
    Draining.drain_seconds = settings.drain_seconds
    server = Draining(config(settings))
    server.run(sockets=[listener])
    return 0 if server.started else 1


def config(settings: Env | None = None, **more: Any) -> uvicorn.Config:
    """How we run uvicorn; tests add to it."""
    found = settings or env()
    chosen: dict[str, Any] = {
        "app": "lynkr_site.asgi:application",
        "http": Protocol,
        "loop": "uvloop",
        "ws": "websockets-sansio",
        "lifespan": "on",
        "log_config": None,
        "access_log": False,
        "server_header": False,
        "proxy_headers": False,
        "timeout_keep_alive": KEEP_ALIVE_SECONDS,
        "timeout_graceful_shutdown": None,
        "h11_max_incomplete_event_size": found.max_header_kb * 1024,
        "ws_max_size": found.max_body_mb * 1_000_000,
    }
    return uvicorn.Config(**{**chosen, **more})
