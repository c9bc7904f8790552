"""API keys: shown once when made, then revoked or rotated, never read."""

import datetime as dt
import uuid
from typing import Any

from django.db import transaction
from django.http import HttpRequest
from ninja import Router, Status
from ninja.pagination import paginate

from accounts import rotation
from accounts.api.auth import rights_of
from accounts.api.finding import change, one
from accounts.api.pages import Mapped
from accounts.api.shapes import Because, KeyIn, KeyOut, KeyPatch, MadeKey, Rotation
from accounts.models import ApiKey, Membership, User
from accounts.rights import NotYours, Rights, TooMuch

router = Router(tags=["keys"])
_LIMITS = ("requests_per_minute", "tokens_per_minute", "parallel_requests")


@router.get("", response=list[KeyOut])
@paginate(Mapped, row=KeyOut.of)
def list_keys(request: HttpRequest, team: str | None = None) -> Any:
    """Administrators: all. Leads: those of their teams. Members: their own."""
    rights = rights_of(request)
    rows = rights.keys().order_by("team__slug", "name", "pk")
    return rows.filter(team=one(rights.teams(), slug=team)) if team is not None else rows


@router.post("", response={201: MadeKey})
@transaction.atomic
def create_key(request: HttpRequest, body: KeyIn) -> Any:
    rights = rights_of(request)
    team = one(rights.teams(), slug=body.team)
    if rights.key is not None and not rights.is_admin and team.pk != rights.key.team_id:
        raise NotYours
    holder = _holder(rights, team.pk, body)
    rights.grant_scopes(body.scopes, holder, team.pk)
    rights.grant_models(body.model_allowlist)
    rights.grant_expiry(body.expires_at)
    values = {name: value for name, value in body.given().items() if name not in ("team", "user")}
    _limits_are_a_leads(rights, team.pk, values)
    key, text = ApiKey.mint(team=team, user=holder, created_by=rights.user, **values)
    key.full_clean()
    key.save()
    return Status(201, MadeKey.of(key, key=text))


@router.get("/{uuid:key_id}", response=KeyOut)
def get_key(request: HttpRequest, key_id: uuid.UUID) -> Any:
    return KeyOut.of(one(rights_of(request).keys(), pk=key_id))


@router.patch("/{uuid:key_id}", response=KeyOut)
@transaction.atomic
def change_key(request: HttpRequest, key_id: uuid.UUID, body: KeyPatch) -> Any:
    """Name, allowed models, expiry; its limits by a lead. What a lead made narrow its holder cannot widen."""
    rights = rights_of(request)
    key = _locked(rights, key_id)
    values = body.given()
    _limits_are_a_leads(rights, key.team_id, values)
    if "model_allowlist" in values:
        rights.grant_models(values["model_allowlist"])
        if not rights.leads(key.team_id):
            rights.grant_models(values["model_allowlist"], held=key.model_allowlist)
    if "expires_at" in values:
        rights.grant_expiry(values["expires_at"])
        end = key.expires_at
        if end and not rights.leads(key.team_id) and (values["expires_at"] is None or values["expires_at"] > end):
            raise TooMuch("Only a lead makes a key last longer.")
    change(key, values)
    return KeyOut.of(key)


@router.post("/{uuid:key_id}/revoke", response=KeyOut)
@transaction.atomic
def revoke_key(request: HttpRequest, key_id: uuid.UUID, body: Because) -> Any:
    """In force in every process within a second. To revoke again changes nothing."""
    key = _locked(rights_of(request), key_id)
    rotation.revoke(key, body.because or "revoked")
    return KeyOut.of(key)


@router.post("/{uuid:key_id}/rotate", response={201: MadeKey})
@transaction.atomic
def rotate_key(request: HttpRequest, key_id: uuid.UUID, body: Rotation) -> Any:
    """A new key with the same name and rights; the old one works for `grace_seconds` more."""
    rights = rights_of(request)
    key = _locked(rights, key_id)
    rights.grant_scopes(key.scopes, key.user, key.team_id)
    rights.grant_models(key.model_allowlist)
    rights.grant_expiry(key.expires_at)
    fresh, text = rotation.rotate(key, rights.user, dt.timedelta(seconds=body.grace_seconds))
    return Status(201, MadeKey.of(fresh, key=text))


def _locked(rights: Rights, key_id: uuid.UUID) -> ApiKey:
    return one(rights.keys().select_for_update(of=("self",)), pk=key_id)


def _holder(rights: Rights, team_id: int, body: KeyIn) -> User | None:
    """Members make keys for themselves; leads for anybody of the team, and for the team."""
    if "user" not in body.model_fields_set:
        holder = rights.user
    else:
        holder = one(User.objects.filter(memberships__team=team_id), username=body.user) if body.user else None
        if holder != rights.user and not rights.leads(team_id):
            raise NotYours
    if holder is None:
        rights.may_change(team_id)
    elif not Membership.objects.filter(team=team_id, user=holder).exists():
        raise TooMuch("You are not a member of this team: name a member of it as `user`.")
    return holder


def _limits_are_a_leads(rights: Rights, team_id: int, values: dict[str, Any]) -> None:
    if any(name in values for name in _LIMITS) and not rights.leads(team_id):
        raise TooMuch("Limits of a key are set by a lead of its team.")
