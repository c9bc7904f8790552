"""Answers from memory: looked for once it is decided what would serve, kept when they are whole.

The key is everything that matters (SEM-7): scope, target, address, tier, policy version, what the session is pinned to, and
the request as the caller sent it. What is found is served without a provider and bills nothing; key, limits, allowlist and
budgets were asked before, as for any request. A look-up is a round trip to Postgres, for policies that have a cache and for
requests that may be cached only, with a deadline after which the request goes on as if nothing were kept
(docs/decisions/0013).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

from caching import eligibility, fingerprint, stored
from caching.entry import Entry
from gateway.chat.events import StreamEvent
from gateway.chat.request import ChatRequest, Origin, Thinking, ToolResult
from gateway.chat.response import ChatResponse, unfold
from gateway.chat.usage import Usage
from gateway.wire.dialect import Dialect
from routing.decision import Step

from . import metrics, near, staying
from .exchange import Attempt, Exchange
from .following import follow
from .lookup import Lookup
from .ports import Reply, World
from .replaying import note_saved, send
from .sharing import FOLLOWED_SECONDS, Paced

TAGS = "x-lynkr-cache-tags"
MOST_TAGS = 8
LARGE = 16_384  # bytes of a request from which its text is looked at beside the event loop
MOST_LEADERS = 2  # that a request waits for: where they fail, it asks for itself, and those behind it follow it


async def answered(exchange: Exchange, came: ChatRequest, client: Dialect, reply: Reply, world: World) -> bool:
    """Whether it was answered from memory, or with another request's answer. `came`: as the caller sent it."""
    large = len(exchange.raw) > LARGE
    look = exchange.look = (
        await asyncio.to_thread(_key, exchange, came, world) if large else _key(exchange, came, world)
    )
    if look.outcome:
        return False
    name = (look.scope, look.exact)
    for _ in range(MOST_LEADERS):
        leader = world.sharing.find(name)
        if leader is None:
            break
        if await follow(exchange, look, leader, client, reply, world):
            return True
    look.shared = world.sharing.lead(name, reply)
    look.kept = await world.memory.find(look.scope, look.exact)
    found = "exact"
    if look.kept is None:
        look.outcome = "miss"
        found = "semantic" if await near.look(exchange, look, world) else ""
    return bool(found) and await _replay(exchange, look, found, client, reply, world)


def _key(exchange: Exchange, came: ChatRequest, world: World) -> Lookup:
    """Where to look; with an `outcome`: why not to."""
    policy = exchange.team.policy.cache
    look = Lookup(policy)
    if policy.mode == "off":
        return look.skipped("off")
    step = _first(exchange)
    account = world.snapshots.current.accounts.get(step.target.account) if step is not None else None
    if step is None or account is None:
        return look.skipped("no target")
    if eligibility.looks_things_up(step.target.model):
        return look.skipped("hosted tools")
    if (why := eligibility.why_not_exact(came, exchange.headers, policy.temperature)) is not None:
        return look.skipped(why)
    look.target, look.scope, look.tags = step.target, scope_of(exchange), tags_of(exchange)
    surroundings = (
        look.scope,
        str(step.target),
        account.vendor,
        account.base_url,
        step.tier.name if step.tier is not None else "",
        json.dumps(dict(account.options), sort_keys=True, default=repr),
        exchange.team.policy.version,
        _pinned(exchange, came),
        exchange.headers.get("anthropic-beta", ""),
        exchange.headers.get("openai-beta", ""),
    )
    look.exact = fingerprint.exact_key(came, surroundings)
    if policy.semantic:
        near.prepare(look, came, surroundings)
    return look


def _pinned(exchange: Exchange, came: ChatRequest) -> str:
    """What the session's pin may make of this request: without tools and their results only how short it asks to be answered,
    and whether old turns may be left out. Sessions that are held out share with the others then."""
    passed = exchange.passed
    if passed is None:
        return ""
    if came.tools or any(isinstance(block, ToolResult) for message in came.messages for block in message.blocks):
        return passed.words
    return f"{passed.passes.terse} {passed.passes.trim}"


def _first(exchange: Exchange) -> Step | None:
    decision = exchange.decision
    return decision.steps[0] if decision is not None and decision.steps else None


def scope_of(exchange: Exchange) -> str:
    """Who may share its answer: a hard filter (SEM-1). A service's key without a user is a user of its own."""
    caller, shared = exchange.caller, exchange.team.policy.cache.scope
    if shared == "organisation":
        return "organisation"
    if shared == "team":
        return f"team:{exchange.team.id}"
    person = f"user:{caller.user_id}" if caller.user_id is not None else f"key:{caller.key_id}"
    return f"team:{exchange.team.id}/{person}"


def tags_of(exchange: Exchange) -> tuple[str, ...]:
    """Words of the caller's, to invalidate by."""
    given = {tag.strip()[:60] for tag in exchange.headers.get(TAGS, "").split(",")}
    return tuple(sorted(tag for tag in given if tag))[:MOST_TAGS]


