"""The events of an answer with its calls mended, as they come. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from gateway.chat.events import (
    BlockStart,
    BlockStop,
    Delta,
    Failed,
    Finish,
    FinishReason,
    OpaqueDelta,
    Start,
    StreamEvent,
)
from gateway.chat.request import ChatRequest, Extras, Opaque, Text, Thinking, ToolUse

from .arguments import closed, object_of, repaired, required_of
from .offered import Offered
from .watch import Watch, segments
from .written import LIMIT, Written

_WORDS = ("finish_reason", "stop_reason")
_BY_CALLS: tuple[FinishReason, ...] = ("stop", "stop_sequence", "length", "unknown")


@dataclass(slots=True)
class _Call:
    """A call while its arguments come in: its block in empty form, and what came inside it."""

    block: ToolUse
    parts: list[str] = field(default_factory=list)
    inside: list[OpaqueDelta] = field(default_factory=list)

    @property
    def arguments(self) -> str:
        return self.block.arguments + "".join(self.parts)


class Mender:
    """`mend` for events as they come. A call is held until its block ends, text from what may be a call on; all else goes
    through at once. Blocks are numbered anew. `tell`: the client's dialect has no form for arguments that are no object.
    `note` is told each thing done, in words that hold no content. `as_is`: a tool whose arguments stay as they are."""

    def __init__(
        self,
        request: ChatRequest,
        *,
        tell: bool = False,
        note: Callable[[str], object] = lambda words: None,
        as_is: str = "",
    ) -> None:
        self._request = request
        self._offered = Offered(request)
        self._tell = tell
        self._as_is = as_is
        self._note = note
        self._watch = Watch(self._offered)
        self._watches = self._offered.any
        self._out: list[StreamEvent] = []
        self._answer_id = ""
        self._next = 0
        self._numbers: dict[int, int] = {}
        self._texts: dict[int, Text | None] = {}  # open ones; not None: its start was not told yet
        self._calls: dict[int, _Call] = {}
        self._broken: list[_Call] = []
        self._waiting: list[StreamEvent] | None = None
        self._waits_for = 0
        self._called = self._written = self._told = 0

    def feed(self, events: Iterable[StreamEvent]) -> list[StreamEvent]:
        out = self._out = []
        for event in events:
            if self._waiting is not None:
                self._wait(event)
            else:
                self._take(event)
        return out

    def _take(self, event: StreamEvent) -> None:
        if isinstance(event, Delta):
            call = self._calls.get(event.index)
            if call is not None:
                call.parts.append(event.value)
            elif event.kind == "text" and event.index in self._texts:
                self._say(event.index, event.value)
            else:
                self._pass(event, event.index)
        elif isinstance(event, BlockStart):
            self._begin(event)
        elif isinstance(event, BlockStop):
            self._stop(event)
        elif isinstance(event, OpaqueDelta):
            if event.index is None:
                self._out.append(event)
            elif event.index in self._calls:
                self._calls[event.index].inside.append(event)
            else:
                if event.index in self._texts:
                    self._start_text(event.index)
                self._pass(event, event.index)
        elif isinstance(event, Finish):
            self._finish(event)
        else:
            if isinstance(event, Start):
                self._answer_id = event.id
            self._out.append(event)

    def _begin(self, event: BlockStart) -> None:
        block = event.block
        if isinstance(block, ToolUse):
            self._called += 1
            self._watches = False
            self._calls[event.index] = _Call(block)
        elif isinstance(block, Text):
            self._texts[event.index] = block
        else:
            self._open(event.index, block)

    def _open(self, index: int, block: Text | Thinking | ToolUse | Opaque) -> None:
        self._numbers[index] = self._next
        self._next += 1
        self._out.append(BlockStart(self._numbers[index], block))

    def _pass(self, event: Delta | OpaqueDelta | BlockStop, index: int) -> None:
        number = self._numbers.get(index)
        if number is not None:
            self._out.append(event if number == index else replace(event, index=number))

    # -- text

    def _say(self, index: int, value: str) -> None:
        if not self._watches:
            self._write(index, value)
            return
        value, sure = self._watch.feed(value)
        self._write(index, value)
        if sure:
            self._hold(index)

    def _write(self, index: int, value: str) -> None:
        if value:
            self._start_text(index)
            self._out.append(Delta(self._numbers[index], "text", value))

    def _start_text(self, index: int) -> None:
        block = self._texts.get(index)
        if block is not None:
            self._texts[index] = None
            self._open(index, block)

    def _hold(self, index: int) -> None:
        self._waiting = []
        self._waits_for = 0
        self._wait(Delta(index, "text", self._watch.taken))

    def _stop(self, event: BlockStop) -> None:
        index = event.index
        if index in self._calls:
            self._settle(self._calls.pop(index))
            return
        if index in self._texts:
            if self._watches:
                rest, sure = self._watch.close()
                self._write(index, rest)
                if sure:
                    self._hold(index)
                    self._wait(event)
                    return
            self._start_text(index)
            del self._texts[index]
        self._pass(event, index)

    # -- from a call in the text to the end of the answer

    def _wait(self, event: StreamEvent) -> None:
        waiting = self._waiting
        assert waiting is not None
        if isinstance(event, Finish | Failed) or (isinstance(event, BlockStart) and isinstance(event.block, ToolUse)):
            self._waiting = None
            if isinstance(event, Finish) and event.reason in (*_BY_CALLS, "tool_use"):
                self._read(waiting)
            else:
                self._let_go(waiting)
            self._take(event)
            return
        waiting.append(event)
        if isinstance(event, Delta):
            self._waits_for += len(event.value)
            if self._waits_for > LIMIT:
                self._waiting = None
                self._let_go(waiting)

    def _let_go(self, waiting: list[StreamEvent]) -> None:
        self._watches = False
        for event in waiting:
            self._take(event)

    def _read(self, waiting: list[StreamEvent]) -> None:
        self._watches = False
        texts: dict[int, list[str]] = {}
        for event in waiting:
            if isinstance(event, Delta) and event.kind == "text" and event.index in self._texts:
                texts.setdefault(event.index, []).append(event.value)
                continue
            if isinstance(event, BlockStop) and event.index in texts:
                self._read_text(event.index, "".join(texts.pop(event.index)))
                continue
            self._take(event)
        for index, parts in texts.items():
            self._read_text(index, "".join(parts))

    def _read_text(self, index: int, text: str) -> None:
        """Writes `text`, its calls as calls, and closes the block. Blank text beside a call is left out."""
        found = segments(text, self._watch.lines, self._offered)
        self._watch.lines.newline()
        calls = 0
        for piece in found:
            if isinstance(piece, Written):
                if self._texts[index] is None:
                    self._out.append(BlockStop(self._numbers[index]))
                self._texts[index] = Text("")
                self._write_call(piece)
                calls += 1
            elif piece.strip() or not calls:
                self._write(index, piece)
        if self._texts.pop(index) is None:
            self._out.append(BlockStop(self._numbers[index]))

    def _write_call(self, written: Written) -> None:
        seed = (self._answer_id, len(self._request.messages), self._written, written.tool.name, written.arguments)
        digest = hashlib.sha256("\0".join(map(str, seed)).encode("utf-8", "surrogatepass")).hexdigest()[:24]
        prefix = "toolu_" if self._request.dialect == "anthropic" else "call_"
        self._written += 1
        self._note("tool call mended: written as text")
        tool = written.tool
        self._tell_call(ToolUse(prefix + digest, tool.name, "", namespace=tool.namespace), written.arguments)

    # -- calls

    def _settle(self, call: _Call) -> None:
        """Tells a call whose block ended; one that may have been cut waits until it is known whether it was."""
        block, arguments = call.block, call.arguments
        if block.name == self._as_is:
            self._tell_call(block, arguments, call.inside)
            return
        tool = self._offered.find(block.name, block.namespace)
        given = object_of(arguments) if block.kind == "function" else None
        what = ""
        if block.kind == "function" and given is None:
            schema = tool.schema if tool is not None else None
            made = repaired(arguments, required_of(schema))
            if made is None:
                self._broken.append(call)
                return
            (arguments, what), given = made, object_of(made[0])
        if what:
            self._note(f"tool call mended: {what}")
        self._tell_call(self._renamed(block, given), arguments, call.inside)

    def _renamed(self, block: ToolUse, given: dict[str, Any] | None) -> ToolUse:
        if not self._offered.any or self._offered.find(block.name, block.namespace) is not None:
            return block
        tool = self._offered.alike(block.name, given)
        if tool is None:
            return block
        self._note("tool call mended: name")
        return replace(block, name=tool.name, namespace=tool.namespace)

    def _tell_call(self, block: ToolUse, arguments: str, inside: Iterable[OpaqueDelta] = ()) -> None:
        number = self._next
        self._next += 1
        self._out.append(BlockStart(number, replace(block, arguments="")))
        if arguments:
            self._out.append(Delta(number, "arguments", arguments))
        self._out.extend(replace(event, index=number) for event in inside)
        self._out.append(BlockStop(number))

    def _mend_at_end(self, call: _Call, cut: bool) -> None:
        block = call.block
        tool = self._offered.find(block.name, block.namespace) or self._offered.alike(block.name, None)
        whole = None if cut else closed(call.arguments, required_of(tool.schema if tool is not None else None))
        if whole is not None:
            self._note("tool call mended: closing brackets")
        if whole is None and self._tell and not cut:
            self._note("tool call told as text: its arguments are not a JSON object")
            self._told += 1
            self._tell_as_text(block.name, call.arguments)
            return
        arguments = whole or call.arguments
        self._tell_call(self._renamed(block, object_of(arguments)), arguments, call.inside)

    def _tell_as_text(self, name: str, arguments: str) -> None:
        text = f'[The tool "{name}" was not called: the arguments of the call are not a JSON object.]\n{arguments}'
        number = self._next
        self._next += 1
        self._out += [BlockStart(number, Text("")), Delta(number, "text", text), BlockStop(number)]

    # -- the end

    def _finish(self, event: Finish) -> None:
        for index in list(self._calls):
            self._settle(self._calls.pop(index))
        broken, self._broken = self._broken, []
        for call in broken:
            self._mend_at_end(call, event.reason == "length")
        reason = event.reason
        if self._written and reason in _BY_CALLS:
            reason = "tool_use"
        elif self._told and self._told == self._called and reason == "tool_use":
            reason = "stop"
        if reason != event.reason:
            event = replace(event, reason=reason, stop_sequence=None, extras=without_word(event.extras))
        self._out.append(event)


def without_word(extras: Extras) -> Extras:
    """`extras` without the provider's own word for why it stopped, which holds no longer."""
    return {dialect: _dropped(values) for dialect, values in extras.items()}


def _dropped(values: Any) -> dict[str, Any]:
    kept = {name: value for name, value in values.items() if name not in _WORDS}
    return {name: _dropped(value) if name == "~" else value for name, value in kept.items()}
