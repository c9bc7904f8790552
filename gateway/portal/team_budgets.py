"""Budgets of a team, its members and keys: seen by its leads, and set by them below the team's own."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.utils import timezone

from accounts import acts
from accounts.api.shapes import BudgetIn, BudgetPatch
from accounts.models import Budget, Team
from accounts.rights import NotYours, Rights
from gateway.portal import burning, deeds
from gateway.portal.access import led_team, page, show
from gateway.snapshot import budgets


@page
def of_team(request: HttpRequest, rights: Rights, slug: str) -> HttpResponseBase:
    team = led_team(rights, slug)
    outcome = deeds.NOTHING
    if request.method == "POST":
        outcome = deeds.tried(lambda: _do(rights, team, request.POST))
        if outcome.done:
            messages.success(request, outcome.value)
            return redirect("portal-team-budgets", team.slug)
    members = list(team.memberships.select_related("user").order_by("user__username"))
    rows = sorted(
        _rows(rights, team).order_by("created_at", "pk"), key=lambda row: (row.team_id is None, row.key_id is not None)
    )
    burns = burning.burns(rows, timezone.now())
    context = {
        "title": team.name or team.slug, "here": "teams", "tab": "budgets", "team": team, "outcome": outcome,
        "lines": [(burn, *_offered(rights, burn.budget)) for burn in burns],
        "members": members, "keys": rights.keys().filter(team=team, revoked_at=None).order_by("name"),
        "form": request.POST if not outcome.done else {}, "tiers": ("SIMPLE", "MEDIUM", "COMPLEX"),
    }  # fmt: skip
    return show(request, rights, "budgets.html", context, outcome.status)


def _offered(rights: Rights, budget: Budget) -> tuple[bool, bool]:
    """Whether its form is offered, and with it switching off and deleting."""
    mine = rights.may(rights.touch_budget, budget)
    return mine, mine and rights.may(rights.loosen_budget, budget)


def _rows(rights: Rights, team: Team) -> Any:
    """A member's budget counts in all their teams: a lead sees it of those who are in no other."""
    of_members = Q(user__in=team.memberships.values("user"))
    return rights.budgets().filter(Q(team=team) | Q(key__team=team) | of_members)


def _do(rights: Rights, team: Team, form: QueryDict) -> str:
    """What was done, in words."""
    act = form.get("act")
    if act == "make":
        row = acts.make_budget(rights, deeds.given(BudgetIn, {**_whose(team, form), **_asked(form)}))
        return f"The budget of {budgets.entity(row)} is set: {row.limit.normalize():f} USD a {row.window}."
    row = _of_this_team(rights, team, form.get("budget", ""))
    if act == "change":
        values = deeds.given(BudgetPatch, _asked(form, new=False))
        acts.change_budget(rights, row.pk, {"soft_limit": None, **values, "is_active": "active" in form})
        return "The budget is changed. What was spent stays."
    if act == "delete":
        acts.delete_budget(rights, row.pk)
        return "The budget is gone."
    raise NotYours


def _whose(team: Team, form: QueryDict) -> dict[str, Any]:
    """``team``, ``user:NAME`` or ``key:ID``."""
    kind, _, which = form.get("whose", "").partition(":")
    if kind == "team":
        return {"team": team.slug}
    if kind not in ("user", "key") or not which:
        raise ValidationError("Say whose budget it is.")
    return {kind: which}


def _asked(form: QueryDict, new: bool = True) -> dict[str, Any]:
    cap = deeds.text(form, "cap_tier")
    asked = {
        "limit": deeds.text(form, "limit") or "",
        "soft_limit": deeds.text(form, "soft_limit"),
        "soft_action": "cap_tier" if cap else "notify",
        "cap_tier": cap or "",
    }
    if new:
        asked |= {
            "window": form.get("window", ""),
            "rolling": "rolling" in form,
            "time_zone": deeds.text(form, "time_zone") or "UTC",
            "model_pattern": deeds.text(form, "model_pattern"),
        }
    return asked


def _of_this_team(rights: Rights, team: Team, text: str) -> Budget:
    try:
        return _rows(rights, team).get(pk=uuid.UUID(text))
    except (ValueError, Budget.DoesNotExist):
        raise NotYours from None