async def _replay(exchange: Exchange, look: Lookup, outcome: str, client: Dialect, reply: Reply, world: World) -> bool:
    """Serves `look.kept`; False if it cannot be read."""
    kept = look.kept
    assert kept is not None
    try:
        answer, origin = stored.read(kept.answer)
    except (ValueError, KeyError, TypeError) as error:
        metrics.defect(error)
        look.kept, look.outcome = None, "miss"
        return False
    if outcome == "semantic":
        answer = stored.text_alone(answer)
    look.outcome = outcome
    look.served_by(look.target, None, kept.tier)
    note_saved(exchange, outcome, (kept.input_tokens or 0) + (kept.output_tokens or 0), kept.cost)
    signatures = [block.signature or "" for block in answer.blocks if isinstance(block, Thinking)]
    staying.note_signatures(exchange, signatures, origin, world)
    if look.shared is not None:
        look.shared.serves(look.target, None, origin, answer.model)
        look.shared.took(Usage(input=kept.input_tokens, output=kept.output_tokens), kept.cost)
        leave(exchange, world, whole=True, answer=answer)
    world.memory.hit(kept.id, look.scope)
    request = exchange.request
    await send(exchange, answer, origin, client, reply, world)
    if outcome == "semantic" and request is not None:
        near.served(exchange, look, request, world)
    return True


# -- of requests that a provider answers


def begins(exchange: Exchange, attempt: Attempt, origin: Origin) -> None:
    """An answer begins to come: who asks the same meanwhile is told who gives it."""
    look: Lookup | None = exchange.look
    if look is not None and look.shared is not None:
        look.shared.serves(attempt.target, attempt.tier, origin, origin.model)


def wanted(exchange: Exchange) -> bool:
    """Whether the events of its answer are needed when it is whole."""
    return exchange.look is not None and exchange.look.outcome in ("miss", "near")


def keep(exchange: Exchange, attempt: Attempt, answer: ChatResponse, origin: Origin, world: World) -> None:
    """A whole answer of what was looked for: the target that the key names, at the first go."""
    look: Lookup | None = exchange.look
    if look is None or look.outcome not in ("miss", "near"):
        return
    if look.shared is not None:
        look.shared.took(attempt.usage, attempt.cost)
    doubted = exchange.doubted is not None
    if attempt.target != look.target or exchange.chain or doubted or attempt.status != "settled":
        return
    if eligibility.why_not_kept(answer) is not None:
        return
    entry = _entry(exchange, look, attempt, answer, origin)
    if len(entry.answer) > look.policy.most_bytes or not look.policy.most:
        return
    near.compare(exchange, look, answer, world)
    near.keep(look, entry, exchange.team.id, world)


def _entry(exchange: Exchange, look: Lookup, attempt: Attempt, answer: ChatResponse, origin: Origin) -> Entry:
    split = look.split
    return Entry(
        scope=look.scope,
        team_id=exchange.team.id,
        user_id=exchange.caller.user_id,
        exact=look.exact,
        answer=stored.write(answer, origin),
        target=str(look.target),
        seconds=look.policy.seconds,
        context=split.context if split is not None else None,
        ask=split.ask if split is not None else "",
        policy=exchange.team.policy.version,
        tier=attempt.tier.name if attempt.tier is not None else "",
        input_tokens=attempt.usage.prompt,
        output_tokens=attempt.usage.output,
        cost=attempt.cost,
        tags=look.tags,
        most=look.policy.most,
    )


def outlives(exchange: Exchange, seconds: float) -> float:
    """How long its call may go on when its caller has left: `seconds`, or for as long as others need."""
    look: Lookup | None = exchange.look
    if look is None or look.shared is None:
        return seconds
    look.shared.patience = seconds
    return max(seconds, FOLLOWED_SECONDS) if look.shared.followers else seconds


def paced(exchange: Exchange) -> Paced | None:
    """What keeps its caller's pace from those who asked the same meanwhile."""
    look: Lookup | None = exchange.look
    if look is None or look.shared is None:
        return None
    pace = look.pace = Paced(look.shared)
    return pace


def share(exchange: Exchange) -> Callable[[list[StreamEvent]], None] | None:
    """Takes the events of a stream for those who asked the same meanwhile."""
    look: Lookup | None = exchange.look
    return look.shared.put if look is not None and look.shared is not None else None


def end(exchange: Exchange, world: World) -> None:
    """However it ended."""
    leave(exchange, world, whole=False)
    look: Lookup | None = exchange.look
    if look is not None and look.pace is not None:
        look.pace.close()


def leave(exchange: Exchange, world: World, *, whole: bool, answer: ChatResponse | None = None) -> None:
    """The end of what others are told meanwhile; `answer`: all of it, where it did not come as a stream. Safe to call again:
    the first call counts."""
    look: Lookup | None = exchange.look
    if look is not None and look.shared is not None:
        if answer is not None:
            look.shared.put(unfold(answer))
        world.sharing.leave(look.shared, whole=whole)
        look.shared = None
