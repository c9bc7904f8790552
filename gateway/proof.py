"""The books prove themselves: attempts = ledger = roll-ups = budget counters, and nothing dispatched stays open."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import structlog
from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from accounts.models import Budget, BudgetWindow
from gateway import alerts, partitions
from gateway.models import ProviderAccount
from gateway.rollups import DAY, midnight

log = structlog.get_logger("lynkr.proof")

BOOKS = "books"
OPEN = "open_attempts"
OPEN_MINUTES = 15
_UNSTORED = 2_000  # an alert names this many differences at most


@contextmanager
def _one_moment() -> Iterator[Any]:
    """A cursor for which everything is as of one moment."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield cursor


def prove(days: int, today: dt.date | None = None) -> list[str]:
    """Compare the last `days` whole days (UTC) before `today`. What differs is an open alert that names day and team, what
    is equal again closes its alert (CUT-20); the subjects that differ."""
    today = today or partitions.today()
    found: dict[str, str] = {}
    looked_at: set[str] = set()
    for day in (today - n * DAY for n in range(days, 0, -1)):
        teams, differences = compare(day)
        looked_at |= {subject(day, team) for team in teams}
        for team, problems in differences.items():
            found[subject(day, team)] = f"{day}, team {team or 'none'}: {'; '.join(problems)}"
    from_ = midnight(today - days * DAY)
    alerts.settle(BOOKS, dict(list(found.items())[:_UNSTORED]), looked_at | found.keys() | _open_subjects(from_, today))
    counted, counters = compare_counters(from_, midnight(today))
    alerts.settle("counters", counters, counted)
    if found or counters:
        log.error("the books differ", subjects=sorted(found | counters)[:20])
    return sorted(found | counters)


def subject(day: dt.date, team: int) -> str:
    return f"{day} team {team}"


def _open_subjects(start: dt.datetime, today: dt.date) -> set[str]:
    """Open alerts of the days looked at, whose team may have no row left at all."""
    days = [str(start.date() + n * DAY) for n in range((today - start.date()).days)]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT subject FROM gateway_alert WHERE kind = %s AND closed_at IS NULL "
            "AND split_part(subject, ' ', 1) = ANY(%s)",
            [BOOKS, days],
        )
        return {row[0] for row in cursor.fetchall()}


