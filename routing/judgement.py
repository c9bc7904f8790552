"""The tier a request deserves, before sessions, the cap of a budget and targets have their say. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.chat.request import ChatRequest

from .ask import ask_of
from .client_tools import CLIENTS_OWN_TOOLS
from .features import Features, features_of
from .rules import FLOORS, Hit, Rules
from .scorer import Score, score
from .side_requests import side_request_of
from .tiers import Policy, Tier


@dataclass(frozen=True, slots=True)
class Judgement:
    """`floor` and `cap`: the least and the most the rules allow, whatever is chosen later. `mode`: "auto" (scored), "side" (a
    request the client makes for itself, `side_request` says which; it must not touch the session), "pinned" (by policy).
    `reason`: one line of ASCII."""

    tier: Tier
    score: Score | None
    features: Features
    hits: tuple[Hit, ...] = ()
    floor: Tier | None = None
    cap: Tier | None = None
    mode: str = "auto"
    reason: str = ""
    side_request: str = ""


def judge(request: ChatRequest, policy: Policy, rules: Rules) -> Judgement:
    """Raises nothing: whatever comes in, some tier comes out."""
    ask = ask_of(request)
    features = features_of(request, ask, CLIENTS_OWN_TOOLS)
    side = side_request_of(request)
    if side:
        return Judgement(
            Tier.SIMPLE, None, features, mode="side", reason=f"client's own request: {side}", side_request=side
        )
    if policy.pinned_tier is not None:
        return Judgement(policy.pinned_tier, None, features, mode="pinned", reason="pinned by policy")
    result = score(features, policy.bounds)
    hits = rules.hits(ask, features)
    floor = max((hit.rule.tier for hit in hits if hit.rule.kind in FLOORS), default=None)
    cap = min((hit.rule.tier for hit in hits if hit.rule.kind == "cap"), default=None)
    tier, why = _chosen(result, hits)
    if floor is not None and tier < floor:
        tier, why = floor, [hit for hit in hits if hit.rule.kind in FLOORS and hit.rule.tier == floor]
    if cap is not None and tier > cap:
        tier, why = cap, [hit for hit in hits if hit.rule.kind == "cap" and hit.rule.tier == cap]
    reason = ", ".join(hit.rule.name for hit in why[:3]) or ", ".join(result.reasons)
    return Judgement(tier, result, features, hits, floor, cap, "auto", reason)


def _chosen(result: Score, hits: tuple[Hit, ...]) -> tuple[Tier, list[Hit]]:
    """By the highest force rule, else by a trivial one, else by the score; and the hits that chose it."""
    for kind in ("force", "trivial"):
        found = [hit for hit in hits if hit.rule.kind == kind]
        if found:
            tier = max(hit.rule.tier for hit in found)
            return tier, [hit for hit in found if hit.rule.tier == tier]
    return result.tier, []
