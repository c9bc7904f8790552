"""The answer cache on the pages: what it brought and keeps, near matches with their texts and verdicts, and forgetting."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent, Membership
from caching.bounds import Standing, at_most
from caching.models import CacheCheck, CacheEntry, CacheStanding
from gateway import answer_figures, tasks
from gateway.models import Alert
from gateway.portal import cache_words
from gateway.store.memory_noting import TEXTS
from gateway.store.memory_rows import seal_text
from lynkr_site.ids import uuid7
from routing.models import RoutingPolicy
from tests.accounts import world
from tests.accounts.world import World, call
from tests.caching.rows import CONTEXT, TAG, digest
from tests.gateway.book_rows import attempt, operation, store
from tests.portal.test_own import words

PAGE = "/portal/teams/acme/answer-cache/"
WHOLE = "/portal/organisation/answer-cache/"
MINE = "/portal/me/answer-cache/"
API = "/teams/acme/answer-cache"
HIDDEN = "texts are not shown: the policy does not allow content"


@pytest.fixture
def people(db: str) -> World:
    return world.make()


def asked(people: World, cache: str, user: str = "bob", usd: str | None = None, **more: Any) -> str:
    """A request of acme; an answer from the cache saved 1,500 tokens and `usd`. Its id."""
    row = people.users[user]
    key = next(key for key in people.rows.values() if key.user == row)
    name = answer_figures.RECEIPTS.get(cache)
    passes = {"passes": {"receipts": {name: {"before": 1500, "after": 0, "usd": usd}}}} if name else {}
    one = attempt(team_id=people.acme.pk, user_id=row.pk, key_id=str(key.pk))
    store(operation(one, cache=cache, **{**passes, **more}))
    return str(one["operation_id"])


def kept(people: World, word: str = "one", user: str | None = "bob", **more: Any) -> CacheEntry:
    row = {
        "team": people.acme, "user": people.users[user] if user else None, "scope": f"team:{people.acme.pk}",
        "exact": digest(word), "context": CONTEXT, "ask_sealed": b"sealed", "answer": b"sealed", "bytes": 1024,
        "target": "cloud/model-1", "policy": "acme:3", "embedder": TAG, "dimension": 2, "vector": [1.0, 0.0],
        "created_at": timezone.now() - dt.timedelta(hours=3), "expires_at": timezone.now() + dt.timedelta(hours=1), **more,
    }  # fmt: skip
    return CacheEntry.objects.create(**row)


SAID = {"kept_ask": "how do I reset it?", "ask": "how can I reset it?", "kept_answer": "Hold the button.",
        "fresh_answer": "Press it long."}  # fmt: skip


def near(people: World, user: str | None = "bob", fresh: bool = True, **more: Any) -> CacheCheck:
    """A near match served to `user` of acme, compared with a fresh answer."""
    id_ = uuid7()
    scope = more.get("scope", f"team:{people.acme.pk}")
    sealed = {f"{name}_sealed": seal_text(SAID[name], name, scope, id_.bytes) for name in TEXTS}
    if not fresh:
        sealed["fresh_answer_sealed"] = None  # type: ignore[assignment]
    row = {
        "id": id_, "at": dt.datetime.fromtimestamp((id_.int >> 80) / 1000, dt.UTC), "team": people.acme,
        "user": people.users[user] if user else None, "kept_user": people.users["alice"], "scope": scope, "mode": "served",
        "similarity": 0.957, "gate": "balanced", **sealed, **more,
    }  # fmt: skip
    return CacheCheck.objects.create(**row)


def status(browser: Client, path: str, form: dict[str, Any] | None = None) -> int:
    return (browser.get(path) if form is None else browser.post(path, form)).status_code


def content_allowed(people: World, **more: Any) -> RoutingPolicy:
    return RoutingPolicy.objects.create(team=people.acme, capture_content=True, **more)


# -- who


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


# -- forgetting


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
