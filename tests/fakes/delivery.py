"""How a reply leaves: pace and faults, the same for every dialect."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Callable, Sequence

from .http import Connection
from .script import Fault, Reply

GARBAGE = b"\xff\xfe\x00{{not json at all\n\n"
Headers = list[tuple[str, str]]


class Cut(Exception):
    """The script says: drop the connection here."""


class Pipe:
    """A chunked body on its way out: compressed, split or cut after a byte as the fault says."""

    def __init__(self, connection: Connection, fault: Fault) -> None:
        self._connection, self._fault = connection, fault
        self._gzip = zlib.compressobj(wbits=31) if fault.gzip else None
        self._sent = 0

    async def send(self, frame: bytes) -> None:
        if self._gzip is not None:
            frame = self._gzip.compress(frame) + self._gzip.flush(zlib.Z_SYNC_FLUSH)
        limit = self._fault.cut_after_bytes
        if limit is not None and self._sent + len(frame) >= limit:
            await self._connection.send(frame[: limit - self._sent])
            raise Cut
        self._sent += len(frame)
        size = self._fault.split or len(frame) or 1
        for start in range(0, len(frame), size):
            await self._connection.send(frame[start : start + size])
            if self._fault.split:
                await asyncio.sleep(0)

    async def finish(self) -> None:
        if self._gzip is not None:
            await self._connection.send(self._gzip.flush())
        await self._connection.finish()


async def stream(
    connection: Connection,
    reply: Reply,
    headers: Headers,
    frames: Sequence[bytes],
    error: Callable[[int, str], bytes],
    unknown: Callable[[], bytes],
) -> None:
    fault = reply.fault
    await connection.sleep(reply.pace.before_headers)
    await connection.start(200, headers + ([("content-encoding", "gzip")] if fault.gzip else []))
    await connection.sleep(reply.pace.before_first)
    pipe = Pipe(connection, fault)
    try:
        for index in range(len(frames) + 1):
            await _mishap(connection, pipe, fault, index, unknown)
            if fault.error_after == index:
                await pipe.send(error(fault.error_status, reply.message))
                break
            if fault.end_after == index or index == len(frames):
                break
            if index:
                await connection.sleep(reply.pace.between)
            frame = frames[index]
            await pipe.send(frame.replace(b"\n", b"\r\n") if fault.crlf else frame)
        await pipe.finish()
    except Cut:
        connection.drop(reset=fault.reset)


async def _mishap(connection: Connection, pipe: Pipe, fault: Fault, index: int, unknown: Callable[[], bytes]) -> None:
    if fault.cut_after_events == index:
        raise Cut
    if fault.silent_after is not None and fault.silent_after[0] == index:
        await connection.sleep(fault.silent_after[1])
    if fault.garbage_after == index:
        await pipe.send(GARBAGE)
    if fault.unknown_event_after == index:
        await pipe.send(unknown())


async def whole(connection: Connection, reply: Reply, status: int, headers: Headers, body: bytes) -> None:
    fault = reply.fault
    await connection.sleep(reply.pace.before_headers)
    if fault.garbage_after is not None:
        body = GARBAGE
    cut = fault.cut_after_bytes if fault.cut_after_bytes is not None else None
    if fault.cut_after_events is not None:
        cut = len(body) // 2
    if cut is not None:
        from .http import head_bytes

        await connection.write(head_bytes(status, [*headers, ("content-length", str(len(body)))]) + body[:cut])
        await connection.arrived()  # a reset would take back a head not read yet: a connection closed before an answer
        connection.drop(reset=fault.reset)
        return
    await connection.send_whole(status, headers, body, gzip=fault.gzip)
