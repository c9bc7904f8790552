"""Writing events as a Chat Completions stream."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson

from gateway.chat.errors import GatewayError
from gateway.chat.events import BlockStart, BlockStop, Delta, Failed, Finish, Start, StreamEvent
from gateway.chat.request import Text, Thinking, ToolUse
from gateway.chat.usage import NO_USAGE
from gateway.wire import fields
from gateway.wire.dialect import AnswerContext

from . import notes, usage
from .errors import stream_error
from .responses import finish_word
from .responses_out import custom_names, reasoning_detail, unwrap, uses_functions

_END = b',"logprobs":null,"finish_reason":null}]}\n\n'


class _Call:
    """A tool call being written. `held`: arguments gathered until they can be unwrapped to a custom tool's text."""

    __slots__ = ("custom", "held", "number", "written")

    def __init__(self, number: int, custom: bool, held: list[str] | None) -> None:
        self.number = number
        self.custom = custom
        self.held = held
        self.written = False


class ChatStreamEncoder:
    """A `StreamEncoder`."""

    failure: GatewayError | None = None
    __slots__ = ("_calls", "_context", "_custom", "_done", "_field", "_functions", "_head", "_prefix", "_usage")

    def __init__(self, context: AnswerContext) -> None:
        self._context = context
        self._head = b""
        self._prefix = b""
        self._calls: dict[int, _Call] = {}
        self._field: dict[int, bytes] = {}
        self._custom = custom_names(context.request)
        self._functions = uses_functions(context.request)
        self._usage = NO_USAGE
        self._done = False

    def encode(self, events: Iterable[StreamEvent]) -> bytes:
        out: list[bytes] = []
        prefix, field = self._prefix, self._field
        for event in events:
            if type(event) is Delta:
                before = field.get(event.index)
                if before is None:
                    self._other_delta(event, out)
                    continue
                if event.kind == "signature":
                    self._detail(event.value, False, out)
                elif event.value:
                    try:
                        value = orjson.dumps(event.value)
                    except (orjson.JSONEncodeError, TypeError):
                        value = fields.dump(event.value)
                    out.append(b"%b{%b%b}%b" % (prefix, before, value, _END))
            else:
                self._event(event, out)
                prefix = self._prefix
        return b"".join(out)

    def fail(self, error: GatewayError) -> bytes:
        if self._done:
            return b""
        self._done = True
        return stream_error(error)

    def keepalive(self) -> bytes:
        return b": keepalive\n\n"

    def _event(self, event: StreamEvent, out: list[bytes]) -> None:
        if isinstance(event, Start):
            self._start(event, out)
        elif isinstance(event, BlockStart):
            self._block(event, out)
        elif isinstance(event, BlockStop):
            self._stop(event.index, out)
        elif isinstance(event, Finish):
            self._finish(event, out)
        elif isinstance(event, Failed):
            out.append(self.fail(event.error))

    def _start(self, event: Start, out: list[bytes]) -> None:
        context = self._context
        same = context.origin.dialect == notes.NAME
        own = notes.own(event.extras)
        head = {
            "id": event.id if same and event.id else f"chatcmpl-{context.answer_id}",
            "object": "chat.completion.chunk",
            "created": own.pop("created", context.created),
            "model": context.model,
            **own,
        }
        self._usage = self._usage.merge(event.usage)
        self._head = b"data: " + fields.dump(head)[:-1]
        self._prefix = self._head + b',"choices":[{"index":0,"delta":'
        self._write(b'{"role":"assistant","content":null}', out)

    def _write(self, delta: bytes, out: list[bytes]) -> None:
        out.append(self._prefix + delta + _END)

    def _block(self, event: BlockStart, out: list[bytes]) -> None:
        block = event.block
        if isinstance(block, Text):
            refused = notes.shape(block.extras).get("refusal")
            self._field[event.index] = b'"refusal":' if refused else b'"content":'
            if block.text:
                self._write(b"{" + self._field[event.index] + fields.dump(block.text) + b"}", out)
        elif isinstance(block, Thinking):
            self._field[event.index] = b'"reasoning_content":'
            if block.text:
                self._write(b'{"reasoning_content":' + fields.dump(block.text) + b"}", out)
            if block.signature is not None:
                self._detail(block.signature, block.redacted, out)
        elif isinstance(block, ToolUse):
            self._call(event.index, block, out)

    def _call(self, index: int, block: ToolUse, out: list[bytes]) -> None:
        held = block.kind != "custom" and block.name in self._custom
        call = self._calls[index] = _Call(len(self._calls), held or block.kind == "custom", [] if held else None)
        if self._functions:
            self._write(fields.dump({"function_call": {"name": block.name, "arguments": ""}}), out)
        else:
            kind = "custom" if call.custom else "function"
            inner = {"name": block.name, "input" if call.custom else "arguments": ""}
            start = {"index": call.number, "id": block.id, "type": kind, kind: inner}
            self._write(fields.dump({"tool_calls": [start]}), out)
        if block.arguments:
            self._arguments(call, block.arguments, out)

    def _other_delta(self, event: Delta, out: list[bytes]) -> None:
        call = self._calls.get(event.index)
        if call is None or not event.value:
            return
        if call.held is not None:
            call.held.append(event.value)
        else:
            self._arguments(call, event.value, out)

    def _arguments(self, call: _Call, value: str, out: list[bytes]) -> None:
        call.written = True
        if self._functions:
            self._write(b'{"function_call":{"arguments":' + fields.dump(value) + b"}}", out)
            return
        inner = b'"custom":{"input":' if call.custom else b'"function":{"arguments":'
        head = b'{"tool_calls":[{"index":%d,' % call.number
        self._write(head + inner + fields.dump(value) + b"}}]}", out)

    def _stop(self, index: int, out: list[bytes]) -> None:
        call = self._calls.get(index)
        if call is None:
            return
        if call.held is not None:
            text, call.held = unwrap("".join(call.held)), None
            if text:
                self._arguments(call, text, out)
        elif not call.written and not call.custom:
            self._arguments(call, "{}", out)

    def _detail(self, signature: str, redacted: bool, out: list[bytes]) -> None:
        detail: dict[str, Any] = reasoning_detail(signature, redacted, self._context)
        self._write(fields.dump({"reasoning_details": [detail]}), out)

    def _finish(self, event: Finish, out: list[bytes]) -> None:
        if self._done:
            return
        self._done = True
        if not self._prefix:
            self._start(Start(), out)
        shape = notes.shape(event.extras)
        word = finish_word(event.reason, shape)
        if self._functions and self._calls:
            word = "function_call"
        ending = fields.dump(word)
        out.append(self._prefix + b'{},"logprobs":null,"finish_reason":' + ending + b"}]}\n\n")
        if self._context.request.include_usage:
            counted = usage.encode(self._usage.merge(event.usage), shape.get("usage"))
            if counted is not None:
                out.append(self._head + b',"choices":[],"usage":' + fields.dump(counted) + b"}\n\n")
        out.append(b"data: [DONE]\n\n")
