"""The answer cache in Postgres (docs/answer-cache.md): who asks is one scope, and sees that scope's rows only."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any, TypeVar

import psycopg
import structlog
from django.core.exceptions import ImproperlyConfigured

from caching.entry import Entry, Kept
from gateway import metrics, postgres, secrets

from .memory_rows import ROLE, Statements, Values, as_text, kept_of
from .memory_writing import Writing
from .threads import Connect, ConnectedThreads

log = structlog.get_logger("lynkr.store")

PATIENCE = 0.05  # seconds a request may wait for Postgres
REST = 1.0  # seconds after a failure in which Postgres is not asked
STUCK = 2.0  # seconds after which a silent connection is given up
BEAT = 2.0  # seconds between two writings of hits
LARGE_BEATS = 15  # beats between two looks at which groups have an index

Found = TypeVar("Found")
_MAY = f"SET LOCAL ROLE {ROLE}; SELECT FROM caching_entry LIMIT 0"
_LARGE = "SELECT scope, context, embedder, dimension FROM caching_index"
_Group = tuple[str, bytes, str, int]


class PostgresMemory:
    """Two threads that find, one that writes, a connection each. `start` and `stop` inside the event loop. Whatever is
    wrong with Postgres, a request finds nothing after its patience, and at once in the second that follows.

    `problem`: why rows are kept apart by the statements alone, or "" when the database sees to it too."""

    def __init__(self, connect: Connect = lambda: postgres.connect("cache")) -> None:
        self.problem = ""
        self._open = connect
        self._statements = Statements(role=True)
        self._finders = ConnectedThreads("cache-find", 2, self._connect)
        self._writing = Writing(self._connect, lambda: self._statements)
        self._large: frozenset[_Group] = frozenset()
        self._away_until = 0.0
        self._closed = False
        self._task: asyncio.Task[None] | None = None

    @property
    def dropped(self) -> int:
        """Entries that were not kept."""
        return self._writing.dropped

    def start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._beat())

    async def stop(self) -> None:
        """What waits is written, if Postgres takes it within 5 s."""
        self._closed = True
        if self._task is not None:
            self._task.cancel()
        await asyncio.to_thread(self._writing.close)
        self._finders.cut(0.0)
        await asyncio.to_thread(self._finders.close)

    async def find(self, scope: str, exact: bytes, patience: float = PATIENCE) -> Kept | None:
        """The answer to the same request. None too when Postgres does not say within `patience` seconds."""
        return await self._ask(patience, None, self._find, scope, exact)

    async def near(
        self,
        scope: str,
        context: bytes,
        tag: str,
        vector: Sequence[float],
        most: int = 5,
        floor: float = 0.8,
        patience: float = PATIENCE,
    ) -> list[Kept]:
        """The entries of the same scope and context whose asks are nearest, nearest first, down to the similarity `floor`.
        `tag`: what made `vector`; vectors of another maker or dimension are not looked at (SEM-8)."""
        none: list[Kept] = []
        return await self._ask(patience, none, self._near, scope, context, tag, vector, most, floor)

    def keep(self, entry: Entry, tag: str = "", vector: Sequence[float] | None = None) -> None:
        """Returns at once; an entry of the same scope and request is replaced, unless it is in quarantine. `vector` None:
        found by the same request only, until it is embedded later."""
        self._writing.keep(entry, tag, vector)

    def hit(self, id_: str, scope: str) -> None:
        """Returns at once; counted within seconds."""
        self._writing.hit(id_, scope)

    def quarantine(self, id_: str, scope: str) -> None:
        """Returns at once. From now on this process, and in a moment every other, does not find it again."""
        self._writing.quarantine(id_, scope)

    async def _ask(self, patience: float, nothing: Found, work: Callable[..., Found], *values: Any) -> Found:
        if self._closed or time.monotonic() < self._away_until:
            return nothing
        # The statement ends with the patience, so that its thread is free for the next.
        limit = str(max(1, int(patience * 1000)))
        future: Future[Found] = self._finders.submit(work, limit, *values)
        try:
            async with asyncio.timeout(patience):
                return await asyncio.wrap_future(future)
        except TimeoutError as error:
            if future.cancel():  # it never began: many ask at once, and Postgres may be well
                metrics.CACHE_UNAVAILABLE.labels("queue").inc()
            else:
                self._failed(error)
        except (psycopg.Error, ImproperlyConfigured, ValueError) as error:
            self._failed(error)
        return nothing

    def _find(self, limit: str, scope: str, exact: bytes) -> Kept | None:
        found = self._read(limit, scope, self._statements.find, {"exact": exact})
        return found[0] if found else None

    def _near(
        self, limit: str, scope: str, context: bytes, tag: str, vector: Sequence[float], most: int, floor: float
    ) -> list[Kept]:
        text = as_text(vector)
        if text is None:
            return []
        dimension = len(vector)
        statement = self._statements.near(dimension, indexed=(scope, context, tag, dimension) in self._large)
        values = {
            "context": context,
            "embedder": tag,
            "vector": text,
            "dimension": dimension,
            "most": most,
            "farthest": 1.0 - floor,
        }
        return self._read(limit, scope, statement, values)

    def _read(self, limit: str, scope: str, statement: str, values: Values) -> list[Kept]:
        """A row that does not open is none, and goes."""
        own = {"scope": scope, "limit": limit}
        kept = []
        for row in self._finders.execute(statement, {**values, **own}).set_result(-1).fetchall():
            try:
                found = kept_of(row, scope)
            except secrets.CannotOpen:
                gone = {"id": row[0], "created_at": row[2], **own}
                self._finders.execute(self._statements.unreadable, gone)
                continue
            if not self._writing.is_wrong(found.id):
                kept.append(found)
        return kept

    def _connect(self) -> psycopg.Connection[Any]:
        """Values are written into the text of statements (by libpq's rules), so that several go in one message."""
        connection = self._open()
        connection.cursor_factory = psycopg.ClientCursor
        try:
            connection.execute(_MAY)
        except (psycopg.errors.InsufficientPrivilege, psycopg.errors.InvalidParameterValue) as error:
            if not self.problem:
                self.problem = (
                    f"the database user may not act as the role {ROLE}, so only the statements keep cached answers apart: "
                    f"let it make roles, or run 'CREATE ROLE {ROLE} NOLOGIN; GRANT {ROLE} TO <user>' and what "
                    "caching/migrations/0002_row_security.py grants."
                )
                log.warning("the answer cache has no row-level security", problem=str(error).splitlines()[0])
            self._statements = Statements(role=False)
        return connection

    async def _beat(self) -> None:
        beats = 0
        while True:
            if beats % LARGE_BEATS == 0:
                with contextlib.suppress(psycopg.Error, ImproperlyConfigured):
                    await asyncio.wrap_future(self._finders.submit(self._look_for_large))
            beats += 1
            await asyncio.sleep(BEAT)
            self._finders.cut(STUCK)
            self._writing.cut(4 * STUCK)
            self._writing.flush()

    def _look_for_large(self) -> None:
        rows = self._finders.execute(_LARGE, ()).fetchall()
        self._large = frozenset((scope, bytes(context), tag, dimension) for scope, context, tag, dimension in rows)

    def _failed(self, error: BaseException) -> None:
        metrics.CACHE_UNAVAILABLE.labels("database").inc()
        self._away_until = time.monotonic() + REST
        log.warning("the answer cache is not asked for a moment", problem=type(error).__name__)
