"""The provider of allauth, bound on issuer and subject: another issuer with the same subject is another person (SSO-1)."""

from __future__ import annotations

import hashlib
from typing import Any

from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from django.http import HttpRequest
from django.urls import reverse

from accounts.sso.views import OidcAdapter


class OidcProvider(OpenIDConnectProvider):
    id = "oidc"
    name = "Single sign-on"
    oauth2_adapter_class = OidcAdapter

    def get_login_url(self, request: HttpRequest, **kwargs: Any) -> str:
        return reverse("oidc_login")

    def get_callback_url(self) -> str:
        return reverse("oidc_callback")

    def extract_uid(self, data: dict[str, Any]) -> str:
        """Both answers of the issuer must speak of the same subject (OpenID Connect Core 5.3.2)."""
        subjects = {
            str(part["sub"]) for part in (data.get("userinfo"), data.get("id_token")) if part and part.get("sub")
        }
        if len(subjects) != 1:
            raise OAuth2Error("the identity provider did not name one subject")
        return uid_of(self.app.settings["server_url"], subjects.pop())


def uid_of(issuer: str, subject: str) -> str:
    return hashlib.sha256(f"{issuer}\n{subject}".encode()).hexdigest()


provider_classes = [OidcProvider]
