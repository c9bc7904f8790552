"""Keys of a team, for its leads: made and shown once, rotated, revoked."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import redirect

from accounts import acts
from accounts.api.shapes import KeyIn, Rotation
from accounts.models import ApiKey, Team
from accounts.rights import NotYours, Rights
from gateway.portal import deeds
from gateway.portal.access import led_team, page, show

GRACES = ((0, "at once"), (3600, "after an hour"), (86_400, "after a day"), (7 * 86_400, "after a week"))
_GONE = ("revoked", "expired")


@dataclass(frozen=True, slots=True)
class Made:
    """A key's text, which only this one page shows. `instead_of`: the key it replaces."""

    key: ApiKey
    text: str
    instead_of: str = ""
    old_until: dt.datetime | None = None


@page
def of_team(request: HttpRequest, rights: Rights, slug: str) -> HttpResponseBase:
    team = led_team(rights, slug)
    outcome = deeds.NOTHING
    if request.method == "POST":
        outcome = deeds.tried(lambda: _do(rights, team, request.POST))
        if outcome.done and isinstance(outcome.value, str):
            messages.success(request, outcome.value)
            return redirect("portal-team-keys", team.slug)
    members = list(team.memberships.select_related("user").order_by("user__username"))
    works = {row.user_id for row in members if row.user.is_active}
    keys = [(key, _state(key, works)) for key in rights.keys().filter(team=team).order_by("name", "pk")]
    everything = request.GET.get("show") == "all"
    shown = [(key, state) for key, state in keys if everything or state not in _GONE]
    context = {
        "title": team.name or team.slug, "here": "teams", "tab": "keys", "team": team, "keys": shown, "graces": GRACES,
        "hidden": len(keys) - len(shown), "everything": everything, "members": members, "outcome": outcome,
        "form": request.POST if not outcome.done else {}, "made": outcome.value if outcome.done else None,
        "me_in_it": any(row.user_id == getattr(rights.user, "pk", None) for row in members),
    }  # fmt: skip
    return show(request, rights, "keys.html", context, outcome.status)


def _state(key: ApiKey, works: set[int]) -> str:
    return key.state_if(lambda: key.user_id in works)


def _do(rights: Rights, team: Team, form: QueryDict) -> Any:
    """`Made`, or what was done in words."""
    act = form.get("act")
    if act == "make":
        return Made(*acts.make_key(rights, deeds.given(KeyIn, _asked(team, form)) | _holder(form)))
    key = _of_this_team(rights, team, form.get("key", ""))
    if act == "rotate":
        seconds = deeds.given(Rotation, {"grace_seconds": form.get("grace", "86400")})["grace_seconds"]
        fresh, text = acts.rotate_key(rights, key.pk, dt.timedelta(seconds=seconds))
        return Made(fresh, text, key.prefix)
    if act == "revoke":
        acts.revoke_key(rights, key.pk, (form.get("because") or "by a lead")[:40])
        return f"{key.name} is revoked: it stops within a second."
    raise NotYours


def _asked(team: Team, form: QueryDict) -> dict[str, Any]:
    models = [part.strip() for part in form.get("models", "").replace("\n", ",").split(",") if part.strip()]
    day = deeds.text(form, "expires")
    limits = ("requests_per_minute", "tokens_per_minute", "parallel_requests")
    return {
        "name": form.get("name", "").strip(),
        "team": team.slug,
        "model_allowlist": models or None,
        "expires_at": f"{day}T23:59:59Z" if day else None,
        **{name: deeds.text(form, name) for name in limits},
    }


def _holder(form: QueryDict) -> dict[str, Any]:
    """The team itself for what is left empty."""
    return {"user": deeds.text(form, "user")}


def _of_this_team(rights: Rights, team: Team, text: str) -> ApiKey:
    try:
        return rights.keys().get(team=team, pk=uuid.UUID(text))
    except (ValueError, ApiKey.DoesNotExist):
        raise NotYours from None
