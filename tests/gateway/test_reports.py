"""What the pages read, and that none of it reads a big table from end to end."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from gateway import partitions, proof, reports, rollups, tasks
from gateway.reports import EVERYTHING, Scope
from tests.gateway.book_rows import KEY, attempt, operation, served, store

TODAY = partitions.today()


def _fill() -> None:
    store(*served(cost_usd="0.5"), *served(cost_usd="0.25", model="n", vendor="azure", tier="COMPLEX"))
    store(*served(team_id=2, user_id=8, key_id=str(uuid.UUID(int=5)), cost_usd=None, cache_read_tokens=30))
    tasks.roll_up()


def test_totals_by_every_dimension_add_up(db: str) -> None:
    """CUT-13, CUT-20: whatever a page groups by, the sum is the same."""
    _fill()
    whole = reports.total(TODAY - dt.timedelta(days=1), TODAY)
    assert (whole.operations, whole.attempts, whole.cost_usd, whole.unpriced_attempts) == (3, 3, Decimal("0.75"), 1)
    assert whole.cache_share == 0.5
    for dimension in ("day", "hour", "team", "user", "key", "model", "account", "vendor", "tier", "surface"):
        lines = reports.usage((dimension,), TODAY - dt.timedelta(days=1), TODAY)  # type: ignore[arg-type]
        assert sum(line.totals.cost_usd for line in lines) == whole.cost_usd, dimension
        assert sum(line.totals.operations for line in lines) == 3, dimension
    by_model = reports.usage(("model", "vendor"), TODAY - dt.timedelta(days=1), TODAY)
    assert [line.values for line in by_model] == [("m", "openai"), ("n", "azure")], "the dearest first"


def test_a_scope_shows_nothing_of_others(db: str) -> None:
    """LOG-4: a lead's page is of the lead's teams; of none is nothing."""
    _fill()
    first = TODAY - dt.timedelta(days=1)
    assert reports.total(first, TODAY, Scope((2,))).operations == 1
    assert reports.total(first, TODAY, Scope((1, 2))).operations == 3
    assert reports.total(first, TODAY, Scope(user_id=7)).operations == 2
    assert reports.total(first, TODAY, Scope(key_id=uuid.UUID(KEY))).operations == 2
    assert reports.total(first, TODAY, Scope(())).operations == 0
    assert reports.recent_operations(Scope(())).operations == ()
    assert {row.team_id for row in reports.recent_operations(Scope((2,))).operations} == {2}
    assert {row.user_id for row in reports.recent_operations(Scope(None, 7)).operations} == {7}
    assert {row.team_id for row in reports.recent_operations(Scope((1, 2), 8)).operations} == {2}


def test_every_day_has_a_line(db: str) -> None:
    _fill()
    lines = reports.by_day(TODAY - dt.timedelta(days=6), TODAY)
    assert [line.values[0] for line in lines] == [TODAY - dt.timedelta(days=n) for n in range(6, -1, -1)]


@pytest.mark.parametrize(
    "scope", [EVERYTHING, Scope((1,)), Scope((1, 2)), Scope(None, 7), Scope(None, None, uuid.UUID(KEY))]
)
def test_pages_show_every_request_once(db: str, scope: Scope) -> None:
    """LOG-4: also when new ones come between the pages."""
    for n in range(23):
        call = attempt(team_id=1 + n % 2)
        store(call, operation(call))
    seen: list[uuid.UUID] = []
    before = None
    while True:
        page = reports.recent_operations(scope, before, 5)
        seen += [row.id for row in page.operations]
        store(*served())
        if (before := page.older) is None:
            break
    expected = 12 if scope == Scope((1,)) else 23
    assert len(seen) == len(set(seen)) == expected
    assert seen == sorted(seen, reverse=True)


def test_csv_has_a_header_exact_money_and_no_formulas(db: str) -> None:
    """CUT-20"""
    store(*served(model='=HYPERLINK("x")', cost_usd="0.0000000001"))
    tasks.roll_up()
    lines = reports.usage(("day", "model"), TODAY - dt.timedelta(days=1), TODAY)
    rows = list(csv.DictReader(io.StringIO("".join(reports.csv_rows(lines, ("day", "model"))))))
    assert rows[0]["model"] == '\'=HYPERLINK("x")'
    assert rows[0]["cost_usd"] == "0.0000000001"
    assert rows[0]["day"] == str(lines[0].values[0])
    for start in "=+-@\t\r\n":
        line = reports.Line((f"{start}1+1",), reports.Totals())
        [_, [name, *_]] = csv.reader(io.StringIO("".join(reports.csv_rows([line], ("model",)))))
        assert name == f"'{start}1+1"


def test_an_export_says_that_its_input_holds_no_cache_tokens(db: str) -> None:
    """CCH-5: whoever adds the columns up counts each token once."""
    store(*served(input_tokens=20, cache_read_tokens=70, cache_write_5m_tokens=10, output_tokens=5))
    tasks.roll_up()
    lines = reports.usage(("model",), TODAY - dt.timedelta(days=1), TODAY)
    row = next(csv.DictReader(io.StringIO("".join(reports.csv_rows(lines, ("model",))))))
    columns = ("uncached_input_tokens", "cache_read_tokens", "cache_write_tokens")
    assert [row[name] for name in columns] == ["20", "70", "10"]
    assert "input_tokens" not in row


_FILL = """
SET session_replication_role = replica;
INSERT INTO gateway_operation (id, day, started_at, team_id, user_id, key_id, surface, account, model, tier, status, attempts,
    cost_usd)
