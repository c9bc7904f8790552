"""Leases in Postgres: taken with one conditional UPDATE, moved to `spent` with the attempt that spent them, given back.

A lease below 0 owes: so much more was spent than was leased, which is in `spent` already and is not set aside again when
its process leases more to make up for it. ``leased`` of a window is the sum of its leases above 0.

Whoever touches several rows locks budgets (FOR KEY SHARE, against their deletion) before windows before leases, each in key
order (DBL-2, DBL-4); accounts/removing.py deletes in the same order. What meets a deadlock all the same is done again.
``spent + leased`` of a window never grows past its limit here; only what an attempt cost beyond its lease can carry it over
(BUD-7).
"""

from __future__ import annotations

import datetime as dt
import random
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

import orjson
import psycopg
from psycopg import errors

AGAIN = (errors.DeadlockDetected, errors.SerializationFailure, errors.LockNotAvailable)
Found = TypeVar("Found")
_PATIENCE = 10
TERM = dt.timedelta(minutes=2)
_SHARE = 16  # a lease beyond what is needed at once is at most this part of what is left

_WINDOW = """
INSERT INTO accounts_budgetwindow (budget_id, window_start, spent, leased, notified)
SELECT id, %(start)s, 0, 0, 0 FROM accounts_budget WHERE id = %(budget)s
ON CONFLICT (budget_id, window_start) DO NOTHING
"""

# The rows are locked first, so that what is left is what the UPDATE finds.
_TAKE = f"""
WITH known_budget AS MATERIALIZED (
    SELECT id FROM accounts_budget WHERE id = %(budget)s FOR KEY SHARE
), locked AS MATERIALIZED (
    SELECT id, window_start, spent, leased FROM accounts_budgetwindow
    WHERE budget_id = (SELECT id FROM known_budget) AND window_start BETWEEN %(since)s AND %(start)s
    ORDER BY window_start FOR UPDATE
), mine AS MATERIALIZED (
    SELECT amount FROM accounts_budgetlease WHERE id = %(lease)s AND EXISTS (SELECT FROM locked) FOR UPDATE
), known AS (
    SELECT coalesce(sum(spent + leased), 0) AS used, coalesce(sum(spent), 0) AS spent,
        greatest(0, -coalesce((SELECT amount FROM mine), 0)) AS owed FROM locked
), sized AS (
    SELECT id, owed, greatest(%(need)s, least(%(want)s, round((%(limit)s - used) / {_SHARE}, 10))) AS amount
    FROM locked, known WHERE window_start = %(start)s AND used + greatest(0, %(need)s - owed) <= %(limit)s
), moved AS (
    UPDATE accounts_budgetwindow stored SET leased = stored.leased + greatest(0, sized.amount - sized.owed)
    FROM sized WHERE stored.id = sized.id RETURNING stored.id, sized.amount
), lease AS (
    INSERT INTO accounts_budgetlease AS stored (id, window_id, owner, amount, expires_at)
    SELECT %(lease)s, id, %(owner)s, amount, now() + %(term)s FROM moved
    ON CONFLICT (id) DO UPDATE SET amount = stored.amount + EXCLUDED.amount, expires_at = EXCLUDED.expires_at
)
SELECT known.used, moved.amount, known.spent FROM known LEFT JOIN moved ON true
"""  # noqa: S608 (a number of ours)

_GIVE_BACK = """
WITH locked AS MATERIALIZED (
    SELECT stored.id FROM accounts_budgetwindow stored JOIN accounts_budgetlease lease ON lease.window_id = stored.id
    WHERE lease.id = %(lease)s FOR UPDATE OF stored
), lease AS MATERIALIZED (
    SELECT id, window_id, greatest(0, least(amount, %(amount)s)) AS given FROM accounts_budgetlease
    WHERE id = %(lease)s AND window_id IN (SELECT id FROM locked) FOR UPDATE
), kept AS (
    UPDATE accounts_budgetlease stored SET amount = stored.amount - lease.given FROM lease WHERE stored.id = lease.id
)
UPDATE accounts_budgetwindow stored SET leased = stored.leased - lease.given FROM lease WHERE stored.id = lease.window_id
"""

