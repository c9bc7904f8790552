"""Near matches: a kept answer to an ask that means the same, everything else being equal, behind a second gate.

The ask alone is compared by meaning; scope and context are equal, in SQL (SEM-1, SEM-7). A cosine only names candidates
(SEM-3, SEM-8, SEM-11): `caching.gate` decides, and what it leaves open a judge model may, where the policy names one.
Whatever is not there in its time (vector, rows, judge) means no near match, and the request goes on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import lru_cache

from caching import comparing, eligibility, fingerprint, gate, stored
from caching.entry import Entry, Kept, Pair
from gateway.chat.errors import BudgetExceeded, GatewayError
from gateway.chat.request import ChatRequest
from gateway.chat.response import ChatResponse

from . import budgeting, metrics
from .aside import Aside, ask_aside
from .exchange import Exchange, new_id
from .lookup import Lookup
from .ports import Readings, World
from .rechecking import judge_of, recheck
from .unrelated import trusted

MOST_CANDIDATES = 4
BAND_SECONDS = 1.5
BAND_TOKENS = 32
LATER_SECONDS = 1.0

_ready = lru_cache(maxsize=512)(
    gate.asked
)  # a millisecond each; an ask meets several, and some are met again and again


def prepare(look: Lookup, came: ChatRequest, surroundings: Sequence[str]) -> None:
    """Sets `look.split` where near matches may be looked for and the answer kept for such."""
    split = fingerprint.split(came, surroundings)
    if eligibility.why_not_near(came, split) is None:
        look.split = split


async def look(exchange: Exchange, look: Lookup, world: World) -> bool:
    """Whether `look.kept` may be served. One that would be but for the mode, or for the proof a policy wants, stays in
    `look.kept` with the outcome "near": `compare` tells what it was worth."""
    if look.split is None or world.memory.resting:  # a vector to look nowhere with: a task makes it later
        return False
    standing = exchange.team.near
    if standing.off:
        look.why, look.later = "switched off", True
        return False
    if not await world.memory.any_near(look.scope, look.split.context):
        look.later = True  # most conversations are like no other: nobody waits for a vector to find nothing with
        return False
    look.readings = await world.reader.read([look.split.ask], world.reader.patience)
    if look.readings is None:
        return False
    tag, (mine,) = look.readings
    if not mine.whole:
        look.readings, look.split = None, None  # two texts that begin alike would be the same
        return False
    if not trusted(tag, world):
        return False
    floor = gate.FLOORS[look.policy.gate] + standing.raised_floor
    found = await world.memory.near(look.scope, look.split.context, tag, mine.vector, MOST_CANDIDATES, floor)
    for kept in found:
        if kept.wrong:  # whatever lies behind it is no better known
            return False
        if await _passes(exchange, look, kept, world):
            look.kept = kept
            break
        await asyncio.sleep(0)  # others have their turn: this was a millisecond or several
    else:
        return False
    if look.policy.mode == "shadow" or (look.policy.prove and not standing.proven):
        look.outcome, look.why = "near", "shadow" if look.policy.mode == "shadow" else "proving"
        return False
    return True


async def _passes(exchange: Exchange, look: Lookup, kept: Kept, world: World) -> bool:
    """First without what takes a pass of the model over the kept ask: vectors of words only spare a judge the asking."""
    mine, theirs = look.split.ask, kept.ask
    verdict = gate.judge(_ready(theirs), _ready(mine), kept.similarity, look.policy.gate)
    if verdict.outcome == "unsure" and look.policy.judge:
        tag, (read,) = look.readings
        words = await _words(theirs, tag, world) if read.words else ()
        if words:
            verdict = gate.judge(
                gate.asked(theirs, words), gate.asked(mine, read.words), kept.similarity, look.policy.gate
            )
    if verdict.outcome == "unsure" and look.policy.judge:
        said = await _judged(exchange, look, theirs, world)
        metrics.NEAR.labels("judge", "serve" if said else "no").inc()
        look.gate = "judge"
        return said
    look.gate = look.policy.gate
    metrics.NEAR.labels(verdict.outcome, verdict.why).inc()
    return verdict.outcome == "serve"


async def _words(ask: str, tag: str, world: World) -> Sequence[tuple[str, Sequence[float]]]:
    """Vectors of its words by the embedder `tag`; (): there are none now."""
    found = await world.reader.read([ask], world.reader.patience)
    return found.each[0].words if found is not None and found.tag == tag else ()


async def _judged(exchange: Exchange, look: Lookup, theirs: str, world: World) -> bool:
    """Whether the policy's judge says that one answer does for both."""
    found = judge_of(exchange, world)
    if found is None:
        return False
    target, account = found
    asked = comparing.prompt_for_band(theirs, look.split.ask)
    try:
        if not await budgeting.hold_more(exchange, world, target, len(asked) // 3, BAND_TOKENS):
            return False
        aside = Aside("", asked, BAND_TOKENS, BAND_SECONDS)
        said = await ask_aside(exchange, account, target, aside, world)
    except (BudgetExceeded, GatewayError):
        return False
    return said is not None and comparing.read_band(said)


# -- behind the answer


def served(exchange: Exchange, look: Lookup, request: ChatRequest, world: World) -> None:
    """A near match was served: noted, and some are asked again to compare."""
    drawn = int(exchange.id.hex[-8:], 16) % 100 < look.policy.check
    pair = _pair(exchange, look, "served")
    if pair is None:
        return
    if drawn and look.target is not None:
        again = recheck(exchange, look, pair, request, world)
        if world.beside(again, exchange.team.id):
            return
    world.memory.note(pair)  # drawn or not: for want of room nothing is known of its answers


def compare(exchange: Exchange, look: Lookup, answer: ChatResponse, world: World) -> None:
    """A near match was not served, and here is the fresh answer: what would it have been worth?"""
    if look.outcome != "near":
        return
    pair = _pair(exchange, look, look.why)
    if pair is not None:
        fresh = stored.text_of(answer)
        if not world.beside(recheck(exchange, look, pair, None, world, fresh), exchange.team.id):
            world.memory.note(pair)


def _pair(exchange: Exchange, look: Lookup, mode: str) -> Pair | None:
    kept = look.kept
    if kept is None:
        return None
    try:
        answer, _ = stored.read(kept.answer)
    except (ValueError, KeyError, TypeError):
        return None
    return Pair(
        id=str(new_id()),
        scope=look.scope,
        team_id=exchange.team.id,
        user_id=exchange.caller.user_id,
        entry_id=kept.id,
        mode=mode,
        kept_ask=kept.ask,
        ask=look.split.ask,
        kept_answer=stored.text_of(answer),
        similarity=kept.similarity,
        gate=look.gate,
        budget=look.policy.budget,
    )


def keep(look: Lookup, entry: Entry, team: int, world: World) -> None:
    """With its vector, which is made now where nobody waited for it."""
    found: Readings | None = look.readings
    if found is not None:
        world.memory.keep(entry, found.tag, found.each[0].vector)
    elif not look.later or not world.beside(_keep_later(entry, world), whose=("vectors", team)):
        world.memory.keep(entry)  # a task makes it


async def _keep_later(entry: Entry, world: World) -> None:
    found = await world.reader.read([entry.ask], max(LATER_SECONDS, world.reader.patience))
    if found is not None:
        trusted(found.tag, world)  # so that it is known when the next ask comes
    if found is not None and found.each[0].whole:
        world.memory.keep(entry, found.tag, found.each[0].vector)
    else:
        world.memory.keep(entry)
