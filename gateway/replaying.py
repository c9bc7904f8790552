"""An answer that is already there, written in the caller's dialect: from the cache, from another request's call, or made here
(gateway.answering). It bills nothing; that of a replay says so in its usage."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal

from gateway.chat.request import ChatRequest, Origin
from gateway.chat.response import ChatResponse, unfold
from gateway.wire.dialect import AnswerContext, Dialect
from gateway.wire.fields import dump
from gateway.wire.openai_responses import stored_items

from .exchange import Exchange
from .headers import served_headers, stream_headers
from .ports import Reply, World
from .receipts import Receipt
from .settling import settle

RECEIPTS = {"exact": "exact hit", "semantic": "semantic hit", "shared": "shared answer"}


async def send(
    exchange: Exchange, answer: ChatResponse, origin: Origin, client: Dialect, reply: Reply, world: World
) -> None:
    """As a stream or a body, whole."""
    request = exchange.request
    assert request is not None
    context = context_of(exchange, request, answer.model, origin, answer.usage.input or 0)
    text = client.stream_encoder(context).encode(unfold(answer)) if request.stream else _body(client, answer, context)
    if reply.gone:
        raise asyncio.CancelledError
    if exchange.keepalive is not None:  # it waited for another request first
        exchange.keepalive.stop()
    settled(exchange, answer, context, client, world)
    if not reply.started:
        plain = [("content-type", "application/json"), ("content-length", str(len(text))), *served_headers(exchange)]
        await reply.start(200, stream_headers(exchange) if request.stream else plain)
    await reply.finish(text)


def _body(client: Dialect, answer: ChatResponse, context: AnswerContext) -> bytes:
    return dump(client.encode_response(answer, context))


def context_of(exchange: Exchange, request: ChatRequest, model: str, origin: Origin, prompt: int = 0) -> AnswerContext:
    return AnswerContext(request, exchange.id.hex, int(exchange.started_at), model or origin.model, origin, prompt)


def settled(exchange: Exchange, answer: ChatResponse, context: AnswerContext, client: Dialect, world: World) -> None:
    """In the journal before the caller's last byte."""
    exchange.status, exchange.http_status = "completed", 200
    if exchange.stores:
        body = client.encode_response(answer, context)
        world.responses.save(exchange.team.id, body["id"], stored_items(exchange.body.get("input"), body))
    settle(exchange, world)


def note_saved(exchange: Exchange, outcome: str, tokens: int, cost: Decimal | None) -> None:
    """What the answer would have cost is what it cost when it was made. What passes took out of a request that was not sent
    saved nothing."""
    passed = exchange.passed
    if passed is None:
        return
    name = RECEIPTS[outcome]
    exchange.passed = replace(passed, receipts={name: Receipt(new_before=tokens)}, usd={}, scale=1.0, marked=False)
    if cost is not None:
        exchange.passed.usd[name] = cost
