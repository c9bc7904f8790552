"""UsageHour and UsageDay, PassHour and PassDay: written here and nowhere else, made anew from the ledger and the operations.

One writer at a time: an advisory lock elects it, and a token in `RollupState` fences off a writer that lost the lock
without noticing (DBL-5). A run counts whole hours again, so it may be repeated, stopped or late without harm: the hours of
the last `OVERLAP`, and older ones that `LateHour` names. Money is summed as numeric.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
import structlog

from gateway import postgres

log = structlog.get_logger("lynkr.rollups")

OVERLAP = dt.timedelta(hours=2)  # rows later than an hour are noted by triggers: the rest is margin
RUN_SECONDS = 240.0
HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)
DIMENSIONS = ("team_id", "user_id", "key_id", "account", "vendor", "model", "tier", "surface")
SUMS = (
    "operations",
    "failed_operations",
    "attempts",
    "input_tokens",
    "output_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "cache_write_1h_tokens",
    "reasoning_tokens",
    "cost_usd",
    "unpriced_attempts",
    "tokens_saved",
    "saved_usd",
    "cache_lookups",
    "cache_hits",
)
PASS_DIMENSIONS = ("team_id", "name")
PASS_SUMS = ("requests", "tokens_before", "tokens_after", "saved_usd")
_LOCK = 7_217_002_661  # of ours only


class Fenced(Exception):
    """Another writer has taken over: this one must not write any more."""


@dataclass(frozen=True, slots=True)
class Run:
    """What a run did. `finished` is False when its time ran out; the next one goes on from there (LOG-5)."""

    hours: int
    finished: bool


class Writer:
    """The right to write roll-ups, for as long as nobody else took it."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.connection = connection
        row = connection.execute("UPDATE gateway_rollupstate SET token = token + 1 WHERE id = 1 RETURNING token")
        self.token: int = row.fetchone()[0]  # type: ignore[index]

    @contextmanager
    def transaction(self) -> Iterator[dict[str, Any]]:
        """A transaction that holds the state's row, and what is in it; `Fenced` if the token moved on."""
        with self.connection.transaction():
            found = self.connection.execute(
                "SELECT token, counted_to, kept_from FROM gateway_rollupstate WHERE id = 1 FOR UPDATE"
            ).fetchone()
            if found is None or found[0] != self.token:
                raise Fenced("another roll-up run has taken over")
            yield {"counted_to": found[1], "kept_from": found[2]}

    def count(self, start: dt.datetime, end: dt.datetime) -> None:
        """Make the hours from `start` to before `end` (one UTC day at most) anew, and their day. In `transaction` only."""
        day = start.astimezone(dt.UTC).date()
        for hours, days in ((_HOURS, _DAYS), (_PASS_HOURS, _PASS_DAYS)):
            self.connection.execute(hours, {"start": start, "end": end})
            self.connection.execute(days, {"day": day, "start": midnight(day), "end": midnight(day + DAY)})


@contextmanager
def only_writer() -> Iterator[Writer | None]:
    """The `Writer`, or None when another process is at it. The lock ends with the connection."""
    connection = postgres.connect("roll-ups")
    try:
        row = connection.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK]).fetchone()
        yield Writer(connection) if row is not None and row[0] else None
    finally:
        connection.close()


def midnight(day: dt.date) -> dt.datetime:
    return dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC)


def roll_up(run_seconds: float = RUN_SECONDS) -> Run | None:
    """Count what is new. None when another process is counting."""
    with only_writer() as writer:
        return _roll_up(writer, run_seconds) if writer is not None else None


def rebuild(first: dt.date, last: dt.date) -> int:
    """Make the roll-ups of whole days (UTC, both included) anew; how many. Days that retention dropped keep theirs.
    Raises `Fenced` when another process is counting."""
    with only_writer() as writer:
        if writer is None:
            raise Fenced("another process is counting; try again in a minute")
        days = 0
        day = first
        while day <= last:
            with writer.transaction() as state:
                if state["kept_from"] is None or day >= state["kept_from"]:
                    writer.count(midnight(day), midnight(day + DAY))
                    days += 1
            day += DAY
        return days


