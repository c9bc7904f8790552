"""A whole answer, and the two laws that tie it to events: ``fold(unfold(r)) == r``; `unfold(fold(e))` is `e` with the
deltas of each block joined."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from .events import (
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
from .request import NO_EXTRAS, Extras, Opaque, Text, Thinking, ToolUse
from .usage import NO_USAGE, Usage

AnswerBlock = Text | Thinking | ToolUse | Opaque


@dataclass(frozen=True, slots=True)
class ChatResponse:
    id: str
    model: str
    blocks: tuple[AnswerBlock, ...]
    finish_reason: FinishReason
    usage: Usage = NO_USAGE
    stop_sequence: str | None = None
    extras: Extras = NO_EXTRAS


class _Open:
    """A block while its deltas come in."""

    __slots__ = ("arguments", "block", "opaque", "signature", "text", "thinking")

    def __init__(self, block: AnswerBlock) -> None:
        self.block = block
        self.text: list[str] = []
        self.thinking: list[str] = []
        self.signature: list[str] = []
        self.arguments: list[str] = []
        self.opaque: list[OpaqueDelta] = []

    def close(self) -> AnswerBlock:
        block = self.block
        if isinstance(block, Text):
            block = replace(block, text=block.text + "".join(self.text))
        elif isinstance(block, Thinking):
            signature = (block.signature or "") + "".join(self.signature)
            block = replace(block, text=block.text + "".join(self.thinking), signature=signature or None)
        elif isinstance(block, ToolUse):
            arguments = block.arguments + "".join(self.arguments)
            if not arguments and block.kind == "function":
                arguments = "{}"
            block = replace(block, arguments=arguments)
        if self.opaque and not isinstance(block, Opaque):
            block = replace(block, extras=_with_opaque(block.extras, self.opaque))
        return block


def _with_opaque(extras: Extras, deltas: list[OpaqueDelta]) -> Extras:
    """Opaque deltas of one block are kept under ``extras[dialect]["deltas"]`` as (event, value) pairs."""
    merged: dict[str, dict[str, Any]] = {name: dict(values) for name, values in extras.items()}
    for delta in deltas:
        kept = merged.setdefault(delta.dialect, {})
        kept["deltas"] = (*kept.get("deltas", ()), (delta.event, delta.value))
    return merged


def fold(events: Iterable[StreamEvent]) -> ChatResponse:
    """Join events to one answer. Raises the error of a `Failed` event. Blocks keep the order of their starts."""
    start = Start()
    finish: Finish | None = None
    usage = NO_USAGE
    opened: dict[int, _Open] = {}
    for event in events:
        kind = type(event)
        if kind is Delta:
            assert isinstance(event, Delta)
            getattr(opened[event.index], event.kind).append(event.value)
        elif isinstance(event, BlockStart):
            opened[event.index] = _Open(event.block)
        elif isinstance(event, Start):
            start = event
            usage = usage.merge(event.usage)
        elif isinstance(event, Finish):
            finish = event
            usage = usage.merge(event.usage)
        elif isinstance(event, OpaqueDelta):
            if event.index is not None and event.index in opened:
                opened[event.index].opaque.append(event)
        elif isinstance(event, Failed):
            raise event.error
        else:
            assert isinstance(event, BlockStop)
    reason: FinishReason = finish.reason if finish else "unknown"
    extras = finish.extras if finish and finish.extras else start.extras
    if finish and finish.extras and start.extras:
        extras = {**start.extras, **{k: {**start.extras.get(k, {}), **v} for k, v in finish.extras.items()}}
    return ChatResponse(
        id=start.id,
        model=start.model,
        blocks=tuple(block.close() for block in opened.values()),
        finish_reason=reason,
        usage=usage,
        stop_sequence=finish.stop_sequence if finish else None,
        extras=extras,
    )


def unfold(response: ChatResponse) -> Iterator[StreamEvent]:
    """The events that `fold` joins to `response`."""
    yield Start(response.id, response.model, response.usage, response.extras)
    for index, block in enumerate(response.blocks):
        yield from _unfold_block(index, block)
    yield Finish(response.finish_reason, response.usage, response.stop_sequence)


def _unfold_block(index: int, block: AnswerBlock) -> Iterator[StreamEvent]:
    deltas: list[StreamEvent] = []
    if not isinstance(block, Opaque) and any("deltas" in values for values in block.extras.values()):
        extras: dict[str, dict[str, Any]] = {}
        for dialect, values in block.extras.items():
            rest = {name: value for name, value in values.items() if name != "deltas"}
            if rest:
                extras[dialect] = rest
            for event, value in values.get("deltas", ()):
                deltas.append(OpaqueDelta(dialect, event, value, index))
        block = replace(block, extras=extras or NO_EXTRAS)
    if isinstance(block, Text):
        yield BlockStart(index, replace(block, text=""))
        if block.text:
            yield Delta(index, "text", block.text)
    elif isinstance(block, Thinking) and not block.redacted:
        yield BlockStart(index, replace(block, text="", signature=None))
        if block.text:
            yield Delta(index, "thinking", block.text)
        if block.signature:
            yield Delta(index, "signature", block.signature)
    elif isinstance(block, ToolUse):
        yield BlockStart(index, replace(block, arguments=""))
        if block.arguments:
            yield Delta(index, "arguments", block.arguments)
    else:
        yield BlockStart(index, block)
    yield from deltas
    yield BlockStop(index)
