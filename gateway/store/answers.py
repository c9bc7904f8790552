"""Answers kept for a repeat (`gateway.repeats.Answers`): sealed, in Postgres, where every process finds them."""

from __future__ import annotations

import asyncio
import struct
import time
import uuid
from collections.abc import Awaitable

import psycopg
import structlog
from django.core.exceptions import ImproperlyConfigured

from gateway import metrics, postgres, secrets
from gateway.repeats import Claim, Found, InUse, Kept, Name, Reused, Unavailable

from .threads import Connect, ConnectedThreads

log = structlog.get_logger("lynkr.store")

KEPT_SECONDS = 600
CLAIMED_SECONDS = 15  # that a claim outlives its process
BEAT_SECONDS = 5.0
PATIENCE = 2.0  # seconds a request may wait for Postgres
REST = 1.0  # seconds after a failure in which Postgres is not asked

_CLAIM = """
INSERT INTO gateway_keptanswer AS kept (id, fingerprint, claim, answer, expires_at)
VALUES (%s, %s, %s, NULL, now() + make_interval(secs => %s))
ON CONFLICT (id) DO UPDATE
SET fingerprint = EXCLUDED.fingerprint, claim = EXCLUDED.claim, answer = NULL, expires_at = EXCLUDED.expires_at
WHERE kept.expires_at <= now()
RETURNING id
"""
_LOOK = """
SELECT fingerprint = %s, CASE WHEN fingerprint = %s THEN answer END
FROM gateway_keptanswer WHERE id = %s AND expires_at > now()
"""
_SAVE = """
UPDATE gateway_keptanswer SET answer = %s, expires_at = now() + make_interval(secs => %s)
WHERE id = %s AND claim = %s AND answer IS NULL
"""
_RELEASE = "DELETE FROM gateway_keptanswer WHERE id = %s AND claim = %s AND answer IS NULL"
_UNREADABLE = "DELETE FROM gateway_keptanswer WHERE id = %s AND answer = %s"
_BEAT = """
UPDATE gateway_keptanswer kept SET expires_at = now() + make_interval(secs => %s)
FROM unnest(%s::text[], %s::uuid[]) AS held (id, claim)
WHERE kept.id = held.id AND kept.claim = held.claim AND kept.answer IS NULL
"""
_LENGTH = struct.Struct(">I")


class PostgresAnswers:
    """Two threads with a connection each. `start` and `stop` inside the event loop; between them every claim of this process
    is renewed, all in one statement, so that only those of a dead one lapse."""

    def __init__(self, connect: Connect = lambda: postgres.connect("answers"), threads: int = 2) -> None:
        self._threads = ConnectedThreads("answers", threads, connect)
        self._held: dict[str, str] = {}  # token of a claim -> its id
        self._away_until = 0.0
        self._closed = False
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._beat())

    async def stop(self) -> None:
        """What is being written is waited for."""
        self._closed = True
        if self._task is not None:
            self._task.cancel()
        await asyncio.to_thread(self._threads.close)

    async def claim(self, name: Name, *, again: bool) -> Found:
        if self._closed or time.monotonic() < self._away_until:
            return Unavailable()
        try:
            async with asyncio.timeout(PATIENCE):
                found = await asyncio.wrap_future(self._threads.submit(self._find, name, again))
        except (psycopg.Error, ImproperlyConfigured, TimeoutError) as error:
            self._failed(error)
            return Unavailable()
        if isinstance(found, Claim):
            self._held[found.token] = name.id
        return found

    def save(self, claim: Claim, head: bytes, body: bytes) -> Awaitable[None]:
        self._held.pop(claim.token, None)
        if self._closed:
            return asyncio.sleep(0)
        return asyncio.shield(asyncio.wrap_future(self._threads.submit(self._save, claim, head, body)))

    def release(self, claim: Claim) -> None:
        self._held.pop(claim.token, None)
        if not self._closed:
            self._threads.submit(self._release, claim)

    def _find(self, name: Name, again: bool) -> Found:
        """Who comes first mostly is the first, so the claim is tried at once; one that waits only looks, which writes
        nothing."""
        for number in range(4):
            if not (again and number == 0):
                token = str(uuid.uuid4())
                values = (name.id, name.fingerprint, token, CLAIMED_SECONDS)
                if self._threads.execute(_CLAIM, values).fetchone():
                    return Claim(name, token)
            row = self._threads.execute(_LOOK, (name.fingerprint, name.fingerprint, name.id)).fetchone()
            if row is None:
                continue  # it lapsed or was released in between
            same, sealed = row
            if not same:
                return Reused()
            if sealed is None:
                return InUse()
            try:
                return _opened(name, sealed)
            except secrets.CannotOpen:
                self._threads.execute(_UNREADABLE, (name.id, sealed))
        return InUse()

    def _save(self, claim: Claim, head: bytes, body: bytes) -> None:
        try:
            sealed = secrets.seal_bytes(_LENGTH.pack(len(head)) + head + body, _bound_to(claim.name))
            self._threads.execute(_SAVE, (sealed, KEPT_SECONDS, claim.name.id, claim.token))
        except (psycopg.Error, ImproperlyConfigured) as error:
            self._failed(error)

    def _release(self, claim: Claim) -> None:
        try:
            self._threads.execute(_RELEASE, (claim.name.id, claim.token))
        except psycopg.Error as error:
            self._failed(error)

    def _renew(self) -> None:
        held = dict(self._held)
        self._threads.execute(_BEAT, (CLAIMED_SECONDS, list(held.values()), list(held)))

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            if not self._held:
                continue
            try:
                await asyncio.wrap_future(self._threads.submit(self._renew))
            except psycopg.Error as error:
                self._failed(error)

    def _failed(self, error: BaseException) -> None:
        metrics.REPEATS_UNKEPT.inc()
        self._away_until = time.monotonic() + REST
        log.warning("answers are not kept for a repeat right now", problem=type(error).__name__)


def _bound_to(name: Name) -> bytes:
    """An answer opens for the request it was made for, and for no other row."""
    return f"lynkr kept answer {name.id} {name.fingerprint}".encode()


def _opened(name: Name, sealed: bytes) -> Kept:
    text = secrets.open_bytes(sealed, _bound_to(name))
    end = _LENGTH.size + _LENGTH.unpack_from(text)[0]
    return Kept(text[_LENGTH.size : end], text[end:])
