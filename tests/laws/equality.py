"""When two streams, answers or requests say the same."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace
from typing import Any

from gateway.chat.events import BlockStart, Delta, Failed, OpaqueDelta, StreamEvent
from gateway.chat.request import (
    NO_EXTRAS,
    ChatRequest,
    Document,
    Image,
    Message,
    Opaque,
    Text,
    ToolResult,
    ToolUse,
)
from gateway.chat.response import ChatResponse
from gateway.chat.usage import Usage
from gateway.wire.sse import FrameSplitter


def told(events: Iterable[StreamEvent]) -> list[Any]:
    """Events in a form that compares: neighbouring deltas joined, empty ones left out, errors by class and words."""
    joined: list[Any] = []
    for event in events:
        if isinstance(event, Delta):
            if not event.value:
                continue
            last = joined[-1] if joined else None
            if isinstance(last, Delta) and (last.index, last.kind) == (event.index, event.kind):
                joined[-1] = replace(last, value=last.value + event.value)
                continue
        joined.append((type(event.error), event.error.message) if isinstance(event, Failed) else event)
    return joined


def by_block(events: Iterable[StreamEvent]) -> list[Any]:
    """For every block, in order of starts: its start, its text by kind of delta, then its opaque deltas."""
    blocks: dict[int, list[Any]] = {}
    texts: dict[tuple[int, str], str] = {}
    for event in events:
        if isinstance(event, BlockStart):
            blocks[event.index] = [event]
        elif isinstance(event, Delta):
            texts[event.index, event.kind] = texts.get((event.index, event.kind), "") + event.value
        elif isinstance(event, OpaqueDelta) and event.index in blocks:
            blocks[event.index].append(event)
    # A call without arguments folds to "{}" (TID-6).
    kept = sorted((index, kind, text) for (index, kind), text in texts.items() if text not in ("", "{}"))
    return [*blocks.items(), *kept]


def bare(block: Any) -> Any:
    """A block without extras (what came in deltas and what came at once are kept in different places there) and with
    arguments written one way."""
    if isinstance(block, Opaque):
        return block
    if isinstance(block, ToolUse) and block.kind == "function":
        block = replace(block, arguments=json.dumps(arguments(block)))
    return replace(block, extras=NO_EXTRAS)


def counted(usage: Usage) -> tuple[int, ...]:
    """Nothing reported and zero are the same here: dialects write zeros where they must. What is no count is left out."""
    return tuple(getattr(usage, item.name) or 0 for item in fields(usage) if item.compare)


def meaning(answer: ChatResponse) -> list[Any]:
    """What an answer says, free of its dialect."""
    return [
        [bare(block) for block in answer.blocks],
        answer.finish_reason,
        answer.stop_sequence,
        counted(answer.usage),
    ]


def payloads(data: bytes, suffix: str) -> list[Any] | None:
    """The JSON objects of a text stream; None for binary ones, which are compared as events only."""
    if suffix == ".bin":
        return None
    if suffix == ".jsonl":
        return [json.loads(line) for line in data.splitlines() if line.strip()]
    splitter = FrameSplitter()
    frames = [*splitter.feed(data), *splitter.end()]
    texts = [frame.data for frame in frames if frame.data is not None]
    return [text.decode() if text == b"[DONE]" else json.loads(text) for text in texts]


def _holds(value: Any, pattern: Any) -> bool:
    if isinstance(pattern, dict):
        return isinstance(value, dict) and all(name in value and _holds(value[name], pattern[name]) for name in pattern)
    return bool(value == pattern)


def without(value: Any, dotted: Iterable[str]) -> Any:
    """A copy of `value` without the fields named (``a.b``, ``*`` for any list index)."""
    value = json.loads(json.dumps(value))
    for name in dotted:
        _drop(value, name.split("."))
    return value


def _drop(value: Any, steps: list[str]) -> None:
    if steps[0] == "*" and isinstance(value, list):
        for item in value:
            _drop(item, steps[1:])
    elif isinstance(value, dict) and steps[0] in value:
        if len(steps) == 1:
            del value[steps[0]]
        else:
            _drop(value[steps[0]], steps[1:])


def normal(found: list[Any], rules: dict[str, Any]) -> list[Any]:
    """Payloads without what a dialect declares to change."""
    kept = [item for item in found if not any(_holds(item, pattern) for pattern in rules.get("ignore_payloads", ()))]
    result: list[Any] = []
    for item in kept:
        bare = without(item, rules.get("ignore_fields", ()))
        for leaf in rules.get("join", ()):
            if result and _joined(result, bare, leaf.split(".")):
                break
        else:
            result.append(bare)
    return result


def _joined(result: list[Any], item: Any, steps: list[str]) -> bool:
    before, after = _leaf(result[-1], steps), _leaf(item, steps)
    if before is None or after is None:
        return False
    dotted = [".".join(steps)]
    if without(result[-1], dotted) != without(item, dotted):
        return False
    parent = result[-1]
    for step in steps[:-1]:
        parent = parent[int(step)] if isinstance(parent, list) else parent[step]
    parent[steps[-1]] = before + after
    return True


def _leaf(value: Any, steps: list[str]) -> str | None:
    for step in steps:
        if isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        elif isinstance(value, dict) and step in value:
            value = value[step]
        else:
            return None
    return value if isinstance(value, str) else None


_SPACE = re.compile(r"\s+")


def squeezed(text: str) -> str:
    """Without any white space: dialects join texts with or without it."""
    return _SPACE.sub("", text)


@dataclass
class Essence:
    """What must survive a crossing unless a loss names it."""

    prompt: list[str] = field(default_factory=list)
    """Texts of system and user, tool results included, in order."""
    answers: list[str] = field(default_factory=list)
    """Texts of the assistant."""
    calls: list[tuple[str, str, Any]] = field(default_factory=list)
    """(place of the call, name, arguments); ids may be rewritten."""
    results: list[int] = field(default_factory=list)
    """For each result, which call it answers."""
    images: int = 0
    documents: int = 0
    tools: dict[str, Any] = field(default_factory=dict)


def arguments(block: ToolUse) -> Any:
    """The input of a call; free text and its wrapping ``{"input": text}`` are the same."""
    try:
        value = json.loads(block.arguments or "{}")
    except ValueError:
        return block.arguments
    return value["input"] if isinstance(value, dict) and set(value) == {"input"} else value


def called(block: ToolUse) -> str:
    """The name of a call without its namespace, which dialects that have none write in front."""
    return block.name.rsplit("__", 1)[-1]


def essence(request: ChatRequest) -> Essence:
    found = Essence(prompt=[squeezed(text.text) for text in request.system if text.text.strip()])
    calls: list[str] = []
    for message in request.messages:
        for block in message.blocks:
            _add(found, message, block, calls)
    for tool in request.tools:
        if tool.kind == "function":
            found.tools[tool.name.rsplit("__", 1)[-1]] = (tool.description or "", *_schema(tool.schema))
    return found


def _schema(schema: Any) -> tuple[list[str], list[str]]:
    """Names of the properties and of those required: keywords may be rewritten for a provider (SCH-1)."""
    schema = schema or {}
    return sorted(schema.get("properties") or {}), sorted(schema.get("required") or ())


def _plain(block: Document) -> str | None:
    """The text of a text document, which may travel as text."""
    if block.data is not None and (block.media_type or "").startswith("text/"):
        return base64.b64decode(block.data).decode("utf-8", "replace")
    return block.text


def _add(found: Essence, message: Message, block: Any, calls: list[str]) -> None:
    if isinstance(block, Text):
        if block.text.strip():
            side = found.answers if message.role == "assistant" else found.prompt
            side.append(squeezed(block.text))
    elif isinstance(block, Image):
        found.images += 1
    elif isinstance(block, Document):
        text = _plain(block)
        if text is None:
            found.documents += 1
        else:
            found.prompt.append(squeezed(text))
    elif isinstance(block, ToolUse):
        calls.append(block.id)
        found.calls.append((str(len(calls)), called(block), arguments(block)))
    elif isinstance(block, ToolResult):
        if block.tool_use_id in calls:
            found.results.append(len(calls) - 1 - calls[::-1].index(block.tool_use_id))
        for part in block.content:
            _add(found, Message("user", ()), part, calls)
