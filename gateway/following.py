"""A request that is the same as one that is being answered is told that answer as it comes (gateway.sharing)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from caching.stored import NOTHING_BILLED
from gateway.chat.errors import UpstreamBroken
from gateway.chat.events import Finish, Start, StreamEvent
from gateway.chat.request import ChatRequest, Thinking
from gateway.chat.response import fold
from gateway.wire.dialect import Dialect, StreamEncoder

from . import staying
from .exchange import Exchange
from .headers import stream_headers
from .keepalive import Keepalive
from .lookup import Lookup
from .ports import Reply, World
from .replaying import context_of, note_saved, send, settled
from .sharing import Shared


async def follow(exchange: Exchange, look: Lookup, leader: Shared, client: Dialect, reply: Reply, world: World) -> bool:
    """Whether it was served. False: the leader broke off before anything was told, or a target answers that would not be
    asked for this request. Raises UpstreamBroken after that."""
    request = exchange.request
    assert request is not None
    if request.stream and exchange.keepalive is None:
        exchange.keepalive = Keepalive(exchange, client, reply, world.keepalive_seconds)
    may = {step.target for step in exchange.decision.steps} if exchange.decision is not None else set()
    leader.join()
    look.outcome, look.shared = "shared", None
    alien = False
    told: list[StreamEvent] = []
    encoder: StreamEncoder | None = None
    try:
        async for events in leader.batches():
            if alien := leader.target not in may:  # its fallback may be none of this key's models
                break
            told += events
            if request.stream:
                encoder = encoder or _encoder(exchange, request, leader, client)
                await _tell(exchange, encoder.encode(_unbilled(events)), reply)
                if encoder.failure is not None:
                    raise encoder.failure
    finally:
        leader.leave()
    if alien:
        look.outcome = ""
        return False
    if leader.state != "whole":
        if encoder is not None:
            raise UpstreamBroken("The answer that this request shared with another was cut off.")
        look.outcome = ""
        return False
    answer = replace(fold(told), usage=NOTHING_BILLED)
    signatures = [block.signature or "" for block in answer.blocks if isinstance(block, Thinking)]
    staying.note_signatures(exchange, signatures, leader.origin, world)
    look.served_by(leader.target, leader.tier)
    note_saved(exchange, "shared", leader.tokens, leader.cost)
    if exchange.keepalive is not None:
        exchange.keepalive.stop()
    if encoder is None:
        await send(exchange, answer, leader.origin, client, reply, world)
        return True
    settled(exchange, answer, context_of(exchange, request, leader.model, leader.origin), client, world)
    await reply.finish()
    return True


def _encoder(exchange: Exchange, request: ChatRequest, leader: Shared, client: Dialect) -> StreamEncoder:
    look: Lookup = exchange.look
    exchange.raw = b""  # as in gateway.pipeline: nobody will be asked (DJG-3)
    look.served_by(leader.target, leader.tier)
    return client.stream_encoder(context_of(exchange, request, leader.model, leader.origin))


async def _tell(exchange: Exchange, text: bytes, reply: Reply) -> None:
    if not text:
        return
    if not reply.started:
        await reply.start(200, stream_headers(exchange))
    await reply.write(text)


def _unbilled(events: Iterable[StreamEvent]) -> Iterator[StreamEvent]:
    for event in events:
        yield replace(event, usage=NOTHING_BILLED) if isinstance(event, Start | Finish) else event
