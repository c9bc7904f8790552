"""The settings of cascade, judge, exploring and badge: in a file, in the admin, in the snapshot; off at first."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Team, User
from gateway.configuration.exporting import tree
from gateway.configuration.loading import load
from gateway.configuration.nodes import Invalid
from gateway.configuration.writing import apply
from gateway.snapshot import build
from routing.models import RoutingPolicy
from routing.tiers import NO_SECOND_LOOKS, SecondLooks, TargetRef

GIVEN = {
    "cascade": True,
    "badge": True,
    "judge": "cloud/small/model",
    "judge_milliseconds": 300,
    "borderline": 8,
    "explore_percent": 5,
}
BOUNDS = {"simple_up_to": 25, "medium_up_to": 50, "complex_up_to": 75}
FORM = {"auto_names": "auto", "fallback": "on", "unknown_price": "allow", **BOUNDS}


def _policy(text: str) -> str:
    return "teams: [{slug: acme, policy: {" + text + "}}]"


def _looks() -> SecondLooks:
    return build().teams[Team.objects.get(slug="acme").id].policy.second_looks


def test_all_are_off_until_a_file_says_so_and_come_out_of_it_as_they_went_in(db: str) -> None:
    apply(load(_policy("fallback: true")))
    assert _looks() == NO_SECOND_LOOKS
    assert not GIVEN.keys() & tree()["teams"][0]["policy"].keys()
    apply(load(_policy(", ".join(f"{name}: {str(value).lower()}" for name, value in GIVEN.items()))))
    assert _looks() == SecondLooks(True, True, TargetRef("cloud", "small/model"), 300, 8, 5)
    exported = tree()["teams"][0]["policy"]
    assert {name: exported[name] for name in GIVEN} == GIVEN
    version = RoutingPolicy.objects.get().version
    apply(load(_policy("judge: '', cascade: false")))
    assert (_looks().judge, _looks().cascade, _looks().badge) == (None, False, True)
    assert RoutingPolicy.objects.get().version == version + 1


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("judge: nobody", "judge: must be written provider/model"),
        ("judge_milliseconds: 5", "judge_milliseconds: must be a whole number from 50"),
        ("explore_percent: 60", "explore_percent: must be a whole number from 0 to 50"),
        ("cascade: sometimes", "cascade: must be true or false"),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(db: str, text: str, problem: str) -> None:
    with pytest.raises(Invalid, match=problem):
        apply(load(_policy(text)))


def test_the_admin_sets_them_and_an_empty_number_is_the_usual_one(db: str) -> None:
    client = Client()
    client.force_login(User.objects.create_superuser("root", password="x"))
    page = client.post(reverse("admin:routing_routingpolicy_add"), {**FORM, "judge": "nobody"})
    assert "Must be written account/model." in page.content.decode()
    client.post(reverse("admin:routing_routingpolicy_add"), {**FORM, "cascade": "on", "judge": "a/m", "borderline": ""})
    made = RoutingPolicy.objects.get()
    assert (made.cascade, made.judge, made.judge_milliseconds, made.borderline) == (True, "a/m", 800, 5)
    assert (made.explore_percent, made.badge) == (0, False)
