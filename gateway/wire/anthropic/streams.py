"""A stream of the Messages API to events (docs.claude.com/en/docs/build-with-claude/streaming).

Tolerant as its clients are: `event:` lines, pings, usage and message_stop may be missing, unknown event and delta types
pass. Server tool calls and compaction blocks, which come in deltas, are handed on whole when they stop: other dialects
leave them out, and this one is relayed as bytes.
"""

from __future__ import annotations

from typing import Any

import orjson

from gateway.chat.errors import GatewayError, UpstreamBroken
from gateway.chat.events import (
    BlockStart,
    BlockStop,
    Delta,
    Failed,
    Finish,
    OpaqueDelta,
    Start,
    StreamEvent,
)
from gateway.chat.request import NO_EXTRAS, ChatRequest, Opaque, Text, Thinking, ToolUse
from gateway.chat.usage import NO_USAGE, Usage

from ..fields import load
from ..sse import Frame, FrameSplitter
from .blocks import NAME, decode_block, extras_of
from .errors import error_event, error_of_event
from .naming import tool_names_back
from .responses import FINAL_USAGE_REST, STOP_REASON, USAGE_REST, named_back
from .usage import decode_usage, finish_reason, usage_rest

_MESSAGE = frozenset({"id", "type", "role", "model", "content", "stop_reason", "stop_sequence", "usage"})
_TEXT = frozenset({"type", "text"})
_CUT = "The provider's stream ended before its answer was complete."
_MESSAGE_STOP = b'event: message_stop\ndata: {"type":"message_stop"}\n\n'


class _Block:
    """One content block as it comes. `start_arguments`: input a provider put whole into content_block_start, used only
    if no delta follows. `whole` and `parts`: an `Opaque` block that is held until it stops."""

    __slots__ = ("deltas", "index", "parts", "start_arguments", "whole")

    def __init__(self, index: int) -> None:
        self.index = index
        self.start_arguments: str | None = None
        self.whole: dict[str, Any] | None = None
        self.parts: list[str] = []
        self.deltas: list[OpaqueDelta] = []


