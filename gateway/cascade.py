"""A cheap answer is checked, and the next tier answers in its place when it fails.

Only for what "auto" decided, is not streamed and has no tools in flight. At most one step up; both answers are paid for, and
the budgets held enough for both. The answer in doubt is kept: it is served when nothing above can.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace

from gateway.chat.errors import UpstreamTimeout
from gateway.chat.request import ChatRequest, ToolResult
from gateway.chat.response import ChatResponse
from routing.ask import ask_of
from routing.decision import Decision, Step
from routing.tiers import Policy, Tier
from routing.verifying import verify

from .exchange import Attempt, Exchange


@dataclass(slots=True)
class Doubted:
    """An answer that failed a check. `deliver` serves it all the same; `until`: the loop time by which another must have
    come; `clock` runs meanwhile."""

    why: str
    tier: Tier
    deliver: Callable[[], Awaitable[None]]
    until: float
    clock: asyncio.Timeout | None = None


def of(decision: Decision, request: ChatRequest, policy: Policy) -> Decision:
    """`decision`, marked where its answer will be checked."""
    if not policy.second_looks.cascade or decision.mode != "auto" or request.stream or tools_in_flight(request):
        return decision
    first = decision.steps[0]
    return replace(decision, cascade=any(above(decision, first.tier)))


def tools_in_flight(request: ChatRequest) -> bool:
    """Whether the request brings results of tools: another model would not know what the first was about."""
    for message in reversed(request.messages):
        if message.role != "system":
            return any(isinstance(block, ToolResult) for block in message.blocks)
    return False


def above(decision: Decision, tier: Tier | None) -> Iterable[Step]:
    """The steps of the next tier above `tier` that has any."""
    if tier is None or tier is Tier.REASONING:
        return []
    cap = decision.judgement.cap if decision.judgement is not None else None
    higher = [step for step in decision.steps if step.tier is not None and step.tier > tier]
    higher = [step for step in higher if cap is None or (step.tier is not None and step.tier <= cap)]
    lowest = min((step.tier for step in higher if step.tier is not None), default=None)
    return [step for step in higher if step.tier is lowest]


def first_steps(decision: Decision, policy: Policy) -> tuple[Step, ...]:
    """Those that are tried for the first answer."""
    return decision.steps if policy.fallback else decision.steps[:1]


def fault(exchange: Exchange, request: ChatRequest, attempt: Attempt, answer: ChatResponse) -> str | None:
    """What is wrong with `answer`, where that is to be checked and somebody could do better."""
    decision = exchange.decision
    if decision is None or not decision.cascade or exchange.doubted is not None:
        return None
    if not any(above(decision, attempt.tier)):
        return None
    why = verify(request, ask_of(request).text, answer)
    exchange.decision = replace(decision, notes={**decision.notes, "verified": why or "ok"})
    return why


def doubt(exchange: Exchange, attempt: Attempt, why: str, total: float, deliver: Callable[[], Awaitable[None]]) -> None:
    """Keeps the answer of `attempt`. `total`: seconds from its start in which the caller has an answer."""
    assert attempt.tier is not None
    until = asyncio.get_running_loop().time() + total - (time.monotonic() - attempt.started)
    exchange.doubted = Doubted(why, attempt.tier, deliver, until)


async def escalate(exchange: Exchange, attempt_one: Callable[[Step], Awaitable[bool]]) -> None:
    """Has the next tier answer, by `attempt_one`, which tells whether a target served; else serves what is in doubt."""
    doubted, decision = exchange.doubted, exchange.decision
    assert doubted is not None
    assert decision is not None
    _say(exchange, f"escalated: {doubted.why}")
    try:
        async with asyncio.timeout_at(doubted.until) as doubted.clock:
            for step in above(decision, doubted.tier):
                if await attempt_one(step):
                    return
    except TimeoutError:
        pass
    finally:
        doubted.clock = None
    if exchange.served is None:
        exchange.decision = decision
        _say(exchange, f"kept: {doubted.why}, no better answer")
        await doubted.deliver()


def serving(exchange: Exchange) -> None:
    """Somebody serves: the clock is stopped, as a slow caller is no slow answer. Raises UpstreamTimeout when it has run out
    this very moment: then the other answer is on its way."""
    doubted = exchange.doubted
    if doubted is None or doubted.clock is None:
        return
    if doubted.clock.expired():
        raise UpstreamTimeout("The better answer came too late.")
    doubted.clock.reschedule(None)


def _say(exchange: Exchange, outcome: str) -> None:
    decision = exchange.decision
    assert decision is not None
    notes = {**decision.notes, "cascade": outcome}
    if exchange.doubted is not None:
        notes["doubted"] = exchange.doubted.tier.name
    exchange.decision = replace(decision, reason=f"{decision.reason}, {outcome}", notes=notes)
