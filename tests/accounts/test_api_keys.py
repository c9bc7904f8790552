"""Keys through the API: shown once, rotated with a grace window, revoked with a cause, never more than their maker holds."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts import keys
from accounts.models import ApiKey, Budget, Membership, pepper
from gateway.snapshot import build
from tests.accounts import world as worlds
from tests.accounts.world import World, call


@pytest.fixture
def world(db: str) -> World:
    return worlds.make()


def works(text: str) -> bool:
    return keys.digest(text, pepper()) in build().callers


def bearer(world: World, name: str) -> dict[str, str]:
    return {"authorization": f"Bearer {world.keys[name]}"}


def make(client: Client, **body: Any) -> Any:
    return call(client, "POST", "/keys", {"name": "new", "team": "acme", **body})


def test_a_developer_makes_a_key_of_their_own_and_sees_it_once(world: World) -> None:
    bob = world.session("bob")
    answer = make(bob, model_allowlist=["gpt-*"])
    made = answer.json()
    assert (answer.status_code, made["user"], made["state"]) == (201, "bob", "live")
    assert answer["Cache-Control"] == "no-store"
    assert works(made["key"])
    for path in ("/keys", f"/keys/{made['id']}", "/audit-events"):
        assert made["key"] not in call(bob, "GET", path).content.decode()
        assert made["key"] not in call(world.session("root"), "GET", path).content.decode()


def test_the_old_key_works_until_the_grace_window_ends(world: World) -> None:
    old = world.keys["bobs"]
    Budget.objects.filter(key=world.rows["bobs"]).delete()
    path = f"/keys/{world.rows['bobs'].pk}/rotate"
    made = call(world.session("bob"), "POST", path, {"grace_seconds": 3600}).json()
    assert made["name"] == "bobs"
    assert works(old)
    assert works(made["key"])
    row = ApiKey.objects.get(pk=world.rows["bobs"].pk)
    assert (row.state, str(row.replaced_by_id)) == ("grace", made["id"])
    assert row.grace_until is not None
    assert row.grace_until <= timezone.now() + dt.timedelta(hours=1)
    ApiKey.objects.filter(pk=row.pk).update(grace_until=timezone.now())
    assert not works(old)
    assert works(made["key"])


def test_a_key_is_rotated_once_and_a_dead_one_never(world: World) -> None:
    Budget.objects.filter(key=world.rows["bobs"]).delete()
    bob, path = world.session("bob"), f"/keys/{world.rows['bobs'].pk}"
    assert call(bob, "POST", f"{path}/rotate", {"grace_seconds": 60}).status_code == 201
    assert call(bob, "POST", f"{path}/rotate", {"grace_seconds": 60}).status_code == 409
    alices = f"/keys/{world.rows['alices'].pk}"
    assert call(world.session("alice"), "POST", f"{alices}/revoke", {"because": "lost"}).status_code == 200
    assert call(world.session("alice"), "POST", f"{alices}/rotate", {}).status_code == 409


def test_rotating_does_not_multiply_a_budget(world: World) -> None:
    """The budget moves to the new key, so the old one may not live on beside it."""
    bob, path = world.session("bob"), f"/keys/{world.rows['bobs'].pk}/rotate"
    assert call(bob, "POST", path, {"grace_seconds": 60}).status_code == 409
    made = call(bob, "POST", path, {"grace_seconds": 0}).json()
    assert str(Budget.objects.get(key__isnull=False).key_id) == made["id"]
    assert not works(world.keys["bobs"])


def test_revoking_keeps_its_first_cause(world: World) -> None:
    bob, path = world.session("bob"), f"/keys/{world.rows['bobs'].pk}/revoke"
    assert call(bob, "POST", path, {"because": "laptop stolen"}).json()["revoked_because"] == "laptop stolen"
    assert call(bob, "POST", path, {"because": "again"}).json()["revoked_because"] == "laptop stolen"
    assert not works(world.keys["bobs"])


def test_unblocking_gives_back_only_what_blocking_took(world: World) -> None:
    """SSO-4: a key revoked by itself before (or while) its holder was blocked stays revoked."""
    world.key("second", world.acme, "bob")
    root = world.session("root")
    call(root, "POST", f"/keys/{world.rows['second'].pk}/revoke", {"because": "lost"})
    user = f"/users/{world.users['bob'].pk}"
    assert call(root, "PATCH", user, {"is_active": False}).status_code == 200
    assert not works(world.keys["bobs"])
    assert call(root, "GET", f"/keys/{world.rows['bobs'].pk}").json()["state"] == "blocked"
    assert call(root, "PATCH", user, {"is_active": True}).status_code == 200
    assert works(world.keys["bobs"])
    assert not works(world.keys["second"])


def test_leaving_a_team_stops_the_keys_of_that_team_only(world: World) -> None:
    Membership.objects.create(team=world.outside, user=world.users["bob"])
    world.key("other", world.outside, "bob")
    assert call(world.session("alice"), "DELETE", "/teams/acme/members/bob").status_code == 204
    assert not works(world.keys["bobs"])
    assert works(world.keys["other"])


def test_a_deleted_user_takes_keys_and_memberships_along(world: World) -> None:
    """SSO-5, SSO-7: found by foreign key, whatever the keys are called."""
    assert call(world.session("root"), "DELETE", f"/users/{world.users['bob'].pk}").status_code == 204
    assert not works(world.keys["bobs"])
    assert not Membership.objects.filter(user_id=world.users["bob"].pk).exists()


@pytest.mark.parametrize(
    "body",
    [
        {"scopes": ["admin"]},  # a member holds no admin scope
        {"user": "alice"},
        {"user": None},  # the team's own key
        {"requests_per_minute": 100_000},
        {"team": "outside"},
    ],
)
def test_a_member_grants_no_more_than_they_hold(world: World, body: dict[str, Any]) -> None:
    """SSO-8."""
    assert make(world.session("bob"), **body).status_code in (403, 404)


def test_a_lead_cannot_borrow_the_rights_of_somebody_greater(world: World) -> None:
    """SSO-8: an admin-scoped key acts with its holder's rights, so a lead makes or rotates none for an administrator."""
    Membership.objects.create(team=world.acme, user=world.users["root"])
    roots = world.key("roots", world.acme, "root", scopes=["admin"])
    alice = world.session("alice")
    assert make(alice, user="root", scopes=["admin"]).status_code == 403
    assert call(alice, "POST", f"/keys/{roots.pk}/rotate", {}).status_code == 403
    assert make(alice, scopes=["admin"]).status_code == 201