SELECT id, started_at::date, started_at, n %% 40 + 1, n %% 500 + 1, lpad(to_hex(n %% 900), 32, '0')::uuid, 'anthropic',
    'cloud', 'm' || n %% 7, 'SIMPLE', CASE WHEN n %% 50 = 0 THEN 'failed' ELSE 'completed' END, 1, 0.001
FROM (SELECT n, started_at, (lpad(to_hex((extract(epoch FROM started_at) * 1000)::bigint), 12, '0') || '7000'
        || '8' || lpad(to_hex(n), 15, '0'))::uuid AS id
    FROM (SELECT n, %(now)s::timestamptz - n * %(days)s * interval '1 day' / %(rows)s AS started_at
        FROM generate_series(0, %(rows)s - 1) AS n) AS moments) AS made;
INSERT INTO gateway_attempt (id, day, started_at, operation_id, team_id, key_id, account, vendor, model, tier, status,
    input_tokens, output_tokens, cost_usd)
SELECT id, day, started_at, id, team_id, key_id, account, 'openai', model, tier, 'settled', 10, 5, cost_usd
FROM gateway_operation;
INSERT INTO gateway_ledgerentry (id, day, at, kind, attempt_id, operation_id, team_id, user_id, key_id, account, vendor,
    model, tier, surface, input_tokens, output_tokens, amount_usd)
SELECT id, day, started_at, 'charge', id, id, team_id, user_id, key_id, account, 'openai', model, tier, surface, 10, 5,
    cost_usd
