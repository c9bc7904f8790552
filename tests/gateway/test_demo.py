"""The invented organisation of `manage.py demo`: its books are as true as real ones."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from django.db.models import Sum
from django.utils import timezone

from accounts.models import Budget, BudgetWindow, Membership, Team, User
from caching.models import CacheStanding
from gateway import budget_news, proof, switching_off
from gateway.demo import filling
from gateway.models import Alert, Attempt, LedgerEntry, NetSavings, Operation, PassDay, UsageDay


def test_the_books_of_the_demo_prove_themselves(db: str) -> None:
    """One fill, many questions: it takes seconds."""
    filling.fill(timezone.now())
    assert Team.objects.count() == 12
    assert 60 <= User.objects.count() <= 75
    assert User.objects.filter(is_service=True).count() == 4
    assert set(Membership.objects.values_list("role", flat=True)) == {"member", "lead", "admin"}
    assert Operation.objects.count() > 30_000
    assert proof.prove(filling.DAYS) == []
    assert not Alert.objects.filter(kind__in=("books", "counters", "open_attempts"), closed_at=None).exists()
    span = timezone.now() - dt.timedelta(days=filling.DAYS), timezone.now()
    assert len(proof.compare_counters(*span)[0]) > 40, "windows were looked at"
    _is_believable()
    _passes_have_saved_something()
    _answers_came_from_the_cache()
    _budgets_are_near_their_limits()
    assert budget_news.tell() == 0, "the first minute of a demo sends no news"
    with connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_budgetwindow SET spent = spent + 0.01 WHERE spent > 0")
    assert proof.compare_counters(*span)[1], "a cent too much is found"


def _is_believable() -> None:
    statuses = set(Operation.objects.values_list("status", flat=True))
    assert statuses <= {"completed", "truncated", "interrupted", "rejected", "refused", "failed"}
    assert len(statuses) > 3, "the seed is the day, so rare ones may be missing"
    assert Operation.objects.filter(attempts__gt=1, status="completed").count() > 50
    assert LedgerEntry.objects.filter(amount_usd=None).exists(), "some prices are unknown"
    assert LedgerEntry.objects.filter(amount_usd=0).exists(), "some models are free"
    assert len(set(Attempt.objects.values_list("vendor", flat=True))) >= 7
    tiers = set(UsageDay.objects.values_list("tier", flat=True))
    assert tiers >= {"SIMPLE", "MEDIUM", "COMPLEX", "REASONING"}
    assert len(set(UsageDay.objects.values_list("surface", flat=True))) == 4
    assert not Operation.objects.filter(started_at__gt=timezone.now()).exists()
    judged = Operation.objects.filter(decision__mode="auto")
    assert judged.filter(features__values__has_key="learned").count() > judged.count() * 0.7, "a preview has a sample"
    by_weekday = dict.fromkeys(range(7), 0)
    for day, operations in UsageDay.objects.values_list("day", "operations"):
        by_weekday[day.weekday()] += operations
    assert max(by_weekday[5], by_weekday[6]) * 4 < by_weekday[2], "people rest"


def _passes_have_saved_something() -> None:
    """Receipts, their roll-up and the requests agree; where many sessions are held out the net is a gain that can be told."""
    whole = Operation.objects.aggregate(tokens=Sum("tokens_saved"), usd=Sum("saved_usd"), cost=Sum("cost_usd"))
    rolled = PassDay.objects.aggregate(before=Sum("tokens_before"), after=Sum("tokens_after"), usd=Sum("saved_usd"))
    assert rolled["before"] - rolled["after"] == whole["tokens"] > 10**7
    assert abs(rolled["usd"] - whole["usd"]) < Decimal("0.001"), "each receipt is rounded to ten places"
    assert Decimal("0.03") < whole["usd"] / (whole["cost"] + whole["usd"]) < Decimal("0.35")
    held_out = Operation.objects.filter(passes__pin="hold-out")
    assert held_out.exists()
    assert not held_out.exclude(tokens_saved=None).exists()
    nets = NetSavings.objects.exclude(net_share=None)
    assert {"platform", "research"} & {row.team.slug for row in nets if row.team}, "a quarter of their sessions"
    assert any(row.low > 0 for row in nets), "which, depends on the day of the fill"
    assert NetSavings.objects.get(team__slug="security").net_share is None, "5% of few sessions tell nothing yet"
    assert switching_off.look() == 0


def _answers_came_from_the_cache() -> None:
    """Hits had no call and cost nothing; one team has near matches, most of them right."""
    hits = Operation.objects.filter(cache__in=("exact", "semantic", "shared"))
    assert hits.count() > 200
    assert set(hits.values_list("attempts", "cost_usd")) == {(0, Decimal(0))}
    assert not Attempt.objects.filter(operation_id__in=hits.values("id")).exists()
    total = UsageDay.objects.aggregate(lookups=Sum("cache_lookups"), hits=Sum("cache_hits"))
    assert total["hits"] == hits.count()
    assert 0.1 < total["hits"] / total["lookups"] < 0.5
    assert set(hits.filter(cache="semantic").values_list("team_id", flat=True)) == {Team.objects.get(slug="support").pk}
    standing = CacheStanding.objects.get()
    assert (standing.team.slug, standing.off_since, standing.wrong) == ("support", None, 1)
    assert standing.checks > 80


def _budgets_are_near_their_limits() -> None:
    assert {True, False} == set(Budget.objects.values_list("rolling", flat=True))
    near = 0
    now = timezone.now()
    for budget, seen in budget_news.views():
        when = budget_news.span(seen.window, now)
        rows = BudgetWindow.objects.filter(budget=budget, window_start__range=(when.since, when.start))
        total = sum((row.spent for row in rows), Decimal(0))
        near += budget.soft_limit is not None and total >= budget.soft_limit

    assert near >= 1, "how many depends on the hour and the weekday of the fill"


def test_a_database_of_somebody_is_left_alone(db: str) -> None:
    User.objects.create_user("alice")
    with pytest.raises(filling.NotEmpty, match="Nothing was changed"):
        filling.first_start()
    assert User.objects.count() == 1
    assert not Team.objects.exists()


def test_a_second_start_leaves_the_demo_as_it_is_and_shows_no_password(db: str) -> None:
    lines = "\n".join(filling.fill(timezone.now(), days=3))
    before = Operation.objects.count()
    again = "\n".join(filling.first_start())
    assert Operation.objects.count() == before > 100
    password = lines.split("the password ")[1].split(" ")[0]
    assert password not in again
    assert User.objects.get(username="mira").check_password(password)
    assert not User.objects.get(username="sofia").has_usable_password()


def test_the_demo_is_the_same_whenever_it_is_made(db: str) -> None:
    """Seeded: two fills of one moment differ in ids of keys only."""
    from gateway.demo import desks, people
    from gateway.demo.calls import Session

    now = timezone.now()
    filling.fill(now, days=2)
    worker = people.Worker(
        Team.objects.get(slug="web").pk, "web", 1, 1, Operation.objects.first().key_id, "lyk_x", "cursor", 9
    )
    sitting = next(filling.sittings(worker, 0, now.date() - dt.timedelta(days=now.weekday()), filling.Random(1)))
    desk = desks.desks()[worker.team_id]
    one, two = (list(Session(sitting, desk, now, filling.Random(2)).requests()) for _ in range(2))
    assert [(r.id, r.cost, r.status) for r in one] == [(r.id, r.cost, r.status) for r in two]
