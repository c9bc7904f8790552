"""Ollama's NDJSON stream: one JSON object a line, the last with ``"done": true``; an error is a line of its own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from gateway.chat.errors import GatewayError, UpstreamBroken
from gateway.chat.events import BlockStart, BlockStop, Delta, Failed, Finish, Start, StreamEvent
from gateway.chat.request import ChatRequest, Text, Thinking, ToolUse
from gateway.chat.usage import NO_USAGE, Usage
from gateway.wire import fields
from gateway.wire.dialect import AnswerContext

from . import notes
from .errors import error_body, error_in_answer
from .responses import (
    created_at,
    decode_call,
    decode_usage,
    encode_call,
    encode_finish,
    finish_extras,
    finish_reason,
)

_MAX_LINE = 64 * 1024 * 1024
_TOP = frozenset(["model", "created_at", "message", "done", "done_reason", "prompt_eval_count", "eval_count"])


class OllamaStreamDecoder:
    """A `StreamDecoder`. Each tool call comes whole, in one line."""

    def __init__(self, request: ChatRequest) -> None:
        self.raw = b""
        self._request = request
        self._pending: list[bytes] = []
        self._size = 0
        self._started = False
        self._ended = False
        self._blocks = 0
        self._calls = 0
        self._open: tuple[int, str] | None = None

    def feed(self, data: bytes) -> list[StreamEvent]:
        self.raw = b""
        end = data.rfind(b"\n")
        if end < 0:
            self._pending.append(data)
            self._size += len(data)
            events: list[StreamEvent] = []
            return self._fail(_cut(), events) if self._size > _MAX_LINE and not self._ended else events
        whole = b"".join([*self._pending, data[: end + 1]])
        self._pending, self._size = [data[end + 1 :]], len(data) - end - 1
        return self._lines(whole.splitlines(keepends=True) if b"\r" in whole else whole.split(b"\n")[:-1])

    def end(self) -> list[StreamEvent]:
        self.raw = b""
        rest = b"".join(self._pending)
        self._pending = []
        events = self._lines([rest]) if rest.strip() else []
        return events if self._ended else self._fail(_cut(), events)

    def fail(self, error: GatewayError) -> bytes:
        return fields.dump(error_body(error)) + b"\n"

    def _lines(self, lines: Iterable[bytes]) -> list[StreamEvent]:
        events: list[StreamEvent] = []
        kept: list[bytes] = []
        for line in lines:
            if self._ended or not line.strip():
                continue
            try:
                value = fields.load(line)
            except ValueError:
                continue
            if isinstance(value, dict) and self._line(value, events):
                kept.append(line.rstrip(b"\r\n") + b"\n")
        self.raw = b"".join(kept)
        return events

    def _line(self, value: dict[str, Any], events: list[StreamEvent]) -> bool:
        failure = error_in_answer(value)
        if failure is not None:
            self._fail(failure, events)
            return False
        if not self._started:
            self._started = True
            model = value.get("model")
            created = value.get("created_at")
            extras = notes.keep({"created_at": created} if isinstance(created, str) else {})
            events.append(Start("", model if isinstance(model, str) else "", None, extras))
        message = value.get("message")
        if isinstance(message, dict):
            self._message(message, events)
        if value.get("done"):
            self._close(events)
            self._ended = True
            word = value.get("done_reason")
            reason = finish_reason(word, self._calls > 0)
            extras = notes.keep(fields.rest(value, _TOP), finish_extras(word, reason))
            events.append(Finish(reason, decode_usage(value), extras=extras))
        return True

    def _message(self, message: dict[str, Any], events: list[StreamEvent]) -> None:
        for field, kind in (("thinking", "thinking"), ("content", "text")):
            text = message.get(field)
            if isinstance(text, str) and text:
                if self._open is None or self._open[1] != kind:
                    self._close(events)
                    self._open = (self._blocks, kind)
                    events.append(BlockStart(self._blocks, Text("") if kind == "text" else Thinking()))
                    self._blocks += 1
                events.append(Delta(self._open[0], "text" if kind == "text" else "thinking", text))
        calls = message.get("tool_calls")
        for call in calls if isinstance(calls, list) else ():
            use = decode_call(call, self._calls, self._request)
            if use is None:
                continue
            self._close(events)
            empty = ToolUse(use.id, use.name, "", namespace=use.namespace, extras=use.extras)
            events.append(BlockStart(self._blocks, empty))
            events.append(Delta(self._blocks, "arguments", use.arguments))
            events.append(BlockStop(self._blocks))
            self._blocks += 1
            self._calls += 1

    def _close(self, events: list[StreamEvent]) -> None:
        if self._open is not None:
            events.append(BlockStop(self._open[0]))
            self._open = None

    def _fail(self, error: GatewayError, events: list[StreamEvent]) -> list[StreamEvent]:
        self._ended = True
        events.append(Failed(error))
        return events


def _cut() -> UpstreamBroken:
    return UpstreamBroken("The provider's stream ended before the answer was complete.")


class OllamaStreamEncoder:
    """A `StreamEncoder`. A tool call is written when its block stops, because its arguments go out as one object."""

    failure: GatewayError | None = None

    def __init__(self, context: AnswerContext) -> None:
        self._context = context
        self._prefix = self._head(created_at(context))
        self._blocks: dict[int, Text | Thinking | ToolUse] = {}
        self._arguments: dict[int, list[str]] = {}
        self._calls = 0
        self._usage: Usage = NO_USAGE
        self._done = False

    def encode(self, events: Iterable[StreamEvent]) -> bytes:
        out: list[bytes] = []
        for event in events:
            if isinstance(event, Delta):
                self._delta(event, out)
            elif isinstance(event, BlockStart) and isinstance(event.block, Text | Thinking | ToolUse):
                self._blocks[event.index] = event.block
                self._arguments[event.index] = []
                if isinstance(event.block, Text | Thinking) and event.block.text:
                    self._say(event.block, event.block.text, out)
            elif isinstance(event, BlockStop):
                self._stop(event.index, out)
            elif isinstance(event, Start):
                self._usage = self._usage.merge(event.usage)
                created = notes.own(event.extras).get("created_at")
                if created is not None:
                    self._prefix = self._head(created)
            elif isinstance(event, Finish) and not self._done:
                self._done = True
                usage = self._usage.merge(event.usage)
                ending = encode_finish(event.reason, usage, notes.shape(event.extras))
                ending.update(notes.own(event.extras))
                out.append(self._prefix + b'"content":""},' + fields.dump(ending)[1:] + b"\n")
            elif isinstance(event, Failed):
                out.append(self.fail(event.error))
        return b"".join(out)

    def fail(self, error: GatewayError) -> bytes:
        if self._done:
            return b""
        self._done = True
        return fields.dump(error_body(error)) + b"\n"

    def keepalive(self) -> bytes:
        """An empty piece of text: clients parse every line, so a blank one would break them."""
        return self._prefix + b'"content":""},"done":false}\n'

    def _head(self, created: str) -> bytes:
        head = fields.dump({"model": self._context.model, "created_at": created})
        return head[:-1] + b',"message":{"role":"assistant",'

    def _delta(self, event: Delta, out: list[bytes]) -> None:
        block = self._blocks.get(event.index)
        if block is None or not event.value:
            return
        if event.kind == "arguments":
            self._arguments[event.index].append(event.value)
        elif event.kind != "signature":
            self._say(block, event.value, out)

    def _say(self, block: Text | Thinking | ToolUse, value: str, out: list[bytes]) -> None:
        name = b'"content":"","thinking":' if isinstance(block, Thinking) else b'"content":'
        out.append(self._prefix + name + fields.dump(value) + b'},"done":false}\n')

    def _stop(self, index: int, out: list[bytes]) -> None:
        block = self._blocks.get(index)
        if not isinstance(block, ToolUse):
            return
        arguments = block.arguments + "".join(self._arguments[index])
        whole = ToolUse(block.id, block.name, arguments, block.kind, block.namespace, block.extras)
        call = fields.dump([encode_call(whole, self._calls)])
        self._calls += 1
        out.append(self._prefix + b'"content":"","tool_calls":' + call + b'},"done":false}\n')
