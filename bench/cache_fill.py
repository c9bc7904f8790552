"""Rows of the answer cache for `bench.answer_cache`: sealed and shaped by the store's own `values_of`, written by COPY.

One real request a team tells what its rows look like (scope, context, embedder). The team's own rows have real asks, answers
and vectors. The others belong to scopes of nobody: a few thousand are sealed, the rest are copies of these in other scopes.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from typing import Any

import psycopg

from caching.entry import Entry
from gateway.store.memory_rows import bound_to, values_of
from lynkr_site.ids import uuid7

ANSWER = (
    "The first thing to do is to look at what is there; then it is done in three steps, and each can be undone. " * 11
)
SEALED = 5_000  # rows of others that are made one by one
GROUP = 250  # rows of others in one scope and context
COLUMNS = """id, team_id, user_id, scope, exact, context, ask_sealed, answer, target, tier, policy, tags, input_tokens,
    output_tokens, cost_usd, embedder, dimension, vector, created_at, expires_at, hits, bytes, most"""
VALUES = ["id", "team_id", "user_id", "scope", "exact", "context", "ask", "answer", "target", "tier", "policy", "tags"]
VALUES += ["input_tokens", "output_tokens", "cost", "embedder", "dimension", "vector"]
Vector = Sequence[float]


class Seed:
    """The row that a request of a team left: what its other rows are made like."""

    def __init__(self, connection: psycopg.Connection[Any], team: str) -> None:
        row = connection.execute(
            """SELECT entry.team_id, user_id, scope, exact, context, answer, target, tier, policy, embedder
            FROM caching_entry AS entry JOIN accounts_team ON accounts_team.id = entry.team_id
            WHERE slug = %s AND vector IS NOT NULL""",
            (team,),
        ).fetchone()
        if row is None:
            raise RuntimeError(f"nothing was kept for the team {team}")
        self.team, self.user, self.scope, exact, context, answer, self.target, self.tier, self.policy, self.tag = row
        self.context = bytes(context)
        self.answer = _longer(_opened(answer, self.scope, exact))

    def entry(self, ask: str, scope: str = "", context: bytes = b"", team: int = 0) -> Entry:
        return Entry(
            scope=scope or self.scope,
            team_id=team or self.team,
            user_id=None if scope else self.user,
            exact=os.urandom(32),
            answer=self.answer,
            target=self.target,
            seconds=86_400,
            context=context or self.context,
            ask=ask,
            policy=self.policy,
            tier=self.tier,
            input_tokens=12,
            output_tokens=300,
        )


def _opened(answer: bytes, scope: str, exact: bytes) -> bytes:
    from gateway import secrets

    return secrets.open_bytes(answer, bound_to("answer", scope, bytes(exact)))


def _longer(answer: bytes) -> bytes:
    value = json.loads(answer)
    value["blocks"] = [{"text": ANSWER}]
    return json.dumps(value, separators=(",", ":")).encode()


def fill_own(connection: psycopg.Connection[Any], seed: Seed, asks: Sequence[str], read: Callable[..., Any]) -> None:
    """`read`: vectors of texts."""
    rows = []
    for at in range(0, len(asks), 16):
        some = asks[at : at + 16]
        rows += [(seed.entry(ask), vector) for ask, vector in zip(some, read(some), strict=True)]
    _copy(connection, seed.tag, rows)


def fill_others(connection: psycopg.Connection[Any], seed: Seed, vectors: Sequence[Vector], count: int) -> None:
    """`count` rows over many scopes, `GROUP` in a scope and context; `vectors`: which they have."""
    if count <= 0:
        return
    teams = [row[0] for row in connection.execute("SELECT id FROM accounts_team WHERE slug LIKE 'other-%' ORDER BY id")]
    first = min(count, SEALED)
    scopes = [f"other:0/{group}" for group in range(-(-first // GROUP))]
    rows = []
    for number in range(first):
        group = number // GROUP
        entry = seed.entry("How is it done?", f"other:0/{group}", b"%032d" % group, teams[group % len(teams)])
        rows.append((entry, vectors[number % len(vectors)]))
    _copy(connection, seed.tag, rows)
    columns = [word.strip() for word in COLUMNS.replace("\n", " ").split(",")]
    new = {
        "id": "gen_random_uuid()",
        "scope": "'other:' || %(turn)s || substr(scope, 8)",
        "exact": "sha256(exact || %(turn)s::text::bytea)",
        "team_id": "(%(teams)s::bigint[])[1 + mod(%(turn)s + team_id, %(many)s)]",
    }
    source = ", ".join(new.get(column, column) for column in columns)
    copy = f"""INSERT INTO caching_entry ({COLUMNS}) SELECT {source} FROM caching_entry
        WHERE scope = ANY(%(scopes)s) LIMIT %(most)s"""
    indexes = connection.execute(
        """SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'caching_entry'
        AND indexname NOT IN (SELECT conname FROM pg_constraint)"""
    ).fetchall()
    connection.execute("SET session_replication_role = replica; SET synchronous_commit = off")  # foreign keys are true
    for name, _ in indexes:
        connection.execute(f"DROP INDEX {name}")
    for turn in range(1, -(-count // SEALED)):
        most = min(SEALED, count - turn * SEALED)
        connection.execute(copy, {"turn": turn, "teams": teams, "many": len(teams), "most": most, "scopes": scopes})
    for _, made in indexes:
        connection.execute(made)


def _copy(connection: psycopg.Connection[Any], tag: str, rows: Sequence[tuple[Entry, Vector]]) -> None:
    now = connection.execute("SELECT now(), now() + interval '1 day'").fetchone()
    assert now is not None
    with connection.cursor() as cursor, cursor.copy(f"COPY caching_entry ({COLUMNS}) FROM STDIN") as copy:
        for entry, vector in rows:
            values = values_of(entry, str(uuid7()), tag, vector)
            copy.write_row([*(values[name] for name in VALUES), *now, 0, values["bytes"], values["most"]])


def settle(connection: psycopg.Connection[Any]) -> dict[str, Any]:
    """As autovacuum and the upkeep of indexes leave it after a while; then how large it is."""
    from gateway.store.memory_upkeep import tend_indexes

    tend_indexes()
    connection.execute("VACUUM (ANALYZE) caching_entry")
    connection.execute("CHECKPOINT")
    row = connection.execute(
        """SELECT count(*), count(DISTINCT (scope, context)), pg_total_relation_size('caching_entry') / 1048576
        FROM caching_entry"""
    ).fetchone()
    assert row is not None
    return {"rows": row[0], "groups": row[1], "MB": int(row[2])}
