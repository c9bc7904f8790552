"""Teams, people and budgets through the API."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.models import Budget, Membership, User
from tests.accounts import world as worlds
from tests.accounts.world import World, call


@pytest.fixture
def world(db: str) -> World:
    return worlds.make()


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/budgets", {"team": "acme", "window": "day", "limit": "1", "max_spend": 3}),
        ("POST", "/teams", {"slug": "new", "budget": 3}),
        ("POST", "/keys", {"name": "x", "team": "acme", "max_budget": 1}),
        ("POST", "/users", {"username": "x", "role": "admin"}),
        ("PATCH", "/teams/acme", {"slug": "other"}),
        ("POST", "/teams/acme/members", {"user": "charlie", "rank": 1}),
    ],
)
def test_a_field_it_does_not_know_is_refused_by_name(world: World, method: str, path: str, body: Any) -> None:
    """BUD-9: an ignored limit is worse than an error."""
    answer = call(world.session("root"), method, path, body)
    assert answer.status_code == 422
    unknown = (
        (set(body) & {"max_spend", "budget", "max_budget", "role", "slug", "rank"}).pop()
        if path != "/teams"
        else "budget"
    )
    assert unknown in [field["field"] for field in answer.json()["error"]["fields"]]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/teams", {"slug": "a b"}),
        ("/teams", {"slug": "x", "name": "nul \x00"}),
        ("/teams", {"slug": "x" * 65}),
        ("/budgets", {"window": "day", "limit": -1}),
        ("/budgets", {"window": "day", "limit": "NaN"}),
        ("/budgets", {"window": "fortnight", "limit": 1}),
        ("/budgets", {"window": "day", "limit": 1, "soft_limit": 2}),
        ("/budgets", {"window": "day", "limit": 1, "time_zone": "Mars/Olympus"}),
        ("/budgets", {"window": "day", "limit": 1, "team": "acme", "user": "bob"}),
        ("/keys", {"name": "x", "team": "acme", "user": None, "expires_at": "2020-01-01T00:00:00Z"}),
        ("/keys", {"name": "x", "team": "acme", "user": None, "scopes": ["everything"]}),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_changes(world: World, path: str, body: Any) -> None:
    answer = call(world.session("root"), "POST", path, body)
    assert answer.status_code == 422, answer.content
    assert answer.json()["error"]["fields"]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "/teams/acme", {"name": "\ud800"}),
        ("POST", "/teams", {"slug": "new", "cost_center": "\ud800"}),
        ("POST", "/budgets", {"team": "acme", "window": "week", "limit": 5, "model_pattern": "\ud800"}),
        ("POST", "/keys", {"team": "acme", "name": "\ud800", "model_allowlist": ["\ud800"]}),
    ],
)
def test_half_a_character_is_refused(world: World, method: str, path: str, body: Any) -> None:
    """JSON can say it and UTF-8 cannot: it was a 500."""
    client = world.session("root")
    client.raise_request_exception = False
    assert call(client, method, path, body).status_code == 422


def test_a_taken_name_is_a_conflict_told_plainly(world: World) -> None:
    answer = call(world.session("root"), "POST", "/teams", {"slug": "acme"})
    assert answer.status_code in (409, 422)
    assert "accounts_" not in answer.content.decode()


def test_nulls_where_none_may_be_are_refused(world: World) -> None:
    answer = call(world.session("root"), "PATCH", "/teams/acme", {"name": None})
    assert answer.status_code == 422


def test_pages_are_cut_and_counted(world: World) -> None:
    answer = call(world.session("root"), "GET", "/users?limit=2&offset=1").json()
    assert (len(answer["items"]), answer["count"]) == (2, 5)


def test_a_lead_runs_the_team_but_promotes_nobody_above_themselves(world: World) -> None:
    alice = world.session("alice")
    assert call(alice, "POST", "/teams/acme/members", {"user": "charlie"}).status_code == 201
    assert call(alice, "PATCH", "/teams/acme/members/charlie", {"role": "lead"}).status_code == 200
    assert call(alice, "PATCH", "/teams/acme/members/charlie", {"role": "admin"}).status_code == 403
    Membership.objects.filter(user=world.users["bob"]).update(role="admin")
    assert call(alice, "PATCH", "/teams/acme/members/bob", {"role": "member"}).status_code == 403
    assert call(alice, "DELETE", "/teams/acme/members/bob").status_code == 403
    assert call(alice, "PATCH", "/teams/acme", {"name": "Acme"}).status_code == 200
    assert call(alice, "PATCH", "/teams/acme", {"tokens_per_minute": None}).status_code == 403


def test_a_lead_makes_service_accounts_and_no_people(world: World) -> None:
    alice = world.session("alice")
    body = {"username": "ci", "is_service": True, "team": "acme"}
    assert call(alice, "POST", "/users", body).status_code == 201
    ci = User.objects.get(username="ci")
    assert not ci.has_usable_password()
    assert ci.memberships.get().role == "member"
    assert call(alice, "POST", "/users", {"username": "friend"}).status_code == 403
    assert call(alice, "PATCH", f"/users/{ci.pk}", {"is_active": False}).status_code == 200
    assert call(alice, "PATCH", f"/users/{ci.pk}", {"is_superuser": True}).status_code == 403
    assert call(alice, "PATCH", f"/users/{world.users['bob'].pk}", {"is_active": False}).status_code == 403


def test_a_leads_budgets_stay_within_the_teams_own(world: World) -> None:
    """The team has 100 USD a month."""
    alice = world.session("alice")
    body = {"user": "robot", "window": "month", "limit": "100.01"}
    assert call(alice, "POST", "/budgets", body).status_code == 403
    made = call(alice, "POST", "/budgets", {**body, "limit": "100"})
    assert made.status_code == 201
    path = f"/budgets/{made.json()['id']}"
    assert call(alice, "PATCH", path, {"limit": "101"}).status_code == 403
    changed = call(alice, "PATCH", path, {"limit": "50"}).json()
    assert (changed["version"], changed["limit"]) == (2, "50")
    assert call(alice, "POST", "/budgets", {"team": "acme", "window": "day", "limit": "1"}).status_code == 403
    own = Budget.objects.get(team=world.acme)
    assert call(alice, "PATCH", f"/budgets/{own.pk}", {"limit": "1000"}).status_code == 403


def test_a_lead_sets_no_budget_that_counts_in_anothers_team(world: World) -> None:
    Membership.objects.create(team=world.outside, user=world.users["robot"])
    body = {"user": "robot", "window": "day", "limit": "1"}
    assert call(world.session("alice"), "POST", "/budgets", body).status_code == 403


def test_a_session_needs_its_csrf_token(world: World) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.users["root"])
    assert call(client, "POST", "/teams", {"slug": "new"}).status_code == 403
    world.key("admin", world.acme, "alice", scopes=["admin"])
    headers = {"authorization": f"Bearer {world.keys['admin']}"}
    assert call(Client(enforce_csrf_checks=True), "GET", "/me", **headers).json()["user"] == "alice"


def test_the_api_page_asks_no_other_host(world: World) -> None:
    page = world.session("root").get("/api/v1/docs").content.decode()
    assert "https://cdn" not in page
