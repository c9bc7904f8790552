"""Kept answers are forgotten by hand: on the pages, by the API, in the admin. And the figures of the API."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent
from caching.models import CacheCheck, CacheEntry, CacheStanding
from gateway import tasks
from routing.models import RoutingPolicy
from tests.accounts import world
from tests.accounts.world import World, call
from tests.caching.rows import digest
from tests.portal.answer_rows import API, MINE, PAGE, SAID, WHOLE, asked, kept, near
from tests.portal.test_own import words


@pytest.fixture
def people(db: str) -> World:
    return world.make()


def left() -> set[str]:
    return {bytes(row.exact).hex() for row in CacheEntry.objects.all()}


def hexes(*names: str) -> set[str]:
    return {digest(name).hex() for name in names}


@pytest.fixture
def full(people: World) -> World:
    kept(people, "bobs", tags=["docs", "v2"])
    kept(people, "alices", user="alice", target="other/model-2", policy="acme:4")
    kept(people, "theirs", user="charlie", team=people.outside, scope=f"team:{people.outside.pk}", tags=["docs"])
    near(people)
    near(people, user="charlie", team=people.outside, kept_user=None)
    return people


@pytest.mark.parametrize(
    ("what", "word", "said", "stays"),
    [
        ("all", "", "Forgotten: 2 kept answers and 1 near match.", {"theirs"}),
        ("user", "bob", "Forgotten: 1 kept answer and 1 near match.", {"alices", "theirs"}),
        ("user", "charlie", "Forgotten: 0 kept answers.", {"bobs", "alices", "theirs"}),
        ("model", "cloud/model-1", "Forgotten: 1 kept answer.", {"alices", "theirs"}),
        ("model", "model-2", "Forgotten: 1 kept answer.", {"bobs", "theirs"}),
        ("tag", "docs", "Forgotten: 1 kept answer.", {"alices", "theirs"}),
        ("policy", "acme:4", "Forgotten: 1 kept answer.", {"bobs", "theirs"}),
    ],
)
def test_a_lead_forgets_what_they_name_of_the_team_and_no_more(
    full: World, what: str, word: str, said: str, stays: set[str]
) -> None:
    page = full.session("alice").post(PAGE, {"act": "forget", "what": what, "word": word}, follow=True)
    assert said in words(page)
    assert left() == hexes(*stays)
    assert CacheCheck.objects.filter(team=full.outside).count() == 1
    event = AuditEvent.objects.get(action="purged")
    assert (event.actor, event.team) == (full.users["alice"], full.acme)


@pytest.mark.parametrize(
    ("what", "word", "said"),
    [
        ("model", "", "Name the model"),
        ("user", "nobody", "Nobody is called nobody"),
        ("everything", "x", "Say what to forget"),
        ("tag", "x" * 81, "Name the tag"),
    ],
)
def test_what_makes_no_sense_forgets_nothing(full: World, what: str, word: str, said: str) -> None:
    for who, path in (("alice", PAGE), ("root", WHOLE)):
        page = full.session(who).post(path, {"act": "forget", "what": what, "word": word})
        assert page.status_code == 422
        assert said in words(page)
    assert len(left()) == 3
    assert not AuditEvent.objects.filter(action="purged").exists()


def test_a_deletion_request_takes_a_persons_answers_in_every_team_and_what_quotes_them(full: World) -> None:
    kept(full, "bobs elsewhere", team=full.outside, scope="x")
    near(full, user="charlie", team=full.outside, kept_user=full.users["bob"])
    page = full.session("root").post(WHOLE, {"act": "forget", "what": "user", "word": "bob"}, follow=True)
    assert "Forgotten: 2 kept answers and 2 near matches." in words(page)
    assert left() == hexes("alices", "theirs")
    assert CacheCheck.objects.get().user == full.users["charlie"]


def test_an_administrator_forgets_everything(full: World) -> None:
    page = full.session("root").post(WHOLE, {"act": "forget", "what": "all"}, follow=True)
    assert "Forgotten: 3 kept answers and 2 near matches." in words(page)
    assert not left()


def test_everybody_forgets_their_own(full: World) -> None:
    page = full.session("bob").post(MINE, {"act": "forget"}, follow=True)
    assert "Forgotten: 1 kept answer and 1 near match." in words(page)
    assert left() == hexes("alices", "theirs")


# -- the API


def test_the_api_tells_the_same_figures(people: World) -> None:
    RoutingPolicy.objects.create(team=people.acme, cache="semantic", cache_scope="team")
    asked(people, "exact", usd="0.25")
    asked(people, "miss")
    asked(people, "skip:size")
    tasks.roll_up()
    kept(people)
    CacheStanding.objects.create(team=people.acme, since=timezone.now(), checks=50, wrong=1)
    found = call(people.session("alice"), "GET", f"{API}?days=7").json()
    assert {name: found[name] for name in ("team", "mode", "scope", "requests", "lookups", "hits", "hit_share")} == {
        "team": "acme", "mode": "semantic", "scope": "team", "requests": 3, "lookups": 2, "hits": 1, "hit_share": 0.5,
    }  # fmt: skip
    exact = found["by_kind"]["exact"]
    assert (exact["requests"], exact["tokens_saved"], Decimal(exact["saved_usd"])) == (1, 1500, Decimal("0.25"))
    assert (found["skipped"], found["looked_at"], found["kept"], found["kept_bytes"]) == ({"size": 1}, 3, 1, 1024)
    near_matches = found["near"]
    assert (near_matches["checks"], near_matches["wrong"], near_matches["budget"]) == (50, 1, 0.005)
    assert near_matches["low"] == 0 < near_matches["high"] < 0.5
    assert call(people.session("alice"), "GET", f"{API}?days=0").status_code == 422


@pytest.mark.parametrize(
    ("body", "gone"),
    [
        ({"user": "bob"}, (1, 1)),
        ({"model": "other/model-2"}, (1, 0)),
        ({"tag": "v2"}, (1, 0)),
        ({"policy": "acme:3"}, (1, 0)),
        ({"all": True}, (2, 1)),
    ],
)
def test_the_api_forgets(full: World, body: dict[str, Any], gone: tuple[int, int]) -> None:
    answer = call(full.session("alice"), "POST", f"{API}/purge", body)
    assert answer.json() == {"answers": gone[0], "near_matches": gone[1]}
    assert len(left()) == 3 - gone[0]
    assert AuditEvent.objects.get(action="purged").via == "api"


@pytest.mark.parametrize(
    "body", [{}, {"user": "bob", "tag": "x"}, {"all": False}, {"model": ""}, {"tag": None}, {"everything": True}]
)
def test_the_api_refuses_what_is_not_clear(full: World, body: dict[str, Any]) -> None:
    assert call(full.session("alice"), "POST", f"{API}/purge", body).status_code == 422
    assert len(left()) == 3


def test_to_members_and_outsiders_the_api_has_no_such_thing(full: World) -> None:
    for name in ("bob", "charlie"):
        browser = full.session(name)
        assert call(browser, "GET", API).status_code == 404
        assert call(browser, "POST", f"{API}/purge", {"all": True}).status_code == 404
    full.key("teams-admin", full.acme, None, scopes=["admin"])
    answer = call(Client(), "GET", API, authorization=f"Bearer {full.keys['teams-admin']}")
    assert answer.status_code == 200
    assert len(left()) == 3


# -- the admin


def test_the_admin_lists_without_content_and_switches_on(full: World) -> None:
    row = CacheStanding.objects.create(
        team=full.acme, since=timezone.now(), checks=9, wrong=5, off_since=timezone.now(), off_why="5 of 9"
    )
    root = full.session("root")
    for name, seen in (("cacheentry", "cloud/model-1"), ("cachecheck", "served"), ("cachestanding", "5 of 9")):
        page = root.get(reverse(f"admin:caching_{name}_changelist"))
        assert page.status_code == 200
        assert seen in page.content.decode()
    entry, pair = CacheEntry.objects.first(), CacheCheck.objects.first()
    for name, one in (("cacheentry", entry), ("cachecheck", pair), ("cachestanding", row)):
        assert one is not None
        page = root.get(reverse(f"admin:caching_{name}_change", args=[one.pk]))
        assert page.status_code == 200
        assert not any(text in page.content.decode() for text in (*SAID.values(), "sealed"))
        assert root.get(reverse(f"admin:caching_{name}_add")).status_code == 403
    assert entry is not None
    assert root.post(reverse("admin:caching_cacheentry_delete", args=[entry.pk]), {"post": "yes"}).status_code == 302
    assert not CacheEntry.objects.filter(pk=entry.pk).exists()
    page = root.post(
        reverse("admin:caching_cachestanding_changelist"),
        {"action": "switch_on", "_selected_action": [row.pk]},
        follow=True,
    )
    assert "are served again; checks are counted anew" in page.content.decode()
    row.refresh_from_db()
    assert (row.off_since, row.checks) == (None, 0)
