"""From the caller's bytes to the canonical request: decoding, and the stored turns it refers to."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from gateway.chat.errors import BadRequest
from gateway.chat.request import ChatRequest, ToolResult
from gateway.wire.dialect import Dialect
from gateway.wire.envelope import REMOVE, rewrite
from gateway.wire.fields import dump, load_object
from gateway.wire.openai_responses import with_history

from . import badge, smuggling
from .exchange import Exchange
from .ports import World

LARGE_BODY = 1024 * 1024
# Anthropic takes 100,000 messages (its Messages API reference); nobody offers thousands of tools.
MOST_ITEMS = {"messages": 100_000, "input": 100_000, "tools": 4_096, "system": 10_000}
MOST_BLOCKS = 100_000  # in all messages together: what looks at each of them does so on the event loop


async def decode(exchange: Exchange, client: Dialect) -> ChatRequest:
    """Sets the exchange's body and raw bytes. Raises BadRequest for what is no request of this dialect."""
    if len(exchange.raw) > LARGE_BODY:
        # Beside the event loop, so that one tenant's huge request does not hold up the others.
        exchange.raw, exchange.body, request, losses = await asyncio.to_thread(_decode, client, exchange.raw)
    else:
        exchange.raw, exchange.body, request, losses = _decode(client, exchange.raw)
    exchange.losses += losses
    return request


def _decode(client: Dialect, raw: bytes) -> tuple[bytes, dict[str, Any], ChatRequest, list[str]]:
    raw, body = badge.without(raw, load_object(raw))
    smuggling.refuse(body)
    _refuse_too_many(body)
    others = smuggling.other_models(body)
    if others:
        raw = rewrite(raw, dict.fromkeys(others, REMOVE))
        body = {name: value for name, value in body.items() if name not in others}
    request = client.decode_request(body)
    _refuse_too_many_blocks(request)
    return raw, body, request, [f"{name}: only the model asked for" for name in others]


async def decode_to_count(client: Dialect, raw: bytes) -> ChatRequest:
    """The request of a body that asks for a count of its tokens, and so needs no max_tokens. Raises BadRequest."""
    if len(raw) > LARGE_BODY:
        return await asyncio.to_thread(_decode_to_count, client, raw)
    return _decode_to_count(client, raw)


def _decode_to_count(client: Dialect, raw: bytes) -> ChatRequest:
    body = load_object(raw)
    _refuse_too_many(body)
    body.setdefault("max_tokens", 1)
    request = client.decode_request(body)
    _refuse_too_many_blocks(request)
    return request


def _refuse_too_many(body: Mapping[str, Any]) -> None:
    for field, most in MOST_ITEMS.items():
        items = body.get(field)
        if isinstance(items, list) and len(items) > most:
            raise BadRequest(f"{field}: more than {most} items", param=field)


def _refuse_too_many_blocks(request: ChatRequest) -> None:
    blocks = 0
    for message in request.messages:
        blocks += len(message.blocks)
        for block in message.blocks:
            if isinstance(block, ToolResult):
                blocks += len(block.content)
    if blocks > MOST_BLOCKS:
        raise BadRequest(f"messages: more than {MOST_BLOCKS} blocks of content in all", param="messages")


async def with_stored(exchange: Exchange, client: Dialect, request: ChatRequest, world: World) -> ChatRequest:
    """The request with what `previous_response_id` stands for put before its input (CDX-5)."""
    previous = exchange.body.get("previous_response_id") if exchange.surface == "openai_responses" else None
    if not previous:
        return request
    items = await world.responses.load(exchange.team.id, str(previous)) if isinstance(previous, str) else None
    if items is None:
        raise BadRequest(
            f"Previous response with id '{str(previous)[:80]}' not found.",
            code="previous_response_not_found",
            param="previous_response_id",
        )
    exchange.body = with_history(exchange.body, items)
    exchange.raw = dump(exchange.body)
    return client.decode_request(exchange.body)
