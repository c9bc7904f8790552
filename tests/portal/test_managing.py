"""What leads do to their team in the portal: through the same acts as the API, with events that say so."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import ApiKey, AuditEvent, Budget, Membership, User
from accounts.rights import live_key
from tests.accounts import world
from tests.accounts.world import World

MEMBERS, KEYS, BUDGETS = (f"/portal/teams/acme/{part}/" for part in ("members", "keys", "budgets"))


@pytest.fixture
def people(db: str) -> World:
    return world.make()


def _told(answer: Any) -> str:
    return str(answer.content.decode())


def _latest() -> tuple[str, str, str, str]:
    event = AuditEvent.objects.latest("pk")
    return event.via, event.actor_name, event.action, event.object_type


def test_a_lead_adds_changes_and_removes_members_and_the_events_say_portal(people: World) -> None:
    User.objects.create_user("dora")
    alice = people.session("alice")
    assert alice.post(MEMBERS, {"act": "add", "user": "dora", "role": "member"}).status_code == 302
    assert _latest() == ("portal", "alice", "created", "membership")
    assert "dora is in the team now, as member." in _told(alice.get(MEMBERS))
    assert alice.post(MEMBERS, {"act": "change", "user": "dora", "role": "lead"}).status_code == 302
    assert Membership.objects.get(user__username="dora").role == "lead"
    event = AuditEvent.objects.latest("pk")
    assert (event.via, event.before, event.after) == ("portal", {"role": "member"}, {"role": "lead"})
    assert alice.post(MEMBERS, {"act": "remove", "user": "dora"}).status_code == 302
    assert not Membership.objects.filter(user__username="dora").exists()
    assert _latest() == ("portal", "alice", "deleted", "membership")


def test_a_lead_makes_nobody_more_than_they_are(people: World) -> None:
    """SSO-8."""
    alice = people.session("alice")
    answer = alice.post(MEMBERS, {"act": "change", "user": "bob", "role": "admin"})
    assert answer.status_code == 403
    assert "cannot make anybody admin" in _told(answer)
    assert Membership.objects.get(team=people.acme, user__username="bob").role == "member"
    assert 'value="admin"' not in _told(alice.get(MEMBERS)), "not even offered"


def test_a_name_that_is_nobodys_is_said(people: World) -> None:
    answer = people.session("alice").post(MEMBERS, {"act": "add", "user": "nobody", "role": "member"})
    assert answer.status_code == 422
    assert "Nobody is called nobody" in _told(answer)
    again = people.session("alice").post(MEMBERS, {"act": "add", "user": "bob", "role": "member"})
    assert again.status_code in (409, 422)
    assert "Nothing was changed" in _told(again)


@pytest.mark.parametrize("path", [MEMBERS, KEYS, BUDGETS])
def test_others_change_nothing_and_learn_nothing(people: World, path: str) -> None:
    """SSO-9: a member, and the lead of another team."""
    before = (Membership.objects.count(), ApiKey.objects.count(), Budget.objects.count(), AuditEvent.objects.count())
    key, budget = people.rows["bobs"].pk, Budget.objects.get(user=people.users["bob"]).pk
    for name in ("bob", "charlie"):
        for form in (
            {"act": "add", "user": name, "role": "admin"},
            {"act": "make", "name": "mine", "user": "bob", "whose": "user:bob", "limit": "9", "window": "day"},
            {"act": "revoke", "key": key},
            {"act": "delete", "budget": budget},
        ):
            assert people.session(name).post(path, form).status_code == 404
    after = (Membership.objects.count(), ApiKey.objects.count(), Budget.objects.count(), AuditEvent.objects.count())
    assert after == before


def test_things_of_another_team_are_not_reached_through_ones_own(people: World) -> None:
    theirs = people.rows["charlies"]
    budget = Budget.objects.create(key=theirs, window="day", limit=3)
    alice = people.session("alice")
    for path, form in (
        (KEYS, {"act": "revoke", "key": theirs.pk}),
        (KEYS, {"act": "rotate", "key": theirs.pk, "grace": "0"}),
        (BUDGETS, {"act": "delete", "budget": budget.pk}),
        (BUDGETS, {"act": "make", "whose": f"key:{theirs.pk}", "window": "week", "limit": "1"}),
        (BUDGETS, {"act": "make", "whose": "user:charlie", "window": "week", "limit": "1"}),
        (MEMBERS, {"act": "remove", "user": "charlie"}),
        (KEYS, {"act": "make", "name": "spy", "user": "charlie"}),
        (KEYS, {"act": "revoke", "key": "x"}),
        (KEYS, {"act": "nonsense"}),
    ):
        assert alice.post(path, form).status_code == 404, form
    theirs.refresh_from_db()
    assert theirs.is_live
    assert Budget.objects.filter(pk=budget.pk).exists()


def test_a_form_without_its_token_does_nothing(people: World) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(people.users["alice"])
    assert browser.post(MEMBERS, {"act": "remove", "user": "bob"}).status_code == 403
    assert Membership.objects.filter(team=people.acme, user__username="bob").exists()


def test_a_key_is_made_shown_once_and_works(people: World) -> None:
    """LEK: no other page shows it, nobody's cache keeps it."""
    alice = people.session("alice")
    form = {"act": "make", "name": "build", "user": "bob", "models": "claude-*, gpt-5-mini", "requests_per_minute": "60",
            "expires": str(timezone.now().date() + dt.timedelta(days=30))}  # fmt: skip
    answer = alice.post(KEYS, form)
    (text,) = set(re.findall(r"lyk_\w{46}", _told(answer)))
    key = live_key(text)
    assert key is not None
    assert (key.name, key.user, key.model_allowlist) == ("build", people.users["bob"], ["claude-*", "gpt-5-mini"])
    assert (key.requests_per_minute, key.tokens_per_minute, key.created_by) == (60, None, people.users["alice"])
    assert answer["Cache-Control"] == "no-store"
    assert text not in _told(alice.get(KEYS))
    assert _latest() == ("portal", "alice", "created", "apikey")
    assert text not in str(list(AuditEvent.objects.values()))


