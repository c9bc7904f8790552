"""Who is at a page, and how every page is answered: never cached, no script or style but ours (CSP), errors as pages."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from accounts.models import Team
from accounts.rights import NotYours, Rights, TooMuch, as_caller

Arguments = ParamSpec("Arguments")
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)


def page(
    view: Callable[Concatenate[HttpRequest, Rights, Arguments], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, Arguments], HttpResponseBase]:
    """A view of a signed-in person: ``view(request, rights, ...)``. Strangers are sent to sign in, somebody blocked is signed
    out; `NotYours` becomes 404 and `TooMuch` 403 with its words."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Arguments.args, **named: Arguments.kwargs) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return sealed(redirect_to_login(request.get_full_path()))
        rights = as_caller(request.user)
        if rights is None:
            logout(request)
            return sealed(redirect_to_login(request.get_full_path()))
        try:
            return sealed(view(request, rights, *args, **named))
        except NotYours:
            return sealed(_trouble(request, rights, 404, "There is no such page", "Or it is not yours to see."))
        except TooMuch as refused:
            return sealed(_trouble(request, rights, 403, "This is not yours to do", str(refused)))

    return guarded


def show(
    request: HttpRequest, rights: Rights, template: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """`template` (of ``templates/portal/``) within the frame: navigation by what `rights` hold."""
    frame = {
        "rights": rights,
        "sees_teams": rights.is_admin or bool(rights.led),
        "sees_admin": request.user.is_staff,  # type: ignore[union-attr]
        "public_url": settings.LYNKR.public_url,
    }
    return render(request, f"portal/{template}", {**frame, **context}, status=status)


def led_team(rights: Rights, slug: str) -> Team:
    """The team called `slug`, if it is the caller's to lead; else `NotYours`: a member does not see the team's page."""
    team = rights.teams().filter(slug=slug).first() if "\0" not in slug else None
    if team is None or not rights.leads(team.pk):
        raise NotYours
    return team


def sealed(response: HttpResponseBase) -> HttpResponseBase:
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers["Content-Security-Policy"] = POLICY
    return response


def _trouble(request: HttpRequest, rights: Rights, status: int, title: str, words: str) -> HttpResponse:
    return show(request, rights, "trouble.html", {"title": title, "words": words, "status": status}, status)
