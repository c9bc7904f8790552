"""Months of believable use, written into the roll-ups themselves, with budgets in every state; for what pages look like."""

from __future__ import annotations

import datetime as dt
import math
import random
from decimal import Decimal
from typing import Any

from django.utils import timezone

from accounts.models import ApiKey, Budget, BudgetWindow, Membership, Team, User
from accounts.windows import Window, span
from gateway.models import RollupState, UsageDay, UsageHour
from gateway.partitions import today
from tests.accounts.world import World

MODELS = (  # model, account, vendor, tier, weight, USD a request
    ("claude-sonnet-4-5", "anthropic-eu", "anthropic", "COMPLEX", 34, 0.071),
    ("claude-haiku-4-5", "anthropic-eu", "anthropic", "SIMPLE", 40, 0.006),
    ("claude-opus-4-5", "anthropic-eu", "anthropic", "REASONING", 7, 0.34),
    ("gpt-5.1", "openai", "openai", "COMPLEX", 16, 0.052),
    ("gpt-5-mini", "openai", "openai", "MEDIUM", 24, 0.009),
    ("gemini-2.5-pro", "vertex", "vertex", "COMPLEX", 9, 0.044),
    ("gemini-2.5-flash", "vertex", "vertex", "MEDIUM", 21, 0.004),
    ("deepseek-chat", "deepseek", "deepseek", "MEDIUM", 8, 0.002),
    ("qwen3-coder:30b", "ollama-lab", "ollama", "SIMPLE", 11, 0.0),
    ("mistral-experimental", "openrouter", "openrouter", "MEDIUM", 2, 0.0),
)
SURFACES = ("anthropic", "openai_chat", "openai_responses")
NAMES = (
    "Platform",
    "Payments",
    "Search",
    "Mobile",
    "Data science",
    "Support tools",
    "Security",
    "Growth",
    "Research",
    "Web",
)


def fill(world: World, days: int = 90) -> None:
    """Acme gets the most; ten more teams something; `outside` nothing."""
    chance = random.Random(7)
    teams = [(world.acme, _people(world.acme, ("alice", "bob", "dora", "emil", "frida", "georg"), world), 1.0)]
    world.acme.name, world.acme.cost_center = "Acme Engineering", "CC-1000"
    world.acme.save()
    for number, name in enumerate(NAMES):
        team = Team.objects.create(
            slug=name.lower().replace(" ", "-"), name=name, cost_center=f"CC-{1000 + number // 3 * 100}"
        )
        people = _people(team, tuple(f"{team.slug}-{who}" for who in ("ana", "ben", "cleo")), world)
        teams.append((team, people, chance.uniform(0.1, 0.8)))
    rows = [row for team, keys, size in teams for row in _days(team, keys, size, days, chance)]
    UsageDay.objects.bulk_create(rows, batch_size=2000)
    UsageHour.objects.bulk_create(
        [one for row in rows if row.day > today() - dt.timedelta(days=40) for one in _hours(row)], batch_size=2000
    )
    RollupState.objects.update_or_create(pk=1, defaults={"counted_to": timezone.now()})
    _budgets(world)


def _people(team: Team, names: tuple[str, ...], world: World) -> list[ApiKey]:
    keys = []
    for name in names:
        user, _ = User.objects.get_or_create(username=name, defaults={"email": f"{name}@acme.example"})
        Membership.objects.get_or_create(team=team, user=user)
        key, _ = ApiKey.mint(name=f"{name}'s laptop", team=team, user=user)
        key.save()
        keys.append(key)
    ci, _ = ApiKey.mint(
        name="continuous integration", team=team, user=None, model_allowlist=["claude-haiku-*", "gpt-5-mini"]
    )
    ci.save()
    return [*keys, ci]


def _days(team: Team, keys: list[ApiKey], size: float, days: int, chance: random.Random) -> list[UsageDay]:
    rows = []
    for back in range(days):
        day = today() - dt.timedelta(days=back)
        busy = (0.18 if day.weekday() >= 5 else 1.0) * (1.35 - back / days) * chance.uniform(0.75, 1.2) * size
        for key in keys:
            for model, account, vendor, tier, weight, price in MODELS:
                number = int(busy * weight * chance.uniform(0.2, 1.5))
                if number:
                    rows.append(_row(day, team, key, (model, account, vendor, tier), number, price, chance))
    return rows