def test_a_key_of_the_team_is_held_by_nobody(people: World) -> None:
    assert people.session("alice").post(KEYS, {"act": "make", "name": "robots", "user": ""}).status_code == 200
    assert ApiKey.objects.get(name="robots").user is None


def test_a_name_that_is_taken_and_a_day_that_is_over_are_said_and_what_was_typed_stays(people: World) -> None:
    alice = people.session("alice")
    taken = alice.post(KEYS, {"act": "make", "name": "bobs", "user": "bob", "models": "a-*"})
    assert taken.status_code in (409, 422)
    assert 'value="a-*"' in _told(taken)
    over = alice.post(KEYS, {"act": "make", "name": "old", "user": "bob", "expires": "2020-01-01"})
    assert (over.status_code, "must be in the future" in _told(over)) == (422, True)
    assert "lyk_" in _told(taken), "the list is still there"
    assert alice.post(KEYS, {"act": "make", "name": "", "user": "bob"}).status_code == 422
    assert not ApiKey.objects.filter(name__in=("old", "")).exists()


def test_rotating_shows_the_new_key_and_the_old_one_works_as_long_as_said(people: World) -> None:
    alice = people.session("alice")
    answer = alice.post(KEYS, {"act": "rotate", "key": people.rows["alices"].pk, "grace": "3600"})
    (text,) = set(re.findall(r"lyk_\w{46}", _told(answer)))
    old = ApiKey.objects.get(pk=people.rows["alices"].pk)
    assert live_key(text) == old.replaced_by
    assert old.grace_until is not None
    assert dt.timedelta(minutes=59) < old.grace_until - timezone.now() <= dt.timedelta(hours=1)
    assert "replaced, until" in _told(alice.get(KEYS))
    refused = alice.post(KEYS, {"act": "rotate", "key": old.pk, "grace": "0"})
    assert (refused.status_code, "was rotated already" in _told(refused)) == (409, True)


