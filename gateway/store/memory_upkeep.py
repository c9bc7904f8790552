"""Upkeep of the answer cache, for Celery: what expired or is too many goes, large groups get an index, vectors of an embedder
that is no longer in force are made anew. As owner of the table, so across scopes. Every function may run twice, or late."""

from __future__ import annotations

import hashlib
import time
import uuid
from collections.abc import Callable, Sequence
from typing import Any

import psycopg
from psycopg import sql

from gateway import postgres, secrets

from .memory_rows import as_text, open_text

LARGE, SMALL = 3_000, 1_500  # entries of a group that get it an index, and take it away again
MOST_INDEXED = 4_000  # dimensions of halfvec that pgvector can index
PREFIX = "caching_near_"
KEEP_CHECKS = 90  # days
_COUNTING = 0x4C594E4B44  # "LYNKD": two that count at once would each take away what is too many
_LOCK = 0x4C594E4B43  # "LYNKC": one process makes and drops indexes at a time

_EXPIRED = """DELETE FROM caching_entry WHERE id IN
(SELECT id FROM caching_entry WHERE expires_at <= now() ORDER BY expires_at LIMIT %s FOR UPDATE SKIP LOCKED)"""
_TEAMS = """SELECT DISTINCT ON (team_id) team_id, most, (SELECT count(*) FROM caching_entry c WHERE c.team_id = e.team_id)
FROM caching_entry e ORDER BY team_id, created_at DESC"""
_LEAST_USED = """DELETE FROM caching_entry WHERE id IN
(SELECT id FROM caching_entry WHERE team_id = %s ORDER BY coalesce(last_hit_at, created_at), id LIMIT %s
FOR UPDATE SKIP LOCKED)"""
_OLD_CHECKS = """DELETE FROM caching_check WHERE id IN
(SELECT id FROM caching_check WHERE id < %s ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED)"""
_GROUPS = """SELECT scope, context, embedder, dimension, count(*) FROM caching_entry
WHERE vector IS NOT NULL GROUP BY scope, context, embedder, dimension HAVING count(*) >= %s"""
_INDEX = """CREATE INDEX CONCURRENTLY {name} ON caching_entry USING hnsw ((vector::halfvec({length})) halfvec_cosine_ops)
WHERE scope = {scope} AND context = {context} AND embedder = {embedder} AND dimension = {length}"""
_STALE = """SELECT id, scope, exact, ask_sealed, created_at FROM caching_entry
WHERE id > %s AND ask_sealed IS NOT NULL AND (embedder, coalesce(dimension, 0)) <> (%s, %s) AND expires_at > now()
    AND quarantined_at IS NULL
ORDER BY id LIMIT %s"""
_RENEW = """UPDATE caching_entry SET embedder = %s, dimension = %s, vector = %s::halfvec
WHERE id = %s AND created_at = %s"""


def drop_expired(batch: int = 1_000, batches: int = 500) -> int:
    """How many went. In batches, and no more than so many: what is left goes with the next run (LOG-5)."""
    return _in_batches(_EXPIRED, batch, batches)


def drop_old_checks(days: int = KEEP_CHECKS, batch: int = 1_000, batches: int = 100) -> int:
    """How many went, in batches as above. What was counted of them stays counted. Their ids begin with the time, and no other
    index does."""
    before = int((time.time() - days * 86_400) * 1000)
    return _in_batches(_OLD_CHECKS, batch, batches, uuid.UUID(int=before << 80))


def _in_batches(statement: str, batch: int, batches: int, *values: Any) -> int:
    gone = 0
    with postgres.connect("cache upkeep") as connection:
        for _ in range(batches):
            deleted = connection.execute(statement, (*values, batch)).rowcount
            gone += deleted
            if deleted < batch:
                break
    return gone


def keep_within(most_of: Callable[[int], int] | None = None, batch: int = 1_000) -> int:
    """Each team keeps so many entries as `most_of` says of its id (None: as its newest entry says, which is what its policy
    said then); the least recently used go. How many went."""
    gone = 0
    with postgres.connect("cache upkeep") as connection:
        if not _alone(connection, _COUNTING):
            return 0
        for team, said, number in connection.execute(_TEAMS).fetchall():
            over = number - max(0, said if most_of is None else most_of(team))
            while over > 0:
                deleted = connection.execute(_LEAST_USED, (team, min(batch, over))).rowcount
                if deleted == 0:
                    break
                gone += deleted
                over -= deleted
    return gone


