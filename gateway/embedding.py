"""The life of one embeddings request: one target, no fallback to another model (vectors of two models do not mix)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping

import httpx

from gateway.chat.errors import (
    BadRequest,
    GatewayError,
    InternalError,
    NotFound,
    UpstreamBroken,
    UpstreamError,
    UpstreamUnavailable,
)
from gateway.chat.usage import Usage
from gateway.providers.account import Account
from gateway.providers.registry import vendor as vendor_of
from gateway.providers.vendor import Call
from gateway.wire import registry
from gateway.wire.envelope import REMOVE, rewrite
from gateway.wire.fields import dump, load, load_object
from gateway.wire.refusals import as_meant
from routing.decision import Decision, Step
from routing.tiers import TargetRef

from . import budgeting, calling, metrics, smuggling
from .admission import admit
from .deciding import may_be_charged, may_use, price_unknown
from .exchange import Attempt, Exchange, new_id
from .fallback import wait_before_retry
from .headers import limit_headers, request_id_headers, served_headers
from .ports import OUTLIVE_SECONDS, Reply, World
from .settling import close_attempt, note_so_far, settle

ANSWER_LIMIT = 256 * 1024 * 1024


async def run(exchange: Exchange, reply: Reply, world: World) -> None:
    """Serves `exchange`; the same promises as gateway.pipeline.run."""
    try:
        await _answer(exchange, reply, world)
    except GatewayError as error:
        await _refuse(exchange, reply, error)
    except asyncio.CancelledError:
        exchange.status, exchange.http_status = "interrupted", 499
        raise
    except Exception as error:
        metrics.defect(error)
        await _refuse(exchange, reply, InternalError("Lynkr failed to serve this request; its log tells why."))
    finally:
        settle(exchange, world)


async def _answer(exchange: Exchange, reply: Reply, world: World) -> None:
    exchange.body = load_object(exchange.raw)
    smuggling.refuse(exchange.body)
    model = exchange.body.get("model")
    if not isinstance(model, str) or not model:
        raise BadRequest("model: field required", param="model")
    if "input" not in exchange.body:
        raise BadRequest("input: field required", param="input")
    exchange.requested_model = model
    exchange.input_estimate = max(1, len(exchange.raw) // 4)
    await admit(exchange, world)
    target = _target(exchange, world, model)
    exchange.decision = Decision("target", None, (Step(target, None),), reason="embeddings")
    await budgeting.hold(exchange, world, 0)
    tries = 0
    reply.outlive = OUTLIVE_SECONDS
    while True:
        tries += 1
        if reply.gone:
            raise asyncio.CancelledError
        try:
            raw = await _call(exchange, target, world)
            break
        except UpstreamError as error:
            wait = wait_before_retry(error, tries)
            if wait is None:
                raise
            await asyncio.sleep(wait)
    if reply.gone:
        raise asyncio.CancelledError
    exchange.status, exchange.http_status = "completed", 200
    headers = [("content-type", "application/json"), ("content-length", str(len(raw))), *served_headers(exchange)]
    await reply.start(200, headers)
    await reply.finish(raw)


def _target(exchange: Exchange, world: World, model: str) -> TargetRef:
    accounts = world.snapshots.current.accounts
    entry = exchange.team.models.get(model)
    target = entry.target if entry else None
    account, slash, name = model.partition("/")
    if target is None and slash and account in accounts and exchange.team.may_call(account):
        target = TargetRef(account, name)
    if target is None:
        able = [found for found in accounts.values() if exchange.team.may_call(found.name) and offers(found, model)]
        target = TargetRef(able[0].name, model) if len(able) == 1 else None
    if (
        target is None
        or target.account not in accounts
        or not may_use(exchange.caller, target, alias=model if entry else "")
    ):
        raise NotFound(
            f"The embedding model '{model[:120]}' does not exist or this key may not use it. "
            "Name it as 'account/model' or add it to the catalogue.",
            code="model_not_found",
            param="model",
        )
    if not offers(accounts[target.account], target.model):
        raise BadRequest(f"The provider account '{target.account}' offers no embeddings.", param="model")
    if not may_be_charged(target, exchange.team, accounts):
        raise price_unknown(target)
    return target


def offers(account: Account, model: str) -> bool:
    return vendor_of(account.vendor).offers(account, model, "embeddings")


async def _call(exchange: Exchange, target: TargetRef, world: World) -> bytes:
    account = world.snapshots.current.accounts.get(target.account)
    if account is None:  # taken away while money was held, or before the second try
        raise UpstreamUnavailable(f"Target '{target}' is no longer configured.")
    vendor = vendor_of(account.vendor)
    secret = world.pick_secret(account, exchange.session_id)
    started = time.monotonic()
    sequence = len(exchange.attempts)
    attempt = Attempt(new_id(), sequence, target, vendor.name, "embeddings", None, time.time(), started)
    attempt.base_url = account.base_url
    exchange.attempts.append(attempt)
    world.journal.append(attempt.as_record(exchange))
    body = vendor.embeddings_body(account, target.model, exchange.body)
    changes = {name: value for name, value in body.items() if exchange.body.get(name, body) != value}
    changes.update(dict.fromkeys(smuggling.other_models(exchange.body), REMOVE))
    call = Call(
        "POST",
        vendor.url(account, target.model, "openai_chat", "embeddings", stream=False),
        vendor.headers(account, secret, "openai_chat", {}),
        rewrite(exchange.raw, changes),
    )
    try:
        async with asyncio.timeout(account.deadlines.first_token):
            response = await calling.dispatch(
                vendor, account, secret, call, world.upstream, stream=False, on_sent=attempt.went_out
            )
            try:
                attempt.upstream_status = response.status
                if response.status < 300:
                    attempt.accepted = True  # it bills from here on, whether its answer arrives or not (CUT-2, CUT-8)
                    note_so_far(exchange, attempt, world)
                raw = await response.read(ANSWER_LIMIT)
            finally:
                await response.aclose()
        if response.status >= 300:
            refused = registry.dialect("openai_chat").decode_error(response.status, response.headers, raw)
            raise calling.without_secret(as_meant(refused), secret)
        attempt.usage = _usage(raw)
    except TimeoutError as error:
        trouble = UpstreamBroken("The provider did not answer in time.", code="upstream_timeout", status=504)
        close_attempt(exchange, attempt, error=trouble)
        raise trouble from error
    except httpx.HTTPError as error:
        trouble = UpstreamBroken("The provider's answer was cut off.")
        close_attempt(exchange, attempt, error=trouble)
        raise trouble from error
    except UpstreamError as error:
        close_attempt(exchange, attempt, error=error)
        raise
    exchange.served = attempt
    close_attempt(exchange, attempt)
    return raw


def _usage(raw: bytes) -> Usage:
    try:
        body = load(raw)
    except ValueError as error:
        raise UpstreamBroken("The provider's answer is not JSON.") from error
    usage = body.get("usage") if isinstance(body, Mapping) else None
    if not isinstance(usage, Mapping):
        return Usage(output=0)
    tokens = usage.get("prompt_tokens", usage.get("total_tokens"))
    return Usage(input=tokens if isinstance(tokens, int) else None, output=0)


async def _refuse(exchange: Exchange, reply: Reply, error: GatewayError) -> None:
    exchange.error = error
    exchange.status = "failed" if isinstance(error, InternalError | UpstreamError) else "refused"
    status, headers, body = registry.dialect("openai_chat").encode_error(error, exchange.request_id)
    exchange.http_status = status
    if reply.started:
        reply.abort()
        return
    text = dump(body)
    fields = [("content-type", "application/json"), ("content-length", str(len(text))), *request_id_headers(exchange)]
    await reply.start(status, [*fields, *limit_headers(exchange), *headers])
    await reply.finish(text)
