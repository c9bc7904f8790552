"""What a team's traffic would have cost under other bounds or a pinned tier: read only, for its leads."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponseBase, QueryDict

from accounts.rights import NotYours, Rights
from gateway import boot, previewing
from gateway.portal.access import led_team, page, show
from gateway.ports import Team
from routing.tiers import Bounds, Policy, Tier

NAMES = ("simple", "medium", "complex")


@page
def of_team(request: HttpRequest, rights: Rights, slug: str) -> HttpResponseBase:
    team = led_team(rights, slug)
    snapshot = boot.snapshot()
    live = snapshot.teams.get(team.pk)
    if live is None:
        raise NotYours
    policy, problem = _asked(request.GET, live)
    days = 30 if request.GET.get("days") == "30" else 7
    changed = replace(snapshot, teams={**snapshot.teams, team.pk: replace(live, policy=policy)})
    figures: dict[str, Any] = {}
    if not problem and policy != live.policy:
        figures = previewing.compared(snapshot, changed, days)
    context = {
        "title": team.name or team.slug, "here": "teams", "tab": "what-if", "team": team, "days": days,
        "problem": problem,
        "fields": list(zip(NAMES, policy.bounds, live.policy.bounds, strict=True)), "policy": policy, "live": live.policy,
        "pinned": policy.pinned_tier.name if policy.pinned_tier is not None else "",
        "all_tiers": [tier.name for tier in Tier],
        "tiers": [tier.name.lower() for tier in Tier], "asked": bool(figures), **figures,
    }  # fmt: skip
    return show(request, rights, "what_if.html", context, 422 if problem else 200)


def _asked(form: QueryDict, team: Team) -> tuple[Policy, str]:
    """The live policy with what was asked for, and what is wrong with that."""
    live = team.policy
    pinned = live.pinned_tier
    if "pinned" in form:
        pinned = Tier.parse(form["pinned"])
    try:
        bounds = Bounds(*(int(form.get(name) or usual) for name, usual in zip(NAMES, live.bounds, strict=True)))
    except ValueError:
        return live, "Bounds are whole numbers."
    if not 0 <= bounds.simple < bounds.medium < bounds.complex <= 99:
        return live, "Bounds must rise from tier to tier, between 0 and 99."
    return replace(live, bounds=bounds, pinned_tier=pinned), ""