class Decoder:
    """See `gateway.wire.dialect.StreamDecoder`. Frames whose data is no JSON, and error events (told by `fail`), are not
    in `raw`; pings and unknown event types are."""

    def __init__(self, request: ChatRequest) -> None:
        self.raw = b""
        self._request = request
        self._frames = FrameSplitter()
        self._names = tool_names_back(request.tools)
        self._open: dict[Any, _Block] = {}
        self._count = 0
        self._started = self._ended = self._calls = False
        self._usage: Usage = NO_USAGE
        self._final_usage: Usage | None = None
        self._stop: str | None = None
        self._sequence: str | None = None
        self._rest: dict[str, Any] = {}

    def feed(self, data: bytes) -> list[StreamEvent]:
        try:
            frames = self._frames.feed(data)
        except ValueError:
            self.raw = b""
            return self._fail(UpstreamBroken("The provider sent an event larger than 64 MiB."))
        return self._take(frames)

    def end(self) -> list[StreamEvent]:
        """A message_delta with a stop reason is as good an end as message_stop, which is then added to `raw`."""
        frames = self._frames.end()
        events = self._take(frames)
        if frames and self.raw:
            self.raw += b"\n\n"
        if not self._ended:
            if self._stop is not None:
                self.raw += _MESSAGE_STOP
                self._finish(events)
            else:
                events.extend(self._fail(UpstreamBroken(_CUT)))
        return events

    def fail(self, error: GatewayError) -> bytes:
        """Only the error: a block that is open stays open, so that no client keeps half a block, or thinking without its
        signature, as complete (THK-9)."""
        return error_event(error)

    def _take(self, frames: list[Frame]) -> list[StreamEvent]:
        events: list[StreamEvent] = []
        relayed: list[bytes] = []
        opened = self._open
        for frame in frames:
            data = frame.data
            if data is None:
                relayed.append(frame.raw)
                continue
            try:
                body = orjson.loads(data)
            except orjson.JSONDecodeError:
                try:
                    body = load(data)
                except ValueError:
                    continue
            if type(body) is not dict or ("index" in body and type(body["index"]) is not int):
                continue
            kind = body.get("type") or frame.event.decode("utf-8", "replace")
            if kind == "content_block_delta":
                relayed.append(frame.raw)
                block = opened.get(body.get("index"))
                if block is not None and not self._ended:
                    self._delta(block, body.get("delta"), events)
            elif kind == "error":
                if not self._ended:
                    events.extend(self._fail(error_of_event(body)))
            else:
                relayed.append(frame.raw)
                if not self._ended:
                    self._other(kind, body, events)
        self.raw = relayed[0] if len(relayed) == 1 else b"".join(relayed)
        return events

    def _fail(self, error: GatewayError) -> list[StreamEvent]:
        if self._ended:
            return []
        self._ended = True
        return [Failed(error)]

    def _delta(self, block: _Block, delta: Any, events: list[StreamEvent]) -> None:
        if type(delta) is not dict:
            return
        kind = delta.get("type")
        if block.whole is not None:
            self._opaque_delta(block, kind, delta)
            return
        if kind == "text_delta":
            value, word = delta.get("text"), "text"
        elif kind == "input_json_delta":
            value, word = delta.get("partial_json"), "arguments"
            if value:
                block.start_arguments = None
        elif kind == "thinking_delta":
            value, word = delta.get("thinking"), "thinking"
        elif kind == "signature_delta":
            value, word = delta.get("signature"), "signature"
        else:
            events.append(OpaqueDelta(NAME, str(kind), delta, block.index))
            return
        if value and type(value) is str:
            events.append(Delta(block.index, word, value))  # type: ignore[arg-type]

    def _opaque_delta(self, block: _Block, kind: Any, delta: dict[str, Any]) -> None:
        assert block.whole is not None
        if kind == "input_json_delta" and isinstance(delta.get("partial_json"), str):
            block.parts.append(delta["partial_json"])
        elif kind == "compaction_delta":
            for name, value in delta.items():
                if name != "type":
                    before = block.whole.get(name)
                    joined = before + value if isinstance(before, str) and isinstance(value, str) else value
                    block.whole = {**block.whole, name: joined if value is not None else before}
        else:
            block.deltas.append(OpaqueDelta(NAME, str(kind), delta, block.index))

    def _other(self, kind: str, body: dict[str, Any], events: list[StreamEvent]) -> None:
        if kind == "content_block_start":
            self._block_start(body, events)
        elif kind == "content_block_stop":
            block = self._open.pop(body.get("index"), None)
            if block is not None:
                self._block_stop(block, events)
        elif kind == "message_start":
            message = body.get("message")
            if isinstance(message, dict) and not self._started:
                self._message_start(message, events)
        elif kind == "message_delta":
            self._message_delta(body)
        elif kind == "message_stop":
            self._finish(events)

    def _message_start(self, message: dict[str, Any], events: list[StreamEvent]) -> None:
        self._started = True
        usage = decode_usage(message.get("usage"), self._request)
        self._usage = usage or NO_USAGE
        rest = {name: value for name, value in message.items() if name not in _MESSAGE}
        left = usage_rest(message.get("usage"))
        if left:
            rest[USAGE_REST] = left
        identity, model = message.get("id"), message.get("model")
        extras = {NAME: rest} if rest else NO_EXTRAS
        events.append(Start(str(identity or ""), str(model or ""), usage, extras))

    def _block_start(self, body: dict[str, Any], events: list[StreamEvent]) -> None:
        if not self._started:
            self._message_start({}, events)
        value: Any = body.get("content_block")
        index = self._count
        self._count += 1
        block = self._open[body.get("index")] = _Block(index)
        try:
            found = decode_block(value, "content_block")
        except GatewayError:
            found = Opaque(NAME, "", value if isinstance(value, dict) else {})
        if isinstance(found, Text):
            events.append(BlockStart(index, Text("", extras_of(value, _TEXT))))
            if found.text:
                events.append(Delta(index, "text", found.text))
        elif isinstance(found, Thinking):
            self._thinking_start(found, index, events)
        elif isinstance(found, ToolUse):
            self._calls = True
            if found.arguments not in ("", "{}"):
                block.start_arguments = found.arguments
            call = ToolUse(found.id, found.name, "", extras=found.extras)
            events.append(BlockStart(index, named_back(call, self._names)))
        else:
            block.whole = dict(value) if isinstance(value, dict) else {}

    @staticmethod
    def _thinking_start(found: Thinking, index: int, events: list[StreamEvent]) -> None:
        if found.redacted:
            events.append(BlockStart(index, found))
            return
        events.append(BlockStart(index, Thinking(extras=found.extras)))
        if found.text:
            events.append(Delta(index, "thinking", found.text))
        if found.signature:
            events.append(Delta(index, "signature", found.signature))

    @staticmethod
    def _block_stop(block: _Block, events: list[StreamEvent]) -> None:
        if block.whole is not None:
            whole = block.whole
            if block.parts:
                try:
                    whole = {**whole, "input": load("".join(block.parts).encode("utf-8", "surrogatepass"))}
                except ValueError:
                    whole = {**whole, "input": {}}
            kind = whole.get("type")
            events.append(BlockStart(block.index, Opaque(NAME, kind if isinstance(kind, str) else "", whole)))
            events.extend(block.deltas)
        elif block.start_arguments is not None:
            events.append(Delta(block.index, "arguments", block.start_arguments))
        events.append(BlockStop(block.index))

    def _message_delta(self, body: dict[str, Any]) -> None:
        delta = body.get("delta")
        if isinstance(delta, dict):
            if isinstance(delta.get("stop_reason"), str):
                self._stop = delta["stop_reason"]
            if isinstance(delta.get("stop_sequence"), str):
                self._sequence = delta["stop_sequence"]
            self._rest.update((n, v) for n, v in delta.items() if n not in ("stop_reason", "stop_sequence"))
        usage = decode_usage(body.get("usage"), self._request, self._usage)
        if usage is not None:
            self._final_usage = usage if self._final_usage is None else self._final_usage.merge(usage)
            left = usage_rest(body["usage"])
            if left:
                self._rest[FINAL_USAGE_REST] = left
        self._rest.update((n, v) for n, v in body.items() if n not in ("type", "delta", "usage"))

    def _finish(self, events: list[StreamEvent]) -> None:
        self._ended = True
        if not self._started:
            self._ended = False
            events.extend(self._fail(UpstreamBroken(_CUT)))
            return
        for block in self._open.values():
            self._block_stop(block, events)
        self._open.clear()
        reason = finish_reason(self._stop, calls=self._calls)
        if reason == "unknown" and self._stop is not None:
            self._rest[STOP_REASON] = self._stop
        extras = {NAME: self._rest} if self._rest else NO_EXTRAS
        events.append(Finish(reason, self._final_usage, self._sequence, extras))
