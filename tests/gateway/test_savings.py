"""Net savings of teams: which sessions count, in which arm, and what is stored."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.models import Team
from gateway import savings, tasks
from gateway.models import NetSavings, Operation
from routing.models import PolicyVersion, RoutingPolicy
from tests.gateway.session_rows import PIN, arms, session

LONG_AGO = dt.timedelta(days=60)


@pytest.fixture
def acme(db: str) -> Team:
    team = Team.objects.create(slug="acme", name="Acme")
    RoutingPolicy.objects.create(team=None)
    RoutingPolicy.objects.create(team=team)
    PolicyVersion.objects.update(created_at=timezone.now() - LONG_AGO)
    return team


def of(team: Team | None) -> NetSavings:
    return NetSavings.objects.get(team=team)


def counts(team: Team | None) -> tuple[int, int]:
    row = of(team)
    return row.sessions_treated, row.sessions_held_out


def test_the_price_of_a_token_as_sent_is_compared(acme: Team) -> None:
    """Both send 1000 tokens a request; treated 600 billed and 400 saved. 0.75 against 1 USD: a quarter saved."""
    arms(acme.pk, 200, 40, ("0.75", "1"))
    assert savings.measure() == 1
    row = of(acme)
    assert (row.sessions_treated, row.sessions_held_out, row.days) == (200, 40, 28)
    assert row.net_share == pytest.approx(0.25)
    assert row.low is not None
    assert row.high is not None
    assert 0.2 < row.low < 0.25 < row.high < 0.3
    assert row.cost_usd == Decimal("0.75") * 2 * 220
    assert row.gross_usd == 200
    assert row.net_usd == pytest.approx(row.cost_usd / 3), "330 paid where 440 would have been"


def test_tokens_saved_count_as_sent(acme: Team) -> None:
    """Half the tokens taken out at the same USD a request is no saving."""
    arms(acme.pk, 60, 60, ("1", "1"))
    savings.measure()
    assert of(acme).net_share == pytest.approx(0)
    Operation.objects.filter(passes__pin=PIN).update(tokens_saved=0)
    savings.measure()
    assert of(acme).net_share == pytest.approx(1 - 1000 / 600)


def test_too_few_of_either_say_nothing_but_are_counted(acme: Team) -> None:
    arms(acme.pk, 100, 29, ("0.5", "1"))
    assert savings.measure() == 0
    assert counts(acme) == (100, 29)
    assert of(acme).net_share is None
    assert of(acme).net_usd is None


def test_both_arms_are_cut_alike(acme: Team) -> None:
    """One request only, sent as it came at some time, begun before the days, without a price or a prompt: in no arm."""
    now = timezone.now()
    for pin in (PIN, "hold-out"):
        rows = [
            *session(f"{pin}-good", acme.pk, "1", pin=pin),
            *session(f"{pin}-single", acme.pk, "1", pin=pin, requests=1),
            *session(f"{pin}-off", acme.pk, "1", pin=pin),
            *session(f"{pin}-off", acme.pk, "1", pin="off", requests=1),
            *session(f"{pin}-old", acme.pk, "1", pin=pin, at=now - dt.timedelta(days=29)),
            *session(f"{pin}-under-way", acme.pk, "1", pin=pin, at=now - dt.timedelta(days=28, hours=2), requests=300),
            *session(f"{pin}-open", acme.pk, "1", pin=pin, status="open"),
            *session(f"{pin}-unpriced", acme.pk, "1", pin=pin, cost_usd=None),
            *session("", acme.pk, "1", pin=pin),
        ]
        silent = session(f"{pin}-silent", acme.pk, "1", pin=pin, input_tokens=None, cache_read_tokens=None)
        for row in silent:
            row.cache_write_5m_tokens = row.cache_write_1h_tokens = None
        Operation.objects.bulk_create([*rows, *silent])
    savings.measure(now)
    assert counts(acme) == (1, 1)


def test_sessions_from_before_the_settings_changed_do_not_count(acme: Team) -> None:
    arms(acme.pk, 50, 50, ("2", "1"), at=timezone.now() - dt.timedelta(days=3))
    savings.measure()
    assert counts(acme) == (50, 50)
    policy = RoutingPolicy.objects.get(team=acme)
    policy.badge = True
    policy.save()
    savings.measure()
    assert counts(acme) == (50, 50), "a badge changes no prompt"
    policy.hold_out_percent = 20
    policy.save()
    savings.measure()
    assert counts(acme) == (0, 0)
    assert of(acme).since == policy.versions.get(number=3).created_at


def test_the_organisations_net_is_of_the_teams_that_have_its_policy(acme: Team) -> None:
    other, third = (Team.objects.create(slug=slug) for slug in ("other", "third"))
    arms(acme.pk, 40, 40, ("9", "1"))
    arms(other.pk, 30, 20, ("0.5", "1"))
    arms(third.pk, 10, 15, ("0.5", "1"))
    savings.measure()
    assert counts(None) == (40, 35)
    assert of(None).net_share == pytest.approx(0.5, abs=0.02)
    assert (counts(other), of(other).net_share) == ((30, 20), None)
    assert of(acme).net_share == pytest.approx(-8)


def test_of_very_many_sessions_a_sample_tells_and_all_are_counted(acme: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(savings, "MOST_SESSIONS", 50)
    arms(acme.pk, 120, 60, ("0.75", "1"))
    savings.measure()
    row = of(acme)
    assert (row.sessions_treated, row.sessions_held_out) == (120, 60)
    assert row.cost_usd == Decimal("0.75") * 2 * 132
    first = (row.net_share, row.low, row.high)
    savings.measure()
    row = of(acme)
    assert (row.net_share, row.low, row.high) == first, "the same sample each time"


def test_a_team_whose_traffic_takes_too_long_keeps_what_was_known(acme: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    arms(acme.pk, 40, 40, ("0.5", "1"))
    savings.measure()
    monkeypatch.setattr(savings, "_SESSIONS", "SELECT pg_sleep(5), %(teams)s, %(day)s")
    monkeypatch.setattr(savings, "SECONDS", 0.05)
    assert savings.measure() == 0
    assert of(acme).net_share is not None


def test_the_task_runs_once_a_night_and_twice_is_as_good(acme: Team) -> None:
    assert tasks.SCHEDULE["measure-savings"]["task"] == tasks.measure_savings.name
    arms(acme.pk, 40, 40, ("0.5", "1"))
    assert tasks.measure_savings() == 0
    assert tasks.measure_savings() == 0
    assert NetSavings.objects.count() == 2, "one of the team, one of the organisation"


def test_when_a_setting_changed_is_read_from_the_versions(acme: Team) -> None:
    from routing.policy_versions import changed_at

    policy = RoutingPolicy.objects.get(team=acme)
    for terse in ("lite", "lite", "full"):
        policy.terse = terse
        policy.save()
    first, second, _, fourth = policy.versions.order_by("number")
    assert changed_at(policy, ["terse"]) == fourth.created_at
    assert changed_at(policy, ["compress_results"]) == first.created_at
    content = {name: value for name, value in first.content.items() if name != "terse"}
    PolicyVersion.objects.filter(pk=first.pk).update(content=content)
    fourth.delete()
    assert changed_at(policy, ["terse"]) == second.created_at, "from before there was the setting: its default"
    assert changed_at(RoutingPolicy(), ["terse"]) is None
