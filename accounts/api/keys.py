"""API keys: shown once when made, then revoked or rotated, never read."""

import datetime as dt
import uuid
from typing import Any

from django.http import HttpRequest
from ninja import Router, Status
from ninja.pagination import paginate

from accounts import acts
from accounts.api.auth import rights_of
from accounts.api.pages import Mapped
from accounts.api.shapes import Because, KeyIn, KeyOut, KeyPatch, MadeKey, Rotation
from accounts.finding import one

router = Router(tags=["keys"])


@router.get("", response=list[KeyOut])
@paginate(Mapped, row=KeyOut.of)
def list_keys(request: HttpRequest, team: str | None = None) -> Any:
    """Administrators: all. Leads: those of their teams. Members: their own."""
    rights = rights_of(request)
    rows = rights.keys().order_by("team__slug", "name", "pk")
    return rows.filter(team=one(rights.teams(), slug=team)) if team is not None else rows


@router.post("", response={201: MadeKey})
def create_key(request: HttpRequest, body: KeyIn) -> Any:
    key, text = acts.make_key(rights_of(request), body.given())
    return Status(201, MadeKey.of(key, key=text))


@router.get("/{uuid:key_id}", response=KeyOut)
def get_key(request: HttpRequest, key_id: uuid.UUID) -> Any:
    return KeyOut.of(one(rights_of(request).keys(), pk=key_id))


@router.patch("/{uuid:key_id}", response=KeyOut)
def change_key(request: HttpRequest, key_id: uuid.UUID, body: KeyPatch) -> Any:
    """Name, allowed models, expiry; its limits by a lead. What a lead made narrow its holder cannot widen."""
    return KeyOut.of(acts.change_key(rights_of(request), key_id, body.given()))


@router.post("/{uuid:key_id}/revoke", response=KeyOut)
def revoke_key(request: HttpRequest, key_id: uuid.UUID, body: Because) -> Any:
    """In force in every process within a second. To revoke again changes nothing."""
    return KeyOut.of(acts.revoke_key(rights_of(request), key_id, body.because))


@router.post("/{uuid:key_id}/rotate", response={201: MadeKey})
def rotate_key(request: HttpRequest, key_id: uuid.UUID, body: Rotation) -> Any:
    """A new key with the same name and rights; the old one works for `grace_seconds` more."""
    fresh, text = acts.rotate_key(rights_of(request), key_id, dt.timedelta(seconds=body.grace_seconds))
    return Status(201, MadeKey.of(fresh, key=text))
