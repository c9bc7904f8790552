"""When two streams, answers or requests say the same."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from gateway.chat.events import BlockStart, Delta, Failed, OpaqueDelta, StreamEvent
from gateway.chat.request import (
    ChatRequest,
    Document,
    Image,
    Message,
    Text,
    ToolResult,
    ToolUse,
)
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
    """As `told`, with the deltas of each block together: opaque ones after the others, as `unfold` tells them."""
    plain: list[Any] = []
    block: list[Any] = []
    for event in told(events):
        if isinstance(event, BlockStart) or not isinstance(event, Delta | OpaqueDelta):
            plain += sorted(block, key=lambda item: isinstance(item, OpaqueDelta))
            block = []
            plain.append(event)
        else:
            block.append(event)
    told_again = [event for event in told(plain + block) if isinstance(event, BlockStart | Delta | OpaqueDelta)]
    # A call without arguments folds to "{}" (TID-6).
    return [event for event in told_again if not (isinstance(event, Delta) and event.value == "{}")]


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
    return _SPACE.sub(" ", text).strip()


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
    try:
        return json.loads(block.arguments or "{}")
    except ValueError:
        return block.arguments


def essence(request: ChatRequest) -> Essence:
    found = Essence(prompt=[squeezed(text.text) for text in request.system if text.text.strip()])
    calls: list[str] = []
    for message in request.messages:
        for block in message.blocks:
            _add(found, message, block, calls)
    for tool in request.tools:
        if tool.kind == "function":
            found.tools[tool.name] = (tool.description, _schema(tool.schema))
    return found


def _schema(schema: Any) -> Any:
    return without(dict(schema), ["$schema", "additionalProperties"]) if schema else {}


def _add(found: Essence, message: Message, block: Any, calls: list[str]) -> None:
    if isinstance(block, Text):
        if block.text.strip():
            side = found.answers if message.role == "assistant" else found.prompt
            side.append(squeezed(block.text))
    elif isinstance(block, Image):
        found.images += 1
    elif isinstance(block, Document):
        found.documents += 1
    elif isinstance(block, ToolUse):
        calls.append(block.id)
        found.calls.append((str(len(calls)), block.name, arguments(block)))
    elif isinstance(block, ToolResult):
        if block.tool_use_id in calls:
            found.results.append(len(calls) - 1 - calls[::-1].index(block.tool_use_id))
        for part in block.content:
            _add(found, Message("user", ()), part, calls)
