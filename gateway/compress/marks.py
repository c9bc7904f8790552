"""Prompt-cache marks for a client that set none. Pure.

A provider that needs marks (`cache_control`) caches nothing without them: every turn of a session then pays for its whole
history again. Marks go where the prefix will be the same on the next turn: the last tool, the last system text, the newest
user turn and the user turn before it. The last of these is, to the block, where the request before had its last mark, so it
is found although a provider looks back 20 blocks only; with the newest one that makes at most four, which is all that is
taken.

A mark is no part of what is cached, so that it may move: "blocks that were previously marked with a `cache_control` block
are later not marked with this, but they will still be considered a cache hit" (Anthropic, prompt caching, "Continuing a
multi-turn conversation"; so are the limits of four marks and 20 blocks, that thinking and empty text carry none, and that
marks of one hour come before those of five minutes: all of ours live equally long).

The bytes around a mark never change, and where marks stand depends on the request alone (CMP-3).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from gateway.chat.request import (
    Block,
    ChatRequest,
    Document,
    Extras,
    Image,
    Message,
    Opaque,
    Text,
    Tool,
    ToolResult,
    ToolUse,
)
from gateway.wire.fields import dump

LEAST = 1024
"""Tokens below which no mark is set, where nothing is known of the model."""
_NAMES = ("cache_control", "cachePoint", "prompt_cache_breakpoint")
_HOME = "anthropic"  # every dialect that writes marks reads them there (CCH-7)
_CHARACTERS = 4  # of a token, roughly
_MEDIA = 4096  # characters that an image or a file counts for: its tokens are not known, and not few
_USER_TURNS = 2


def with_marks(request: ChatRequest, ttl: str, least: int = LEAST, *, tools: bool = True) -> ChatRequest:
    """`request` with at most four marks that live for `ttl` ("5m" or "1h"), without one on a tool unless `tools`.

    The same object where the client set any mark of its own (CCH-6), where the prompt has fewer than `least` tokens (so short
    it is not cached), and for a question without history or tools: nothing follows it, and a write costs more than input."""
    if ttl not in ("5m", "1h") or not (request.tools or _has_history(request)):
        return request
    if has_marks(request) or not _is_long(request, least * _CHARACTERS):
        return request
    mark = {"type": "ephemeral"} if ttl == "5m" else {"type": "ephemeral", "ttl": "1h"}
    messages = list(request.messages)
    for at, place in _user_places(request.messages):
        blocks = list(messages[at].blocks)
        blocks[place] = _marked(blocks[place], mark)
        messages[at] = replace(messages[at], blocks=tuple(blocks))
    return replace(
        request,
        messages=tuple(messages),
        system=_with_last(request.system, _carries, mark),
        tools=_with_last(request.tools, _tool_carries, mark) if tools else request.tools,
    )


def has_marks(request: ChatRequest) -> bool:
    """Whether the client has set a mark: on a tool, a system text, a block, inside a tool's result, or for the request."""
    if any(values.get(name) for values in request.extras.values() for name in _NAMES):
        return True
    marked = (_holds_mark(each.extras) for group in (request.tools, request.system) for each in group)
    return any(marked) or any(
        _holds_mark(message.extras) or any(_block_marked(block) for block in message.blocks)
        for message in request.messages
    )


def _block_marked(block: Block) -> bool:
    if isinstance(block, Opaque):
        return _holds_mark(block.value)
    if isinstance(block, ToolResult) and any(_block_marked(part) for part in block.content):
        return True
    return _holds_mark(block.extras)


def _holds_mark(value: Mapping[str, Any]) -> bool:
    """At any depth: blocks of unknown kinds are kept as they came."""
    rest: list[Any] = [value] if value else []
    while rest:
        one = rest.pop()
        if isinstance(one, Mapping):
            if any(one.get(name) for name in _NAMES):
                return True
            rest.extend(one.values())
        elif isinstance(one, list | tuple):
            rest.extend(one)
    return False


def _has_history(request: ChatRequest) -> bool:
    return any(message.role == "assistant" for message in request.messages)


def _user_places(messages: tuple[Message, ...]) -> Iterator[tuple[int, int]]:
    """(message, block) of the last block that takes a mark, of each of the newest two user turns. A turn is all that stands
    between two answers of the model: clients of other dialects send each tool's result as a message."""
    found, open_turn = 0, True
    for at in range(len(messages) - 1, -1, -1):
        message = messages[at]
        if message.role == "assistant":
            open_turn = True
        elif open_turn and message.role == "user":
            place = next((at for at in range(len(message.blocks) - 1, -1, -1) if _carries(message.blocks[at])), None)
            if place is None:
                continue
            yield at, place
            found, open_turn = found + 1, False
            if found == _USER_TURNS:
                return


def _carries(block: Block) -> bool:
    if isinstance(block, Text):
        return bool(block.text.strip()) and not block.extras.get(_HOME, {}).get("$raw")
    return isinstance(block, Image | Document | ToolResult)


def _tool_carries(tool: Tool) -> bool:
    """A tool that is loaded on demand takes none, and one that a provider runs may not reach this one."""
    return tool.kind != "hosted" and not any(values.get("defer_loading") for values in tool.extras.values())


def _with_last(values: tuple[Any, ...], carries: Any, mark: Mapping[str, Any]) -> tuple[Any, ...]:
    for at in range(len(values) - 1, -1, -1):
        if carries(values[at]):
            return (*values[:at], _marked(values[at], mark), *values[at + 1 :])
    return values


def _marked(value: Any, mark: Mapping[str, Any]) -> Any:
    extras: Extras = value.extras
    return replace(value, extras={**extras, _HOME: {**extras.get(_HOME, {}), "cache_control": dict(mark)}})


def _is_long(request: ChatRequest, least: int) -> bool:
    """Whether the prompt has `least` characters; looks no further than needed."""
    seen = 0
    for length in _lengths(request):
        seen += length
        if seen >= least:
            return True
    return False


def _lengths(request: ChatRequest) -> Iterator[int]:
    for text in request.system:
        yield len(text.text)
    for message in request.messages:
        for block in message.blocks:
            yield from _block_lengths(block)
    for tool in request.tools:
        yield len(tool.name) + len(tool.description or "") + (len(dump(tool.schema)) if tool.schema else 0)


def _block_lengths(block: Block) -> Iterator[int]:
    if isinstance(block, ToolResult):
        for part in block.content:
            yield from _block_lengths(part)
    elif isinstance(block, ToolUse):
        yield len(block.name) + len(block.arguments)
    elif isinstance(block, Image):
        yield _MEDIA
    elif isinstance(block, Document):
        yield _MEDIA if block.text is None else len(block.text)
    elif isinstance(block, Opaque):
        yield len(dump(block.value))
    else:
        yield len(block.text)