# A lease that somebody has locked is being used or deleted: it is renewed the next time.
_RENEW = """
UPDATE accounts_budgetlease SET expires_at = now() + %s WHERE id IN (
    SELECT id FROM accounts_budgetlease WHERE id = ANY(%s::uuid[]) ORDER BY id FOR UPDATE SKIP LOCKED)
"""


def take(
    connection: psycopg.Connection[Any],
    *,
    budget: str,
    since: dt.datetime,
    start: dt.datetime,
    limit: Decimal,
    need: Decimal,
    want: Decimal,
    lease: str,
    owner: str,
) -> tuple[Decimal | None, Decimal]:
    """(USD leased, USD spent by all so far): at least `need`, up to `want` while much is left; None when `need` is more
    than what is left, which the spent and leased of all make up (BUD-6: nobody is refused without asking)."""
    given = {
        "budget": budget, "since": since, "start": start, "limit": limit, "need": need, "want": want, "lease": lease,
        "owner": owner, "term": TERM,
    }  # fmt: skip
    with connection.transaction():
        row = connection.execute(_TAKE, given).fetchone()
        if row is None or (row[1] is None and row[0] + need <= limit):  # the window has no row yet
            connection.execute(_WINDOW, given)
            row = connection.execute(_TAKE, given).fetchone()
    if row is None:
        return None, Decimal(0)
    return row[1], row[2]


def spent(connection: psycopg.Connection[Any], budget: str, since: dt.datetime, start: dt.datetime) -> Decimal:
    """By all, as far as it is in the books."""
    row = connection.execute(
        "SELECT coalesce(sum(spent), 0) FROM accounts_budgetwindow "
        "WHERE budget_id = %s AND window_start BETWEEN %s AND %s",
        [budget, since, start],
    ).fetchone()
    return row[0] if row else Decimal(0)


def give_back(connection: psycopg.Connection[Any], lease: str, amount: Decimal) -> None:
    """Of the lease, at most what it still holds."""

    def deed() -> None:
        connection.execute(_GIVE_BACK, {"lease": lease, "amount": amount})

    _again(connection, deed)


def renew(connection: psycopg.Connection[Any], leases: list[str]) -> None:
    connection.execute(_RENEW, [TERM, sorted(leases)])


def end(connection: psycopg.Connection[Any], where: str, values: list[Any]) -> int:
    """Deletes the leases `where` (SQL on "lease") holds for and gives their money back to their windows. How many."""
    return _again(connection, lambda: _end(connection, where, values))


def _again(connection: psycopg.Connection[Any], deed: Callable[[], Found]) -> Found:
    """`deed` in a transaction; after a deadlock, which undid it, once more."""
    for patience in range(_PATIENCE):
        try:
            with connection.transaction():
                return deed()
        except AGAIN:
            if patience == _PATIENCE - 1:
                raise
            time.sleep(random.uniform(0, 0.02 * (patience + 1)))  # noqa: S311
    raise AssertionError


def _end(connection: psycopg.Connection[Any], where: str, values: list[Any]) -> int:
    rows = connection.execute(
        "SELECT lease.id, lease.window_id FROM accounts_budgetlease lease "  # type: ignore[call-overload]  # noqa: S608
        f"WHERE {where} ORDER BY lease.id",
        values,
    ).fetchall()
    if not rows:
        return 0
    windows = sorted({row[1] for row in rows})
    connection.execute(
        "SELECT id FROM accounts_budgetwindow WHERE id = ANY(%s) ORDER BY budget_id, window_start FOR UPDATE",
        [windows],
    )
    gone = connection.execute(
        "WITH gone AS (DELETE FROM accounts_budgetlease lease USING ("  # type: ignore[call-overload]  # noqa: S608
        f"SELECT id FROM accounts_budgetlease lease WHERE lease.id = ANY(%s) AND {where} ORDER BY id FOR UPDATE"
        ") chosen WHERE lease.id = chosen.id RETURNING lease.window_id, lease.amount), "
        "sums AS (SELECT window_id, sum(greatest(0, amount)) AS amount, count(*) AS number FROM gone "
        "GROUP BY window_id), "
        "moved AS (UPDATE accounts_budgetwindow stored SET leased = stored.leased - sums.amount FROM sums "
        "WHERE stored.id = sums.window_id) SELECT coalesce(sum(number), 0) FROM sums",
        [[row[0] for row in rows], *values],
    ).fetchone()
    return int(gone[0]) if gone else 0


