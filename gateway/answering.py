"""A client's own probe is answered here, without a provider, in the caller's dialect (gateway.bypass says which and how).

It is refused for what would refuse it at a provider's door: `admit` has counted it, and it is decided about and its budgets
hold what it would cost, so that a model the key may not use and a budget that is used up are told as ever: whether it may go
on is what a client's quota check asks. `settle` gives back what was held, as nothing is spent. Sessions, passes, judges and
candidate policies never see it.
"""

from __future__ import annotations

from dataclasses import replace

from gateway.chat.request import ChatRequest, Origin
from gateway.chat.response import ChatResponse
from gateway.wire.dialect import Dialect
from routing.decision import Decision
from routing.tiers import Tier

from . import budgeting, metrics
from .bypass import Answer, answer_to
from .counting import count
from .deciding import decide
from .exchange import Exchange
from .passing import as_sent, asked_to_pass_through
from .ports import Reply, World
from .replaying import send

MODE = "here"


async def answered_here(exchange: Exchange, request: ChatRequest, client: Dialect, reply: Reply, world: World) -> bool:
    """Whether it was. Raises what deciding and holding raise."""
    if not exchange.team.policy.passes.bypass or asked_to_pass_through(exchange):
        return False
    found = answer_to(request, exchange.headers)
    if found is None or budgeting.answers_asked(exchange.body) > 1:
        return False
    await budgeting.decide_and_hold(
        exchange, world, request.max_tokens, lambda cap: _decided(exchange, request, world, cap)
    )
    answer = await _with_count(exchange, request, found, world)
    assert exchange.decision is not None
    reason = f"answered here: {found.what}"
    exchange.decision = Decision(
        MODE,
        None,
        (),
        reason=reason,
        policy_version=exchange.decision.policy_version,
        map_version=exchange.decision.map_version,
    )
    metrics.ANSWERED_HERE.labels(found.what).inc()
    await send(exchange, answer, Origin("", ""), client, reply, world)
    return True


def _decided(exchange: Exchange, request: ChatRequest, world: World, cap: Tier | None) -> Decision:
    accounts = world.snapshots.current.accounts
    return decide(request, exchange.caller, exchange.team, accounts, world.profile, exchange.input_estimate, cap)


async def _with_count(exchange: Exchange, request: ChatRequest, found: Answer, world: World) -> ChatResponse:
    """A count is made as `count_tokens` makes it: of what would be sent, as its model counts (CCD-1, CCD-4)."""
    if not found.counts:
        return found.response
    assert exchange.decision is not None
    scale = world.scales.of(exchange.decision.steps[0].target)
    tokens = round(scale * await count(await as_sent(exchange, request, world), world.tokens))
    return replace(found.response, usage=replace(found.response.usage, input=tokens))
