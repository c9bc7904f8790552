"""The budgets of a request: what it may cost at most is held before anything is sent, whatever route it came by (BUD-8)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from gateway.chat.errors import BudgetExceeded
from gateway.chat.usage import Usage, service_tier
from gateway.pricing import cost
from routing.decision import Decision, Step
from routing.tiers import Tier

from .exchange import Exchange
from .leases import ZERO, BudgetView
from .ports import World

DEFAULT_OUTPUT = 4096
MOST_TOKENS = 1_000_000_000_000  # whoever asks for more is refused no less, and the sum stays one that columns can hold


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
    write, at most DEFAULT_OUTPUT (BUD-13); as many times as answers are asked for (`n`), in the service tier asked for where
    that is dearer. A step of unknown price counts what it will be charged by: 0, or its family's dearest (UNK-4)."""
    most = ZERO
    asked = service_tier(exchange.body.get("service_tier")) or ""
    answers = answers_asked(exchange.body)
    for step in decision.steps:
        account = world.snapshots.current.accounts[step.target.account]
        price = exchange.team.prices.charged(
            account.vendor, step.target.model, account.base_url, exchange.team.policy.unknown_price
        )
        if price is None:
            continue
        output = (
            max_tokens if max_tokens is not None else min(price.max_output_tokens or DEFAULT_OUTPUT, DEFAULT_OUTPUT)
        )
        usage = Usage(input=exchange.input_estimate, output=min(max(0, output) * answers, MOST_TOKENS))
        for tier in {"", asked}:
            most = max(most, cost(price, usage, tier) or ZERO)
    return most


def answers_asked(body: Mapping[str, Any]) -> int:
    """How many answers the provider is asked to write at once: each is billed (BUD-4). What is no number it refuses."""
    asked = [value for name in ("n", "best_of") if isinstance(value := body.get(name), int | float)]
    return max([1, *(int(min(value, MOST_TOKENS)) for value in asked if value > 1)])
