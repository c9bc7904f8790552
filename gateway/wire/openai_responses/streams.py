"""A provider's stream in this dialect to events. Source: OpenAI API reference, "Streaming events"; the event types of the
openai Python SDK 3.54. Each frame is ``event: <type>`` and a JSON object with the same `type`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import orjson

from gateway.chat.errors import GatewayError, UpstreamBroken
from gateway.chat.events import BlockStart, BlockStop, Delta, Failed, Finish, OpaqueDelta, Start, StreamEvent
from gateway.chat.request import ChatRequest, Opaque, Text, Thinking, ToolUse
from gateway.chat.usage import Usage
from gateway.wire.fields import dump, load
from gateway.wire.sse import Frame, FrameSplitter

from .errors import failed, failure
from .grammar import SILENT
from .items import SEPARATOR
from .names import NAME, ToolNames
from .output import ANNOTATION, PART_BREAK
from .responses import answer_blocks, answer_extras, finish_reason, read_usage

CALLS = ("function_call", "custom_tool_call")
_TEXT_DELTA = "response.output_text.delta"


class _Item:
    """One output item while it comes in. `parts`: block index of each content part of a message; `block`: that of any
    other item, None before its first delta; `source`: which text of a reasoning item is being read."""

    __slots__ = ("block", "done", "item", "part", "parts", "pieces", "source", "started", "waiting")

    def __init__(self, item: Mapping[str, Any]) -> None:
        self.item = item
        self.parts: dict[int, int] = {}
        self.block: int | None = None
        self.pieces: list[str] = []
        self.waiting: list[str] = []
        self.source = ""
        self.part = 0
        self.started: set[int] = set()
        self.done = False


class ResponsesStreamDecoder:
    """See `gateway.wire.dialect.StreamDecoder`. `raw` leaves out comments, ``[DONE]``, events of unknown type (CDX-6), and
    the event that reports a failure: that comes from `fail`, once, in this gateway's words."""

    def __init__(self, request: ChatRequest) -> None:
        self.raw = b""
        self._splitter = FrameSplitter()
        self._names = ToolNames(request.tools)
        self._items: dict[int, _Item] = {}
        self._open: dict[int, None] = {}
        self._next = 0
        self._calls = False
        self._sequence = -1
        self._started = False
        self._ended = False
        self._seen: Mapping[str, Any] = {}
        self._texts: dict[tuple[int | None, int], int] = {}
        self._places: dict[str, int] = {}
        self._handlers: dict[str, Callable[[Mapping[str, Any], list[StreamEvent]], None]] = {
            "response.created": self._created,
            "response.output_item.added": self._added,
            "response.output_item.done": self._item_done,
            "response.content_part.added": self._part_added,
            "response.content_part.done": self._part_done,
            _TEXT_DELTA: self._text_delta,
            ANNOTATION: self._annotation,
            "response.refusal.delta": self._text_delta,
            "response.reasoning_summary_part.added": self._summary_part,
            "response.reasoning_summary_text.delta": self._summary_delta,
            "response.reasoning_text.delta": self._reasoning_delta,
            "response.function_call_arguments.delta": self._arguments_delta,
            "response.function_call_arguments.done": self._arguments_done,
            "response.custom_tool_call_input.delta": self._arguments_delta,
            "response.custom_tool_call_input.done": self._arguments_done,
            "response.completed": self._finished,
            "response.incomplete": self._finished,
            "response.failed": self._failed,
            "error": self._failed,
        }

    def feed(self, data: bytes) -> list[StreamEvent]:
        try:
            frames = self._splitter.feed(data)
        except ValueError as error:
            self.raw = b""
            return self._broken(str(error))
        return self._consume(frames)

    def end(self) -> list[StreamEvent]:
        out = self._consume(self._splitter.end(), last=True)
        if not self._ended:
            out += self._broken("The provider's stream ended before the answer was complete.")
        return out

    def _broken(self, message: str) -> list[StreamEvent]:
        if self._ended:
            return []
        self._ended = True
        return [Failed(UpstreamBroken(message))]

    def _consume(self, frames: list[Frame], *, last: bool = False) -> list[StreamEvent]:
        out: list[StreamEvent] = []
        raw: list[bytes] = []
        texts = self._texts
        for frame in frames:
            data = frame.data
            if data is None or self._ended:
                continue
            try:
                event = orjson.loads(data)
            except orjson.JSONDecodeError:
                event = self._unusual(data, out, last=last)
            if type(event) is not dict:
                continue
            try:
                if event.get("type") == _TEXT_DELTA:
                    index = texts.get((event.get("output_index"), event.get("content_index", 0))) if texts else None
                    delta = event["delta"]
                    if index is not None and delta and type(delta) is str:
                        out.append(Delta(index, "text", delta))
                        raw.append(frame.raw)
                        self._sequence = event.get("sequence_number", self._sequence)
                        continue
                if self._event(event, out):
                    raw.append(frame.raw)
                    self._sequence = event.get("sequence_number", self._sequence)
            except (KeyError, TypeError, AttributeError, ValueError, UpstreamBroken):
                out += self._broken("The provider sent an event that is not of its dialect.")
        self.raw = b"".join(raw)
        return out

    def _event(self, event: Mapping[str, Any], out: list[StreamEvent]) -> bool:
        """Whether the event may be relayed."""
        kind = event.get("type")
        if kind in SILENT:
            return True
        handler = self._handlers.get(kind) if isinstance(kind, str) else None
        if handler is None:
            return False
        reports_failure = kind in ("response.failed", "error")
        if not self._started and not reports_failure:
            self._created(event, out)
        handler(event if "output_index" in event else self._placed(event), out)
        return not reports_failure

    def _placed(self, event: Mapping[str, Any]) -> Mapping[str, Any]:
        """llama.cpp's server sends no output_index (seen in b1-0c1e570): its items are told apart by their ids, and stand
        in the order they came."""
        item = event.get("item")
        item_id = item.get("id") if isinstance(item, dict) else event.get("item_id")
        if not isinstance(item_id, str):
            return event
        return {**event, "output_index": self._places.setdefault(item_id, len(self._places))}

    def _unusual(self, data: bytes, out: list[StreamEvent], *, last: bool) -> Any:
        """What orjson does not read: lone surrogates are read, ``[DONE]`` and a cut last frame passed over, the rest is a
        broken stream."""
        try:
            return load(data)
        except ValueError:
            if data.strip() != b"[DONE]" and not last:
                out += self._broken("The provider sent an event that is not JSON.")
            return None

    # -- blocks

    def _start_block(self, block: Text | Thinking | ToolUse | Opaque, out: list[StreamEvent]) -> int:
        index = self._next
        self._next += 1
        self._open[index] = None
        out.append(BlockStart(index, block))
        return index

    def _stop_block(self, index: int, out: list[StreamEvent]) -> None:
        if index in self._open:
            del self._open[index]
            out.append(BlockStop(index))

    def _item(self, event: Mapping[str, Any], kind: str = "") -> _Item:
        """The item an event belongs to; one whose `added` never came is taken to be of `kind`."""
        place = event.get("output_index") or 0
        item = self._items.get(place)
        if item is None:
            item = self._items[place] = _Item({"type": kind, "id": event.get("item_id")})
        return item

    @staticmethod
    def _extras(item: _Item, *taken: str, **more: Any) -> dict[str, dict[str, Any]]:
        """What an item keeps. Its status stays "in_progress": an encoder puts the final one there."""
        kept = {name: value for name, value in item.item.items() if name not in taken and value is not None}
        return {NAME: {"item": kept, **more}}

    # -- events

    def _created(self, event: Mapping[str, Any], out: list[StreamEvent]) -> None:
        response = event.get("response")
        seen = response if isinstance(response, dict) else {}
        if self._started:
            return
        self._started = True
        self._seen = {name: seen[name] for name in ("id", "created_at", "model") if name in seen}
        out.append(Start(str(seen.get("id") or ""), str(seen.get("model") or ""), extras=answer_extras(seen)))

    def _added(self, event: Mapping[str, Any], out: list[StreamEvent]) -> None:
        place = event.get("output_index") or 0
        known = self._items.get(place)
        if known is not None and not known.done:
            return
        item = self._items[place] = _Item(event["item"])
        if item.item.get("type") in CALLS:
            self._start_call(item, out)

    def _start_call(self, item: _Item, out: list[StreamEvent]) -> None:
        """Held back until the name is known (TID-5)."""
        found = item.item
        name = found.get("name")
        if item.block is not None or not name:
            return
        custom = found["type"] == "custom_tool_call"
        extras = self._extras(item, "call_id", "name", "namespace", "arguments", "input")
        call_id = str(found.get("call_id") or found.get("id") or "")
        name, namespace = self._names.canonical(found.get("namespace"), name)
        block = ToolUse(call_id, name, "", "custom" if custom else "function", namespace, extras)
        self._calls = True
        item.block = self._start_block(block, out)
        for piece in item.waiting:
            out.append(Delta(item.block, "arguments", piece))
        item.pieces += item.waiting
        item.waiting = []

    def _arguments_delta(self, event: Mapping[str, Any], out: list[StreamEvent]) -> None:
        item = self._item(event, "function_call")
        delta = _text(event["delta"])
        if not delta:
            return
        if item.block is None:
            item.waiting.append(delta)
        else:
            item.pieces.append(delta)
            out.append(Delta(item.block, "arguments", delta))

    def _arguments_done(self, event: Mapping[str, Any], out: list[StreamEvent]) -> None:
        item = self._item(event, "function_call")
        if item.block is None and event.get("name"):
            item.item = {**item.item, "name": event["name"]}
            self._start_call(item, out)
        full = event.get("input" if "input" in event else "arguments")
        if item.block is not None and isinstance(full, str):
            self._complete(item, full, out)

    @staticmethod
    def _complete(item: _Item, full: str, out: list[StreamEvent]) -> None:
        """What the deltas left out of the whole arguments (TID-7)."""
        so_far = "".join(item.pieces)
        if len(full) > len(so_far) and full.startswith(so_far):
            assert item.block is not None
            item.pieces.append(full[len(so_far) :])
            out.append(Delta(item.block, "arguments", full[len(so_far) :]))

    def _text_block(self, event: Mapping[str, Any], part: Mapping[str, Any], out: list[StreamEvent]) -> int:
        item = self._item(event, "message")
        number = event.get("content_index") or 0
        index = item.parts.get(number)
        if index is None:
            first = not item.parts
            kept: dict[str, Any] = self._extras(item, "content")[NAME] if first else {}
            if part.get("type", "output_text") != "output_text":
                kept["part"] = {"type": part["type"]}
            index = item.parts[number] = self._start_block(Text("", {NAME: kept} if kept else {}), out)
        return index

    def _part_added(self, event: Mapping[str, Any], out: list[StreamEvent]) -> None:
        part = event.get("part") or {}
        if part.get("type") in ("output_text", "refusal"):
            self._text_block(event, part, out)

    def _text_delta(self, event: Mapping[str, Any], out: list[StreamEvent]) -> None:
        part = {"type": "refusal"} if event["type"] == "response.refusal.delta" else {"type": "output_text"}
        index = self._text_block(event, part, out)
        delta = _text(event["delta"])
        if delta:
            self._item(event).started.add(index)
            out.append(Delta(index, "text", delta))
            if event["type"] == _TEXT_DELTA:  # the deltas after the first take the short way in _consume
                self._texts[event.get("output_index") or 0, event.get("content_index") or 0] = index

    def _annotation(self, event: Mapping[str, Any], out: list[StreamEvent]) -> None:
        index = self._text_block(event, {}, out)
        value = {name: event.get(name) for name in ("annotation", "annotation_index")}
        out.append(OpaqueDelta(NAME, ANNOTATION, value, index))

    def _part_done(self, event: Mapping[str, Any], out: list[StreamEvent]) -> None:
        part = event.get("part") or {}
        if part.get("type") in ("output_text", "refusal"):
            self._finish_text(event, part, out)

    def _finish_text(self, event: Mapping[str, Any], part: Mapping[str, Any], out: list[StreamEvent]) -> None:
        index = self._text_block(event, part, out)
        if index not in self._open:
            return
        text = _text(part.get("text") or part.get("refusal") or "")
        if text and index not in self._item(event).started:
            out.append(Delta(index, "text", text))
        self._stop_block(index, out)

    def _thinking(self, event: Mapping[str, Any], source: str, part: int, out: list[StreamEvent]) -> None:
        item = self._item(event, "reasoning")
        delta = _text(event["delta"])
        if not delta or item.source not in ("", source):
            return
        if item.block is None:
            item.source = source
            more = {"source": source} if source == "content" else {}
            extras = self._extras(item, "summary", "content", "encrypted_content", **more)
            item.block = self._start_block(Thinking(extras=extras), out)
        elif part != item.part:
            size = sum(map(len, item.pieces))
            out.append(OpaqueDelta(NAME, PART_BREAK, {"at": size}, item.block))
            out.append(Delta(item.block, "thinking", SEPARATOR))
            item.pieces.append(SEPARATOR)
        item.part = part
        item.pieces.append(delta)
        out.append(Delta(item.block, "thinking", delta))

    def _summary_part(self, event: Mapping[str, Any], out: list[StreamEvent]) -> None:
        text = (event.get("part") or {}).get("text")
        if text:  # some providers send a part whole
            self._thinking({**event, "delta": text}, "summary", event.get("summary_index") or 0, out)

    def _summary_delta(self, event: Mapping[str, Any], out: list[StreamEvent]) -> None:
        self._thinking(event, "summary", event.get("summary_index") or 0, out)

    def _reasoning_delta(self, event: Mapping[str, Any], out: list[StreamEvent]) -> None:
        self._thinking(event, "content", event.get("content_index") or 0, out)

    def _item_done(self, event: Mapping[str, Any], out: list[StreamEvent]) -> None:
        """Closes the item; what its deltas did not bring is taken from the whole."""
        place = event.get("output_index") or 0
        found = event["item"]
        item = self._items.get(place)
        if item is None or (item.done and item.item.get("id") != found.get("id")):
            item = self._items[place] = _Item(found)
        if item.done:
            return
        item.done = True
        kind = found.get("type")
        if kind == "message":
            item.item = {**found, **item.item}
            for number, part in enumerate(found.get("content") or ()):
                if part.get("type") in ("output_text", "refusal"):
                    self._finish_text({"output_index": place, "content_index": number}, part, out)
            for index in item.parts.values():
                self._stop_block(index, out)
        elif kind == "reasoning" and item.block is not None:
            if found.get("encrypted_content"):
                out.append(Delta(item.block, "signature", _text(found["encrypted_content"])))
            self._stop_block(item.block, out)
        elif kind in CALLS:
            item.item = {**found, **{name: value for name, value in item.item.items() if value}}
            self._start_call(item, out)
            if item.block is None:
                raise UpstreamBroken("a call without a name")
            self._complete(item, found.get("input" if kind == "custom_tool_call" else "arguments") or "", out)
            self._stop_block(item.block, out)
        else:
            for block in answer_blocks(found, "item", self._names):
                self._whole(block, out)

    def _whole(self, block: Any, out: list[StreamEvent]) -> None:
        """A block that came at once: an opaque item, or reasoning without deltas."""
        if isinstance(block, Thinking) and not block.redacted:
            text, signature = block.text, block.signature
            index = self._start_block(Thinking(origin=block.origin, extras=block.extras), out)
            out.append(Delta(index, "thinking", text))
            if signature:
                out.append(Delta(index, "signature", signature))
        else:
            index = self._start_block(block, out)
        self._stop_block(index, out)

    def _finished(self, event: Mapping[str, Any], out: list[StreamEvent]) -> None:
        response = event.get("response")
        response = response if isinstance(response, dict) else {}
        known = {item.item.get("id") for item in self._items.values()} - {None}
        output = response.get("output")
        for place, item in enumerate(output if isinstance(output, list) else ()):
            mine = self._items.get(place)
            missing = mine is None and item.get("id") not in known
            cut = mine is not None and not mine.done and mine.item.get("type") == item.get("type")
            if missing or cut:
                self._item_done({"output_index": place, "item": item}, out)
        for index in list(self._open):
            self._stop_block(index, out)
        usage = read_usage(response.get("usage"), response.get("service_tier"))
        self._ended = True
        if event.get("type") == "response.incomplete":
            response = {"status": "incomplete", **response}
        reason = finish_reason(response, calls=self._calls)
        out.append(Finish(reason, None if usage == Usage() else usage, extras=answer_extras(response)))

    def _failed(self, event: Mapping[str, Any], out: list[StreamEvent]) -> None:
        response = event.get("response")
        error = response.get("error") if isinstance(response, dict) else event.get("error", event)
        if isinstance(error, dict) and error.get("type") == "error":
            error = {**error, "type": None}
        self._ended = True
        out.append(Failed(failed(error)))

    def fail(self, error: GatewayError) -> bytes:
        """A `response.failed` that continues the numbering and names the response the client has seen (CDX-1)."""
        self._ended = True
        seen = self._seen
        response: dict[str, Any] = {
            "id": seen.get("id") or "resp_failed",
            "object": "response",
            "created_at": seen.get("created_at") or 0,
            "status": "failed",
            "error": failure(error),
            "incomplete_details": None,
            "model": seen.get("model") or "",
            "output": [],
            "parallel_tool_calls": True,
            "tool_choice": "auto",
            "tools": [],
            "usage": None,
            "metadata": {},
        }
        number = self._sequence + 1 if isinstance(self._sequence, int) else 0
        body = {"type": "response.failed", "sequence_number": number, "response": response}
        return b"event: response.failed\ndata: " + dump(body) + b"\n\n"


def _text(value: Any) -> str:
    """`value` if it is text. Raises UpstreamBroken."""
    if not isinstance(value, str):
        raise UpstreamBroken("The provider sent an event that is not of its dialect.")
    return value
