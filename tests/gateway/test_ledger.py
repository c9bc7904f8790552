"""The charge of an attempt: written with its closing, once."""

from __future__ import annotations

import datetime as dt
import threading
import uuid
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from accounts.models import ApiKey, KeyUse, Team
from gateway import partitions, tasks
from gateway.models import Attempt, LedgerEntry, Operation
from gateway.store.upsert import NEVER_CLOSED, PROCESS_DIED
from tests.gateway.book_rows import attempt, flush, operation, served, store


def test_closing_an_attempt_writes_its_charge_with_who_and_what(db: str) -> None:
    """CUT-1, CUT-15: the row has the user and the surface, which the attempt's own row has not."""
    call = attempt(cache_read_tokens=3, cache_write_1h_tokens=2, reasoning_tokens=1)
    store(call, operation(call))
    entry = LedgerEntry.objects.get()
    assert (str(entry.attempt_id), str(entry.operation_id)) == (call["id"], call["operation_id"])
    assert (entry.kind, entry.team_id, entry.user_id, entry.surface) == ("charge", 1, 7, "anthropic")
    assert (entry.account, entry.vendor, entry.model, entry.tier) == ("cloud", "openai", "m", "SIMPLE")
    assert entry.amount_usd == Decimal("0.0000000005"), "to the last digit"
    assert (entry.input_tokens, entry.cache_read_tokens, entry.cache_write_1h_tokens) == (10, 3, 2)
    assert entry.cache_write_5m_tokens is None, "not reported is not 0"
    assert entry.price_version == "book 1"
    assert entry.day.isoformat() == call["day"]


def test_an_open_attempt_is_not_charged_until_it_is_closed(db: str) -> None:
    """CUT-1"""
    call = attempt(status="open", accepted=False, input_tokens=None, output_tokens=None, cost_usd=None)
    store(call)
    assert not LedgerEntry.objects.exists()
    store({**call, "status": "interrupted", "accepted": True, "input_tokens": 10, "is_estimate": True})
    entry = LedgerEntry.objects.get()
    assert entry.is_estimate
    assert entry.input_tokens == 10


def test_replays_and_duplicates_charge_nothing(db: str, tmp_path: Path) -> None:
    """CUT-12, CUT-19: the same record in one batch, in later batches and from another process's journal."""
    call = attempt()
    store(call)
    store(call)
    store({**call, "cost_usd": "99"})
    flush(tmp_path, call, call, operation(call))
    assert [entry.amount_usd for entry in LedgerEntry.objects.all()] == [Decimal("0.0000000005")]


