"""`reprice`: what was charged wrongly is corrected beside it, once."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import Sum
from django.db.utils import DatabaseError

from accounts.models import Team
from gateway import pricebooks
from gateway.models import LedgerEntry
from gateway.pricing import bundled_list
from gateway.repricing import reprice
from lynkr_site.ids import uuid7
from routing.models import PriceOverride, RoutingPolicy
from tests.gateway import small_world

DAY = dt.date(2026, 11, 10)
NOON = dt.datetime(2026, 11, 10, 12, tzinfo=dt.UTC)


def charge(amount: str | None, model: str = "claude-sonnet-4-5", at: dt.datetime = NOON, **more: Any) -> LedgerEntry:
    tokens = {"input_tokens": 1000, "output_tokens": 100, "cache_write_1h_tokens": 1_000_000, **more}
    return LedgerEntry.objects.create(
        kind="charge",
        day=at.date(),
        at=at,
        attempt_id=uuid7(),
        operation_id=uuid7(),
        account="anth",
        vendor="anthropic",
        model=model,
        surface="anthropic",
        amount_usd=Decimal(amount) if amount is not None else None,
        price_version="litellm old",
        **tokens,
    )


def total(of: LedgerEntry) -> Decimal | None:
    found: Decimal | None = LedgerEntry.objects.filter(attempt_id=of.attempt_id).aggregate(sum=Sum("amount_usd"))["sum"]
    return found


def test_a_wrong_charge_gets_an_adjustment_with_the_difference_and_only_once(db: str) -> None:
    """CCH-12: 1-hour writes were priced like 5-minute ones: 3.7545 instead of 6.0045."""
    wrong = charge("3.7545")
    right = charge("6.0045")
    report = reprice(DAY, DAY)
    assert (report.charges, report.adjusted, report.unknown, report.total) == (2, 1, 0, Decimal("2.25"))
    adjustment = LedgerEntry.objects.get(kind="adjustment")
    assert adjustment.attempt_id == wrong.attempt_id
    assert (adjustment.amount_usd, adjustment.day, adjustment.at) == (Decimal("2.25"), DAY, NOON)
    assert adjustment.price_version.startswith("litellm ")
    assert adjustment.input_tokens is None, "the tokens were counted with the charge"
    assert (total(wrong), total(right)) == (Decimal("6.0045"), Decimal("6.0045"))
    wrong.refresh_from_db()
    assert wrong.amount_usd == Decimal("3.7545")
    again = reprice(DAY, DAY)
    assert (again.charges, again.adjusted) == (2, 0)
    assert LedgerEntry.objects.count() == 3


def test_a_dry_run_tells_and_writes_nothing(db: str, capsys: pytest.CaptureFixture[str]) -> None:
    charge("3.7545")
    call_command("reprice", "--from", "2026-11-10", "--to", "2026-11-10", "--dry-run")
    assert "1 charges, 1 adjustments would be written (+2.25" in capsys.readouterr().out
    assert LedgerEntry.objects.filter(kind="adjustment").count() == 0
    call_command("reprice", "--from", "2026-11-10", "--to", "2026-11-10")
    assert LedgerEntry.objects.filter(kind="adjustment").count() == 1
    with pytest.raises(CommandError, match="before"):
        call_command("reprice", "--from", "2026-11-10", "--to", "2026-11-09")


def test_only_the_days_asked_for_are_looked_at(db: str) -> None:
    before, after = charge("1", at=NOON - dt.timedelta(days=1)), charge("1", at=NOON + dt.timedelta(days=1))
    assert reprice(DAY, DAY).charges == 0
    assert reprice(DAY - dt.timedelta(days=1), DAY + dt.timedelta(days=1)).adjusted == 2
    assert total(before) == total(after) == Decimal("6.0045")


def test_a_later_correction_counts_from_what_the_books_say_by_then(db: str) -> None:
    """An override entered afterwards, then taken back: each run closes the gap that is left."""
    entry = charge("6.0045")
    override = PriceOverride.objects.create(model="claude-sonnet-4-5", input=1, output=1, cache_write_1h=1)
    reprice(DAY, DAY)
    assert total(entry) == Decimal("1.0011")
    override.delete()
    reprice(DAY, DAY)
    assert total(entry) == Decimal("6.0045")
    assert LedgerEntry.objects.filter(kind="adjustment").count() == 2
    assert reprice(DAY, DAY).adjusted == 0


def test_the_book_that_was_effective_then_is_the_one_that_counts(db: str) -> None:
    groups = {group: dict(entries) for group, entries in bundled_list()[0].items()}
    for effective, price in ((NOON - dt.timedelta(days=30), "10"), (NOON + dt.timedelta(days=1), "20")):
        groups["anthropic"] = {**groups["anthropic"], "claude-sonnet-4-5": {"input": price, "output": "0"}}
        assert pricebooks.adopt(groups, "test", effective) is not None
    early, then, later = (
        charge("1", at=NOON + dt.timedelta(days=days), cache_write_1h_tokens=0) for days in (-40, 0, 2)
    )
    reprice(DAY - dt.timedelta(days=40), DAY + dt.timedelta(days=2))
    assert (total(early), total(then), total(later)) == (Decimal("0.0045"), Decimal("0.01"), Decimal("0.02"))


def test_an_unknown_price_stays_unknown_until_somebody_tells_it(db: str) -> None:
    """UNK-4: NULL is not 0; once the price is entered, the whole amount is the difference."""
    entry = charge(None, model="nobody-knows")
    report = reprice(DAY, DAY)
    assert (report.adjusted, report.unknown) == (0, 1)
    assert total(entry) is None
    PriceOverride.objects.create(model="nobody-*", input=2, output=10, cache_write_1h=4)
    assert reprice(DAY, DAY).adjusted == 1
    assert total(entry) == Decimal("4.003")
    assert reprice(DAY, DAY).adjusted == 0


def test_a_model_that_turns_out_to_be_free_is_known_to_cost_nothing(db: str) -> None:
    """UNK-5: an adjustment of 0 says so; it is written once."""
    entry = charge(None, model="our-own")
    PriceOverride.objects.create(model="our-own", is_free=True)
    assert reprice(DAY, DAY).adjusted == 1
    assert total(entry) == 0
    assert reprice(DAY, DAY).adjusted == 0


def test_a_teams_own_price_and_policy_are_used_for_its_charges(db: str) -> None:
    small_world.make()
    acme, outside = Team.objects.get(slug="acme"), Team.objects.get(slug="outside")
    PriceOverride.objects.create(model="claude-sonnet-4-5", team=acme, input=1, output=1, cache_write_1h=1)
    RoutingPolicy.objects.update_or_create(team=outside, defaults={"unknown_price": "dearest"})
    theirs, others = charge("6.0045", team_id=acme.id), charge("6.0045", team_id=outside.id)
    unknown = charge(None, model="claude-sonnet-99", team_id=outside.id)
    report = reprice(DAY, DAY)
    assert (total(theirs), total(others), total(unknown)) == (Decimal("1.0011"), Decimal("6.0045"), Decimal("6.0045"))
    assert report.difference == {acme.id: Decimal("-5.0034"), outside.id: Decimal("6.0045")}


def test_the_ledger_refuses_to_be_overwritten(db: str) -> None:
    """CCH-12."""
    entry = charge("1")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE gateway_ledgerentry SET amount_usd = 2 WHERE id = %s", [entry.id])
