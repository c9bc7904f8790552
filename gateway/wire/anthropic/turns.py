"""The messages of a request as the Messages API wants them: roles, order, and calls paired with results.

The API joins consecutive messages of one role itself, so messages are merged only where the order inside the joined turn
would be wrong: all tool_results first and next to each other, then everything else (TID-2).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from gateway.chat.errors import BadRequest
from gateway.chat.request import ChatRequest, Message

from ..profile import Profile
from .blocks import SHAPE, own
from .writing import BlockWriter, Wire, foreign, result_as_text, wire_fields

_ORPHAN = ", whose call is not part of this conversation"
_OPENING = "Continue."
_UNANSWERED = "[no result was recorded for this call]"


@dataclass
class _Turn:
    role: str
    content: list[Wire]
    index: int
    fields: Wire = field(default_factory=dict)
    as_string: bool = False

    def results(self) -> bool:
        return any(block.get("type") == "tool_result" for block in self.content)


def encode_messages(request: ChatRequest, profile: Profile, losses: list[str]) -> list[Wire]:
    """Raises BadRequest when nothing but blank text was said."""
    writer = BlockWriter(request, profile, losses)
    turns: list[_Turn] = []
    for index, message in enumerate(request.messages):
        turn = _turn(writer, message, index, turns[-1].role if turns else "", profile)
        if turn is not None:
            turns.append(turn)
    if "thread" not in own(request.extras) or not profile.betas:
        turns = _pair(turns, writer.faithful, losses)
    if profile.merge_roles:
        turns = _merge_roles(turns)
    if not turns:
        raise BadRequest("messages: at least one message must have content", param="messages")
    if not writer.faithful:
        if turns[0].role == "assistant":
            turns.insert(0, _Turn("user", [{"type": "text", "text": profile.filler or _OPENING}], 0))
        _trim_last(turns[-1])
    return [_wire(turn) for turn in turns]


def _turn(writer: BlockWriter, message: Message, index: int, before: str, profile: Profile) -> _Turn | None:
    path = f"messages[{index}]"
    foreign(message.extras, f"{path}.", writer.losses)
    content = writer.blocks(message.blocks, path, message.role)
    role: str = message.role
    if role == "system" and not (profile.system_in_messages and (writer.faithful or before == "user")):
        # Mid-conversation system messages stand right after a user turn, on models that know them.
        role = "user"
        for block in content:
            if block.get("type") == "text":
                block["text"] = f"<system-reminder>\n{block['text']}\n</system-reminder>"
    if not content:
        if profile.filler is None:
            return None
        content = [{"type": "text", "text": profile.filler}]
    fields = wire_fields(message.extras)
    if not writer.faithful and "cache_control" in fields:  # chat marks whole messages too; here only a block takes it
        marked = fields.pop("cache_control")
        if not str(content[-1].get("type")).endswith("thinking"):
            content[-1].setdefault("cache_control", marked)
    shaped = own(message.extras).get(SHAPE) == "string" and len(content) == 1 and set(content[0]) == {"type", "text"}
    return _Turn(role, content, index, fields, shaped)


def _wire(turn: _Turn) -> Wire:
    content = turn.content[0]["text"] if turn.as_string else turn.content
    return {"role": turn.role, "content": content, **turn.fields}


def _pair(turns: list[_Turn], faithful: bool, losses: list[str]) -> list[_Turn]:
    """Puts every run of user turns in order after the calls it answers."""
    paired: list[_Turn] = []
    calls: dict[str, None] = {}
    position = 0
    while position < len(turns):
        turn = turns[position]
        if turn.role != "user":
            if turn.role == "assistant":
                if not paired or paired[-1].role != "assistant":
                    calls = {}
                calls.update((block["id"], None) for block in turn.content if _is_call(block))
            paired.append(turn)
            position += 1
            continue
        end = position
        while end < len(turns) and turns[end].role == "user":
            end += 1
        run = turns[position:end]
        _free_orphans(run, dict(calls), losses)
        if calls and not faithful:
            _answer_all(run, calls)
        paired.extend(_in_order(run, faithful))
        calls = {}
        position = end
    return paired


def _is_call(block: Wire) -> bool:
    return str(block.get("type")).endswith("tool_use") and isinstance(block.get("id"), str)


def _free_orphans(run: list[_Turn], calls: dict[str, None], losses: list[str]) -> None:
    """Results of calls that are gone, or answered already, are kept as text (TID-3)."""
    for turn in run:
        content: list[Wire] = []
        for block in turn.content:
            if block.get("type") == "tool_result":
                if block["tool_use_id"] in calls:
                    del calls[block["tool_use_id"]]
                else:
                    losses.append(f"messages[{turn.index}].tool_result")
                    content.extend(result_as_text(block, _ORPHAN))
                    continue
            content.append(block)
        if len(content) != len(turn.content) or turn.results():
            turn.as_string = False
        turn.content = content


def _answer_all(run: list[_Turn], calls: dict[str, None]) -> None:
    """Other dialects allow a call without a result; here each needs one."""
    answered = {block["tool_use_id"] for turn in run for block in turn.content if block.get("type") == "tool_result"}
    missing: list[Wire] = [
        {"type": "tool_result", "tool_use_id": call, "content": _UNANSWERED, "is_error": True}
        for call in calls
        if call not in answered and not call.startswith("srvtoolu_")
    ]
    if missing:
        run[0].content = [*missing, *run[0].content]
        run[0].as_string = False


def _in_order(run: list[_Turn], faithful: bool) -> list[_Turn]:
    last = max((place for place, turn in enumerate(run) if turn.results()), default=-1)
    if last < 0:
        return run
    joined = [block for turn in run[: last + 1] for block in turn.content]
    results = [block for block in joined if block.get("type") == "tool_result"]
    if faithful and joined[: len(results)] == results:
        return run
    others = [block for block in joined if block.get("type") != "tool_result"]
    first = run[0]
    return [_Turn("user", [*results, *others], first.index, first.fields), *run[last + 1 :]]


def _merge_roles(turns: list[_Turn]) -> list[_Turn]:
    merged: list[_Turn] = []
    for turn in turns:
        if merged and merged[-1].role == turn.role:
            merged[-1] = _Turn(turn.role, [*merged[-1].content, *turn.content], merged[-1].index, merged[-1].fields)
        else:
            merged.append(turn)
    return merged


def _trim_last(turn: _Turn) -> None:
    """The API refuses a last assistant message that ends in white space."""
    if turn.role == "assistant" and turn.content[-1].get("type") == "text":
        turn.content[-1]["text"] = turn.content[-1]["text"].rstrip()


def lacks_thinking(messages: list[Wire]) -> bool:
    """Whether the last assistant turn of an open tool loop does not begin with thinking, which the API demands while
    ``thinking.type`` is "enabled" (THK-13). A loop is one assistant turn: it may begin with it at its first message."""
    loop: list[Wire] = []
    for position in range(len(messages) - 1, -1, -1):
        message = messages[position]
        if message["role"] == "assistant":
            loop.append(message)
        elif message["role"] == "user" and not _has_results(message):
            break
    if not loop or not _has_results_last(messages):
        return False
    return not any(_begins_thinking(message) for message in (loop[0], loop[-1]))


def _has_results_last(messages: list[Wire]) -> bool:
    last_assistant = max(place for place, message in enumerate(messages) if message["role"] == "assistant")
    return any(_has_results(message) for message in messages[last_assistant + 1 :])


def _has_results(message: Wire) -> bool:
    content = message["content"]
    return isinstance(content, list) and any(block.get("type") == "tool_result" for block in content)


def _begins_thinking(message: Wire) -> bool:
    content = message["content"]
    return isinstance(content, list) and bool(content) and str(content[0].get("type")).endswith("thinking")
