"""The last thing the human asked, freed of what harnesses wrap around it.

Tool-loop turns keep the ask they serve, so that a tier does not change inside a loop (FBK-11).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from gateway.chat.request import ChatRequest, Image, Message, Text, ToolResult, ToolUse

_INJECTED = re.compile(
    r"<(system-reminder|environment_context|environment_details|user_instructions|ide_[a-z_]+|command-[a-z]+|local-command-[a-z]+|"
    r"additional_data|open_and_recently_viewed_files|user_info|project_layout|rules|context|attached_files|function_results)\b"
    r"[^>]*>.*?(?:</\1>|\Z)",
    re.DOTALL | re.IGNORECASE,
)
_QUERY = re.compile(r"<(user_query|user_request|task|feedback)>(.*?)</\1>", re.DOTALL | re.IGNORECASE)
_PATH = re.compile(r"[\w./-]+\.(?:py|js|ts|tsx|go|rs|java|rb|c|cpp|h|sql|ya?ml|toml|json|md)\b")
_LONGEST = 20_000


@dataclass(frozen=True, slots=True)
class Ask:
    """`text` cleaned; `in_tool_loop`: the request continues a tool loop begun by it; `turns` user asks so far;
    `tool_results` since it, and `rounds` of the model that asked for them; `images` anywhere in the request;
    `paths` named in `text` and those being written since; `continues`: the newest turn only says to go on ("yes, do it"), so
    `text` is that of the ask before."""

    text: str
    in_tool_loop: bool = False
    turns: int = 0
    tool_results: int = 0
    images: bool = False
    rounds: int = 0
    paths: tuple[str, ...] = ()
    continues: bool = False


def clean(text: str) -> str:
    """`text` without injected blocks; the inside of a client's query wrapper if there is one."""
    if "<" in text:
        found = _QUERY.search(text)
        if found:
            text = found.group(2)
        text = _INJECTED.sub(" ", text)
    return text.strip()[:_LONGEST]


def ask_of(request: ChatRequest) -> Ask:
    text = ""
    turns = 0
    results = 0
    loop = False
    found = False
    images = False
    rounds = 0
    after = ""
    for message in reversed(request.messages):
        if any(_has_image(block) for block in message.blocks):
            images = True
        role, after = after, message.role
        if message.role != "user":
            rounds += not found and message.role == "assistant" and role != "assistant"
            continue
        own = _human_text(message)
        if own:
            turns += 1
            if not found:
                text, found = own, True
        elif not found:
            step = sum(isinstance(block, ToolResult) for block in message.blocks)
            results += step
            loop = loop or step > 0
    paths = tuple(dict.fromkeys(_PATH.findall(text[:4000])))
    return Ask(text, loop, turns, results, images, rounds, paths)


def _human_text(message: Message) -> str:
    """What the person typed in this turn. A turn that brings tool results holds reminders, not asks."""
    if any(isinstance(block, ToolResult | ToolUse) for block in message.blocks):
        return ""
    return clean("\n".join(block.text for block in message.blocks if isinstance(block, Text)))


def _has_image(block: object) -> bool:
    if isinstance(block, Image):
        return True
    return isinstance(block, ToolResult) and any(isinstance(part, Image) for part in block.content)
