"""From the model a caller named to the ordered targets that may serve it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from accounts.caller import Caller
from gateway.chat.errors import Forbidden, NotFound
from gateway.chat.request import ChatRequest, Document, Image, ToolResult
from gateway.providers.account import Account
from gateway.wire.profile import Profile
from routing.ask import ask_of
from routing.decision import Decision, Step
from routing.features import features_of
from routing.judgement import Judgement, judge
from routing.names import matches
from routing.tiers import TargetRef, Tier

from .fallback import ladder
from .ports import Team

Staying = Callable[[Judgement, list[Step], str], tuple[list[Step], str]]
Review = Callable[[Judgement], Judgement]
ProfileOf = Callable[[TargetRef], Profile | None]


def may_use(caller: Caller, target: TargetRef, tier: Tier | None = None, alias: str = "") -> bool:
    """Whether the key's model allowlist (empty: everything its team may use) covers `target`, reached by `tier` (None: by
    its own name, or by `alias`, its name in the catalogue). A pattern with a slash is an account's ("openai/*" is not what
    OpenRouter calls "openai/o3-pro"), and a tier's word allows that tier, not a model of that name, which any account may be
    asked for."""
    # A budget's pattern also covers a model's names without region, maker, path, date and version (routing.names.covers),
    # which only limits more. Here it would allow more than was written: "vendor/claude-x" at a reseller, where anybody may
    # name a model so; later versions of a pinned "gpt-4o"; ":thinking" and "[1m]" at another price. Names count as written.
    if not caller.models:
        return True
    bare = tuple(pattern for pattern in caller.models if "/" not in pattern and Tier.parse(pattern) is None)
    return (
        matches(str(target), caller.models)
        or matches(target.model, bare)
        or (alias != "" and matches(alias, bare))
        or (tier is not None and matches(tier.name.lower(), caller.models))
    )


def decide(
    request: ChatRequest,
    caller: Caller,
    team: Team,
    accounts: Mapping[str, Account],
    profile_of: ProfileOf,
    prompt_tokens: int,
    cap: Tier | None = None,
    staying: Staying | None = None,
    review: Review | None = None,
    judged_by: Callable[[], Judgement] | None = None,
) -> Decision:
    """Raises NotFound for a model this team does not know or this key may not use (the same words for both, LEK-3), and
    Forbidden when a tier holds nothing the key may use. `prompt_tokens`: an estimate, for the context-window guard. `cap`:
    the highest tier a budget's soft limit allows; a target that the caller names is no tier. `staying`: puts the session's
    own target first where it is worth it (gateway.staying). `review` may change what was judged (gateway.judging).
    `judged_by`: the judgement of this request by this team's policy, for who decides about it more than once."""
    name = request.model.strip()
    tier = Tier.parse(name)
    if matches(name, team.policy.auto_names):
        found = judged_by() if judged_by is not None else judge(request, team.policy, team.rules)
        judged = _capped(review(found) if review is not None else found, cap)
        return _below(_tiered(judged, request, caller, team, accounts, profile_of, prompt_tokens, staying), cap)
    if tier is not None:
        named = Judgement(tier, None, features_of(request, ask_of(request)), mode="tier", reason="named by the caller")
        return _below(_tiered(_capped(named, cap), request, caller, team, accounts, profile_of, prompt_tokens), cap)
    target = _named_target(name, team, accounts)
    if target is None or not may_use(caller, target, alias=name if name in team.models else ""):
        raise NotFound(
            f"The model '{name[:120]}' does not exist or this key may not use it. "
            "Use 'auto', a tier (simple, medium, complex, reasoning) or a name listed by GET /v1/models.",
            code="model_not_found",
            param="model",
        )
    step = Step(target, None)
    _priced([step], team, accounts)
    return Decision(
        "target",
        None,
        (step,),
        reason="named by the caller",
        policy_version=team.policy.version,
        map_version=team.tier_map.version,
    )


def _priced(steps: list[Step], team: Team, accounts: Mapping[str, Account]) -> list[Step]:
    """Those that may be charged; Forbidden when a policy other than "allow" leaves none (UNK-4)."""
    if team.policy.unknown_price == "allow":
        return steps
    found = [step for step in steps if may_be_charged(step.target, team, accounts)]
    if not found:
        raise price_unknown(steps[0].target)
    return found


def may_be_charged(target: TargetRef, team: Team, accounts: Mapping[str, Account]) -> bool:
    """Whether the team's policy on unknown prices lets `target` be called."""
    unknown = team.policy.unknown_price
    if unknown == "allow":
        return True
    account = accounts[target.account]
    return team.prices.charged(account.vendor, target.model, account.base_url, unknown) is not None


