"""What a scripted upstream answers (`Reply`) and what it remembers of a request (`Received`).

A `Reply` is free of any dialect: the same reply can be told as Anthropic events, as chat deltas or as an AWS event stream.
Pacing and faults belong to the connection and work the same in every dialect.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True)
class Text:
    """`fragments`: how many deltas the text is streamed in. An empty text is possible (EMP-1, EMP-2)."""

    text: str
    fragments: int = 3


@dataclass(frozen=True)
class Thinking:
    """`signature` None: the upstream makes one and remembers it; "" : none is sent (an unsigned block, THK-9).
    `redacted` (Anthropic): opaque data instead of text."""

    text: str
    signature: str | None = None
    fragments: int = 2
    redacted: bool = False


@dataclass(frozen=True)
class ToolCall:
    """`raw` replaces the JSON of `arguments` (broken or oddly spaced argument text). `id` None: a fresh one."""

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    id: str | None = None
    fragments: int = 3
    raw: str | None = None
    custom: bool = False
    namespace: str | None = None

    @property
    def text(self) -> str:
        return self.raw if self.raw is not None else json.dumps(dict(self.arguments))


Part = Text | Thinking | ToolCall


@dataclass(frozen=True)
class Usage:
    """Tokens. `input` is what was neither read from nor written to the cache; dialects that count inclusively add them up.
    `tier`: the service tier the vendor reports, "" for the ordinary one."""

    input: int = 25
    output: int = 12
    cache_read: int = 0
    cache_write_5m: int = 0
    cache_write_1h: int = 0
    reasoning: int = 0
    reported: bool = True
    tier: str = ""

    @property
    def prompt(self) -> int:
        return self.input + self.cache_read + self.cache_write_5m + self.cache_write_1h


@dataclass(frozen=True)
class Pace:
    """Seconds."""

    before_headers: float = 0.0
    before_first: float = 0.0
    between: float = 0.0


@dataclass(frozen=True)
class Fault:
    """What goes wrong on the way. Counts are events (frames) already sent; `error_after=0` is an error before any content.

    cut_*: the connection drops without the last chunk (`reset`: with RST). `end_after`: the body ends properly but too early.
    `silent_after`: (events, seconds) of nothing, then the rest. `split`: bytes a write. `crlf`: SSE lines end in CR LF.
    """

    close_before_headers: bool = False
    reset: bool = False
    cut_after_events: int | None = None
    cut_after_bytes: int | None = None
    end_after: int | None = None
    error_after: int | None = None
    error_status: int = 529
    silent_after: tuple[int, float] | None = None
    garbage_after: int | None = None
    crlf: bool = False
    split: int | None = None
    gzip: bool = False
    unknown_event_after: int | None = None


@dataclass(frozen=True)
class Reply:
    """One answer. `stop`: "" derives tool/end from the parts, else end | tool | length | stop_sequence | refusal | filter |
    context. `status` >= 400 answers an error in the vendor's own shape with `message` and `error_type`. `raw`: these bytes as
    the body, whatever the dialect."""

    parts: tuple[Part, ...] = (Text("Hello from the scripted upstream."),)
    usage: Usage = Usage()
    stop: str = ""
    stop_sequence: str | None = None
    model: str | None = None
    id: str | None = None
    status: int = 200
    message: str = "The scripted upstream refuses."
    error_type: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    pace: Pace = Pace()
    fault: Fault = Fault()
    raw: bytes | None = None
    content_type: str | None = None
    interleave: bool = False
    """Chat: deltas of parallel tool calls alternate (PAR-1)."""

    @property
    def finish(self) -> str:
        if self.stop:
            return self.stop
        return "tool" if any(isinstance(p, ToolCall) for p in self.parts) else "end"

    def but(self, **changes: Any) -> Reply:
        return replace(self, **changes)


def text(content: str = "Hello from the scripted upstream.", **changes: Any) -> Reply:
    return Reply(parts=(Text(content),), **changes)


def call(name: str, arguments: Mapping[str, Any], **changes: Any) -> Reply:
    return Reply(parts=(ToolCall(name, arguments),), **changes)


def error(
    status: int, message: str = "The scripted upstream refuses.", retry_after: str | None = None, **changes: Any
) -> Reply:
    headers = (("retry-after", retry_after),) if retry_after is not None else ()
    return Reply(status=status, message=message, headers=headers, **changes)


def pieces(content: str, count: int) -> list[str]:
    """`content` in about `count` parts; nothing for an empty text."""
    if not content:
        return []
    size = max(1, -(-len(content) // max(1, count)))
    return [content[i : i + size] for i in range(0, len(content), size)]


@dataclass
class Received:
    """One request as it arrived. `headers` has lower-case names; `hung_up_at` and the others are `time.monotonic()`."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes
    at: float
    dialect: str = ""
    purpose: str = ""
    model: str = ""
    stream: bool = False
    hung_up_at: float | None = None
    finished_at: float | None = None
    refused: str | None = None
    """Why strict mode answered 400, None if it did not."""
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def json(self) -> Any:
        return json.loads(self.body) if self.body else None

    @property
    def hung_up(self) -> bool:
        """The client closed the connection before the answer was complete."""
        return self.hung_up_at is not None

    def wait(self, timeout: float = 5.0) -> Received:
        """Until the exchange is over, one way or the other."""
        if not self.over.wait(timeout):
            raise AssertionError(f"the exchange {self.method} {self.path} is still open after {timeout} s")
        return self
