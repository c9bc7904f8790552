"""What the passes saved: of each pass by its receipts (gross), and of the sessions against those held out (net)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from accounts.models import Team
from accounts.rights import NotYours, Rights
from gateway import reports
from gateway.models import NetSavings
from gateway.netting import LEAST_SESSIONS
from gateway.portal import periods
from gateway.portal.access import led_team, page, show
from gateway.portal.receipts import pass_words
from gateway.portal.words import percent
from gateway.reports import EVERYTHING, PassLine, Scope, Totals
from gateway.switching_off import REASON
from routing import policy_versions
from routing.models import PolicyVersion, RoutingPolicy

_TOLD = dt.timedelta(days=90)  # how long the page says that something was switched off


@dataclass(frozen=True, slots=True)
class Line:
    words: str
    row: PassLine

    @property
    def share(self) -> float | None:
        """Of the tokens it looked at."""
        return self.row.tokens_saved / self.row.tokens_before if self.row.tokens_before else None


@dataclass(frozen=True, slots=True)
class Net:
    """`tone`: of the verdict (good | warn | bad | ""), `short`: of it in a table, `text`: of it in full."""

    row: NetSavings | None
    tone: str
    short: str
    text: str

    @property
    def gross_share(self) -> float | None:
        row = self.row
        whole = row.cost_usd + row.gross_usd if row is not None else Decimal(0)
        return float(row.gross_usd / whole) if row is not None and whole > 0 else None


@page
def of_team(request: HttpRequest, rights: Rights, slug: str) -> HttpResponseBase:
    team = led_team(rights, slug)
    found = NetSavings.objects.filter(team=team).first()
    live = policy_versions.live_row(team.pk)
    context = {
        "title": team.name or team.slug, "here": "teams", "tab": "savings", "team": team,
        **_shown(request, Scope((team.pk,)), found, live),
    }  # fmt: skip
    return show(request, rights, "savings.html", context)


@page
def of_organisation(request: HttpRequest, rights: Rights) -> HttpResponseBase:
    if not rights.is_admin:
        raise NotYours
    found = NetSavings.objects.filter(team=None).first()
    live = RoutingPolicy.objects.filter(team=None).first() or RoutingPolicy()
    context = {"title": "Savings", "here": "organisation", **_shown(request, EVERYTHING, found, live)}
    context["teams"] = _teams(context["period"])
    return show(request, rights, "savings.html", context)


def _shown(request: HttpRequest, scope: Scope, found: NetSavings | None, live: RoutingPolicy) -> dict[str, Any]:
    period = periods.asked(request.GET)
    lines = [Line(pass_words(row.name), row) for row in reports.passes(period.first, period.last, scope.team_ids)]
    return {
        "period": period,
        "choices": periods.CHOICES,
        "lines": lines,
        "total": reports.total(period.first, period.last, scope),
        "net": net(found),
        "policy": live,
        "switched": _switched(live),
    }


def net(row: NetSavings | None) -> Net:
    """The verdict in plain words."""
    if row is None:
        return Net(row, "", "not measured yet", "Nothing was measured yet: that is done once a night.")
    if row.net_share is None or row.low is None or row.high is None:
        counts = f"{row.sessions_treated:,} with passes and {row.sessions_held_out:,} held out"
        text = (
            f"Not enough yet to say what is saved net: it takes {LEAST_SESSIONS} paid sessions of two requests or more on "
            f"each side. Since {row.since:%-d %b %Y} there were {counts}."
        )
        return Net(row, "", "not enough yet", text)
    sure = f"between {_way(row.low)} and {_way(row.high)}, as sure as 95 in 100"
    if row.low > 0:
        return Net(row, "good", percent(row.net_share), f"Sessions with passes cost {_way(row.net_share)}: {sure}.")
    if row.high < 0:
        return Net(row, "bad", percent(row.net_share), f"Sessions with passes cost {_way(row.net_share)}: {sure}.")
    text = f"No difference can be told yet. The best guess is {_way(row.net_share)}, but it may be anything {sure}."
    return Net(row, "warn", percent(row.net_share), text)


def _way(share: float) -> str:
    """Of a share saved, below 0: added."""
    return f"{percent(abs(share))} {'more' if share < 0 else 'less'}"


def _switched(live: RoutingPolicy) -> list[dict[str, Any]]:
    """What was switched off by itself in this policy, newest first."""
    if live.pk is None:
        return []
    since = timezone.now() - _TOLD
    rows = PolicyVersion.objects.filter(policy=live, reason__startswith=REASON, created_at__gt=since)[:5]
    return [{"at": row.created_at, "why": row.reason.removeprefix(REASON)} for row in rows]


def _teams(period: periods.Period) -> Sequence[dict[str, Any]]:
    """What saved most comes first; teams that used nothing and of which nothing is known are left out."""
    used = {line.values[0]: line.totals for line in reports.usage(("team",), period.first, period.last)}
    known = {row.team_id: row for row in NetSavings.objects.exclude(team=None)}
    rows = [
        {"team": team, "totals": used.get(team.pk, Totals()), "net": net(known.get(team.pk))}
        for team in Team.objects.filter(pk__in={*used, *known}).order_by("slug")
    ]
    return sorted(rows, key=lambda row: -row["totals"].saved_usd)
