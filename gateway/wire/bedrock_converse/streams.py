"""ConverseStream: AWS event stream messages, one JSON object each.

    messageStart (contentBlockStart? contentBlockDelta* contentBlockStop)* messageStop metadata

Only tool calls have a contentBlockStart; text and reasoning begin with their first delta. An exception event may come at any
moment, also as the first (FBK-4).
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from gateway.chat.errors import GatewayError, UpstreamBroken
from gateway.chat.events import BlockStart, BlockStop, Delta, Failed, Finish, OpaqueDelta, Start, StreamEvent
from gateway.chat.request import NO_EXTRAS, ChatRequest, Opaque, Text, Thinking, ToolUse
from gateway.chat.usage import NO_USAGE, Usage
from gateway.wire import eventstream, fields
from gateway.wire.dialect import AnswerContext
from gateway.wire.turns import own_signature_of_answer

from .blocks import NAME, call_id, closed, names
from .errors import error_name, error_of
from .responses import finish_marks, finish_reason, finish_word, usage, usage_marks, usage_object


class ConverseStreamDecoder:
    """`raw` leaves out the message a `Failed` came from: the caller ends the stream with `fail`."""

    def __init__(self, request: ChatRequest) -> None:
        self.raw = b""
        self._splitter = eventstream.MessageSplitter()
        self._names = names(request.tools)
        self._indexes: dict[int, int] = {}
        self._redacted: dict[int, list[str]] = {}
        self._next = 0
        self._calls = 0
        self._word: str | None = None
        self._extras: dict[str, Any] = {}
        self._done = False

    def feed(self, data: bytes) -> list[StreamEvent]:
        events: list[StreamEvent] = []
        kept: list[bytes] = []
        try:
            for message in self._splitter.feed(data):
                if not self._done:
                    self._read(message, events)
                kept.append(message.raw)
        except GatewayError as error:
            self._fail(error, events)
        except (ValueError, KeyError, TypeError, AttributeError):
            self._fail(UpstreamBroken("The provider's stream is not in the Converse dialect."), events)
        self.raw = b"".join(kept)
        return events

    def end(self) -> list[StreamEvent]:
        events: list[StreamEvent] = []
        self.raw = b""
        if not self._done and self._word is not None and not self._splitter.pending:
            self._finish({}, events)  # complete but for its token counts
        if not self._done:
            self._fail(UpstreamBroken("The provider's stream ended before its messageStop."), events)
        return events

    def fail(self, error: GatewayError) -> bytes:
        return fail_message(error)

    def _fail(self, error: GatewayError, events: list[StreamEvent]) -> None:
        if not self._done:
            self._done = True
            events.append(Failed(error))

    def _read(self, message: eventstream.Message, events: list[StreamEvent]) -> None:
        headers = message.headers
        if headers.get(":message-type", "event") != "event":
            raise self._error(headers, message.payload)
        kind = headers.get(":event-type", "")
        if kind.endswith("Exception"):
            raise self._error({":exception-type": kind}, message.payload)
        body = orjson.loads(message.payload)
        if kind == "contentBlockDelta":
            self._delta(body["contentBlockIndex"], body["delta"], events)
        elif kind == "contentBlockStart":
            self._start_block(body["contentBlockIndex"], body["start"], events)
        elif kind == "contentBlockStop":
            self._stop(body["contentBlockIndex"], events)
        elif kind == "messageStart":
            events.append(Start())
        elif kind == "messageStop":
            self._word = str(body.get("stopReason") or "")
            finish_reason(self._word, False)  # raises at once where the answer is unusable
            self._extras.update(fields.rest(body, frozenset({"stopReason", "p"})))
        elif kind == "metadata":
            self._finish(body, events)

    def _error(self, headers: Mapping[str, str], payload: bytes) -> GatewayError:
        kind = headers.get(":exception-type") or headers.get(":error-code") or ""
        try:
            body = orjson.loads(payload) if payload else {}
        except ValueError:
            body = {}
        given = body if isinstance(body, dict) else {}
        message = given.get("message") or given.get("originalMessage") or headers.get(":error-message") or ""
        status = given.get("originalStatusCode")
        error = error_of(kind, str(message))
        if isinstance(status, int):
            error.upstream_status = status
        return error

    def _open(self, wire: int, block: Text | Thinking | ToolUse | Opaque, events: list[StreamEvent]) -> int:
        index = self._indexes[wire] = self._next
        self._next += 1
        events.append(BlockStart(index, block))
        return index

    def _start_block(self, wire: int, start: dict[str, Any], events: list[StreamEvent]) -> None:
        call = start.get("toolUse")
        if isinstance(call, dict) and "type" not in call:
            name, namespace = self._names.canonical(str(call.get("name") or ""))
            self._calls += 1
            self._open(wire, ToolUse(str(call.get("toolUseId") or ""), name, "", namespace=namespace), events)
        elif start:
            self._open(wire, Opaque(NAME, next(iter(start)), start), events)

    def _delta(self, wire: int, delta: dict[str, Any], events: list[StreamEvent]) -> None:
        index = self._indexes.get(wire)
        text = delta.get("text")
        if type(text) is str:
            if text:
                if index is None:
                    index = self._open(wire, Text(""), events)
                events.append(Delta(index, "text", text))
            return
        call = delta.get("toolUse")
        if type(call) is dict:
            if index is not None and call.get("input"):
                events.append(Delta(index, "arguments", call["input"]))
            return
        reasoning = delta.get("reasoningContent")
        if type(reasoning) is dict:
            if "redactedContent" in reasoning:
                self._redacted.setdefault(wire, []).append(str(reasoning["redactedContent"]))
                return
            if index is None:
                index = self._open(wire, Thinking(), events)
            if reasoning.get("text"):
                events.append(Delta(index, "thinking", reasoning["text"]))
            if reasoning.get("signature"):
                events.append(Delta(index, "signature", reasoning["signature"]))
            return
        for kind, value in delta.items():
            if index is None:
                index = self._open(wire, Text(""), events) if kind == "citation" else self._next
            events.append(OpaqueDelta(NAME, kind, value if isinstance(value, dict) else {kind: value}, index))

    def _stop(self, wire: int, events: list[StreamEvent]) -> None:
        pieces = self._redacted.pop(wire, None)
        if pieces:
            self._open(wire, Thinking("", _joined(pieces), redacted=True), events)
        index = self._indexes.pop(wire, None)
        if index is not None:
            events.append(BlockStop(index))

    def _finish(self, body: Mapping[str, Any], events: list[StreamEvent]) -> None:
        for wire in list(self._indexes):
            self._stop(wire, events)
        if self._word is None:
            raise UpstreamBroken("The provider's stream has no messageStop.")
        reason = finish_reason(self._word, self._calls > 0)
        given = body.get("usage")
        given = given if isinstance(given, dict) else {}
        counted = usage(given, body.get("serviceTier"))
        extras = {**self._extras, **fields.rest(body, frozenset({"usage", "p"})), **finish_marks(self._word, reason)}
        if marks := usage_marks(given, counted):
            extras["usage"] = marks
        self._done = True
        events.append(Finish(reason, counted, extras={NAME: extras} if extras else NO_EXTRAS))


def _joined(pieces: list[str]) -> str:
    """Base64 pieces as one."""
    if len(pieces) == 1:
        return pieces[0]
    try:
        return b64encode(b"".join(b64decode(piece) for piece in pieces)).decode()
    except Base64Error:
        return "".join(pieces)


def message(kind: str, body: Mapping[str, Any]) -> bytes:
    """One event as Bedrock frames it."""
    headers = {":event-type": kind, ":content-type": "application/json", ":message-type": "event"}
    return eventstream.encode(headers, fields.dump(dict(body)))


def fail_message(error: GatewayError) -> bytes:
    name = error_name(error)
    headers = {
        ":exception-type": name[:1].lower() + name[1:],
        ":content-type": "application/json",
        ":message-type": "exception",
    }
    return eventstream.encode(headers, fields.dump({"message": error.message}))


class _Written:
    __slots__ = ("block", "index", "started")

    def __init__(self, block: Text | Thinking | ToolUse | Opaque) -> None:
        self.block = block
        self.index = -1
        self.started = False


class ConverseStreamEncoder:
    """Blocks get their index with the first thing that is written of them, so an empty text leaves no trace (EMP-2)."""

    failure: GatewayError | None = None

    def __init__(self, context: AnswerContext) -> None:
        self._context = context
        self._names = names(context.request.tools)
        self._blocks: dict[int, _Written] = {}
        self._next = 0
        self._usage: Usage = NO_USAGE

    def encode(self, events: Iterable[StreamEvent]) -> bytes:
        out: list[bytes] = []
        joined: list[str] = []
        first: Delta | None = None
        for event in events:
            if type(event) is Delta:
                if first is not None and event.kind == first.kind and event.index == first.index:
                    joined.append(event.value)
                    continue
                self._flush(first, joined, out)
                first, joined = event, [event.value]
                continue
            self._flush(first, joined, out)
            first, joined = None, []
            self._other(event, out)
        self._flush(first, joined, out)
        return b"".join(out)

    def _flush(self, first: Delta | None, joined: list[str], out: list[bytes]) -> None:
        if first is None:
            return
        opened = self._blocks.get(first.index)
        value = "".join(joined)
        if opened is None or not value:
            return
        if first.kind == "text":
            delta: dict[str, Any] = {"text": value}
        elif first.kind == "arguments":
            delta = {"toolUse": {"input": value}}
        elif first.kind == "thinking":
            delta = {"reasoningContent": {"text": value}}
        else:
            delta = {"reasoningContent": {"signature": self._closed(value, opened.block, blob=False)}}
        self._delta(opened, delta, out)

    def _closed(self, signature: str, block: Any, *, blob: bool) -> str:
        origin = (block.origin if isinstance(block, Thinking) else None) or self._context.origin
        made, maker = own_signature_of_answer(signature, origin)
        return closed(made, maker, blob=blob)

    def _delta(self, opened: _Written, delta: Mapping[str, Any], out: list[bytes]) -> None:
        self._number(opened)
        out.append(message("contentBlockDelta", {"contentBlockIndex": opened.index, "delta": delta}))

    def _number(self, opened: _Written) -> None:
        if not opened.started:
            opened.started = True
            opened.index = self._next
            self._next += 1

    def _other(self, event: StreamEvent, out: list[bytes]) -> None:
        if isinstance(event, BlockStart):
            self._start_block(event, out)
        elif isinstance(event, BlockStop):
            opened = self._blocks.pop(event.index, None)
            if opened is not None and opened.started:
                out.append(message("contentBlockStop", {"contentBlockIndex": opened.index}))
        elif isinstance(event, Start):
            self._usage = self._usage.merge(event.usage)
            out.append(message("messageStart", {"role": "assistant"}))
        elif isinstance(event, Finish):
            out.extend(self._finish(event))
        elif isinstance(event, Failed):
            out.append(self.fail(event.error))
        elif isinstance(event, OpaqueDelta) and event.dialect == NAME and event.index is not None:
            known = self._blocks.get(event.index)
            if known is not None:
                value: Any = event.value
                if list(value) == [event.event]:
                    value = value[event.event]
                self._delta(known, {event.event: value}, out)

    def _start_block(self, event: BlockStart, out: list[bytes]) -> None:
        block = event.block
        opened = self._blocks[event.index] = _Written(block)
        start: Mapping[str, Any] | None = None
        if isinstance(block, ToolUse):
            name = self._names.wire(block.name, block.namespace)
            start = {"toolUse": {"toolUseId": call_id(block.id), "name": name}}
        elif isinstance(block, Opaque) and block.dialect == NAME:
            start = block.value
        if start is not None:
            self._number(opened)
            out.append(message("contentBlockStart", {"contentBlockIndex": opened.index, "start": start}))
        if isinstance(block, Thinking) and block.redacted and block.signature:
            blob = self._closed(block.signature, block, blob=True)
            self._delta(opened, {"reasoningContent": {"redactedContent": blob}}, out)

    def _finish(self, event: Finish) -> Iterable[bytes]:
        extras = dict(event.extras.get(NAME, {}))
        stop = {"stopReason": extras.pop("stopReason", finish_word(event.reason))}
        if "additionalModelResponseFields" in extras:
            stop["additionalModelResponseFields"] = extras.pop("additionalModelResponseFields")
        yield message("messageStop", stop)
        counted = {**usage_object(self._usage.merge(event.usage)), **extras.pop("usage", {})}
        metrics = extras.pop("metrics", {"latencyMs": 0})
        yield message("metadata", {"usage": counted, "metrics": metrics, **extras})

    def fail(self, error: GatewayError) -> bytes:
        return fail_message(error)

    def keepalive(self) -> bytes:
        """An event type no service model names: AWS SDKs skip it."""
        return message("keepAlive", {})