def tend_indexes(large: int = LARGE, small: int = SMALL) -> dict[str, list[str]]:
    """Names of the indexes made and dropped. A group (scope, context, embedder, dimension) with more than `large` vectors
    gets one of its own, so that the others are never behind its rows (SEM-9, SEM-10); below `small` it is dropped again."""
    done: dict[str, list[str]] = {"made": [], "dropped": []}
    with postgres.connect("cache upkeep") as connection:
        if not _alone(connection, _LOCK):
            return done
        rows = connection.execute(_GROUPS, (small,)).fetchall()
        sizes = {index_name(*group): number for *group, number in rows}
        known = {row[0] for row in connection.execute("SELECT name FROM caching_index")}
        for name, whole in _existing(connection):
            if not whole or name not in known or sizes.get(name, 0) < small:
                connection.execute("DELETE FROM caching_index WHERE name = %s", (name,))
                connection.execute(sql.SQL("DROP INDEX CONCURRENTLY IF EXISTS {}").format(sql.Identifier(name)))
                known.discard(name)
                done["dropped"].append(name)
        for scope, context, embedder, dimension, number in rows:
            name = index_name(scope, context, embedder, dimension)
            if number > large and dimension <= MOST_INDEXED and name not in known:
                _make(connection, name, scope, context, embedder, dimension)
                done["made"].append(name)
    return done


def index_name(scope: str, context: bytes, embedder: str, dimension: int) -> str:
    """The same for the same group."""
    whole = b"\0".join((scope.encode(), bytes(context), embedder.encode(), str(dimension).encode()))
    return PREFIX + hashlib.sha256(whole).hexdigest()[:32]


def _make(
    connection: psycopg.Connection[Any], name: str, scope: str, context: bytes, embedder: str, dimension: int
) -> None:
    """The row of `caching_index` comes last: no process counts on an index that is not whole."""
    connection.execute("SET maintenance_work_mem = '128MB'")
    connection.execute("SET max_parallel_maintenance_workers = 0")  # they need shared memory that containers often lack
    statement = sql.SQL(_INDEX).format(
        name=sql.Identifier(name),
        length=sql.Literal(dimension),
        scope=sql.Literal(scope),
        context=sql.Literal(bytes(context)),
        embedder=sql.Literal(embedder),
    )
    connection.execute(statement)
    connection.execute(
        "INSERT INTO caching_index (name, scope, context, embedder, dimension, created_at) "
        "VALUES (%s, %s, %s, %s, %s, now()) ON CONFLICT DO NOTHING",
        (name, scope, bytes(context), embedder, dimension),
    )


def _existing(connection: psycopg.Connection[Any]) -> list[tuple[str, bool]]:
    """The indexes there are, and whether each is whole: one whose making was killed is not."""
    return connection.execute(
        "SELECT c.relname, i.indisvalid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid "
        "WHERE i.indrelid = 'caching_entry'::regclass AND starts_with(c.relname, %s)",
        (PREFIX,),
    ).fetchall()


def _alone(connection: psycopg.Connection[Any], lock: int) -> bool:
    """Whether nobody else is at this. Holds until the connection ends, which the server notices a moment after us: so who
    comes right behind is waited for."""
    for _ in range(5):
        row = connection.execute("SELECT pg_try_advisory_lock(%s)", (lock,)).fetchone()
        if row is not None and row[0]:
            return True
        time.sleep(0.05)
    return False


def reembed(
    embed: Callable[[list[str]], Sequence[Sequence[float]]],
    tag: str,
    dimension: int,
    batch: int = 200,
    seconds: float = 300.0,
) -> dict[str, int]:
    """Vectors by `tag`, the embedder in force, for entries that have another's or none; for `seconds` at most, the rest next
    time. `embed` gives as many vectors of `dimension` as it is given asks; what it raises ends the run. A row that does not
    open goes; a vector that is not as promised is not stored."""
    counts = {"renewed": 0, "unreadable": 0, "refused": 0}
    until, last = time.monotonic() + seconds, "00000000-0000-0000-0000-000000000000"
    with postgres.connect("cache upkeep") as connection:
        while time.monotonic() < until:
            rows = connection.execute(_STALE, (last, tag, dimension, batch)).fetchall()
            if not rows:
                break
            last = rows[-1][0]
            asks = []
            for id_, scope, exact, sealed, created_at in rows:
                try:
                    asks.append((id_, created_at, open_text(sealed, "ask", scope, exact)))
                except secrets.CannotOpen:
                    connection.execute("DELETE FROM caching_entry WHERE id = %s AND created_at = %s", (id_, created_at))
                    counts["unreadable"] += 1
            vectors = embed([ask for _, _, ask in asks]) if asks else []
            if len(vectors) != len(asks):
                raise ValueError(f"{tag} made {len(vectors)} vectors of {len(asks)} texts")
            for (id_, created_at, _), vector in zip(asks, vectors, strict=True):
                text = as_text(vector)
                if text is None or len(vector) != dimension:
                    counts["refused"] += 1
                    continue
                counts["renewed"] += connection.execute(_RENEW, (tag, dimension, text, id_, created_at)).rowcount
    return counts
