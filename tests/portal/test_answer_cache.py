"""The answer cache on the pages: who sees it, what it brought and keeps, near matches with their texts."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEvent, Membership
from caching.models import CacheCheck, CacheEntry
from gateway import tasks
from gateway.portal import cache_words
from gateway.store.memory_rows import seal_text
from lynkr_site.ids import uuid7
from routing.models import RoutingPolicy
from tests.accounts import world
from tests.accounts.world import World
from tests.portal.answer_rows import HIDDEN, MINE, PAGE, SAID, WHOLE, asked, content_allowed, kept, near, status
from tests.portal.test_own import words


@pytest.fixture
def people(db: str) -> World:
    return world.make()


def test_the_page_of_a_team_is_its_leads_and_that_of_all_the_administrators(people: World) -> None:
    """SSO-9"""
    names = ("root", "alice", "bob", "charlie")
    assert {name: status(people.session(name), PAGE) for name in names} == {
        "root": 200, "alice": 200, "bob": 404, "charlie": 404,
    }  # fmt: skip
    assert {name: status(people.session(name), WHOLE) for name in names} == {
        "root": 200, "alice": 404, "bob": 404, "charlie": 404,
    }  # fmt: skip
    assert {name: status(people.session(name), MINE) for name in names} == dict.fromkeys(names, 200)
    assert [status(Client(), path) for path in (PAGE, WHOLE, MINE)] == [302, 302, 302]


@pytest.mark.parametrize("act", ["forget", "on", "wrong", "right", "nonsense"])
def test_nobody_else_does_anything_there(people: World, act: str) -> None:
    entry, pair = kept(people), near(people)
    form = {"act": act, "what": "all", "pair": str(pair.pk)}
    for name in ("bob", "charlie"):
        assert status(people.session(name), PAGE, form) == 404
    for name in ("alice", "bob", "charlie"):
        assert status(people.session(name), WHOLE, form) == 404
    if act in ("wrong", "right"):
        assert status(people.session("charlie"), MINE, form) == 404
        assert status(people.session("charlie"), "/portal/teams/outside/answer-cache/", form) == 404
    assert CacheEntry.objects.get() == entry
    assert CacheCheck.objects.get().verdict == ""
    assert not AuditEvent.objects.filter(action__in=("purged", "judged", "switched on")).exists()


def test_forms_are_guarded_against_other_sites(people: World) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(people.users["alice"])
    assert status(browser, PAGE, {"act": "forget", "what": "all"}) == 403


# -- figures


def test_the_figures_are_those_of_the_requests(people: World) -> None:
    asked(people, "exact", usd="0.25")
    asked(people, "exact", user="alice", usd="0.05")
    asked(people, "semantic", usd="0.20")
    asked(people, "shared", usd=None)
    for word in ("miss", "miss", "near:proving", "miss"):
        asked(people, word)
    for word in ("skip:temperature", "skip:temperature", "skip:personal", ""):
        asked(people, word)
    asked(people, "miss", surface="cache check")
    tasks.roll_up()
    page = words(people.session("alice").get(PAGE))
    assert "Answered from the cache 50 % 4 of the 8 requests that were looked for" in page
    assert "Not spent $0.50" in page
    assert "Tokens not used 6,000" in page
    assert "The same request 2 25 % 3,000 $0.30" in page
    assert "An ask that means the same 1 12 % 1,500 $0.20" in page
    assert "Another request&#x27;s answer 1 12 % 1,500 $0.00" in page.replace("'", "&#x27;")
    assert "Not looked for 3 of 12 requests" in page
    assert "Its temperature was above the policy&#x27;s; none named counts as 1 2 17 %" in page.replace("'", "&#x27;")
    assert "It holds personal data 1 8.3 %" in page
    mine = words(people.session("bob").get(MINE))
    assert "43 % 3 of the 7 requests that were looked for" in mine
    assert "43 %" not in words(people.session("charlie").get(MINE))
    whole = words(people.session("root").get(WHOLE))
    assert "acme 8 4 50 %" in whole
    before = words(people.session("alice").get(f"{PAGE}?period=custom&from=2026-01-01&to=2026-01-02"))
    assert "no request was looked for" in before
    assert "Not looked for 0 of 0 requests" in before


def test_what_is_kept_is_counted_without_what_is_over_or_in_quarantine(people: World) -> None:
    hour = dt.timedelta(hours=1)
    now = timezone.now()
    kept(people, last_hit_at=now - hour, hits=3)
    kept(people, "two", user="alice")
    kept(people, "over", expires_at=now - hour)
    kept(people, "wrong", quarantined_at=now)
    kept(people, "theirs", user="charlie", team=people.outside, scope="x", created_at=now - 9 * hour)
    page = words(people.session("alice").get(PAGE))
    assert "Kept now 2 2.0 KB, the oldest of" in page
    assert "answers were 2 h old, in the middle" in page
    assert "Kept for me now 1 1.0 KB" in words(people.session("bob").get(MINE))
    whole = words(people.session("root").get(WHOLE))
    assert "Kept now 3 3.0 KB" in whole
    assert "outside 0 0 – 1 1.0 KB" in whole


def test_many_requests_and_teams_cost_no_more_queries(people: World) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    browsers = {PAGE: people.session("alice"), WHOLE: people.session("root"), MINE: people.session("bob")}
    counts: list[list[int]] = []
    for number in (1, 15):
        for n in range(number):
            asked(people, "skip:size")
            near(people)
            kept(people, f"{number}-{n}")
        tasks.roll_up()
        counts.append([])
        for path, browser in browsers.items():
            with CaptureQueriesContext(connection) as seen:
                assert browser.get(path).status_code == 200
            counts[-1].append(len(seen))
    assert counts[0] == counts[1]
    assert max(counts[0]) <= 22


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"cache": "off"}, ["off: nothing is kept and nothing served"]),
        (
            {"cache": "exact", "cache_scope": "team", "cache_hours": 48},
            ["everybody in the team", "2 days", "up to 0; a request that names none has 1 and is not kept"],
        ),
        (
            {"cache": "semantic", "cache_prove": True, "cache_judge": "cloud/judge", "cache_temperature": 1},
            ["in between cloud/judge is asked", "at most 0.5 % may be wrong; none is served before", "up to 1 Kept"],
        ),
    ],
)
def test_the_policy_is_said_in_words(people: World, settings: dict[str, Any], said: list[str]) -> None:
    RoutingPolicy.objects.create(team=people.acme, **settings)
    page = words(people.session("alice").get(PAGE))
    for text in said:
        assert text in page


def test_what_became_of_a_request_is_said_on_its_page(people: World) -> None:
    for cache, said in (
        ("exact", "answered from the cache: the same request was answered before"),
        ("semantic", "answered from the cache: an ask that means the same was answered before"),
        ("skip:secret", "not looked for: it holds a secret"),
        ("near:switched off", "a near match was found and not served: near matches are switched off for the team"),
        ("miss", "looked for, nothing was kept"),
    ):
        page = words(people.session("bob").get(f"/portal/requests/{asked(people, cache, usd='0.5')}/"))
        assert f"Answer cache {said}" in page
        assert ("Answered from the cache (" in page) == (cache in ("exact", "semantic")), "its receipt"
    assert "Answer cache looked" not in words(people.session("bob").get(f"/portal/requests/{asked(people, '')}/"))
    assert cache_words.outcome("") == ""


# -- near matches


def test_texts_are_shown_where_the_policy_allows_content_and_nowhere_else(people: World) -> None:
    near(people)
    page = people.session("alice").get(PAGE).content.decode()
    assert HIDDEN in page
    assert not any(text in page for text in SAID.values())
    assert not any(text in people.session("root").get(PAGE).content.decode() for text in SAID.values())
    content_allowed(people)
    for name in ("alice", "root"):
        shown = people.session(name).get(PAGE).content.decode()
        assert HIDDEN not in shown
        assert all(text in shown for text in SAID.values())


def test_the_policy_of_the_organisation_counts_where_the_team_has_none(people: World) -> None:
    near(people)
    RoutingPolicy.objects.create(team=None, capture_content=True)
    assert SAID["ask"] in people.session("alice").get(PAGE).content.decode()
    RoutingPolicy.objects.create(team=people.acme, capture_content=False)
    assert SAID["ask"] not in people.session("alice").get(PAGE).content.decode()


def test_ones_own_page_shows_ones_own_words_and_what_one_was_told(people: World) -> None:
    """Alice asked before: her words are not bob's to read, though her answer was served to him."""
    near(people)
    page = people.session("bob").get(MINE).content.decode()
    assert all(SAID[name] in page for name in ("ask", "kept_answer", "fresh_answer"))
    assert SAID["kept_ask"] not in page
    CacheCheck.objects.update(mode="shadow")
    page = people.session("bob").get(MINE).content.decode()
    assert SAID["kept_answer"] not in page, "it was only looked at"
    CacheCheck.objects.update(kept_user=people.users["bob"])
    page = people.session("bob").get(MINE).content.decode()
    assert all(text in page for text in SAID.values())
    for name in ("alice", "charlie", "root"):
        assert not any(text in people.session(name).get(MINE).content.decode() for text in SAID.values())


