"""Not-yours does not exist: asked of every operation the API has, found from its own routers (SSO-9, SSO-10)."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.api import api
from accounts.models import ApiKey, AuditEvent, Budget, Membership, Team, User
from tests.accounts import world as worlds

OPERATIONS = [
    (method, path)
    for path, methods in sorted(api.get_openapi_schema()["paths"].items())
    for method in methods
]  # fmt: skip
NAMED = [(method, path) for method, path in OPERATIONS if "{" in path]
LISTS = [path for method, path in OPERATIONS if "{" not in path and method == "get"]
BODIES: dict[tuple[str, str], Any] = {
    ("patch", "/teams/{slug}"): {"name": "mine now"},
    ("post", "/teams/{slug}/members"): {"user": "charlie", "role": "lead"},
    ("patch", "/teams/{slug}/members/{username}"): {"role": "admin"},
    ("patch", "/users/{user_id}"): {"is_active": False},
    ("patch", "/keys/{key_id}"): {"name": "mine now"},
    ("post", "/keys/{key_id}/revoke"): {},
    ("post", "/keys/{key_id}/rotate"): {},
    ("patch", "/budgets/{budget_id}"): {"limit": "5"},
    ("post", "/teams/{slug}/answer-cache/purge"): {"all": True},
}
MAKING: dict[str, Any] = {
    "/teams": [{"slug": "new"}],
    "/users": [{"username": "new"}, {"username": "new", "is_service": True, "team": "acme"}],
    "/keys": [{"name": "new", "team": "acme"}, {"name": "new", "team": "outside", "user": "bob"}],
    "/budgets": [
        {"team": "acme", "window": "day", "limit": "1"},
        {"user": "bob", "window": "day", "limit": "1"},
        {"window": "day", "limit": "1"},
        {"key": "bobs", "window": "day", "limit": "1"},
    ],
}


@pytest.fixture
def world(db: str) -> worlds.World:
    return worlds.make()


def _fill(path: str, world: worlds.World) -> list[str]:
    """`path` with everything of acme it can name."""
    found = [path.removeprefix(worlds.API)]
    choices = {
        "{slug}": ["acme"],
        "{username}": ["alice", "bob"],
        "{user_id}": [str(world.users[name].pk) for name in ("alice", "bob", "root")],
        "{key_id}": [str(world.rows[name].pk) for name in ("alices", "bobs", "teams")],
        "{budget_id}": [str(row.pk) for row in Budget.objects.all()],
    }
    for mark, values in choices.items():
        found = [text.replace(mark, value) for text in found for value in values] if mark in path else found
    assert not any("{" in text for text in found), "a path parameter this law does not know"
    return found


def _state() -> list[Any]:
    models = (Team, User, Membership, ApiKey, Budget)
    return [list(model.objects.order_by("pk").values()) for model in models] + [AuditEvent.objects.count()]


def _callers(world: worlds.World) -> list[tuple[Client, dict[str, str]]]:
    """Charlie with a session, with an admin key of their own, and his team's own admin key."""
    world.key("charlie-admin", world.outside, "charlie", scopes=["admin"])
    world.key("outside-admin", world.outside, None, scopes=["admin"])
    keys = [(Client(), {"authorization": f"Bearer {world.keys[name]}"}) for name in ("charlie-admin", "outside-admin")]
    return [(world.session("charlie"), {}), *keys]


@pytest.mark.parametrize(("method", "path"), NAMED)
def test_an_outsider_is_told_of_every_operation_that_there_is_no_such_thing(
    world: worlds.World, method: str, path: str
) -> None:
    callers = _callers(world)
    before = _state()
    body = BODIES.get((method, path.removeprefix(worlds.API)))
    for client, headers in callers:
        for filled in _fill(path, world):
            answer = worlds.call(client, method.upper(), filled, body, **headers)
            assert answer.status_code == 404, (filled, answer.content)
    assert _state() == before


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_nobody_gets_in_without_a_session_or_an_admin_key(world: worlds.World, method: str, path: str) -> None:
    """Also with a live key that lacks the scope, and after being blocked."""
    blocked = world.session("root")
    world.users["root"].is_active = False
    world.users["root"].save(update_fields=["is_active"])
    before = _state()
    body = BODIES.get((method, path.removeprefix(worlds.API)), {})
    for client, headers in (
        (Client(), {}),
        (blocked, {}),
        (Client(), {"authorization": f"Bearer {world.keys['bobs']}"}),
        (Client(), {"authorization": "Bearer nonsense"}),
    ):
        answer = worlds.call(client, method.upper(), _fill(path, world)[0], body, **headers)
        assert answer.status_code == 401, answer.content
    assert _state() == before


@pytest.mark.parametrize("path", LISTS)
def test_lists_hold_nothing_of_others(world: worlds.World, path: str) -> None:
    for client, headers in _callers(world):
        answer = worlds.call(client, "GET", path.removeprefix(worlds.API), **headers)
        assert answer.status_code == 200
        text = answer.content.decode()
        for word in ("acme", "alice", "bob", "robot", "root", world.rows["bobs"].prefix):
            assert word not in text, (path, text)


@pytest.mark.parametrize("path", sorted(MAKING))
def test_an_outsider_makes_nothing_at_others(world: worlds.World, path: str) -> None:
    callers = _callers(world)
    before = _state()
    for client, headers in callers:
        for body in MAKING[path]:
            if "key" in body:
                body = {**body, "key": str(world.rows["bobs"].pk)}
            answer = worlds.call(client, "POST", path, body, **headers)
            assert answer.status_code in (403, 404), (body, answer.content)
    assert _state() == before


def test_every_operation_that_makes_something_is_in_this_law() -> None:
    made = {path.removeprefix(worlds.API) for method, path in OPERATIONS if method == "post" and "{" not in path}
    assert made == set(MAKING)


@pytest.mark.parametrize(("method", "path"), NAMED)
def test_a_member_changes_nothing_but_their_own_keys(world: worlds.World, method: str, path: str) -> None:
    """Bob of acme: what alice or the team has is 403 where he may see it, else 404."""
    if method == "get":
        return
    client = world.session("bob")
    before = _state()
    for filled in _fill(path, world):
        if str(world.rows["bobs"].pk) in filled:
            continue
        body = BODIES.get((method, path.removeprefix(worlds.API)))
        answer = worlds.call(client, method.upper(), filled, body)
        assert answer.status_code in (403, 404), (filled, answer.content)
    assert _state() == before
