"""Two teams: acme with alice (lead) and bob, outside with charlie (lead); root administers. One of everything in acme."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from django.test import Client

from accounts.models import ApiKey, Budget, Membership, Team, User

API = "/api/v1"


@dataclass
class World:
    """`keys`: texts by name; `rows`: the keys' rows."""

    acme: Team
    outside: Team
    users: dict[str, User]
    keys: dict[str, str] = field(default_factory=dict)
    rows: dict[str, ApiKey] = field(default_factory=dict)

    def key(self, name: str, team: Team, user: str | None, **more: Any) -> ApiKey:
        row, self.keys[name] = ApiKey.mint(name=name, team=team, user=self.users[user] if user else None, **more)
        row.save()
        self.rows[name] = row
        return row

    def session(self, name: str) -> Client:
        client = Client()
        client.force_login(self.users[name])
        return client


def make() -> World:
    users = {name: User.objects.create_user(name) for name in ("alice", "bob", "charlie")}
    users["root"] = User.objects.create_superuser("root")
    users["robot"] = User.objects.create(username="robot", is_service=True)
    acme, outside = Team.objects.create(slug="acme"), Team.objects.create(slug="outside")
    for team, name, role in (
        (acme, "alice", "lead"),
        (acme, "bob", "member"),
        (acme, "robot", "member"),
        (outside, "charlie", "lead"),
    ):
        Membership.objects.create(team=team, user=users[name], role=role)
    world = World(acme, outside, users)
    world.key("bobs", acme, "bob")
    world.key("alices", acme, "alice")
    world.key("teams", acme, None)
    world.key("charlies", outside, "charlie")
    for entity in ({"team": acme}, {"user": users["bob"]}, {"key": world.rows["bobs"]}, {}):
        Budget.objects.create(window="month", limit=100, **entity)
    return world


def call(client: Client, method: str, path: str, body: Any = None, **headers: Any) -> Any:
    return client.generic(
        method, API + path, "" if body is None else json.dumps(body), "application/json", headers=headers
    )
