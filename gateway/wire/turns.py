"""A conversation as strict providers take it: alternating turns, tool results first and each beside its call.

Used by dialects whose providers refuse what Anthropic and OpenAI clients send: system messages in the middle, several
messages of one role in a row, blank texts, results without their call.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from gateway.chat.request import (
    Block,
    ChatRequest,
    Extras,
    Message,
    Opaque,
    Origin,
    Role,
    Text,
    Thinking,
    ToolResult,
    ToolUse,
)
from gateway.chat.signatures import unseal

from . import fields
from .losses import foreign_fields
from .profile import Profile

NO_RESULT = "No result was recorded for this call."


class Placed(NamedTuple):
    """A block and where it came from, as losses name it: ``messages[3]``."""

    block: Block
    path: str


@dataclass(slots=True)
class Turn:
    role: Role
    blocks: list[Placed]


class Losses:
    """What could not be carried over, in order, each path once."""

    __slots__ = ("_paths",)

    def __init__(self) -> None:
        self._paths: dict[str, None] = {}

    def add(self, path: str) -> None:
        self._paths[path] = None

    def foreign(self, path: str, extras: Extras, dialect: str, carried: frozenset[str] = frozenset()) -> None:
        """Every field in the extras of other dialects, but those this encoder translates (`carried`)."""
        for name, field, _ in foreign_fields(extras, dialect):
            if field not in carried:
                self.add(f"{path}.{field}" if path else f"extras.{name}.{field}")

    def paths(self) -> tuple[str, ...]:
        return tuple(self._paths)


def turns(
    request: ChatRequest,
    profile: Profile,
    dialect: str,
    losses: Losses,
    *,
    keep_system: bool = False,
    carried: frozenset[str] = frozenset(),
) -> list[Turn]:
    """The messages of `request` as turns of alternating roles.

    System messages become user text in ``<system-reminder>`` tags, the way Claude Code itself words them for models without
    such messages (unless `keep_system`). Blank texts go (EMP-3, EMP-4). In user turns the results of the calls of the turn
    before come first, in the order of the calls (TID-2); a result without its call becomes a text that says so (TID-3); a
    call that was never answered gets an error result, since these providers refuse the conversation otherwise. Without
    `profile.tools`, calls and results become text.
    """
    found: list[Turn] = []
    for position, message in enumerate(request.messages):
        path = f"messages[{position}]"
        losses.foreign(path, message.extras, dialect)
        role, blocks = _spoken(message, keep_system)
        placed: list[Placed] = []
        for block in blocks:
            if not isinstance(block, Opaque):
                losses.foreign(path, block.extras, dialect, carried)
            if isinstance(block, Text) and not block.text.strip() and dialect not in block.extras:
                continue
            if not profile.tools and isinstance(block, ToolUse | ToolResult):
                losses.add(f"{path}.{'tool_use' if isinstance(block, ToolUse) else 'tool_result'}")
                placed.extend(Placed(text, path) for text in _as_text(block))
                continue
            placed.append(Placed(block, path))
        if not placed:
            continue
        if found and found[-1].role == role:
            found[-1].blocks.extend(placed)
        else:
            found.append(Turn(role, placed))
    return list(_paired(found, losses))


def _spoken(message: Message, keep_system: bool) -> tuple[Role, Iterable[Block]]:
    if message.role != "system" or keep_system:
        return message.role, message.blocks
    return "user", [
        replace(block, text=f"<system-reminder>\n{block.text}\n</system-reminder>")
        if isinstance(block, Text) and block.text.strip()
        else block
        for block in message.blocks
    ]


def _as_text(block: ToolUse | ToolResult) -> Iterator[Block]:
    if isinstance(block, ToolUse):
        yield Text(f"[Called the tool {block.name} with {block.arguments}]")
        return
    yield Text(f"[Result of the tool call {block.tool_use_id}]")
    yield from block.content


def _paired(found: list[Turn], losses: Losses) -> Iterator[Turn]:
    open_calls: dict[str, ToolUse] = {}
    for turn in found:
        if turn.role == "user":
            turn = Turn("user", _results_first(turn.blocks, open_calls, losses))
            open_calls = {}
        elif turn.role == "assistant":
            open_calls = {placed.block.id: placed.block for placed in turn.blocks if isinstance(placed.block, ToolUse)}
        yield turn


def _results_first(blocks: list[Placed], open_calls: dict[str, ToolUse], losses: Losses) -> list[Placed]:
    results: dict[str, Placed] = {}
    rest: list[Placed] = []
    for placed in blocks:
        block = placed.block
        if not isinstance(block, ToolResult):
            rest.append(placed)
        elif block.tool_use_id in open_calls and block.tool_use_id not in results:
            results[block.tool_use_id] = placed
        else:
            losses.add(f"{placed.path}.tool_result")
            note = f"[Result of the tool call {block.tool_use_id}, which is no longer part of this conversation]"
            rest.append(Placed(Text(note), placed.path))
            rest.extend(Placed(part, placed.path) for part in block.content if not _is_blank(part))
    if not open_calls or not blocks:
        return rest
    missing = ToolResult("", (Text(NO_RESULT),), is_error=True)
    path = blocks[0].path
    first = [results.get(id) or Placed(replace(missing, tool_use_id=id), path) for id in open_calls]
    return first + rest


def _is_blank(block: Block) -> bool:
    return isinstance(block, Text) and not block.text.strip()


def own_signature(block: Thinking, request: ChatRequest, dialect: str, profile: Profile) -> tuple[bool, str | None]:
    """(whether `block` may go to this target, its signature there). A block goes back only to the dialect and model that
    made it (THK-2, THK-3, THK-7); one of unknown origin only to the dialect the client itself speaks."""
    origin, signature = block.origin, block.signature
    if origin is None and signature:
        origin, signature = unseal(signature)
    if origin is None:
        return request.dialect == dialect, signature
    return origin.dialect == dialect and origin.model == profile.model, signature


def arguments_object(block: ToolUse) -> tuple[dict[str, object], bool]:
    """The arguments as the JSON object these providers want, and whether nothing was changed for it. Free text (kind
    "custom") is wrapped as ``{"input": text}``; nothing becomes ``{}`` (TID-6)."""
    if block.kind == "custom":
        return {"input": block.arguments}, True
    if not block.arguments.strip():
        return {}, True
    try:
        value = fields.load(block.arguments.encode("utf-8", "surrogatepass"))
    except ValueError:
        value = None
    return (value, True) if isinstance(value, dict) else ({"input": block.arguments}, False)


CUSTOM_SCHEMA = {"type": "object", "properties": {"input": {"type": "string"}}, "required": ["input"]}
"""What a free-form tool (kind "custom") is offered as where only function tools exist."""


def system_text(blocks: Iterable[Text]) -> list[Text]:
    return [block for block in blocks if block.text.strip()]


def own_signature_of_answer(signature: str, origin: Origin) -> tuple[str, Origin]:
    """A signature in an answer with who made it: `origin`, unless it is already sealed (an answer out of a cache)."""
    sealed, opened = unseal(signature)
    return (opened, sealed) if sealed is not None else (signature, origin)
