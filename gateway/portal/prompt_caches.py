"""What prompt caches brought a team or the organisation, by model, and which requests broke a prefix."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from accounts.models import User
from accounts.rights import NotYours, Rights
from gateway import boot, prompt_cache
from gateway.models import RollupState
from gateway.portal import periods
from gateway.portal.access import led_team, page, show
from gateway.ports import Snapshot
from gateway.pricing import Price
from gateway.reports import EVERYTHING, Scope


@page
def of_team(request: HttpRequest, rights: Rights, slug: str) -> HttpResponseBase:
    team = led_team(rights, slug)
    own = {"title": team.name or team.slug, "here": "teams", "tab": "prompt-cache", "team": team}
    return show(request, rights, "prompt_cache.html", {**own, **_shown(request, Scope((team.pk,)))})


@page
def of_organisation(request: HttpRequest, rights: Rights) -> HttpResponseBase:
    if not rights.is_admin:
        raise NotYours
    own = {"title": "Prompt cache", "here": "organisation"}
    return show(request, rights, "prompt_cache.html", {**own, **_shown(request, EVERYTHING)})


def _shown(request: HttpRequest, scope: Scope) -> dict[str, Any]:
    period = periods.asked(request.GET)
    snapshot = boot.snapshot()

    def price_of(team_id: int, account: str, vendor: str, model: str) -> Price | None:
        return _price(snapshot, team_id, account, vendor, model)

    rows = prompt_cache.by_model(period.first, period.last, price_of, scope)
    broken = prompt_cache.broken(timezone.now(), scope)
    state = RollupState.objects.filter(pk=1).first()
    people = User.objects.filter(pk__in={one.user_id for one in broken if one.user_id})
    holders = dict(people.values_list("pk", "username"))
    return {
        "period": period,
        "choices": periods.CHOICES,
        "rows": rows,
        "total": prompt_cache.total(rows),
        "unpriced": sum(row.net is None for row in rows),
        "broken": [(one, holders.get(one.user_id or 0, "")) for one in broken],
        "looked_at": prompt_cache.NEWEST,
        "counted_to": state.counted_to if state else None,
    }


def _price(snapshot: Snapshot, team_id: int, account: str, vendor: str, model: str) -> Price | None:
    team, known = snapshot.teams.get(team_id), snapshot.accounts.get(account)
    prices = team.prices if team is not None else snapshot.prices
    return prices.price(vendor, model, known.base_url if known is not None else "")