# Each gives (team, name of the figure, one side's words, its number, other side's words, its number); equal ones too.
_COMPARISONS = {
    "ledger and daily totals": """
        WITH ledger AS (
            SELECT coalesce(team_id, 0) AS team, coalesce(sum(amount_usd), 0) AS cost,
                count(*) FILTER (WHERE kind = 'charge') AS attempts,
                coalesce(sum(coalesce(input_tokens, 0) + coalesce(output_tokens, 0)) FILTER (WHERE kind = 'charge'), 0)
                    AS tokens
            FROM gateway_ledgerentry WHERE at >= %(start)s AND at < %(end)s GROUP BY 1
        ), totals AS (
            SELECT team_id AS team, sum(cost_usd) AS cost, sum(attempts) AS attempts,
                sum(input_tokens + output_tokens) AS tokens
            FROM gateway_usageday WHERE day = %(day)s GROUP BY 1
        ) SELECT team, coalesce(ledger.cost, 0), coalesce(totals.cost, 0), coalesce(ledger.attempts, 0),
            coalesce(totals.attempts, 0), coalesce(ledger.tokens, 0), coalesce(totals.tokens, 0)
        FROM ledger FULL JOIN totals USING (team)""",
    "daily and hourly totals": """
        WITH days AS (
            SELECT team_id AS team, sum(cost_usd) AS cost, sum(attempts) AS attempts, sum(operations) AS operations
            FROM gateway_usageday WHERE day = %(day)s GROUP BY 1
        ), hours AS (
            SELECT team_id AS team, sum(cost_usd) AS cost, sum(attempts) AS attempts, sum(operations) AS operations
            FROM gateway_usagehour WHERE hour >= %(start)s AND hour < %(end)s GROUP BY 1
        ) SELECT team, coalesce(days.cost, 0), coalesce(hours.cost, 0), coalesce(days.attempts, 0),
            coalesce(hours.attempts, 0), coalesce(days.operations, 0), coalesce(hours.operations, 0)
        FROM days FULL JOIN hours USING (team)""",
    "operations and daily totals": """
        WITH stored AS (
            SELECT coalesce(team_id, 0) AS team, count(*) AS operations FROM gateway_operation
            WHERE started_at >= %(start)s AND started_at < %(end)s AND status <> 'open' GROUP BY 1
        ), totals AS (
            SELECT team_id AS team, sum(operations) AS operations FROM gateway_usageday WHERE day = %(day)s GROUP BY 1
        ) SELECT team, coalesce(stored.operations, 0), coalesce(totals.operations, 0)
        FROM stored FULL JOIN totals USING (team)""",
    "calls and ledger": """
        WITH calls AS (
            SELECT coalesce(team_id, 0) AS team, coalesce(sum(cost_usd), 0) AS cost FROM gateway_attempt
            WHERE started_at >= %(start)s AND started_at < %(end)s AND status <> 'open' GROUP BY 1
        ), charges AS (
            SELECT coalesce(team_id, 0) AS team, coalesce(sum(amount_usd), 0) AS cost FROM gateway_ledgerentry
            WHERE at >= %(start)s AND at < %(end)s AND kind = 'charge' GROUP BY 1
        ) SELECT team, coalesce(calls.cost, 0), coalesce(charges.cost, 0) FROM calls FULL JOIN charges USING (team)""",
    "requests and their calls": """
        SELECT coalesce(operation.team_id, 0), sum(operation.attempts), coalesce(sum(closed.attempts), 0)
        FROM gateway_operation operation LEFT JOIN (
            SELECT operation_id, count(*) AS attempts FROM gateway_attempt
            WHERE day BETWEEN %(day)s AND %(day)s::date + 1 AND status <> 'open' GROUP BY operation_id
        ) closed ON closed.operation_id = operation.id
        WHERE operation.started_at >= %(start)s AND operation.started_at < %(end)s
            AND operation.status <> 'open' AND operation.error_code <> 'never_closed'
        GROUP BY 1""",
}
_FIGURES = {
    "ledger and daily totals": ("USD", "calls", "tokens"),
    "daily and hourly totals": ("USD", "calls", "requests"),
    "operations and daily totals": ("requests",),
    "calls and ledger": ("USD",),
    "requests and their calls": ("calls",),
}


def compare(day: dt.date) -> tuple[set[int], dict[int, list[str]]]:
    """The teams (0: none) that have rows of `day`, and what differs for whom. Days whose rows were dropped are equal."""
    teams: set[int] = set()
    differences: dict[int, list[str]] = {}
    with _one_moment() as cursor:
        cursor.execute("SELECT kept_from FROM gateway_rollupstate WHERE id = 1")
        kept_from = cursor.fetchone()[0]
        if kept_from is not None and day < kept_from:
            return teams, differences
        for words, statement in _COMPARISONS.items():
            cursor.execute(statement, {"day": day, "start": midnight(day), "end": midnight(day + DAY)})
            for team, *numbers in cursor.fetchall():
                teams.add(team)
                for figure, one, other in zip(_FIGURES[words], numbers[::2], numbers[1::2], strict=True):
                    if one != other:
                        differences.setdefault(team, []).append(f"{words}: {_plain(one)} and {_plain(other)} {figure}")
    return teams, differences


def _plain(number: Decimal | int) -> str:
    return f"{number:f}" if isinstance(number, Decimal) else str(number)


