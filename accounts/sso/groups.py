"""Groups of the identity provider as roles here. A team that any mapping names is the identity provider's to fill: who is in
none of its groups leaves it. Other teams are left alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction

from accounts import audit
from accounts.models import GroupMapping, Membership, User
from accounts.rights import RANK


def named_in(claims: Mapping[str, Any], claim: str) -> frozenset[str]:
    """A missing claim is no group: an identity provider leaves it out when somebody is in none."""
    value = claims.get(claim)
    values = [value] if isinstance(value, str) else value
    return frozenset(item for item in values if isinstance(item, str)) if isinstance(values, list) else frozenset()


@transaction.atomic
def sync(user: User, groups: Iterable[str]) -> None:
    """Make `user`'s memberships and administration what the mappings say of `groups`."""
    named = frozenset(groups)
    mappings = list(GroupMapping.objects.all())
    wanted: dict[int, Membership.Role] = {}
    for mapping in mappings:
        if mapping.group in named and mapping.team_id is not None:
            role = _role(user, mapping)
            held = wanted.get(mapping.team_id)
            wanted[mapping.team_id] = role if held is None or RANK[role] > RANK[held] else held
    managed = {mapping.team_id for mapping in mappings if mapping.team_id is not None}
    present = {row.team_id: row for row in Membership.objects.select_for_update().filter(user=user, team__in=managed)}
    for team_id, row in present.items():
        if team_id not in wanted:
            row.delete()
        elif row.role != wanted[team_id]:
            row.role = wanted[team_id]
            row.save(update_fields=["role"])
    for team_id in wanted.keys() - present.keys():
        Membership.objects.create(team_id=team_id, user=user, role=wanted[team_id])
    _administration(user, mappings, named)


def _administration(user: User, mappings: list[GroupMapping], named: frozenset[str]) -> None:
    """Given and taken by mappings, if any mapping is of administrators."""
    if not any(mapping.is_admin for mapping in mappings):
        return
    is_admin = any(mapping.is_admin and mapping.group in named for mapping in mappings)
    if user.is_superuser != is_admin:
        user.is_superuser = user.is_staff = is_admin
        user.save(update_fields=["is_superuser", "is_staff"])


def _role(user: User, mapping: GroupMapping) -> Membership.Role:
    """A role nobody knows is the least one, and said so (SSO-3)."""
    try:
        return Membership.Role(mapping.role)
    except ValueError:
        audit.record("unknown role", mapping, None, {"role": mapping.role, "given": "member", "user": user.username})
        return Membership.Role.MEMBER
