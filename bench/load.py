"""A cheap load generator: raw sockets, a fixed number of connections, each sends its next request after the last answer."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import cast


@dataclass(frozen=True)
class Shot:
    """One request, ready to be written. `terminal`: what a complete answer contains near its end."""

    host: str
    port: int
    raw: bytes
    terminal: bytes = b""


@dataclass
class Tally:
    """Seconds. `first` is until the first byte of the answer, `total` until its last."""

    total: list[float] = field(default_factory=list)
    first: list[float] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        return len(self.total) / self.seconds if self.seconds else 0.0

    def percentile(self, share: float, *, first: bool = False) -> float:
        ordered = sorted(self.first if first else self.total)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


def shot(address: tuple[str, int], path: str, body: bytes, key: str, terminal: bytes) -> Shot:
    host, port = address
    head = (
        f"POST {path} HTTP/1.1\r\nhost: {host}:{port}\r\ncontent-type: application/json\r\nauthorization: Bearer {key}\r\n"
        f"anthropic-version: 2023-06-01\r\naccept: */*\r\nuser-agent: lynkr-bench\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return Shot(host, port, head.encode() + body, terminal)


class Shooter(asyncio.Protocol):
    """One connection. Stops when `until` has passed or `gone` is called; `done` is set then."""

    def __init__(self, target: Shot, tally: Tally, until: float, *, keep_open: bool = False) -> None:
        self._target, self._tally, self._until, self._keep_open = target, tally, until, keep_open
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.answering = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's are not of asyncio's class
        self._fire()

    def _fire(self) -> None:
        self._got: list[bytes] = []
        self._head: bytes | None = None
        self._wanted = -1
        self._size = 0
        self._began = time.perf_counter()
        self._transport.write(self._target.raw)

    def data_received(self, data: bytes) -> None:
        now = time.perf_counter()
        if not self._got:
            self._first = now - self._began
            self.answering = True
        self._got.append(data)
        self._size += len(data)
        if self._head is None and not self._read_head():
            return
        if self._wanted >= 0:
            complete = self._size >= self._wanted
        else:
            complete = (self._got[-1] if len(data) >= 5 else b"".join(self._got[-6:])).endswith(b"0\r\n\r\n")
        if complete:
            self._finish(now)

    def _read_head(self) -> bool:
        joined = b"".join(self._got)
        end = joined.find(b"\r\n\r\n")
        if end < 0:
            return False
        self._head = joined[:end].lower()
        if (at := self._head.find(b"content-length:")) >= 0:
            self._wanted = end + 4 + int(self._head[at + 15 :].split(b"\r\n", 1)[0])
        return True

    def _finish(self, now: float) -> None:
        assert self._head is not None
        status = self._head[9:12]
        tail = b"".join(self._got[-12:])[-4096:]
        if status != b"200":
            self._tally.problems.append(f"status {status.decode()}: {tail[-300:].decode(errors='replace')}")
        elif self._target.terminal not in tail:
            self._tally.problems.append("an answer without its terminal event")
        else:
            self._tally.total.append(now - self._began)
            self._tally.first.append(self._first)
        if now < self._until and len(self._tally.problems) < 20:
            self._fire()
        else:
            self._stop()

    def _stop(self) -> None:
        if not self.done.done():
            self.done.set_result(None)
        if not self._keep_open:
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self._tally.problems.append("the connection was closed")
            self.done.set_result(None)

    def close(self) -> None:
        if not self.done.done():
            self.done.set_result(None)
        self._transport.abort()


async def fire(target: Shot, connections: int, seconds: float, patience: float = 30.0) -> Tally:
    """Shoots for `seconds`; what is not answered `patience` seconds later is given up and told as a problem."""
    tally = Tally()
    loop = asyncio.get_running_loop()
    start = time.perf_counter()
    until = start + seconds
    shooters: list[Shooter] = []
    for _ in range(connections):
        _, shooter = await loop.create_connection(lambda: Shooter(target, tally, until), target.host, target.port)
        shooters.append(shooter)
    _, unanswered = await asyncio.wait([shooter.done for shooter in shooters], timeout=seconds + patience)
    tally.seconds = time.perf_counter() - start
    if unanswered:
        tally.problems.append(f"{len(unanswered)} connections got no complete answer")
        for shooter in shooters:
            shooter.close()
    return tally


async def hold(target: Shot, connections: int, seconds: float) -> tuple[int, list[Shooter]]:
    """Opens slow streams, leaves them open; returns how many are answering after `seconds`, and the shooters to close."""
    tally = Tally()
    loop = asyncio.get_running_loop()
    until = time.perf_counter() + 3600
    shooters: list[Shooter] = []
    for _ in range(connections):
        _, shooter = await loop.create_connection(
            lambda: Shooter(target, tally, until, keep_open=True), target.host, target.port
        )
        shooters.append(shooter)
    await asyncio.sleep(seconds)
    return sum(1 for shooter in shooters if shooter.answering), shooters