def compare_counters(start: dt.datetime, end: dt.datetime) -> tuple[set[str], dict[str, str]]:
    """Budget windows that begin within [start, end) or hold it: what they say was spent against the ledger. Rolling budgets
    and windows that were under way when the budget was made have no equal in the ledger and are left out. The subjects
    looked at, and those that differ."""
    looked_at: set[str] = set()
    found: dict[str, str] = {}
    windows = BudgetWindow.objects.filter(
        budget__rolling=False, window_start__gte=start - dt.timedelta(days=31), window_start__lt=end
    )
    with _one_moment() as cursor:
        cursor.execute("SELECT kept_from FROM gateway_rollupstate WHERE id = 1")
        kept_from = cursor.fetchone()[0]
        for window in windows.select_related("budget", "budget__key").order_by("id"):
            budget = window.budget
            until = window_end(budget, window.window_start)
            if budget.created_at > window.window_start or until is None or until <= start:
                continue
            if kept_from is not None and window.window_start < midnight(kept_from):
                continue
            name = f"{window.window_start:%Y-%m-%d %H:%M} budget {budget.id}"
            looked_at.add(name)
            spent = _spent(cursor, budget, window.window_start, until)
            if spent != window.spent:
                of = f"team {budget.team_id}" if budget.team_id else "budget"
                found[name] = (
                    f"{window.window_start:%Y-%m-%d}, {of} {budget.id}: counter {window.spent:f} and ledger {spent:f} USD"
                )
    return looked_at, found


def window_end(budget: Budget, start: dt.datetime) -> dt.datetime | None:
    """When the calendar window that begins at `start` ends, in the budget's time zone; None if that zone is unknown."""
    try:
        local = start.astimezone(ZoneInfo(budget.time_zone))
    except (ZoneInfoNotFoundError, ValueError):
        return None
    if budget.window == Budget.Window.MONTH:
        after = (local.date().replace(day=1) + dt.timedelta(days=32)).replace(day=1)
    else:
        after = local.date() + dt.timedelta(days=7 if budget.window == Budget.Window.WEEK else 1)
    return dt.datetime(after.year, after.month, after.day, tzinfo=local.tzinfo)


def _spent(cursor: Any, budget: Budget, start: dt.datetime, end: dt.datetime) -> Decimal:
    column, value = next(
        ((name, getattr(budget, name)) for name in ("team_id", "user_id", "key_id") if getattr(budget, name)),
        ("", None),
    )
    mine = f" AND {column} = %s" if column else ""
    cursor.execute(
        "SELECT account, model, sum(amount_usd) FROM gateway_ledgerentry "  # noqa: S608 (a column name of ours)
        f"WHERE at >= %s AND at < %s AND kind = 'charge' AND amount_usd IS NOT NULL{mine} GROUP BY account, model",
        [start, end, *([value] if column else [])],
    )
    pattern = budget.model_pattern
    return sum(
        (
            cost
            for account, model, cost in cursor.fetchall()
            if not pattern or fnmatchcase(model, pattern) or fnmatchcase(f"{account}/{model}", pattern)
        ),
        Decimal(0),
    )


_STILL_OPEN = """
SELECT coalesce(team_id, 0), count(*), min(started_at) FROM gateway_attempt
WHERE status = 'open' AND started_at < %s GROUP BY 1 ORDER BY 1
"""


def watch_open(minutes: int = OPEN_MINUTES) -> int:
    """How many attempts were dispatched longer ago than `minutes` (or the longest deadline of an account, if that is later)
    and are not closed. An open alert while there are any (CUT-7)."""
    longest = ProviderAccount.objects.aggregate(longest=Max("total_seconds"))["longest"] or 0
    before = timezone.now() - max(dt.timedelta(minutes=minutes), dt.timedelta(seconds=1.5 * longest))
    with connection.cursor() as cursor:
        cursor.execute(_STILL_OPEN, [before])
        rows = cursor.fetchall()
    alerts.settle(
        OPEN,
        {
            f"team {team}": f"{count} calls of team {team or 'none'} were dispatched and never closed, the first at "
            f"{first.astimezone(dt.UTC):%Y-%m-%d %H:%M} UTC"
            for team, count, first in rows
        },
    )
    return sum(count for _, count, _ in rows)