def test_who_left_the_team_sees_nothing_of_it_and_says_nothing(people: World) -> None:
    pair = near(people)
    Membership.objects.filter(user=people.users["bob"]).delete()
    bob = people.session("bob")
    assert SAID["ask"] not in bob.get(MINE).content.decode()
    assert status(bob, MINE, {"act": "wrong", "pair": str(pair.pk)}) == 404


def test_what_was_asked_in_another_team_is_no_leads_to_read(people: World) -> None:
    content_allowed(people)
    near(people, scope="organisation", kept_user=people.users["charlie"])
    page = people.session("alice").get(PAGE).content.decode()
    assert SAID["kept_ask"] not in page
    assert all(SAID[name] in page for name in ("ask", "kept_answer", "fresh_answer"))
    assert SAID["kept_ask"] in people.session("root").get(PAGE).content.decode()


def test_texts_that_do_not_open_are_said_to_be_gone(people: World) -> None:
    content_allowed(people)
    near(people, kept_ask_sealed=b"\x01nonsense")
    page = words(people.session("alice").get(PAGE))
    assert "Asked before cannot be opened any more" in page
    assert SAID["ask"] in page


def test_words_of_people_cannot_break_the_page(people: World) -> None:
    content_allowed(people)
    id_ = uuid7()
    scope = f"team:{people.acme.pk}"
    near(people, id=id_, ask_sealed=seal_text("<script>alert(1)</script>", "ask", scope, id_.bytes))
    page = people.session("alice").get(PAGE).content.decode()
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_pairs_come_by_pages_newest_first_and_by_verdict(people: World) -> None:
    pairs = [
        near(people, verdict=("same", "different", "unsure", "")[n % 4], similarity=0.5 + n / 100) for n in range(44)
    ]
    alice = people.session("alice")
    seen: list[uuid.UUID] = []
    address: str | None = PAGE
    while address:
        page = alice.get(address)
        seen += [pair.row.pk for pair in page.context["pairs"]]
        older = page.context["older"]
        address = f"{PAGE}?before={older}" if older else None
    assert len(seen) == len(set(seen)) == 44
    assert [CacheCheck.objects.get(pk=pk).at for pk in seen] == sorted((one.at for one in pairs), reverse=True)
    for word, verdict in (("different", "different"), ("none", ""), ("unsure", "unsure")):
        found = alice.get(f"{PAGE}?verdict={word}").context["pairs"]
        assert [pair.row.verdict for pair in found] == [verdict] * 11
    assert alice.get(f"{PAGE}?verdict=nonsense").context["filter"] == ""
    assert [status(alice, f"{PAGE}?before={word}") for word in ("nonsense", str(uuid.uuid4()))] == [404, 404]
    words_of_one = words(alice.get(f"{PAGE}?verdict=different"))
    assert "wrong served · similarity 0.910 · gate balanced · bob ·" in words_of_one
