"""What the answer cache leaves behind a request: entries, hits and quarantines, on one thread."""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from functools import partial

import psycopg
import structlog
from django.core.exceptions import ImproperlyConfigured

from caching.entry import Entry
from gateway import metrics
from lynkr_site.ids import uuid7

from .memory_rows import Statements, Values, values_of
from .threads import Connect, ConnectedThreads, Greet

log = structlog.get_logger("lynkr.store")

LIMIT_MS = "5000"
MOST_ENTRIES, MOST_BYTES = 256, 32 * 1024 * 1024
MOST_HITS = 10_000  # entries whose hits wait; a count lost does not matter
LAST = 3.0  # seconds that stopping waits for Postgres
AT_ONCE = 1.0  # seconds that an answer may wait and be as old as its row
PAUSE = 1.0  # seconds after a failure

_AWAY = (psycopg.OperationalError, psycopg.InterfaceError, ImproperlyConfigured)
_Waiting = tuple[Entry, str, Sequence[float] | None, float]  # the last: since when, monotonic


class Writing:
    """Nothing here raises or waits, `close` excepted. What Postgres does not take now is tried again while there is room;
    then the newest entry is dropped and counted."""

    def __init__(self, connect: Connect, greet: Greet, statements: Callable[[], Statements]) -> None:
        self._threads = ConnectedThreads("cache-keep", 1, connect, greet)
        self._statements = statements
        self._lock = threading.Lock()
        self._entries: deque[_Waiting] = deque()
        self._bytes = 0
        self._hits: Counter[tuple[str, str]] = Counter()  # (scope, id)
        self._wrong: dict[str, str] = {}  # id -> scope; replaced whole, for it is read without the lock
        self._at_work = False
        self._closed = threading.Event()
        self.dropped = 0

    def keep(self, entry: Entry, tag: str, vector: Sequence[float] | None) -> None:
        size = _size(entry, vector)
        with self._lock:
            room = len(self._entries) < MOST_ENTRIES and self._bytes + size <= MOST_BYTES
            if room and not self._closed.is_set():
                self._entries.append((entry, tag, vector, time.monotonic()))
                self._bytes += size
            else:
                self._drop()
        self._go()

    def hit(self, id_: str, scope: str) -> None:
        """Written with the next `flush`."""
        with self._lock:
            if (scope, id_) in self._hits or len(self._hits) < MOST_HITS:
                self._hits[scope, id_] += 1

    def quarantine(self, id_: str, scope: str) -> None:
        with self._lock:
            self._wrong = {**self._wrong, id_: scope}
        self._go()

    def wrong(self) -> frozenset[str]:
        """What was said here to be wrong and Postgres does not know yet."""
        return frozenset(self._wrong) if self._wrong else frozenset()

    def flush(self) -> None:
        if self._hits or self._wrong or self._entries:
            self._go()

    def cut(self, seconds: float) -> None:
        self._threads.cut(seconds)

    def close(self) -> None:
        """What waits is written if Postgres takes it. Blocks, for a bit more than `LAST` seconds at most."""
        self._closed.set()
        self._go(last=True)
        cutter = threading.Timer(LAST, self._threads.cut, (0.0,), {"last": True})
        cutter.start()
        self._threads.close()
        cutter.cancel()

    def _go(self, *, last: bool = False) -> None:
        with self._lock:
            if self._at_work or (self._closed.is_set() and not last):
                return
            self._at_work = True
        self._threads.submit(self._work)

    def _work(self) -> None:
        while True:
            problem: Exception | None = None
            try:
                self._threads.ready()
                self._write_all()
            except _AWAY as error:
                problem = error
                metrics.CACHE_UNAVAILABLE.labels("keeping").inc()
                log.warning("the answer cache cannot keep right now", problem=type(error).__name__)
            except Exception as error:  # whatever it is: this thread is the only one there is
                problem = error
                metrics.CACHE_UNAVAILABLE.labels("keeping").inc()
                metrics.defect(error)
            with self._lock:
                done = not (self._entries or self._hits or self._wrong)
                if done or (problem is not None and self._closed.is_set()):
                    self._at_work = False
                    return
            if problem is not None:
                self._closed.wait(PAUSE)

    def _write_all(self) -> None:
        while self._wrong:
            id_, scope = next(iter(self._wrong.items()))
            self._execute(self._statements().quarantine, partial(dict, id=id_, scope=scope))
            with self._lock:
                self._wrong = {other: its for other, its in self._wrong.items() if other != id_}
        while self._entries:
            entry, tag, vector, since = self._entries[0]
            waited = time.monotonic() - since  # an answer is as old as it is, whenever Postgres took it
            waited = waited if waited > AT_ONCE else 0.0
            values = partial(values_of, entry, str(uuid7()), tag, vector, waited)
            if waited >= entry.seconds or not self._execute(self._statements().keep, values):
                self._drop()
            with self._lock:
                self._entries.popleft()
                self._bytes -= _size(entry, vector)
        with self._lock:
            hits, self._hits = self._hits, Counter()
        scopes: dict[str, dict[str, int]] = {}
        for (scope, id_), number in hits.items():
            scopes.setdefault(scope, {})[id_] = number
        for scope, found in scopes.items():
            self._execute(self._statements().hit, partial(dict, scope=scope, ids=[*found], numbers=[*found.values()]))

    def _execute(self, statement: str, values: Callable[[], Values]) -> bool:
        """Raises what passes. False: the table cannot hold it, or its team is gone; tried again it would fail again."""
        try:
            self._threads.execute(statement, {**values(), "limit": LIMIT_MS})
        except _AWAY:
            raise
        except Exception as error:
            log.warning("the answer cache could not write something", problem=type(error).__name__)
            return False
        return True

    def _drop(self) -> None:
        self.dropped += 1
        metrics.CACHE_UNKEPT.inc()


def _size(entry: Entry, vector: Sequence[float] | None) -> int:
    return len(entry.answer) + 4 * len(entry.ask) + 32 * (len(vector) if vector is not None else 0)
