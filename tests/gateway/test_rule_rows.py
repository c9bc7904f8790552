"""Certainty rules as rows: shipped, edited, tried, in a file, and in force."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import Team, User
from gateway.configuration.exporting import tree
from gateway.configuration.nodes import Invalid
from gateway.configuration.writing import apply
from gateway.ports import Team as TeamView
from gateway.snapshot import SnapshotHolder, build
from routing.models import RoutingPolicy, RoutingRule
from routing.rules import SHIPPED
from routing.tiers import Bounds, Tier
from tests.gateway import small_world

OURS = {"name": "our ledger", "kind": "risk", "tier": "COMPLEX", "pattern": "ledger"}


def _team(slug: str) -> TeamView:
    return next(team for team in build().teams.values() if team.slug == slug)


def _client() -> Client:
    found = Client()
    found.force_login(User.objects.create_superuser("root", "", "irrelevant"))
    return found


def test_a_new_installation_has_the_shipped_rules_and_uses_them(db: str) -> None:
    small_world.make()
    rows = {row.name: row for row in RoutingRule.objects.all()}
    assert set(rows) == {rule.name for rule in SHIPPED}
    assert [rule.name for rule in _team("acme").rules.rules] == [rule.name for rule in SHIPPED]
    for row in rows.values():
        row.full_clean()


def test_a_teams_rule_takes_the_place_of_the_one_of_that_name(db: str) -> None:
    small_world.make()
    RoutingRule.objects.create(
        team=Team.objects.get(slug="acme"),
        name="proof",
        kind="force",
        form="regex",
        pattern="proof",
        tier="SIMPLE",
        enabled=False,
    )
    assert "proof" not in [rule.name for rule in _team("acme").rules.rules]
    assert "proof" in [rule.name for rule in _team("outside").rules.rules]


def test_an_edited_rule_is_in_force_within_a_second(db: str) -> None:
    small_world.make()
    holder = SnapshotHolder()
    try:
        assert holder.start(5)
        RoutingRule.objects.create(name="ours", kind="floor", form="words", pattern="zebra", tier="REASONING")
        begin = time.monotonic()
        while not all(any(r.name == "ours" for r in team.rules.rules) for team in holder.current.teams.values()):
            assert time.monotonic() - begin < 1.0
            time.sleep(0.005)
    finally:
        holder.stop()


@pytest.mark.parametrize(
    "wrong",
    [{"form": "regex", "pattern": "(a+)+$"}, {"form": "words", "pattern": "!only"}, {"name": "größer"}],
    ids=["slow", "matches nothing", "no header"],
)
def test_a_rule_that_would_do_harm_is_refused(db: str, wrong: dict[str, Any]) -> None:
    row = RoutingRule(**{**OURS, "form": "words", **wrong})
    with pytest.raises(ValidationError):
        row.full_clean()


def test_bounds_that_do_not_rise_are_refused(db: str) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        RoutingPolicy.objects.create(simple_up_to=60, medium_up_to=50)


def test_an_ask_is_tried_on_the_rules_with_a_pattern_that_is_not_saved_yet(db: str) -> None:
    page = _client().post(
        reverse("admin:routing_routingrule_try"),
        {"ask": "rotate the api keys of the zebra service", "form": "words", "pattern": "zebra & !horse"},
    )
    shown = page.content.decode()
    assert page.status_code == 200
    assert "touches secrets: at least COMPLEX" in shown
    assert "The pattern typed in matches." in shown
    assert not RoutingRule.objects.filter(pattern__contains="zebra").exists()


def test_a_pattern_that_is_slow_is_not_tried_but_explained(db: str) -> None:
    page = _client().post(
        reverse("admin:routing_routingrule_try"), {"ask": "aaaa", "form": "regex", "pattern": "(a+)+$"}
    )
    assert "repeat inside a repeat" in page.content.decode()


def test_who_may_not_see_rules_may_not_try_them(db: str) -> None:
    client = Client()
    client.force_login(User.objects.create_user("staff", "", "irrelevant", is_staff=True))
    assert client.get(reverse("admin:routing_routingrule_try")).status_code == 403


def test_a_file_adds_rules_changes_shipped_ones_and_bounds_and_an_export_says_the_same(db: str) -> None:
    small_world.make()
    given = {
        "defaults": {
            "policy": {"bounds": {"SIMPLE": 20, "MEDIUM": 40, "COMPLEX": 70}},
            "rules": [OURS, {"name": "proof", "enabled": False}],
        },
        "teams": [{"slug": "acme", "rules": [{**OURS, "tier": "REASONING"}]}],
    }
    assert apply(given).changes == 4
    assert apply(given).changes == 0
    team = _team("acme")
    rules = {rule.name: rule for rule in team.rules.rules}
    assert (rules["our ledger"].tier, "proof" in rules) == (Tier.REASONING, False)
    assert team.policy.bounds == Bounds(20, 40, 70)
    exported = tree()
    assert [rule["name"] for rule in exported["defaults"]["rules"]] == ["proof", "our ledger"]
    assert exported["defaults"]["policy"]["bounds"] == {"SIMPLE": 20, "MEDIUM": 40, "COMPLEX": 70}
    assert apply({"defaults": exported["defaults"]}).changes == 0


def test_pruning_takes_rules_that_are_not_listed_and_leaves_the_shipped_ones(db: str) -> None:
    apply({"defaults": {"rules": [OURS]}})
    apply({"defaults": {"rules": []}}, prune=True)
    assert {row.name for row in RoutingRule.objects.all()} == {rule.name for rule in SHIPPED}


@pytest.mark.parametrize(
    "wrong",
    [{"pattern": "(a+)+$", "form": "regex"}, {"kind": "odd"}, {"tier": "HUGE"}, {"pattern": None}, {"speed": 1}],
    ids=["slow", "kind", "tier", "no pattern", "unknown field"],
)
def test_a_wrong_rule_in_a_file_is_named_and_nothing_is_written(db: str, wrong: dict[str, Any]) -> None:
    with pytest.raises(Invalid, match=r"defaults\.rules\[0\]"):
        apply({"defaults": {"rules": [{**OURS, **wrong}]}})
    assert not RoutingRule.objects.filter(name="our ledger").exists()
