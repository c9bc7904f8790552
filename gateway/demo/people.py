"""The people of the invented organisation, their keys, and who works with which of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from random import Random
from typing import Any

from django.contrib.auth.hashers import make_password

from accounts import rotation
from accounts.models import ApiKey, Membership, Team, User
from gateway.demo.habits import Worker
from gateway.demo.organisation import ADMIN, ALSO, LEAD, MEMBER, UNITS, Unit, surname

_MACHINES = {
    "ci-runner": ("ci", "claude-code"),
    "search-indexer": ("indexer", "openai-sdk"),
    "support-bot": ("bot", "openai-sdk"),
    "eval-runner": ("eval", "anthropic-sdk"),
}


def write(password: str, now: dt.datetime, first: dt.date) -> list[Worker]:
    """Names, passwords of the three who sign in, and keys. The users themselves come from the configuration."""
    rng = Random(7)  # noqa: S311 (invented people)
    hashed = make_password(password)
    root = User.objects.create_superuser(ADMIN, f"{ADMIN}@example.com")
    root.first_name, root.last_name, root.password = "Ada", "Sommer", hashed
    root.save()
    Membership.objects.create(team=Team.objects.get(slug="platform"), user=root, role=Membership.Role.ADMIN)
    everybody = [name for unit in UNITS for name in unit.people]
    users = {user.username: user for user in User.objects.all()}
    for index, name in enumerate(everybody):
        user = users[name]
        user.first_name, user.last_name, user.email = name.title(), surname(index), f"{name}@example.com"
        if name in (LEAD, MEMBER):
            user.password = hashed
    User.objects.bulk_update([users[name] for name in everybody], ["first_name", "last_name", "email", "password"])
    teams = {team.slug: team for team in Team.objects.all()}
    workers = [worker for unit in UNITS for worker in _of_unit(unit, teams[unit.slug], users, rng)]
    for name, slug in ALSO:
        unit = next(unit for unit in UNITS if unit.slug == slug)
        key = _key(f"{name} {slug}", teams[slug], users[name])
        workers.append(_worker(unit, key, unit.clients[0], unit.busy / 4, rng))
    _old_keys(teams["platform"], users[MEMBER], now)
    began = dt.datetime(first.year, first.month, first.day, tzinfo=dt.UTC)
    ApiKey.objects.update(created_at=began - dt.timedelta(days=20))
    User.objects.update(date_joined=began - dt.timedelta(days=30))
    return workers


def _of_unit(unit: Unit, team: Team, users: dict[str, User], rng: Random) -> Iterator[Worker]:
    for index, name in enumerate(unit.people):
        busy = unit.busy * rng.uniform(0.55, 1.5)
        second = len(unit.clients) > 1 and (rng.random() < 0.45 or name == MEMBER)
        for number, client in enumerate(unit.clients[: 1 + second]):
            key = _key(f"{name} {client}", team, users[name], **(_NARROW if client == "openai-sdk" else {}))
            yield _worker(unit, key, client, busy * (1.0 if not second else 0.7 if number == 0 else 0.3), rng, index)
    if unit.service:
        machine, client = _MACHINES[unit.service]
        key = _key(unit.service, team, users[unit.service], scopes=["embeddings"] if machine == "indexer" else [])
        yield Worker(team.pk, unit.slug, unit.zone, key.user_id or 0, key.pk, key.prefix, client, 1.0, machine=machine)


_NARROW = {"model_allowlist": ["simple", "medium", "gpt-5*", "azure-eu/*"]}


def _worker(unit: Unit, key: ApiKey, client: str, busy: float, rng: Random, index: int = 1) -> Worker:
    start = 0 if index < 3 else rng.choice((0, 0, 0, 12, 25, 44))
    leave = rng.randrange(5, 80)
    away = frozenset(range(leave, leave + rng.choice((0, 4, 7, 12))))
    return Worker(key.team_id, unit.slug, unit.zone, key.user_id or 0, key.pk, key.prefix, client, busy, start, away)


def _key(name: str, team: Team, user: User, **more: Any) -> ApiKey:
    key, _ = ApiKey.mint(name=name, team=team, user=user, created_by=user, **more)
    key.save()
    return key


def _old_keys(team: Team, user: User, now: dt.datetime) -> None:
    """A key in each of the states a key can be in."""
    _key("hackathon", team, user, expires_at=now - dt.timedelta(days=12))
    lost = _key("old laptop", team, user)
    rotation.revoke(lost, "laptop was lost")
    rotation.rotate(_key("notebooks", team, user, expires_at=now + dt.timedelta(days=21)), user, dt.timedelta(hours=18))
