"""The tool results of a request: what made each, and the request with other texts in their places. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from gateway.chat.request import ChatRequest, Message, Text, ToolResult, ToolUse
from gateway.wire.fields import dump, load

from . import SHORTEST, compress

_MAIN = (
    "command",
    "cmd",
    "script",
    "file_path",
    "path",
    "target_file",
    "filename",
    "notebook_path",
    "pattern",
    "query",
)
_REMINDER = "<system-reminder>"
_ENVELOPE = 400


@dataclass(frozen=True, slots=True)
class Job:
    """A text that `tool` gave back for `command`."""

    text: str
    command: str
    tool: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a job's text stands: message, block, part. `new`: behind the last turn of the model, so that no provider has
    seen it yet."""

    message: int
    block: int
    part: int
    job: Job
    new: bool


def command_of(use: ToolUse) -> str:
    """The command line of a shell's call, of another tool its main argument; "" when there is none."""
    if use.kind == "custom":
        return use.arguments
    try:
        arguments = load(use.arguments.encode("utf-8", "surrogatepass"))
    except ValueError:
        return ""
    if not isinstance(arguments, dict):
        return ""
    for name in _MAIN:
        value = arguments.get(name)
        if isinstance(value, str):
            return value
        if isinstance(value, list) and value and all(isinstance(word, str) for word in value):
            # Codex: ["bash", "-lc", "the command line"]
            return value[2] if len(value) == 3 and value[1] in ("-c", "-lc") else " ".join(value)
    return ""


def places(request: ChatRequest) -> list[Place]:
    """Every text of a tool's result whose call is in the request, but for those too short to look at."""
    uses: dict[str, tuple[str, str]] = {}
    found: list[Place] = []
    last = max((at for at, message in enumerate(request.messages) if message.role == "assistant"), default=-1)
    for at, message in enumerate(request.messages):
        for place, block in enumerate(message.blocks):
            if isinstance(block, ToolUse):
                uses[block.id] = (block.name, command_of(block))
            elif isinstance(block, ToolResult) and block.tool_use_id in uses:
                tool, command = uses[block.tool_use_id]
                found.extend(
                    Place(at, place, index, Job(part.text, command, tool), at > last)
                    for index, part in enumerate(block.content)
                    if isinstance(part, Text) and len(part.text) >= SHORTEST
                )
    return found


def with_texts(request: ChatRequest, changed: Sequence[tuple[Place, str]]) -> ChatRequest:
    """`request` with these texts in their places; nothing else of it changes."""
    if not changed:
        return request
    by_message: dict[int, dict[int, dict[int, str]]] = {}
    for place, text in changed:
        by_message.setdefault(place.message, {}).setdefault(place.block, {})[place.part] = text
    messages = list(request.messages)
    for at, blocks in by_message.items():
        messages[at] = _message(messages[at], blocks)
    return replace(request, messages=tuple(messages))


def _message(message: Message, changed: Mapping[int, Mapping[int, str]]) -> Message:
    blocks = list(message.blocks)
    for at, parts in changed.items():
        block = blocks[at]
        assert isinstance(block, ToolResult)
        content = list(block.content)
        for index, text in parts.items():
            part = content[index]
            assert isinstance(part, Text)
            content[index] = replace(part, text=text)
        blocks[at] = replace(block, content=tuple(content))
    return replace(message, blocks=tuple(blocks))


def made_of(job: Job) -> tuple[str, str]:
    """(the text to send, the pass that made it: "" where it is the text that came). What a client puts around a tool's
    output (Codex's head, Claude Code's exit code and reminders) stays to the letter."""
    head, body, tail = _unwrapped(job.text)
    quoted = _quoted(body) if not head else None
    if quoted is not None:
        made = compress(quoted["output"], job.command, job.tool)
        text = dump({**quoted, "output": made.text}).decode() if made.name else job.text
    else:
        made = compress(body, job.command, job.tool)
        text = head + made.text + tail
    return (text, made.name) if made.name and len(text) < len(job.text) else (job.text, "")


def _unwrapped(text: str) -> tuple[str, str, str]:
    head = tail = ""
    mark = text.find("\nOutput:\n", 0, _ENVELOPE)  # Codex: exit code and wall time, then the output
    if mark >= 0 and ("Wall time" in text[:mark] or "xit code" in text[:mark] or "xited with code" in text[:mark]):
        head, text = text[: mark + 9], text[mark + 9 :]
    elif text.startswith("Exit code "):  # Claude Code: a command that failed
        line, _, rest = text.partition("\n")
        head, text = line + "\n", rest
    reminder = text.find(_REMINDER)
    if reminder >= 0:
        text, tail = text[:reminder], text[reminder:]
    return head, text, tail


def _quoted(text: str) -> dict[str, Any] | None:
    """Codex's older shell: {"output": "...", "metadata": {...}}."""
    if not text.startswith('{"output":'):
        return None
    try:
        value = load(text.encode("utf-8", "surrogatepass"))
    except ValueError:
        return None
    told = isinstance(value, dict) and isinstance(value.get("output"), str) and set(value) <= {"output", "metadata"}
    return value if told else None
