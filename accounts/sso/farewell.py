"""A deleted user's identities are remembered."""

from __future__ import annotations

from typing import Any

from django.db.models import signals

from accounts.models import User


def watch() -> None:
    signals.pre_delete.connect(_remember, sender=User, dispatch_uid="sso-farewell")


def _remember(instance: User, **_: Any) -> None:
    from allauth.socialaccount.models import SocialAccount

    from accounts.sso.models import FormerIdentity

    for uid in SocialAccount.objects.filter(user=instance).values_list("uid", flat=True):
        FormerIdentity.objects.get_or_create(uid=uid, defaults={"username": instance.username})
