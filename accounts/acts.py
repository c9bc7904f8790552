"""What people do to teams, keys and budgets, whatever the door (API, portal): rights first, then one change.

`values` hold what the caller named and nothing else, of the right types (accounts/api/shapes.py). Each runs in a transaction
and raises `NotYours`, `TooMuch`, `CannotRotate`, Django's `ValidationError` or `IntegrityError` (something has that name
already); then nothing was changed. Audit events come from the models' signals.
"""

from __future__ import annotations

import datetime as dt
import uuid
import zoneinfo
from copy import copy
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts import rotation
from accounts.finding import change, one
from accounts.models import ApiKey, Budget, Membership, User
from accounts.rights import NotYours, Rights, TooMuch

_TIERS = ("", "SIMPLE", "MEDIUM", "COMPLEX", "REASONING")
_KEY_LIMITS = ("requests_per_minute", "tokens_per_minute", "parallel_requests")


@transaction.atomic
def add_member(rights: Rights, slug: str, username: str, role: str) -> Membership:
    """By exact user name. Nobody is made more than who adds them is."""
    team = one(rights.teams(), slug=slug)
    rights.grant_role(team.pk, role)
    membership = Membership(team=team, user=one(User.objects.all(), username=username), role=role)
    membership.full_clean()
    membership.save()
    return membership


@transaction.atomic
def change_member(rights: Rights, slug: str, username: str, role: str) -> Membership:
    membership = _membership(rights, slug, username)
    rights.outrank(membership)
    rights.grant_role(membership.team_id, role)
    change(membership, {"role": role})
    return membership


@transaction.atomic
def remove_member(rights: Rights, slug: str, username: str) -> None:
    """Their keys of this team stop within a second; coming back brings back those nobody revoked."""
    membership = _membership(rights, slug, username)
    rights.outrank(membership)
    membership.delete()


def _membership(rights: Rights, slug: str, username: str) -> Membership:
    if "\0" in slug + username:
        raise NotYours
    rows = rights.memberships().select_for_update(of=("self",))
    return one(rows, team__slug=slug, user__username=username)


@transaction.atomic
def make_key(rights: Rights, values: dict[str, Any]) -> tuple[ApiKey, str]:
    """The key and its text, to be shown once. `team`: its slug; `user`: who holds it; absent: the caller, None: the team."""
    team = one(rights.teams(), slug=values["team"])
    if rights.key is not None and not rights.is_admin and team.pk != rights.key.team_id:
        raise NotYours
    holder = _holder(rights, team.pk, values)
    rights.grant_scopes(values.get("scopes", ()), holder, team.pk)
    rights.grant_models(values.get("model_allowlist", ()))
    rights.grant_expiry(values.get("expires_at"))
    more = {name: value for name, value in values.items() if name not in ("team", "user")}
    _limits_are_a_leads(rights, team.pk, more)
    key, text = ApiKey.mint(team=team, user=holder, created_by=rights.user, **more)
    key.full_clean()
    key.save()
    return key, text


@transaction.atomic
def change_key(rights: Rights, key_id: uuid.UUID, values: dict[str, Any]) -> ApiKey:
    """Name, allowed models, expiry; its limits by a lead. What a lead made narrow its holder cannot widen."""
    key = _key(rights, key_id)
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
    return key


@transaction.atomic
def revoke_key(rights: Rights, key_id: uuid.UUID, because: str = "") -> ApiKey:
    """In force in every process within a second. To revoke again changes nothing."""
    key = _key(rights, key_id)
    rotation.revoke(key, because or "revoked")
    return key


@transaction.atomic
def rotate_key(rights: Rights, key_id: uuid.UUID, grace: dt.timedelta = rotation.DEFAULT_GRACE) -> tuple[ApiKey, str]:
    """A new key with the same name and rights, and its text; the old one works for `grace` more."""
    key = _key(rights, key_id)
    rights.grant_scopes(key.scopes, key.user, key.team_id)
    rights.grant_models(key.model_allowlist)
    rights.grant_expiry(key.expires_at)
    return rotation.rotate(key, rights.user, grace)


def _key(rights: Rights, key_id: uuid.UUID) -> ApiKey:
    return one(rights.keys().select_for_update(of=("self",)), pk=key_id)


