"""Telling the parallel tool calls of one stream apart (PAR-1).

Servers differ: OpenAI numbers calls by ``index`` and gives id and name once; Ollama and some gateways say index 0 for every
call and tell them apart by id; some leave the index out; vLLM repeats the id in each delta; a few repeat an empty name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from gateway.chat.events import BlockStart, BlockStop, Delta, StreamEvent
from gateway.chat.request import NO_EXTRAS, ChatRequest, ToolKind, ToolUse
from gateway.wire import fields

from . import notes, tools


class Numbering(Protocol):
    """Where the next block's number comes from."""

    blocks: int


class _Call:
    __slots__ = ("arguments", "block", "closed", "id", "kind", "name", "position")

    def __init__(self) -> None:
        self.id = ""
        self.name = ""
        self.kind: ToolKind = "function"
        self.block = -1
        self.position: Any = None
        self.arguments: list[str] = []
        self.closed = False

    def complete(self) -> bool:
        text = "".join(self.arguments)
        if not text.rstrip().endswith("}"):
            return False
        try:
            fields.load(text.encode("utf-8", "surrogatepass"))
        except ValueError:
            return False
        return True


class Calls:
    """The tool calls of one answer. A call's block starts once its name is known and stops when the next call starts (if
    its arguments are whole by then) or at the end."""

    def __init__(self, numbering: Numbering, request: ChatRequest, answer_id: str) -> None:
        self._numbering = numbering
        self._request = request
        self._answer_id = answer_id
        self._names: Mapping[str, tuple[str, str | None]] = tools.names_back(request)
        self._by_position: dict[Any, _Call] = {}
        self._by_id: dict[str, _Call] = {}
        self._all: list[_Call] = []

    def delta(self, value: dict[str, Any], events: list[StreamEvent]) -> None:
        custom = value.get("custom")
        inner = custom if type(custom) is dict else value.get("function")
        if type(inner) is not dict:
            inner = {}
        name = inner.get("name")
        name = name if type(name) is str else ""
        written = inner.get("input" if inner is custom else "arguments")
        if type(written) is dict:
            written = fields.dump(written).decode()
        elif type(written) is not str:
            written = ""
        call_id = value.get("id")
        call = self._find(value.get("index"), call_id if type(call_id) is str else "", name, bool(written), events)
        if inner is custom:
            call.kind = "custom"
        if name and not call.name:
            call.name = name
        if call.closed:
            return
        if written:
            call.arguments.append(written)
        if call.block >= 0:
            if written:
                events.append(Delta(call.block, "arguments", written))
        elif call.name:
            self._open(call, events)

    def _find(self, position: Any, call_id: str, name: str, writes: bool, events: list[StreamEvent]) -> _Call:
        if not isinstance(position, int | str):
            position = None  # an index that is none tells nothing
        known = self._by_id.get(call_id) if call_id else None
        if known is not None and (position is None or known.position == position):
            return known
        last = self._all[-1] if self._all else None
        call = self._by_position.get(position) if position is not None else last
        if call is None:
            return self._new(position, call_id, events)
        if call_id and call.id and call_id != call.id:
            if known is not None:
                return known
            return self._new(position, call_id, events) if name else call
        if position is None and call_id and not call.id and call.name:
            return self._new(position, call_id, events)
        if not call_id and name and call.name and (name != call.name or (writes and call.complete())):
            return self._new(position, call_id, events)
        if call_id and not call.id:
            call.id = call_id
            self._by_id[call_id] = call
        return call

    def _new(self, position: Any, call_id: str, events: list[StreamEvent]) -> _Call:
        if self._all:
            before = self._all[-1]
            if not before.closed and before.block >= 0 and before.kind == "function" and before.complete():
                before.closed = True
                events.append(BlockStop(before.block))
        call = _Call()
        call.id = call_id
        call.position = position
        self._all.append(call)
        self._by_position[position] = call
        if call_id:
            self._by_id[call_id] = call
        return call

    def _open(self, call: _Call, events: list[StreamEvent]) -> None:
        call.block = self._numbering.blocks
        self._numbering.blocks += 1
        name, namespace = self._names.get(call.name, (call.name, None))
        use_id = call.id or tools.made_id(self._request, self._answer_id, len(self._all), name)
        extras = notes.keep({}, {"function_call": True}) if call.position == -1 else NO_EXTRAS
        events.append(BlockStart(call.block, ToolUse(use_id, name, "", call.kind, namespace, extras)))
        if call.arguments:
            events.append(Delta(call.block, "arguments", "".join(call.arguments)))

    def finish(self, events: list[StreamEvent]) -> list[str]:
        """Stops the open blocks; the arguments of all calls made. A call that never got a name is none."""
        made = []
        for call in self._all:
            if call.block < 0:
                continue
            if not call.closed:
                events.append(BlockStop(call.block))
            made.append("{}" if call.kind == "custom" else "".join(call.arguments) or "{}")
        return made
