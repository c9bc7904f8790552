from __future__ import annotations

from typing import Any

from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse


class OidcAdapter(OpenIDConnectOAuth2Adapter):
    def __init__(self, request: HttpRequest, provider_id: str = "oidc") -> None:
        super().__init__(request, provider_id)

    def get_callback_url(self, request: HttpRequest, app: Any) -> str:
        from django.conf import settings

        return f"{settings.LYNKR.public_url}{reverse('oidc_callback')}"


def login(request: HttpRequest) -> HttpResponse:
    return _view(OAuth2LoginView, request)


def callback(request: HttpRequest) -> HttpResponse:
    return _view(OAuth2CallbackView, request)


def _view(view: Any, request: HttpRequest) -> HttpResponse:
    """404 where no identity provider is configured."""
    try:
        response: HttpResponse = view.adapter_view(OidcAdapter(request))(request)
    except SocialApp.DoesNotExist:
        raise Http404 from None
    return response