def test_revoking_ends_a_key_and_hides_it(people: World) -> None:
    alice = people.session("alice")
    assert alice.post(KEYS, {"act": "revoke", "key": people.rows["bobs"].pk, "because": "leaked"}).status_code == 302
    assert live_key(people.keys["bobs"]) is None
    assert ApiKey.objects.get(name="bobs").revoked_because == "leaked"
    assert _latest() == ("portal", "alice", "revoked", "apikey")
    assert people.rows["bobs"].prefix not in _told(alice.get(KEYS))
    assert people.rows["bobs"].prefix in _told(alice.get(f"{KEYS}?show=all"))


def test_a_key_whose_holder_may_not_is_shown_as_blocked(people: World) -> None:
    people.users["bob"].is_active = False
    people.users["bob"].save()
    keys = people.session("alice").get(KEYS).context["keys"]
    assert {key.name: state for key, state in keys} == {"alices": "live", "bobs": "blocked", "teams": "live"}
    assert all(key.state == state for key, state in keys), "as the key itself says"


def test_a_lead_sets_budgets_below_the_teams_own(people: World) -> None:
    alice = people.session("alice")
    form = {
        "act": "make",
        "whose": "user:bob",
        "window": "day",
        "limit": "12.50",
        "soft_limit": "10",
        "cap_tier": "MEDIUM",
    }
    assert alice.post(BUDGETS, form).status_code == 302
    row = Budget.objects.get(user=people.users["bob"], window="day")
    assert (str(row.limit), str(row.soft_limit), row.soft_action, row.cap_tier) == (
        "12.5000",
        "10.0000",
        "cap_tier",
        "MEDIUM",
    )
    assert _latest() == ("portal", "alice", "created", "budget")
    much = alice.post(
        BUDGETS, {"act": "make", "whose": f"key:{people.rows['alices'].pk}", "window": "month", "limit": "101"}
    )
    assert much.status_code == 403
    assert "own budget a month is 100.00 USD" in _told(much)
    assert 'value="101"' in _told(much)
    team = alice.post(BUDGETS, {"act": "make", "whose": "team", "window": "day", "limit": "1"})
    assert (team.status_code, "administrator" in _told(team)) == (403, True)
    assert (
        people.session("root")
        .post(BUDGETS, {"act": "make", "whose": "team", "window": "day", "limit": "1"})
        .status_code
        == 302
    )


def test_a_budget_is_changed_switched_off_and_deleted(people: World) -> None:
    alice = people.session("alice")
    Budget.objects.filter(user=people.users["bob"]).update(set_by_admin=False)
    row = Budget.objects.get(user=people.users["bob"])
    assert (
        alice.post(BUDGETS, {"act": "change", "budget": row.pk, "limit": "50", "soft_limit": "40"}).status_code == 302
    )
    row.refresh_from_db()
    assert (row.limit, row.soft_limit, row.is_active, row.version) == (50, 40, False, 2)
    assert ">off</span>" in _told(alice.get(BUDGETS))
    assert alice.post(BUDGETS, {"act": "change", "budget": row.pk, "limit": "50", "active": "on"}).status_code == 302
    row.refresh_from_db()
    assert (row.soft_limit, row.is_active) == (None, True), "an empty field is no limit"
    assert alice.post(BUDGETS, {"act": "delete", "budget": row.pk}).status_code == 302
    assert not Budget.objects.filter(pk=row.pk).exists()


@pytest.mark.parametrize("limit", ["", "much", "-1", "1e400", "99999999999999", "NaN", "1.23456"])
def test_a_limit_that_is_no_sum_of_money_is_refused_with_words(people: World, limit: str) -> None:
    form = {"act": "make", "whose": "user:bob", "window": "week", "limit": limit}
    answer = people.session("alice").post(BUDGETS, form)
    assert answer.status_code == 422
    assert "Limit" in _told(answer)
    assert not Budget.objects.filter(window="week").exists()


