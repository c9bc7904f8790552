"""A developer's own page: what they use, what is left of their budgets, how to set a client up."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from accounts.models import ApiKey, Budget, Team, User
from accounts.rights import Rights
from gateway import reports
from gateway.portal import burning, figures, periods, setups, traffic
from gateway.portal.access import page, show
from gateway.portal.burning import Burn
from gateway.portal.dashboards import chosen, shown
from gateway.portal.figures import Breakdown
from gateway.reports import Scope

OF_MINE = (
    Breakdown("model", "Model", "model"),
    Breakdown("key", "Key", "key"),
    Breakdown("tier", "Tier", "tier"),
    Breakdown("provider", "Provider", "account"),
    Breakdown("surface", "Interface", "surface"),
)
CHOICES = tuple(choice for choice in periods.CHOICES if choice[0] != "month")
LATEST = 8


@page
def overview(request: HttpRequest, rights: Rights) -> HttpResponseBase:
    me = person(rights)
    scope, period = Scope(user_id=me.pk), periods.asked({"period": "30d", **request.GET.dict()})
    found = figures.read(period, scope, chosen(request, OF_MINE))
    burns = burning.burns(list(budgets(rights, me)), timezone.now())
    context = {
        **shown(request, found, OF_MINE),
        "title": "My page",
        "here": "me",
        "tab": "overview",
        "choices": CHOICES,
        "burns": [(burn, _again(burn)) for burn in sorted(burns, key=lambda burn: -burn.used)],
        "limits": limits(rights, me),
        "latest": traffic.lines(reports.recent_operations(scope, limit=LATEST)),
        "keys_count": ApiKey.objects.filter(user=me, revoked_at=None).count(),
    }
    return show(request, rights, "me.html", context)


@page
def setup(request: HttpRequest, rights: Rights) -> HttpResponseBase:
    context = {
        "title": "My page",
        "here": "me",
        "tab": "setup",
        "setups": setups.setups(setups.address(request)),
        "has_keys": ApiKey.objects.filter(user=person(rights), revoked_at=None).exists(),
    }
    return show(request, rights, "me_setup.html", context)


def _again(burn: Burn) -> dt.date:
    """The day the window of a budget begins anew, where the budget counts its days."""
    return burn.when.end.astimezone(ZoneInfo(burn.budget.time_zone)).date()


def person(rights: Rights) -> User:
    """Who is at the page: pages are people's, so there is somebody."""
    assert rights.user is not None
    return rights.user


def budgets(rights: Rights, me: User) -> Any:
    """Those that can refuse this person's requests: their own, their keys', their teams', not the organisation's, whose
    figures are the administrators'."""
    mine = Q(user=me) | Q(key__user=me, key__team__in=rights.roles, key__revoked_at=None) | Q(team__in=rights.roles)
    rows = Budget.objects.filter(mine, is_active=True).select_related("team", "user", "key", "key__team")
    return rows.order_by("created_at", "pk").distinct()


def limits(rights: Rights, me: User) -> list[dict[str, Any]]:
    """Rates that hold for this person: (whose, requests/min, tokens/min, at once), only of those that have any."""
    keys = ApiKey.objects.filter(user=me, team__in=rights.roles, revoked_at=None).order_by("name")
    holders = [("you", me), *((f"team {team.slug}", team) for team in Team.objects.filter(pk__in=rights.roles))]
    holders += [(f"key {key.name}", key) for key in keys if key.is_live]
    found = []
    for whose, row in holders:
        rates = (row.requests_per_minute, row.tokens_per_minute, row.parallel_requests)
        if any(rate is not None for rate in rates):
            found.append({"whose": whose, "requests": rates[0], "tokens": rates[1], "parallel": rates[2]})
    return found
