"""A session stays on the model that served it last, where that is worth it: the bridge from `routing.affinity` to a request.

Only requests that are routed by their difficulty have a pin. Targets and tiers a caller names, and requests a client makes
for itself (titles, topics, probes), neither follow nor set one.
"""

from __future__ import annotations

import time

from gateway.chat.request import ChatRequest, Origin
from gateway.pins import Kept, Session, with_signatures
from routing.affinity import LONG, SHORT, Pin, Prices, Rates, after, stay_or_move
from routing.decision import Step
from routing.judgement import Judgement
from routing.names import matches
from routing.tiers import TargetRef, Tier

from . import metrics
from .deciding import Staying
from .exchange import Exchange
from .origins import digest
from .ports import World
from .sessions import conversation

_LONG_CACHES = ((b'"1h"', b'"ttl"'), (b'"24h"', b'"prompt_cache_retention"'))
_MOST_LOOKED_AT = 50
_IMPLICIT = frozenset({"openai_chat", "openai_responses", "gemini"})
"""Dialects whose providers keep prompts without being asked, and do not say so at the first time."""


async def find(exchange: Exchange, request: ChatRequest, world: World) -> None:
    """Sets the exchange's session where it may have a pin, and tells `world.origins` who made its signatures."""
    policy = exchange.team.policy
    if not policy.sticky or policy.pinned_tier is not None or not exchange.session_id:
        return
    if not matches(request.model.strip(), policy.auto_names):
        return
    name = conversation(exchange, request)
    turns = sum(message.role == "assistant" for message in request.messages)
    session = Session(name, turns, LONG if asks_for_an_hour(exchange.raw) else SHORT)
    session.kept = await world.pins.find(name, turns, time.time())
    if session.kept is not None:
        for maker, digests in session.kept.makers:
            world.origins.learn(digests, maker)
    exchange.session = session


def asks_for_an_hour(raw: bytes) -> bool:
    """Whether a body asks for a cache that lives longer than some minutes. Looks for the value, then for its name before it:
    a large body is searched in microseconds."""
    for value, name in _LONG_CACHES:
        at = raw.find(value)
        for _ in range(_MOST_LOOKED_AT):
            if at < 0:
                break
            before = raw[max(0, at - 40) : at].rstrip()
            if before.endswith(b":") and before[:-1].rstrip().endswith(name):
                return True
            at = raw.find(value, at + 1)
    return False


def staying(exchange: Exchange, world: World, cap: Tier | None) -> Staying | None:
    """What `decide` asks when it knows the judgement and the steps that may serve; None without a pin."""
    session = exchange.session
    if session is None or session.kept is None:
        return None
    pin = session.kept.pin

    def choose(judged: Judgement, steps: list[Step], reason: str) -> tuple[list[Step], str]:
        if judged.mode != "auto":
            return steps, reason
        mine = next((step for step in steps if step.target == pin.target), None)
        if mine is None or (cap is not None and pin.tier > cap):
            return steps, f"{reason}, session moves (its model may not serve this)"
        if steps[0].target == pin.target:
            return steps, reason
        if world.breakers.rests(pin.target):
            return steps, f"{reason}, session moves (its model is resting)"
        prices = Prices(_rates(exchange, world, pin.target), _rates(exchange, world, steps[0].target))
        choice = stay_or_move(pin, judged, time.time(), prices, exchange.input_estimate, exchange.team.policy)
        if not choice.stay:
            return steps, f"{reason}, session moves ({choice.reason})"
        others = [step for step in steps if step.target != pin.target]
        return [Step(pin.target, pin.tier), *others], f"{reason}, session stays ({choice.reason})"

    return choose


def _rates(exchange: Exchange, world: World, target: TargetRef) -> Rates | None:
    account = world.snapshots.current.accounts.get(target.account)
    if account is None:
        return None
    unknown = exchange.team.policy.unknown_price
    price = exchange.team.prices.charged(account.vendor, target.model, account.base_url, unknown)
    if price is None:
        return None
    rates = price.rates_for(exchange.input_estimate)
    if rates.input is None:
        return None
    hour = exchange.session is not None and exchange.session.ttl >= LONG
    write = (rates.cache_write_1h if hour else None) or rates.cache_write_5m or rates.input
    read = rates.cache_read if rates.cache_read is not None else rates.input
    return Rates(float(rates.input), float(write), float(read), float(rates.output or 0))


def note_signatures(exchange: Exchange, signatures: list[str], maker: Origin, world: World) -> None:
    """Remembers who made them, here and with the session."""
    world.origins.remember(signatures, maker)
    if exchange.session is not None:
        exchange.session.made.append((maker, [digest(signature) for signature in signatures if signature]))


def remember(exchange: Exchange, world: World) -> None:
    """The pin goes to what serves, also when it is not what was chosen: first when the answer begins, so that the session's
    next request finds it, and again with the counts. An answer that broke off counts: its prompt is warm all the same."""
    session, decision, served = exchange.session, exchange.decision, exchange.served
    if session is None or decision is None or decision.mode != "auto" or served is None or not served.accepted:
        return
    judged = decision.judgement
    if judged is None:
        return
    usage = served.usage
    told = (usage.cache_read or 0) + (usage.cache_write or 0)
    before = session.kept.pin if session.kept is not None else None
    if usage.prompt is None:
        warm = before.warm if before is not None and before.target == served.target else 0
    else:
        warm = usage.prompt if told or (served.dialect in _IMPLICIT and _keeps(exchange, world, served.target)) else 0
    pin = Pin(
        served.target,
        served.tier if served.tier is not None else judged.tier,
        decision.score,
        time.time(),
        max(session.ttl, LONG if usage.cache_write_1h else SHORT),
        warm,
        usage.output or 0,
        turns=session.turns,
    )
    makers = session.kept.makers if session.kept is not None else ()
    for maker, digests in session.made:
        makers = with_signatures(makers, maker, digests)
    if exchange.settled:
        moved = before is not None and before.target != served.target
        metrics.SESSIONS.labels("new" if before is None else "moved" if moved else "stayed").inc()
    world.pins.put(session.name, Kept(after(before, pin, judged), makers))


def _keeps(exchange: Exchange, world: World, target: TargetRef) -> bool:
    """Whether the price list has a price for reading the cache of `target`."""
    rates = _rates(exchange, world, target)
    return rates is not None and rates.read < rates.input
