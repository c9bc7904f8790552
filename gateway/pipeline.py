"""The life of one chat request, top to bottom.

    decode -> resolve history -> admit -> decide -> for each target: plan, call, relay -> settle -> record

However it ends (done, refused, provider died, caller hung up, deadline, shutdown) the upstream is closed first and the
exchange settled exactly once.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import aclosing
from functools import cache, partial

from gateway.chat.errors import (
    GatewayError,
    InternalError,
    UpstreamError,
    UpstreamRejected,
    UpstreamUnavailable,
)
from gateway.chat.request import ChatRequest, Thinking
from gateway.chat.response import ChatResponse, fold
from gateway.providers.upstream import UpstreamResponse
from gateway.wire import registry
from gateway.wire.dialect import AnswerContext, Dialect
from gateway.wire.fields import dump
from gateway.wire.openai_responses import stored_items
from gateway.wire.refusals import UNSUPPORTED
from routing.decision import Decision, Step
from routing.judgement import judge
from routing.tiers import Tier

from . import badge, budgeting, calling, cascade, finding, judging, metrics, remembering, staying
from .admission import admit
from .answering import answered_here
from .attempting import call, maker_of, open_attempt
from .counting import learn_beside
from .deciding import decide
from .decoding import decode, with_stored
from .exchange import Attempt, Exchange
from .fallback import TRIES_IN_ALL, wait_before_retry
from .headers import HeldStart, refusal_headers, served_headers, stream_headers
from .keepalive import Keepalive
from .passing import prepare
from .ports import OUTLIVE_SECONDS, Reply, World
from .relaying import Relay, decoder_of, drain, is_stream, mended, mender, read_answer, told
from .sessions import fingerprint
from .settling import close_attempt, note_receipts, note_so_far, settle
from .watching import watch


async def run(exchange: Exchange, reply: Reply, world: World) -> None:
    """Serves `exchange`. Never raises but for cancellation: an error is answered in the caller's dialect."""
    client = registry.dialect(exchange.surface)
    try:
        await _answer(exchange, client, reply, world)
    except GatewayError as error:
        await _refuse(exchange, client, reply, error)
    except asyncio.CancelledError:
        exchange.status = "interrupted"
        exchange.http_status = 499
        raise
    except Exception as error:
        metrics.defect(error)
        await _refuse(exchange, client, reply, InternalError("Lynkr failed to serve this request; its log tells why."))
    finally:
        if exchange.keepalive is not None:
            exchange.keepalive.stop()
        remembering.end(exchange, world)
        settle(exchange, world)
        staying.remember(exchange, world)