def _roll_up(writer: Writer, run_seconds: float) -> Run:
    ends_at = time.monotonic() + run_seconds
    done = 0
    with writer.transaction() as state:
        now: dt.datetime = writer.connection.execute("SELECT now()").fetchone()[0]  # type: ignore[index]
        late = _late_hours(writer.connection)
        begin = state["counted_to"] - OVERLAP if state["counted_to"] else _oldest(writer.connection) or now
    for start, end, ids in _late_spans(late):
        if time.monotonic() > ends_at:
            return Run(done, False)
        with writer.transaction() as state:
            if state["kept_from"] is None or start.date() >= state["kept_from"]:
                writer.count(start, end)
                done += int((end - start) / HOUR)
            writer.connection.execute("DELETE FROM gateway_latehour WHERE id = ANY(%s)", [ids])
    for start, end in spans(_whole_hour(begin), _whole_hour(now) + HOUR):
        if time.monotonic() > ends_at:
            return Run(done, False)
        with writer.transaction() as state:
            if state["kept_from"] is None or start.date() >= state["kept_from"]:
                writer.count(start, end)
                done += int((end - start) / HOUR)
            writer.connection.execute(
                "UPDATE gateway_rollupstate SET counted_to = %s WHERE id = 1", [min(end + OVERLAP, now)]
            )
    return Run(done, True)


def spans(start: dt.datetime, end: dt.datetime) -> Iterator[tuple[dt.datetime, dt.datetime]]:
    """From `start` to `end` in pieces that lie within one UTC day each."""
    while start < end:
        border = min(end, midnight(start.date() + DAY))
        yield start, border
        start = border


def _late_hours(connection: psycopg.Connection[Any]) -> list[tuple[dt.datetime, list[int]]]:
    found = connection.execute(
        "SELECT hour, array_agg(id) FROM (SELECT id, hour FROM gateway_latehour ORDER BY id LIMIT 100000) AS noted "
        "GROUP BY hour ORDER BY hour"
    )
    return [(hour.astimezone(dt.UTC), ids) for hour, ids in found.fetchall()]


def _late_spans(late: Iterable[tuple[dt.datetime, list[int]]]) -> Iterator[tuple[dt.datetime, dt.datetime, list[int]]]:
    """Hours next to each other (of one day) are counted at once."""
    start: dt.datetime | None = None
    end = dt.datetime.min.replace(tzinfo=dt.UTC)
    noted: list[int] = []
    for hour, ids in late:
        if start is not None and hour == end and hour.date() == start.date():
            end, noted = hour + HOUR, noted + ids
            continue
        if start is not None:
            yield start, end, noted
        start, end, noted = hour, hour + HOUR, list(ids)
    if start is not None:
        yield start, end, noted


def _oldest(connection: psycopg.Connection[Any]) -> dt.datetime | None:
    row = connection.execute(
        "SELECT least((SELECT min(at) FROM gateway_ledgerentry), (SELECT min(started_at) FROM gateway_operation))"
    ).fetchone()
    return row[0] if row is not None else None


def _whole_hour(moment: dt.datetime) -> dt.datetime:
    return moment.astimezone(dt.UTC).replace(minute=0, second=0, microsecond=0)


# An adjustment changes money only: its attempt was counted with the charge. A charge without a price counts as unpriced until
# an adjustment gives it one. `failed_operations` are those the providers failed; what a policy refused, the caller asked
# wrongly or left is none. The vendor of an operation is that of the attempt that served it. A request counts as looked for in
# the answer cache by what became of it (gateway.lookup); one that was asked again to compare is nobody's request.
_SOURCES = """
SELECT date_trunc('hour', at, 'UTC') AS hour, coalesce(team_id, 0) AS team_id, coalesce(user_id, 0) AS user_id,
    coalesce(key_id, '00000000-0000-0000-0000-000000000000') AS key_id, account, vendor, model, tier, surface,
    0 AS operations, 0 AS failed_operations, (kind = 'charge')::int AS attempts,
    CASE WHEN kind = 'charge' THEN input_tokens END AS input_tokens,
    CASE WHEN kind = 'charge' THEN output_tokens END AS output_tokens,
    CASE WHEN kind = 'charge' THEN cache_read_tokens END AS cache_read_tokens,
    CASE WHEN kind = 'charge' THEN coalesce(cache_write_5m_tokens, 0) + coalesce(cache_write_1h_tokens, 0) END
        AS cache_write_tokens,
    CASE WHEN kind = 'charge' THEN cache_write_1h_tokens END AS cache_write_1h_tokens,
    CASE WHEN kind = 'charge' THEN reasoning_tokens END AS reasoning_tokens, amount_usd AS cost_usd,
    CASE WHEN kind = 'charge' AND amount_usd IS NULL AND NOT EXISTS (
        SELECT 1 FROM gateway_ledgerentry adjustment WHERE adjustment.kind = 'adjustment'
            AND adjustment.attempt_id = entry.attempt_id AND adjustment.amount_usd IS NOT NULL
    ) THEN 1 ELSE 0 END AS unpriced_attempts, 0 AS tokens_saved, 0 AS saved_usd, 0 AS cache_lookups, 0 AS cache_hits
FROM gateway_ledgerentry entry WHERE at >= %(start)s AND at < %(end)s
UNION ALL
SELECT date_trunc('hour', started_at, 'UTC'), coalesce(team_id, 0), coalesce(user_id, 0),
    coalesce(key_id, '00000000-0000-0000-0000-000000000000'), account,
    coalesce((SELECT attempt.vendor FROM gateway_attempt attempt
        WHERE operation.account <> '' AND attempt.operation_id = operation.id AND attempt.account = operation.account
            AND attempt.day BETWEEN operation.day AND operation.day + 1
        ORDER BY attempt.sequence DESC LIMIT 1), ''),
    model, tier, surface, 1, (status IN ('failed', 'truncated'))::int, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    coalesce(tokens_saved, 0), coalesce(saved_usd, 0),
    (split_part(cache, ':', 1) IN ('exact', 'semantic', 'shared', 'miss', 'near') AND surface <> 'cache check')::int,
    (cache IN ('exact', 'semantic', 'shared') AND surface <> 'cache check')::int
FROM gateway_operation operation WHERE started_at >= %(start)s AND started_at < %(end)s AND status <> 'open'
"""


