"""Events to a stream a client of this dialect reads: every named event of the grammar, numbered without a gap.

    response.created, response.in_progress,
    (response.output_item.added  <parts and deltas>  response.output_item.done)*,
    response.completed | response.incomplete | response.failed

Codex needs the whole items in output_item.done and a terminal event (CDX-1); the SDK needs every field of its types.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from gateway.chat.errors import GatewayError
from gateway.chat.events import BlockStart, BlockStop, Delta, Failed, Finish, OpaqueDelta, Start, StreamEvent
from gateway.chat.request import NO_EXTRAS, Opaque, Text, Thinking, ToolUse
from gateway.chat.usage import NO_USAGE
from gateway.wire.dialect import AnswerContext
from gateway.wire.fields import dump

from .errors import failure
from .items import SEPARATOR
from .names import NAME, own
from .output import ANNOTATION, PART_BREAK, OutputWriter, response_object, status_of, write_usage


class _Open:
    """A block while its deltas come in: its item's id and place (None: nothing of it was written yet), its `number` among
    the parts of the item, and what every delta event of it begins with. For reasoning: `breaks`, how many characters each
    part still to come has; `lengths` of the parts done; `size` of the part being told; `skip` so much of a separator."""

    __slots__ = (
        "annotations",
        "block",
        "breaks",
        "head",
        "item_id",
        "lengths",
        "number",
        "pieces",
        "place",
        "signature",
        "size",
        "skip",
    )

    def __init__(self, block: Text | Thinking | ToolUse) -> None:
        self.block = block
        self.item_id = ""
        self.place: int | None = None
        self.number = 0
        self.head = b""
        self.pieces: list[str] = []
        self.signature: list[str] = []
        self.annotations: list[Any] = []
        self.breaks: list[int] = []
        self.lengths: list[int] = []
        self.size = 0
        self.skip = 0


class _MessageItem:
    """A message item, open until something that is no text follows it. `unfinished`: parts not yet done."""

    __slots__ = ("content", "first", "item_id", "place", "unfinished")

    def __init__(self, first: Text, item_id: str, place: int) -> None:
        self.first = first
        self.item_id = item_id
        self.place = place
        self.content: list[dict[str, Any]] = []
        self.unfinished = 0


class ResponsesStreamEncoder:
    """See `gateway.wire.dialect.StreamEncoder`."""

    failure: GatewayError | None = None

    def __init__(self, context: AnswerContext) -> None:
        self._context = context
        self._writer = OutputWriter(context)
        self._out: list[bytes] = []
        self._sequence = 0
        self._blocks: dict[int, _Open] = {}
        self._message: _MessageItem | None = None
        self._items: list[dict[str, Any] | None] = []
        self._response: dict[str, Any] | None = None
        self._usage = NO_USAGE
        self._kept: Mapping[str, Any] = NO_EXTRAS
        self._ended = False

    def encode(self, events: Iterable[StreamEvent]) -> bytes:
        for event in events:
            kind = type(event)
            if self._ended:
                break
            if kind is Delta:
                assert isinstance(event, Delta)
                self._delta(event)
            elif isinstance(event, BlockStart):
                self._start_block(event)
            elif isinstance(event, BlockStop):
                self._stop_block(event.index)
            elif isinstance(event, Start):
                self._usage = self._usage.merge(event.usage)
                self._begin(event.id, own(event.extras))
            elif isinstance(event, OpaqueDelta):
                self._opaque_delta(event)
            elif isinstance(event, Finish):
                self._finish(event)
            elif isinstance(event, Failed):
                self._fail(event.error)
        return self._take()

    def fail(self, error: GatewayError) -> bytes:
        """Items that are not complete get no output_item.done, so that no client keeps half of one (THK-9)."""
        if not self._ended:
            self._fail(error)
        return self._take()

    def keepalive(self) -> bytes:
        return b": keepalive\n\n"

    def _take(self) -> bytes:
        written = b"".join(self._out)
        self._out.clear()
        return written

    def _emit(self, kind: str, fields: Mapping[str, Any]) -> None:
        body = dump({"type": kind, **fields, "sequence_number": self._sequence})
        self._sequence += 1
        self._out.append(b"event: " + kind.encode() + b"\ndata: " + body + b"\n\n")

    def _begin(self, given_id: str = "", kept: Mapping[str, Any] = NO_EXTRAS) -> None:
        """`kept`: the fields of the answer as its provider gave them, when it speaks this dialect."""
        if self._response is not None:
            return
        self._kept = kept
        if "created_at" in kept:
            self._response = {"object": "response", **kept, "model": self._context.model}
        else:
            self._response = response_object(self._context)
        self._response.update(status="in_progress", incomplete_details=None, output=[], usage=None)
        self._response["id"] = self._writer.response_id(given_id)
        self._emit("response.created", {"response": self._response})
        self._emit("response.in_progress", {"response": self._response})

    # -- items

    def _add_item(self, item: Mapping[str, Any]) -> int:
        self._begin()
        place = len(self._items)
        self._items.append(None)
        self._emit("response.output_item.added", {"output_index": place, "item": item})
        return place

    def _item_done(self, place: int, item: dict[str, Any]) -> None:
        self._items[place] = item
        self._emit("response.output_item.done", {"output_index": place, "item": item})

    def _start_block(self, event: BlockStart) -> None:
        block = event.block
        if isinstance(block, Opaque):
            self._close_message()
            if block.dialect == NAME:
                item = dict(block.value)
                self._item_done(self._add_item(item), item)
            return
        opened = self._blocks[event.index] = _Open(block)
        if isinstance(block, Text):
            if block.text:
                self._text(opened, block.text)
            return
        self._close_message()
        if isinstance(block, ToolUse):
            self._start_call(opened, block)
        elif block.redacted:
            opened.signature.append(block.signature or "")
        else:
            opened.breaks = list(own(block.extras).get("lengths", ()))[:-1]

    def _start_call(self, opened: _Open, block: ToolUse) -> None:
        custom = self._writer.is_custom(block)
        opened.item_id = self._writer.item_id(block, "ctc_" if custom else "fc_")
        if custom and block.kind != "custom":
            empty = replace(block, kind="custom", arguments="")
        else:
            empty = replace(block, arguments="")
        opened.place = self._add_item(self._writer.call(empty, opened.item_id, "in_progress"))
        kind = "response.custom_tool_call_input.delta" if custom else "response.function_call_arguments.delta"
        if not custom or block.kind == "custom":
            opened.head = _head(kind, opened.item_id, opened.place)
        if block.arguments:
            self._piece(opened, block.arguments)

    def _delta(self, event: Delta) -> None:
        opened = self._blocks.get(event.index)
        if opened is None or not event.value:
            return
        if event.kind == "text":
            self._text(opened, event.value)
        elif event.kind == "arguments":
            self._piece(opened, event.value)
        elif event.kind == "signature":
            opened.signature.append(event.value)
        else:
            self._thinking(opened, event.value)

    def _piece(self, opened: _Open, value: str) -> None:
        """One delta event; none for the arguments of a custom tool that are wrapped in JSON, they are told at the end."""
        opened.pieces.append(value)
        if opened.head:
            number = self._sequence
            self._sequence = number + 1
            self._out.append(b'%b%b,"sequence_number":%d}\n\n' % (opened.head, dump(value), number))

    def _text(self, opened: _Open, value: str) -> None:
        if not opened.head:
            self._open_text(opened)
        self._piece(opened, value)

    def _open_text(self, opened: _Open) -> None:
        """Opens the content part, in the message before it unless the block remembers to begin its own."""
        block = opened.block
        assert isinstance(block, Text)
        kept = own(block.extras)
        if self._message is not None and isinstance(kept.get("item"), dict):
            self._close_message()
        if self._message is None:
            item_id = self._writer.item_id(block, "msg_")
            place = self._add_item(self._writer.message(block, item_id, "in_progress", []))
            self._message = _MessageItem(block, item_id, place)
        message = self._message
        opened.item_id, opened.place, opened.number = message.item_id, message.place, len(message.content)
        refusal = kept.get("part", {}).get("type") == "refusal"
        part = self._writer.part(replace(block, text=""))
        if not refusal:
            opened.annotations = [*part["annotations"]]
            part = {**part, "annotations": []}
        message.content.append(part)
        message.unfinished += 1
        self._emit("response.content_part.added", {**_at(opened), "part": part})
        kind = "response.refusal.delta" if refusal else "response.output_text.delta"
        more = f'"content_index":{opened.number},' + ("" if refusal else '"logprobs":[],')
        opened.head = _head(kind, opened.item_id, opened.place, more)

    def _thinking(self, opened: _Open, value: str) -> None:
        if not opened.head:
            self._open_reasoning(opened)
            self._open_part(opened)
        while value:
            if opened.skip:
                dropped = min(opened.skip, len(value))
                opened.skip -= dropped
                opened.pieces.append(value[:dropped])
                value = value[dropped:]
                continue
            room = opened.breaks[0] - opened.size if opened.breaks else len(value)
            if room <= 0:
                self._next_part(opened)
                continue
            opened.size += min(room, len(value))
            self._piece(opened, value[:room])
            value = value[room:]

    def _open_part(self, opened: _Open) -> None:
        number = len(opened.lengths)
        opened.number = number
        if own(opened.block.extras).get("source") == "content":
            kind, more = "response.reasoning_text.delta", f'"content_index":{number},'
        else:
            kind, more = "response.reasoning_summary_text.delta", f'"summary_index":{number},'
            part = {"type": "summary_text", "text": ""}
            self._emit("response.reasoning_summary_part.added", {**_at(opened, "summary_index"), "part": part})
        opened.head = _head(kind, opened.item_id, opened.place or 0, more)

    def _close_part(self, opened: _Open) -> None:
        whole = "".join(opened.pieces)
        text = whole[len(whole) - opened.size :]
        if own(opened.block.extras).get("source") == "content":
            self._emit("response.reasoning_text.done", {**_at(opened), "text": text})
        else:
            place = _at(opened, "summary_index")
            self._emit("response.reasoning_summary_text.done", {**place, "text": text})
            part = {"type": "summary_text", "text": text}
            self._emit("response.reasoning_summary_part.done", {**place, "part": part})
        opened.lengths.append(opened.size)
        opened.size = 0

    def _next_part(self, opened: _Open) -> None:
        del opened.breaks[:1]
        self._close_part(opened)
        opened.skip = len(SEPARATOR)
        self._open_part(opened)

    def _open_reasoning(self, opened: _Open) -> None:
        block = opened.block
        assert isinstance(block, Thinking)
        opened.item_id = self._writer.item_id(block, "rs_")
        empty = replace(block, text="", signature=None)
        opened.place = self._add_item(self._writer.reasoning(empty, opened.item_id))

    def _opaque_delta(self, event: OpaqueDelta) -> None:
        opened = self._blocks.get(event.index) if event.index is not None else None
        if event.dialect != NAME or opened is None:
            return
        if event.event == ANNOTATION:
            opened.annotations.append(event.value.get("annotation"))
        elif event.event == PART_BREAK and opened.head and event.value.get("at") == sum(map(len, opened.pieces)):
            self._next_part(opened)

    def _stop_block(self, index: int) -> None:
        opened = self._blocks.pop(index, None)
        if opened is None:
            return
        block = opened.block
        whole = "".join(opened.pieces)
        if isinstance(block, Text):
            if opened.head:
                self._stop_text(opened, replace(block, text=whole))
        elif isinstance(block, ToolUse):
            self._stop_call(opened, replace(block, arguments=whole))
        else:
            self._stop_thinking(opened, replace(block, text=whole, signature="".join(opened.signature) or None))

    def _stop_text(self, opened: _Open, block: Text) -> None:
        message = self._message
        assert message is not None
        place = _at(opened)
        part = self._writer.part(block)
        if part["type"] == "refusal":
            self._emit("response.refusal.done", {**place, "refusal": block.text})
        else:
            part["annotations"] = opened.annotations
            for number, annotation in enumerate(opened.annotations):
                self._emit(ANNOTATION, {**place, "annotation_index": number, "annotation": annotation})
            self._emit("response.output_text.done", {**place, "text": block.text, "logprobs": []})
        message.content[opened.number] = part
        message.unfinished -= 1
        self._emit("response.content_part.done", {**place, "part": part})

    def _close_message(self, status: str = "completed") -> None:
        """Does nothing while a part is still being written."""
        message = self._message
        if message is None or message.unfinished:
            return
        self._message = None
        item = self._writer.message(message.first, message.item_id, status, message.content)
        self._item_done(message.place, item)

    def _stop_call(self, opened: _Open, block: ToolUse) -> None:
        if not block.arguments and block.kind == "function" and opened.head:
            self._piece(opened, "{}")
            block = replace(block, arguments="{}")  # TID-6
        item = self._writer.call(block, opened.item_id, "completed")
        place = {"item_id": opened.item_id, "output_index": opened.place}
        if item["type"] == "custom_tool_call":
            if not opened.head and item["input"]:
                self._emit("response.custom_tool_call_input.delta", {**place, "delta": item["input"]})
            self._emit("response.custom_tool_call_input.done", {**place, "input": item["input"]})
        else:
            self._emit("response.function_call_arguments.done", {**place, "arguments": item["arguments"]})
        self._item_done(opened.place or 0, item)

    def _stop_thinking(self, opened: _Open, block: Thinking) -> None:
        if not opened.head:
            if not block.signature:
                return
            self._open_reasoning(opened)
        else:
            self._close_part(opened)
        self._item_done(opened.place or 0, self._writer.reasoning(block, opened.item_id, opened.lengths))

    # -- the end

    def _finish(self, event: Finish) -> None:
        self._begin()
        for index in list(self._blocks):
            self._stop_block(index)
        status, details = status_of(event.reason)
        self._close_message(status)
        kept = {**self._kept, **own(event.extras)}
        if kept.get("status") in ("completed", "incomplete"):
            status, details = kept["status"], kept.get("incomplete_details")
        response = {**self._whole(status), **own(event.extras)} if "created_at" in kept else self._whole(status)
        response.update(status=status, incomplete_details=details)
        if "created_at" not in kept:
            response["completed_at"] = self._context.created if status == "completed" else None
        response["usage"] = write_usage(self._usage.merge(event.usage), kept.get("usage"), exact=bool(kept))
        self._ended = True
        self._emit(f"response.{status}", {"response": response})

    def _whole(self, status: str) -> dict[str, Any]:
        assert self._response is not None
        output = [item for item in self._items if item is not None]
        return {**self._response, "status": status, "output": output}

    def _fail(self, error: GatewayError) -> None:
        self._begin()
        response = self._whole("failed")
        response["error"] = failure(error)
        response["usage"] = write_usage(self._usage)
        self._ended = True
        self._emit("response.failed", {"response": response})


def _at(opened: _Open, index: str = "content_index") -> dict[str, Any]:
    return {"item_id": opened.item_id, "output_index": opened.place, index: opened.number}


def _head(kind: str, item_id: str, place: int, more: str = "") -> bytes:
    """All of a delta event that comes before the value of `delta`."""
    text = f'event: {kind}\ndata: {{"type":"{kind}","output_index":{place},{more}"item_id":'
    return text.encode() + dump(item_id) + b',"delta":'