def test_a_narrow_key_makes_only_narrower_ones(world: World) -> None:
    end = timezone.now() + dt.timedelta(days=1)
    world.key("narrow", world.acme, "alice", scopes=["chat", "admin"], model_allowlist=["gpt-*"], expires_at=end)
    client, soon = Client(), (timezone.now() + dt.timedelta(hours=1)).isoformat()
    headers = bearer(world, "narrow")

    def ask(**more: Any) -> int:
        body = {"name": "made", "team": "acme", "scopes": ["chat"], "model_allowlist": ["gpt-4o"], "expires_at": soon}
        return int(call(client, "POST", "/keys", {**body, **more}, **headers).status_code)

    assert ask(scopes=["embeddings"]) == 403
    assert ask(scopes=[]) == 403
    assert ask(model_allowlist=[]) == 403
    assert ask(model_allowlist=["claude-*"]) == 403
    assert ask(model_allowlist=["*"]) == 403
    assert ask(expires_at=None) == 403
    assert ask() == 201


def test_a_holder_does_not_widen_what_a_lead_made_narrow(world: World) -> None:
    end = timezone.now() + dt.timedelta(days=1)
    key = world.key("given", world.acme, "bob", model_allowlist=["gpt-4o"], expires_at=end)
    bob, path = world.session("bob"), f"/keys/{key.pk}"
    assert call(bob, "PATCH", path, {"model_allowlist": []}).status_code == 403
    assert call(bob, "PATCH", path, {"expires_at": None}).status_code == 403
    assert call(bob, "PATCH", path, {"name": "mine"}).json()["name"] == "mine"
    assert call(world.session("alice"), "PATCH", path, {"model_allowlist": []}).json()["model_allowlist"] == []


def test_a_leads_key_acts_only_in_its_own_team(world: World) -> None:
    Membership.objects.create(team=world.outside, user=world.users["alice"], role="lead")
    world.key("scoped", world.acme, "alice", scopes=["admin"])
    headers = bearer(world, "scoped")
    assert call(Client(), "GET", "/teams/acme", **headers).status_code == 200
    assert call(Client(), "GET", "/teams/outside", **headers).status_code == 404


def test_a_demoted_leads_admin_key_is_a_members_at_once(world: World) -> None:
    """SSO-11: rights are read anew with each request."""
    world.key("scoped", world.acme, "alice", scopes=["admin"])
    headers = bearer(world, "scoped")
    assert call(Client(), "GET", "/audit-events", **headers).json()["count"] > 0
    Membership.objects.filter(user=world.users["alice"]).update(role="member")
    assert call(Client(), "GET", "/audit-events", **headers).json()["count"] == 0
    assert call(Client(), "PATCH", "/teams/acme", {"name": "x"}, **headers).status_code == 403
