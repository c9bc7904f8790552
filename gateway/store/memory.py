"""The answer cache in Postgres (docs/answer-cache.md): who asks is one scope, and sees that scope's rows only."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import replace
from typing import Any, TypeVar

import psycopg
import structlog
from django.core.exceptions import ImproperlyConfigured

from caching.entry import Entry, Kept, Pair
from gateway import metrics, postgres, secrets

from .memory_noting import Noting
from .memory_rows import ROLE, Statements, Values, as_text, kept_of
from .memory_writing import Writing
from .threads import Connect, ConnectedThreads

log = structlog.get_logger("lynkr.store")

PATIENCE = 0.05  # seconds a request may wait for Postgres, unless told otherwise
REST = 1.0  # seconds after a failure in which Postgres is not asked
STUCK = 2.0  # seconds after which a silent connection is given up
BEAT = 2.0  # seconds between two writings of hits
MOST_SLOW = 1_000
LARGE_BEATS = 15  # beats between two looks at which groups have an index

Found = TypeVar("Found")
_MAY = f"""SET LOCAL ROLE {ROLE};
SELECT has_table_privilege('caching_entry', 'SELECT') AND has_table_privilege('caching_entry', 'INSERT')
    AND has_table_privilege('caching_entry', 'UPDATE') AND has_table_privilege('caching_entry', 'DELETE')"""
_LARGE = "SELECT scope, context, embedder, dimension FROM caching_index"
_Group = tuple[str, bytes, str, int]


class PostgresMemory:
    """Two threads that find, one that writes, a connection each. `start` and `stop` inside the event loop. Whatever is
    wrong with Postgres, a request finds nothing after its patience, and at once in the second that follows.

    `problem`: why rows are kept apart by the statements alone, or "" when the database sees to it too."""

    def __init__(self, connect: Connect = lambda: postgres.connect("cache"), patience: float = PATIENCE) -> None:
        self.problem = ""
        self._patience = patience
        self._open = connect
        self._statements = Statements(role=True)
        self._finders = ConnectedThreads("cache-find", 2, self._connect, self._greet)
        self._writing = Writing(self._connect, self._greet, lambda: self._statements)
        self._noting = Noting(connect)
        self._large: frozenset[_Group] = frozenset()
        self._away_until = 0.0
        self._came_back = 0.0  # when a thread last was done with what it was given, well or not
        self._slow: dict[tuple[str, bytes], float] = {}  # until when a group is not looked into
        self._closed = False
        self._task: asyncio.Task[None] | None = None

    @property
    def dropped(self) -> int:
        """Entries that were not kept."""
        return self._writing.dropped

    @property
    def resting(self) -> bool:
        """Postgres is not asked just now: whatever is looked for is not found."""
        return self._closed or time.monotonic() < self._away_until

    def start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._beat())

    async def stop(self) -> None:
        """What waits is written, if Postgres takes it within 3 s."""
        self._closed = True
        if self._task is not None:
            self._task.cancel()
        await asyncio.gather(asyncio.to_thread(self._writing.close), asyncio.to_thread(self._noting.close))
        self._finders.cut(0.0, last=True)
        await asyncio.to_thread(self._finders.close)

    async def find(self, scope: str, exact: bytes, patience: float | None = None) -> Kept | None:
        """The answer to the same request. None too when Postgres does not say within `patience` seconds."""
        try:
            return await self._ask(patience, self._find, scope, exact)
        except (TimeoutError, psycopg.errors.QueryCanceled) as error:
            self._failed(error)
            return None

    async def any_near(self, scope: str, context: bytes) -> bool:
        """Whether anything with a vector is kept in that scope and context: if not, none need be made to look by."""
        try:
            return bool(await self._ask(None, self._any, scope, context))
        except (TimeoutError, psycopg.errors.QueryCanceled) as error:
            self._failed(error)
            return False

    async def near(
        self,
        scope: str,
        context: bytes,
        tag: str,
        vector: Sequence[float],
        most: int = 5,
        floor: float = 0.8,
        patience: float | None = None,
    ) -> list[Kept]:
        """The entries of the same scope and context whose asks are nearest, nearest first, down to the similarity `floor`;
        those in quarantine among them (`Kept.wrong`).
        `tag`: what made `vector`; vectors of another maker or dimension are not looked at (SEM-8)."""
        group = scope, context
        if self._slow.get(group, 0.0) > time.monotonic():
            return []
        try:
            found = await self._ask(patience, self._near, scope, context, tag, vector, most, floor)
        except (TimeoutError, psycopg.errors.QueryCanceled):
            # Rather a large group than a Postgres that hangs, which `find` would tell: others are not to pay for it.
            metrics.CACHE_UNAVAILABLE.labels("slow").inc()
            if len(self._slow) >= MOST_SLOW:
                self._slow.clear()
            self._slow[group] = time.monotonic() + REST
            return []
        return found or []

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

    def note(self, pair: Pair) -> None:
        """Returns at once; written with what follows from its verdict (gateway.store.memory_verdicts)."""
        self._noting.note(pair)

    async def _ask(self, patience: float | None, work: Callable[..., Found], *values: Any) -> Found | None:
        """None when Postgres is away. Raises TimeoutError or QueryCanceled when it began and was not done in time, nothing
        else: no request fails for the cache's sake."""
        if self.resting:
            return None
        patience = self._patience if patience is None else patience
        # The statement ends with the patience, so that its thread is free for the next.
        limit = str(max(1, int(patience * 1000)))
        began = time.monotonic()
        future: Future[Found] = self._finders.submit(self._and_back, work, limit, *values)
        try:
            async with asyncio.timeout(patience):
                return await asyncio.wrap_future(future)
        except TimeoutError:
            if not future.cancel():
                raise
            # It never began: many ask at once, and Postgres may be well. Not if nobody at all came back meanwhile.
            if self._came_back < began:
                self._failed(TimeoutError())
            else:
                metrics.CACHE_UNAVAILABLE.labels("queue").inc()
        except psycopg.errors.QueryCanceled:
            raise
        except (psycopg.Error, ImproperlyConfigured, ValueError, OSError) as error:
            self._failed(error)
        except Exception as error:
            metrics.defect(error)
            self._failed(error)
        return None

    def _and_back(self, work: Callable[..., Found], *values: Any) -> Found:
        try:
            return work(*values)
        finally:
            self._came_back = time.monotonic()

    def _find(self, limit: str, scope: str, exact: bytes) -> Kept | None:
        self._finders.ready()
        found = self._read(limit, scope, self._statements.find, {"exact": exact})
        return found[0] if found and not found[0].wrong else None

    def _any(self, limit: str, scope: str, context: bytes) -> bool:
        self._finders.ready()
        values = {"context": context, "scope": scope, "limit": limit}
        row = self._finders.execute(self._statements.any, values).set_result(-1).fetchone()
        return bool(row and row[0])

    def _near(
        self, limit: str, scope: str, context: bytes, tag: str, vector: Sequence[float], most: int, floor: float
    ) -> list[Kept]:
        text = as_text(vector)
        if text is None:
            return []
        dimension = len(vector)
        self._finders.ready()
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
        wrong = self._writing.wrong()  # before the statement, or one that is written meanwhile would be missed
        kept = []
        for row in self._finders.execute(statement, {**values, **own}).set_result(-1).fetchall():
            try:
                found = kept_of(row, scope)
            except secrets.CannotOpen:
                gone = {"id": row[0], "created_at": row[2], **own}
                self._finders.execute(self._statements.unreadable, gone)
                continue
            kept.append(replace(found, wrong=True) if found.id in wrong else found)
        return kept

    def _connect(self) -> psycopg.Connection[Any]:
        """Values are written into the text of statements (by libpq's rules), so that several go in one message."""
        connection = self._open()
        connection.cursor_factory = psycopg.ClientCursor
        return connection

    def _greet(self, ask: Callable[[str], psycopg.Cursor[Any]]) -> None:
        """Whether the role may be used. Reads no table: one may be locked."""
        problem = why_not_apart(ask)
        if bool(problem) == bool(self.problem):
            return
        self._statements = Statements(role=not problem)
        if not problem:
            self.problem = ""
            log.info("the answer cache has row-level security again")
            return
        self.problem = problem
        log.warning("the answer cache has no row-level security", problem=problem)

    async def _beat(self) -> None:
        beats = 0
        looking: Future[None] | None = None
        while True:
            # Not waited for: where Postgres hangs, what is below has to end it.
            if beats % LARGE_BEATS == 0 and (looking is None or looking.done()):
                looking = self._finders.submit(self._look_around)
            beats += 1
            await asyncio.sleep(BEAT)
            self._finders.cut(STUCK)
            self._writing.cut(4 * STUCK)
            self._writing.flush()

    def _look_around(self) -> None:
        """What may change while a connection lives: rights, and which groups have an index."""
        self._greet(lambda statement: self._finders.execute(statement, ()))
        self._look_for_large()

    def _look_for_large(self) -> None:
        rows = self._finders.execute(_LARGE, ()).fetchall()
        self._large = frozenset((scope, bytes(context), tag, dimension) for scope, context, tag, dimension in rows)

    def _failed(self, error: BaseException) -> None:
        metrics.CACHE_UNAVAILABLE.labels("database").inc()
        self._away_until = time.monotonic() + REST
        log.warning("the answer cache is not asked for a moment", problem=type(error).__name__)


def why_not_apart(ask: Callable[[str], psycopg.Cursor[Any]]) -> str:
    """Why requests cannot act as the role of the answer cache, and how to mend it; "": they can. `ask` sends several
    statements at once, on a connection in autocommit."""
    try:
        row = ask(_MAY).set_result(-1).fetchone()
        if row is None or row[0]:
            return ""
        why = "it has no rights to caching_entry"
    except (psycopg.errors.InsufficientPrivilege, psycopg.errors.InvalidParameterValue) as error:
        why = str(error).splitlines()[0]
    return (
        f"requests cannot act as the database role {ROLE} ({why}), so only the statements keep cached answers apart: "
        f"have it made (CREATE ROLE {ROLE} NOLOGIN; GRANT {ROLE} TO the user of DATABASE_URL) and grant it what "
        "caching/migrations/0002_row_security.py does."
    )
