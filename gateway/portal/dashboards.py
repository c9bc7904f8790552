"""What a team spends (its lead's page), and all of them together (the administrator's)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from accounts.models import ApiKey, Budget, Membership
from accounts.rights import NotYours, Rights
from gateway import reports
from gateway.portal import burning, exporting, figures, periods, tables
from gateway.portal.access import led_team, page, show
from gateway.portal.figures import OF_A_TEAM, OF_ALL, Breakdown, Figures
from gateway.reports import EVERYTHING, Scope, Totals

MOST_BUDGETS = 12  # with a chart each


@page
def listed(request: HttpRequest, rights: Rights) -> HttpResponseBase:
    """The teams one leads, with this month's figures."""
    if not (rights.is_admin or rights.led):
        raise NotYours
    rows = rights.teams() if rights.is_admin else rights.teams().filter(pk__in=rights.led)
    teams = list(rows.order_by("slug"))
    people = _counted(Membership.objects.filter(team__in=teams))
    keys = _counted(ApiKey.objects.filter(team__in=teams, revoked_at=None, replaced_by=None))
    month = periods.asked({"period": "month"})
    scope = EVERYTHING if rights.is_admin else Scope(tuple(team.pk for team in teams))
    spent = {line.values[0]: line.totals for line in reports.usage(("team",), month.first, month.last, scope)}
    budgets = list(Budget.objects.filter(team__in=teams, is_active=True).select_related("team", "user", "key"))
    tightest: dict[int | None, burning.Burn] = {}
    for burn in burning.burns(budgets, timezone.now()):
        team_id = burn.budget.team_id
        if team_id not in tightest or burn.used > tightest[team_id].used:
            tightest[team_id] = burn
    lines = [
        {
            "team": team,
            "people": people.get(team.pk, 0),
            "keys": keys.get(team.pk, 0),
            "totals": spent.get(team.pk, Totals()),
            "burn": tightest.get(team.pk),
        }
        for team in teams
    ]
    return show(request, rights, "teams.html", {"title": "Teams", "here": "teams", "lines": lines, "period": month})


def _counted(rows: QuerySet[Any]) -> dict[int, int]:
    """How many of each team."""
    return dict(rows.order_by().values_list("team_id").annotate(number=Count("pk")))


@page
def of_team(request: HttpRequest, rights: Rights, slug: str) -> HttpResponseBase:
    team = led_team(rights, slug)
    period, scope = periods.asked(request.GET), Scope((team.pk,))
    breakdown = chosen(request, OF_A_TEAM)
    budgets = Budget.objects.filter(team=team, is_active=True).select_related("team", "user", "key")
    burns = burning.burns(list(budgets.order_by("window", "model_pattern")[:MOST_BUDGETS]), timezone.now())
    return show(
        request,
        rights,
        "team.html",
        {
            "title": team.name or team.slug,
            "here": "teams",
            "tab": "overview",
            "team": team,
            **shown(request, figures.read(period, scope, breakdown), OF_A_TEAM),
            **_burning(burns, scope),
        },
    )


@page
def of_organisation(request: HttpRequest, rights: Rights) -> HttpResponseBase:
    if not rights.is_admin:
        raise NotYours
    period, breakdown = periods.asked(request.GET), chosen(request, OF_ALL)
    budgets = Budget.objects.filter(team=None, user=None, key=None, is_active=True)
    burns = burning.burns(list(budgets.order_by("window", "model_pattern")[:MOST_BUDGETS]), timezone.now())
    return show(
        request,
        rights,
        "organisation.html",
        {
            "title": "Organisation",
            "here": "organisation",
            **shown(request, figures.read(period, EVERYTHING, breakdown), OF_ALL),
            **_burning(burns, EVERYTHING),
        },
    )


@page
def team_csv(request: HttpRequest, rights: Rights, slug: str) -> HttpResponseBase:
    team = led_team(rights, slug)
    period, breakdown = periods.asked(request.GET), chosen(request, OF_A_TEAM)
    return exporting.response(request, team.slug, period, Scope((team.pk,)), breakdown)


@page
def organisation_csv(request: HttpRequest, rights: Rights) -> HttpResponseBase:
    if not rights.is_admin:
        raise NotYours
    return exporting.response(request, "organisation", periods.asked(request.GET), EVERYTHING, chosen(request, OF_ALL))


def chosen(request: HttpRequest, breakdowns: Sequence[Breakdown]) -> Breakdown:
    """What ``?by=`` says; the first for what makes no sense."""
    return next((one for one in breakdowns if one.word == request.GET.get("by")), breakdowns[0])


def _burning(burns: list[burning.Burn], scope: Scope) -> dict[str, Any]:
    charts = {f"burn-{number}": curve for number, curve in enumerate(burning.curves(burns, scope))}
    return {"burns": burns, "burn_charts": charts, "tightest": max(burns, key=lambda burn: burn.used, default=None)}


def shown(request: HttpRequest, found: Figures, breakdowns: Sequence[Breakdown]) -> dict[str, Any]:
    total = found.total
    tokens = figures.tokens(total)
    prompt = total.input_tokens + total.cache_read_tokens + total.cache_write_tokens
    return {
        "figures": found,
        "period": found.period,
        "choices": periods.CHOICES,
        "breakdowns": breakdowns,
        "breakdown": found.breakdown,
        "table": tables.table(request, found),
        "total": total,
        "tokens": tokens,
        "average": total.cost_usd / total.operations if total.operations else None,
        "a_day": total.cost_usd / found.period.days,
        "errors": figures.part(total.failed_operations, total.operations),
        "prompt": prompt,
        "change": _change(found),
        "kinds": _kinds(total, tokens),
        "tiers": _strip(found.tiers),
    }


def _change(found: Figures) -> float | None:
    """Of the spending, to the days before; None if there was none."""
    before = found.before.cost_usd
    return float((found.total.cost_usd - before) / before) if before else None


def _kinds(total: Totals, tokens: int) -> list[tuple[str, int, float]]:
    kinds = (
        ("Input", total.input_tokens),
        ("Cache read", total.cache_read_tokens),
        ("Cache write", total.cache_write_tokens),
        ("Output", total.output_tokens),
    )
    return [(name, number, number / tokens if tokens else 0.0) for name, number in kinds]


def _strip(tiers: Sequence[figures.Row]) -> list[dict[str, Any]]:
    """Pieces of a bar 100 wide, by requests, in the order of the tiers."""
    order = {name: place for place, name in enumerate(("SIMPLE", "MEDIUM", "COMPLEX", "REASONING"))}
    whole = sum(row.totals.operations for row in tiers)
    pieces, x = [], 0.0
    for row in sorted(tiers, key=lambda row: (order.get(row.value, 9), row.value)):
        share = row.totals.operations / whole if whole else 0.0
        place = order.get(row.value, 4)
        pieces.append({"row": row, "share": share, "x": round(x, 3), "width": round(share * 100, 3), "place": place})
        x += share * 100
    return pieces
