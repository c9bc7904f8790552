"""A candidate policy beside the live one: judged for a share of a team's automatic requests, never served by. Pure.

It costs the judgement only: what the live one found out about the ask is used again, and rules are matched anew only where
the candidate has its own.
"""

from __future__ import annotations

import datetime as dt
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

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


@dataclass(frozen=True, slots=True)
class Compared:
    """A request as it was served (`paid` None: unknown), and as the candidate would have (`record`: of `Shadowed`)."""

    id: UUID
    at: dt.datetime
    record: Mapping[str, Any]
    paid: Decimal | None
    score: int | None
    served: str


@dataclass(slots=True)
class Comparison:
    """`live` and `candidate`: USD of the `priced` requests whose cost is known under both. `examples`: of those that would
    have gone to another tier, the newest."""

    requests: int = 0
    agreed: int = 0
    priced: int = 0
    live: Decimal = Decimal(0)
    candidate: Decimal = Decimal(0)
    other_target: int = 0
    matrix_of: Counter[tuple[str, str]] = field(default_factory=Counter)
    examples: list[Compared] = field(default_factory=list)

    @property
    def difference(self) -> Decimal:
        return self.candidate - self.live

    @property
    def change(self) -> float | None:
        return float(self.difference / self.live) if self.live else None

    @property
    def moved_share(self) -> float | None:
        return (self.requests - self.agreed) / self.requests if self.requests else None

    @property
    def unpriced(self) -> int:
        return self.requests - self.priced

    def matrix(self) -> list[tuple[str, list[tuple[int, bool]]]]:
        """Rows: the live tier; columns: the candidate's; (requests, whether they agree)."""
        names = [tier.name for tier in Tier]
        return [(name, [(self.matrix_of[(name, other)], name == other) for other in names]) for name in names]


MOST_EXAMPLES = 12


def compare(rows: Iterable[Compared]) -> Comparison:
    found = Comparison()
    for row in rows:
        live, tier = str(row.record.get("live")), str(row.record.get("tier"))
        found.requests += 1
        found.matrix_of[(live, tier)] += 1
        found.agreed += live == tier
        found.other_target += row.served not in ("", row.record.get("target"))
        if live != tier and len(found.examples) < MOST_EXAMPLES:
            found.examples.append(row)
        amount = row.record.get("cost")
        if amount is not None and row.paid is not None:
            found.priced += 1
            found.live += row.paid
            found.candidate += Decimal(str(amount))
    return found
