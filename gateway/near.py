"""Near matches: asks that mean the same, behind a second gate."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.chat.request import ChatRequest
from gateway.chat.response import ChatResponse

from .exchange import Exchange
from .lookup import Lookup
from .ports import World


def prepare(look: Lookup, came: ChatRequest, surroundings: Sequence[str]) -> None: ...


async def look(exchange: Exchange, look: Lookup, came: ChatRequest, world: World) -> bool:
    return False


def after(exchange: Exchange, look: Lookup, world: World) -> None: ...


def compare_beside(exchange: Exchange, look: Lookup, answer: ChatResponse, world: World) -> None: ...


def vector_of(look: Lookup) -> tuple[str, Sequence[float] | None]:
    return "", None
