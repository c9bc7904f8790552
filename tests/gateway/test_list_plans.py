"""DBL-8, LOG-4: the lists of requests and calls in the admin, their filters, searches and pages, read by index: the same
walk as `python -m bench.rows` makes over ten million calls, here over as many as tell the planner's choice."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection

from bench.rows_fill import Size, fill
from bench.rows_pages import all_pages
from gateway import partitions

BIG = re.compile(r"(?:Seq Scan on|Sort .*on) (gateway_(?:operation|attempt|ledgerentry)_(\d{8}))\b")
WALK = re.compile(r"admin: (?:gateway\.operation|index)|recent_operations|broken prompt caches|api as lead")


@pytest.fixture
def filled(db: str) -> Size:
    size = Size(rows=80_000, days=4, audit_events=4_000)
    fill(size, say=lambda _: None)
    return size


def test_no_list_of_requests_reads_a_day_from_end_to_end(filled: Size) -> None:
    seen: dict[str, list[str]] = {}
    today = f"{partitions.today():%Y%m%d}"

    def watch(execute: Any, statement: str, params: Any, many: bool, context: Any) -> Any:
        if statement.startswith("SELECT") and "gateway_" in statement:
            with connection.cursor() as cursor:
                cursor.cursor.execute("EXPLAIN " + statement, params)
                plan = "\n".join(row[0] for row in cursor.cursor.fetchall())
            scanned = [name for name, day in BIG.findall(plan) if day <= today]
            assert not scanned, f"{statement}\n{plan}"
            assert "count(*)" not in statement.lower() or "gateway_operation" not in statement, statement
            if "gateway_operation" in statement:
                seen[page.name] = scanned
        return execute(statement, params, many, context)

    pages = [page for page in all_pages(filled.days) if WALK.search(page.name)]
    with connection.execute_wrapper(watch):
        for page in pages:
            page.fetch()
    assert len(seen) > 40, "statements were seen"


def test_the_indexes_are_there_for_every_day_to_come(filled: Size) -> None:
    """MIG-5: what was built beside the traffic holds for partitions made before and after."""
    partitions.ensure(12)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT child.relname, count(*) FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid JOIN pg_index "
            "ON indrelid = child.oid AND indisvalid WHERE inhparent = 'gateway_operation'::regclass GROUP BY 1"
        )
        counts = dict(cursor.fetchall())
        cursor.execute("SELECT count(*) FROM pg_index WHERE indrelid = 'gateway_operation'::regclass AND indisvalid")
        assert set(counts.values()) == {cursor.fetchone()[0]}
    assert len(counts) > 12
