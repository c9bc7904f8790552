"""Sessions of a coding agent, made of real outputs: an ask, then call after call, each with what the tool said."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tests.eval.compress.keeping import Case

TOOLS = [
    {
        "name": name,
        "description": f"{does} Use it whenever the task needs that, and read what it says with care. " * 4,
        "input_schema": {
            "type": "object",
            "properties": {field: {"type": "string", "description": f"the {field} to use"}},
            "required": [field],
        },
    }
    for name, does, field in (
        ("Bash", "Runs a shell command.", "command"),
        ("Read", "Reads a file.", "file_path"),
        ("Edit", "Changes a file.", "file_path"),
        ("Grep", "Searches files.", "pattern"),
        ("Glob", "Lists files.", "pattern"),
        ("WebFetch", "Fetches a page.", "url"),
    )
]
SYSTEM = "You are a coding agent. Work in small steps, look before you change, and tell what you did. " * 40


@dataclass(frozen=True)
class Turn:
    """A request's messages, and the seconds since the session began."""

    messages: list[dict[str, Any]]
    at: float


def session(cases: Sequence[Case], seed: int, turns: int) -> list[Turn]:
    """`turns` requests whose history grows; people pause now and then for longer than a cache lives."""
    dice = random.Random(seed)
    messages: list[dict[str, Any]] = [{"role": "user", "content": [_text(f"Task {seed}: make the build green again.")]}]
    found = [Turn(list(messages), 0.0)]
    at = 0.0
    while len(found) < turns:
        case = dice.choice(cases)
        use = f"toolu_{seed:02d}{len(found):04d}"
        call = {"type": "tool_use", "id": use, "name": "Bash", "input": {"command": case.command}}
        messages.append({"role": "assistant", "content": [_text(f"Step {len(found)}: let me look."), call]})
        result = {"type": "tool_result", "tool_use_id": use, "content": case.text}
        said: list[dict[str, Any]] = [result]
        if dice.random() < 0.1:
            said.append(_text("And keep the change small, please."))
        messages.append({"role": "user", "content": said})
        at += dice.choice([5.0, 12.0, 40.0, 90.0]) if dice.random() > 0.04 else 900.0
        found.append(Turn(list(messages), at))
    return found


def _text(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


def marked(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """With the marks that Claude Code sets: at the end of the last two turns of the user."""
    users = [at for at, message in enumerate(messages) if message["role"] == "user"][-2:]
    mark = {"cache_control": {"type": "ephemeral"}}
    return [
        {**message, "content": [*message["content"][:-1], {**message["content"][-1], **mark}]}
        if at in users
        else message
        for at, message in enumerate(messages)
    ]
