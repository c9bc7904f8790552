"""The events of an answer without the calls of one tool that its client does not know. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Literal

from gateway.chat.events import BlockStart, BlockStop, Delta, Finish, OpaqueDelta, Start, StreamEvent
from gateway.chat.request import Extras, Opaque, Text, Thinking, ToolUse
from gateway.chat.response import ChatResponse, fold
from gateway.chat.usage import NO_USAGE, summed
from gateway.mending.mender import without_word

Held = Literal["nothing", "signatures", "thoughts"]
_WHOLE = ("tool_use", "stop", "stop_sequence", "unknown")
BREAK = "\n\n"


class Unseen:
    """Several answers told as one: of each but the last the client sees what came before the call of the tool `name`.

    When an answer that calls nothing else has ended, `asked` is set and its end is not told: `go_on` and the events of the
    next answer follow, or `ends`. Calls of `name` beside others are left out, and the others are told.
    `held`: what is told of a thought only when something follows it that the client sees: its signature (a provider that
    takes no thought without what it was for) or all of it (nothing is streamed). `joins`: texts are told without a gap."""

    def __init__(self, name: str, held: Held = "nothing", *, joins: bool = False) -> None:
        self._name, self._held, self._joins = name, held, joins
        self.asked = False
        self.called = False
        self._started = False
        self._next = 0
        self._before = NO_USAGE
        self._earlier = False
        self._said = False
        self._finish: Finish | None = None
        self._begin()

    def _begin(self) -> None:
        self._events: list[StreamEvent] = []
        self._numbers: dict[int, int] = {}
        self._mine: set[int] = set()
        self._waiting: set[int] = set()  # blocks of which nothing was told yet
        self._pending: list[StreamEvent] = []
        self._others = 0
        self._usage = NO_USAGE
        self.asked = False

    def answer(self) -> ChatResponse:
        """The one that asked, whole."""
        return fold(self._events)

    def go_on(self) -> None:
        """The next answer follows."""
        self._before = summed(self._before, self._usage)
        self._earlier, self._said = self._earlier or self._said, False
        self._begin()

    def ends(self, words: str) -> list[StreamEvent]:
        """The rest of an answer that asked and gets nothing: `words` as a text."""
        assert self._finish is not None
        self.asked = False
        extras = without_tool(self._finish.extras, self._name)
        finish = replace(self._finish, usage=summed(self._before, self._usage), extras=extras)
        if finish.reason in _WHOLE:
            finish = replace(finish, reason="stop", stop_sequence=None, extras=without_word(finish.extras))
        words = BREAK + words if self._joins and (self._said or self._earlier) else words
        number = self._next
        self._next += 1
        return [BlockStart(number, Text("")), Delta(number, "text", words), BlockStop(number), finish]

    def feed(self, events: Iterable[StreamEvent]) -> list[StreamEvent]:
        """What the client sees of `events`."""
        out: list[StreamEvent] = []
        for event in events:
            self._events.append(event)
            if isinstance(event, BlockStart):
                self._open(event, out)
            elif isinstance(event, Delta | BlockStop | OpaqueDelta):
                self._inside(event, out)
            elif isinstance(event, Start):
                self._usage = self._usage.merge(event.usage)
                if not self._started:
                    self._started = True
                    out.append(replace(event, extras=without_tool(event.extras, self._name)))
            elif isinstance(event, Finish):
                self._usage = self._usage.merge(event.usage)
                self._end(event, out)
            else:
                out.append(event)
        return out

    def _open(self, event: BlockStart, out: list[StreamEvent]) -> None:
        block = event.block
        if isinstance(block, ToolUse) and block.name == self._name and block.namespace is None:
            self._mine.add(event.index)
            self.called = True
            return
        number = self._numbers[event.index] = self._next
        self._next += 1
        event = replace(event, index=number)
        if self._waits(block):
            self._waiting.add(number)
            self._pending.append(event)
            return
        self._others += isinstance(block, ToolUse)
        if isinstance(block, ToolUse | Opaque):
            self._release(out)
        out.append(event)

    def _waits(self, block: Text | Thinking | ToolUse | Opaque) -> bool:
        """A thought, until it is known what follows it, and a text behind it, until it says something."""
        if isinstance(block, Thinking):
            return self._held == "thoughts" or (self._held == "signatures" and block.redacted)
        return isinstance(block, Text) and bool(self._pending)

    def _inside(self, event: Delta | BlockStop | OpaqueDelta, out: list[StreamEvent]) -> None:
        if event.index is None:
            out.append(event)
            return
        number = self._numbers.get(event.index)
        if number is None:  # of the tool's own call
            return
        event = replace(event, index=number)
        if isinstance(event, Delta) and event.kind == "text" and event.value.strip():
            self._release(out)
            event = self._apart(event)
        elif number in self._waiting or self._is_signature(event):
            self._pending.append(event)
            return
        out.append(event)

    def _is_signature(self, event: Delta | BlockStop | OpaqueDelta) -> bool:
        """Whether `event` is one that waits, or the end of a block whose signature does."""
        if isinstance(event, Delta):
            return event.kind == "signature" and self._held == "signatures"
        waiting = {one.index for one in self._pending if isinstance(one, Delta)}
        return isinstance(event, BlockStop) and event.index in waiting

    def _apart(self, event: Delta) -> Delta:
        """The first text of a later answer stands apart from that of an earlier one, where the client's form joins them."""
        if self._joins and self._earlier and not self._said:
            event = replace(event, value=BREAK + event.value)
        self._said = True
        return event

    def _release(self, out: list[StreamEvent]) -> None:
        out.extend(self._pending)
        self._pending = []
        self._waiting.clear()

    def _end(self, event: Finish, out: list[StreamEvent]) -> None:
        if not self._mine:
            self._release(out)
        else:  # Only what was begun is ended.
            stops = [one for one in self._pending if isinstance(one, BlockStop)]
            out.extend(stop for stop in stops if stop.index not in self._waiting)
            self._pending = []
        if self._mine and not self._others and (event.reason in _WHOLE or not self._said):
            self.asked, self._finish = True, event
            return
        usage = summed(self._before, self._usage) if self._before != NO_USAGE else event.usage
        out.append(replace(event, usage=usage, extras=without_tool(event.extras, self._name)))

    @property
    def whole(self) -> bool:
        """Whether the answer that asked was not cut off in its call."""
        return self._finish is not None and self._finish.reason in _WHOLE


def without_tool(extras: Extras, name: str) -> Extras:
    """What a provider tells of a request (Responses: its tools), less the tool `name`."""
    if not any("tools" in values for values in extras.values()):
        return extras
    return {dialect: {**values, **_tools(values, name)} for dialect, values in extras.items()}


def _tools(values: Mapping[str, Any], name: str) -> dict[str, Any]:
    tools = values.get("tools")
    if not isinstance(tools, list):
        return {}
    return {"tools": [tool for tool in tools if not isinstance(tool, dict) or tool.get("name") != name]}
