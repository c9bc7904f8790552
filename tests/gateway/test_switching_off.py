"""CMP-4: what costs more than it saves is switched off, by net and by receipts, in the right policy and not for old days."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.models import AuditEvent, Team
from gateway import alerts, rollups, savings, switching_off, tasks
from gateway.models import Alert, NetSavings, PassHour
from gateway.rollups import HOUR
from gateway.snapshot import build
from routing.models import PolicyVersion, RoutingPolicy
from tests.gateway.session_rows import arms

LONG_AGO = dt.timedelta(days=60)


@pytest.fixture
def acme(db: str) -> Team:
    """Has the organisation's policy, as `other` has."""
    team = Team.objects.create(slug="acme", name="Acme")
    Team.objects.create(slug="other", name="Other")
    RoutingPolicy.objects.create(
        team=None, terse="lite", tool_selection="safe", auto_names=["auto", "house"], hold_out_percent=9
    )
    PolicyVersion.objects.update(created_at=timezone.now() - LONG_AGO)
    return team


def own(team: Team, **settings: object) -> RoutingPolicy:
    policy = RoutingPolicy.objects.create(team=team, **settings)
    PolicyVersion.objects.filter(policy=policy).update(created_at=timezone.now() - LONG_AGO)
    return policy


def receipts(team: Team, name: str, usd: str, requests: int = 200, ago: dt.timedelta = dt.timedelta(hours=5)) -> None:
    hour = (timezone.now() - ago).astimezone(dt.UTC).replace(minute=0, second=0, microsecond=0)
    PassHour.objects.create(team_id=team.pk, name=name, hour=hour, requests=requests, saved_usd=Decimal(usd))


def test_a_team_that_pays_more_with_passes_gets_a_policy_without(acme: Team) -> None:
    arms(acme.pk, 60, 40, ("2", "1"))
    arms(Team.objects.get(slug="other").pk, 4000, 400, ("0.5", "1"))
    assert tasks.measure_savings() == 1
    policy = RoutingPolicy.objects.get(team=acme)
    assert not policy.compress_results
    assert (policy.terse, policy.auto_names, policy.hold_out_percent) == ("lite", ["auto", "house"], 9), "else a copy"
    assert RoutingPolicy.objects.get(team=None).compress_results, "not for one team's sake"
    version = policy.versions.get()
    assert version.author is None
    assert version.reason.startswith("switched off by itself: compress results: net -100.0% (")
    assert "60 sessions against 40 held out" in version.reason
    event = AuditEvent.objects.get(object_type="routingpolicy", team=acme)
    assert (event.via, event.actor_name, event.after["compress_results"]) == ("system", "system", False)
    alert = Alert.objects.get(kind="savings")
    assert alert.subject == "team acme: compress_results"
    assert "net -100.0%" in alert.message
    assert not build().teams[acme.pk].policy.passes.results
    assert tasks.measure_savings() == 0
    assert policy.versions.count() == 1
    assert Alert.objects.filter(closed_at=None, kind="savings").exists()


def test_a_net_that_may_be_nothing_changes_nothing(acme: Team) -> None:
    """The guess is a loss of 1%, the interval reaches above nothing."""
    arms(acme.pk, 40, 40, ("1.01", "1"))
    assert tasks.measure_savings() == 0
    row = NetSavings.objects.get(team=acme)
    assert row.net_share is not None
    assert row.high is not None
    assert row.net_share < 0 < row.high
    assert not RoutingPolicy.objects.filter(team=acme).exists()


def test_fewer_than_thirty_held_out_change_nothing(acme: Team) -> None:
    arms(acme.pk, 400, 29, ("5", "1"))
    assert tasks.measure_savings() == 0


def test_the_organisations_policy_goes_by_the_teams_that_have_it_together(acme: Team) -> None:
    third = Team.objects.create(slug="third")
    own(third)
    arms(acme.pk, 20, 20, ("2", "1"))
    arms(Team.objects.get(slug="other").pk, 20, 20, ("2", "1"))
    arms(third.pk, 400, 400, ("0.1", "1"))
    assert tasks.measure_savings() == 1
    assert not RoutingPolicy.objects.get(team=None).compress_results
    assert set(RoutingPolicy.objects.values_list("team_id", flat=True)) == {None, third.pk}, "no copies"
    assert Alert.objects.get(kind="savings").subject == "organisation: compress_results"


def test_where_results_are_off_already_the_next_setting_goes(acme: Team) -> None:
    policy = own(acme, compress_results=False, terse="full", tool_selection="safe")
    arms(acme.pk, 60, 60, ("2", "1"))
    tasks.measure_savings()
    policy.refresh_from_db()
    assert (policy.terse, policy.tool_selection) == ("off", "safe"), "one at a time: then it is measured anew"
    assert tasks.measure_savings() == 0


