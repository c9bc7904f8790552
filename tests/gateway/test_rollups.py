"""The roll-ups: one writer, incremental, the same when made anew."""

from __future__ import annotations

import datetime as dt
import random
import threading
import uuid
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from gateway import partitions, retention, rollups, tasks
from gateway.models import LateHour, LedgerEntry, RollupState, UsageDay, UsageHour
from lynkr_site.ids import uuid7
from tests.gateway.book_rows import attempt, operation, served, store

NOW = timezone.now


def totals(model: type[UsageHour] | type[UsageDay]) -> list[tuple[Any, ...]]:
    when = "hour" if model is UsageHour else "day"
    return list(model.objects.order_by(when, *rollups.DIMENSIONS).values_list(when, *rollups.DIMENSIONS, *rollups.SUMS))


def adjust(entry: LedgerEntry, amount: str) -> None:
    LedgerEntry.objects.create(
        id=uuid7(), day=entry.day, at=entry.at, kind="adjustment", attempt_id=entry.attempt_id, amount_usd=Decimal(amount),
        operation_id=entry.operation_id, team_id=entry.team_id, user_id=entry.user_id, key_id=entry.key_id,
        account=entry.account, vendor=entry.vendor, model=entry.model, tier=entry.tier, surface=entry.surface,
    )  # fmt: skip


def some_traffic(seed: int, count: int = 60) -> list[dict[str, Any]]:
    """Over three days, several teams and models; some failed, cut, unpriced or still open."""
    chance = random.Random(seed)
    records: list[dict[str, Any]] = []
    for _ in range(count):
        when = NOW() - dt.timedelta(minutes=chance.randrange(3 * 24 * 60))
        more = {
            "team_id": chance.choice([1, 2, None]), "model": chance.choice(["m", "n"]),
            "cost_usd": chance.choice(["0.0000000001", "1.5", None]), "cache_read_tokens": chance.choice([None, 4]),
        }  # fmt: skip
        call = attempt(when, **more)
        ends = [{}, {"status": "failed", "account": "", "model": ""}, {"status": "truncated"}, {"status": "open"}]
        records += [call, operation(call, **chance.choice(ends))]
    return records


def test_a_request_is_counted_once_under_what_served_it(db: str) -> None:
    """CUT-13: operations are counted, calls apart; the money to the last digit."""
    first = attempt(status="truncated", account="other", vendor="azure", cost_usd="0.25", cache_write_5m_tokens=3)
    good = attempt(operation_id=first["operation_id"], sequence=1, cache_write_1h_tokens=4)
    store(first, good, operation(good, attempts=2))
    assert tasks.roll_up()
    by_vendor = {row.vendor: row for row in UsageDay.objects.all()}
    assert by_vendor.keys() == {"azure", "openai"}, "the request is a row with the vendor that served it"
    assert (by_vendor["openai"].operations, by_vendor["openai"].attempts) == (1, 1)
    assert (by_vendor["azure"].operations, by_vendor["azure"].attempts) == (0, 1)
    assert by_vendor["openai"].cost_usd == Decimal("0.0000000005")
    assert (by_vendor["azure"].cache_write_tokens, by_vendor["openai"].cache_write_tokens) == (3, 4)
    assert totals(UsageHour)[0][1:] == totals(UsageDay)[0][1:]


def test_counting_again_changes_nothing(db: str) -> None:
    """DBL-1"""
    store(*served(), *served(team_id=None, user_id=None, key_id=None))
    tasks.roll_up()
    before = totals(UsageHour), totals(UsageDay)
    tasks.roll_up()
    assert (totals(UsageHour), totals(UsageDay)) == before
    assert sum(row.operations for row in UsageDay.objects.all()) == 2


def test_rebuilt_equals_incremental(db: str) -> None:
    """CUT-20, LOG-5: traffic that came in pieces and out of order, against one look at everything."""
    records = some_traffic(1)
    random.Random(2).shuffle(records)
    for start in range(0, len(records), 25):
        store(*records[start : start + 25])
        tasks.roll_up()
    incremental = totals(UsageHour), totals(UsageDay)
    assert len(incremental[0]) > 20
    UsageHour.objects.all().delete()
    UsageDay.objects.update(cost_usd=7)
    today = partitions.today()
    call_command("rollup", "--rebuild", "--from", str(today - dt.timedelta(days=3)), "--to", str(today), verbosity=0)
    assert (totals(UsageHour), totals(UsageDay)) == incremental
    assert sum(row.cost_usd for row in UsageDay.objects.all()) == sum(
        entry.amount_usd or 0 for entry in LedgerEntry.objects.all()
    )


def test_a_row_that_comes_days_late_is_counted(db: str) -> None:
    """CUT-7, DBL-7: a journal replayed long after; its hour is noted and only that hour counted again."""
    tasks.roll_up()
    late = NOW() - dt.timedelta(days=2, hours=3)
    store(*served(late))
    assert LateHour.objects.exists()
    tasks.roll_up()
    assert UsageHour.objects.get().hour == late.replace(minute=0, second=0, microsecond=0)
    assert UsageDay.objects.get().day == late.date()
    assert not LateHour.objects.exists()


