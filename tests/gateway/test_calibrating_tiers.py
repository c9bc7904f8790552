"""Bounds that follow the answers: rows of operations to a suggestion, to a version in force."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent, Team, User
from gateway import tasks
from gateway.calibrating_tiers import Answers, calibrate
from gateway.configuration.exporting import tree
from gateway.configuration.loading import load
from gateway.configuration.nodes import Invalid
from gateway.configuration.writing import apply
from gateway.models import Operation
from gateway.snapshot import build
from routing import suggestions
from routing.models import CalibrationSuggestion, RoutingPolicy
from routing.tiers import DEFAULT_BOUNDS, Bounds


@pytest.fixture
def acme(db: str) -> Team:
    return Team.objects.create(slug="acme", name="Acme")


@pytest.fixture
def root(acme: Team) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("root", password="x"))
    return client


def answers(n: int, team: int | None, score: int, verified: str = "ok", **more: Any) -> None:
    """`n` operations that SIMPLE served and a check found `verified`."""
    now = timezone.now() - dt.timedelta(days=more.pop("days", 0))
    decision = {"mode": "auto", "verified": verified, **more.pop("decision", {})}
    if verified != "ok":
        decision |= {"cascade": f"kept: {verified}, no better answer", "doubted": "SIMPLE"}
    row = {"tier": "SIMPLE", "score": score, "status": "completed", "surface": "anthropic", **more}
    Operation.objects.bulk_create(
        Operation(day=now.date(), started_at=now, team_id=team, decision=decision, **row) for _ in range(n)
    )


def suggestion() -> CalibrationSuggestion:
    return CalibrationSuggestion.objects.get()


def test_nothing_is_read_or_suggested_until_a_policy_asks(acme: Team) -> None:
    RoutingPolicy.objects.create(team=acme)
    answers(100, acme.pk, 27)
    assert tasks.calibrate_tiers() == 0
    assert not CalibrationSuggestion.objects.exists()
    assert tasks.SCHEDULE["calibrate-tiers"]["task"] == tasks.calibrate_tiers.name


def test_a_suggestion_tells_its_evidence_and_changes_nothing(acme: Team) -> None:
    policy = RoutingPolicy.objects.create(team=acme, calibrate="suggest")
    answers(90, acme.pk, 27)
    answers(10, acme.pk, 27, "", decision={"mode": "tier"})
    answers(40, acme.pk, 26, tier="MEDIUM")
    answers(99, None, 27)
    assert tasks.calibrate_tiers() == 1
    row = suggestion()
    (move,) = row.moves()
    assert (move["bound"], move["old"], move["new"]) == ("simple_up_to", 25, 30)
    assert (move["above"]["n"], move["above"]["ok"], move["dearer"]["n"], move["below"]["n"]) == (90, 90, 40, 0)
    assert move["above"]["lower"] == pytest.approx(0.9591, abs=1e-4)
    assert (row.state, row.evidence["answers"], row.evidence["whole"]) == ("open", 130, True)
    policy.refresh_from_db()
    assert (policy.version, policy.simple_up_to) == (1, 25)


def test_a_policy_has_one_open_suggestion_and_it_goes_when_answers_turn_bad(acme: Team) -> None:
    policy = RoutingPolicy.objects.create(team=acme, calibrate="suggest")
    answers(100, acme.pk, 27)
    for _ in range(2):
        calibrate()
    first = suggestion()
    with pytest.raises(IntegrityError), transaction.atomic():
        policy.suggestions.create(computed_at=timezone.now(), evidence=first.evidence)
    answers(50, acme.pk, 28, "cut off")
    assert calibrate() == 0
    assert not CalibrationSuggestion.objects.exists()


def test_doubted_answers_lower_a_bound(acme: Team) -> None:
    RoutingPolicy.objects.create(team=acme, calibrate="suggest")
    answers(40, acme.pk, 24, "empty")
    calibrate()
    assert [(row["bound"], row["new"]) for row in suggestion().moves()] == [("simple_up_to", 20)]


def test_the_organisations_policy_learns_from_teams_that_have_none(acme: Team) -> None:
    other = Team.objects.create(slug="other", name="Other")
    RoutingPolicy.objects.create(team=acme)
    RoutingPolicy.objects.create(team=None, calibrate="suggest")
    answers(100, acme.pk, 27)
    assert calibrate() == 0
    answers(50, other.pk, 27)
    answers(50, None, 27)
    assert calibrate() == 1
    assert suggestion().evidence["bounds"][0]["above"]["n"] == 100


def test_only_the_newest_are_read_and_only_of_thirty_days(acme: Team) -> None:
    policy = RoutingPolicy.objects.create(team=acme, calibrate="suggest")
    answers(5, acme.pk, 27, days=31)
    answers(20, acme.pk, 27)
    answers(30, acme.pk, 60)
    few = Answers(policy, DEFAULT_BOUNDS, most=12)
    assert len(list(few.rows())) == 12
    assert not few.whole
    late = Answers(policy, DEFAULT_BOUNDS, seconds=-1)
    assert list(late.rows()) == []
    assert not late.whole
    everything = Answers(policy, DEFAULT_BOUNDS)
    assert {row.score for row in everything.rows()} == {27}, "60 is near no bound"
    assert (everything.count, everything.whole) == (20, True)


def test_applied_by_an_admin_it_is_a_version_in_force_with_its_author_and_reason(root: Client, acme: Team) -> None:
    policy = RoutingPolicy.objects.create(team=acme, calibrate="suggest")
    answers(100, acme.pk, 27)
    calibrate()
    url = reverse("admin:routing_calibrationsuggestion_changelist")
    page = root.get(reverse("admin:routing_calibrationsuggestion_change", args=[suggestion().pk])).content.decode()
    assert "100 of 100" in page
    assert "cheaper tier, just above" in page
    root.post(url, {"action": "apply_selected", "_selected_action": [suggestion().pk]})
    assert build().teams[acme.pk].policy.bounds == Bounds(30, 50, 75)
    version = policy.versions.get(number=2)
    assert str(version.author) == "root"
    assert version.reason == "calibration applied: simple up to 25 to 30 (100 of 100 answers good)"
    assert suggestion().state == "applied"
    events = AuditEvent.objects.filter(team=acme, actor_name="root").values_list("object_type", "action")
    assert {("routingpolicy", "changed"), ("calibrationsuggestion", "changed")} <= set(events)
    again = root.post(url, {"action": "apply_selected", "_selected_action": [suggestion().pk]}, follow=True)
    assert "It is applied already." in again.content.decode()
    assert policy.versions.count() == 2


def test_dismissed_it_changes_nothing_and_does_not_come_back(root: Client, acme: Team) -> None:
    RoutingPolicy.objects.create(team=acme, calibrate="suggest")
    answers(100, acme.pk, 27)
    calibrate()
    url = reverse("admin:routing_calibrationsuggestion_changelist")
    root.post(url, {"action": "dismiss_selected", "_selected_action": [suggestion().pk]})
    assert suggestion().state == "dismissed"
    assert calibrate() == 0
    assert suggestion().state == "dismissed"
    assert RoutingPolicy.objects.get().version == 1


def test_who_may_only_look_decides_nothing(acme: Team) -> None:
    from django.contrib.auth.models import Permission

    RoutingPolicy.objects.create(team=acme, calibrate="suggest")
    answers(100, acme.pk, 27)
    calibrate()
    looker = User.objects.create_user("looker", password="x", is_staff=True)
    looker.user_permissions.add(Permission.objects.get(codename="view_calibrationsuggestion"))
    client = Client()
    client.force_login(looker)
    url = reverse("admin:routing_calibrationsuggestion_changelist")
    assert client.get(url).status_code == 200
    client.post(url, {"action": "apply_selected", "_selected_action": [suggestion().pk]})
    assert suggestion().state == "open"


def test_a_suggestion_for_bounds_that_were_edited_since_is_refused(acme: Team) -> None:
    policy = RoutingPolicy.objects.create(team=acme, calibrate="suggest")
    answers(100, acme.pk, 27)
    calibrate()
    policy.medium_up_to = 40
    policy.save()
    with pytest.raises(ValidationError, match="have changed"):
        suggestions.apply(suggestion())
    assert (suggestion().state, RoutingPolicy.objects.get().simple_up_to) == ("open", 25)


def test_a_policy_that_applies_moves_by_one_band_a_run_and_says_that_it_was_itself(acme: Team) -> None:
    policy = RoutingPolicy.objects.create(team=acme, calibrate="apply")
    answers(100, acme.pk, 27)
    for _ in range(2):
        tasks.calibrate_tiers()
    assert build().teams[acme.pk].policy.bounds == Bounds(30, 50, 75)
    version = policy.versions.first()
    assert version is not None
    assert (version.number, version.author) == (2, None)
    assert version.reason.startswith("calibrated by itself: simple up to 25 to 30")
    assert suggestion().state == "applied"
    assert AuditEvent.objects.filter(object_type="routingpolicy", action="changed", via="system", team=acme).exists()


def test_a_file_and_the_admins_form_set_it_and_it_comes_out_as_it_went_in(root: Client) -> None:
    text = "teams: [{slug: acme, policy: {calibrate: %s}}]"
    apply(load(text % "suggest"))
    assert tree()["teams"][0]["policy"]["calibrate"] == "suggest"
    apply(load(text % "off"))
    assert RoutingPolicy.objects.get().calibrate == "off"
    assert "calibrate" not in tree()["teams"][0]["policy"]
    with pytest.raises(Invalid, match="calibrate: must be one of off, suggest, apply"):
        apply(load(text % "always"))
    form = {"auto_names": "auto", "unknown_price": "allow", "simple_up_to": 25, "medium_up_to": 50, "complex_up_to": 75}
    root.post(reverse("admin:routing_routingpolicy_add"), {**form, "calibrate": "apply"})
    assert RoutingPolicy.objects.get(team=None).calibrate == "apply"


def test_the_migration_goes_back_and_forth(acme: Team) -> None:
    RoutingPolicy.objects.create(team=acme)
    call_command("migrate", "routing", "0006", interactive=False, verbosity=0)
    assert "routing_calibrationsuggestion" not in connection.introspection.table_names()
    call_command("migrate", "routing", interactive=False, verbosity=0)
    assert RoutingPolicy.objects.get().calibrate == "off"
