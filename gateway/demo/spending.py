"""Budgets of the invented organisation, and what their windows hold: exactly what the ledger says.

Limits are made from what was spent, so that on whatever day the demo is made some budgets are at ease, some past their soft
limit and one is spent."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from accounts.models import ApiKey, Budget, BudgetIncrease, BudgetWindow, Team, User
from accounts.windows import Window, span
from gateway.budget_news import PERCENTAGES
from gateway.demo.organisation import LEAD, MEMBER
from gateway.snapshot.budgets import view
from routing.tiers import TargetRef

_LEAST = Decimal(5)


@dataclass(frozen=True, slots=True)
class Charge:
    """What a budget sees of a ledger entry."""

    at: dt.datetime
    team_id: int
    user_id: int
    key_id: Any
    target: TargetRef
    amount: Decimal


class _Charges:
    """Charges by whom they are of."""

    def __init__(self, charges: Sequence[Charge]) -> None:
        self._all = charges
        self._by: dict[tuple[str, Any], list[Charge]] = defaultdict(list)
        for charge in charges:
            for name in ("team_id", "user_id", "key_id"):
                self._by[name, getattr(charge, name)].append(charge)

    def of(self, budget: Budget) -> Sequence[Charge]:
        for name in ("team_id", "user_id", "key_id"):
            if (wanted := getattr(budget, name)) is not None:
                return self._by[name, wanted]
        return self._all


@dataclass(frozen=True, slots=True)
class Plan:
    """A budget, whose limit is what the last 30 days cost divided by `used`; scaled to the window's length unless it is
    rolling. `soft`: the soft limit as a share of the limit."""

    window: str
    used: str
    rolling: bool = False
    soft: str | None = "0.8"
    team: str = ""
    user: str = ""
    models: str = ""
    cap: str = ""
    zone: str = "UTC"


PLANS = (
    Plan("month", "0.62", zone="Europe/Berlin"),
    Plan("month", "0.7", team="platform", zone="Europe/Berlin"),
    Plan("week", "0.6", team="platform", soft=None, zone="Europe/Berlin"),
    Plan("month", "0.86", team="payments", rolling=True, zone="Europe/Berlin"),
    Plan("month", "0.97", team="search", rolling=True, cap="MEDIUM", zone="Europe/Berlin"),
    Plan("month", "0.55", team="mobile"),
    Plan("month", "0.8", team="web", zone="Europe/Berlin"),
    Plan("month", "0.75", team="data", zone="America/New_York"),
    Plan("month", "0.84", team="data", rolling=True, models="claude-opus-*", zone="America/New_York"),
    Plan("month", "0.4", team="security", zone="America/New_York"),
    Plan("month", "0.95", team="infra", zone="Asia/Kolkata"),
    Plan("month", "1.004", team="support", rolling=True),
    Plan("month", "0.5", team="marketing"),
    Plan("month", "0.9", team="research", rolling=True, zone="America/Los_Angeles"),
    Plan("day", "0.35", team="research", soft=None, zone="America/Los_Angeles"),
    Plan("month", "0.3", team="finance"),
    Plan("month", "0.87", user=MEMBER, rolling=True),
    Plan("week", "0.5", user=MEMBER, soft=None, zone="Europe/Berlin"),
    Plan("month", "0.6", user=LEAD),
)


def write(charges: Sequence[Charge], now: dt.datetime, first: dt.date) -> None:
    """The budgets of `PLANS` and every window of them since `first`, and an increase that runs out soon."""
    began = dt.datetime(first.year, first.month, first.day, tzinfo=dt.UTC) - dt.timedelta(days=45)
    found = _Charges(charges)
    teams = {team.slug: team for team in Team.objects.all()}
    users = {user.username: user for user in User.objects.all()}
    key = ApiKey.objects.filter(user__username="support-bot").first()
    for plan in PLANS:
        _make(Budget(team=teams.get(plan.team), user=users.get(plan.user)), plan, found, now, began)
    _make(Budget(key=key), Plan("day", "0.5", soft="0.9"), found, now, began)
    web = Budget.objects.get(team=teams["web"])
    BudgetIncrease.objects.create(
        budget=web, amount=Decimal(50), expires_at=now + dt.timedelta(days=5), reason="Launch week", author=users["lea"]
    )


def _make(budget: Budget, plan: Plan, charges: _Charges, now: dt.datetime, began: dt.datetime) -> None:
    budget.window, budget.rolling, budget.time_zone = plan.window, plan.rolling, plan.zone
    budget.model_pattern, budget.created_at = plan.models, began
    budget.limit = Decimal(0)
    mine = charges.of(budget)
    month = sum((c.amount for c in mine if c.at > now - dt.timedelta(days=30)), Decimal(0))
    share = {"day": Decimal(1) / 20, "week": Decimal(1) / 4, "month": Decimal(1)}[plan.window]
    budget.limit = _round(max(_LEAST, month * share / Decimal(plan.used)), up=Decimal(plan.used) < 1)
    if plan.soft is not None:
        budget.soft_limit = budget.limit * Decimal(plan.soft)
    if plan.cap:
        budget.soft_action, budget.cap_tier = Budget.SoftAction.CAP_TIER, plan.cap
    budget.save()
    seen = view(budget)
    spent = _by_window(seen.window, (charge for charge in mine if seen.covers(charge.target)))
    when = span(seen.window, now)
    total = sum((amount for start, amount in spent.items() if when.since <= start <= when.start), Decimal(0))
    marks = [*PERCENTAGES, *([int(Decimal(plan.soft) * 100)] if plan.soft else [])]
    told = max((mark for mark in marks if total * 100 >= mark * budget.limit), default=0)
    BudgetWindow.objects.bulk_create(
        BudgetWindow(budget=budget, window_start=start, spent=amount, notified=told if start == when.start else 0)
        for start, amount in sorted({when.start: Decimal(0), **spent}.items())
    )


def _by_window(window: Window, charges: Iterable[Charge]) -> dict[dt.datetime, Decimal]:
    found: dict[dt.datetime, Decimal] = defaultdict(Decimal)
    starts: dict[dt.datetime, dt.datetime] = {}
    for charge in charges:
        half_hour = charge.at.replace(minute=charge.at.minute // 30 * 30, second=0, microsecond=0)
        if (start := starts.get(half_hour)) is None:  # zones are whole half hours apart: a window begins with one
            start = starts[half_hour] = span(window, half_hour).start
        found[start] += charge.amount
    return found


def _round(amount: Decimal, up: bool) -> Decimal:
    """A limit as people set them; kept exact (4 places) where the point is that it is spent."""
    if not up:
        return amount.quantize(Decimal("0.01"))
    step = Decimal(5) if amount < 100 else Decimal(10)
    return (amount / step).quantize(Decimal(1)) * step or step
