"""Near matches asked again behind the answer, to compare: how a team's share of wrong ones is known (docs/decisions/0012).

Asking again is an operation of its own in the books (surface "cache check"): the team pays for it and its budgets hold it.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import replace

from caching import comparing
from caching.entry import Pair
from gateway.chat.errors import GatewayError
from gateway.chat.request import ChatRequest
from gateway.providers.account import Account
from routing.decision import Decision, Step
from routing.tiers import TargetRef, Tier

from . import budgeting, metrics
from .aside import Aside, ask_aside
from .attempting import call, open_attempt
from .deciding import may_be_charged
from .exchange import Exchange
from .lookup import Lookup
from .ports import World
from .relaying import read_answer
from .settling import close_attempt, settle

SURFACE = "cache check"
JUDGE_SECONDS = 30.0
JUDGE_TOKENS = 32
SECONDS = 300.0


def judge_of(exchange: Exchange, world: World) -> tuple[TargetRef, Account] | None:
    """The policy's judge of near matches, where it may be called now."""
    account_name, _, model = exchange.team.policy.cache.judge.partition("/")
    account = world.snapshots.current.accounts.get(account_name)
    target = TargetRef(account_name, model)
    if account is None or not model or not exchange.team.may_call(account_name) or not world.breakers.admits(target):
        return None
    return (target, account) if may_be_charged(target, exchange.team, world.snapshots.current.accounts) else None


async def recheck(
    exchange: Exchange, look: Lookup, pair: Pair, request: ChatRequest | None, world: World, fresh: str = ""
) -> None:
    """Notes `pair` with a verdict: of `fresh`, or of the answer to `request`, which is then asked for now. Never raises."""
    check = Exchange(SURFACE, exchange.caller, exchange.team, {})
    try:
        async with asyncio.timeout(SECONDS):
            if request is not None:
                fresh = await _asked_again(check, look, request, world)
            verdict, by = await _verdict(check, pair, fresh, world)
        pair = replace(pair, fresh_answer=fresh, verdict=verdict, judged_by=by, cost=check.total_cost())
        metrics.NEAR_CHECKS.labels(pair.mode, verdict).inc()
    except (GatewayError, TimeoutError):
        metrics.NEAR_CHECKS.labels(pair.mode, "failed").inc()
    except Exception as error:
        metrics.defect(error)
    finally:
        if check.attempts:
            settle(check, world)
        elif check.reservation is not None:
            check.reservation.release()
        world.memory.note(pair)


async def _asked_again(check: Exchange, look: Lookup, request: ChatRequest, world: World) -> str:
    """Raises GatewayError: nothing is tried twice, another near match will be drawn."""
    assert look.target is not None
    request = replace(request, stream=False, dialect="")  # encoded anew: there is no body of the caller's to relay
    tier = Tier.parse(look.tier) if look.tier else None
    check.decision = Decision("check", tier, (Step(look.target, tier),), reason="a near match, asked again to compare")
    check.requested_model = request.model
    check.request = request
    check.input_estimate = max(1, sum(len(str(message.blocks)) for message in request.messages) // 4)
    await budgeting.hold(check, world, request.max_tokens)
    account = world.snapshots.current.accounts.get(look.target.account)
    if account is None or not world.breakers.admits(look.target):
        raise TimeoutError
    plan, attempt = open_attempt(check, request, check.decision.steps[0], account, world)
    try:
        async with aclosing(await call(check, request, plan, attempt, world)) as response:
            answer, _ = await read_answer(request, plan, response)
    except GatewayError as error:
        close_attempt(check, attempt, error=error)
        check.error = error
        raise
    attempt.usage = attempt.usage.merge(answer.usage)
    close_attempt(check, attempt)
    check.served = attempt
    check.status, check.http_status = "completed", 200
    return "".join(block.text for block in answer.blocks if hasattr(block, "text") and not hasattr(block, "signature"))


async def _verdict(check: Exchange, pair: Pair, fresh: str, world: World) -> tuple[str, str]:
    """(same | different | unsure, who says so). A contradiction that a comparison finds is asked of the judge too, if there
    is one: where the two do not agree, people decide."""
    likeness = await _likeness(pair.kept_answer, fresh, world)
    found = await asyncio.to_thread(comparing.compare, pair.kept_answer, fresh, likeness, ask=pair.ask)
    judge = judge_of(check, world)
    if found == "same" or judge is None:
        return found, "comparison" if found != "unsure" else ""
    target, account = judge
    asked = comparing.prompt_for_judge(pair.ask, pair.kept_answer, fresh)
    if not await budgeting.hold_more(check, world, target, len(asked) // 3, JUDGE_TOKENS):
        return found, "comparison" if found != "unsure" else ""
    said = await ask_aside(check, account, target, Aside("", asked, JUDGE_TOKENS, JUDGE_SECONDS), world)
    verdict = comparing.settled(found, comparing.read_verdict(said or ""))
    return verdict, "judge" if verdict != "unsure" else ""


async def _likeness(kept: str, fresh: str, world: World) -> float | None:
    found = await world.reader.read([kept[:2000], fresh[:2000]], 5.0)
    if found is None:
        return None
    one, other = found.each
    return float(sum(float(a) * float(b) for a, b in zip(one.vector, other.vector, strict=True)))
