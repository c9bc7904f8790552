"""A visible line at the end of an answer that says who gave it, and its way out of the history when that comes back.

    [lynkr: simple, my-openai/gpt-4o-mini, score 12]

It is a text block of its own where the dialect has blocks. It goes on finished answers in prose only: none with a call of a
tool, none that must be JSON. A body without the mark is left alone to the byte.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from gateway.chat.errors import GatewayError
from gateway.chat.events import BlockStart, BlockStop, Delta, Finish, StreamEvent
from gateway.chat.request import ChatRequest, Opaque, Text, ToolUse
from gateway.chat.response import ChatResponse
from gateway.wire.dialect import AnswerContext, Dialect, StreamEncoder
from gateway.wire.envelope import rewrite

from .exchange import Attempt, Exchange

MARK = "[lynkr: "
BREAK = "\n\n"
_LINE = re.compile(
    r"(?:\n\n|\A\s*)\[lynkr: (?:simple|medium|complex|reasoning), [^\s\[\],]{1,300}(?:, score \d{1,3})?\]\s*\Z"
)
_FINISHED = ("stop", "length", "stop_sequence")
_TEXTS = ("text", "output_text")


def line(exchange: Exchange, request: ChatRequest, attempt: Attempt) -> str:
    """The badge of an answer by `attempt`; "" where it gets none."""
    decision = exchange.decision
    if not exchange.team.policy.second_looks.badge or decision is None or decision.mode != "auto":
        return ""
    if attempt.tier is None or (request.response_format is not None and request.response_format.kind != "text"):
        return ""
    target = re.sub(r"[\s\[\],]", "_", str(attempt.target))[:300]
    score = f", score {decision.score}" if decision.score is not None else ""
    return f"{MARK}{attempt.tier.name.lower()}, {target}{score}]"


def on_answer(answer: ChatResponse, badge: str) -> ChatResponse:
    """`answer` with the badge at its end, if it is one that gets it."""
    said = any(isinstance(block, Text) and block.text for block in answer.blocks)
    if not badge or not said or answer.finish_reason not in _FINISHED:
        return answer
    if any(isinstance(block, ToolUse | Opaque) for block in answer.blocks):
        return answer
    return replace(answer, blocks=(*answer.blocks, Text(BREAK + badge)))


class Badged:
    """An encoder that writes the badge before the end."""

    def __init__(self, encoder: StreamEncoder, badge: str) -> None:
        self._encoder, self._badge = encoder, badge
        self._next = 0
        self._said = self._called = False

    @property
    def failure(self) -> GatewayError | None:
        return self._encoder.failure

    def encode(self, events: Iterable[StreamEvent]) -> bytes:
        out: list[StreamEvent] = []
        for event in events:
            if isinstance(event, BlockStart):
                self._next = max(self._next, event.index + 1)
                self._called = self._called or isinstance(event.block, ToolUse | Opaque)
            elif isinstance(event, Delta):
                self._said = self._said or (event.kind == "text" and event.value != "")
            elif isinstance(event, Finish) and event.reason in _FINISHED and self._said and not self._called:
                index = self._next
                out += [BlockStart(index, Text("")), Delta(index, "text", BREAK + self._badge), BlockStop(index)]
            out.append(event)
        return self._encoder.encode(out)

    def fail(self, error: GatewayError) -> bytes:
        return self._encoder.fail(error)

    def keepalive(self) -> bytes:
        return self._encoder.keepalive()


def encoder(client: Dialect, context: AnswerContext, badge: str) -> StreamEncoder:
    """The client's, with `badge` (if any) at the end of what it writes."""
    plain = client.stream_encoder(context)
    return Badged(plain, badge) if badge else plain


def without(raw: bytes, body: dict[str, Any]) -> tuple[bytes, dict[str, Any]]:
    """The body of a request without badges in what the model is said to have said; the very same where there are none."""
    if MARK.encode() not in raw:
        return raw, body
    field = "messages" if "messages" in body else "input"
    items = body.get(field)
    if not isinstance(items, list):
        return raw, body
    cleaned = [_without(item) for item in items]
    if all(new is old for new, old in zip(cleaned, items, strict=True)):
        return raw, body
    kept = [item for item in cleaned if item is not None]
    return rewrite(raw, {field: kept}), {**body, field: kept}


def _without(item: Any) -> Any:
    """`item` itself, a copy without its badge, or None where nothing else was in it."""
    if not isinstance(item, Mapping) or item.get("role") != "assistant":
        return item
    content = item.get("content")
    if isinstance(content, str):
        text = _LINE.sub("", content)
        return item if text == content else {**item, "content": text}
    if not isinstance(content, list):
        return item
    parts = [kept for part in content if (kept := _part(part)) is not None]
    if len(parts) == len(content) and all(new is old for new, old in zip(parts, content, strict=True)):
        return item
    return {**item, "content": parts} if parts else None


def _part(part: Any) -> Any:
    if not isinstance(part, Mapping) or part.get("type") not in _TEXTS or not isinstance(part.get("text"), str):
        return part
    text = _LINE.sub("", part["text"])
    if text == part["text"]:
        return part
    return {**part, "text": text} if text else None
