"""Budgets as the data plane sees them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from django.utils import timezone

from accounts.models import Budget, BudgetIncrease
from accounts.windows import Window
from gateway.leases import BudgetBook, BudgetView
from routing.tiers import Tier


def book() -> BudgetBook:
    by: dict[str, dict[Any, list[BudgetView]]] = {name: defaultdict(list) for name in ("team", "user", "key")}
    organisation = []
    for row, seen in views():
        if row.team_id is not None:
            by["team"][row.team_id].append(seen)
        elif row.user_id is not None:
            by["user"][row.user_id].append(seen)
        elif row.key_id is not None:
            by["key"][str(row.key_id)].append(seen)
        else:
            organisation.append(seen)
    frozen = {name: {of: tuple(views) for of, views in found.items()} for name, found in by.items()}
    return BudgetBook(tuple(organisation), frozen["team"], frozen["user"], frozen["key"])


def views() -> Iterator[tuple[Budget, BudgetView]]:
    """All active budgets with their increases, in the order of their ids."""
    increases = defaultdict(list)
    rows = BudgetIncrease.objects.filter(expires_at__gt=timezone.now())
    for budget, amount, until in rows.values_list("budget_id", "amount", "expires_at"):
        increases[budget].append((amount, until.timestamp()))
    for row in Budget.objects.filter(is_active=True).select_related("team", "user", "key").order_by("id"):
        yield row, view(row, tuple(increases[row.id]))


def view(row: Budget, increases: tuple[tuple[Any, float], ...] = ()) -> BudgetView:
    return BudgetView(
        id=str(row.id),
        entity=entity(row),
        window=Window(row.window, row.rolling, row.time_zone),
        limit=row.limit,
        soft_limit=row.soft_limit,
        cap=Tier.parse(row.cap_tier) if row.soft_action == Budget.SoftAction.CAP_TIER else None,
        model_pattern=row.model_pattern,
        increases=increases,
    )


def entity(row: Budget) -> str:
    if row.team is not None:
        return f"team {row.team.slug}"
    if row.user is not None:
        return f"user {row.user.username}"
    return f"key {row.key.name}" if row.key is not None else "the organisation"
