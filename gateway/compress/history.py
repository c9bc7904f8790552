"""The oldest turns of a conversation left out where it would not fit the model; whole pairs of calls and results (TID-1).

Where it is cut depends on the messages up to the cut alone, never on the distance from the end: the conversation is gone
through as it grew, and whenever it would have passed `MOST` of the window, its beginning goes until `AFTER` of it is left.
So a cut once made stays where it is, and with it the provider's cache, until the next one is due.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from gateway.chat.request import (
    Block,
    ChatRequest,
    Document,
    Image,
    Message,
    Opaque,
    Text,
    Thinking,
    ToolResult,
    ToolUse,
)
from gateway.wire.fields import dump

MOST = 0.9
AFTER = 0.5
CHARACTERS_PER_TOKEN = 3.5  # code and JSON take more tokens than prose: rather too many than one too few
PICTURE = 1_600
NOTE = "[{count} earlier messages of this conversation are left out here: it would not fit the model. Ask for what you miss.]"


def fitted(request: ChatRequest, window: int) -> tuple[ChatRequest, int]:
    """(`request` for a model that holds `window` tokens, how many messages were left out). The same object where nothing is
    to go, or where not even the last turns would fit: then the provider says so."""
    answer = request.max_tokens or 0
    room = (window - min(answer, window // 2)) * MOST - _fixed(request)
    sizes = [_size(message) for message in request.messages]
    if sum(sizes) <= room or room <= 0:
        return request, 0
    cut = _cut(request.messages, sizes, room)
    if cut <= 1:
        return request, 0
    first = request.messages[0]
    note = Text(NOTE.format(count=cut - 1))
    messages = (replace(first, blocks=(*first.blocks, note)), *request.messages[cut:])
    return replace(request, messages=messages), cut - 1


def _cut(messages: Sequence[Message], sizes: Sequence[int], room: float) -> int:
    """Where what is kept begins: behind the first message, which holds the task and always stays."""
    closed = _closed(messages)
    cut, held = 1, sizes[0] if sizes else 0
    for at in range(1, len(messages)):
        held += sizes[at]
        if held <= room:
            continue
        whole = held
        for end in range(cut + 1, at + 1):
            held -= sizes[end - 1]
            if closed[end] and (held <= room * AFTER / MOST or not any(closed[end + 1 : at + 1])):
                cut = end
                break
        else:
            held = whole  # nowhere to cut
    return cut


def _closed(messages: Sequence[Message]) -> list[bool]:
    """For each message, whether it may be the first that is kept: a turn of the model, which follows the task well, before
    which every call has its result."""
    waiting: set[str] = set()
    closed = []
    for message in messages:
        closed.append(message.role == "assistant" and not waiting)
        for block in message.blocks:
            if isinstance(block, ToolUse):
                waiting.add(block.id)
            elif isinstance(block, ToolResult):
                waiting.discard(block.tool_use_id)
    return closed


def _fixed(request: ChatRequest) -> int:
    texts = sum(len(text.text) for text in request.system)
    tools = sum(len(tool.name) + len(tool.description or "") + len(dump(tool.schema or {})) for tool in request.tools)
    return math.ceil((texts + tools) / CHARACTERS_PER_TOKEN)


def _size(message: Message) -> int:
    return 4 + sum(_block(block) for block in message.blocks)


def _block(block: Block) -> int:
    if isinstance(block, Text):
        return _tokens(block.text)
    if isinstance(block, ToolUse):
        return 8 + _tokens(block.arguments)
    if isinstance(block, ToolResult):
        return 8 + sum(_block(part) for part in block.content)
    if isinstance(block, Thinking):
        return _tokens(block.text)
    if isinstance(block, Image):
        return PICTURE
    if isinstance(block, Document):
        return _tokens(block.text or "") + len(block.data or "") // 12
    return math.ceil(len(dump(block.value)) / CHARACTERS_PER_TOKEN) if isinstance(block, Opaque) else 0


def _tokens(text: str) -> int:
    return math.ceil(len(text) / CHARACTERS_PER_TOKEN)
