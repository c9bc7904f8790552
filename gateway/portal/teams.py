"""The list of teams one leads."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase

from accounts.rights import NotYours, Rights
from gateway.portal.access import page, show


@page
def listed(request: HttpRequest, rights: Rights) -> HttpResponseBase:
    if not (rights.is_admin or rights.led):
        raise NotYours
    teams = rights.teams() if rights.is_admin else rights.teams().filter(pk__in=rights.led)
    return show(request, rights, "teams.html", {"title": "Teams", "here": "teams", "teams": teams.order_by("slug")})
