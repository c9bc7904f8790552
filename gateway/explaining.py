"""Why a request goes where it goes, and what it would cost at each tier. Reads the snapshot; calls no provider; nothing of
the request's words is kept, and none is in what comes back but the evidence that moved the score."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from accounts.caller import Caller
from gateway.chat.errors import BadRequest
from gateway.chat.request import ChatRequest
from gateway.chat.usage import Usage
from gateway.fallback import ladder
from gateway.pricing import cost
from gateway.providers.registry import vendor as vendor_of
from gateway.wire import registry
from gateway.wire.profile import Profile
from routing.affinity import Pin
from routing.ask import ask_of
from routing.decision import Decision, Step
from routing.features import Features, numbers_of
from routing.judgement import Judgement, judge
from routing.learned import difficulty, weights
from routing.lexicon import PHRASES
from routing.recording import judged_again
from routing.scorer import score
from routing.tiers import TargetRef, Tier

from .bypass import answer_to
from .counting import texts_of
from .deciding import Staying, decide, has_images, may_be_charged, may_use
from .ports import Snapshot, Team
from .tokens import count_text

DIALECTS = ("anthropic", "openai_chat", "openai_responses")
MOST_CHARACTERS = 2_000_000
_ENVELOPE = frozenset(
    {"tools", "extra_tools", "tool_chain", "tool_results", "depth", "images", "context_tokens", "continues"}
)
_FEATURES = tuple(field for field in fields(Features) if field.name != "why")


@dataclass(frozen=True, slots=True)
class Expected:
    """Output tokens to reckon with at each tier, and where the figure is from."""

    tokens: Mapping[Tier, int]
    basis: str


ASSUMED = Expected({Tier.SIMPLE: 250, Tier.MEDIUM: 600, Tier.COMPLEX: 1_200, Tier.REASONING: 2_500}, "assumed")


@dataclass(frozen=True, slots=True)
class Kept:
    """What is left of a request that was served: its features record, its prompt in tokens, the name it asked for."""

    record: Mapping[str, Any]
    tokens: int
    output: int | None = None


def dialect_of(body: Mapping[str, Any], headers: Mapping[str, str]) -> str:
    """The dialect `body` says it is in, else the one it looks like. Raises BadRequest naming the field."""
    said = body.get("dialect")
    if said is not None:
        if said not in DIALECTS:
            raise BadRequest(f"dialect: must be one of {', '.join(DIALECTS)}", param="dialect")
        return str(said)
    if "input" in body:
        return "openai_responses"
    messages = body.get("messages")
    if messages is None:
        raise BadRequest("messages: field required (or input, for a Responses request)", param="messages")
    if "system" in body or "anthropic-version" in headers or _has_anthropic_blocks(messages):
        return "anthropic"
    return "openai_chat"


def _has_anthropic_blocks(messages: Any) -> bool:
    for message in messages if isinstance(messages, list) else ():
        content = message.get("content") if isinstance(message, Mapping) else None
        for block in content if isinstance(content, list) else ():
            if isinstance(block, Mapping) and block.get("type") in ("tool_use", "tool_result", "image", "thinking"):
                return True
    return False


def request_of(body: Mapping[str, Any], headers: Mapping[str, str]) -> tuple[str, ChatRequest]:
    """(dialect, request). A body without a model asks for "auto". Raises BadRequest naming the field."""
    dialect = dialect_of(body, headers)
    shaped = {"model": "auto", **{name: value for name, value in body.items() if name != "dialect"}}
    if dialect == "anthropic":
        shaped.setdefault("max_tokens", 4096)
    return dialect, registry.dialect(dialect).decode_request(shaped)


def explain(
    request: ChatRequest,
    caller: Caller,
    team: Team,
    snapshot: Snapshot,
    *,
    cap: Tier | None = None,
    expected: Expected = ASSUMED,
    resting: frozenset[str] = frozenset(),
    scale: Callable[[TargetRef], float] = lambda _: 1.0,
    staying: Staying | None = None,
    pin: Pin | None = None,
    headers: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, Any]:
    """Everything the decision rests on, as JSON values (costs in USD as text, None: unknown). `staying` and `pin`: of the
    session it belongs to, if it has one. "answered_here": the probe it is, which no target sees. Raises what
    `decide` raises for a model that is not there or not allowed."""
    tokens = tokens_of(request)
    profile = profiles_of(snapshot)
    decision = decide(request, caller, team, snapshot.accounts, profile, tokens, cap, staying)
    judged = decision.judgement or judge(request, team.policy, team.rules)
    fits = _Fitting(caller, team, snapshot, profile, tokens, has_images(request), cap)
    return {
        **_judged(judged, decision, team),
        "answered_here": _answered_here(request, caller, team, headers),
        "session": _session(pin),
        "evidence": _evidence(request) if judged.features.learned >= 0 else [],
        "targets": _targets(decision, fits, resting),
        "input_tokens": tokens,
        "costs": _costs(fits, tokens, expected, request.max_tokens, scale),
    }


def _answered_here(request: ChatRequest, caller: Caller, team: Team, headers: Mapping[str, str]) -> str | None:
    if not team.policy.passes.bypass or caller.passthrough:
        return None
    found = answer_to(request, headers)
    return found.what if found is not None else None


def explain_kept(
    kept: Kept, caller: Caller, team: Team, snapshot: Snapshot, *, expected: Expected = ASSUMED
) -> dict[str, Any] | None:
    """The same for a request of which only numbers are left, by the rules and the policy of today. None where it was not
    judged when it was served."""
    judged = judged_again(kept.record, team.policy, team.rules.rules)
    if judged is None:
        return None
    fits = _Fitting(caller, team, snapshot, profiles_of(snapshot), kept.tokens, judged.features.images, None)
    steps = tuple(step for step in fits.ladder(judged.tier) if not fits.problem(step))
    chosen = steps if team.policy.fallback else steps[:1]
    decision = Decision(judged.mode, judged.tier, chosen, reason=judged.reason, policy_version=team.policy.version)
    decision = replace(decision, map_version=team.tier_map.version)
    return {
        **_judged(judged, decision, team),
        "answered_here": None,
        "session": None,
        "evidence": [],
        "targets": _targets(decision, fits, frozenset()),
        "input_tokens": kept.tokens,
        "costs": _costs(fits, kept.tokens, expected, kept.output, lambda _: 1.0, exact=kept.output is not None),
    }


def tokens_of(request: ChatRequest) -> int:
    """In tokens of our tokenizer; of a very long prompt from its beginning."""
    texts, flat = texts_of(request)
    total, left = flat, MOST_CHARACTERS
    for text in texts:
        part = text[:left]
        if part:
            total += round(count_text(part) * len(text) / len(part))
        elif text:
            total += len(text) // 4
        left -= len(part)
    return total


def profiles_of(snapshot: Snapshot) -> Callable[[TargetRef], Profile | None]:
    def profile(target: TargetRef) -> Profile | None:
        account = snapshot.accounts.get(target.account)
        return vendor_of(account.vendor).profile(account, target.model, "") if account is not None else None

    return profile


def _judged(judged: Judgement, decision: Decision, team: Team) -> dict[str, Any]:
    found = judged.score
    return {
        "mode": decision.mode,
        "tier": decision.tier.name if decision.tier is not None else None,
        "would_be": judged.tier.name,
        "score": found.value if found is not None else None,
        "margin": found.margin if found is not None else None,
        "bounds": list(team.policy.bounds),
        "reason": decision.reason,
        "reasons": list(found.reasons) if found is not None else [],
        "side_request": judged.side_request or None,
        "floor": judged.floor.name if judged.floor is not None else None,
        "cap": judged.cap.name if judged.cap is not None else None,
        "rules": [
            {"id": hit.rule.id, "name": hit.rule.name, "kind": hit.rule.kind, "effect": hit.effect}
            for hit in judged.hits
        ],
        "features": _features(judged.features),
        "policy_version": decision.policy_version,
        "map_version": decision.map_version,
    }


def _session(pin: Pin | None) -> dict[str, Any] | None:
    """What holds it: the model that served it last, and how much of its prompt that still holds."""
    if pin is None:
        return None
    return {
        "target": str(pin.target),
        "tier": pin.tier.name,
        "score": pin.score,
        "warm_tokens": pin.warm,
        "asks": pin.asks,
    }


def _features(features: Features) -> list[dict[str, Any]]:
    """`points`: how much lower the score would be without it; 0 for what does not move it."""
    whole = score(features).value
    found = []
    for field in _FEATURES:
        value = getattr(features, field.name)
        usual = value == field.default
        of_ask = field.name not in _ENVELOPE
        points = 0
        if of_ask and not usual and field.name not in ("words", "learned"):
            without: Any = {field.name: field.default}
            points = whole - score(replace(features, **without)).value
        elif field.name == "learned" and value >= 0:
            points = whole
        found.append({"name": field.name, "value": value, "usual": usual, "of_the_ask": of_ask, "points": points})
    return found


def _evidence(request: ChatRequest) -> list[dict[str, Any]]:
    """What weighs most in the learned part, in points of the score."""
    ask = ask_of(request)
    _, parts = difficulty(ask.stems, PHRASES.found_in(ask.stems), ask.reading, numbers_of(ask), weights())
    return [{"evidence": name, "points": round(25 * weight, 1)} for weight, name in parts]


@dataclass(frozen=True, slots=True)
class _Fitting:
    """Which targets this request may go to, and why not."""

    caller: Caller
    team: Team
    snapshot: Snapshot
    profile: Callable[[TargetRef], Profile | None]
    tokens: int
    images: bool
    cap: Tier | None

    def ladder(self, tier: Tier) -> tuple[Step, ...]:
        return ladder(tier, self.team.tier_map.targets, fallback=True)

    def problem(self, step: Step) -> str:
        """ "" if nothing speaks against it."""
        if step.target.account not in self.snapshot.accounts:
            return "its provider account is switched off"
        if not may_use(self.caller, step.target, step.tier):
            return "this key may not use it"
        if not may_be_charged(step.target, self.team, self.snapshot.accounts):
            return "its price is unknown, and the policy does not let such models be called"
        profile = self.profile(step.target)
        if profile is None:
            return "its provider account is switched off"
        if self.images and not profile.vision:
            return "it does not see images"
        if profile.context_window is not None and self.tokens > profile.context_window:
            return f"its context window of {profile.context_window:,} tokens is too small"
        if self.cap is not None and step.tier is not None and step.tier > self.cap:
            return f"a budget's soft limit allows no tier above {self.cap.name.lower()}"
        return ""


def _targets(decision: Decision, fits: _Fitting, resting: frozenset[str]) -> list[dict[str, Any]]:
    """In the order they are tried, then those left out, with `why_not`."""
    order = {step.target: place for place, step in enumerate(decision.steps, 1)}
    steps = list(decision.steps)
    if decision.tier is not None:
        steps += [step for step in fits.ladder(decision.tier) if step.target not in order]
    told = []
    for step in steps:
        place = order.get(step.target)
        why_not = "" if place else fits.problem(step) or "the policy does not fall back to other targets"
        told.append(
            {
                "order": place,
                "target": str(step.target),
                "tier": step.tier.name if step.tier is not None else None,
                "why_not": why_not or None,
                "resting": str(step.target) in resting,
            }
        )
    return told


def _costs(
    fits: _Fitting,
    tokens: int,
    expected: Expected,
    most: int | None,
    scale: Callable[[TargetRef], float],
    exact: bool = False,
) -> list[dict[str, Any]]:
    """Of the first target of each tier that would serve it; `usd` None where the price is not known or nothing serves it.
    Nothing is taken to be in a provider's cache."""
    told = []
    for tier in Tier:
        step = next((step for step in fits.ladder(tier) if not fits.problem(step)), None)
        output = most if exact and most is not None else expected.tokens.get(tier, ASSUMED.tokens[tier])
        if most is not None:
            output = min(output, most)
        usd: Decimal | None = None
        version = None
        prompt = tokens
        if step is not None:
            account = fits.snapshot.accounts[step.target.account]
            price = fits.team.prices.charged(
                account.vendor, step.target.model, account.base_url, fits.team.policy.unknown_price
            )
            prompt = round(tokens * scale(step.target))
            usd = cost(price, Usage(input=prompt, output=output))
            version = price.source if price is not None else None
        told.append(
            {
                "tier": tier.name,
                "target": str(step.target) if step is not None else None,
                "borrowed_from": step.tier.name if step is not None and step.tier not in (None, tier) else None,
                "input_tokens": prompt,
                "output_tokens": output,
                "output_basis": "as it was" if exact else expected.basis,
                "usd": f"{usd:.8f}" if usd is not None else None,
                "price_version": version,
            }
        )
    return told
