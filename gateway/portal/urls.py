"""Paths below /portal/. A page is a view in `access.page`; its name begins with ``portal-``."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from gateway.portal import entry, teams

urlpatterns: list[URLPattern | URLResolver] = [
    path("", entry.home, name="portal-home"),
    path("login/", entry.SignIn.as_view(), name="portal-login"),
    path("logout/", entry.SignOut.as_view(), name="portal-logout"),
    path("teams/", teams.listed, name="portal-teams"),
    path("<path:rest>", entry.nothing),  # stays last
]
