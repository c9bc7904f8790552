"""Budgets in their windows of now: what is left, and when it will be used up if spending goes on as it did.

What was spent is the counter that requests are held against; the curve of how it came is of the roll-ups, which lag it by
minutes.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from accounts.models import Budget, BudgetIncrease, BudgetWindow
from accounts.windows import Span, span
from gateway import reports
from gateway.leases import BudgetView
from gateway.reports import Line, Scope
from gateway.rollups import HOUR
from gateway.snapshot.budgets import view
from routing.tiers import TargetRef

NEARLY = 0.9  # of a limit
EARLY = 0.04  # of a window: before, a forecast says nothing
_WINDOWS = {"day": "24 hours", "week": "7 days", "month": "30 days"}


@dataclass(frozen=True, slots=True)
class Burn:
    """A budget now. USD. `limit` and `soft`: with temporary increases. `at_end`: what will have been spent at the end of the
    window, None if it is too early to say, or rolling; `empty_at`: when the limit will be reached, None: not in this one."""

    budget: Budget
    seen: BudgetView
    when: Span
    now: dt.datetime
    limit: Decimal
    soft: Decimal | None
    spent: Decimal
    leased: Decimal
    at_end: Decimal | None = None
    empty_at: dt.datetime | None = None

    @property
    def left(self) -> Decimal:
        return self.limit - self.spent

    @property
    def over(self) -> Decimal:
        """What was spent past the limit."""
        return max(Decimal(0), -self.left)

    @property
    def past_soft(self) -> bool:
        return self.soft is not None and self.spent >= self.soft

    @property
    def used(self) -> float:
        """0..; above 1 if passed. A limit of 0 is used up."""
        return float(self.spent / self.limit) if self.limit else 1.0

    @property
    def level(self) -> str:
        """good | warn (past the soft limit, nearly used up, or so before the window ends) | bad (used up)."""
        if self.left <= 0:
            return "bad"
        if self.past_soft or self.empty_at is not None or self.used >= NEARLY:
            return "warn"
        return "good"

    @property
    def window(self) -> str:
        row = self.budget
        zone = "" if row.rolling and row.window == "day" else f", {row.time_zone}"
        return f"last {_WINDOWS[row.window]}{zone}" if row.rolling else f"{_CALENDAR[row.window]}{zone}"

    @property
    def increase(self) -> Decimal:
        return self.limit - self.budget.limit

    @property
    def bar(self) -> dict[str, float]:
        """Of a bar 100 wide: used, soft mark."""
        soft = float(self.soft / self.limit) * 100 if self.soft is not None and self.limit else -1.0
        return {"used": min(100.0, round(self.used * 100, 2)), "soft": round(soft, 2)}


_CALENDAR = {"day": "today", "week": "this week", "month": "this month"}


def burns(rows: Sequence[Budget], now: dt.datetime) -> list[Burn]:
    """In the order given; two queries."""
    increases: dict[Any, list[tuple[Decimal, float]]] = defaultdict(list)
    for one in BudgetIncrease.objects.filter(budget__in=rows, expires_at__gt=now):
        increases[one.budget_id].append((one.amount, one.expires_at.timestamp()))
    seen = [(row, view(row, tuple(increases[row.pk]))) for row in rows]
    spans = {row.pk: span(each.window, now) for row, each in seen}
    figures: dict[Any, list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
    since = min((when.since for when in spans.values()), default=now)
    for window in BudgetWindow.objects.filter(budget__in=rows, window_start__gte=since):
        when = spans[window.budget_id]
        if when.since <= window.window_start <= when.start:
            figures[window.budget_id][0] += window.spent
            figures[window.budget_id][1] += window.leased
    return [_burn(row, each, spans[row.pk], *figures[row.pk], now) for row, each in seen]


def _burn(row: Budget, seen: BudgetView, when: Span, spent: Decimal, leased: Decimal, now: dt.datetime) -> Burn:
    limit, soft = seen.limit_at(now.timestamp()), seen.soft_at(now.timestamp())
    at_end = empty_at = None
    length, gone = when.end - when.since, now - when.since
    if not row.rolling and gone / length >= EARLY:
        at_end = spent * Decimal(length / gone)
        if spent > 0 and at_end >= limit > spent:
            empty_at = when.since + gone * float(limit / spent)
    return Burn(row, seen, when, now, limit, soft, spent, leased, at_end, empty_at)


def curves(burning: Iterable[Burn], scope: Scope) -> list[dict[str, Any]]:
    """For the charts: what was left of each, by the hour; one query of the hourly totals of `scope`."""
    burning = list(burning)
    if not burning:
        return []
    first = min(burn.when.since for burn in burning)
    by_model = any(burn.seen.model_pattern for burn in burning)
    by: tuple[reports.Dimension, ...] = ("hour", "account", "model") if by_model else ("hour",)
    lines = reports.usage(by, first.date(), burning[0].now.astimezone(dt.UTC).date(), scope)
    return [_curve(burn, lines) for burn in burning]


def _curve(burn: Burn, lines: Sequence[Line]) -> dict[str, Any]:
    start = burn.when.since.replace(minute=0, second=0, microsecond=0)
    spent_in: dict[dt.datetime, Decimal] = defaultdict(Decimal)
    for line in lines:
        if line.values[0] >= start and (len(line.values) == 1 or burn.seen.covers(TargetRef(*line.values[1:]))):
            spent_in[line.values[0]] += line.totals.cost_usd
    left, points = burn.limit, [(burn.when.since, burn.limit)]
    step = HOUR if burn.when.end - burn.when.since <= dt.timedelta(days=8) else 6 * HOUR
    moment, mark = start, burn.when.since + step
    while moment + HOUR < burn.now:
        left -= spent_in.get(moment, Decimal(0))
        moment += HOUR
        if moment >= mark:
            points.append((moment, left))
            mark = moment + step
    points.append((burn.now, burn.left))
    end = None
    if burn.at_end is not None and burn.left > 0:
        stop = burn.empty_at or burn.when.end
        end = [_at(stop), float(max(Decimal(0), burn.limit - burn.at_end))]
    return {
        "limit": float(burn.limit),
        "soft": None if burn.soft is None else float(burn.limit - burn.soft),
        "points": [[_at(moment), float(left)] for moment, left in points],
        "forecast": end,
        "end": _at(burn.when.end if not burn.budget.rolling else burn.now),
        "level": burn.level,
    }


def _at(moment: dt.datetime) -> int:
    """Milliseconds, as scripts count."""
    return int(moment.timestamp() * 1000)