FROM gateway_operation;
SET session_replication_role = DEFAULT;
"""


def _make(rows: int, days: int) -> None:
    """`rows` requests with a call and a charge each, spread evenly over the last `days` days, with partitions for them."""
    for parent in partitions.PARENTS:
        for n in range(days + 1):
            day = TODAY - dt.timedelta(days=n)
            if day not in partitions.existing()[parent]:
                partitions._make(parent, day)
    with connection.cursor() as cursor:
        cursor.execute(_FILL, {"rows": rows, "days": days, "now": timezone.now()})
        cursor.execute("ANALYZE")


BIG = re.compile(r"Seq Scan on (gateway_(?:(?:operation|attempt|ledgerentry)_\d{8}|usagehour|usageday))\b")


def _big_scans(plan: str) -> list[str]:
    """Partitions that hold next to nothing are no matter: the default one and those of days ahead."""
    future = {f"_{TODAY + dt.timedelta(days=n):%Y%m%d}" for n in range(1, 30)}
    return [name for name in BIG.findall(plan) if name[-9:] not in future]


@contextmanager
def _no_big_scan() -> Iterator[list[str]]:
    """Every SELECT made meanwhile is explained; the statements seen."""
    seen: list[str] = []

    def watch(execute: Any, statement: str, params: Any, many: bool, context: Any) -> Any:
        if statement.lstrip().upper().startswith(("SELECT", "WITH")):
            with connection.cursor() as cursor:
                cursor.cursor.execute("EXPLAIN (FORMAT TEXT) " + statement, params)
                plan = "\n".join(row[0] for row in cursor.cursor.fetchall())
            assert _big_scans(plan) == [], f"{statement}\n{plan}"
            seen.append(statement)
        return execute(statement, params, many, context)

    with connection.execute_wrapper(watch):
        yield seen


def _read_everything(milliseconds: float) -> None:
    deep = rollups_id(timezone.now() - dt.timedelta(days=3))
    for scope in (EVERYTHING, Scope((3,)), Scope((3, 4, 5)), Scope(None, 9), Scope(None, None, uuid.UUID(int=77))):
        for before in (None, deep):
            with _no_big_scan() as seen:
                page = reports.recent_operations(scope, before)
            assert len(page.operations) == 50
            assert seen
            started = time.perf_counter()
            reports.recent_operations(scope, before)
            assert (time.perf_counter() - started) * 1000 < milliseconds
    week = TODAY - dt.timedelta(days=6)
    for scope in (EVERYTHING, Scope((3,)), Scope((3, 4)), Scope(None, 9), Scope(None, None, uuid.UUID(int=77))):
        for by in (("day",), ("model", "tier"), ("user",), ("vendor",)):
            with _statements() as seen:
                assert reports.usage(by, week, TODAY, scope)
            assert seen
            assert not any(re.search("gateway_(operation|attempt|ledgerentry)", one) for one in seen), "roll-ups only"
            started = time.perf_counter()
            reports.usage(by, week, TODAY, scope)
            assert (time.perf_counter() - started) * 1000 < milliseconds


@contextmanager
def _statements() -> Iterator[list[str]]:
    seen: list[str] = []

    def watch(execute: Any, statement: str, params: Any, many: bool, context: Any) -> Any:
        seen.append(statement)
        return execute(statement, params, many, context)

    with connection.execute_wrapper(watch):
        yield seen


def rollups_id(moment: dt.datetime) -> uuid.UUID:
    """The first id of that moment."""
    return uuid.UUID(int=int(moment.timestamp() * 1000) << 80)


def _explain(statement: str, params: Any) -> str:
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN " + statement, params)
        return "\n".join(row[0] for row in cursor.fetchall())


def _check(rows: int, days: int, milliseconds: float) -> None:
    _make(rows, days)
    hour = timezone.now().replace(minute=0, second=0, microsecond=0) - dt.timedelta(days=2)
    plan = _explain(rollups._HOURS, {"start": hour, "end": hour + rollups.HOUR})
    assert [name for name in _big_scans(plan) if name != "gateway_usagehour"] == [], plan  # it is empty yet
    with _no_big_scan():
        proof.watch_open()
    for statement in ("SELECT min(at) FROM gateway_ledgerentry", "SELECT min(started_at) FROM gateway_operation"):
        assert "Index" in _explain(statement, [])
    assert rollups.rebuild(TODAY - dt.timedelta(days=days), TODAY) == days + 1
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE gateway_usagehour, gateway_usageday")
    _read_everything(milliseconds)
    assert reports.total(TODAY - dt.timedelta(days=days), TODAY).operations == rows
    assert proof.compare(TODAY - dt.timedelta(days=2))[1] == {}


def test_no_list_or_report_reads_a_big_table_from_end_to_end(db: str) -> None:
    """DBL-8, LOG-4: the plans over 200,000 requests in a week are those over ten million in three months (the slow test)."""
    _check(200_000, 7, float("inf"))


@pytest.mark.slow
def test_pages_over_ten_million_calls_take_under_300_ms(db: str) -> None:
    """DBL-8, LOG-4"""
    _check(10_000_000, 89, 300)