async def _answer(exchange: Exchange, client: Dialect, reply: Reply, world: World) -> None:
    snapshot = world.snapshots.current
    request = await decode(exchange, client)
    exchange.requested_model = request.model
    exchange.streamed = request.stream
    exchange.stores = exchange.surface == "openai_responses" and exchange.body.get("store") is not False
    request = await with_stored(exchange, client, request, world)
    exchange.request = request
    exchange.session_id = exchange.session_id or fingerprint(request)
    exchange.input_estimate = max(1, len(exchange.raw) // 4)
    await admit(exchange, world)
    if await answered_here(exchange, request, client, reply, world):
        return
    await staying.find(exchange, request, world)
    came = request
    exchange.request = request = await prepare(exchange, world.origins.mark(request), world)

    policy, rules = exchange.team.policy, exchange.team.rules
    once = cache(lambda: judge(request, policy, rules))  # decided anew when a cap or a second look changes: judged once

    def decided(cap: Tier | None) -> Decision:
        decision = decide(
            request,
            exchange.caller,
            exchange.team,
            snapshot.accounts,
            world.profile,
            exchange.input_estimate,
            cap,
            staying.staying(exchange, world, cap),
            judging.review(exchange, request, world),
            once,
        )
        return judging.of(cascade.of(decision, request, policy), exchange, request, world)

    await budgeting.decide_and_hold(exchange, world, request.max_tokens, decided)
    if await judging.ask(exchange, request, world):
        await budgeting.decide_and_hold(exchange, world, request.max_tokens, decided)
    if await remembering.answered(exchange, came, client, reply, world):
        return
    watch(exchange, request, snapshot)
    await _serve(exchange, request, client, reply, world)
    learn_beside(exchange, request, world)


async def _serve(exchange: Exchange, request: ChatRequest, client: Dialect, reply: Reply, world: World) -> None:
    """Walks the ladder of targets until one serves. Raises the most telling error when none does."""
    assert exchange.decision is not None
    trouble: list[UpstreamError] = []
    if request.stream and exchange.keepalive is None:
        exchange.keepalive = Keepalive(exchange, client, reply, world.keepalive_seconds)
    keepalive: Keepalive | None = exchange.keepalive
    try:
        for step in cascade.first_steps(exchange.decision, exchange.team.policy):
            if len(exchange.attempts) >= TRIES_IN_ALL:
                break
            if not world.breakers.admits(step.target):
                trouble.append(UpstreamUnavailable(f"Target '{step.target}' is resting after repeated failures."))
                continue
            if await _try_target(exchange, request, step, client, reply, world, trouble, keepalive):
                if exchange.doubted is not None:
                    await cascade.escalate(
                        exchange, lambda step: _higher(exchange, request, step, client, reply, world)
                    )
                return
            if isinstance(trouble[-1], UpstreamRejected) and not _another_may_serve(trouble[-1], exchange):
                break
        raise _most_telling(trouble)
    finally:
        if keepalive is not None:
            keepalive.stop()


async def _higher(
    exchange: Exchange, request: ChatRequest, step: Step, client: Dialect, reply: Reply, world: World
) -> bool:
    """Whether a target of the next tier answered in place of an answer that failed its check."""
    if len(exchange.attempts) >= TRIES_IN_ALL or not world.breakers.admits(step.target):
        return False
    return await _try_target(exchange, request, step, client, reply, world, [], None)


def _another_may_serve(error: UpstreamError, exchange: Exchange) -> bool:
    """A refusal of the request itself is refused everywhere; one of the account, or of a model the caller did not name (which
    is not there, or cannot do this), is not."""
    assert exchange.decision is not None
    of_the_model = error.upstream_status == 404 or error.error_code == UNSUPPORTED
    return error.account_fault or (of_the_model and exchange.decision.mode != "target")


def _most_telling(trouble: list[UpstreamError]) -> UpstreamError:
    """The caller's own mistake first, then what asks for a wait, then the first that was tried."""
    for error in trouble:
        if isinstance(error, UpstreamRejected) and not error.account_fault:
            return error
    waits = [error for error in trouble if error.retry_after is not None]
    if waits and len(waits) == len(trouble):
        return min(waits, key=lambda error: error.retry_after or 0.0)
    tried = [error for error in trouble if error.upstream_status is not None]
    return (tried or trouble)[0]


async def _try_target(
    exchange: Exchange,
    request: ChatRequest,
    step: Step,
    client: Dialect,
    reply: Reply,
    world: World,
    trouble: list[UpstreamError],
    keepalive: Keepalive | None,
) -> bool:
    """Calls one target, again where that may help. True when it served; else `trouble` has grown by its last error."""
    account = world.snapshots.current.accounts.get(step.target.account)
    if account is None:  # taken away while others were tried
        trouble.append(UpstreamUnavailable(f"Target '{step.target}' is no longer configured."))
        return False
    tries = 0
    repaired = False
    while True:
        tries += 1
        if reply.gone:
            raise asyncio.CancelledError
        plan, attempt = open_attempt(exchange, request, step, account, world)
        try:
            await _attempt(exchange, request, plan, attempt, client, reply, world, keepalive)
        except UpstreamError as error:
            close_attempt(exchange, exchange.attempts[-1], error=error)  # not `attempt` where others followed it
            world.breakers.failed(step.target, error)
            if reply.started and not (keepalive is not None and keepalive.began):
                raise
            trouble.append(error)
        except asyncio.CancelledError:
            world.breakers.undecided(step.target)
            raise
        else:
            _tell_breaker(world, step, exchange.attempts[-1])
            return True
        latest = trouble[-1]
        if world.remember_refused_dialect(account, plan.dialect.name, latest, len(plan.spoken)):
            trouble.pop()
            continue
        if not repaired and calling.refuses_signature(latest):
            repaired = True
            metrics.THINKING_REPAIRS.inc()
            world.origins.refuse(request, plan.profile.model)
            request = calling.without_thinking(request)
            exchange.losses.append("thinking: refused by the provider, left out")
            trouble.pop()
            continue
        wait = wait_before_retry(latest, tries)
        if wait is None or len(exchange.attempts) >= TRIES_IN_ALL:
            return False
        trouble.pop()
        await asyncio.sleep(wait)


def _tell_breaker(world: World, step: Step, attempt: Attempt) -> None:
    """A target that breaks its answers off is not well, even though nobody else could take over (FBK-5)."""
    if isinstance(attempt.error, UpstreamError):
        world.breakers.failed(step.target, attempt.error)
    else:
        world.breakers.succeeded(step.target)


async def _attempt(
    exchange: Exchange,
    request: ChatRequest,
    plan: calling.Plan,
    attempt: Attempt,
    client: Dialect,
    reply: Reply,
    world: World,
    keepalive: Keepalive | None,
) -> None:
    """One call, relayed to its end. Raises UpstreamError while nothing was committed."""
    reply.outlive = remembering.outlives(exchange, 0.0 if request.stream else OUTLIVE_SECONDS)
    async with aclosing(await call(exchange, request, plan, attempt, world)) as response:
        if request.stream and (is_stream(response) or finding.way_of(exchange) is not None):
            await _relay_stream(exchange, request, plan, attempt, client, reply, world, response, keepalive)
        else:
            await _relay_body(exchange, request, plan, attempt, client, reply, world, response, keepalive)


def _context(exchange: Exchange, request: ChatRequest, plan: calling.Plan) -> AnswerContext:
    return AnswerContext(
        request=finding.shown(exchange, request),
        answer_id=exchange.id.hex,
        created=int(exchange.started_at),
        model=plan.profile.model,
        origin=maker_of(plan),
        input_estimate=exchange.input_estimate,
    )


async def _relay_stream(
    exchange: Exchange,
    request: ChatRequest,
    plan: calling.Plan,
    attempt: Attempt,
    client: Dialect,
    reply: Reply,
    world: World,
    response: UpstreamResponse,
    keepalive: Keepalive | None,
) -> None:
    line = badge.line(exchange, request, attempt)
    encoder = badge.encoder(client, _context(exchange, request, plan), line)
    keep = exchange.stores or remembering.wanted(exchange)
    buffered = HeldStart(exchange, reply, remembering.paced(exchange))
    mending = mender(exchange, request, plan)
    finder = finding.finder(exchange, request, plan, world)
    relay = Relay(
        attempt,
        decoder_of(request, plan, response),
        encoder,
        plan.faithful and not line and mending is None and finder is None,
        buffered,
        lambda attempt: _serve_from(exchange, attempt, plan, world),
        lambda attempt: note_so_far(exchange, attempt, world),
        lambda error: calling.without_secret(error, plan.secret),
        keep=keep,
        share=remembering.share(exchange),
        mender=mending,
        unseen=finder.unseen if finder is not None else None,
    )
    if keepalive is not None:
        keepalive.frame = encoder.keepalive()
    try:
        await relay.run(response, plan.account.deadlines)
        if finder is not None:
            await finder.stream(relay, response)
    finally:
        attempt = relay.attempt
        staying.note_signatures(exchange, list(relay.signatures.values()), maker_of(plan), world)
    if relay.failure is not None:
        await _broken(exchange, attempt, relay.failure, buffered, world)
        return
    close_attempt(exchange, attempt)
    exchange.status = "completed"
    exchange.http_status = 200
    if keep:
        _kept(exchange, attempt, plan, client, fold(relay.kept), world)
    remembering.leave(exchange, world, whole=True)
    if keepalive is not None:
        keepalive.stop()
    settle(exchange, world)  # in the journal before the caller's last byte
    await buffered.finish()
    if finder is None:
        await drain(response)


async def _broken(
    exchange: Exchange, attempt: Attempt, failure: GatewayError, buffered: HeldStart, world: World
) -> None:
    """An answer that broke off in the stream, where it was told."""
    close_attempt(exchange, attempt, error=failure)
    exchange.error = failure
    exchange.status = "truncated"
    exchange.http_status = 200
    remembering.leave(exchange, world, whole=False)
    await buffered.written()
    buffered.abort()


async def _relay_body(
    exchange: Exchange,
    request: ChatRequest,
    plan: calling.Plan,
    attempt: Attempt,
    client: Dialect,
    reply: Reply,
    world: World,
    response: UpstreamResponse,
    keepalive: Keepalive | None,
) -> None:
    """A JSON answer: as a body, or unfolded into a stream when the caller asked for one and the provider sent none."""
    answer, raw = await read_answer(request, plan, response)
    answer, shown, raw = mended(exchange, request, plan, answer, raw)
    attempt.usage = attempt.usage.merge(answer.usage)
    signatures = [block.signature or "" for block in answer.blocks if isinstance(block, Thinking)]
    staying.note_signatures(exchange, signatures, maker_of(plan), world)
    if (finder := finding.finder(exchange, request, plan, world)) is not None:
        answer, shown, attempt = await finder.whole(answer, shown, reply)
        request, raw = finder.request, b""
    finish = partial(_finish_body, exchange, request, plan, attempt, client, reply, world, shown, raw, keepalive)
    if (why := cascade.fault(exchange, request, attempt, answer)) is not None:
        attempt.first_token = time.monotonic()
        close_attempt(exchange, attempt)
        cascade.doubt(exchange, attempt, why, plan.account.deadlines.total, finish)
    else:
        await finish()


async def _finish_body(
    exchange: Exchange,
    request: ChatRequest,
    plan: calling.Plan,
    attempt: Attempt,
    client: Dialect,
    reply: Reply,
    world: World,
    answer: ChatResponse,
    raw: bytes,
    keepalive: Keepalive | None,
) -> None:
    line = badge.line(exchange, request, attempt)
    text = told(request, plan, client, answer, raw, _context(exchange, request, plan), line)
    attempt.first_token = attempt.first_token or time.monotonic()
    _serve_from(exchange, attempt, plan, world)
    close_attempt(exchange, attempt)
    _kept(exchange, attempt, plan, client, answer, world)
    remembering.leave(exchange, world, whole=True, answer=answer)
    if reply.gone:
        raise asyncio.CancelledError
    exchange.status = "completed"
    exchange.http_status = 200
    settle(exchange, world)  # in the journal before the caller's last byte
    if keepalive is not None:
        keepalive.stop()
    if not reply.started:
        body = [("content-type", "application/json"), ("content-length", str(len(text))), *served_headers(exchange)]
        await reply.start(200, stream_headers(exchange) if request.stream else body)
    await reply.finish(text)


def _serve_from(exchange: Exchange, attempt: Attempt, plan: calling.Plan, world: World) -> None:
    cascade.serving(exchange)
    exchange.served = attempt
    note_receipts(exchange, world)
    remembering.begins(exchange, attempt, maker_of(plan))
    staying.remember(exchange, world)
    exchange.losses.extend(plan.losses)
    exchange.raw = b""  # nobody else will be asked; what was sent need not be kept while the answer streams (DJG-3)
    if not exchange.stores:
        exchange.body = {}


def _kept(
    exchange: Exchange, attempt: Attempt, plan: calling.Plan, client: Dialect, answer: ChatResponse, world: World
) -> None:
    """A whole answer: for who refers to it, and for who asks the same."""
    if exchange.stores:
        _store(exchange, plan, client, answer, world)
    remembering.keep(exchange, attempt, answer, maker_of(plan), world)


def _store(exchange: Exchange, plan: calling.Plan, client: Dialect, answer: ChatResponse, world: World) -> None:
    """Keeps the conversation under the id the caller has seen."""
    assert exchange.request is not None
    body = client.encode_response(answer, _context(exchange, exchange.request, plan))
    seen = answer.id if plan.faithful and answer.id else body["id"]
    world.responses.save(exchange.team.id, seen, stored_items(exchange.body.get("input"), body))


async def _refuse(exchange: Exchange, client: Dialect, reply: Reply, error: GatewayError) -> None:
    """Answers with `error`: as an HTTP error while nothing was sent, else in the stream, which is then dropped."""
    exchange.error = error
    if isinstance(error, UpstreamError):
        exchange.status = "rejected" if isinstance(error, UpstreamRejected) and not error.account_fault else "failed"
    else:
        exchange.status = "failed" if isinstance(error, InternalError) else "refused"
    status, headers, body = client.encode_error(error, exchange.request_id)
    exchange.http_status = status
    if reply.started:
        if exchange.request is not None:
            context = AnswerContext.waiting(exchange.request, exchange.id.hex)
            await reply.write(client.stream_encoder(context).fail(error))
        reply.abort()
        return
    text = dump(body)
    await reply.start(
        status,
        [
            ("content-type", "application/json"),
            ("content-length", str(len(text))),
            *refusal_headers(exchange, headers),
        ],
    )
    await reply.finish(text)
