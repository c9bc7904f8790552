"""What the tests of the Responses dialect share: fixtures, contexts, and streams taken apart."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from gateway.chat.events import StreamEvent
from gateway.chat.request import ChatRequest, Origin
from gateway.wire.dialect import AnswerContext
from gateway.wire.openai_responses import DIALECT

FIXTURES = Path(__file__).parent.parent / "fixtures" / "wire" / "openai_responses"
CLAUDE = Origin("anthropic", "claude-opus-5-5", "our-anthropic")


def load(name: str) -> dict[str, Any]:
    body: dict[str, Any] = json.loads((FIXTURES / name).read_text())
    return body


def stream(name: str) -> bytes:
    return (FIXTURES / "streams" / f"{name}.sse").read_bytes()


def ask(**fields: Any) -> ChatRequest:
    return DIALECT.decode_request({"model": "m", "input": "hi", **fields})


def context(request: ChatRequest | None = None, origin: Origin = CLAUDE) -> AnswerContext:
    return AnswerContext(request or ask(), "0a1b2c", 1_800_000_000, "shown-model", origin)


def frames(raw: bytes) -> list[dict[str, Any]]:
    """The events of a stream; asserts that each is ``event: T`` + ``data: {"type": T}`` and nothing else."""
    assert raw.endswith(b"\n\n")
    found = []
    for frame in raw.decode().split("\n\n")[:-1]:
        name, data = frame.split("\n")
        event = json.loads(data.removeprefix("data: "))
        assert name == f"event: {event['type']}"
        found.append(event)
    return found


def written(
    events: list[StreamEvent], request: ChatRequest | None = None, origin: Origin = CLAUDE
) -> list[dict[str, Any]]:
    return frames(DIALECT.stream_encoder(context(request, origin)).encode(events))


def read(raw: bytes, request: ChatRequest | None = None) -> list[StreamEvent]:
    decoder = DIALECT.stream_decoder(request or ask())
    return [*decoder.feed(raw), *decoder.end()]


def frame(kind: str, **fields: Any) -> bytes:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n".encode()
