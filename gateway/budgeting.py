"""The budgets of a request: what it may cost at most is held before anything is sent, whatever route it came by (BUD-8)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal

from gateway.chat.errors import BudgetExceeded
from gateway.chat.usage import Usage, service_tier
from gateway.pricing import cost
from routing.decision import Decision, Step
from routing.tiers import Tier

from .exchange import Exchange
from .leases import ZERO, BudgetView
from .ports import World

DEFAULT_OUTPUT = 4096


def of(exchange: Exchange, world: World) -> tuple[BudgetView, ...]:
    caller = exchange.caller
    return world.snapshots.current.budgets.of(caller.team_id, caller.user_id, caller.key_id)


async def decide_and_hold(
    exchange: Exchange, world: World, max_tokens: int | None, decide: Callable[[Tier | None], Decision]
) -> None:
    """Sets the decision, made under the tier cap of soft limits that are passed, and the reservation. What a process first
    learns of a budget while it holds may set a cap: then it is decided once more."""
    budgets = of(exchange, world)
    cap = world.budgets.cap(budgets)
    exchange.decision = decide(cap)
    exchange.decision = await hold(exchange, world, max_tokens)
    if exchange.reservation is None or (now := world.budgets.cap(budgets)) == cap:
        return
    exchange.reservation.release()
    exchange.decision = decide(now)
    exchange.decision = await hold(exchange, world, max_tokens)


async def hold(exchange: Exchange, world: World, max_tokens: int | None) -> Decision:
    """Holds what the dearest step may cost, and returns the decision without the steps no budget allows any more. Raises
    BudgetExceeded when none is left."""
    assert exchange.decision is not None
    decision = exchange.decision
    budgets = of(exchange, world)
    while True:
        mine = [view for view in budgets if any(view.covers(step.target) for step in decision.steps)]
        if not mine:
            return decision
        try:
            exchange.reservation = await world.budgets.reserve(mine, estimate(exchange, world, decision, max_tokens))
            return decision
        except BudgetExceeded as refused:
            others = _allowed(decision.steps, mine, refused)
            if not others:
                raise
            decision = replace(decision, steps=others)


def _allowed(steps: Sequence[Step], budgets: Sequence[BudgetView], refused: BudgetExceeded) -> tuple[Step, ...]:
    """The steps that the budget which refused does not cover: a budget for some models leaves the others."""
    view = next((view for view in budgets if view.id == refused.param), None)
    refused.param = None
    return tuple(step for step in steps if view is not None and not view.covers(step.target))


def estimate(exchange: Exchange, world: World, decision: Decision, max_tokens: int | None) -> Decimal:
    """USD that the dearest step may cost: all input, and the output asked for or, without a word on it, what the model may
    write, at most DEFAULT_OUTPUT (BUD-13); in the service tier asked for where that is dearer. A step of unknown price
    counts 0; its attempts show as unpriced."""
    most = ZERO
    asked = service_tier(exchange.body.get("service_tier")) or ""
    for step in decision.steps:
        account = world.snapshots.current.accounts[step.target.account]
        price = exchange.team.prices.price(account.vendor, step.target.model, account.base_url)
        if price is None:
            continue
        output = (
            max_tokens if max_tokens is not None else min(price.max_output_tokens or DEFAULT_OUTPUT, DEFAULT_OUTPUT)
        )
        usage = Usage(input=exchange.input_estimate, output=max(0, output))
        for tier in {"", asked}:
            most = max(most, cost(price, usage, tier) or ZERO)
    return most
