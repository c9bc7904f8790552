"""streamGenerateContent with ``alt=sse``: each event is a GenerateContentResponse with the parts that are new."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import orjson

from gateway.chat.errors import GatewayError, UpstreamBroken
from gateway.chat.events import BlockStart, BlockStop, Delta, Failed, Finish, OpaqueDelta, Start, StreamEvent
from gateway.chat.request import NO_EXTRAS, ChatRequest, Opaque, Text, Thinking, ToolUse
from gateway.chat.usage import NO_USAGE, Usage
from gateway.wire import fields
from gateway.wire.dialect import AnswerContext
from gateway.wire.sse import FrameSplitter

from .errors import error_body, error_in_body
from .parts import DUMMIES, NAME, media, names, own_mark, sealed_text, tool_use, with_mark
from .responses import (
    PartsWriter,
    answer_block,
    finish_marks,
    finish_reason,
    finish_word,
    seed_of,
    usage,
    usage_metadata,
)

_COUNTS = frozenset(
    {"promptTokenCount", "cachedContentTokenCount", "candidatesTokenCount", "thoughtsTokenCount", "totalTokenCount"}
)


class GeminiStreamDecoder:
    """`raw` leaves out the frame a `Failed` came from: the caller ends the stream with `fail`."""

    def __init__(self, request: ChatRequest) -> None:
        self.raw = b""
        self._request = request
        self._names = names(request.tools)
        self._splitter = FrameSplitter()
        self._id = ""
        self._started = False
        self._done = False
        self._index = -1
        self._open = ""
        self._calls = 0
        self._word = ""
        self._meta: dict[str, Any] = {}
        self._candidate: dict[str, Any] = {}

    def feed(self, data: bytes) -> list[StreamEvent]:
        events: list[StreamEvent] = []
        kept: list[bytes] = []
        try:
            for frame in self._splitter.feed(data):
                if frame.data is not None and not self._done:
                    self._read(frame.data, events)
                kept.append(frame.raw)
        except GatewayError as error:
            self._fail(error, events)
        except (ValueError, KeyError, TypeError, AttributeError):
            self._fail(UpstreamBroken("The provider's stream is not in the Gemini dialect."), events)
        self.raw = b"".join(kept)
        return events

    def end(self) -> list[StreamEvent]:
        events: list[StreamEvent] = []
        kept: list[bytes] = []
        try:
            for frame in self._splitter.end():
                if frame.data is not None and not self._done:
                    self._read(frame.data, events)
                kept.append(frame.raw)
            if not self._done and self._word:
                self._finish(events)
        except GatewayError as error:
            self._fail(error, events)
        except (ValueError, KeyError, TypeError, AttributeError):
            pass  # half a frame
        self.raw = b"".join(kept)
        if not self._done:
            self._fail(UpstreamBroken("The provider's stream ended before its finish reason."), events)
        return events

    def fail(self, error: GatewayError) -> bytes:
        return fail_frame(error)

    def _fail(self, error: GatewayError, events: list[StreamEvent]) -> None:
        if not self._done:
            self._done = True
            events.append(Failed(error))

    def _read(self, data: bytes, events: list[StreamEvent]) -> None:
        body = orjson.loads(data) if data != b"[DONE]" else {}
        if type(body) is not dict:
            raise ValueError("not an object")
        if "error" in body:
            raise error_in_body(body)
        meta = body.get("usageMetadata")
        if type(meta) is dict:
            self._meta.update(meta)
        if not self._started:
            self._start(body, events)
        candidates = body.get("candidates")
        if not candidates:
            feedback = body.get("promptFeedback")
            if type(feedback) is dict and feedback.get("blockReason"):
                self._word = self._word or "SAFETY"
                self._candidate["promptFeedback"] = feedback
            if self._word and type(meta) is dict:
                self._finish(events)
            return
        candidate = candidates[0]
        content = candidate.get("content")
        if type(content) is dict:
            for part in content.get("parts") or ():
                self._part(part, events)
        word = candidate.get("finishReason")
        if word:
            self._word = word
            self._candidate.update(
                {name: value for name, value in candidate.items() if name not in ("content", "finishReason", "index")}
            )
            if "promptTokenCount" in self._meta and type(meta) is dict:
                self._finish(events)

    def _start(self, body: dict[str, Any], events: list[StreamEvent]) -> None:
        self._started = True
        self._id = str(body.get("responseId") or "")
        counted = usage(self._meta)
        events.append(Start(self._id, str(body.get("modelVersion") or ""), counted if counted != NO_USAGE else None))

    def _part(self, part: dict[str, Any], events: list[StreamEvent]) -> None:
        signature = part.get("thoughtSignature")
        text = part.get("text")
        if type(text) is str:
            kind = "thinking" if part.get("thought") else "text"
            if text:
                if self._open != kind:
                    self._switch(kind, events)
                events.append(Delta(self._index, kind, text))  # type: ignore[arg-type]
            if signature:  # of a text, which is already on its way: behind it
                if kind == "text":
                    self._close(events)
                self._signed(sealed_text(signature) or signature, events)
            return
        if "functionCall" not in part:
            self._close(events)
            self._whole(answer_block(media(part)), events)
            return
        call = part["functionCall"]
        block = tool_use(call if type(call) is dict else {}, self._seed(), self._calls, self._names)
        if signature:
            sealed = sealed_text(signature)
            if sealed is None:
                block = replace(block, extras=with_mark(block.extras, "thoughtSignature", signature))
            if signature not in DUMMIES:
                self._signed(sealed or signature, events)
        self._close(events)
        self._whole(block, events)

    def _seed(self) -> str:
        return seed_of(self._request, self._id)

    def _signed(self, signature: str, events: list[StreamEvent]) -> None:
        """A signature belongs to the thought that is open, else to a thinking block of its own."""
        if self._open == "thinking":
            events.append(Delta(self._index, "signature", signature))
            self._close(events)
        else:
            self._close(events)
            self._whole(Thinking("", signature), events)

    def _switch(self, kind: str, events: list[StreamEvent]) -> None:
        self._close(events)
        self._index += 1
        self._open = kind
        events.append(BlockStart(self._index, Thinking() if kind == "thinking" else Text("")))

    def _close(self, events: list[StreamEvent]) -> None:
        if self._open:
            events.append(BlockStop(self._index))
            self._open = ""

    def _whole(self, block: Text | Thinking | ToolUse | Opaque, events: list[StreamEvent]) -> None:
        self._index += 1
        if isinstance(block, ToolUse):
            self._calls += 1
            empty = ToolUse(block.id, block.name, "", block.kind, block.namespace, block.extras)
            events.append(BlockStart(self._index, empty))
            events.append(Delta(self._index, "arguments", block.arguments))
        elif isinstance(block, Thinking):
            events.append(BlockStart(self._index, Thinking("", None, extras=block.extras)))
            events.append(Delta(self._index, "signature", block.signature or ""))
        else:
            events.append(BlockStart(self._index, block))
        events.append(BlockStop(self._index))

    def _finish(self, events: list[StreamEvent]) -> None:
        reason = finish_reason(self._word, self._calls > 0)
        self._close(events)
        extras: dict[str, Any] = finish_marks(self._word, reason)
        if feedback := self._candidate.pop("promptFeedback", None):
            extras.update({"promptFeedback": feedback, "finishReason": None})  # there was no candidate
        if self._candidate:
            extras["candidate"] = self._candidate
        if rest := fields.rest(self._meta, _COUNTS):
            extras["usageMetadata"] = rest
        self._done = True
        events.append(Finish(reason, usage(self._meta), extras={NAME: extras} if extras else NO_EXTRAS))


def fail_frame(error: GatewayError) -> bytes:
    return b"data: " + fields.dump(error_body(error)) + b"\n\n"


class _Open:
    __slots__ = ("arguments", "block", "text")

    def __init__(self, block: Text | Thinking | ToolUse | Opaque) -> None:
        self.block = block
        self.arguments: list[str] = []
        self.text = False


class GeminiStreamEncoder:
    """One frame for each call of `encode`: neighbouring deltas of a kind are joined, calls are written when complete."""

    failure: GatewayError | None = None

    def __init__(self, context: AnswerContext) -> None:
        self._context = context
        self._writer = PartsWriter(context)
        self._blocks: dict[int, _Open] = {}
        self._id = context.answer_id
        self._usage: Usage = NO_USAGE

    def encode(self, events: Iterable[StreamEvent]) -> bytes:
        out: list[bytes] = []
        kind = ""
        index = -1
        joined: list[str] = []
        for event in events:
            if type(event) is Delta and event.kind == kind and event.index == index:
                joined.append(event.value)
                continue
            if joined:
                self._text(index, kind, "".join(joined))
                joined, kind = [], ""
            if isinstance(event, Delta):
                if event.kind in ("text", "thinking"):
                    kind, index, joined = event.kind, event.index, [event.value]
                else:
                    self._delta(event)
            elif isinstance(event, BlockStart):
                self._start_block(event)
            elif isinstance(event, BlockStop):
                self._stop_block(event.index)
            elif isinstance(event, Start):
                self._id = event.id or self._id
                self._usage = self._usage.merge(event.usage)
            elif isinstance(event, Finish):
                out.append(self._finish(event))
            elif isinstance(event, Failed):
                out.append(self.fail(event.error))
            else:
                assert isinstance(event, OpaqueDelta)
        if joined:
            self._text(index, kind, "".join(joined))
        if self._writer.parts:
            out.append(self._frame({"content": {"role": "model", "parts": self._writer.take()}, "index": 0}))
        return b"".join(out)

    def _text(self, index: int, kind: str, value: str) -> None:
        if not value:
            return
        if kind == "thinking":
            self._writer.thought(value)
            return
        opened = self._blocks.get(index)
        signature = None
        if opened is not None and not opened.text:
            opened.text = True
            signature = None if isinstance(opened.block, Opaque) else own_mark(opened.block.extras, "thoughtSignature")
        self._writer.text(value, signature)

    def _delta(self, event: Delta) -> None:
        opened = self._blocks.get(event.index)
        if opened is None:
            return
        if event.kind == "signature" and isinstance(opened.block, Thinking):
            self._writer.signature(event.value, opened.block)
        elif event.kind == "arguments":
            opened.arguments.append(event.value)

    def _start_block(self, event: BlockStart) -> None:
        block = event.block
        self._blocks[event.index] = _Open(block)
        if isinstance(block, Opaque):
            self._writer.opaque(block)
        elif isinstance(block, Thinking) and block.signature:
            self._writer.signature(block.signature, block)
        elif isinstance(block, Text) and block.text:
            self._text(event.index, "text", block.text)

    def _stop_block(self, index: int) -> None:
        opened = self._blocks.pop(index, None)
        if opened is not None and isinstance(opened.block, ToolUse):
            call = opened.block
            arguments = call.arguments + "".join(opened.arguments)
            self._writer.call(ToolUse(call.id, call.name, arguments, call.kind, call.namespace, call.extras))

    def _finish(self, event: Finish) -> bytes:
        self._writer.flush()
        extras = dict(event.extras.get(NAME, {}))
        parts = self._writer.take()
        candidate: dict[str, Any] = {"content": {"role": "model", "parts": parts}} if parts else {}
        word = extras.pop("finishReason", finish_word(event.reason))
        if word:
            candidate.update({"finishReason": word, "index": 0, **extras.pop("candidate", {})})
        meta = usage_metadata(self._usage.merge(event.usage), extras.pop("usageMetadata", {}))
        return self._frame(candidate, {"usageMetadata": meta, **extras} if meta else extras)

    def _frame(self, candidate: dict[str, Any], more: dict[str, Any] | None = None) -> bytes:
        candidates = {"candidates": [candidate]} if candidate else {}
        body = {**candidates, **(more or {}), "modelVersion": self._context.model, "responseId": self._id}
        return b"data: " + fields.dump(body) + b"\n\n"

    def fail(self, error: GatewayError) -> bytes:
        return fail_frame(error)

    def keepalive(self) -> bytes:
        """An empty text, as Gemini itself sends now and then: Google's own SDKs choke on comment lines."""
        return self._frame({"content": {"role": "model", "parts": [{"text": ""}]}, "index": 0})
