"""What an edit would have cost, shown before it is saved; and history that brings back what was."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.test.utils import setup_test_environment, teardown_test_environment
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent, Team, User
from gateway.models import Operation
from gateway.sampling import Sample, expected_output
from gateway.simulating import simulate
from gateway.snapshot import build
from lynkr_site.ids import uuid7
from routing.models import PolicyVersion, PriceOverride, RoutingPolicy, RoutingRule, TierMap
from routing.policy_versions import differences, roll_back
from tests.gateway import small_world


@pytest.fixture(autouse=True)
def _contexts() -> Iterator[None]:
    """Answers know what they were rendered from."""
    setup_test_environment()
    yield
    teardown_test_environment()


@pytest.fixture
def acme(db: str) -> Team:
    small_world.make()
    return Team.objects.get(slug="acme")


@pytest.fixture
def root(acme: Team) -> Client:
    found = Client()
    found.force_login(User.objects.create_superuser("root", "", "irrelevant"))
    return found


def served(team: Team, words: int, tier: str, model: str, cost: str | None = "0.01", **more: Any) -> Operation:
    """An automatic request of so many words, and nothing else about it."""
    at = timezone.now() - dt.timedelta(minutes=5)
    values = {
        "day": at.date(), "started_at": at, "team_id": team.pk, "surface": "anthropic", "tier": tier, "account": "cloud",
        "model": model, "status": "completed", "decision": {"mode": "auto"}, "features": {"values": {"words": words}},
        "input_tokens": 1_000_000, "output_tokens": 0, "cost_usd": cost and Decimal(cost),
    }  # fmt: skip
    return Operation.objects.create(id=uuid7(), **{**values, **more})


def policy_form(**more: Any) -> dict[str, Any]:
    values = {
        "auto_names": "auto", "fallback": "on", "pinned_tier": "", "unknown_price": "allow", "simple_up_to": "25",
        "medium_up_to": "50", "complex_up_to": "75", "reason": "",
    }  # fmt: skip
    return {**values, **more}


def test_a_policys_preview_reckons_stored_traffic_and_saves_nothing(root: Client, acme: Team) -> None:
    policy = RoutingPolicy.objects.create(team=acme)
    for _ in range(3):
        served(acme, 10, "SIMPLE", "gpt-4o-mini")
    rows = PolicyVersion.objects.count(), AuditEvent.objects.count(), build().teams[acme.pk].policy
    form = policy_form(team=acme.pk, pinned_tier="REASONING", routing_routingpolicy_preview="1")
    page = root.post(reverse("admin:routing_routingpolicy_change", args=[policy.pk]), form)
    assert page.status_code == 200
    outcome = page.context["outcome"]
    assert (outcome.requests, outcome.tier_changes, outcome.model_changes) == (3, 3, 3)
    assert outcome.now == Decimal("0.45")  # 3 times a million tokens of gpt-4o-mini
    assert outcome.then == Decimal("7.5")  # of gpt-4o, the first target of REASONING
    assert page.context["team_names"] == ["acme"]
    assert 'name="pinned_tier" value="REASONING"' in page.content.decode()
    assert list(get_messages(page.wsgi_request)) == []
    assert (PolicyVersion.objects.count(), AuditEvent.objects.count(), build().teams[acme.pk].policy) == rows
    data = dict(page.context["kept"]) | {"_save": "1"}
    assert root.post(page.request["PATH_INFO"], data).status_code == 302
    policy.refresh_from_db()
    assert policy.pinned_tier == "REASONING"


def test_a_tier_maps_preview_tells_which_requests_change_their_model(root: Client, acme: Team) -> None:
    served(acme, 10, "SIMPLE", "gpt-4o-mini")
    served(acme, 10, "REASONING", "gpt-4o", decision={"mode": "tier"})
    tier_map = TierMap.objects.get(team=acme)
    targets = list(tier_map.targets.order_by("id"))
    data: dict[str, Any] = {
        "team": acme.pk, "reason": "", "targets-TOTAL_FORMS": len(targets), "targets-INITIAL_FORMS": len(targets),
        "routing_tiermap_preview": "",
    }  # fmt: skip
    for place, row in enumerate(targets):
        model = "nobody-knows" if row.tier == "SIMPLE" else row.model
        values = {
            "id": row.pk,
            "tier_map": tier_map.pk,
            "tier": row.tier,
            "position": row.position,
            "account": row.account_id,
        }
        data |= {f"targets-{place}-{name}": value for name, value in {**values, "model": model}.items()}
    page = root.post(reverse("admin:routing_tiermap_change", args=[tier_map.pk]), data)
    outcome = page.context["outcome"]
    assert (outcome.requests, outcome.model_changes, outcome.tier_changes) == (2, 1, 0)
    assert dict(outcome.unpriced) == {"cloud/nobody-knows": 1}
    assert outcome.priced == 1
    assert "The price is unknown of cloud/nobody-knows (1 request)" in page.content.decode()
    tier_map.refresh_from_db()
    assert tier_map.version == 1
    form = root.get(reverse("admin:routing_tiermap_change", args=[tier_map.pk])).content.decode()
    assert re.search(r"<b>v1</b> · \d{4}-\d\d-\d\d \d\d:\d\d UTC .* the first", form)


def test_a_prices_preview_reckons_with_the_new_price(root: Client, acme: Team) -> None:
    served(acme, 10, "SIMPLE", "gpt-4o-mini")
    form = {"model": "gpt-4o-mini", "team": "", "input": "2", "output": "4", "routing_priceoverride_preview": ""}
    page = root.post(reverse("admin:routing_priceoverride_add"), form)
    outcome = page.context["outcome"]
    assert (outcome.now, outcome.then, outcome.model_changes) == (Decimal("0.15"), Decimal(2), 0)
    assert page.context["team_names"] == ["acme"]  # the other team has no such model
    assert not PriceOverride.objects.exists()


def test_a_preview_of_a_form_with_mistakes_shows_them(root: Client, acme: Team) -> None:
    form = {"model": "x", "team": "", "input": "two", "output": "4", "routing_priceoverride_preview": ""}
    page = root.post(reverse("admin:routing_priceoverride_add"), form)
    assert page.status_code == 200
    assert "Enter a number" in page.content.decode()


def test_requests_without_features_stay_where_they_were_and_are_counted(acme: Team) -> None:
    RoutingPolicy.objects.create(team=acme)
    served(acme, 10, "REASONING", "gpt-4o", features={})
    snapshot = build()
    outcome = simulate(Sample([acme.pk], 7).rows(), snapshot, snapshot)
    assert (outcome.requests, outcome.unjudged, outcome.tier_changes) == (1, 1, 0)
    assert outcome.moved[("REASONING", "REASONING")] == 1


def test_a_rule_that_is_switched_off_no_longer_counts_for_what_it_hit(acme: Team) -> None:
    RoutingPolicy.objects.create(team=acme)
    rule = RoutingRule.objects.create(team=acme, name="mine", kind="floor", pattern="mine", tier="REASONING")
    served(acme, 3, "REASONING", "gpt-4o", features={"values": {"words": 3}, "hits": [str(rule.pk)]})
    now = build()
    rule.enabled = False
    rule.save()
    outcome = simulate(Sample([acme.pk], 7).rows(), now, build())
    assert dict(outcome.moved) == {("REASONING", "SIMPLE"): 1}


def test_a_sample_ends_at_its_most_and_at_its_days(acme: Team) -> None:
    for _ in range(4):
        served(acme, 10, "SIMPLE", "gpt-4o-mini")
    old = timezone.now() - dt.timedelta(days=9)
    served(acme, 10, "SIMPLE", "gpt-4o-mini", day=old.date(), started_at=old)
    few = Sample([acme.pk], 7, most=3)
    assert (len(list(few.rows())), few.whole) == (3, False)
    week, month, hasty = Sample([acme.pk], 7), Sample([acme.pk], 30), Sample([acme.pk], 30, seconds=-1)
    assert (len(list(week.rows())), week.whole) == (4, True)
    assert (len(list(month.rows())), month.whole) == (5, True)
    assert (len(list(hasty.rows())), hasty.whole) == (0, False)


def test_a_team_without_use_is_reckoned_with_assumed_output(acme: Team) -> None:
    assert expected_output(acme.pk).basis == "assumed"


def test_every_save_of_a_policy_is_a_version_with_author_reason_and_difference(root: Client, acme: Team) -> None:
    policy = RoutingPolicy.objects.create(team=acme)
    form = policy_form(team=acme.pk, simple_up_to="30", reason="too dear")
    assert root.post(reverse("admin:routing_routingpolicy_change", args=[policy.pk]), form).status_code == 302
    versions = list(policy.versions.all())
    assert [row.number for row in versions] == [2, 1]
    assert (str(versions[0].author), versions[0].reason) == ("root", "too dear")
    changed = {name: (old, new) for name, old, new in differences(versions[1].content, versions[0].content)}
    assert changed["simple_up_to"] == (25, 30)
    page = root.get(reverse("admin:routing_routingpolicy_change", args=[policy.pk])).content.decode()
    assert "too dear" in page
    assert "simple up to: 25 → 30" in page


def test_going_back_is_one_click_and_a_new_version(root: Client, acme: Team) -> None:
    policy = RoutingPolicy.objects.create(team=acme)
    policy.pinned_tier = "COMPLEX"
    policy.save()
    first = policy.versions.get(number=1)
    url = reverse("admin:routing_policyversion_changelist")
    for _ in range(2):
        root.post(url, {"action": "bring_back", "_selected_action": [first.pk]})
    policy.refresh_from_db()
    assert (policy.pinned_tier, policy.version) == ("", 3)
    assert policy.versions.get(number=3).reason == "back to version 1"
    assert str(policy.versions.get(number=3).author) == "root"
    assert AuditEvent.objects.filter(object_type="policyversion", action="created", team=acme).count() == 3


def test_rules_are_part_of_the_versions_and_come_back_with_their_ids(acme: Team) -> None:
    policy = RoutingPolicy.objects.create(team=acme)
    kept = RoutingRule.objects.create(team=acme, name="kept", kind="risk", pattern="kept", tier="COMPLEX")
    second = policy.versions.first()
    assert second is not None
    assert [rule["name"] for rule in second.content["rules"]] == ["kept"]
    kept.pattern = "other"
    kept.save()
    RoutingRule.objects.create(team=acme, name="extra", kind="risk", pattern="extra", tier="COMPLEX")
    assert roll_back(second)
    back = RoutingRule.objects.get(team=acme)
    assert (back.pk, back.name, back.pattern) == (kept.pk, "kept", "kept")
    assert policy.versions.first().number == 5  # two edits and the way back, one version each
    assert not roll_back(second)


def test_the_history_of_a_price_tells_what_was_changed(root: Client, acme: Team) -> None:
    row = PriceOverride.objects.create(model="gpt-4o", input=1, output=2)
    row.input = 3
    row.save()
    page = root.get(reverse("admin:routing_priceoverride_change", args=[row.pk])).content.decode()
    assert "input: 1.000000 → 3.000000" in page


def test_the_migration_of_versions_goes_back_and_forth(acme: Team) -> None:
    from django.core.management import call_command

    RoutingPolicy.objects.create(team=acme, pinned_tier="COMPLEX")
    call_command("migrate", "routing", "0004", interactive=False, verbosity=0)
    assert "routing_policyversion" not in connection.introspection.table_names()
    call_command("migrate", "routing", interactive=False, verbosity=0)
    row = PolicyVersion.objects.get(policy__team=acme)
    assert row.content["pinned_tier"] == "COMPLEX"
    now = RoutingPolicy.objects.get(team=acme).whole_content()
    assert row.content == {name: now[name] for name in row.content}, "settings that came later are not in it"
    assert {"auto_names", "simple_up_to", "rules"} <= set(row.content)
