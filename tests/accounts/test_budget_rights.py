"""Who changes whose budget: what an administrator set is an administrator's, and nobody lets themselves spend more."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.models import ApiKey, Budget, Membership, User
from gateway.configuration import writing
from tests.accounts import world as worlds
from tests.accounts.world import World, call


@pytest.fixture
def world(db: str) -> World:
    return worlds.make()


def _made(who: Client, **body: Any) -> str:
    answer = call(who, "POST", "/budgets", {"window": "day", "limit": "10", **body})
    assert answer.status_code == 201, answer.content
    return f"/budgets/{answer.json()['id']}"


@pytest.mark.parametrize("change", [{"limit": "50"}, {"limit": "5"}, {"is_active": False}, {"soft_limit": "1"}, {}])
def test_a_lead_neither_raises_nor_lowers_what_an_administrator_set(world: World, change: dict[str, Any]) -> None:
    for whose in ({"user": "bob"}, {"user": "alice"}, {"key": str(world.rows["alices"].pk)}):
        path = _made(world.session("root"), **whose)
        answer = call(world.session("alice"), "PATCH", path, change)
        assert (answer.status_code, "only an administrator" in answer.json()["error"]["message"]) == (403, True)
        assert call(world.session("alice"), "DELETE", path).status_code == 403
        assert call(world.session("alice"), "GET", path).json()["limit"] == "10.0000"
        assert call(world.session("root"), "PATCH", path, {"limit": "60"}).status_code == 200
        assert call(world.session("root"), "DELETE", path).status_code == 204


def test_leads_change_what_leads_set_until_an_administrator_does(world: World) -> None:
    Membership.objects.filter(user=world.users["robot"]).update(role="lead")
    path = _made(world.session("alice"), user="bob")
    shown = call(world.session("robot"), "GET", path).json()
    assert (shown["set_by"], shown["set_by_administrator"]) == ("alice", False)
    assert call(world.session("robot"), "PATCH", path, {"limit": "20"}).json()["set_by"] == "robot"
    shown = call(world.session("root"), "PATCH", path, {"limit": "15"}).json()
    assert (shown["set_by"], shown["set_by_administrator"]) == ("root", True)
    assert call(world.session("alice"), "PATCH", path, {"limit": "16"}).status_code == 403
    world.users["root"].delete()
    assert call(world.session("alice"), "DELETE", path).status_code == 403, "nor when that administrator is gone"
    assert call(world.session("alice"), "GET", path).json()["set_by"] is None


@pytest.mark.parametrize("whose", ["user", "key"])
def test_nobody_loosens_a_budget_on_themselves(world: World, whose: str) -> None:
    """SSO-8: not even the one they made; lowering it is allowed."""
    alice = world.session("alice")
    mine = {"user": "alice"} if whose == "user" else {"key": str(world.rows["alices"].pk)}
    path = _made(alice, **mine, soft_limit="5", soft_action="cap_tier", cap_tier="SIMPLE")
    for looser in (
        {"limit": "11"},
        {"is_active": False},
        {"soft_limit": "6"},
        {"soft_limit": None},
        {"soft_action": "notify"},
        {"cap_tier": "COMPLEX"},
    ):
        answer = call(alice, "PATCH", path, looser)
        assert (answer.status_code, "yourself" in answer.json()["error"]["message"]) == (403, True), looser
    assert call(alice, "DELETE", path).status_code == 403
    assert call(alice, "PATCH", path, {"limit": "8", "soft_limit": "4"}).status_code == 200
    Membership.objects.filter(user=world.users["robot"]).update(role="lead")
    assert call(world.session("robot"), "PATCH", path, {"limit": "12"}).status_code == 200, "another lead may"


def test_a_teams_key_does_not_loosen_its_own_budget(world: World) -> None:
    key = world.key("robots", world.acme, None, scopes=["admin"])
    headers = {"authorization": f"Bearer {world.keys['robots']}"}
    made = call(Client(), "POST", "/budgets", {"key": str(key.pk), "window": "day", "limit": "3"}, **headers).json()
    assert (made["set_by"], made["set_by_administrator"]) == (None, False)
    path = f"/budgets/{made['id']}"
    assert call(Client(), "PATCH", path, {"limit": "4"}, **headers).status_code == 403
    assert call(Client(), "DELETE", path, **headers).status_code == 403
    assert call(Client(), "PATCH", path, {"limit": "2"}, **headers).status_code == 200


def test_a_lead_adds_a_tighter_one_beside_and_is_told_where_there_is_one(world: World) -> None:
    alice = world.session("alice")
    same = {"user": "bob", "window": "month", "limit": "5"}
    answer = call(alice, "POST", "/budgets", same)
    [field] = answer.json()["error"]["fields"]
    assert answer.status_code == 422
    assert "An administrator has set a budget of 100.00 USD a month" in field["message"]
    assert "beside it" in field["message"]
    assert call(alice, "POST", "/budgets", {**same, "model_pattern": "claude-*"}).status_code == 201
    assert call(alice, "POST", "/budgets", {**same, "window": "week"}).status_code == 201
    again = call(alice, "POST", "/budgets", {**same, "window": "week", "limit": "6"})
    assert (again.status_code, "change that one" in again.content.decode()) == (422, True)


def test_a_budget_of_apply_is_the_administrators(world: World) -> None:
    row = Budget.objects.create(user=world.users["bob"], window="day", limit=7, set_by_admin=False)
    given = {"teams": [{"slug": "acme", "budgets": [{"user": "bob", "window": "day", "limit": 7}]}]}
    assert writing.apply(given, author=world.users["root"]).changes == 1
    row.refresh_from_db()
    assert (row.set_by, row.set_by_admin) == (world.users["root"], True)
    assert writing.apply(given).changes == 0


def test_what_the_admin_saves_is_the_administrators(world: World) -> None:
    row = Budget.objects.create(user=world.users["bob"], window="day", limit=7, set_by_admin=False)
    form = {
        "limit": "7", "soft_action": "notify", "is_active": "on",
        "increases-TOTAL_FORMS": "0", "increases-INITIAL_FORMS": "0",
    }  # fmt: skip
    assert world.session("root").post(f"/admin/accounts/budget/{row.pk}/change/", form).status_code == 302
    row.refresh_from_db()
    assert (row.set_by, row.set_by_admin) == (world.users["root"], True)


def test_deleting_a_service_account_is_no_way_round(world: World) -> None:
    robot = world.users["robot"]
    budget = Budget.objects.create(user=robot, window="day", limit=7)
    assert call(world.session("alice"), "DELETE", f"/users/{robot.pk}").status_code == 403
    budget.set_by_admin = False
    budget.save()
    assert call(world.session("alice"), "DELETE", f"/users/{robot.pk}").status_code == 204
    assert not User.objects.filter(username="robot").exists()


def test_rotating_a_key_keeps_whose_its_budget_is(world: World) -> None:
    """A key made anew is another key; one that is rotated takes its budget along."""
    key = world.rows["alices"]
    row = Budget.objects.create(key=key, window="day", limit=7)
    assert call(world.session("alice"), "POST", f"/keys/{key.pk}/rotate", {"grace_seconds": 0}).status_code in (
        200,
        201,
    )
    row.refresh_from_db()
    assert (row.key, row.set_by_admin) == (ApiKey.objects.get(pk=key.pk).replaced_by, True)
