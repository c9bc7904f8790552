"""Requests and answers as short as the tests want them."""

from __future__ import annotations

from typing import Any

from caching.eligibility import WORDS, why_not_exact, why_not_near
from caching.fingerprint import split
from gateway.chat.request import Block, ChatRequest, Message, Sampling, Text
from gateway.chat.response import ChatResponse


def asking(*said: str | Block, system: str = "", before: tuple[Message, ...] = (), **more: Any) -> ChatRequest:
    blocks = tuple(Text(part) if isinstance(part, str) else part for part in said)
    return ChatRequest(
        "openai_chat",
        "m",
        (*before, Message("user", blocks)),
        system=(Text(system),) if system else (),
        **{"sampling": Sampling(temperature=0.0), **more},
    )


def exact(request: ChatRequest | str, headers: dict[str, str] | None = None, most: float = 0.0) -> str | None:
    word = why_not_exact(asking(request) if isinstance(request, str) else request, headers or {}, most)
    assert word is None or word in WORDS
    return word


def near(request: ChatRequest | str) -> str | None:
    request = asking(request) if isinstance(request, str) else request
    word = exact(request) or why_not_near(request, split(request))
    assert word is None or word in WORDS
    return word


def answer(*blocks: Any, reason: Any = "stop") -> ChatResponse:
    return ChatResponse("id", "m", tuple(Text(part) if isinstance(part, str) else part for part in blocks), reason)
