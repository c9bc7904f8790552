"""One attempt: opened in the journal, and called."""

from __future__ import annotations

import asyncio
import time

from gateway.chat.errors import UpstreamUnavailable
from gateway.chat.request import ChatRequest, Origin
from gateway.providers.account import Account
from gateway.providers.registry import vendor as vendor_of
from gateway.providers.upstream import UpstreamResponse
from routing.decision import Step

from . import calling
from .exchange import Attempt, Exchange, new_id
from .passing import asked_to_pass_through, marks_of, that_fits
from .ports import World
from .sessions import hint
from .settling import note_so_far


def open_attempt(
    exchange: Exchange, request: ChatRequest, step: Step, account: Account, world: World
) -> tuple[calling.Plan, Attempt]:
    """The next attempt, in the journal before it is made (CUT-1)."""
    vendor = vendor_of(account.vendor)
    plan = calling.plan(
        that_fits(exchange, request, step.target, world),
        exchange.raw,
        exchange.body,
        account,
        vendor,
        world.pick_secret(account, exchange.session_id),
        step.target,
        world.profile,
        world.refused_dialects.get(account.name, frozenset()),
        hint(exchange.team.id, exchange.session_id),
        marks=marks_of(exchange),
        as_it_came=asked_to_pass_through(exchange),
    )
    if exchange.passed is not None:
        exchange.passed.marked = plan.marked
    attempt = Attempt(
        new_id(),
        len(exchange.attempts),
        step.target,
        vendor.name,
        plan.dialect.name,
        step.tier,
        time.time(),
        time.monotonic(),
        account.base_url,
    )
    exchange.attempts.append(attempt)
    world.journal.append(attempt.as_record(exchange))
    return plan, attempt


async def call(
    exchange: Exchange, request: ChatRequest, plan: calling.Plan, attempt: Attempt, world: World
) -> UpstreamResponse:
    """The provider's answer, opened: close it. Raises UpstreamError."""
    deadlines = plan.account.deadlines
    try:
        async with asyncio.timeout(deadlines.first_token if request.stream else deadlines.whole_answer):
            response = await calling.send(
                plan, world.upstream, exchange.headers, stream=request.stream, on_sent=attempt.went_out
            )
    except TimeoutError as error:
        raise UpstreamUnavailable(
            "The provider did not answer in time.", code="upstream_timeout", status=504
        ) from error
    plan.body = b""
    attempt.accepted = True
    attempt.upstream_status = response.status
    attempt.usage = calling.usage_in_headers(response.headers)
    attempt.upstream_request_id = response.headers.get("request-id") or response.headers.get("x-request-id") or ""
    note_so_far(exchange, attempt, world)
    return response


def maker_of(plan: calling.Plan) -> Origin:
    return Origin(plan.dialect.name, plan.profile.model, plan.account.name)
