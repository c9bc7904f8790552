"""Events as a stream of the Messages API.

One content block is open at a time and indexes have no gaps: deltas of parallel calls that interleave are held back until
the block before theirs stops (PAR-1). Text blocks begin with their first visible character, so none is ever empty (EMP-2).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import orjson

from gateway.chat.errors import GatewayError, UpstreamBroken
from gateway.chat.events import BlockStart, BlockStop, Delta, Failed, Finish, OpaqueDelta, Start, StreamEvent
from gateway.chat.request import Opaque, Text, Thinking, ToolUse
from gateway.chat.usage import NO_USAGE

from ..dialect import AnswerContext
from ..fields import dump, load
from .blocks import NAME, own
from .errors import error_event
from .naming import tool_name
from .responses import (
    BAD_ARGUMENTS,
    FINAL_USAGE_REST,
    NOTHING,
    STOP_REASON,
    USAGE_REST,
    answer_fields,
    message_id,
    proof,
)
from .usage import encode_usage, stop_word

_PING = b'event: ping\ndata: {"type": "ping"}\n\n'
_DELTAS = {
    "text": b'{"type":"text_delta","text":',
    "thinking": b'{"type":"thinking_delta","thinking":',
    "arguments": b'{"type":"input_json_delta","partial_json":',
}
_TOP = ("context_management", "input_transformations")
"""Fields of the message_delta event itself; other final fields stand in its `delta`."""
_FINAL = (*_TOP, "stop_details", FINAL_USAGE_REST, STOP_REASON)
"""Extras of an answer that a stream tells last."""
_IN_DELTAS = {"server_tool_use": "input", "mcp_tool_use": "input"}


def _frame(event: bytes, body: dict[str, Any]) -> bytes:
    return b"event: " + event + b"\ndata: " + dump(body) + b"\n\n"


class _Out:
    """A block on its way out. `wire` is its index on the wire once it has begun, `held` the events waiting for their
    turn, `lead` white space seen before the first visible character."""

    __slots__ = ("arguments", "block", "held", "lead", "prefix", "signature", "stopped", "wire")

    def __init__(self, block: Text | Thinking | ToolUse | Opaque) -> None:
        self.block = block
        self.wire = -1
        self.prefix = b""
        self.held: list[StreamEvent] = []
        self.lead = ""
        self.signature: list[str] = []
        self.arguments: list[str] = []
        self.stopped = False


class Encoder:
    """See `gateway.wire.dialect.StreamEncoder`."""

    failure: GatewayError | None = None

    def __init__(self, context: AnswerContext) -> None:
        self._context = context
        self._native = context.origin.dialect == NAME
        self._out: list[bytes] = []
        self._started = self._ended = self._calls = False
        self._next = 0
        self._waiting: dict[int, _Out] = {}
        self._current: int | None = None
        self._unsound: _Out | None = None
        self._last: dict[str, Any] = {}

    def encode(self, events: Iterable[StreamEvent]) -> bytes:
        for event in events:
            if self._ended:
                break
            if type(event) is Delta:
                self._delta(event)
            else:
                self._event(event)
        written = b"".join(self._out)
        self._out.clear()
        return written

    def fail(self, error: GatewayError) -> bytes:
        """Open blocks stay open (THK-9): clients go on from the blocks that were finished."""
        self._ended = True
        return error_event(error)

    def keepalive(self) -> bytes:
        return _PING

    def _give_up(self, message: str) -> None:
        self.failure = UpstreamBroken(message)
        self._out.append(self.fail(self.failure))

    def _event(self, event: StreamEvent) -> None:
        if isinstance(event, Start):
            self._start(event)
        elif isinstance(event, BlockStart):
            self._begin(event)
        elif isinstance(event, BlockStop):
            out = self._waiting.get(event.index)
            if out is not None:
                out.stopped = True
                self._advance()
        elif isinstance(event, OpaqueDelta):
            self._opaque_delta(event)
        elif isinstance(event, Finish):
            self._finish(event)
        elif isinstance(event, Failed):
            self._out.append(self.fail(event.error))

    def _start(self, event: Start) -> None:
        if self._started:
            return
        self._started = True
        extras = dict(own(event.extras))
        self._last = {name: extras.pop(name) for name in _FINAL if extras.get(name) is not None}
        rest = extras.pop(USAGE_REST, None) or {}
        usage = event.usage or replace(NO_USAGE, cache_write_5m=0, cache_read=0)
        if usage.input is None:
            usage = replace(usage, input=self._context.input_estimate)
        message = {
            "id": message_id(event.id, self._context),
            "type": "message",
            "role": "assistant",
            "model": self._context.model or event.model,
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": encode_usage(usage, rest),
            **extras,
        }
        self._out.append(_frame(b"message_start", {"type": "message_start", "message": message}))

    def _begin(self, event: BlockStart) -> None:
        if not self._started:
            self._start(Start())
        if isinstance(event.block, Opaque) and event.block.dialect != NAME:
            return
        if isinstance(event.block, ToolUse):
            self._calls = True
        self._waiting[event.index] = _Out(event.block)
        if self._current is None:
            self._advance()

    def _delta(self, event: Delta) -> None:
        out = self._waiting.get(event.index)
        if out is None or not event.value:
            return
        if event.index != self._current:
            out.held.append(event)
            return
        self._write_delta(out, event)

    def _write_delta(self, out: _Out, event: Delta) -> None:
        value = event.value
        if event.kind == "signature":
            out.signature.append(value)
            return
        if out.wire < 0:
            out.lead += value
            if not out.lead.strip():
                return
            value, out.lead = out.lead, ""
            self._open(out)
        if event.kind == "arguments":
            out.arguments.append(value)
            if isinstance(out.block, ToolUse) and out.block.kind == "custom":
                return
        self._write(out, event.kind, value)

    def _write(self, out: _Out, kind: str, value: str) -> None:
        try:
            text = orjson.dumps(value)
        except orjson.JSONEncodeError:
            text = dump(value)
        self._out.append(out.prefix + _DELTAS[kind] + text + b"}}\n\n")

    def _opaque_delta(self, event: OpaqueDelta) -> None:
        if event.dialect != NAME or event.index is None or event.index not in self._waiting:
            return
        out = self._waiting[event.index]
        if event.index != self._current:
            out.held.append(event)
            return
        if out.wire < 0:
            self._open(out)
        self._out.append(out.prefix + dump(event.value) + b"}\n\n")

    def _advance(self) -> None:
        """Closes the current block if it has stopped, and lets the next one speak."""
        while self._waiting:
            index, out = next(iter(self._waiting.items()))
            if index != self._current:
                self._current = index
                self._enter(out)
            if self._ended or not out.stopped:
                return
            del self._waiting[index]
            self._current = None
            self._close(out)

    def _enter(self, out: _Out) -> None:
        if self._unsound is not None:
            # Arguments that are no JSON are forgiven only at the very end of an answer cut for length (TID-7).
            self._give_up(BAD_ARGUMENTS)
            return
        if not isinstance(out.block, Text):
            self._open(out)
        held, out.held = out.held, []
        for event in held:
            if isinstance(event, Delta):
                self._write_delta(out, event)
            elif isinstance(event, OpaqueDelta):
                self._opaque_delta(event)

    def _open(self, out: _Out) -> None:
        out.wire = self._next
        self._next += 1
        out.prefix = b'event: content_block_delta\ndata: {"type":"content_block_delta","index":%d,"delta":' % out.wire
        block = out.block
        written: dict[str, Any]
        extra: list[dict[str, Any]] = []
        if isinstance(block, Opaque):
            written, extra = self._opaque(block)
        else:
            fields = answer_fields(block.extras)
            cited = fields.get("citations")
            if isinstance(cited, list) and cited:
                fields["citations"] = []
                extra = [{"type": "citations_delta", "citation": citation} for citation in cited]
            if isinstance(block, Text):
                written = {"type": "text", "text": "", **fields}
            elif isinstance(block, ToolUse):
                name = tool_name(block.name, block.namespace)
                written = {"type": "tool_use", "id": block.id, "name": name, "input": {}, **fields}
            elif block.redacted:
                written = {"type": "redacted_thinking", "data": proof(block, self._context), **fields}
            else:
                written = {"type": "thinking", "thinking": "", "signature": "", **fields}
        self._out.append(
            _frame(
                b"content_block_start",
                {"type": "content_block_start", "index": out.wire, "content_block": written},
            )
        )
        self._out.extend(out.prefix + dump(delta) + b"}\n\n" for delta in extra)

    @staticmethod
    def _opaque(block: Opaque) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """Clients ignore input inside content_block_start, so it follows as a delta, as the API itself does it."""
        value = dict(block.value)
        field = _IN_DELTAS.get(block.kind)
        if field and isinstance(value.get(field), dict):
            given, value[field] = value[field], {}
            return value, [{"type": "input_json_delta", "partial_json": dump(given).decode()}]
        if block.kind == "compaction":
            told = {name: value[name] for name in ("content", "encrypted_content") if value.get(name) is not None}
            return {**value, **dict.fromkeys(told)}, [{"type": "compaction_delta", **told}]
        return value, []

    def _close(self, out: _Out) -> None:
        block = out.block
        if isinstance(block, Text) and out.wire < 0:
            return
        if isinstance(block, Thinking) and not block.redacted:
            signed = proof(replace(block, signature="".join(out.signature) or block.signature), self._context)
            if signed:
                delta = {"type": "signature_delta", "signature": signed}
                self._out.append(out.prefix + dump(delta) + b"}\n\n")
        elif isinstance(block, ToolUse) and not self._sound(out, block):
            self._unsound = out
            return
        self._stop(out)

    def _sound(self, out: _Out, block: ToolUse) -> bool:
        given = block.arguments + "".join(out.arguments)
        if block.kind == "custom":
            self._write(out, "arguments", dump({"input": given}).decode())
            return True
        if block.arguments and not out.arguments:
            self._write(out, "arguments", block.arguments)
        if not given.strip():
            return True
        try:
            return isinstance(load(given.encode("utf-8", "surrogatepass")), dict)
        except ValueError:
            return False

    def _stop(self, out: _Out) -> None:
        self._out.append(b'event: content_block_stop\ndata: {"type":"content_block_stop","index":%d}\n\n' % out.wire)

    def _finish(self, event: Finish) -> None:
        for out in self._waiting.values():
            out.stopped = True
        self._advance()
        if self._ended:
            return
        if self._unsound is not None:
            if event.reason != "length":
                self._give_up(BAD_ARGUMENTS)
                return
            self._stop(self._unsound)
        if not self._started:
            self._start(Start())
        if self._next == 0 and not self._native and event.reason != "refusal":
            self._give_up(NOTHING)
            return
        self._ended = True
        last = {**self._last, **own(event.extras)}
        usage_left = last.pop(FINAL_USAGE_REST, None) or {}
        word = stop_word(event.reason, calls=self._calls, raw=last.pop(STOP_REASON, None), native=self._native)
        body: dict[str, Any] = {
            "type": "message_delta",
            "delta": {
                "stop_reason": word,
                "stop_sequence": event.stop_sequence,
                **{name: value for name, value in last.items() if name not in _TOP},
            },
            "usage": encode_usage(event.usage or NO_USAGE, usage_left, split=False),
            **{name: last[name] for name in _TOP if name in last},
        }
        self._out.append(_frame(b"message_delta", body))
        self._out.append(b'event: message_stop\ndata: {"type":"message_stop"}\n\n')
