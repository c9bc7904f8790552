"""Edits of tier maps: each one is a version with its author and reason, and any version can be brought back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction

from routing.models import TierMap, TierMapVersion, TierTarget

Content = dict[str, list[str]]
"""``{"SIMPLE": ["account/model", ...], ...}``: tiers without targets left out, in tier order."""


class UnknownAccount(ValueError):
    """A target names a provider account that is not there (any more)."""


def content_of(tier_map: TierMap, targets: Iterable[TierTarget] | None = None) -> Content:
    """`targets`: its own in the order they are tried, for who has them already."""
    found: Content = {}
    if targets is None:
        targets = tier_map.targets.select_related("account").order_by("position", "id")
    for target in targets:
        found.setdefault(target.tier, []).append(f"{target.account.name}/{target.model}")
    return {tier: found[tier] for tier in TierTarget.Tier.values if tier in found}


@transaction.atomic
def replace(tier_map: TierMap, content: Mapping[str, Iterable[str]], author: Any = None, reason: str = "") -> bool:
    """Make `content` the targets of `tier_map`. Whether that changed anything; nothing changed makes no version.
    Raises `UnknownAccount`."""
    wanted = {tier: list(content.get(tier, ())) for tier in TierTarget.Tier.values if content.get(tier)}
    if wanted == content_of(tier_map):
        return False
    names = {ref.partition("/")[0] for refs in wanted.values() for ref in refs}
    accounts = TierTarget._meta.get_field("account").related_model.objects.in_bulk(names, field_name="name")
    if missing := sorted(names - accounts.keys()):
        raise UnknownAccount(f"no provider account is called {', '.join(missing)}")
    tier_map.targets.all().delete()
    TierTarget.objects.bulk_create(
        TierTarget(tier_map=tier_map, tier=tier, position=position, account=accounts[account], model=model)
        for tier, refs in wanted.items()
        for position, (account, _, model) in enumerate(ref.partition("/") for ref in refs)
    )
    record(tier_map, author, reason)
    return True


@transaction.atomic
def record(tier_map: TierMap, author: Any = None, reason: str = "") -> TierMapVersion:
    """Append what `tier_map` is now as its next version."""
    locked = TierMap.objects.select_for_update().get(pk=tier_map.pk)
    locked.version = tier_map.version = locked.version + 1
    locked.save(update_fields=["version"])
    return TierMapVersion.objects.create(
        tier_map=locked, number=locked.version, content=content_of(locked), author=author, reason=reason[:300]
    )


def roll_back(version: TierMapVersion, author: Any = None) -> bool:
    """Make the map what it was then, as a new version. Raises `UnknownAccount` when a provider has gone since."""
    return replace(version.tier_map, version.content, author, f"back to version {version.number}")
