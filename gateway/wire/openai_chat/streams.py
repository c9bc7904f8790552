"""Reading a Chat Completions stream.

Every frame is a ``chat.completion.chunk``; the stream is complete once a ``finish_reason`` was seen and the body ended, or
``[DONE]`` came. `Finish` waits for either, because usage comes after the finish_reason.
"""

from __future__ import annotations

from typing import Any

import orjson

from gateway.chat.errors import GatewayError
from gateway.chat.events import BlockStart, BlockStop, Delta, Failed, Finish, Start, StreamEvent
from gateway.chat.request import ChatRequest, Text, Thinking
from gateway.chat.usage import NO_USAGE, Usage, service_tier
from gateway.wire import fields
from gateway.wire.sse import Frame, FrameSplitter

from . import notes, usage
from .errors import cut, error_in_answer, stream_error
from .responses import content_items, finish_reason, own_word, text_of
from .stream_calls import Calls

_START = frozenset({"id", "model", "choices", "usage", "object", "error"})
_TEXT = Text("")
_REFUSAL = Text("", notes.keep({}, {"refusal": "field"}))


class ChatStreamDecoder:
    """A `StreamDecoder`. Only the first choice (``index`` 0) becomes events."""

    __slots__ = (
        "_answer_id",
        "_calls",
        "_ended",
        "_frames",
        "_hide_usage",
        "_open",
        "_open_kind",
        "_refused",
        "_request",
        "_rest",
        "_started",
        "_tier",
        "_usage",
        "_word",
        "blocks",
        "raw",
    )

    def __init__(self, request: ChatRequest) -> None:
        self.raw = b""
        self.blocks = 0
        self._request = request
        self._frames = FrameSplitter()
        self._hide_usage = not request.include_usage
        self._answer_id = ""
        self._started = False
        self._ended = False
        self._open = -1
        self._open_kind = ""
        self._calls: Calls | None = None
        self._word: str | None = None
        self._usage: Usage | None = None
        self._tier: Any = None
        self._rest: dict[str, Any] = {}
        self._refused = False

    def feed(self, data: bytes) -> list[StreamEvent]:
        events: list[StreamEvent] = []
        try:
            frames = self._frames.feed(data)
        except ValueError:
            self.raw = b""
            return self._fail(cut(), events)
        self._take(frames, events)
        return events

    def end(self) -> list[StreamEvent]:
        events: list[StreamEvent] = []
        self._take([frame._replace(raw=frame.raw.rstrip() + b"\n\n") for frame in self._frames.end()], events)
        if not self._ended:
            if self._word is None:
                self._fail(cut(), events)
            else:
                self._finish(events)
        return events

    def fail(self, error: GatewayError) -> bytes:
        return stream_error(error)

    def _take(self, frames: list[Frame], events: list[StreamEvent]) -> None:
        kept: list[bytes] = []
        loads = orjson.loads
        for _, data, raw in frames:
            if data is None or self._ended:
                continue
            try:
                chunk = loads(data)
            except ValueError:
                if data.strip() == b"[DONE]":
                    self._done(events)
                    if self._word is not None or self.blocks:
                        kept.append(raw)
                    continue
                try:
                    chunk = fields.load(data)
                except ValueError:
                    continue
            if type(chunk) is dict and self._chunk(chunk, events):
                kept.append(raw)
        self.raw = b"".join(kept)

    def _done(self, events: list[StreamEvent]) -> None:
        if self._word is None and not self.blocks:
            self._fail(cut(), events)
        else:
            self._finish(events)

    def _chunk(self, chunk: dict[str, Any], events: list[StreamEvent]) -> bool:
        """Adds the events of one chunk; True if the client may see the frame."""
        choices = chunk.get("choices")
        counted = chunk.get("usage")
        self._tier = chunk.get("service_tier") or self._tier
        if counted:
            found, rest = usage.decode(counted)
            if found is not None:
                self._usage = self._usage.merge(found) if self._usage else found
                self._rest = rest
        if type(choices) is not list or not choices or type(choices[0]) is not dict:
            failure = error_in_answer(chunk)
            if failure is not None:
                self._fail(failure, events)
                return False
            return not (counted and self._hide_usage)
        if not self._started:
            self._started = True
            rest = {name: value for name, value in chunk.items() if name not in _START}
            rest.pop("obfuscation", None)
            self._answer_id = text_of(chunk, "id")
            events.append(Start(self._answer_id, text_of(chunk, "model"), None, notes.keep(rest)))
        choice = choices[0]
        if len(choices) > 1 or choice.get("index"):
            firsts = [one for one in choices if type(one) is dict and not one.get("index")]
            if not firsts:
                return True
            choice = firsts[0]
        delta = choice.get("delta")
        if delta and type(delta) is dict:
            self._delta(delta, events)
        word = choice.get("finish_reason")
        if word:
            failure = error_in_answer(chunk) or error_in_answer(choice)
            if failure is not None:
                self._fail(failure, events)
                return False
            self._word = str(word)
        elif chunk.get("error"):
            self._fail(error_in_answer(chunk) or cut(), events)
            return False
        return True

    def _delta(self, delta: dict[str, Any], events: list[StreamEvent]) -> None:
        content = delta.get("content")
        if content and type(content) is str and len(delta) <= 2 and self._open_kind == "text":
            events.append(Delta(self._open, "text", content))  # most chunks by far
            if len(delta) == 1 or "role" in delta:
                return
            content = None
        self._reasoning(delta, events)
        if content:
            for kind, text in content_items(content):
                self._say(kind, text, events)
        refusal = delta.get("refusal")
        if refusal and type(refusal) is str:
            self._refused = True
            self._say("refusal", refusal, events)
        calls = delta.get("tool_calls")
        function = delta.get("function_call")
        if calls or function:
            self._close(events)
            if self._calls is None:
                self._calls = Calls(self, self._request, self._answer_id)
            for call in calls if type(calls) is list else ():
                if type(call) is dict:
                    self._calls.delta(call, events)
            if type(function) is dict:
                self._calls.delta({"index": -1, "function": function}, events)

    def _reasoning(self, delta: dict[str, Any], events: list[StreamEvent]) -> None:
        text = delta.get("reasoning_content") or delta.get("reasoning")
        if text and type(text) is str:
            self._say("thinking", text, events)
        details = delta.get("reasoning_details")
        if not details or type(details) is not list:
            return
        for detail in details:
            if type(detail) is not dict:
                continue
            told = detail.get("text") or detail.get("summary")
            if not text and type(told) is str and told:
                self._say("thinking", told, events)
            signature, data = detail.get("signature"), detail.get("data")
            if type(signature) is str and signature:
                self._to("thinking", events)
                events.append(Delta(self._open, "signature", signature))
            elif type(data) is str and data:
                self._close(events)
                events.append(BlockStart(self.blocks, Thinking("", data, True)))
                events.append(BlockStop(self.blocks))
                self.blocks += 1

    def _say(self, kind: str, text: str, events: list[StreamEvent]) -> None:
        self._to(kind, events)
        events.append(Delta(self._open, "thinking" if kind == "thinking" else "text", text))

    def _to(self, kind: str, events: list[StreamEvent]) -> None:
        """Makes the open block one of `kind`."""
        if self._open_kind == kind:
            return
        self._close(events)
        self._open, self._open_kind = self.blocks, kind
        self.blocks += 1
        block = Thinking() if kind == "thinking" else _TEXT if kind == "text" else _REFUSAL
        events.append(BlockStart(self._open, block))

    def _close(self, events: list[StreamEvent]) -> None:
        if self._open >= 0:
            events.append(BlockStop(self._open))
            self._open, self._open_kind = -1, ""

    def _finish(self, events: list[StreamEvent]) -> None:
        self._close(events)
        made: list[str] = []
        if self._calls is not None:
            made = self._calls.finish(events)
        if not self._started:
            self._started = True
            events.append(Start())
        reason = finish_reason(self._word, made, self._refused)
        if made and reason not in ("tool_use", "length"):
            reason = "tool_use"
        shape = own_word(self._word, reason)
        if self._rest:
            shape["usage"] = self._rest
        self._ended = True
        tier = service_tier(self._tier)
        if tier is not None and (self._usage is not None or tier != "standard"):
            self._usage = (self._usage or NO_USAGE).merge(Usage(service_tier=tier))
        events.append(Finish(reason, self._usage, extras=notes.keep({}, shape)))

    def _fail(self, error: GatewayError, events: list[StreamEvent]) -> list[StreamEvent]:
        self._ended = True
        events.append(Failed(error))
        return events
