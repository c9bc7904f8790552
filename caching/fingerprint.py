"""What makes two requests the same, as 32 bytes. Pure.

A request is written as one text in which every value says its kind and its length, so that no two requests write the same,
and that text is hashed. Not written, as they change nothing of the answer: whether it streams, the model's name as the
caller wrote it (what is served stands in `surroundings`), and in extras what `caching.form` takes out. The dialect is
written only beside a wish for thinking, whose fields mean something else in each dialect. JSON objects keep the order of
their fields, since a schema's order shapes the answer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from json import JSONEncoder
from typing import Any

from gateway.chat.request import (
    Block,
    ChatRequest,
    Document,
    Extras,
    Image,
    Message,
    Opaque,
    ResponseFormat,
    Sampling,
    Text,
    Thinking,
    ThinkingConfig,
    Tool,
    ToolChoice,
    ToolResult,
    ToolUse,
)

from .form import without_form
from .pieces import Parted, parted

_FORMAT = "lynkr answer 1"
_LARGE = 65_536
_dump = JSONEncoder(separators=(",", ":"), default=repr).encode
Out = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Split:
    """A request taken apart for a search by meaning. `ask`: the prose that is asked. `context`: 32 bytes over all else,
    `surroundings` included, in which pasted code and where it stands are to the letter. `attached`: something stands beside
    the ask that it may speak of: earlier turns, pasted text, other blocks of its turn."""

    ask: str
    context: bytes
    attached: bool = False


@dataclass(frozen=True, slots=True)
class _Hole:
    """Where the ask was."""

    message: int
    block: int
    parted: Parted


def exact_key(request: ChatRequest, surroundings: Sequence[str]) -> bytes:
    """32 bytes; equal for two requests only if the same answer may serve both. `surroundings` are what counts beside the
    request, in a fixed order: scope, target, its address, version of the policy, beta headers."""
    return _hashed(request, surroundings, None)


def split(request: ChatRequest, surroundings: Sequence[str] = ()) -> Split | None:
    """None when the newest turn is not a person's, or holds no prose. Texts that a client puts in after the ask (reminders)
    are context."""
    hole = _hole(request)
    if hole is None:
        return None
    turn = request.messages[hole.message]
    beside = bool(hole.parted.before or hole.parted.after or len(turn.blocks) > 1)
    earlier = any(message.role != "system" for message in request.messages[: hole.message])
    return Split(hole.parted.ask, _hashed(request, surroundings, hole), beside or earlier)


def _hole(request: ChatRequest) -> _Hole | None:
    for place in range(len(request.messages) - 1, -1, -1):
        message = request.messages[place]
        if message.role == "system":
            continue
        if message.role != "user":
            return None
        for number in range(len(message.blocks) - 1, -1, -1):
            block = message.blocks[number]
            if isinstance(block, Text) and (found := parted(block.text)) is not None:
                return _Hole(place, number, found)
        return None
    return None


def _hashed(request: ChatRequest, surroundings: Sequence[str], hole: _Hole | None) -> bytes:
    written: list[str] = []
    out = written.append
    _string(out, _FORMAT if hole is None else _FORMAT + " context")
    out(f"{len(surroundings)};")
    for value in surroundings:
        _string(out, value)
    _request(out, request, hole)
    return hashlib.sha256("".join(written).encode("utf-8", "surrogatepass")).digest()


def _string(out: Out, value: str | None) -> None:
    if value is None:
        out("-")
    elif len(value) < _LARGE:
        out(f"{len(value)}:{value}")
    else:
        # Not copied once more; the letter tells it from a text that reads like a digest.
        out("h" + hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest())


def _plain(out: Out, value: bool | int | None) -> None:
    out("-" if value is None else f"{value!r};")


def _number(out: Out, value: float | None) -> None:
    """0 and 0.0 are one temperature."""
    out("-" if value is None else f"{float(value)!r};")


def _json(out: Out, value: Mapping[str, Any] | None) -> None:
    _string(out, None if value is None else _dump(value))


def _request(out: Out, request: ChatRequest, hole: _Hole | None) -> None:
    out(f"S{len(request.system)};")
    for place, text in enumerate(request.system):
        _string(out, text.text)
        _extras(out, text.extras, first=place == 0)
    out(f"M{len(request.messages)};")
    for place, message in enumerate(request.messages):
        _message(out, message, hole if hole is not None and hole.message == place else None)
    out(f"T{len(request.tools)};")
    for tool in request.tools:
        _tool(out, tool)
    _choice(out, request.tool_choice)
    _plain(out, request.parallel_tool_calls)
    _sampling(out, request.sampling)
    _plain(out, request.max_tokens)
    _thinking_config(out, request.thinking, request.dialect)
    _format(out, request.response_format)
    _string(out, request.user)
    _extras(out, request.extras, whole=True)


def _message(out: Out, message: Message, hole: _Hole | None) -> None:
    out(f"{message.role}{len(message.blocks)};")
    for number, block in enumerate(message.blocks):
        if hole is not None and hole.block == number and isinstance(block, Text):
            out("?")
            _string(out, hole.parted.before)
            _string(out, hole.parted.after)
            _extras(out, block.extras)
        else:
            _block(out, block)
    _extras(out, message.extras)


def _block(out: Out, block: Block) -> None:
    if isinstance(block, Text):
        out("t")
        _string(out, block.text)
    elif isinstance(block, ToolUse):
        out("u")
        for value in (block.id, block.name, block.arguments, block.kind, block.namespace):
            _string(out, value)
    elif isinstance(block, ToolResult):
        out("r")
        _string(out, block.tool_use_id)
        _plain(out, block.is_error)
        _string(out, block.kind)
        out(f"{len(block.content)};")
        for part in block.content:
            _block(out, part)
    elif isinstance(block, Thinking):
        out("k")
        _string(out, block.text)
        _string(out, block.signature)
        _plain(out, block.redacted)
        origin = block.origin
        for value in (None,) if origin is None else (origin.dialect, origin.model, origin.account):
            _string(out, value)
    elif isinstance(block, Image):
        out("i")
        for value in (block.media_type, block.data, block.url, block.file_id, block.detail):
            _string(out, value)
    elif isinstance(block, Document):
        out("d")
        for value in (block.media_type, block.data, block.text, block.url, block.file_id, block.title):
            _string(out, value)
    else:
        _opaque(out, block)
        return
    _extras(out, block.extras)


def _opaque(out: Out, block: Opaque) -> None:
    out("o")
    _string(out, block.dialect)
    _string(out, block.kind)
    _json(out, {name: value for name, value in block.value.items() if name != "cache_control"})


def _tool(out: Out, tool: Tool) -> None:
    for value in (tool.name, tool.description, tool.kind, tool.namespace):
        _string(out, value)
    _json(out, tool.schema)
    _plain(out, tool.strict)
    _extras(out, tool.extras)


def _choice(out: Out, choice: ToolChoice | None) -> None:
    if choice is None:
        out("-")
        return
    _string(out, choice.mode)
    _string(out, choice.name)
    _extras(out, choice.extras)


def _sampling(out: Out, sampling: Sampling) -> None:
    for number in (sampling.temperature, sampling.top_p, sampling.presence_penalty, sampling.frequency_penalty):
        _number(out, number)
    _plain(out, sampling.top_k)
    _plain(out, sampling.seed)
    out(f"{len(sampling.stop)};")
    for word in sampling.stop:
        _string(out, word)


def _thinking_config(out: Out, config: ThinkingConfig | None, dialect: str) -> None:
    """An effort alone turns thinking on in some dialects and not in others, so the dialect counts."""
    if config is None:
        out("-")
        return
    for value in (dialect, config.mode, config.effort, config.summary):
        _string(out, value)
    _plain(out, config.budget_tokens)


def _format(out: Out, wanted: ResponseFormat | None) -> None:
    if wanted is None:
        out("-")
        return
    for value in (wanted.kind, wanted.name, wanted.description):
        _string(out, value)
    _json(out, wanted.schema)
    _plain(out, wanted.strict)


def _extras(out: Out, extras: Extras, *, whole: bool = False, first: bool = False) -> None:
    """`whole`: of the request itself. `first`: of the first system text."""
    if not extras:
        out("-")
        return
    kept = []
    for dialect in sorted(extras):
        values = without_form(dialect, extras[dialect], whole, first)
        if values:
            kept.append((dialect, values))
    if not kept:
        out("-")
        return
    out(f"x{len(kept)};")
    for dialect, values in kept:
        _string(out, dialect)
        out(f"{len(values)};")
        for name in sorted(values):
            _string(out, name)
            _string(out, _dump(values[name]))
