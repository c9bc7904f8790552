"""The pages of leads and administrators that tell why a request goes where it goes, and what another policy would do."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEvent, Membership, Team
from gateway.configuration.writing import apply
from gateway.models import Operation
from lynkr_site.ids import uuid7
from routing.models import RoutingPolicy, ShadowPolicy
from routing.tier_maps import content_of
from tests.accounts import world
from tests.accounts.world import World

HARD = "Prove step by step that this lock-free queue is linearizable, and analyse its worst case."
CANARY = "canary-pasted-by-a-lead"


@pytest.fixture
def people(db: str) -> World:
    made = world.make()
    apply(
        {
            "providers": [{"name": "cloud", "vendor": "openai", "base_url": "http://127.0.0.1:9/v1", "secret": "sk-x"}],
            "defaults": {
                "tiers": {"SIMPLE": ["cloud/gpt-4o-mini"], "REASONING": ["cloud/gpt-4o", "cloud/nobody-knows"]}
            },
        }
    )
    return made


def served(team: Team, **more: Any) -> Operation:
    at = timezone.now() - dt.timedelta(minutes=5)
    values = {
        "day": at.date(), "started_at": at, "team_id": team.pk, "surface": "anthropic", "tier": "SIMPLE", "score": 2,
        "account": "cloud", "model": "gpt-4o-mini", "status": "completed", "decision": {"mode": "auto"},
        "features": {"values": {"words": 10}}, "input_tokens": 1_000_000, "output_tokens": 7, "cost_usd": Decimal("0.15"),
    }  # fmt: skip
    return Operation.objects.create(id=uuid7(), **{**values, **more})


def explained(client: Client, text: str, **more: str) -> Any:
    return client.post("/portal/explain/", {"text": text, "team": "acme", **more})


def test_a_lead_pastes_a_text_and_sees_why(people: World) -> None:
    page = explained(people.session("alice"), f"{HARD} {CANARY}")
    assert page.status_code == 200
    found = page.context["found"]
    assert found["score"] > 50
    assert [one["target"] for one in page.context["tried"]][:2] == ["cloud/gpt-4o", "cloud/nobody-knows"]
    text = page.content.decode()
    assert f"{found['score']} of 100" in text
    assert "marks of proof and reasoning" in text
    assert not Operation.objects.exists()


def test_a_request_as_json_is_read_in_its_dialect(people: World) -> None:
    body = {"model": "auto", "system": "x", "messages": [{"role": "user", "content": "hi"}], "tools": [
        {"name": "Read", "description": "reads", "input_schema": {"type": "object"}}]}  # fmt: skip
    page = explained(people.session("alice"), json.dumps(body))
    assert page.context["found"]["tier"] == "SIMPLE"
    assert {"name": "tools", "value": 1}.items() <= page.context["around"][0].items()


@pytest.mark.parametrize(
    ("text", "word"),
    [("{not json", "not valid JSON"), ('{"messages": 7}', "messages"), ('{"model": "nope", "input": "x"}', "nope")],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(people: World, text: str, word: str) -> None:
    page = explained(people.session("alice"), text)
    assert page.status_code == 422
    assert word in page.context["problem"]
    assert page.context["text"] == text


def test_a_served_request_is_explained_from_its_numbers(people: World) -> None:
    row = served(people.acme, features={"values": {"words": 40, "reasoning": 3, "tools": 4}})
    page = people.session("alice").get(f"/portal/explain/?request=req_{row.pk.hex}")
    assert page.status_code == 200
    assert [one["name"] for one in page.context["features"]] == ["reasoning", "words"]
    assert page.context["found"]["input_tokens"] == 1_000_000
    assert page.context["costs"][0]["output_tokens"] == 7
    plain = served(people.acme, features={})
    assert "Nothing was kept" in people.session("alice").get(f"/portal/explain/?request={plain.pk}").context["problem"]


def test_an_unknown_price_is_said_to_be_unknown(people: World) -> None:
    apply({"defaults": {"tiers": {"SIMPLE": ["cloud/nobody-knows"]}}})
    page = explained(people.session("alice"), "hi")
    assert page.context["costs"][0]["target"] == "cloud/nobody-knows"
    assert page.context["costs"][0]["amount"] is None
    assert "unknown" in page.content.decode()


def test_members_and_leads_of_others_see_nothing(people: World) -> None:
    row = served(people.acme)
    assert explained(people.session("bob"), "hi").status_code == 404
    assert explained(people.session("charlie"), "hi").status_code == 404
    assert people.session("charlie").get(f"/portal/explain/?request={row.pk}").status_code == 404
    assert people.session("alice").get("/portal/explain/?request=nonsense").status_code == 404
    for path in ("/portal/teams/acme/what-if/", "/portal/shadow/acme/"):
        assert people.session("bob").get(path).status_code == 404
        assert people.session("charlie").get(path).status_code == 404
        assert people.session("alice").get(path).status_code == 200


def test_a_lead_asks_what_other_bounds_would_cost(people: World) -> None:
    served(people.acme)
    page = people.session("alice").get("/portal/teams/acme/what-if/?simple=0&medium=1&complex=2&days=30")
    outcome = page.context["outcome"]
    assert (
        dict(outcome.moved) == {("SIMPLE", "COMPLEX"): 1}
        or dict(outcome.moved) == {("SIMPLE", "MEDIUM"): 1}
        or dict(outcome.moved) == {("SIMPLE", "REASONING"): 1}
    )
    assert (outcome.now, outcome.then) == (Decimal("0.150004200"), Decimal("2.50007"))
    assert not RoutingPolicy.objects.filter(team=people.acme).exists()
    wrong = people.session("alice").get("/portal/teams/acme/what-if/?simple=60&medium=50")
    assert wrong.status_code == 422


def started(people: World, **content: Any) -> ShadowPolicy:
    form = {"act": "start", "content": json.dumps(content), "share": "100", "reason": "cheaper?"}
    answer = people.session("root").post("/portal/shadow/acme/", form)
    assert answer.status_code == 302, answer.context["outcome"].problems
    ShadowPolicy.objects.update(started_at=timezone.now() - dt.timedelta(hours=1))
    return ShadowPolicy.objects.get(team=people.acme)


def judged(people: World, row: ShadowPolicy, tier: str, cost: str | None, **more: Any) -> Operation:
    shadow = {"id": row.pk, "tier": tier, "live": "SIMPLE", "target": "cloud/gpt-4o", "score": 3, "cost": cost}
    return served(people.acme, features={"values": {"words": 10}, "shadow": shadow}, **more)


def test_a_candidate_is_compared_with_what_was_served(people: World) -> None:
    row = started(people, simple_up_to=10)
    judged(people, row, "SIMPLE", "0.15")
    other = judged(people, row, "REASONING", "2.5")
    judged(people, row, "REASONING", None)
    shadow = {"id": row.pk + 1, "tier": "COMPLEX", "live": "SIMPLE", "cost": "9"}
    served(people.acme, features={"shadow": shadow})  # of an earlier candidate
    page = people.session("alice").get("/portal/shadow/acme/")
    found = page.context["found"]
    assert (found.requests, found.agreed, found.priced) == (3, 1, 2)
    assert (found.live, found.candidate) == (Decimal("0.30"), Decimal("2.65"))
    assert dict(found.matrix_of) == {("SIMPLE", "SIMPLE"): 1, ("SIMPLE", "REASONING"): 2}
    assert str(other.pk) in page.content.decode()
    assert [tuple(change) for change in page.context["changes"]] == [("simple_up_to", "25", "10")]


def test_only_administrators_start_promote_and_stop(people: World) -> None:
    alice = people.session("alice")
    start = {"act": "start", "content": "{}", "share": "100"}
    assert alice.post("/portal/shadow/acme/", start).status_code == 403
    started(people)
    for act in ("promote", "stop"):
        assert alice.post("/portal/shadow/acme/", {"act": act}).status_code == 403
    assert ShadowPolicy.objects.exists()


@pytest.mark.parametrize(
    ("content", "share", "word"),
    [
        ("[]", "100", "JSON object"), ("{", "100", "JSON object"), ('{"colour": 1}', "100", "colour"),
        ('{"simple_up_to": "x"}', "100", "simple_up_to"), ("{}", "0", "share"), ("{}", "101", "share"),
        ('{"rules": [{"name": "x"}]}', "100", "rules[0]"), ('{"tier_map": {"HARD": []}}', "100", "HARD"),
        ('{"rules": [{"name": "x", "kind": "risk", "tier": "SIMPLE", "form": "regex", "pattern": "(a+)+"}]}', "9", "repeat"),
    ],
)  # fmt: skip
def test_a_candidate_that_does_not_hold_is_refused_in_words(people: World, content: str, share: str, word: str) -> None:
    answer = people.session("root").post("/portal/shadow/acme/", {"act": "start", "content": content, "share": share})
    assert answer.status_code == 422
    assert word in " ".join(answer.context["outcome"].problems)
    assert not ShadowPolicy.objects.exists()


def test_promoting_makes_it_the_live_policy_with_its_history(people: World) -> None:
    rule = {"name": "mine", "kind": "risk", "form": "words", "pattern": "payroll", "tier": "REASONING"}
    started(people, simple_up_to=10, rules=[rule], tier_map={"SIMPLE": ["cloud/gpt-4o"]})
    assert people.session("root").post("/portal/shadow/acme/", {"act": "promote"}).status_code == 302
    policy = RoutingPolicy.objects.get(team=people.acme)
    assert policy.simple_up_to == 10
    assert content_of(people.acme.tier_map) == {"SIMPLE": ["cloud/gpt-4o"]}
    assert [row.name for row in people.acme.routing_rules.all()] == ["mine"]
    version = policy.versions.get()
    assert str(version.author) == "root"
    assert "made live" in version.reason
    assert not ShadowPolicy.objects.exists()
    events = AuditEvent.objects.filter(team=people.acme, via="portal").values_list("object_type", "action")
    assert {("policyversion", "created"), ("shadowpolicy", "deleted"), ("routingpolicy", "created")} <= set(events)


def test_stopping_leaves_the_live_policy_alone(people: World) -> None:
    started(people, simple_up_to=10)
    assert people.session("root").post("/portal/shadow/acme/", {"act": "stop"}).status_code == 302
    assert not ShadowPolicy.objects.exists()
    assert not RoutingPolicy.objects.filter(team=people.acme).exists()


def test_somebody_who_leads_two_teams_chooses_one(people: World) -> None:
    Membership.objects.create(team=people.outside, user=people.users["alice"], role="lead")
    page = people.session("alice").get("/portal/explain/")
    assert page.context["teams"] == ["acme", "outside"]