def test_the_teams_own_budget_is_seen_but_not_a_leads_to_change(people: World) -> None:
    alice = people.session("alice")
    row = Budget.objects.get(team=people.acme)
    assert "set by an administrator" in _told(alice.get(BUDGETS))
    assert alice.post(BUDGETS, {"act": "change", "budget": row.pk, "limit": "9999", "active": "on"}).status_code == 403
    assert alice.post(BUDGETS, {"act": "delete", "budget": row.pk}).status_code == 403
    row.refresh_from_db()
    assert row.limit == 100
    assert alice.post(BUDGETS, {"act": "delete", "budget": uuid.uuid4()}).status_code == 404


def test_the_portal_offers_what_may_be_done_and_says_who_set_it(people: World) -> None:
    Budget.objects.all().delete()
    admins = Budget.objects.create(user=people.users["bob"], window="day", limit=7)
    leads = Budget.objects.create(
        user=people.users["bob"], window="week", limit=7, set_by=people.users["alice"], set_by_admin=False
    )
    own = Budget.objects.create(user=people.users["alice"], window="day", limit=7, set_by_admin=False)
    alice = people.session("alice")
    page = alice.get(BUDGETS)
    assert {burn.budget: (mine, free) for burn, mine, free in page.context["lines"]} == {
        admins: (False, False),
        leads: (True, True),
        own: (True, False),
    }
    text = page.content.decode()
    assert text.count('value="delete"') == 1
    for words in ("set by an administrator", "set by alice", "set by a lead", "This budget limits yourself"):
        assert words in text
    assert f"change-{admins.pk}" not in text
    refused = alice.post(BUDGETS, {"act": "change", "budget": own.pk, "limit": "8", "active": "on"})
    assert (refused.status_code, "yourself" in refused.content.decode()) == (403, True)
    lower = alice.post(BUDGETS, {"act": "change", "budget": own.pk, "limit": "6", "active": "on"})
    assert lower.status_code == 302
    assert alice.post(BUDGETS, {"act": "delete", "budget": admins.pk}).status_code == 403
    everything = people.session("root").get(BUDGETS).context["lines"]
    assert all((mine, free) == (True, True) for _, mine, free in everything)


def test_adding_somebody_by_name_does_not_tell_their_address(people: World) -> None:
    """SSO-9: a name is all it takes to add somebody. Their address is shown to who leads all their teams."""
    for name in ("bob", "charlie", "root", "alice"):
        User.objects.filter(username=name).update(email=f"{name}@home.example")
    alice = people.session("alice")
    for name in ("charlie", "root"):
        assert alice.post(MEMBERS, {"act": "add", "user": name, "role": "member"}).status_code == 302
    page = _told(alice.get(MEMBERS))
    listed = world.call(alice, "GET", "/users").json()["items"]
    emails = {row["username"]: row["email"] for row in listed}
    hidden = {"charlie": "…", "root": "…"}
    assert emails == {"alice": "alice@home.example", "bob": "bob@home.example", "robot": "", **hidden}
    for name in ("charlie", "root"):
        assert f"{name}@home.example" not in page
        pk = people.users[name].pk
        assert world.call(alice, "GET", f"/users/{pk}").json()["email"] == "…"
    assert "bob@home.example" in page
    assert "alice@home.example" in page
    Membership.objects.filter(team=people.outside).delete()
    assert "charlie@home.example" in _told(alice.get(MEMBERS)), "alice leads all of charlie's teams now"
    root = people.session("root")
    assert "root@home.example" in _told(root.get(MEMBERS))
    assert "…" not in {row["email"] for row in world.call(root, "GET", "/users").json()["items"]}
    assert world.call(people.session("bob"), "GET", "/users").json()["items"][0]["email"] == "bob@home.example"
