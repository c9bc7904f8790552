"""The figures of a dashboard, read from the roll-ups in five queries, however much was used."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from accounts.models import Team
from gateway import reports
from gateway.models import RollupState
from gateway.portal import naming
from gateway.portal.naming import Name
from gateway.portal.periods import Period
from gateway.reports import Dimension, Line, Scope, Totals

SERIES = 7  # of a chart; the rest is one more
_SUMS = tuple(field.name for field in fields(Totals))
OTHER, NO_CENTRE = "others", "(no cost centre)"


@dataclass(frozen=True, slots=True)
class Breakdown:
    """One way to cut the figures. `word` in the address, `column` of the reports."""

    word: str
    title: str
    column: Dimension


OF_A_TEAM = (
    Breakdown("model", "Model", "model"),
    Breakdown("provider", "Provider", "account"),
    Breakdown("tier", "Tier", "tier"),
    Breakdown("user", "Person", "user"),
    Breakdown("key", "Key", "key"),
    Breakdown("surface", "Interface", "surface"),
)
OF_ALL = (Breakdown("team", "Team", "team"), Breakdown("cost_centre", "Cost centre", "team"), *OF_A_TEAM)


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table."""

    value: Any
    name: Name
    totals: Totals
    share: float

    @property
    def error_share(self) -> float | None:
        return part(self.totals.failed_operations, self.totals.operations)


@dataclass(frozen=True, slots=True)
class Figures:
    """`before`: of as many days before. `days`: all of them, in order. `tiers`: dearest first. `chart`: for the script.
    `counted_to`: what the roll-ups know of; None: nothing yet."""

    period: Period
    breakdown: Breakdown
    total: Totals
    before: Totals
    days: list[Line]
    tiers: list[Row]
    rows: list[Row]
    chart: dict[str, Any]
    counted_to: dt.datetime | None


def read(period: Period, scope: Scope, breakdown: Breakdown) -> Figures:
    by_day_tier = reports.usage(("day", "tier"), period.first, period.last, scope)
    days = filled(_folded(by_day_tier, lambda values: values[0]), period)
    total = summed(line.totals for line in days)
    tiers = _rows("tier", _folded(by_day_tier, lambda values: values[1]), total)
    rows, fold = _broken_down(period, scope, breakdown, total)
    state = RollupState.objects.filter(pk=1).first()
    return Figures(
        period=period,
        breakdown=breakdown,
        total=total,
        before=reports.total(*period.before, scope),
        days=days,
        tiers=tiers,
        rows=rows,
        chart=_chart(period, scope, breakdown, rows, days, fold),
        counted_to=state.counted_to if state else None,
    )


def filled(found: Mapping[dt.date, Totals], period: Period) -> list[Line]:
    """A line for every day of the period."""
    days = (period.first + dt.timedelta(days=n) for n in range(period.days))
    return [Line((day,), found.get(day, Totals())) for day in days]


def summed(parts: Iterable[Totals]) -> Totals:
    sums: dict[str, Any] = {name: getattr(Totals(), name) for name in _SUMS}
    for one in parts:
        for name in _SUMS:
            sums[name] += getattr(one, name)
    return Totals(**sums)


def minus(whole: Totals, parts: Iterable[Totals]) -> Totals:
    taken = summed(parts)
    return Totals(**{name: getattr(whole, name) - getattr(taken, name) for name in _SUMS})


def part(of: Any, whole: Any) -> float | None:
    return float(of) / float(whole) if whole else None


def tokens(totals: Totals) -> int:
    """Of every kind; reasoning is part of the output."""
    return totals.input_tokens + totals.output_tokens + totals.cache_read_tokens + totals.cache_write_tokens


def _folded(lines: Iterable[Line], key: Callable[[Sequence[Any]], Any]) -> dict[Any, Totals]:
    groups: dict[Any, list[Totals]] = {}
    for line in lines:
        groups.setdefault(key(line.values), []).append(line.totals)
    return {value: parts[0] if len(parts) == 1 else summed(parts) for value, parts in groups.items()}


def _rows(dimension: str, found: Mapping[Any, Totals], total: Totals) -> list[Row]:
    named = naming.names(dimension, found)
    rows = [Row(value, named[value], sums, part(sums.cost_usd, total.cost_usd) or 0.0) for value, sums in found.items()]
    return sorted(rows, key=lambda row: (-row.totals.cost_usd, -row.totals.operations, row.name.text))


def cost_centres() -> dict[int, str]:
    """Of each team."""
    return {pk: centre or NO_CENTRE for pk, centre in Team.objects.values_list("pk", "cost_center")}


def _broken_down(
    period: Period, scope: Scope, breakdown: Breakdown, total: Totals
) -> tuple[list[Row], Callable[[Any], Any]]:
    """The rows, and what a value of the reports counts for among them."""
    lines = reports.usage((breakdown.column,), period.first, period.last, scope)
    if breakdown.word != "cost_centre":
        found = {line.values[0]: line.totals for line in lines}
        return _rows(breakdown.column, found, total), lambda value: value
    centres = cost_centres()

    def centre(team: Any) -> str:
        return centres.get(team, NO_CENTRE)

    return _rows("cost_centre", _folded(lines, lambda values: centre(values[0])), total), centre


def _chart(
    period: Period,
    scope: Scope,
    breakdown: Breakdown,
    rows: Sequence[Row],
    days: Sequence[Line],
    fold: Callable[[Any], Any],
) -> dict[str, Any]:
    top = rows if len(rows) <= SERIES + 1 else rows[:SERIES]
    among = (
        None
        if len(top) == len(rows) or breakdown.word == "cost_centre"
        else {breakdown.column: [row.value for row in top]}
    )
    lines = reports.usage(("day", breakdown.column), period.first, period.last, scope, among=among)
    cells = _folded(lines, lambda values: (values[0], fold(values[1])))
    series = [
        _series(row.name.text, [cells.get((line.values[0], row.value), Totals()) for line in days]) for row in top
    ]
    if len(top) < len(rows):
        rest = [minus(line.totals, (cells.get((line.values[0], row.value), Totals()) for row in top)) for line in days]
        series.append({**_series(f"{len(rows) - len(top)} {OTHER}", rest), "rest": True})
    return {"days": [line.values[0].isoformat() for line in days], "series": series}


def _series(name: str, cells: Sequence[Totals]) -> dict[str, Any]:
    return {
        "name": name,
        "cost": [float(cell.cost_usd) for cell in cells],
        "requests": [cell.operations for cell in cells],
        "tokens": [tokens(cell) for cell in cells],
        "saved": [float(cell.saved_usd) for cell in cells],
    }
