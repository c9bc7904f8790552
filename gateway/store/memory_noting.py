"""Near matches written down behind the answers, with their verdicts: one row of `caching_check` each, texts sealed."""

from __future__ import annotations

import datetime as dt
import threading
import time
import uuid
from collections import deque
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import structlog
from django.core.exceptions import ImproperlyConfigured

from caching.entry import Pair
from gateway import metrics

from .memory_rows import open_text, seal_text
from .memory_verdicts import settle_verdict
from .threads import Connect

log = structlog.get_logger("lynkr.store")

MOST_PAIRS, MOST_BYTES = 256, 16 * 1024 * 1024
LONGEST = 20_000  # characters kept of a text, for people to read
PAUSE = 1.0  # seconds after a failure
PATIENCE = 5.0  # seconds in which `close` waits

TEXTS = ("kept_ask", "ask", "kept_answer", "fresh_answer")
COUNTED = ("same", "different", "unsure")

_AWAY = (psycopg.OperationalError, psycopg.InterfaceError, ImproperlyConfigured)
_LIMIT = "SET LOCAL statement_timeout = '5s'"
# Entry and user may be gone meanwhile, which is no reason to forget the verdict. Whose words are to be forgotten has none
# written down after that: who asked, and whose entry it was, may be why it went.
_NOTE = """WITH asker AS (SELECT id FROM accounts_user WHERE id = %(user_id)s),
entry AS (SELECT id, user_id FROM caching_entry WHERE id = %(entry_id)s)
INSERT INTO caching_check (id, at, team_id, user_id, kept_user_id, entry_id, scope, mode, kept_ask_sealed,
    ask_sealed, kept_answer_sealed, fresh_answer_sealed, similarity, gate, why, verdict, judged_by, counted, cost_usd)
SELECT %(id)s, %(at)s, %(team_id)s, (SELECT id FROM asker), (SELECT user_id FROM entry), (SELECT id FROM entry), %(scope)s,
    %(mode)s, CASE WHEN theirs THEN %(kept_ask)s::bytea END, CASE WHEN own THEN %(ask)s::bytea END,
    CASE WHEN theirs THEN %(kept_answer)s::bytea END,
    CASE WHEN own THEN %(fresh_answer)s::bytea ELSE %(drawn)s::bytea END, %(similarity)s, %(gate)s, %(why)s,
    '', '', false, %(cost)s
FROM (SELECT EXISTS (SELECT FROM entry) AS theirs,
    %(user_id)s::bigint IS NULL OR EXISTS (SELECT FROM asker) AS own) AS words
ON CONFLICT (id) DO NOTHING RETURNING id"""


class Noting:
    """One thread, with a connection while there is something to write. Nothing here raises or waits, `close` excepted. What
    Postgres does not take now is tried again while there is room; then the newest is dropped and counted."""

    def __init__(self, connect: Connect) -> None:
        self._connect = connect
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="lynkr-cache-note")
        self._lock = threading.Lock()
        self._pairs: deque[Pair] = deque()
        self._bytes = 0
        self._at_work = False
        self._closed = threading.Event()
        self.dropped = 0

    def note(self, pair: Pair) -> None:
        size = _size(pair)
        with self._lock:
            if self._closed.is_set() or len(self._pairs) >= MOST_PAIRS or self._bytes + size > MOST_BYTES:
                self._drop()
                return
            self._pairs.append(pair)
            self._bytes += size
            if self._at_work:
                return
            self._at_work = True
        self._thread.submit(self._work)

    @property
    def waiting(self) -> bool:
        return self._at_work

    def close(self) -> None:
        """What waits is written if Postgres takes it in time."""
        self._closed.set()
        end = time.monotonic() + PATIENCE
        while self._at_work and time.monotonic() < end:
            time.sleep(0.02)
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _work(self) -> None:
        connection: psycopg.Connection[Any] | None = None
        try:
            while True:
                with self._lock:
                    pair = self._pairs[0] if self._pairs else None
                    if pair is None:
                        self._at_work = False
                        return
                try:
                    connection = connection or self._connect()
                    _write(connection, pair)
                except _AWAY as error:
                    connection = _let_go(connection)
                    metrics.CACHE_UNAVAILABLE.labels("noting").inc()
                    log.warning("near matches cannot be noted right now", problem=type(error).__name__)
                    if self._closed.wait(PAUSE):
                        self._at_work = False
                        return
                    continue
                except Exception as error:  # its team is gone, or a text that cannot be sealed: it would fail again
                    log.warning("a near match could not be noted", problem=type(error).__name__)
                    self._drop()
                with self._lock:
                    self._pairs.popleft()
                    self._bytes -= _size(pair)
        finally:
            _let_go(connection)

    def _drop(self) -> None:
        self.dropped += 1
        metrics.CACHE_UNKEPT.inc()


def texts_of(id_: uuid.UUID, scope: str, sealed: Mapping[str, Any]) -> dict[str, str]:
    """The texts of a check by their name, of those that are there. Raises `secrets.CannotOpen`."""
    return {name: open_text(value, name, scope, id_.bytes) for name, value in sealed.items() if value is not None}


def _write(connection: psycopg.Connection[Any], pair: Pair) -> None:
    def run(statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        cursor = connection.execute(statement, values)
        return cursor.fetchall() if cursor.description else []

    with connection.transaction():
        connection.execute(_LIMIT)
        if connection.execute(_NOTE, _values(pair)).fetchone() and pair.verdict in COUNTED:
            settle_verdict(run, pair.id, pair.verdict, pair.judged_by, pair.budget)


def _values(pair: Pair) -> dict[str, Any]:
    id_ = uuid.UUID(pair.id)
    sealed = {
        name: seal_text(text[:LONGEST], name, pair.scope, id_.bytes) if (text := getattr(pair, name)) else None
        for name in TEXTS
    }
    return {
        "id": id_, "at": _at(id_), "team_id": pair.team_id, "user_id": pair.user_id, "entry_id": pair.entry_id,
        "scope": pair.scope, "mode": pair.mode[:10], "similarity": pair.similarity, "gate": pair.gate[:20],
        "why": pair.why[:200], "cost": pair.cost,
        "drawn": seal_text("", "fresh_answer", pair.scope, id_.bytes) if pair.fresh_answer else None, **sealed,
    }  # fmt: skip


def _at(id_: uuid.UUID) -> dt.datetime:
    """When the id was made: the answer may have been compared minutes later."""
    return dt.datetime.fromtimestamp((id_.int >> 80) / 1000, dt.UTC)


def _let_go(connection: psycopg.Connection[Any] | None) -> None:
    if connection is not None:
        connection.close()


def _size(pair: Pair) -> int:
    return 4 * sum(len(getattr(pair, name)) for name in TEXTS) + 1000
