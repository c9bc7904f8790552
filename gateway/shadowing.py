"""A candidate policy beside the live one: judged for a share of a team's automatic requests, never served by. Pure.

It costs the judgement only: what the live one found out about the ask is used again, and rules are matched anew only where
the candidate has its own.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.chat.request import ChatRequest
from gateway.chat.usage import NO_USAGE, Usage
from gateway.fallback import ladder
from gateway.pricing import Price, PriceTable, cost
from gateway.providers.account import Account
from routing.ask import ask_of
from routing.decision import Decision
from routing.judgement import concluded
from routing.rules import Rules
from routing.tiers import Policy, TargetRef, Tier, TierMap


@dataclass(frozen=True, slots=True)
class Shadow:
    """`id` of its row. `share` of requests it judges, 0-100. `rules` None: the live ones. `tier_map` None: the live one."""

    id: int
    share: int
    policy: Policy
    rules: Rules | None = None
    tier_map: TierMap | None = None


@dataclass(frozen=True, slots=True)
class Shadowed:
    """What the candidate would have done with one request."""

    id: int
    tier: Tier
    target: TargetRef | None
    score: int | None
    price: Price | None
    live: Tier

    def as_record(self, usage: Usage) -> dict[str, Any]:
        """`cost`: USD for the tokens the served model used, had they been this target's; None where nobody knows."""
        amount = cost(self.price, usage) if usage != NO_USAGE else None
        return {
            "id": self.id,
            "tier": self.tier.name,
            "live": self.live.name,
            "target": str(self.target)[:240] if self.target is not None else "",
            "score": self.score,
            "cost": str(round(amount, 8)) if amount is not None else None,
        }


def shadowed(
    shadow: Shadow | None,
    request: ChatRequest,
    decision: Decision,
    live_map: TierMap,
    accounts: Mapping[str, Account],
    prices: PriceTable,
    spot: int,
) -> Shadowed | None:
    """None where there is no candidate, the request is none of its share, or was not routed by difficulty. `spot` is
    anything that differs from request to request, or stays the same for those that belong together."""
    judged = decision.judgement
    if shadow is None or judged is None or decision.mode not in ("auto", "pinned") or decision.tier is None:
        return None
    if spot % 100 >= shadow.share:
        return None
    hits = judged.hits if shadow.rules is None else shadow.rules.hits(ask_of(request), judged.features)
    found = concluded(judged.features, hits, shadow.policy)
    tier_map = shadow.tier_map if shadow.tier_map is not None else live_map
    steps = ladder(found.tier, tier_map.targets, fallback=True)
    target = next((step.target for step in steps if step.target.account in accounts), None)
    price = None
    if target is not None:
        account = accounts[target.account]
        price = prices.charged(account.vendor, target.model, account.base_url, shadow.policy.unknown_price)
    value = found.score.value if found.score is not None else None
    return Shadowed(shadow.id, found.tier, target, value, price, decision.tier)


def spot_of(session_id: str, request_id: str) -> int:
    """The requests of one session are judged all or none."""
    return zlib.crc32((session_id or request_id).encode("utf-8", "surrogatepass"))
