"""Receipts rolled up by pass: the same in pieces as at once, and never counted twice."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from gateway import partitions, reports, retention, rollups, tasks
from gateway.models import Operation, PassDay, PassHour
from tests.gateway.book_rows import attempt, operation, store

NOW = timezone.now
TODAY = partitions.today()


def request(at: dt.datetime | None = None, receipts: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """Of a session with `receipts`: pass -> (before, after, USD or None)."""
    made = {name: {"before": one[0], "after": one[1], "usd": one[2]} for name, one in (receipts or {}).items()}
    passes = {"name": "s", "pin": "v1 results", **({"receipts": made} if made else {})}
    return operation(attempt(at), passes=passes, **more)


def kept(model: type[PassHour] | type[PassDay]) -> list[tuple[Any, ...]]:
    when = "hour" if model is PassHour else "day"
    names = (when, *rollups.PASS_DIMENSIONS, *rollups.PASS_SUMS)
    return list(model.objects.order_by(*names[:3]).values_list(*names))


def test_each_pass_of_a_request_is_a_line_of_its_day(db: str) -> None:
    store(request(receipts={"pytest": (1000, 100, "0.9"), "terse": (0, 30, "-0.01")}))
    store(request(receipts={"pytest": (500, 250, "0.1")}, team_id=1))
    store(request(receipts={"pytest": (40, 20, None)}, team_id=2))
    store(request(), request(receipts={"grep": (9, 8, "1")}, status="open"))
    assert tasks.roll_up()
    found = {(row.team_id, row.name): row for row in PassDay.objects.all()}
    assert found.keys() == {(1, "pytest"), (1, "terse"), (2, "pytest")}, "what is open or has no receipt is no line"
    row = found[1, "pytest"]
    assert (row.day, row.requests, row.tokens_before, row.tokens_after) == (TODAY, 2, 1500, 350)
    assert row.saved_usd == Decimal("1.0")
    assert found[1, "terse"].saved_usd == Decimal("-0.01")
    assert (found[2, "pytest"].saved_usd, found[2, "pytest"].requests) == (0, 1), (
        "no price: tokens count, money does not"
    )
    lines = reports.passes(TODAY, TODAY)
    assert [(line.name, line.requests, line.tokens_saved) for line in lines] == [("pytest", 3, 1170), ("terse", 1, -30)]
    assert [line.name for line in reports.passes(TODAY, TODAY, (2,))] == ["pytest"]
    assert reports.passes(TODAY - dt.timedelta(days=5), TODAY - dt.timedelta(days=1)) == []


def some_traffic(seed: int) -> list[dict[str, Any]]:
    chance = random.Random(seed)
    names = ("pytest", "grep", "toon")
    return [
        request(
            NOW() - dt.timedelta(minutes=chance.randrange(3 * 24 * 60)),
            {name: (chance.randrange(900), chance.randrange(900), chance.choice(["0.25", "-1", None]))
             for name in chance.sample(names, chance.randrange(3))},
            team_id=chance.choice([1, 2, None]),
        )
        for _ in range(60)
    ]  # fmt: skip


def test_rebuilt_equals_incremental(db: str) -> None:
    """CUT-20, DBL-1: in pieces, out of order and counted again, against one look at everything."""
    records = some_traffic(1)
    for start in range(0, len(records), 20):
        store(*records[start : start + 20])
        tasks.roll_up()
    tasks.roll_up()
    incremental = kept(PassHour), kept(PassDay)
    assert len(incremental[0]) > 20
    PassHour.objects.all().delete()
    PassDay.objects.update(saved_usd=7, requests=1)
    PassDay.objects.create(day=TODAY, team_id=9, name="never")
    first = TODAY - dt.timedelta(days=3)
    call_command("rollup", "--rebuild", "--from", str(first), "--to", str(TODAY), verbosity=0)
    assert (kept(PassHour), kept(PassDay)) == incremental
    whole = sum(one["before"] for row in Operation.objects.all() for one in row.passes.get("receipts", {}).values())
    assert sum(row.tokens_before for row in PassDay.objects.all()) == whole


def test_a_request_that_comes_days_late_is_counted(db: str) -> None:
    tasks.roll_up()
    late = NOW() - dt.timedelta(days=2, hours=3)
    store(request(late, {"grep": (10, 5, "1")}))
    tasks.roll_up()
    assert PassHour.objects.get().hour == late.replace(minute=0, second=0, microsecond=0)
    assert PassDay.objects.get().day == late.date()


def test_days_that_retention_dropped_keep_their_savings(db: str, monkeypatch: pytest.MonkeyPatch) -> None:
    class Settings:
        class LYNKR:
            keep_days = dict.fromkeys(retention.TABLES, 5)

    monkeypatch.setattr(retention, "settings", Settings)
    late = NOW() - dt.timedelta(days=10)
    store(request(late, {"grep": (10, 5, "1")}))
    tasks.roll_up()
    before = kept(PassDay)
    retention.drop_old()
    assert not Operation.objects.exists()
    rollups.rebuild(late.date(), TODAY)
    assert kept(PassDay) == before != []
