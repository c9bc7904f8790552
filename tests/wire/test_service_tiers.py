"""The service tier an answer was served in decides its price, so every dialect that tells it is read (CCH-11)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.chat.request import ChatRequest, Message, Text
from gateway.chat.response import fold
from gateway.chat.usage import Usage, service_tier
from gateway.wire.registry import dialect
from tests.laws.cases import FIXTURES

BODIES = {
    "anthropic/responses/plain_text.json": (b'"service_tier": "standard"', b'"service_tier": "batch"', "batch"),
    "openai_chat/responses/text.json": (b'"service_tier": "default"', b'"service_tier": "priority"', "priority"),
    "openai_responses/responses/text.json": (b'"service_tier": "default"', b'"service_tier": "flex"', "flex"),
    "bedrock_converse/responses/reasoning_and_cache.json": (b'"default"', b'"flex"', "flex"),
}
STREAMS = {
    "anthropic/streams/plain_text.sse": (b'"standard"', b'"priority"', "priority"),
    "openai_chat/streams/openai_text.sse": (b'"service_tier":"default"', b'"service_tier":"flex"', "flex"),
    "openai_responses/streams/text.sse": (b'"service_tier":"default"', b'"service_tier":"priority"', "priority"),
    "gemini/streams/vertex_text.sse": (b'"ON_DEMAND"', b'"ON_DEMAND_FLEX"', "flex"),
}


def asked(name: str) -> ChatRequest:
    return ChatRequest(name, "m", (Message("user", (Text("hello"),)),), stream=True, include_usage=True)


def usage_of(path: str, raw: bytes) -> Usage:
    name = path.partition("/")[0]
    spoken = dialect(name)
    if path.endswith(".json"):
        import json

        return spoken.decode_response(json.loads(raw), asked(name)).usage
    decoder = spoken.stream_decoder(asked(name))
    return fold([*decoder.feed(raw), *decoder.end()]).usage


@pytest.mark.parametrize("path", [*BODIES, *STREAMS])
def test_a_dialect_reads_the_tier_it_was_served_in(path: str) -> None:
    usual, other, tier = (BODIES | STREAMS)[path]
    raw = (FIXTURES / path).read_bytes()
    assert usual in raw
    before, after = usage_of(path, raw), usage_of(path, raw.replace(usual, other))
    assert (before.service_tier, after.service_tier) == ("standard", tier)
    assert replace(after, service_tier=None) == before, "the tier is no count"


def test_a_tier_that_was_asked_for_is_not_the_one_that_served() -> None:
    """A priority request that was served as an ordinary one costs what an ordinary one does."""
    raw = (FIXTURES / "openai_responses/streams/text.sse").read_bytes()
    created, rest = raw.split(b"\n\n", 1)
    told = created.replace(b'"service_tier":"default"', b'"service_tier":"priority"')
    assert told != created
    assert usage_of("openai_responses/streams/text.sse", told + b"\n\n" + rest).service_tier == "standard"


@pytest.mark.parametrize(
    ("word", "tier"),
    [
        ("flex", "flex"), ("priority", "priority"), ("batch", "batch"), ("default", "standard"), ("scale", "standard"),
        ("reserved", "standard"), ("ON_DEMAND_PRIORITY", "priority"), ("PROVISIONED_THROUGHPUT", "standard"),
        ("auto", None), ("", None), (None, None), (7, None),
    ],
)  # fmt: skip
def test_words_for_tiers(word: object, tier: str | None) -> None:
    assert service_tier(word) == tier


def test_the_tier_told_last_counts() -> None:
    first, last = Usage(1, service_tier="priority"), Usage(2, service_tier="standard")
    assert first.merge(last).service_tier == "standard"
    assert first.merge(Usage(2)).service_tier == "priority"
