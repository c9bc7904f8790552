"""Stored conversations (`gateway.ports.ResponseStore`): in Postgres, the recent ones in memory too."""

from __future__ import annotations

import asyncio
import datetime as dt
import threading
from collections import OrderedDict
from typing import Any

import orjson
import psycopg
import structlog

from gateway import postgres
from gateway.chat.errors import Overloaded

from .threads import Connect, ConnectedThreads

log = structlog.get_logger("lynkr.store")

KEPT = dt.timedelta(days=30)
LARGEST_BYTES = 8 * 1024 * 1024
_RECENT_BYTES = 32 * 1024 * 1024
_WAITING = 500
_SAVE = """
INSERT INTO gateway_storedresponse AS stored (id, team_id, items, created_at, expires_at) VALUES (%s, %s, %s, now(), %s)
ON CONFLICT (id) DO UPDATE SET items = EXCLUDED.items, expires_at = EXCLUDED.expires_at
WHERE stored.team_id = EXCLUDED.team_id
"""
_LOAD = "SELECT items FROM gateway_storedresponse WHERE id = %s AND team_id = %s AND expires_at > now()"

Key = tuple[int, str]


class PostgresResponses:
    """Two threads with a connection each. What does not fit (`LARGEST_BYTES`) or cannot be written while Postgres is away
    is dropped and counted in `dropped`: the client then gets "not found" and sends its conversation in full (CDX-5)."""

    def __init__(self, connect: Connect = lambda: postgres.connect("responses"), threads: int = 2) -> None:
        self._threads = ConnectedThreads("responses", threads, connect)
        self._lock = threading.Lock()
        self._recent: OrderedDict[Key, bytes] = OrderedDict()
        self._recent_bytes = 0
        self._waiting = 0
        self._closed = False
        self.dropped = 0

    async def load(self, team_id: int, response_id: str) -> list[dict[str, Any]] | None:
        """None: this team has no such response. Raises `Overloaded` while Postgres is away."""
        with self._lock:
            text = self._recent.get((team_id, response_id))
        if text is None and not response_id.isprintable():
            return None
        if text is None:
            try:
                text = await asyncio.wrap_future(self._threads.submit(self._read, team_id, response_id))
            except psycopg.Error:
                raise Overloaded("Stored responses cannot be read right now; try again.", retry_after=2.0) from None
        return None if text is None else orjson.loads(text)

    def save(self, team_id: int, response_id: str, items: list[dict[str, Any]]) -> None:
        """An id that another team has is never overwritten. What JSON has no word for is not stored."""
        try:
            text = orjson.dumps(items)
        except TypeError:  # a lone surrogate, an integer over 64 bits
            self.dropped += 1
            return
        with self._lock:
            if len(text) > LARGEST_BYTES or self._waiting >= _WAITING or self._closed:
                self.dropped += 1
                return
            self._waiting += 1
            self._remember((team_id, response_id), text)
        self._threads.submit(self._write, team_id, response_id, text)

    def close(self) -> None:
        """Wait for what is being written, then let go of the connections. What comes later is dropped."""
        self._closed = True
        self._threads.close()

    def _remember(self, key: Key, text: bytes) -> None:
        self._recent_bytes += len(text) - len(self._recent.pop(key, b""))
        self._recent[key] = text
        while self._recent_bytes > _RECENT_BYTES and len(self._recent) > 1:
            self._recent_bytes -= len(self._recent.popitem(last=False)[1])

    def _write(self, team_id: int, response_id: str, text: bytes) -> None:
        # PostgreSQL's text takes no NUL; as an escape in JSON it is six harmless characters, so none is here.
        row = (response_id, team_id, text.decode(), dt.datetime.now(dt.UTC) + KEPT)
        try:
            self._threads.execute(_SAVE, row)
        except psycopg.Error as error:
            with self._lock:
                self.dropped += 1
            log.warning("a response was not stored", problem=type(error).__name__)
        finally:
            with self._lock:
                self._waiting -= 1

    def _read(self, team_id: int, response_id: str) -> bytes | None:
        row = self._threads.execute(_LOAD, (response_id, team_id)).fetchone()
        return row[0].encode() if row else None