def test_two_processes_that_replay_the_same_file_charge_once(db: str) -> None:
    """CUT-12, DBL-4: at once and in opposite orders."""
    calls = [attempt() for _ in range(60)]
    barrier = threading.Barrier(2)
    problems: list[Exception] = []

    def replay(records: list[dict[str, Any]]) -> None:
        barrier.wait()
        try:
            for start in range(0, 60, 20):
                store(*records[start : start + 20])
        except Exception as error:
            problems.append(error)

    threads = [threading.Thread(target=replay, args=(order,)) for order in (calls, calls[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert LedgerEntry.objects.count() == Attempt.objects.count() == 60


def test_a_provider_or_client_id_is_never_the_key_of_money(db: str) -> None:
    """CUT-16, CUT-17: two calls that a provider gave one id, for two requests a client gave one id, are two charges."""
    first, second = attempt(upstream_request_id="chatcmpl-424"), attempt(upstream_request_id="chatcmpl-424")
    store(first, second, *(operation(one, client_request_id="same") for one in (first, second)))
    assert LedgerEntry.objects.count() == Operation.objects.count() == 2
    assert all(entry.id.version == 7 for entry in LedgerEntry.objects.all())


def test_each_call_of_a_request_has_its_own_charge(db: str) -> None:
    """CUT-11, CUT-13, CUT-14: one operation, a cut call that was billed, one nobody billed, one that served."""
    cut = attempt(status="truncated", is_estimate=True)
    never_accepted = {"accepted": False, "input_tokens": None, "output_tokens": None, "cost_usd": None}
    refused = attempt(operation_id=cut["operation_id"], sequence=1, status="failed", **never_accepted)
    good = attempt(operation_id=cut["operation_id"], sequence=2)
    store(cut, refused, good, operation(good, attempts=3))
    charged = set(LedgerEntry.objects.values_list("attempt_id", flat=True))
    assert charged == {uuid.UUID(cut["id"]), uuid.UUID(good["id"])}
    assert set(LedgerEntry.objects.values_list("operation_id", flat=True)) == {uuid.UUID(cut["operation_id"])}


def test_an_unknown_price_is_a_charge_without_amount(db: str) -> None:
    """CUT-4: NULL, not 0."""
    store(attempt(cost_usd=None))
    assert LedgerEntry.objects.get().amount_usd is None


def test_what_reported_usage_is_charged_even_if_nobody_said_accepted(db: str) -> None:
    """CUT-8, CUT-14"""
    store(attempt(accepted=False, status="failed"))
    assert LedgerEntry.objects.count() == 1


def test_the_truth_that_comes_after_the_sweeper_is_charged_once(db: str) -> None:
    """CUT-7, CUT-10: the sweeper knows no usage, so it charges nothing; the journal's closing does."""
    long_ago = timezone.now() - dt.timedelta(hours=5)
    call = attempt(long_ago)
    store({**call, "status": "open", "accepted": False, "input_tokens": None, "output_tokens": None, "cost_usd": None})
    assert tasks.close_forgotten()["attempts"] == 1
    assert Attempt.objects.get().error_code == NEVER_CLOSED
    assert not LedgerEntry.objects.exists()
    store(call)
    store(call)
    assert LedgerEntry.objects.get().at == long_ago, "counted in the hour in which it was called"


def test_a_killed_process_leaves_a_flagged_charge_for_what_was_accepted(db: str, tmp_path: Path) -> None:
    """CUT-1, CUT-8: the journal of a dead process is replayed; the call it had open was accepted."""
    from gateway.journal import FileJournal
    from gateway.store import Flusher

    dead = FileJournal(tmp_path)
    dead.append(attempt(status="open", output_tokens=None, cost_usd=None))
    dead.files()[0].release()
    journal = FileJournal(tmp_path)
    flusher = Flusher(journal)
    flusher.start()
    assert flusher.drain(10)
    flusher.stop()
    journal.close()
    entry = LedgerEntry.objects.get()
    assert (entry.is_estimate, entry.input_tokens, entry.amount_usd) == (True, 10, None)
    assert Attempt.objects.get().error_code == PROCESS_DIED
    assert Operation.objects.get().status == "interrupted"


def test_an_attempt_is_never_closed_without_its_charge(db: str) -> None:
    """DBL-3: one transaction. A ledger that takes nothing leaves the attempt open, and the batch in the journal."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE gateway_ledgerentry ADD CONSTRAINT nothing CHECK (amount_usd < 0)")
    call = attempt()
    with pytest.raises(Exception, match="nothing"):
        store(call)
    assert not Attempt.objects.exists()


def test_the_ledger_is_append_only(db: str) -> None:
    """CUT-20: what was shown once stays."""
    store(attempt())
    for act in (LedgerEntry.objects.all().delete, lambda: LedgerEntry.objects.update(amount_usd=0)):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            act()
    assert LedgerEntry.objects.get().amount_usd == Decimal("0.0000000005")


def test_entries_of_a_day_nobody_prepared_move_to_their_partition(db: str) -> None:
    """MIG-5, LOG-1: though the ledger is append-only."""
    later = timezone.now() + dt.timedelta(days=20)
    store(attempt(later))
    partitions.ensure(20)
    with connection.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text FROM gateway_ledgerentry")
        assert cursor.fetchone()[0] == f"gateway_ledgerentry_{later:%Y%m%d}"
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        LedgerEntry.objects.all().delete()
    store(attempt(timezone.now() + dt.timedelta(days=40)))
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        LedgerEntry.objects.all().delete()


def _epoch() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT epoch FROM gateway_config_epoch")
        found: int = cursor.fetchone()[0]
        return found


def test_the_last_day_of_use_is_noted_once_a_day_and_is_no_configuration(db: str, tmp_path: Path) -> None:
    """DBL-1, DBL-2: a key in use must not make every process load its configuration anew."""
    key, _ = ApiKey.mint(name="k", team=Team.objects.create(slug="t"))
    key.save()
    before = _epoch()
    today = partitions.today()
    for day in (today, today, today - dt.timedelta(days=1)):
        moment = dt.datetime(day.year, day.month, day.day, 1, tzinfo=dt.UTC)
        flush(tmp_path, *served(moment, key_id=str(key.id)), *served(moment, key_id=str(uuid.uuid4())))
    assert KeyUse.objects.get().last_used_on == today, "never moved back; an unknown key is none"
    assert Operation.objects.count() == 6
    with connection.cursor() as cursor:
        cursor.execute("SELECT xmin::text FROM accounts_keyuse")
        version = cursor.fetchone()
        flush(tmp_path, *served(key_id=str(key.id)))
        cursor.execute("SELECT xmin::text FROM accounts_keyuse")
        assert cursor.fetchone() == version, "written once a day"
    assert _epoch() == before
