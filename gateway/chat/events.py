"""One answer as it happens. Every answer (stream, JSON body, cache hit, bypass) is a sequence of these:

    Start  (BlockStart  Delta*  BlockStop)*  Finish        or, at any point,  Failed

Blocks do not overlap in the canonical order of *starts*, but deltas of parallel tool calls may interleave: they are
told apart by `index`. A decoder numbers blocks 0, 1, 2, ... in order of their start.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from .errors import GatewayError
from .request import NO_EXTRAS, Extras, Opaque, Text, Thinking, ToolUse
from .usage import Usage

FinishReason = Literal[
    "stop", "length", "tool_use", "stop_sequence", "refusal", "pause_turn", "context_length", "unknown"
]
DeltaKind = Literal["text", "thinking", "signature", "arguments"]


@dataclass(frozen=True, slots=True)
class Start:
    """`id` and `model` as the provider gave them ("" when it gives none). `usage`: what is known so far."""

    id: str = ""
    model: str = ""
    usage: Usage | None = None
    extras: Extras = NO_EXTRAS


@dataclass(frozen=True, slots=True)
class BlockStart:
    """`block` is the block's empty form: Text(""), Thinking(), ToolUse(id, name, arguments=""), or a whole Opaque.
    A Thinking with redacted=True carries its `signature` here and gets no deltas."""

    index: int
    block: Text | Thinking | ToolUse | Opaque


@dataclass(frozen=True, slots=True)
class Delta:
    index: int
    kind: DeltaKind
    value: str


@dataclass(frozen=True, slots=True)
class OpaqueDelta:
    """An event inside a block (citations, ...) or of the whole answer (`index` None) only `dialect` understands."""

    dialect: str
    event: str
    value: Mapping[str, Any]
    index: int | None = None


@dataclass(frozen=True, slots=True)
class BlockStop:
    index: int


@dataclass(frozen=True, slots=True)
class Finish:
    """`reason` is derived from content where providers lie: any tool_use block means "tool_use" (PAR-4, PAR-5)."""

    reason: FinishReason
    usage: Usage | None = None
    stop_sequence: str | None = None
    extras: Extras = NO_EXTRAS


@dataclass(frozen=True, slots=True)
class Failed:
    """The provider reported an error inside the stream, or the stream ended without its terminal event."""

    error: GatewayError


StreamEvent = Start | BlockStart | Delta | OpaqueDelta | BlockStop | Finish | Failed