def _row(
    day: dt.date, team: Team, key: ApiKey, served: Any, number: int, price: float, chance: random.Random
) -> UsageDay:
    model, account, vendor, tier = served
    failed = int(number * chance.uniform(0, 0.03))
    return UsageDay(
        day=day, team_id=team.pk, user_id=key.user_id or 0, key_id=key.pk, account=account, vendor=vendor, model=model,
        tier=tier, surface=SURFACES[hash((key.prefix, model)) % 3] if vendor != "anthropic" else SURFACES[0],
        operations=number, failed_operations=failed, attempts=number + failed,
        input_tokens=number * chance.randint(700, 2600), output_tokens=number * chance.randint(250, 900),
        cache_read_tokens=number * chance.randint(0, 9000), cache_write_tokens=number * chance.randint(0, 700),
        reasoning_tokens=number * (chance.randint(0, 300) if tier in ("COMPLEX", "REASONING") else 0),
        cost_usd=Decimal(str(round(number * price * chance.uniform(0.7, 1.3), 8))),
        unpriced_attempts=number if model == "mistral-experimental" else 0,
    )  # fmt: skip


def _hours(row: UsageDay) -> list[UsageHour]:
    """The day's use in working hours, none after now."""
    start = dt.datetime.combine(row.day, dt.time(), dt.UTC)
    names = [field.name for field in UsageDay._meta.fields if field.name not in ("id", "day")]
    whole = {name: getattr(row, name) for name in names}
    hours = [hour for hour in (9, 13, 17) if start + dt.timedelta(hours=hour + 1) < timezone.now()]
    counts = ("operations", "failed_operations", "attempts", "unpriced_attempts")
    sums = {name for name in names if name.endswith("_tokens") or name in counts or name == "cost_usd"}
    return [
        UsageHour(
            hour=start + dt.timedelta(hours=hour),
            **{
                name: value / 3 if name == "cost_usd" else value // 3 if name in sums else value
                for name, value in whole.items()
            },
        )
        for hour in hours
    ]


def _budgets(world: World) -> None:
    """The team's month near its soft limit, its week over, a rolling day, one for a model; a member's and a key's."""
    Budget.objects.all().delete()
    acme = world.acme
    key = ApiKey.objects.get(team=acme, name="bob's laptop")
    for entity, window, more, used in (
        ({"team": acme}, "month", {"soft_limit": 0.75}, 0.86),
        ({"team": acme}, "week", {}, 1.02),
        ({"team": acme}, "day", {"rolling": True, "soft_limit": 0.8}, 0.42),
        ({"team": acme}, "month", {"model_pattern": "claude-opus-*"}, 0.55),
        ({"user": User.objects.get(username="bob")}, "month", {}, 0.31),
        ({"key": key}, "day", {}, 0.93),
        ({}, "month", {"soft_limit": 0.9}, 0.64),
    ):
        _budget(entity, window, more, used)


def _budget(entity: dict[str, Any], window: str, more: dict[str, Any], used: float) -> None:
    when = span(Window(window, more.get("rolling", False)), timezone.now())
    where = {f"{name}_id": row.pk for name, row in entity.items()}
    rows = UsageHour.objects.filter(hour__gte=when.since, **where)
    if "model_pattern" in more:
        rows = rows.filter(model__startswith="claude-opus")
    spent = sum((row.cost_usd for row in rows), Decimal(0)) or Decimal("1.5")
    limit = Decimal(math.ceil(float(spent) / used * 100)) / 100
    soft = more.get("soft_limit")
    row = Budget.objects.create(
        **entity, window=window, limit=limit, **{**more, "soft_limit": soft and limit * Decimal(str(soft))}
    )
    BudgetWindow.objects.create(budget=row, window_start=when.start, spent=spent, leased=Decimal("0.8"))
