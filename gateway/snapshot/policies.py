"""Policies and candidates as the data plane sees them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import structlog
from django.core.exceptions import ValidationError

from gateway.shadowing import Shadow
from routing.models import RoutingPolicy, ShadowPolicy
from routing.policy_versions import row_of
from routing.rules import Rule, Rules
from routing.tiers import Policy, TargetRef, Tier, TierMap

log = structlog.get_logger("lynkr.snapshot")


def policy_of(row: RoutingPolicy, version: str) -> Policy:
    return Policy(
        version=version,
        auto_names=texts(row.auto_names),
        fallback=row.fallback,
        pinned_tier=Tier.parse(row.pinned_tier),
        capture_content=row.capture_content,
        unknown_price=row.unknown_price,
    )


def candidates() -> dict[int, Shadow]:
    """By team. One that does not hold any more (a setting has gone) is left out and logged."""
    found = {}
    for row in ShadowPolicy.objects.filter(share__gt=0):
        try:
            found[row.team_id] = candidate_of(row)
        except (ValidationError, ValueError, TypeError) as problem:
            log.error("candidate policy left out", team_id=row.team_id, problem=type(problem).__name__)
    return found


def candidate_of(row: ShadowPolicy) -> Shadow:
    """Raises ValidationError, ValueError or TypeError for content that is none."""
    content = row.content
    rules = content.get("rules")
    targets = content.get("tier_map")
    return Shadow(
        id=row.pk,
        share=row.share,
        policy=policy_of(row_of(content), f"candidate:{row.pk}"),
        rules=Rules(rules_of(rules)) if isinstance(rules, list) else None,
        tier_map=tier_map_of(targets, f"candidate:{row.pk}") if isinstance(targets, Mapping) else None,
    )


def rules_of(rows: Iterable[Mapping[str, Any]]) -> list[Rule]:
    """Raises ValueError or TypeError for a rule that is none."""
    found = []
    for row in rows:
        tier = Tier.parse(str(row.get("tier")))
        if tier is None:
            raise ValueError("a rule without a tier")
        found.append(Rule(**{**row, "tier": tier}))
    return found


def tier_map_of(content: Mapping[str, Any], version: str) -> TierMap:
    """Raises ValueError for a tier or a target that is none."""
    targets = {}
    for word, refs in content.items():
        tier = Tier.parse(word)
        if tier is None or not isinstance(refs, list) or not all(isinstance(ref, str) and "/" in ref for ref in refs):
            raise ValueError(f"{word[:40]}: no tier with a list of account/model")
        targets[tier] = tuple(TargetRef(*ref.split("/", 1)) for ref in refs)
    return TierMap(version, dict(sorted(targets.items())))


def texts(value: Any) -> tuple[str, ...]:
    """The texts of a JSON list; anything else, which validation keeps out, counts as none."""
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()
