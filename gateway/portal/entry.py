"""In and out of the portal: a password or the organisation's identity provider."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import resolve

from accounts.rights import NotYours, Rights
from accounts.signin import Form
from gateway.portal.access import page, sealed


class SignIn(LoginView):
    template_name = "portal/login.html"
    authentication_form = Form
    redirect_authenticated_user = True

    def get_context_data(self, **more: Any) -> dict[str, Any]:
        single_sign_on = bool(settings.SOCIALACCOUNT_PROVIDERS["oidc"]["APPS"])
        return super().get_context_data(single_sign_on=single_sign_on, title="Sign in", **more)

    def dispatch(self, *args: Any, **named: Any) -> HttpResponseBase:
        response = super().dispatch(*args, **named)
        if hasattr(response, "render"):
            response.render()
        return sealed(response)


class SignOut(LogoutView):
    next_page = "portal-login"


@page
def home(request: HttpRequest, rights: Rights) -> HttpResponseBase:
    """To one's own page."""
    return redirect("portal-me")


@page
def nothing(request: HttpRequest, rights: Rights, rest: str) -> HttpResponseBase:
    """Every other address: with its last slash if only that was missing, else a 404 that looks like the rest."""
    if request.method == "GET" and not rest.endswith("/") and resolve(f"{request.path}/").func is not nothing:
        return redirect(f"{request.path}/")
    raise NotYours
