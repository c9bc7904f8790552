"""The current snapshot of this process and the two threads that keep it fresh.

One listens for the notification each change of configuration sends on commit (gateway/migrations/0003), and polls the epoch
as a safety net; the other builds. A change is in force within a second; while Postgres is away the old snapshot serves.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from typing import Any

import psycopg
import structlog
from django.db import connection

from gateway import postgres
from gateway.ports import Snapshot
from gateway.pricing import PriceTable
from gateway.snapshot.rows import build

log = structlog.get_logger("lynkr.snapshot")

CHANNEL = "lynkr_config"
EMPTY = Snapshot(epoch=0, callers={}, teams={}, accounts={}, prices=PriceTable({}))
_BURST_SECONDS = 0.02
_LONGEST_BACKOFF = 5.0
_LISTEN_SLICE = 0.5  # how soon `stop` is noticed
_EPOCH = "SELECT coalesce(max(epoch), 0) FROM gateway_config_epoch"


class SnapshotHolder:
    """`start()` begins loading, `current` is the newest snapshot (`EMPTY` until `ready`). All methods are thread-safe;
    `current` is one attribute read and may be taken on every request."""

    def __init__(
        self,
        load: Callable[[], Snapshot] = build,
        connect: Callable[[], psycopg.Connection[Any]] = lambda: postgres.connect("config"),
        poll_seconds: float = 3.0,
    ) -> None:
        self.current: Snapshot = EMPTY
        self._load, self._connect, self._poll_seconds = load, connect, poll_seconds
        self._state = threading.Condition()
        self._asked = 0  # tickets given to those who want a snapshot newer than now
        self._served = 0  # the newest ticket that `current` answers
        self._begun = 0  # builds begun
        self._in_force = 0  # the build that made `current`
        self._problem: Exception | None = None
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []

    @property
    def ready(self) -> bool:
        return self._in_force > 0

    def start(self, wait_seconds: float = 0.0) -> bool:
        """Begin loading and listening; wait up to `wait_seconds` for the first snapshot. Whether it is there."""
        if not self._threads:
            self._stopping.clear()
            self._threads = [
                threading.Thread(target=run, name=name, daemon=True)
                for name, run in (("lynkr-snapshot", self._build_loop), ("lynkr-listen", self._listen_loop))
            ]
            self._ask()
            for thread in self._threads:
                thread.start()
        with self._state:
            return self._state.wait_for(lambda: self.ready, wait_seconds) if wait_seconds else self.ready

    def stop(self, wait_seconds: float = 5.0) -> None:
        self._stopping.set()
        with self._state:
            self._state.notify_all()
        for thread in self._threads:
            thread.join(wait_seconds)
        self._threads = []

    def reload(self, timeout: float = 10.0) -> int:
        """Read everything anew and return the epoch now in force. Raises what the read raised, or TimeoutError. Blocks:
        from async code, `await asyncio.to_thread(holder.reload)`."""
        ticket = self._ask()
        with self._state:
            self._problem = None
            if not self._state.wait_for(lambda: self._served >= ticket or self._problem is not None, timeout):
                raise TimeoutError("the configuration was not read in time")
            if self._served < ticket and self._problem is not None:
                raise self._problem
            return self.current.epoch

    def refresh(self) -> bool:
        """Build once in this thread and swap, unless a build that began later is in force already (SSO-12): a slow read
        must not bring a revoked key back. Whether it swapped. Raises what the read raised."""
        with self._state:
            self._begun += 1
            mine, ticket = self._begun, self._asked  # what is asked for from here on needs another build
        snapshot = self._load()
        with self._state:
            if mine < self._in_force:
                return False
            before, self.current, self._in_force = self.current, snapshot, mine
            self._served, self._problem = max(self._served, ticket), None
            self._state.notify_all()
        if snapshot.epoch != before.epoch:
            log.info("configuration in force", epoch=snapshot.epoch, keys=len(snapshot.callers))
        return True

    def _ask(self) -> int:
        with self._state:
            self._asked += 1
            self._state.notify_all()
            return self._asked

    def _build_loop(self) -> None:
        backoff = 0.1
        while not self._stopping.is_set():
            with self._state:
                self._state.wait_for(lambda: self._asked > self._served or self._stopping.is_set())
            if self._stopping.wait(_BURST_SECONDS):
                return
            try:
                self.refresh()
                backoff = 0.1
            except Exception as problem:
                log.warning("configuration not read, the last one stays", problem=type(problem).__name__)
                with self._state:
                    self._problem = problem
                    self._state.notify_all()
                self._stopping.wait(backoff * random.uniform(0.5, 1))  # noqa: S311
                backoff = min(backoff * 2, _LONGEST_BACKOFF)
            finally:
                _close()

    def _listen_loop(self) -> None:
        backoff = 0.1
        while not self._stopping.is_set():
            try:
                with self._connect() as listening:
                    listening.execute(f"LISTEN {CHANNEL}")
                    backoff = 0.1
                    self._listen(listening)
            except psycopg.Error as problem:
                if self._stopping.is_set():
                    return
                log.warning("not listening for changes, connecting again", problem=type(problem).__name__)
                self._stopping.wait(backoff * random.uniform(0.5, 1))  # noqa: S311
                backoff = min(backoff * 2, _LONGEST_BACKOFF)

    def _listen(self, listening: psycopg.Connection[Any]) -> None:
        """The epoch is compared for inequality: a restored database may have a lower one."""
        next_poll = 0.0
        while not self._stopping.is_set():
            if time.monotonic() >= next_poll:
                row = listening.execute(_EPOCH).fetchone()
                if row is not None and row[0] != self.current.epoch:
                    self._ask()
                next_poll = time.monotonic() + self._poll_seconds
            for _ in listening.notifies(timeout=_LISTEN_SLICE, stop_after=1):
                self._ask()


def _close() -> None:
    """Give Django's connection of this thread back; it must not lie open between two changes."""
    try:
        connection.close()
    except Exception as problem:
        log.debug("ignored while closing", problem=type(problem).__name__)
