"""History that would overflow the model is cut in whole pairs, and the cut stays where it was made (TID-1, CMP-3)."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.chat.request import ChatRequest, Message, Text, ToolResult, ToolUse
from gateway.compress.history import fitted

WINDOW = 10_000


def conversation(sizes: list[int]) -> ChatRequest:
    """A task, and a call with a result of so many characters for each size."""
    messages = [Message("user", (Text("Make it green."),))]
    for at, size in enumerate(sizes):
        messages.append(Message("assistant", (Text(f"Step {at}."), ToolUse(f"call-{at}", "Bash", "{}"))))
        messages.append(Message("user", (ToolResult(f"call-{at}", (Text("x" * size),)),)))
    return ChatRequest("anthropic", "m", tuple(messages), max_tokens=500)


def pairs_are_whole(request: ChatRequest) -> bool:
    calls = [block.id for message in request.messages for block in message.blocks if isinstance(block, ToolUse)]
    results = [b.tool_use_id for message in request.messages for b in message.blocks if isinstance(b, ToolResult)]
    return calls == results


def test_what_fits_is_the_same_object() -> None:
    request = conversation([1_000] * 5)
    assert fitted(request, WINDOW) == (request, 0)
    assert fitted(request, WINDOW)[0] is request


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(10, 9_000), min_size=1, max_size=60))
def test_it_fits_afterwards_in_whole_pairs_with_the_task_and_the_last_result(sizes: list[int]) -> None:
    made, left_out = fitted(conversation(sizes), WINDOW)
    assert pairs_are_whole(made)
    assert isinstance(made.messages[0].blocks[0], Text)
    assert made.messages[0].blocks[0].text == "Make it green."
    assert made.messages[-1] == conversation(sizes).messages[-1]
    characters = sum(
        len(part.text)
        for message in made.messages
        for block in message.blocks
        if isinstance(block, ToolResult)
        for part in block.content
        if isinstance(part, Text)
    )
    assert characters / 3.5 <= WINDOW
    if left_out:
        assert f"[{left_out} earlier messages" in str(made.messages[0].blocks[-1])
        roles = [message.role for message in made.messages]
        assert all(one != two for one, two in pairwise(roles))


def test_a_cut_stays_until_the_next_one_is_due() -> None:
    """The conversation grows by a pair a turn: its beginning changes in few of 200 turns."""
    changes, before = 0, None
    for turns in range(1, 200):
        made, _ = fitted(conversation([1_500] * turns), WINDOW)
        beginning = made.messages[:2]
        if before is not None and beginning != before:
            changes += 1
        before = beginning
    assert 5 < changes < 25


def test_calls_made_at_once_stay_with_their_results_in_several_messages() -> None:
    """The chat dialect answers each call in a message of its own."""
    request = conversation([3_000] * 20)
    split: list[Message] = []
    for message in request.messages:
        if message.role == "user" and isinstance(message.blocks[0], ToolResult):
            split += [message, Message("user", (Text("And now?"),))]
        else:
            split.append(message)
    made, left_out = fitted(ChatRequest("openai_chat", "m", tuple(split)), WINDOW)
    assert left_out
    assert pairs_are_whole(made)
    assert made.messages[1].role == "assistant"
