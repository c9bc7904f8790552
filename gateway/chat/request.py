"""What a client asks, free of any dialect. All values are frozen; change them with `dataclasses.replace`.

`extras` keep what the canonical form has no name for, as ``{dialect: {field: value}}``: written back when the
target speaks that dialect, left out (and named in the losses) when it does not. A decoder puts each field either in
its canonical place or in `extras`, never both, so that ``encode(decode(x)) == x`` within a dialect.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NoReturn

Extras = Mapping[str, Mapping[str, Any]]


class _Nothing(dict[str, Any]):
    """An empty mapping that cannot be filled, hashable so that it may be a dataclass default."""

    def __setitem__(self, key: str, value: Any) -> NoReturn:
        raise TypeError("this mapping is empty for good")

    def __hash__(self) -> int:  # type: ignore[override]
        return 0


NO_EXTRAS: Extras = _Nothing()

Role = Literal["user", "assistant", "system"]
ToolKind = Literal["function", "custom", "hosted"]
Effort = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]


@dataclass(frozen=True, slots=True)
class Origin:
    """Who made a thinking block: a signature is valid only there (THK-2, THK-3)."""

    dialect: str
    model: str
    account: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    text: str
    extras: Extras = NO_EXTRAS


@dataclass(frozen=True, slots=True)
class Image:
    """Exactly one of `data` (base64, no data-URL prefix), `url`, `file_id` is set."""

    media_type: str | None = None
    data: str | None = None
    url: str | None = None
    file_id: str | None = None
    detail: str | None = None
    extras: Extras = NO_EXTRAS


@dataclass(frozen=True, slots=True)
class Document:
    """A PDF or other file. Exactly one of `data` (base64), `text` (plain text), `url`, `file_id` is set."""

    media_type: str | None = None
    data: str | None = None
    text: str | None = None
    url: str | None = None
    file_id: str | None = None
    title: str | None = None
    extras: Extras = NO_EXTRAS


@dataclass(frozen=True, slots=True)
class ToolUse:
    """A call made by the model. `arguments` is the JSON text as the model wrote it ("{}" when it wrote nothing,
    TID-6); for kind "custom" it is free text. `namespace` is Codex's tool namespace."""

    id: str
    name: str
    arguments: str = "{}"
    kind: ToolKind = "function"
    namespace: str | None = None
    extras: Extras = NO_EXTRAS


@dataclass(frozen=True, slots=True)
class Opaque:
    """A block only `dialect` understands (server tools, search results, compaction items, ...). `value` is the block
    as it came, never changed; other dialects leave it out and record the loss. `kind` is its type word there."""

    dialect: str
    kind: str
    value: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ToolResult:
    tool_use_id: str
    content: tuple[Text | Image | Document | Opaque, ...] = ()
    is_error: bool | None = None
    kind: ToolKind = "function"
    extras: Extras = NO_EXTRAS


@dataclass(frozen=True, slots=True)
class Thinking:
    """Reasoning shown or sealed. `signature` is the maker's proof or encrypted content, byte for byte; `redacted`
    means there is no readable text. `origin` None: made by whoever speaks the request's own dialect."""

    text: str = ""
    signature: str | None = None
    redacted: bool = False
    origin: Origin | None = None
    extras: Extras = NO_EXTRAS


Block = Text | Image | Document | ToolUse | ToolResult | Thinking | Opaque


@dataclass(frozen=True, slots=True)
class Message:
    """One turn. Role "system" inside the conversation is allowed (Claude Code and aider send it)."""

    role: Role
    blocks: tuple[Block, ...]
    extras: Extras = NO_EXTRAS


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool offered to the model. kind "function": `schema` is its JSON schema. "custom": free-form input (OpenAI
    custom tools, Codex `exec`). "hosted": run by the provider (web_search_20250305, ...); its whole declaration is
    in ``extras[dialect]``."""

    name: str
    description: str | None = None
    schema: Mapping[str, Any] | None = None
    kind: ToolKind = "function"
    strict: bool | None = None
    namespace: str | None = None
    extras: Extras = NO_EXTRAS


@dataclass(frozen=True, slots=True)
class ToolChoice:
    mode: Literal["auto", "any", "none", "tool"] = "auto"
    name: str | None = None
    extras: Extras = NO_EXTRAS


@dataclass(frozen=True, slots=True)
class Sampling:
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    seed: int | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    stop: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ThinkingConfig:
    """How much to think. `mode` "disabled" | "enabled" (with `budget_tokens`) | "adaptive"; `effort` stands alone or
    beside it. `summary` is whether and how reasoning is shown."""

    mode: Literal["disabled", "enabled", "adaptive"] | None = None
    budget_tokens: int | None = None
    effort: Effort | None = None
    summary: str | None = None


@dataclass(frozen=True, slots=True)
class ResponseFormat:
    kind: Literal["text", "json_object", "json_schema"]
    schema: Mapping[str, Any] | None = None
    name: str | None = None
    strict: bool | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """`model` is the name the caller wrote. `dialect` is the dialect it was decoded from. `system` holds the leading
    system texts; later ones are messages of role "system". `parallel_tool_calls` None means the dialect's default.
    `include_usage` is the chat dialect's stream_options.include_usage (other dialects always report usage)."""

    dialect: str
    model: str
    messages: tuple[Message, ...]
    system: tuple[Text, ...] = ()
    tools: tuple[Tool, ...] = ()
    tool_choice: ToolChoice | None = None
    parallel_tool_calls: bool | None = None
    sampling: Sampling = field(default_factory=Sampling)
    max_tokens: int | None = None
    stream: bool = False
    include_usage: bool = False
    thinking: ThinkingConfig | None = None
    response_format: ResponseFormat | None = None
    user: str | None = None
    extras: Extras = NO_EXTRAS
