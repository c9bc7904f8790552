"""A small HTTP/1.1 server connection with full control of the bytes that leave: chunk framing, cuts, resets, pace.

A finished web framework ends bodies properly and hides hang-ups, the two things tests must control.
"""

from __future__ import annotations

import asyncio
import gzip as gziplib
import socket
import struct
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

REASONS = {
    200: "OK",
    400: "Bad Request",
    401: "Unauthorized",
    402: "Payment Required",
    403: "Forbidden",
    404: "Not Found",
}
REASONS |= {413: "Payload Too Large", 426: "Upgrade Required", 429: "Too Many Requests", 500: "Internal Server Error"}
REASONS |= {502: "Bad Gateway", 503: "Service Unavailable", 529: "Overloaded"}


@dataclass(frozen=True)
class Head:
    """`path` is percent-decoded."""

    method: str
    path: str
    query: str
    headers: dict[str, str]


class HungUp(Exception):
    """The client closed the connection."""


Serve = Callable[["Connection", Head, bytes], Awaitable[None]]


class Connection(asyncio.Protocol):
    """One client connection: requests one after another, `serve` answers each."""

    def __init__(self, serve: Serve, open_connections: set[Connection]) -> None:
        self._serve = serve
        self._open = open_connections
        self._buffer = bytearray()
        self._arrived = asyncio.Event()
        self._writable = asyncio.Event()
        self._writable.set()
        self.gone = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._chunked = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._open.add(self)
        self._task = asyncio.get_running_loop().create_task(self._run())

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        self._arrived.set()

    def eof_received(self) -> None:
        self._leave()

    def connection_lost(self, exc: Exception | None) -> None:
        self._open.discard(self)
        self._leave()

    def _leave(self) -> None:
        self.gone.set()
        self._arrived.set()
        self._writable.set()

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    async def _run(self) -> None:
        try:
            while not self.gone.is_set():
                head, body = await self._request()
                await self._serve(self, head, body)
                if head.headers.get("connection", "").lower() == "close":
                    break
        except HungUp:
            pass
        finally:
            self.transport.close()

    async def _more(self) -> None:
        if self.gone.is_set():
            raise HungUp
        self._arrived.clear()
        await self._arrived.wait()

    async def _until(self, mark: bytes) -> bytes:
        while (at := self._buffer.find(mark)) < 0:
            await self._more()
        return self._take(at + len(mark))

    async def _exactly(self, count: int) -> bytes:
        while len(self._buffer) < count:
            await self._more()
        return self._take(count)

    def _take(self, count: int) -> bytes:
        taken = bytes(self._buffer[:count])
        del self._buffer[:count]
        return taken

    async def _request(self) -> tuple[Head, bytes]:
        first, *lines = (await self._until(b"\r\n\r\n")).decode("latin-1").rstrip("\r\n").split("\r\n")
        method, target, _ = first.split(" ", 2)
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        path, _, query = target.partition("?")
        if headers.get("expect", "").lower() == "100-continue":
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        if "chunked" in headers.get("transfer-encoding", "").lower():
            body = await self._chunked_body()
        else:
            body = await self._exactly(int(headers.get("content-length", "0")))
        return Head(method, unquote(path), query, headers), body

    async def _chunked_body(self) -> bytes:
        body = b""
        while size := int((await self._until(b"\r\n")).split(b";")[0], 16):
            body += (await self._exactly(size + 2))[:-2]
        await self._until(b"\r\n")
        return body

    # ---- answering

    async def sleep(self, seconds: float) -> None:
        """Waits, but raises HungUp as soon as the client is gone."""
        if seconds > 0:
            try:
                await asyncio.wait_for(self.gone.wait(), seconds)
            except TimeoutError:
                return
            raise HungUp
        if self.gone.is_set():
            raise HungUp

    async def write(self, data: bytes) -> None:
        await self.sleep(0)
        self.transport.write(data)
        if not self._writable.is_set():
            await self._writable.wait()

    async def arrived(self) -> None:
        """Until the client has read everything written so far: what a reset, or an end that comes with it, could take back.
        On Linux the kernel says how much its socket still holds; elsewhere a moment has to do."""
        ours, theirs = (self.transport.get_extra_info(name)[:2] for name in ("sockname", "peername"))
        for _ in range(400):
            if (waiting := _unread(ours, theirs)) is None:
                await self.sleep(0.05)
                return
            if not waiting:
                return
            await self.sleep(0.005)

    async def send_whole(
        self, status: int, headers: Sequence[tuple[str, str]], body: bytes, *, gzip: bool = False
    ) -> None:
        if gzip:
            body, headers = gziplib.compress(body), [*headers, ("content-encoding", "gzip")]
        await self.write(head_bytes(status, [*headers, ("content-length", str(len(body)))]) + body)

    async def start(self, status: int, headers: Sequence[tuple[str, str]]) -> None:
        """Begins a chunked body."""
        await self.write(head_bytes(status, [*headers, ("transfer-encoding", "chunked")]))

    async def send(self, data: bytes) -> None:
        if data:
            await self.write(b"%x\r\n%s\r\n" % (len(data), data))

    async def finish(self) -> None:
        await self.write(b"0\r\n\r\n")

    def drop(self, *, reset: bool) -> None:
        """Ends the connection in the middle: FIN after what was written, or RST."""
        if reset:
            raw = self.transport.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.transport.abort()
        else:
            self.transport.close()
        self._leave()


def _unread(ours: tuple[str, int], theirs: tuple[str, int]) -> int | None:
    """Bytes on their way from `ours` to `theirs` (IPv4 addresses on this machine) that nobody has read; None: unknown."""
    try:
        lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    except OSError:
        return None
    here, there = _as_listed(ours), _as_listed(theirs)
    found = 0
    for _, local, remote, _, queues, *_ in map(str.split, lines):
        sent, received = (int(size, 16) for size in queues.split(":"))
        if (local, remote) == (here, there):
            found += sent
        elif (local, remote) == (there, here):
            found += received
    return found


def _as_listed(address: tuple[str, int]) -> str:
    return f"{int.from_bytes(socket.inet_aton(address[0]), sys.byteorder):08X}:{address[1]:04X}"


def head_bytes(status: int, headers: Sequence[tuple[str, str]]) -> bytes:
    lines = [f"HTTP/1.1 {status} {REASONS.get(status, 'Unknown')}", *(f"{name}: {value}" for name, value in headers)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
