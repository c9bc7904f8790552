"""Verdicts of people about near matches, and how a team stands by them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import AuditEvent
from caching.bounds import Standing, at_most
from caching.models import CacheCheck, CacheEntry, CacheStanding
from gateway.models import Alert
from routing.models import RoutingPolicy
from tests.accounts import world
from tests.accounts.world import World
from tests.portal.answer_rows import MINE, PAGE, WHOLE, content_allowed, kept, near, status
from tests.portal.test_own import words


@pytest.fixture
def people(db: str) -> World:
    return world.make()


def says(people: World, who: str, pair: CacheCheck, act: str, path: str = PAGE) -> Any:
    return people.session(who).post(path, {"act": act, "pair": str(pair.pk)}, follow=True)


def test_wrong_does_all_that_it_says_and_twice_no_more(people: World) -> None:
    entry, close = kept(people), kept(people, "close", vector=[0.98, 0.1])
    far, elsewhere = kept(people, "far", vector=[0.0, 1.0]), kept(people, "elsewhere", context=b"d" * 32)
    pair = near(people, entry=entry, verdict="same", judged_by="comparison", fresh=True)
    CacheStanding.objects.create(team=people.acme, since=timezone.now() - dt.timedelta(days=1), checks=10, wrong=0)
    CacheCheck.objects.update(counted=True)
    page = words(says(people, "alice", pair, "wrong"))
    assert "Noted as wrong: 2 kept answers are not served any more." in page
    for _ in range(2):
        row = CacheStanding.objects.get()
        assert (row.checks, row.wrong, row.raised_floor, row.off_since) == (10, 1, 0.01, None)
        pair.refresh_from_db()
        assert (pair.verdict, pair.judged_by, pair.counted) == ("different", "person", True)
        assert CacheEntry.objects.get(pk=entry.pk).quarantined_at is not None
        assert not CacheEntry.objects.filter(pk=close.pk).exists()
        assert CacheEntry.objects.filter(pk__in=(far.pk, elsewhere.pk), quarantined_at=None).count() == 2
        (event,) = AuditEvent.objects.filter(action="judged")
        assert (event.actor, event.team, event.via) == (people.users["alice"], people.acme, "portal")
        assert event.before == {"verdict": "same", "by": "comparison"}
        assert event.after == {"verdict": "different", "by": "person", "answers_taken_out": 2}
        assert says(people, "alice", pair, "wrong").status_code == 200


def test_who_asked_says_it_on_their_own_page(people: World) -> None:
    pair = near(people)
    assert "Noted as wrong." in words(says(people, "bob", pair, "wrong", MINE))
    assert CacheStanding.objects.get().wrong == 1
    assert "Noted as right." in words(says(people, "bob", pair, "right", MINE))
    row = CacheStanding.objects.get()
    assert (row.checks, row.wrong) == (1, 0)
    events = AuditEvent.objects.filter(action="judged").values_list("actor_name", flat=True)
    assert list(events) == ["bob", "bob"]


def test_right_of_one_that_was_not_compared_counts_nothing(people: World) -> None:
    pair = near(people, fresh=False)
    says(people, "alice", pair, "right")
    assert (CacheStanding.objects.get().checks, CacheCheck.objects.get().verdict) == (0, "same")


def test_too_many_wrong_ones_switch_the_team_off_with_an_alert_until_somebody_switches_it_on(people: World) -> None:
    content_allowed(people, cache="semantic", cache_error_percent=5)
    alice = people.session("alice")
    pairs = [near(people) for _ in range(12)]
    told = ""
    for pair in pairs:
        told = words(alice.post(PAGE, {"act": "wrong", "pair": str(pair.pk)}, follow=True))
        if CacheStanding.objects.get().off_since:
            break
    row = CacheStanding.objects.get()
    assert 2 <= row.wrong == row.checks < 8
    assert "Near matches are switched off now:" in told
    assert f"Near matches are switched off since {row.off_since:%-d %b %Y}" in told
    assert "Switch on again" not in told, "who may not change the policy may not switch on"
    assert Alert.objects.get().closed_at is None
    assert status(alice, PAGE, {"act": "on"}) == 403
    assert CacheStanding.objects.get().off_since is not None
    root = people.session("root")
    assert "Switch on again" in words(root.get(PAGE))
    assert "acme 0 0" in words(root.get(WHOLE))
    assert "switched off" in words(root.get(WHOLE))
    page = words(root.post(PAGE, {"act": "on"}, follow=True))
    assert "Near matches are served again." in page
    row = CacheStanding.objects.get()
    assert (row.checks, row.wrong, row.off_since, row.off_why, row.raised_floor, row.proven) == (
        0,
        0,
        None,
        "",
        0,
        False,
    )
    assert Alert.objects.get().closed_at is not None
    event = AuditEvent.objects.get(action="switched on")
    assert (event.actor, event.team) == (people.users["root"], people.acme)
    assert event.before["wrong"] >= 2


def test_there_is_nothing_to_switch_on_where_nothing_was_counted(people: World) -> None:
    page = people.session("root").post(PAGE, {"act": "on"})
    assert page.status_code == 422
    assert "Nothing was counted of this team yet" in words(page)


@pytest.mark.parametrize(
    ("settings", "standing", "said"),
    [
        ({"cache": "semantic", "cache_prove": True}, (100, 0), "proving Checks 100, of which 0 wrong"),
        ({"cache": "semantic", "cache_prove": True}, (100, 0), "Until proven 100 of about 676 checks"),
        ({"cache": "semantic"}, (10, 1), "10 of about 1,442 checks served meanwhile"),
        ({"cache": "semantic"}, (700, 0), "on, proven Checks 700"),
        ({"cache": "shadow"}, (1, 0), "compared only Checks 1"),
        ({"cache": "exact"}, (0, 0), "not looked for Checks 0"),
        ({"cache": "semantic"}, (0, 0), "Share wrong 0 % to 100 % 95 % sure"),
    ],
)
def test_how_near_matches_stand_is_said(
    people: World, settings: dict[str, Any], standing: tuple[int, int], said: str
) -> None:
    """Numbers as in docs/decisions/0012."""
    RoutingPolicy.objects.create(team=people.acme, **settings)
    CacheStanding.objects.create(team=people.acme, since=timezone.now(), checks=standing[0], wrong=standing[1])
    assert said in words(people.session("alice").get(PAGE))


def test_the_interval_is_that_of_the_checks_and_doubts_are_counted_beside(people: World) -> None:
    since = timezone.now() - dt.timedelta(minutes=1)
    CacheStanding.objects.create(team=people.acme, since=since, checks=400, wrong=0)
    near(people, verdict="unsure")
    near(people, verdict="unsure", at=since - dt.timedelta(days=1))
    page = words(people.session("alice").get(PAGE))
    assert f"Share wrong 0 % to {at_most(Standing(400, 0), 0.975) * 100:.2f} % 95 % sure, at every time" in page
    assert "In doubt 1 not counted" in page
