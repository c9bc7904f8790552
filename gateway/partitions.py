"""Day partitions of operations and attempts: made ahead, dropped by age. Called by Celery beat and after `migrate`."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable

from django.db import connection, transaction
from psycopg import sql

PARENTS = ("gateway_operation", "gateway_attempt", "gateway_ledgerentry")
_NAME = re.compile(r"^(gateway_operation|gateway_attempt|gateway_ledgerentry)_(\d{8})$")
LEDGER = "gateway_ledgerentry"
# Moving rows from the default partition to their own, and dropping days, change no entry of the append-only ledger.
_OPEN_LEDGER = "ALTER TABLE {default} DISABLE TRIGGER append_only"
_CLOSE_LEDGER = "ALTER TABLE {default} ENABLE TRIGGER append_only"
_LOCK_WAIT = "SET LOCAL lock_timeout = '10s'"


def today() -> dt.date:
    return dt.datetime.now(dt.UTC).date()


def existing() -> dict[str, list[dt.date]]:
    """The days that have a partition, by parent table, in order."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT child.relname FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid "
            "JOIN pg_class parent ON parent.oid = inhparent WHERE parent.relname = ANY(%s)",
            [list(PARENTS)],
        )
        names = [row[0] for row in cursor.fetchall()]
    found: dict[str, list[dt.date]] = {parent: [] for parent in PARENTS}
    for name in names:
        if match := _NAME.match(name):
            found[match[1]].append(dt.datetime.strptime(match[2], "%Y%m%d").replace(tzinfo=dt.UTC).date())
    return {parent: sorted(days) for parent, days in found.items()}


def ensure(days_ahead: int = 7) -> list[str]:
    """Make the partitions from yesterday to `days_ahead`; the names of those made. Safe to run anywhere, any number of
    times, by several processes at once."""
    return cover(today() - dt.timedelta(days=1), today() + dt.timedelta(days=days_ahead))


def cover(first: dt.date, last: dt.date) -> list[str]:
    """The same from `first` to `last`, both included."""
    made = []
    have = existing()
    for parent in PARENTS:
        for offset in range((last - first).days + 1):
            day = first + dt.timedelta(days=offset)
            if day not in have[parent] and _make(parent, day):
                made.append(f"{parent}_{day:%Y%m%d}")
    return made


def _make(parent: str, day: dt.date) -> bool:
    """Rows of that day that fell into the default partition move along: Postgres refuses the partition otherwise."""
    name = f"{parent}_{day:%Y%m%d}"
    words = {
        "name": sql.Identifier(name),
        "parent": sql.Identifier(parent),
        "default": sql.Identifier(f"{parent}_default"),
        "day": sql.Literal(day),
        "end": sql.Literal(day + dt.timedelta(days=1)),
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_LOCK_WAIT)
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('gateway_partitions'))")
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [name])
        if cursor.fetchone()[0]:
            return False
        for statement in (
            "LOCK TABLE {parent} IN SHARE UPDATE EXCLUSIVE MODE",
            *([_OPEN_LEDGER] if parent == LEDGER else []),
            "CREATE TABLE {name} (LIKE {parent} INCLUDING DEFAULTS)",
            "WITH moved AS (DELETE FROM {default} WHERE day >= {day} AND day < {end} RETURNING *) "
            "INSERT INTO {name} SELECT * FROM moved",
            "ALTER TABLE {parent} ATTACH PARTITION {name} FOR VALUES FROM ({day}) TO ({end})",
            *([_CLOSE_LEDGER] if parent == LEDGER else []),
        ):
            cursor.execute(sql.SQL(statement).format(**words).as_string())
    return True


def drop_older_than(days: int, parents: Iterable[str] = PARENTS) -> list[str]:
    """Drop the partitions of days more than `days` ago; the names of those dropped. Each is a transaction of its own and
    no row is read (LOG-1, LOG-3); one that is locked for long is left to the next run."""
    first_kept = today() - dt.timedelta(days=days)
    dropped = []
    have = existing()
    for parent in parents:
        for name in (f"{parent}_{day:%Y%m%d}" for day in have[parent] if day < first_kept):
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(_LOCK_WAIT)
                cursor.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(sql.Identifier(name)).as_string())
            dropped.append(name)
        _clear_default(parent, first_kept)
    return dropped


def _clear_default(parent: str, first_kept: dt.date) -> None:
    """The default partition holds strays only, so this is no bulk delete (LOG-2); untouched when it has no such row."""
    default = {"default": sql.Identifier(f"{parent}_default")}
    statements = [sql.SQL("DELETE FROM {default} WHERE day < {day}").format(**default, day=sql.Literal(first_kept))]
    if parent == LEDGER:
        statements = [sql.SQL(_OPEN_LEDGER).format(**default), *statements, sql.SQL(_CLOSE_LEDGER).format(**default)]
    strays = sql.SQL("SELECT EXISTS (SELECT 1 FROM {default} WHERE day < {day})")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(strays.format(**default, day=sql.Literal(first_kept)).as_string())
        if cursor.fetchone()[0]:
            cursor.execute(_LOCK_WAIT)
            for statement in statements:
                cursor.execute(statement.as_string())