def test_a_request_that_was_swept_moves_to_what_it_was(db: str) -> None:
    """CUT-10: first counted as interrupted, then the truth comes: no trace of the guess is left."""
    long_ago = NOW() - dt.timedelta(hours=4)
    call = attempt(long_ago)
    truth = operation(call)
    store({**truth, "status": "open", "account": "", "model": "", "tier": ""})
    tasks.close_forgotten()
    tasks.roll_up()
    assert [(row.account, row.operations) for row in UsageHour.objects.all()] == [("", 1)]
    store(call, truth)
    tasks.roll_up()
    assert [(row.account, row.operations, row.attempts) for row in UsageHour.objects.all()] == [("cloud", 1, 1)]


def test_an_adjustment_changes_the_money_of_its_day_and_nothing_else(db: str) -> None:
    """CUT-20: of a past day; a call without a price is one with a price after it."""
    store(*served(NOW() - dt.timedelta(days=2), cost_usd=None))
    tasks.roll_up()
    assert UsageDay.objects.get().unpriced_attempts == 1
    adjust(LedgerEntry.objects.get(), "0.25")
    tasks.roll_up()
    row = UsageDay.objects.get()
    assert (row.cost_usd, row.unpriced_attempts, row.attempts, row.input_tokens) == (Decimal("0.25"), 0, 1, 10)


def test_two_writers_at_once_make_what_one_makes(db: str) -> None:
    """DBL-5, DBL-2: one is elected, the other leaves."""
    store(*some_traffic(3, 40))
    results: list[Any] = []
    barrier = threading.Barrier(4)

    def run() -> None:
        barrier.wait()
        results.append(rollups.roll_up())

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    tasks.roll_up()
    assert any(result is not None for result in results)
    once = totals(UsageHour)
    rollups.rebuild(partitions.today() - dt.timedelta(days=3), partitions.today())
    assert totals(UsageHour) == once


def test_while_one_counts_nobody_else_does(db: str) -> None:
    """DBL-5"""
    with rollups.only_writer() as writer:
        assert writer is not None
        assert rollups.roll_up() is None
        with pytest.raises(CommandError, match="another process"):
            call_command("rollup", "--rebuild")
    assert rollups.roll_up() is not None


def test_a_writer_that_lost_the_lock_unnoticed_is_fenced_off(db: str) -> None:
    """DBL-5: its connection was taken for dead, another began; the first wakes up and must not write."""
    store(*served())
    with rollups.only_writer() as first:
        assert first is not None
        first.connection.execute("SELECT pg_advisory_unlock_all()")
        assert rollups.roll_up() is not None
        before = totals(UsageHour)
        with pytest.raises(rollups.Fenced), first.transaction():
            first.connection.execute("DELETE FROM gateway_usagehour")
        assert totals(UsageHour) == before


def test_a_run_that_ends_early_goes_on_where_it_was(db: str) -> None:
    """LOG-5: each run counts a bit, and in the end everything is counted."""
    store(*some_traffic(4))
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM gateway_latehour")
    assert rollups.roll_up(run_seconds=-1) == rollups.Run(0, False)
    assert RollupState.objects.get().counted_to is None
    assert rollups.roll_up() is not None
    found = totals(UsageHour)
    rollups.rebuild(partitions.today() - dt.timedelta(days=4), partitions.today())
    assert totals(UsageHour) == found


def test_retention_drops_rows_and_keeps_totals(db: str, settings_keep: None) -> None:
    """LOG-1, LOG-4: nor does a rebuild or a late row count a dropped day as empty."""
    old = NOW() - dt.timedelta(days=10)
    store(*served(old), *served())
    tasks.roll_up()
    before = totals(UsageHour), totals(UsageDay)
    tasks.drop_old_partitions()
    assert LedgerEntry.objects.count() == 1
    rollups.rebuild(old.date(), partitions.today())
    store(*served(old))
    tasks.roll_up()
    assert (totals(UsageHour), totals(UsageDay)) == before
    assert not LateHour.objects.exists()
    assert RollupState.objects.get().kept_from == partitions.today() - dt.timedelta(days=5)


@pytest.fixture
def settings_keep(monkeypatch: pytest.MonkeyPatch) -> None:
    class Kept:
        keep_days = {"operations": 5, "attempts": 5, "ledger": 5}

    class Settings:
        LYNKR = Kept

    monkeypatch.setattr(retention, "settings", Settings)


def test_a_table_may_keep_longer_than_the_others(db: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """LOG-1: LYNKR_KEEP_DAYS, each table its own."""

    class Settings:
        class LYNKR:
            keep_days = {"operations": 2, "attempts": 2, "ledger": 30}

    monkeypatch.setattr(retention, "settings", Settings)
    store(*served(NOW() - dt.timedelta(days=10)))
    tasks.drop_old_partitions()
    assert LedgerEntry.objects.count() == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT (SELECT count(*) FROM gateway_operation) + (SELECT count(*) FROM gateway_attempt)")
        assert cursor.fetchone()[0] == 0


def test_keys_none_and_words_none_are_one_bucket(db: str) -> None:
    """DBL-2: NULL never makes a second row for the same thing."""
    for _ in range(2):
        store(*served(team_id=None, user_id=None, key_id=None))
        tasks.roll_up()
    row = UsageDay.objects.get()
    assert (row.team_id, row.user_id, row.key_id, row.operations) == (0, 0, uuid.UUID(int=0), 2)
