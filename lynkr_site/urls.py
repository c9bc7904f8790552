"""Paths of the control plane. The data plane's (`/v1/…`) are in `gateway.urls` and never get here."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView

from lynkr_site import health, metrics

urlpatterns: list[URLPattern | URLResolver] = [
    path("", health.status),
    path("admin/", admin.site.urls),
    path("portal/", include("gateway.portal.urls")),
    path("accounts/login/", RedirectView.as_view(pattern_name="portal-login", query_string=True)),  # one door, not two
    path("accounts/", include("allauth.urls")),
    path("health/live", health.live),
    path("health/ready", health.ready),
    path("metrics", metrics.metrics),
]
if find_spec("accounts.api"):
    api = import_module("accounts.api").api
    if find_spec("gateway.cache_api"):  # of the gateway's tables, which accounts do not know
        api.add_router("/teams", import_module("gateway.cache_api").router)
    urlpatterns.append(path("api/v1/", api.urls))
if find_spec("gateway.api"):
    urlpatterns.append(path("v1/admin/", import_module("gateway.api").api.urls))
if find_spec("gateway.route_api"):
    urlpatterns.append(path("v1/route/", import_module("gateway.route_api").api.urls))