@pytest.mark.parametrize(
    ("name", "setting", "off"),
    [
        ("terse", "terse", "off"), ("marks", "cache_marks", "off"), ("selection", "tool_selection", "off"),
        ("pytest", "compress_results", False), ("something-new", "compress_results", False),
    ],
)  # fmt: skip
def test_a_pass_whose_receipts_are_a_loss_has_its_setting_switched_off(
    acme: Team, name: str, setting: str, off: object
) -> None:
    policy = own(acme, terse="full", tool_selection="strict", cache_marks="1h")
    receipts(acme, name, "-0.6", 150)
    receipts(acme, name, "0.4", 50, dt.timedelta(days=6, hours=20))
    before = policy.content()
    assert switching_off.look() == 1
    policy.refresh_from_db()
    assert policy.content() == {**before, setting: off}
    reason = policy.versions.get(number=2).reason
    assert (
        f"{setting.replace('_', ' ')}: the pass {name} cost 0.2000 USD more than it saved, 200 requests since" in reason
    )


def test_little_traffic_old_traffic_and_a_gain_change_nothing(acme: Team) -> None:
    own(acme, terse="full", tool_selection="strict")
    receipts(acme, "terse", "-5", 199)
    receipts(acme, "selection", "-5", ago=dt.timedelta(days=8))
    receipts(acme, "pytest", "-5", 100)
    receipts(acme, "pytest", "5.0000000001", 100, dt.timedelta(hours=9))
    receipts(acme, "trim", "-5")
    receipts(Team.objects.get(slug="other"), "grep", "0")
    assert switching_off.look() == 0


def test_one_pass_of_many_is_enough_and_two_settings_are_one_version(acme: Team) -> None:
    policy = own(acme, terse="full")
    receipts(acme, "pytest", "100")
    receipts(acme, "grep", "-0.01")
    receipts(acme, "terse", "-0.01")
    assert switching_off.look() == 1
    policy.refresh_from_db()
    assert (policy.compress_results, policy.terse, policy.version) == (False, "off", 2)
    assert Alert.objects.filter(kind="savings").count() == 2


def test_the_receipts_of_teams_with_the_organisations_policy_are_summed(acme: Team) -> None:
    other = Team.objects.get(slug="other")
    receipts(acme, "grep", "-1")
    receipts(other, "grep", "3")
    assert switching_off.look() == 1
    assert RoutingPolicy.objects.get(team=None).compress_results, "together they gain"
    assert not RoutingPolicy.objects.get(team=acme).compress_results
    receipts(other, "grep", "-5", ago=dt.timedelta(hours=7))
    assert switching_off.look() == 1
    assert not RoutingPolicy.objects.get(team=None).compress_results
    assert not RoutingPolicy.objects.filter(team=other).exists()


def test_whoever_switches_it_on_again_is_not_overruled_by_the_same_days(acme: Team) -> None:
    policy = own(acme)
    receipts(acme, "grep", "-1")
    arms(acme.pk, 60, 60, ("2", "1"))
    assert tasks.measure_savings() == 1
    policy.refresh_from_db()
    policy.compress_results = True
    policy.save()
    assert switching_off.look() == 0, "the net of last night is of the old days too"
    assert tasks.measure_savings() == 0
    assert not Alert.objects.filter(kind="savings", closed_at=None).exists(), "it is on: nothing to tell"
    switched = timezone.now() - dt.timedelta(days=2)
    PolicyVersion.objects.filter(policy=policy, number=3).update(created_at=switched)
    assert switching_off.look() == 1, "now it is of the days since"


def test_the_hour_it_was_switched_on_in_does_not_count(acme: Team) -> None:
    policy = own(acme)
    receipts(acme, "grep", "-1", ago=3 * HOUR)
    hour = PassHour.objects.get().hour
    PolicyVersion.objects.filter(policy=policy).update(created_at=hour + dt.timedelta(minutes=1))
    assert switching_off.look() == 0
    PolicyVersion.objects.filter(policy=policy).update(created_at=hour - dt.timedelta(minutes=1))
    assert switching_off.look() == 1


def test_a_change_between_measuring_and_looking_is_kept(acme: Team) -> None:
    policy = own(acme)
    arms(acme.pk, 60, 60, ("2", "1"))
    savings.measure()
    policy.cache_marks = "1h"
    policy.save()
    assert switching_off.look() == 0


def test_nothing_is_judged_by_a_net_that_is_old(acme: Team) -> None:
    own(acme)
    arms(acme.pk, 60, 60, ("2", "1"))
    savings.measure()
    NetSavings.objects.update(computed_at=timezone.now() - dt.timedelta(days=3))
    assert switching_off.look() == 0


def test_an_alert_is_news_and_closes_after_two_weeks(acme: Team) -> None:
    own(acme, compress_results=False)
    alerts.raise_alert("savings", "team acme: compress_results", "x")
    switching_off.look()
    assert Alert.objects.filter(closed_at=None).exists()
    Alert.objects.update(opened_at=timezone.now() - dt.timedelta(days=15))
    switching_off.look()
    assert not Alert.objects.filter(closed_at=None).exists()


def test_an_organisation_without_a_policy_gets_one(db: str) -> None:
    team = Team.objects.create(slug="acme")
    RoutingPolicy.objects.all().delete()
    receipts(team, "grep", "-1")
    rollups.roll_up()
    assert switching_off.look() == 1
    assert not RoutingPolicy.objects.get(team=None).compress_results