def _holder(rights: Rights, team_id: int, values: dict[str, Any]) -> User | None:
    """Members make keys for themselves; leads for anybody of the team, and for the team."""
    if "user" not in values:
        holder = rights.user
    else:
        name = values["user"]
        holder = one(User.objects.filter(memberships__team=team_id), username=name) if name else None
        if holder != rights.user and not rights.leads(team_id):
            raise NotYours
    if holder is None:
        rights.may_change(team_id)
    elif not Membership.objects.filter(team=team_id, user=holder).exists():
        raise TooMuch("You are not a member of this team: name a member of it as `user`.")
    return holder


def _limits_are_a_leads(rights: Rights, team_id: int, values: dict[str, Any]) -> None:
    if any(name in values for name in _KEY_LIMITS) and not rights.leads(team_id):
        raise TooMuch("Limits of a key are set by a lead of its team.")


@transaction.atomic
def make_budget(rights: Rights, values: dict[str, Any]) -> Budget:
    """Of one of `team` (slug), `user` (name), `key` (id); of none: the organisation's."""
    values = dict(values)
    for name, rows, field in (
        ("team", rights.teams(), "slug"),
        ("user", rights.users(), "username"),
        ("key", rights.keys(), "pk"),
    ):
        if values.get(name) is not None:
            values[name] = one(rows, **{field: values[name]})
    budget = Budget(**values, **_set_by(rights))
    if budget.time_zone not in zoneinfo.available_timezones():
        raise ValidationError({"time_zone": "No time zone is called so; for example Europe/Berlin."})
    rights.grant_budget(budget)
    _check(budget)
    _only_one(rights, budget)
    budget.full_clean()
    budget.save()
    return budget


@transaction.atomic
def change_budget(rights: Rights, budget_id: uuid.UUID, values: dict[str, Any]) -> Budget:
    """Each change makes a new version; what was spent stays."""
    budget = _budget(rights, budget_id)
    rights.touch_budget(budget)
    if values:
        before = copy(budget)
        for name, value in values.items():
            setattr(budget, name, value)
        if _is_looser(before, budget):
            rights.loosen_budget(before)
        rights.grant_budget(budget)
        _check(budget)
        change(budget, {**values, **_set_by(rights), "version": budget.version + 1})
    return budget


@transaction.atomic
def delete_budget(rights: Rights, budget_id: uuid.UUID) -> None:
    budget = _budget(rights, budget_id)
    rights.loosen_budget(budget)
    budget.delete()


def _budget(rights: Rights, budget_id: uuid.UUID) -> Budget:
    # Not against those who spend from it (FOR KEY SHARE): they go on, unless it is deleted (accounts/removing.py).
    return one(rights.budgets().select_for_update(of=("self",), no_key=True), pk=budget_id)


def _set_by(rights: Rights) -> dict[str, Any]:
    return {"set_by": rights.user, "set_by_admin": rights.is_admin}


def _is_looser(before: Budget, after: Budget) -> bool:
    """Whether more can be spent, or dearer models be used, than before."""
    if after.limit > before.limit or (before.is_active and not after.is_active):
        return True
    if before.soft_limit is None or before.soft_action != Budget.SoftAction.CAP_TIER:
        return False
    if after.soft_limit is None or after.soft_limit > before.soft_limit:
        return True
    return after.soft_action != before.soft_action or _TIERS.index(after.cap_tier) > _TIERS.index(before.cap_tier)


def _only_one(rights: Rights, budget: Budget) -> None:
    """Two of one thing, window and pattern could not be told apart: says in words that there is one, and what to do."""
    same = ("team", "user", "key", "model_pattern", "window", "rolling")
    there = Budget.objects.filter(**{name: getattr(budget, name) for name in same}).first()
    if there is None:
        return
    whose, then = "There is", "change that one."
    if there.set_by_admin and not rights.is_admin:
        whose = "An administrator has set"
        then = (
            "set a tighter one beside it, of another window or for some models, or ask an administrator to change it."
        )
    raise ValidationError(f"{whose} a budget of {there.limit:.2f} USD a {there.window} for this already: {then}")


def _check(budget: Budget) -> None:
    if budget.soft_limit is not None and budget.soft_limit > budget.limit:
        raise ValidationError({"soft_limit": "Must not be above the limit."})
    if budget.soft_action == Budget.SoftAction.CAP_TIER and not budget.cap_tier:
        raise ValidationError({"cap_tier": "Name the highest tier to be used once the soft limit is passed."})
