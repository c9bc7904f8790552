"""Policies and candidates as the data plane sees them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog
from django.core.exceptions import ValidationError

from gateway.shadowing import Shadow
from gateway.snapshot.rules import RulesByTeam
from routing.answer_cache import AnswerCache
from routing.models import RoutingPolicy, RoutingRule, ShadowPolicy
from routing.passes import Passes
from routing.policy_versions import row_of, rules_in
from routing.rules import Rule
from routing.tiers import Bounds, Policy, SecondLooks, TargetRef, Tier, TierMap

log = structlog.get_logger("lynkr.snapshot")


def policy_of(row: RoutingPolicy, version: str) -> Policy:
    return Policy(
        version=version,
        auto_names=texts(row.auto_names),
        fallback=row.fallback,
        pinned_tier=Tier.parse(row.pinned_tier),
        capture_content=row.capture_content,
        unknown_price=row.unknown_price,
        sticky=row.sticky,
        second_looks=_second_looks(row),
        passes=_passes(row),
        cache=answer_cache(row),
        bounds=Bounds(row.simple_up_to, row.medium_up_to, row.complex_up_to),
    )


def _second_looks(row: RoutingPolicy) -> SecondLooks:
    account, _, model = row.judge.partition("/")
    return SecondLooks(
        cascade=row.cascade,
        badge=row.badge,
        judge=TargetRef(account, model) if account and model else None,
        judge_milliseconds=row.judge_milliseconds,
        borderline=row.borderline,
        explore_percent=row.explore_percent,
    )


def _passes(row: RoutingPolicy) -> Passes:
    return Passes(
        results=row.compress_results,
        selection=row.tool_selection,
        marks=row.cache_marks,
        bypass=row.bypass,
        terse=row.terse,
        trim=row.trim_history,
        repair=row.repair_calls,
        hold_out=row.hold_out_percent,
    )


def answer_cache(row: RoutingPolicy) -> AnswerCache:
    return AnswerCache(
        mode=row.cache,
        scope=row.cache_scope,
        seconds=row.cache_hours * 3600,
        temperature=row.cache_temperature,
        gate=row.cache_gate,
        judge=row.cache_judge,
        check=row.cache_check_percent,
        budget=row.cache_error_percent / 100,
        prove=row.cache_prove,
        most=row.cache_entries,
        most_bytes=row.cache_entry_kb * 1024,
    )


def candidates(rules: RulesByTeam, rows: Mapping[int | None, RoutingPolicy]) -> dict[int, Shadow]:
    """By team; `rows`: the live policies by team. One that does not hold any more (a setting has gone) is left out and
    logged."""
    found = {}
    for row in ShadowPolicy.objects.filter(share__gt=0):
        try:
            live = rows.get(row.team_id) or rows.get(None) or RoutingPolicy()
            found[row.team_id] = candidate_of(row, rules, live)
        except (ValidationError, ValueError, TypeError) as problem:
            log.error("candidate policy left out", team_id=row.team_id, problem=type(problem).__name__)
    return found


def candidate_of(row: ShadowPolicy, known: RulesByTeam, live: RoutingPolicy) -> Shadow:
    """Raises ValidationError, ValueError or TypeError for content that is none."""
    content = row.content
    rules = content.get("rules")
    targets = content.get("tier_map")
    return Shadow(
        id=row.pk,
        share=row.share,
        policy=policy_of(row_of(content, live), f"candidate:{row.pk}"),
        rules=known.with_own([_rule(one) for one in rules_in(rules)]) if rules is not None else None,
        tier_map=tier_map_of(targets, f"candidate:{row.pk}") if isinstance(targets, Mapping) else None,
    )


def _rule(row: RoutingRule) -> Rule:
    """Of a candidate: known by its name, as it has no row."""
    return Rule(
        f"candidate:{row.name}", row.name, row.kind, row.pattern, Tier[row.tier], row.enabled, row.scope, row.form
    )


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
