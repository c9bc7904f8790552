"""A team's candidate policy beside the live one: started, compared, made live or stopped."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import redirect

from accounts.models import Team
from accounts.rights import NotYours, Rights
from gateway import sampling, shadowing
from gateway.portal import deeds
from gateway.portal.access import led_team, page, show
from gateway.snapshot.policies import candidate_of
from gateway.snapshot.rules import RulesByTeam
from routing import policy_versions, tier_maps
from routing.models import RoutingPolicy, ShadowPolicy

MOST_CONTENT = 200_000


@page
def of_team(request: HttpRequest, rights: Rights, slug: str) -> HttpResponseBase:
    """Leads see it; an administrator starts, stops and promotes."""
    team = led_team(rights, slug)
    outcome = deeds.NOTHING
    if request.method == "POST":
        rights.must_be_admin()
        outcome = deeds.tried(lambda: _do(request, team, request.POST))
        if outcome.done:
            messages.success(request, outcome.value)
            return redirect("portal-shadow", team.slug)
    row = ShadowPolicy.objects.filter(team=team).select_related("author").first()
    live_row = policy_versions.live_row(team.pk)
    live = live_row.content()
    context: dict[str, Any] = {
        "title": team.name or team.slug, "here": "teams", "tab": "shadow", "team": team, "outcome": outcome, "row": row,
        "content": request.POST.get("content") or json.dumps(live, indent=2, ensure_ascii=False),
        "share": request.POST.get("share") or "100", "tiers": ("simple", "medium", "complex", "reasoning"),
    }  # fmt: skip
    if row is not None:
        rows = sampling.shadowed_rows(team.pk, row.pk, row.started_at)
        context["found"] = shadowing.compare(rows)
        context["changes"] = _changes(row, live_row)
    return show(request, rights, "shadow.html", context, outcome.status)


def _changes(row: ShadowPolicy, live: RoutingPolicy) -> list[tuple[str, str, str]]:
    """What is different in the candidate, as people read it."""
    wanted = policy_versions.row_of(row.content, live).content()
    wanted |= {name: row.content[name] for name in policy_versions.BESIDE if name in row.content}
    text = policy_versions.text_of
    return [(name, text(old), text(new)) for name, old, new in policy_versions.differences(live.content(), wanted)]


def _do(request: HttpRequest, team: Team, form: QueryDict) -> str:
    """What was done, in words. Raises ValidationError."""
    act = form.get("act")
    if act == "start":
        return _start(request, team, form)
    row = ShadowPolicy.objects.filter(team=team).first()
    if row is None:
        raise NotYours
    if act == "stop":
        row.delete()
        return "The candidate is stopped. The live policy was never touched."
    if act == "promote":
        try:
            policy_versions.promote(row, request.user)
        except tier_maps.UnknownAccount as problem:
            raise ValidationError(f"It cannot be made live: {problem}.") from None
        return "The candidate is the live policy now. Its history tells what it was before, and brings that back."
    raise NotYours


def _start(request: HttpRequest, team: Team, form: QueryDict) -> str:
    text = form.get("content", "")
    try:
        content = json.loads(text) if len(text) <= MOST_CONTENT else None
        share = int(form.get("share", "100"))
    except (ValueError, RecursionError):
        raise ValidationError("The candidate must be a JSON object, and its share a whole number.") from None
    if not isinstance(content, dict):
        raise ValidationError("The candidate must be a JSON object, of no more than 200 kB.")
    if not 1 <= share <= 100:
        raise ValidationError("The share is between 1 and 100 percent.")
    if ShadowPolicy.objects.filter(team=team).exists():
        raise ValidationError("There is a candidate already. Stop it first.")
    row = ShadowPolicy(
        team=team, content=content, share=share, author=request.user, reason=form.get("reason", "").strip()[:300]
    )
    try:
        candidate_of(row, RulesByTeam(), policy_versions.live_row(team.pk))
    except (ValueError, TypeError) as problem:
        raise ValidationError(f"The candidate does not hold: {problem}") from None
    row.save()
    return "The candidate is judged beside the live policy from now on. Nobody is served by it."