def price_unknown(target: TargetRef) -> Forbidden:
    return Forbidden(
        f"The price of the model '{str(target)[:200]}' is unknown, and this team's policy does not let such models be "
        "called. An admin can enter its price under Price overrides, or change the policy.",
        code="price_unknown",
        param="model",
    )


def _capped(judged: Judgement, cap: Tier | None) -> Judgement:
    if cap is None or judged.tier <= cap:
        return judged
    return replace(judged, tier=cap, reason=f"{judged.reason}, capped to {cap.name.lower()} by a budget")


def _below(decision: Decision, cap: Tier | None) -> Decision:
    """Without the steps above the cap, unless there are no others: a cap makes cheaper, it does not refuse."""
    if cap is None:
        return decision
    kept = tuple(step for step in decision.steps if step.tier is None or step.tier <= cap)
    return replace(decision, steps=kept) if kept else decision


def _named_target(name: str, team: Team, accounts: Mapping[str, Account]) -> TargetRef | None:
    entry = team.models.get(name)
    if entry is not None:
        return entry.target
    account, slash, model = name.partition("/")
    if slash and model and account in accounts and team.may_call(account):
        return TargetRef(account, model)
    return None


def _tiered(
    judged: Judgement,
    request: ChatRequest,
    caller: Caller,
    team: Team,
    accounts: Mapping[str, Account],
    profile_of: ProfileOf,
    prompt_tokens: int,
    staying: Staying | None = None,
) -> Decision:
    tier, reason = judged.tier, judged.reason
    steps = [s for s in ladder(tier, team.tier_map.targets, fallback=True) if s.target.account in accounts]
    if not steps:
        raise NotFound(
            "No targets are configured for this team's tiers. An admin can add them under Tier maps.",
            code="no_targets",
            param="model",
        )
    allowed = [step for step in steps if may_use(caller, step.target, step.tier)]
    if not allowed:
        raise Forbidden("This key may not use any target of its team's tiers.", code="model_not_allowed")
    allowed = _priced(allowed, team, accounts)
    fitting = fitting_steps(allowed, needs_of(request, prompt_tokens), profile_of)
    if fitting and fitting[0] != allowed[0]:
        reason += ", moved to a model that fits"
    chosen = fitting or allowed
    if staying is not None:
        chosen, reason = staying(judged, chosen, reason)
    return Decision(
        judged.mode,
        tier,
        tuple(_kept(chosen, judged, team)),
        judged.score.value if judged.score is not None else None,
        reason,
        team.policy.version,
        team.tier_map.version,
        judged,
    )


def _kept(steps: list[Step], judged: Judgement, team: Team) -> list[Step]:
    """Without fallback the first alone, and those a cascade may go on to."""
    if team.policy.fallback:
        return steps
    cascade = team.policy.second_looks.cascade and judged.mode == "auto"
    first = steps[0].tier
    return steps[:1] + [s for s in steps[1:] if cascade and first is not None and s.tier is not None and s.tier > first]


@dataclass(frozen=True, slots=True)
class Needs:
    """What a model must be able to do for a request, whichever tier or step it stands for: see `images`, hold `tokens`."""

    images: bool
    tokens: int


IMAGE_TOKENS = 1_600
"""About what providers count for a picture, whose bytes say nothing of it."""


def needs_of(request: ChatRequest, prompt_tokens: int) -> Needs:
    """`prompt_tokens`: an estimate by bytes, from which the bytes of pictures and files are taken off."""
    images = encoded = 0
    for part in _parts(request):
        if isinstance(part, Image):
            images += 1
            encoded += len(part.data or "")
        elif isinstance(part, Document):
            encoded += len(part.data or "") * 3 // 4  # a PDF's text is a small part of it
    return Needs(images > 0, max(1, prompt_tokens - encoded // 4) + images * IMAGE_TOKENS)


def fits(profile: Profile, needs: Needs) -> bool:
    """A guard, so an unknown limit passes (IMG-2: per model)."""
    if needs.images and not profile.vision:
        return False
    return profile.context_window is None or needs.tokens <= profile.context_window


def fitting_steps(steps: Sequence[Step], needs: Needs, profile_of: ProfileOf) -> list[Step]:
    """Those whose model can see the images and hold the prompt. Fallbacks, sessions and cascades choose among these only."""
    return [s for s in steps if (profile := profile_of(s.target)) is not None and fits(profile, needs)]


def has_images(request: ChatRequest) -> bool:
    return any(isinstance(part, Image) for part in _parts(request))


def _parts(request: ChatRequest) -> Iterator[object]:
    """Pictures and files, those in tool results too."""
    for message in request.messages:
        for block in message.blocks:
            if isinstance(block, ToolResult):
                yield from (part for part in block.content if isinstance(part, Image | Document))
            elif isinstance(block, Image | Document):
                yield block
