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
from routing.tiers import TargetRef, Tier

from . import cascade
from .exchange import Exchange
from .leases import ZERO, BudgetView
from .ports import World

DEFAULT_OUTPUT = 4096
MOST_TOKENS = 1_000_000_000_000  # whoever asks for more is refused no less, and the sum stays one that columns can hold
JUDGE_INPUT, JUDGE_OUTPUT = 1_500, 32


def of(exchange: Exchange, world: World) -> tuple[BudgetView, ...]:
    caller = exchange.caller
    return world.snapshots.current.budgets.of(caller.team_id, caller.user_id, caller.key_id)


async def decide_and_hold(
    exchange: Exchange, world: World, max_tokens: int | None, decide: Callable[[Tier | None], Decision]
) -> None:
    """Sets the decision, made under the tier cap of soft limits that are passed, and the reservation. What a process first
    learns of a budget while it holds may set a cap: then it is decided once more."""
    budgets = of(exchange, world)
    if exchange.reservation is not None:
        exchange.reservation.release()
        exchange.reservation = None
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
        targets = [step.target for step in _payable(exchange, decision)]
        targets += [decision.judge] if decision.judge is not None else []
        mine = [view for view in budgets if any(view.covers(target) for target in targets)]
        if not mine:
            return decision
        try:
            exchange.reservation = await world.budgets.reserve(mine, estimate(exchange, world, decision, max_tokens))
            return decision
        except BudgetExceeded as refused:
            if decision.cascade or decision.judge is not None:  # what is nice to have goes first
                steps = cascade.first_steps(decision, exchange.team.policy)
                decision = replace(decision, cascade=False, judge=None, steps=steps)
                continue
            others = _allowed(decision.steps, mine, refused)
            if not others:
                raise
            decision = replace(decision, steps=others)


async def hold_more(exchange: Exchange, world: World, target: TargetRef, prompt: int, max_tokens: int | None) -> bool:
    """Holds what one more call of `target` within an open request may cost. False where a budget does not allow it."""
    mine = [view for view in of(exchange, world) if view.covers(target)]
    if exchange.reservation is None or not mine:
        return True
    most = _dearest(exchange, world, [target], prompt, output_asked(exchange.body, max_tokens))
    try:
        exchange.further.append(await world.budgets.reserve(mine, most))
    except BudgetExceeded:
        return False
    return True


def _allowed(steps: Sequence[Step], budgets: Sequence[BudgetView], refused: BudgetExceeded) -> tuple[Step, ...]:
    """The steps that the budget which refused does not cover: a budget for some models leaves the others."""
    view = next((view for view in budgets if view.id == refused.param), None)
    refused.param = None
    return tuple(step for step in steps if view is not None and not view.covers(step.target))


def _payable(exchange: Exchange, decision: Decision) -> tuple[Step, ...]:
    """The steps that may be called: without fallback, those behind the first only in a cascade."""
    return decision.steps if decision.cascade else cascade.first_steps(decision, exchange.team.policy)


def estimate(exchange: Exchange, world: World, decision: Decision, max_tokens: int | None) -> Decimal:
    """USD that this may cost at most: the dearest step, once more the dearest that a cascade may go on to, and the judge."""
    steps = _payable(exchange, decision)
    first = steps[0].tier
    max_tokens = output_asked(exchange.body, max_tokens)
    most = _dearest(exchange, world, [step.target for step in steps], exchange.input_estimate, max_tokens)
    if decision.cascade:
        higher = [step.target for step in cascade.above(decision, first)]
        most += _dearest(exchange, world, higher, exchange.input_estimate, max_tokens)
    if decision.judge is not None:
        most += _dearest(exchange, world, [decision.judge], JUDGE_INPUT, JUDGE_OUTPUT)
    return most


def _dearest(
    exchange: Exchange, world: World, targets: Sequence[TargetRef], prompt: int, max_tokens: int | None
) -> Decimal:
    """USD of the dearest of `targets`: all input, and the output asked for or, without a word on it, what the model may
    write, at most DEFAULT_OUTPUT (BUD-13); as many times as answers are asked for (`n`), in the
    service tier asked for where that is dearer. A target of unknown price counts what it will be charged by: 0, or its
    family's dearest (UNK-4)."""
    answers = answers_asked(exchange.body)
    most = ZERO
    asked = service_tier(exchange.body.get("service_tier")) or ""
    for target in targets:
        account = world.snapshots.current.accounts.get(target.account)
        if account is None:  # taken away since it was decided on: it will not be called
            continue
        price = exchange.team.prices.charged(
            account.vendor, target.model, account.base_url, exchange.team.policy.unknown_price
        )
        if price is None:
            continue
        output = (
            max_tokens if max_tokens is not None else min(price.max_output_tokens or DEFAULT_OUTPUT, DEFAULT_OUTPUT)
        )
        usage = Usage(input=prompt, output=min(max(0, output) * answers, MOST_TOKENS))
        for tier in {"", asked}:
            most = max(most, cost(price, usage, tier) or ZERO)
    return most


def answers_asked(body: Mapping[str, Any]) -> int:
    """How many answers the provider is asked to write at once: each is billed (BUD-4). What is no number it refuses."""
    asked = [value for name in ("n", "best_of") if isinstance(value := body.get(name), int | float)]
    return max([1, *(int(min(value, MOST_TOKENS)) for value in asked if value > 1)])


def output_asked(body: Mapping[str, Any], max_tokens: int | None) -> int | None:
    """The larger of the two limits that a chat request may give: which of them a provider minds is not known (BUD-4)."""
    if max_tokens is None:
        return None
    given = [body.get(name) for name in ("max_tokens", "max_completion_tokens")]
    return max([max_tokens, *(int(min(value, MOST_TOKENS)) for value in given if isinstance(value, int | float))])
