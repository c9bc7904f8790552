"""One's own keys: made for oneself and shown once, rotated, revoked."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import redirect

from accounts import acts
from accounts.api.shapes import KeyIn, Rotation
from accounts.models import SCOPES, ApiKey, Team
from accounts.rights import COMMON_SCOPES, NotYours, Rights
from gateway.portal import deeds, setups
from gateway.portal.access import page, show
from gateway.portal.own import person
from gateway.portal.team_keys import GRACES, Made

_ENDED = ("revoked", "expired")
SCOPE_WORDS = {
    "chat": "chat: answers of models",
    "embeddings": "embeddings",
    "models": "models: list them",
    "admin": "admin: act with my rights through the API",
}


@page
def keys(request: HttpRequest, rights: Rights) -> HttpResponseBase:
    me = person(rights)
    outcome = deeds.NOTHING
    if request.method == "POST":
        outcome = deeds.tried(lambda: _do(rights, request.POST))
        if outcome.done and isinstance(outcome.value, str):
            messages.success(request, outcome.value)
            return redirect("portal-me-keys")
    made: Made | None = outcome.value if outcome.done else None
    rows = [(key, _state(rights, key)) for key in ApiKey.objects.filter(user=me).select_related("team", "user", "use")]
    everything = request.GET.get("show") == "all"
    shown = [(key, state) for key, state in rows if everything or state not in _ENDED]
    used = Counter(key.team_id for key, state in rows if state == "live")
    teams = sorted(Team.objects.filter(pk__in=rights.roles), key=lambda team: (-used[team.pk], team.slug))
    context = {
        "title": "My page", "here": "me", "tab": "keys", "keys": shown, "hidden": len(rows) - len(shown),
        "everything": everything, "graces": GRACES, "teams": teams, "outcome": outcome, "made": made,
        "scopes": _scopes(rights, request.POST if not outcome.done else None),
        "form": request.POST if not outcome.done else {},
        "setups": setups.setups(setups.address(request), made.text) if made else (),
    }  # fmt: skip
    return show(request, rights, "me_keys.html", context, outcome.status)


def _scopes(rights: Rights, form: QueryDict | None) -> list[tuple[str, str, bool]]:
    """(word, what it means, whether it is ticked); "admin" only for who leads something."""
    ticked = COMMON_SCOPES if form is None else form.getlist("scopes")
    offered = [word for word in SCOPES if word != "admin" or rights.led or rights.is_admin]
    return [(word, SCOPE_WORDS[word], word in ticked) for word in offered]


def _state(rights: Rights, key: ApiKey) -> str:
    return key.state_if(lambda: key.team_id in rights.roles)


def _do(rights: Rights, form: QueryDict) -> Any:
    """`Made`, or what was done in words."""
    act = form.get("act")
    if act == "make":
        return Made(*acts.make_key(rights, deeds.given(KeyIn, _asked(form))))
    key = _mine(rights, form.get("key", ""))
    if act == "rotate":
        seconds = deeds.given(Rotation, {"grace_seconds": form.get("grace", "86400")})["grace_seconds"]
        fresh, text = acts.rotate_key(rights, key.pk, dt.timedelta(seconds=seconds))
        key.refresh_from_db(fields=["grace_until"])
        return Made(fresh, text, key.prefix, key.grace_until if seconds else None)
    if act == "revoke":
        acts.revoke_key(rights, key.pk, (form.get("because") or "by its holder")[:40])
        return f"{key.name} is revoked: it stops within a second."
    raise NotYours


def _asked(form: QueryDict) -> dict[str, Any]:
    """Without a holder: the key is the caller's own. All common scopes are what a key has without any."""
    models = [part.strip() for part in form.get("models", "").replace("\n", ",").split(",") if part.strip()]
    scopes = form.getlist("scopes")
    if not scopes:
        raise ValidationError("Choose what the key may do.")
    day = deeds.text(form, "expires")
    return {
        "name": form.get("name", "").strip(),
        "team": form.get("team", ""),
        "model_allowlist": models or None,
        "scopes": None if set(scopes) == COMMON_SCOPES else scopes,
        "expires_at": f"{day}T23:59:59Z" if day else None,
    }


def _mine(rights: Rights, text: str) -> ApiKey:
    try:
        return rights.keys().get(user=person(rights), pk=uuid.UUID(text))
    except (ValueError, ApiKey.DoesNotExist):
        raise NotYours from None
