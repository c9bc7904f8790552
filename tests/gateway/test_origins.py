"""Signatures are remembered with their makers (THK-2, THK-4)."""

from __future__ import annotations

from gateway.chat.request import ChatRequest, Message, Origin, Text, Thinking
from gateway.origins import Origins

OPUS = Origin("anthropic", "claude-opus", "a")


def request(*signatures: str) -> ChatRequest:
    blocks = tuple(Thinking("hm", signature) for signature in signatures)
    return ChatRequest("anthropic", "auto", (Message("user", (Text("hi"),)), Message("assistant", blocks)))


def test_a_known_signature_gets_its_maker_and_an_unknown_one_none() -> None:
    origins = Origins()
    origins.remember(["sig-1"], OPUS)
    blocks = origins.mark(request("sig-1", "sig-2")).messages[1].blocks
    assert [block.origin for block in blocks] == [OPUS, None]  # type: ignore[union-attr]


def test_a_request_without_known_signatures_is_left_as_it_is() -> None:
    origins = Origins()
    asked = request("sig-2")
    assert origins.mark(asked) is asked
    origins.remember(["sig-1", ""], OPUS)
    assert origins.mark(asked) is asked


def test_the_oldest_are_forgotten_first() -> None:
    """MEM-4."""
    origins = Origins(kept=2)
    origins.remember(["1", "2", "3"], OPUS)
    assert origins.mark(request("1")).messages[1].blocks[0].origin is None  # type: ignore[union-attr]
    assert origins.mark(request("3")).messages[1].blocks[0].origin == OPUS  # type: ignore[union-attr]
