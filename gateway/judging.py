"""A second look at borderline asks: a model that judges how hard they are, and a share that goes to the neighbouring tier.

The judge sees the ask, clipped, and nothing else. It has little time: when that is over, or it says anything but the name of
a tier, the score counts. Its call is an attempt of the operation, paid for like any other.
"""

from __future__ import annotations

import time
from dataclasses import replace

from gateway.chat.request import ChatRequest
from gateway.providers.account import Account
from routing.ask import ask_of
from routing.decision import Decision
from routing.judgement import Judgement
from routing.second_opinion import QUESTION, allowed, borderline, lot, neighbour, question, verdict
from routing.tiers import TargetRef, Tier

from .aside import Aside, ask_aside
from .cascade import tools_in_flight
from .deciding import Review, may_be_charged
from .exchange import Exchange
from .ports import World

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
    began = time.monotonic()
    seconds = exchange.team.policy.second_looks.judge_milliseconds / 1000
    said = await ask_aside(exchange, account, target, Aside(QUESTION, question(text), MOST_TOKENS, seconds), world)
    tier = verdict(said) if said is not None else None
    exchange.looked["judge"] = tier.name if tier is not None else "none"
    exchange.looked["judge_ms"] = round((time.monotonic() - began) * 1000)
    exchange.decision = replace(decision, notes={**decision.notes, **exchange.looked})
    if tier is None:
        return False
    world.verdicts.put(exchange.team.id, str(target), text, tier)
    exchange.opinion = tier
    return allowed(judged, tier) is not judged.tier
