"""What happens between the identity provider's word and the session."""

from __future__ import annotations

import re
from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponseForbidden

from accounts import audit
from accounts.models import User
from accounts.sso import groups
from accounts.sso.models import FormerIdentity


class SignIn(DefaultSocialAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return True

    def is_auto_signup_allowed(self, request: HttpRequest, sociallogin: Any) -> bool:
        return True

    def can_authenticate_by_email(self, login: Any, email: str) -> bool:
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Before any session: a deleted person stays out, and groups are made teams (SSO-2)."""
        if sociallogin.state.get("process") == "connect":
            raise ImmediateHttpResponse(HttpResponseForbidden("Identities are not added to an account here."))
        if not sociallogin.is_existing and FormerIdentity.objects.filter(uid=sociallogin.account.uid).exists():
            raise ImmediateHttpResponse(HttpResponseForbidden("This account was deleted. Ask an administrator."))
        if sociallogin.is_existing:
            audit.identify(sociallogin.user)
            _sync(sociallogin)

    @transaction.atomic
    def save_user(self, request: HttpRequest, sociallogin: Any, form: Any = None) -> Any:
        user = super().save_user(request, sociallogin, form)
        audit.identify(user)
        _sync(sociallogin)
        return user

    def populate_user(self, request: HttpRequest, sociallogin: Any, data: dict[str, Any]) -> Any:
        """A name that is taken gets a number: a name never binds, no more than an address does."""
        user = super().populate_user(request, sociallogin, data)
        wanted = str(data.get("username") or (data.get("email") or "").partition("@")[0] or "user")
        base = name = re.sub(r"[^\w.@+-]", "-", wanted)[:140] or "user"
        number = 2
        while User.objects.filter(username__iexact=name).exists():
            name, number = f"{base}-{number}", number + 1
        user.username = name
        return user


def _sync(sociallogin: Any) -> None:
    data = sociallogin.account.extra_data
    claims = {**(data.get("id_token") or {}), **(data.get("userinfo") or {})}
    groups.sync(sociallogin.user, groups.named_in(claims, settings.LYNKR.oidc_groups_claim))
