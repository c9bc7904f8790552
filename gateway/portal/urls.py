"""Paths below /portal/. A page is a view in `access.page`; its name begins with ``portal-``."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from gateway.portal import (
    answer_caches,
    candidates,
    dashboards,
    entry,
    explain,
    members,
    own,
    own_keys,
    prompt_caches,
    saved,
    team_budgets,
    team_keys,
    traffic,
    what_if,
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("", entry.home, name="portal-home"),
    path("login/", entry.SignIn.as_view(), name="portal-login"),
    path("logout/", entry.SignOut.as_view(), name="portal-logout"),
    path("me/", own.overview, name="portal-me"),
    path("me/keys/", own_keys.keys, name="portal-me-keys"),
    path("me/requests/", traffic.own, name="portal-me-requests"),
    path("me/answer-cache/", answer_caches.of_mine, name="portal-me-answer-cache"),
    path("me/setup/", own.setup, name="portal-me-setup"),
    path("requests/<uuid:id_>/", traffic.one, name="portal-request"),
    path("teams/", dashboards.listed, name="portal-teams"),
    path("teams/<slug:slug>/", dashboards.of_team, name="portal-team"),
    path("teams/<slug:slug>/usage.csv", dashboards.team_csv, name="portal-team-csv"),
    path("teams/<slug:slug>/members/", members.of_team, name="portal-team-members"),
    path("teams/<slug:slug>/keys/", team_keys.of_team, name="portal-team-keys"),
    path("teams/<slug:slug>/budgets/", team_budgets.of_team, name="portal-team-budgets"),
    path("teams/<slug:slug>/requests/", traffic.of_team, name="portal-team-requests"),
    path("teams/<slug:slug>/prompt-cache/", prompt_caches.of_team, name="portal-team-prompt-cache"),
    path("teams/<slug:slug>/answer-cache/", answer_caches.of_team, name="portal-team-answer-cache"),
    path("teams/<slug:slug>/savings/", saved.of_team, name="portal-team-savings"),
    path("teams/<slug:slug>/what-if/", what_if.of_team, name="portal-what-if"),
    path("shadow/<slug:slug>/", candidates.of_team, name="portal-shadow"),
    path("explain/", explain.explain, name="portal-explain"),
    path("organisation/", dashboards.of_organisation, name="portal-organisation"),
    path("organisation/prompt-cache/", prompt_caches.of_organisation, name="portal-organisation-prompt-cache"),
    path("organisation/answer-cache/", answer_caches.of_organisation, name="portal-organisation-answer-cache"),
    path("organisation/savings/", saved.of_organisation, name="portal-organisation-savings"),
    path("organisation/usage.csv", dashboards.organisation_csv, name="portal-organisation-csv"),
    path("<path:rest>", entry.nothing),  # stays last
]