def with_budgets(row: dict[str, Any], record: Mapping[str, Any]) -> dict[str, Any]:
    """The row of an attempt and beside its columns where it is charged: [budget, window start, lease] each."""
    found = []
    for line in record.get("budgets") or ():
        try:
            budget, start, lease = line
            found.append([str(uuid.UUID(budget)), dt.datetime.fromisoformat(start).isoformat(), str(uuid.UUID(lease))])
        except (ValueError, TypeError, AttributeError):
            continue
    return {**row, "budgets": found} if found else row


@contextmanager
def charging(connection: psycopg.Connection[Any], attempts: Iterable[Mapping[str, Any]]) -> Iterator[None]:
    """Around the statements that close `attempts`, inside their transaction: moves the cost of those that were not closed
    before from their leases to `spent`. So exactly once, with the attempt's id as the event's id (CUT-19)."""
    due = [row for row in attempts if row.get("budgets") and row.get("status") != "open" and _cost(row) > 0]
    if due:
        closed = connection.execute(_CLOSED, [[row["id"] for row in due], [row["day"] for row in due]]).fetchall()
        before = {str(row[0]) for row in closed}
        due = [row for row in due if str(row["id"]) not in before]
    yield
    sums: dict[tuple[str, str, str], Decimal] = {}
    for row in due:
        for budget, start, lease in row["budgets"]:
            sums[budget, start, lease] = sums.get((budget, start, lease), Decimal(0)) + _cost(row)
    if sums:
        given = [
            {"budget": budget, "start": start, "lease": lease, "cost": str(cost)}
            for (budget, start, lease), cost in sorted(sums.items())
        ]
        text = orjson.dumps(given).decode()
        connection.execute(_LOCK_WINDOWS, [text, text])
        connection.execute(_CHARGE, [text])


def _cost(row: Mapping[str, Any]) -> Decimal:
    try:
        cost = Decimal(str(row.get("cost_usd") or 0))
    except InvalidOperation:
        return Decimal(0)
    return cost if cost.is_finite() else Decimal(0)


# As gateway/store/upsert.py: what the sweeper closed is closed again by the truth, and only then charged.
_CLOSED = """
SELECT id FROM gateway_attempt WHERE id = ANY(%s::uuid[]) AND day = ANY(%s::date[]) AND status <> 'open'
AND error_code <> 'never_closed' ORDER BY id FOR UPDATE
"""
_GIVEN = "jsonb_to_recordset(%s::jsonb) AS given (budget uuid, start timestamptz, lease uuid, cost numeric)"
# The budgets are locked before the windows: one that is deleted meanwhile is not there any more, and takes neither the
# charge's foreign key nor, with it, the record of the attempt along.
_LOCK_WINDOWS = f"""
WITH there AS MATERIALIZED (
    SELECT id FROM accounts_budget WHERE id IN (SELECT given.budget FROM {_GIVEN}) ORDER BY id FOR KEY SHARE
)
INSERT INTO accounts_budgetwindow AS stored (budget_id, window_start, spent, leased, notified)
SELECT given.budget, given.start, sum(given.cost), 0, 0 FROM {_GIVEN} JOIN there ON there.id = given.budget
GROUP BY given.budget, given.start ORDER BY given.budget, given.start
ON CONFLICT (budget_id, window_start) DO UPDATE SET spent = stored.spent + EXCLUDED.spent
"""  # noqa: S608
_CHARGE = f"""
WITH costs AS (SELECT given.lease, sum(given.cost) AS cost FROM {_GIVEN} GROUP BY given.lease
), leases AS MATERIALIZED (
    SELECT lease.id, lease.window_id, costs.cost, greatest(0, least(lease.amount, costs.cost)) AS part
    FROM accounts_budgetlease lease JOIN costs ON costs.lease = lease.id ORDER BY lease.id FOR UPDATE OF lease
), kept AS (
    UPDATE accounts_budgetlease stored SET amount = stored.amount - leases.cost FROM leases WHERE stored.id = leases.id
)
UPDATE accounts_budgetwindow stored SET leased = stored.leased - sums.part
FROM (SELECT window_id, sum(part) AS part FROM leases GROUP BY window_id) sums WHERE stored.id = sums.window_id
"""  # noqa: S608
