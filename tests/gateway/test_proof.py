"""The books prove themselves, and say where they do not."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.db import connection
from django.utils import timezone

from accounts.models import Budget, BudgetWindow, Team
from gateway import alerts, partitions, proof, tasks
from gateway.models import Alert, Attempt, UsageDay
from tests.gateway.book_rows import attempt, operation, served, store


def _yesterday() -> dt.datetime:
    day = partitions.today() - dt.timedelta(days=1)
    return dt.datetime(day.year, day.month, day.day, 12, tzinfo=dt.UTC)


def _sabotage(statement: str) -> None:
    """As a fault of ours or a hand in the database would."""
    with connection.cursor() as cursor:
        cursor.execute(statement)


def test_books_that_are_equal_alert_nobody(db: str) -> None:
    """CUT-20: with a failed call that nobody billed, one without price, and a request two calls long."""
    first = attempt(_yesterday(), cost_usd=None)
    second = attempt(_yesterday(), operation_id=first["operation_id"], sequence=1)
    unbilled = attempt(
        _yesterday(), status="failed", accepted=False, input_tokens=None, output_tokens=None, cost_usd=None, team_id=2
    )
    store(first, second, operation(second, attempts=2), unbilled, operation(unbilled, status="failed"))
    assert tasks.prove_books() == []
    assert not Alert.objects.exists()


def test_a_difference_names_day_and_team_and_closes_when_it_is_gone(db: str) -> None:
    """CUT-20"""
    store(*served(_yesterday(), cost_usd="0.5"), *served(_yesterday(), team_id=2, cost_usd="0.5"))
    tasks.roll_up()
    UsageDay.objects.filter(team_id=2).update(cost_usd=Decimal("0.25"))
    assert proof.prove(3) == [f"{_yesterday().date()} team 2"]
    assert proof.prove(3) == [f"{_yesterday().date()} team 2"]
    alert = Alert.objects.get()
    assert alert.closed_at is None
    assert "ledger and daily totals: 0.5000000000 and 0.2500000000 USD" in alert.message
    assert f"{_yesterday().date()}, team 2" in alert.message
    UsageDay.objects.all().delete()
    assert len(proof.prove(3)) == 2, "nothing in the totals is a difference too"
    _sabotage("INSERT INTO gateway_latehour (hour) SELECT hour FROM gateway_usagehour")
    assert tasks.prove_books() == []
    assert not Alert.objects.filter(closed_at=None).exists()
    assert Alert.objects.count() == 2, "what was open stays as history"


def test_a_call_closed_without_its_charge_is_found(db: str) -> None:
    """CUT-1, CUT-12"""
    store(*served(_yesterday(), cost_usd="0.5"))
    Attempt.objects.update(cost_usd=Decimal("0.75"))
    assert tasks.prove_books() == [f"{_yesterday().date()} team 1"]
    assert "calls and ledger: 0.7500000000 and 0.5000000000 USD" in Alert.objects.get().message


def test_a_request_that_lost_a_call_is_found(db: str) -> None:
    """CUT-11"""
    call = attempt(_yesterday())
    store(call, operation(call, attempts=2))
    tasks.prove_books()
    assert "requests and their calls: 2 and 1 calls" in Alert.objects.get().message


def test_the_counter_of_a_budget_equals_the_ledger(db: str) -> None:
    """CUT-20, CUT-19: the page of budgets and the page of usage show the same money."""
    team = Team.objects.create(slug="t")
    start = _yesterday().replace(hour=0)
    made = start - dt.timedelta(days=3)
    budget = Budget.objects.create(team=team, window="day", limit=10, created_at=made)
    narrow = Budget.objects.create(window="day", limit=10, model_pattern="cloud/m*", created_at=made)
    for one, spent in ((budget, "0.5"), (narrow, "0.75")):
        BudgetWindow.objects.create(budget=one, window_start=start, spent=Decimal(spent))
    store(*served(_yesterday(), team_id=team.id, cost_usd="0.5"), *served(_yesterday(), cost_usd="0.25", team_id=99))
    store(*served(_yesterday(), cost_usd="7", team_id=99, model="x"))
    assert tasks.prove_books() == []
    BudgetWindow.objects.filter(budget=budget).update(spent=Decimal("0.4"))
    assert len(tasks.prove_books()) == 1
    alert = Alert.objects.get()
    assert f"{start:%Y-%m-%d}, team {team.id}" in alert.message
    assert "counter 0.4000000000 and ledger 0.5000000000 USD" in alert.message
    BudgetWindow.objects.filter(budget=budget).update(spent=Decimal("0.5"))
    assert tasks.prove_books() == []
    assert not Alert.objects.filter(closed_at=None).exists()


def test_a_calendar_window_ends_in_its_own_time_zone(db: str) -> None:
    """CUT-20: on the night the clocks change a day is 25 hours long."""
    start = dt.datetime(2026, 10, 24, 22, tzinfo=dt.UTC)  # midnight in Berlin
    for window, hours in (("day", 25), ("week", 7 * 24 + 1)):
        end = proof.window_end(Budget(window=window, time_zone="Europe/Berlin"), start)
        assert end is not None
        assert end.astimezone(dt.UTC) - start == dt.timedelta(hours=hours)
    assert proof.window_end(Budget(window="month", time_zone="Nowhere/At_all"), start) is None


def test_what_was_dispatched_and_not_closed_within_minutes_is_an_alert(db: str) -> None:
    """CUT-7, CUT-10"""
    store(attempt(timezone.now() - dt.timedelta(minutes=5), status="open"))
    assert tasks.watch_open() == 0, "it may still run"
    forgotten = attempt(timezone.now() - dt.timedelta(minutes=40))
    store({**forgotten, "status": "open"})
    assert tasks.watch_open() == 1
    assert tasks.watch_open() == 1
    assert "1 calls of team 1" in Alert.objects.get().message
    store(forgotten)
    assert tasks.watch_open() == 0
    assert Alert.objects.get().closed_at is not None


def test_an_alert_is_one_row_however_often_it_is_seen(db: str) -> None:
    """CUT-7: and comes back as a new one after it was over."""
    for found in ({"a": "1"}, {"a": "2", "b": "x"}, {}, {"a": "3"}):
        alerts.settle("kind", found)
    rows = Alert.objects.order_by("id").values_list("subject", "message", "closed_at")
    assert [(subject, message, closed is None) for subject, message, closed in rows] == [
        ("a", "2", False),
        ("b", "x", False),
        ("a", "3", True),
    ]
