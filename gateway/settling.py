"""Closing the books of an exchange: usage, cost, status; exactly once, whatever way it ended."""

from __future__ import annotations

import time
from dataclasses import replace
from decimal import Decimal

from gateway.chat.errors import GatewayError, UpstreamError, UpstreamRejected
from gateway.chat.usage import NO_USAGE, Usage
from gateway.pricing import cost

from . import metrics
from .exchange import Attempt, Exchange
from .ports import World

CHARACTERS_PER_TOKEN = 4


def close_attempt(exchange: Exchange, attempt: Attempt, *, error: GatewayError | None = None) -> None:
    """Fixes an attempt's status, usage and cost. Usage the provider did not report is estimated, and marked, once it had
    accepted the request: it bills from then on (CUT-2, CUT-8, CUT-14)."""
    if attempt.ended is not None:
        return
    attempt.ended = time.monotonic()
    attempt.error = error
    if attempt.upstream_status is None and isinstance(error, UpstreamError):
        attempt.upstream_status = error.upstream_status
    if error is None:
        attempt.status = "settled"
    elif attempt.first_token is not None:
        attempt.status = "truncated"
    elif isinstance(error, UpstreamRejected):
        attempt.status = "rejected"
    else:
        attempt.status = "failed"
    _price(exchange, attempt)


def interrupt_attempt(exchange: Exchange, attempt: Attempt) -> None:
    """The caller left, or this process is stopping. Nobody will know whether a provider that was sent the request took it:
    it is presumed so, and its input is on the books as an estimate (CUT-8)."""
    if attempt.ended is not None:
        return
    attempt.accepted = attempt.accepted or attempt.sent
    attempt.ended = time.monotonic()
    attempt.status = "interrupted"
    _price(exchange, attempt)


def note_so_far(exchange: Exchange, attempt: Attempt, world: World) -> None:
    """Into the journal, what an accepted attempt is charged should this process die before it closes it (CUT-2, CUT-8):
    gateway/store/replay.py reads it. A short record, as it is written for every call and now and then in a long answer."""
    usage = _presumed(exchange, attempt, complete=False)
    amount, version = _cost(exchange, attempt, usage)
    world.journal.append(attempt.as_note(usage, amount, version))


def _price(exchange: Exchange, attempt: Attempt) -> None:
    if not attempt.accepted:
        return
    complete = attempt.status == "settled"
    usage = _presumed(exchange, attempt, complete)
    attempt.is_estimate = attempt.is_estimate or not complete or usage is not attempt.usage
    attempt.usage = usage
    attempt.cost, attempt.price_version = _cost(exchange, attempt, usage)


def _cost(exchange: Exchange, attempt: Attempt, usage: Usage) -> tuple[Decimal | None, str]:
    """(USD, the price's version) of `usage`; (None, "") when there is no price."""
    prices = exchange.team.prices
    price = prices.charged(attempt.vendor, attempt.target.model, attempt.base_url, exchange.team.policy.unknown_price)
    if price is None or usage == NO_USAGE:
        return None, ""
    return cost(price, usage, usage.service_tier or ""), (price.source or prices.version)[:60]


def _presumed(exchange: Exchange, attempt: Attempt, complete: bool) -> Usage:
    """`attempt.usage` itself, or a copy that fills what was not reported. After a complete answer only a provider that
    reports no usage at all is estimated."""
    usage = attempt.usage
    input_tokens = usage.input
    output_tokens = usage.output
    if usage.prompt is None:
        input_tokens = exchange.input_estimate
    written = -(-attempt.output_characters // CHARACTERS_PER_TOKEN)
    if output_tokens is None or (not complete and written > output_tokens):
        output_tokens = written
    if input_tokens == usage.input and output_tokens == usage.output:
        return usage
    return replace(usage, input=input_tokens, output=output_tokens)


def end_reservation(exchange: Exchange) -> None:
    """Every ending comes by here, so that nothing stays held (DJG-4). An attempt of unknown price spends nothing."""
    if exchange.reservation is not None:
        exchange.reservation.settle(
            [(attempt.target, attempt.cost) for attempt in exchange.attempts if attempt.cost is not None]
        )
    for more in exchange.further:
        more.release()


def note_receipts(exchange: Exchange, world: World) -> None:
    """In tokens and USD of the model that serves (CMP-2)."""
    passed, served = exchange.passed, exchange.served
    if passed is None or not (passed.receipts or passed.marked) or served is None or not served.accepted:
        return
    passed.scale = world.scales.of(served.target)
    unknown = exchange.team.policy.unknown_price
    price = exchange.team.prices.charged(served.vendor, served.target.model, served.base_url, unknown)
    if price is not None:
        usage = served.usage
        passed.price(price.rates_for(usage.prompt or exchange.input_estimate, usage.service_tier or ""), usage)


def settle(exchange: Exchange, world: World) -> None:
    """Writes the exchange to the journal. Safe to call again: only the first call counts."""
    if exchange.settled:
        return
    exchange.settled = True
    try:
        for attempt in exchange.attempts:
            interrupt_attempt(exchange, attempt)
    finally:
        exchange.permit.settle(exchange.total_tokens())
        end_reservation(exchange)
    for attempt in exchange.attempts:
        world.journal.append(attempt.as_record(exchange))
    if exchange.served is None and exchange.status == "interrupted" and exchange.attempts:
        last = exchange.attempts[-1]
        if last.accepted and not last.aside:
            exchange.served = last
    note_receipts(exchange, world)
    world.journal.append(exchange.as_record())
    metrics.observe(exchange)
    world.request_log.add(exchange.started_at, metrics.line(exchange))
    exchange.raw = b""
    exchange.body = {}
    exchange.request = None
