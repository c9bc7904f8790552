"""A question to a model beside a request: whoever judges. An attempt of its operation, paid for like any other.

It has little time, and what goes wrong with it is never the request's trouble.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from contextlib import aclosing
from typing import NamedTuple

import httpx

from gateway.chat.errors import UpstreamBroken, UpstreamError, UpstreamTimeout
from gateway.chat.request import ChatRequest, Message, Text
from gateway.chat.response import ChatResponse
from gateway.chat.usage import Usage
from gateway.providers.account import Account
from gateway.providers.registry import vendor as vendor_of
from gateway.wire.fields import load
from routing.tiers import TargetRef

from . import calling
from .exchange import Attempt, Exchange, new_id
from .ports import World
from .settling import close_attempt

ANSWER_BYTES = 256 * 1024


class Aside(NamedTuple):
    """What is asked: a system text, a user's, and how many tokens and `seconds` the answer may take."""

    system: str
    text: str
    most_tokens: int
    seconds: float


async def ask_aside(exchange: Exchange, account: Account, target: TargetRef, aside: Aside, world: World) -> str | None:
    """What the model says; None when it says nothing in its time."""
    attempt = _open(exchange, target, account, aside)
    try:
        async with asyncio.timeout(aside.seconds):
            answer = await _call(exchange, attempt, account, aside, world)
    except TimeoutError:
        close_attempt(exchange, attempt, error=UpstreamTimeout("The judge did not answer in its time."))
        world.breakers.undecided(attempt.target)
        return None
    except UpstreamError as error:
        close_attempt(exchange, attempt, error=error)
        world.breakers.failed(attempt.target, error)
        return None
    except asyncio.CancelledError:
        world.breakers.undecided(attempt.target)
        raise
    if answer.usage.prompt is not None:
        attempt.usage, attempt.is_estimate = answer.usage, False
    close_attempt(exchange, attempt)
    world.breakers.succeeded(attempt.target)
    return "".join(block.text for block in answer.blocks if isinstance(block, Text))


def _open(exchange: Exchange, target: TargetRef, account: Account, aside: Aside) -> Attempt:
    attempt = Attempt(
        new_id(),
        len(exchange.attempts),
        target,
        account.vendor,
        "",
        None,
        time.time(),
        time.monotonic(),
        account.base_url,
    )
    attempt.aside = True
    attempt.usage = Usage(input=(len(aside.system) + len(aside.text)) // 4)  # until the provider tells
    attempt.is_estimate = True
    exchange.attempts.append(attempt)
    return attempt


async def _call(exchange: Exchange, attempt: Attempt, account: Account, aside: Aside, world: World) -> ChatResponse:
    """Raises UpstreamError. The attempt is in the journal before it is made (CUT-1)."""
    target = attempt.target
    request = ChatRequest(
        dialect="",
        model=target.model,
        messages=(Message("user", (Text(aside.text),)),),
        system=(Text(aside.system),),
        max_tokens=aside.most_tokens,
    )
    refused = world.refused_dialects.get(account.name, frozenset())
    secret = world.pick_secret(account, "")
    plan = calling.plan(request, b"", {}, account, vendor_of(account.vendor), secret, target, world.profile, refused)
    attempt.dialect = plan.dialect.name
    world.journal.append(attempt.as_record(exchange))
    response = await calling.send(plan, world.upstream, {}, stream=False)
    async with aclosing(response):
        attempt.accepted = True
        attempt.upstream_status = response.status
        try:
            body = load(await response.read(ANSWER_BYTES))
            if not isinstance(body, Mapping):
                raise UpstreamBroken("The judge's answer is not a JSON object.")
            return plan.dialect.decode_response(body, request)
        except httpx.HTTPError as error:
            raise UpstreamBroken("The judge's answer was cut off.") from error
        except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
            raise UpstreamBroken("The judge's answer is not in its dialect.") from error