# A receipt is of the tokens that one pass changed in one request. The name is bounded by its column.
_RECEIPTS = """
SELECT date_trunc('hour', started_at, 'UTC') AS hour, coalesce(team_id, 0) AS team_id, left(receipt.key, 40) AS name,
    1 AS requests, (receipt.value->>'before')::bigint AS tokens_before, (receipt.value->>'after')::bigint AS tokens_after,
    (receipt.value->>'usd')::numeric AS saved_usd
FROM gateway_operation CROSS JOIN LATERAL jsonb_each(
    CASE jsonb_typeof(passes->'receipts') WHEN 'object' THEN passes->'receipts' END) AS receipt
WHERE started_at >= %(start)s AND started_at < %(end)s AND status <> 'open'
"""


def _into(
    table: str, bucket: str, source: str, span: str, dimensions: Sequence[str] = DIMENSIONS, sums: Sequence[str] = SUMS
) -> str:
    """One statement: what is gone is deleted, the rest inserted or, if it changed, updated, in key order (DBL-2)."""
    keys, values = ", ".join(dimensions), ", ".join(sums)
    totals = ", ".join(f"coalesce(sum({name}), 0) AS {name}" for name in sums)
    same = " AND ".join(f"fresh.{name} = stale.{name}" for name in dimensions)
    stored, new = (", ".join(f"{row}.{name}" for name in sums) for row in ("stored", "EXCLUDED"))
    return f"""
WITH fresh AS MATERIALIZED (
    SELECT {bucket}, {keys}, {totals} FROM ({source}) AS source GROUP BY {bucket}, {keys}
), gone AS (
    DELETE FROM {table} AS stale WHERE {span} AND NOT EXISTS (
        SELECT 1 FROM fresh WHERE fresh.{bucket} = stale.{bucket} AND {same})
)
INSERT INTO {table} AS stored ({bucket}, {keys}, {values})
SELECT {bucket}, {keys}, {values} FROM fresh ORDER BY {bucket}, {keys}
ON CONFLICT ({bucket}, {keys}) DO UPDATE SET {", ".join(f"{name} = EXCLUDED.{name}" for name in sums)}
WHERE ({stored}) IS DISTINCT FROM ({new})
"""  # noqa: S608 (names of ours)


def _of_hours(table: str, dimensions: Sequence[str], sums: Sequence[str]) -> str:
    return (
        f"SELECT %(day)s::date AS day, {', '.join([*dimensions, *sums])} FROM {table} "  # noqa: S608 (names of ours)
        "WHERE hour >= %(start)s AND hour < %(end)s"
    )


_SPAN, _DAY = "stale.hour >= %(start)s AND stale.hour < %(end)s", "stale.day = %(day)s"
_PASS = (PASS_DIMENSIONS, PASS_SUMS)
_HOURS = _into("gateway_usagehour", "hour", _SOURCES, _SPAN)
_DAYS = _into("gateway_usageday", "day", _of_hours("gateway_usagehour", DIMENSIONS, SUMS), _DAY)
_PASS_HOURS = _into("gateway_passhour", "hour", _RECEIPTS, _SPAN, *_PASS)
_PASS_DAYS = _into("gateway_passday", "day", _of_hours("gateway_passhour", *_PASS), _DAY, *_PASS)
