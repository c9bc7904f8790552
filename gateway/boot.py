"""What one web process holds: made at start-up inside its event loop, given back at the end."""

from __future__ import annotations

import asyncio
import time

from django.conf import settings

from gateway.chat.errors import Overloaded
from gateway.fallback import Breakers
from gateway.journal import Journal
from gateway.ports import World
from gateway.providers.transport import Upstream
from gateway.shedding import Gate, Limits
from gateway.snapshot import SnapshotHolder
from gateway.store import Flusher, StoredResponses
from gateway.tokens import Tokens


class Process:
    """The parts with a life of their own, in the order they are started."""

    def __init__(self) -> None:
        self.gate = Gate(
            Limits(
                streams=settings.LYNKR_MAX_STREAMS,
                memory_mb=settings.LYNKR_MEMORY_LIMIT_MB,
            )
        )
        self.snapshots = SnapshotHolder()
        self.journal = Journal(settings.LYNKR_DATA_DIR / "journal")
        self.flusher = Flusher(self.journal)
        self.upstream = Upstream()
        self.responses = StoredResponses()
        self.tokens = Tokens()
        self.world = World(
            self.snapshots, self.journal, self.upstream, Breakers(time.monotonic), self.responses, self.tokens
        )
        self._watch: asyncio.Task[None] | None = None

    async def start(self) -> None:
        await asyncio.to_thread(self.snapshots.start)
        self.flusher.start()
        self._watch = asyncio.get_running_loop().create_task(self.gate.watch())
        self.tokens.warm()

    async def stop(self) -> None:
        self.gate.draining = True
        if self._watch is not None:
            self._watch.cancel()
        await self.upstream.aclose()
        await asyncio.to_thread(self.flusher.stop)
        await asyncio.to_thread(self.responses.close)
        await asyncio.to_thread(self.snapshots.stop)
        self.tokens.close()


_process: Process | None = None


async def start() -> None:
    global _process
    process = Process()
    await process.start()
    _process = process


async def stop() -> None:
    global _process
    process, _process = _process, None
    if process is not None:
        await process.stop()


def process() -> Process:
    if _process is None:
        raise Overloaded("Lynkr is starting.", retry_after=1.0)
    return _process


def world() -> World:
    return process().world


def gate() -> Gate:
    return process().gate


def pepper() -> bytes:
    return settings.LYNKR_KEY_PEPPER  # type: ignore[no-any-return]


def body_limit() -> int:
    """Bytes."""
    return settings.LYNKR_MAX_BODY_MB * 1024 * 1024  # type: ignore[no-any-return]


def now() -> float:
    return time.time()
