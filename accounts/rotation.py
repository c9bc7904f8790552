"""The life of a key after it was made: rotated with a grace window, revoked with a cause.

Blocking a user or ending a membership writes nothing into keys: they work while their holder may
(gateway/snapshot/rows.py), so that undoing it gives back exactly what it took (SSO-4)."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils import timezone

from accounts.models import ApiKey, User

DEFAULT_GRACE = dt.timedelta(hours=24)
_LONGEST_NAME = 120


class CannotRotate(ValueError):
    """The key is revoked, expired, or was rotated already. The message says which."""


@transaction.atomic
def rotate(key: ApiKey, by: User | None, grace: dt.timedelta = DEFAULT_GRACE) -> tuple[ApiKey, str]:
    """A new key with the same rights and name, saved, and its text; the old one works until the grace window ends and is
    renamed, so that the name stays with what is in use. Raises `CannotRotate`."""
    old = ApiKey.objects.select_for_update(of=("self",)).get(pk=key.pk)
    if old.revoked_at is not None:
        raise CannotRotate("A revoked key cannot be rotated: make a new one.")
    if old.replaced_by_id is not None:
        raise CannotRotate("This key was rotated already: rotate the one that replaced it.")
    if grace and old.budgets.exists():
        raise CannotRotate(
            "This key has a budget of its own, which two keys cannot share: rotate it without a grace window."
        )
    if not old.is_live:
        raise CannotRotate("An expired key cannot be rotated: make a new one.")
    name = old.name
    suffix = f" (until rotation of {old.prefix})"
    old.name = name[: _LONGEST_NAME - len(suffix)] + suffix
    old.save(update_fields=["name"])
    fresh, text = ApiKey.mint(
        name=name,
        team_id=old.team_id,
        user_id=old.user_id,
        scopes=old.scopes,
        model_allowlist=old.model_allowlist,
        passthrough=old.passthrough,
        expires_at=old.expires_at,
        requests_per_minute=old.requests_per_minute,
        tokens_per_minute=old.tokens_per_minute,
        parallel_requests=old.parallel_requests,
        created_by=by,
    )
    fresh.save()
    for budget in old.budgets.all():
        budget.key = fresh
        budget.save(update_fields=["key"])
    old.replaced_by, old.grace_until = fresh, timezone.now() + grace
    old.save(update_fields=["replaced_by", "grace_until"])
    return fresh, text


@transaction.atomic
def revoke(key: ApiKey, because: str) -> bool:
    """Whether it was not revoked before. In force everywhere within a second. A key revoked once keeps its first cause."""
    row = ApiKey.objects.select_for_update(of=("self",)).get(pk=key.pk)
    if row.revoked_at is not None:
        return False
    row.revoked_at, row.revoked_because = timezone.now(), because[:40]
    row.save(update_fields=["revoked_at", "revoked_because"])
    key.revoked_at, key.revoked_because = row.revoked_at, row.revoked_because
    return True
