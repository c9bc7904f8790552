"""A second look at borderline asks: a model that judges how hard they are, and a share that goes to the neighbouring tier.

The judge sees the ask, clipped, and nothing else. It has little time: when that is over, or it says anything but the name of
a tier, the score counts. Its call is an attempt of the operation, paid for like any other.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import replace

import httpx

from gateway.chat.errors import UpstreamBroken, UpstreamError, UpstreamTimeout
from gateway.chat.request import ChatRequest, Message, Text
from gateway.chat.response import ChatResponse
from gateway.chat.usage import Usage
from gateway.providers.account import Account
from gateway.providers.registry import vendor as vendor_of
from gateway.wire.fields import load
from routing.ask import ask_of
from routing.decision import Decision
from routing.judgement import Judgement
from routing.second_opinion import QUESTION, allowed, borderline, lot, neighbour, question, verdict
from routing.tiers import TargetRef, Tier

from . import calling
from .cascade import tools_in_flight
from .deciding import Review, may_be_charged
from .exchange import Attempt, Exchange, new_id
from .ports import World
from .settling import close_attempt

ANSWER_BYTES = 256 * 1024
MOST_TOKENS = 32


def review(exchange: Exchange, request: ChatRequest, world: World) -> Review | None:
    """What `decide` does with a judgement it has made; None where the policy has no second look at it."""
    team = exchange.team
    looks = team.policy.second_looks
    if looks.judge is None and not looks.explore_percent:
        return None

    def look(judged: Judgement) -> Judgement:
        if not borderline(judged, looks):
            return judged
        ask = ask_of(request).text
        if exchange.opinion is None and looks.judge is not None:
            exchange.opinion = world.verdicts.get(team.id, str(looks.judge), ask)
        if exchange.opinion is not None:
            exchange.looked["judge"] = exchange.opinion.name
            return _moved(judged, allowed(judged, exchange.opinion), "judged")
        other = neighbour(judged, team.policy.bounds) if looks.explore_percent else None
        if other is None or (exchange.session is not None and exchange.session.kept is not None):
            return judged
        share = looks.explore_percent / 100
        taken = lot(exchange.session_id or exchange.id.hex, ask) < share
        exchange.looked["explored"] = {"to": other.name, "taken": taken, "propensity": share if taken else 1 - share}
        return _moved(judged, other, "explored") if taken else judged

    return look


def _moved(judged: Judgement, tier: Tier, by: str) -> Judgement:
    return replace(judged, tier=tier, reason=f"{judged.reason}, {by} {tier.name.lower()}")


def of(decision: Decision, exchange: Exchange, request: ChatRequest, world: World) -> Decision:
    """`decision` with the judge it calls for, if any: a tool loop keeps the tier it began with."""
    if exchange.looked:
        decision = replace(decision, notes={**decision.notes, **exchange.looked})
    target = exchange.team.policy.second_looks.judge
    if target is None:
        return decision
    if exchange.attempts:  # it was asked: its cost is still held
        return replace(decision, judge=target)
    judged = decision.judgement
    if judged is None or exchange.opinion is not None or tools_in_flight(request):
        return decision
    if not borderline(judged, exchange.team.policy.second_looks) or _account(exchange, target, world) is None:
        return decision
    return replace(decision, judge=target)


def _account(exchange: Exchange, target: TargetRef, world: World) -> Account | None:
    accounts = world.snapshots.current.accounts
    account = accounts.get(target.account)
    if account is None or not exchange.team.may_call(target.account):
        return None
    return account if may_be_charged(target, exchange.team, accounts) else None


async def ask(exchange: Exchange, request: ChatRequest, world: World) -> bool:
    """Asks the judge if the decision calls for it. True when it says another tier: then it is to be decided anew."""
    decision = exchange.decision
    if decision is None or decision.judge is None or exchange.attempts:
        return False
    target, judged = decision.judge, decision.judgement
    account = _account(exchange, target, world)
    if account is None or judged is None or not world.breakers.admits(target):
        return False
    text = ask_of(request).text
    asked = question(text)
    began = time.monotonic()
    attempt = _open(exchange, target, account, asked, world)
    tier = await _verdict(exchange, attempt, account, asked, world)
    exchange.looked["judge"] = tier.name if tier is not None else "none"
    exchange.looked["judge_ms"] = round((time.monotonic() - began) * 1000)
    exchange.decision = replace(decision, notes={**decision.notes, **exchange.looked})
    if tier is None:
        return False
    world.verdicts.put(exchange.team.id, str(target), text, tier)
    exchange.opinion = tier
    return allowed(judged, tier) is not judged.tier


def _open(exchange: Exchange, target: TargetRef, account: Account, asked: str, world: World) -> Attempt:
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
    attempt.usage = Usage(input=(len(QUESTION) + len(asked)) // 4)  # until the provider tells
    attempt.is_estimate = True
    exchange.attempts.append(attempt)
    return attempt


async def _verdict(exchange: Exchange, attempt: Attempt, account: Account, asked: str, world: World) -> Tier | None:
    seconds = exchange.team.policy.second_looks.judge_milliseconds / 1000
    try:
        async with asyncio.timeout(seconds):
            answer = await _call(exchange, attempt, account, asked, world)
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
    return verdict("".join(block.text for block in answer.blocks if isinstance(block, Text)))


async def _call(exchange: Exchange, attempt: Attempt, account: Account, asked: str, world: World) -> ChatResponse:
    """Raises UpstreamError. The attempt is in the journal before it is made (CUT-1)."""
    target = attempt.target
    request = ChatRequest(
        dialect="",
        model=target.model,
        messages=(Message("user", (Text(asked),)),),
        system=(Text(QUESTION),),
        max_tokens=MOST_TOKENS,
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
