"""Where prompt-cache marks go, when there are none, and that nothing else of a request changes (CMP-3, CCH-6)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from gateway.chat.request import ChatRequest, Image, Message, Opaque, Text, Thinking, Tool, ToolResult, ToolUse
from gateway.compress.marks import has_marks, with_marks
from gateway.wire.profile import Profile
from gateway.wire.registry import dialect
from tests.eval.replay.promptcache import PromptCache

LONG = "You are a careful engineer. " * 300
FIVE, HOUR = {"type": "ephemeral"}, {"type": "ephemeral", "ttl": "1h"}
READ = Tool("Read", "Reads a file.", {"type": "object", "properties": {"path": {"type": "string"}}})
PROFILE = Profile("claude-sonnet-4-5", thinking="budget", cache_control=True)
WRITTEN = ("anthropic", "openai_chat", "bedrock_converse")


def request(*messages: Message, system: str = LONG, tools: tuple[Tool, ...] = (READ,), **more: Any) -> ChatRequest:
    return ChatRequest("openai_chat", "m", messages, (Text(system),) if system else (), tools, **more)


def user(*blocks: Any) -> Message:
    return Message("user", tuple(Text(block) if isinstance(block, str) else block for block in blocks))


def called(number: int) -> tuple[Message, Message]:
    use = f"toolu_{number}"
    return (
        Message("assistant", (Text("Let me look."), ToolUse(use, "Read", '{"path": "a"}'))),
        user(ToolResult(use, (Text(f"contents {number}"),))),
    )


def mark_of(value: Any) -> Any:
    return value.extras.get("anthropic", {}).get("cache_control")


def marked_blocks(made: ChatRequest) -> list[tuple[int, int]]:
    return [
        (at, place)
        for at, message in enumerate(made.messages)
        for place, block in enumerate(message.blocks)
        if not isinstance(block, Opaque) and mark_of(block)
    ]


@pytest.mark.parametrize(("ttl", "mark"), [("5m", FIVE), ("1h", HOUR)])
def test_marks_go_to_the_last_tool_the_last_system_text_and_two_user_turns(ttl: str, mark: dict[str, str]) -> None:
    asked = request(user("Look."), *called(1), *called(2), tools=(READ, replace(READ, name="Write")))
    asked = replace(asked, system=(Text(LONG), Text("Be brief."), Text(" \n")))
    made = with_marks(asked, ttl)
    assert [mark_of(tool) for tool in made.tools] == [None, mark]
    assert [mark_of(text) for text in made.system] == [None, mark, None]
    assert marked_blocks(made) == [(2, 0), (4, 0)]
    assert mark_of(made.messages[4].blocks[0]) == mark


def test_a_user_turn_is_all_between_two_answers() -> None:
    """Chat sends each result as a message of its own: two of them are no two turns."""
    use = Message("assistant", (ToolUse("a", "Read"), ToolUse("b", "Read")))
    results = (user(ToolResult("a", (Text("1"),))), user(ToolResult("b", (Text("2"),))))
    assert marked_blocks(with_marks(request(user("Look."), use, *results), "5m")) == [(0, 0), (3, 0)]


def test_what_takes_no_mark_gets_none() -> None:
    odd = user(
        "Look.", Image("image/png", "aGk="), Opaque("anthropic", "search_result", {"type": "search_result"}), " "
    )
    note = Message("system", (Text("The time is 12."),))
    thought = Message("assistant", (Thinking("hm", "sig"), Text("Yes.")))
    deferred = replace(READ, name="Later", extras={"anthropic": {"defer_loading": True}})
    hosted = Tool("web_search", kind="hosted", extras={"anthropic": {"type": "web_search_20250305"}})
    made = with_marks(
        request(odd, thought, user(""), thought, user("Go on."), note, tools=(READ, deferred, hosted)), "5m"
    )
    assert marked_blocks(made) == [(0, 1), (4, 0)]
    assert [bool(mark_of(tool)) for tool in made.tools] == [True, False, False]


def test_no_tool_is_marked_where_tools_take_no_mark() -> None:
    made = with_marks(request(user("Look.")), "5m", tools=False)
    assert (mark_of(made.tools[0]), mark_of(made.system[0])) == (None, FIVE)


MARKED: Mapping[str, Any] = {"anthropic": {"cache_control": FIVE}}


@pytest.mark.parametrize(
    "asked",
    [
        request(user("Look."), extras=MARKED),
        request(user("Look."), extras={"openai_chat": {"cache_control": FIVE}}),
        request(user("Look."), tools=(replace(READ, extras=MARKED), READ)),
        replace(request(user("Look.")), system=(Text(LONG, MARKED), Text("Be brief."))),
        request(user(Text("Look.", MARKED))),
        request(replace(user("Look."), extras=MARKED)),
        request(user("Look."), Message("assistant", (ToolUse("a", "Read", extras=MARKED),))),
        request(user(ToolResult("a", (Text("x"),), extras=MARKED))),
        request(user(ToolResult("a", (Text("x"), Text("y", MARKED))))),
        request(user(Opaque("anthropic", "search_result", {"content": [{"cache_control": FIVE}]}))),
        request(user(Text("Look.", {"bedrock_converse": {"cachePoint": {"type": "default"}}}))),
        request(user(Text("Look.", {"openai_chat": {"prompt_cache_breakpoint": {"mode": "explicit"}}}))),
    ],
)
def test_a_client_that_set_any_mark_is_left_alone(asked: ChatRequest) -> None:
    """CCH-6"""
    assert has_marks(asked)
    assert with_marks(asked, "5m") is asked


def test_null_is_no_mark() -> None:
    assert not has_marks(request(user(Text("Look.", {"anthropic": {"cache_control": None}}))))


def test_short_prompts_and_questions_without_a_future_get_no_marks() -> None:
    short = request(user("Look."), *called(1), system="Be brief.")
    assert with_marks(short, "5m") is short
    assert with_marks(short, "5m", least=20) is not short
    once = request(user("What is this?"), tools=())
    assert with_marks(once, "5m") is once
    assert with_marks(request(*once.messages, *called(1), tools=()), "5m") is not once
    assert with_marks(request(user("Look.")), "off") == request(user("Look."))


def test_a_file_counts_although_its_tokens_are_not_known() -> None:
    asked = request(user(Image("image/png", "aGk=")), *called(1), system="Be brief.")
    assert with_marks(asked, "5m") is not asked


TEXTS = some.sampled_from(["Look.", "", " ", "Go on, please."])
TURNS = some.lists(
    some.one_of(
        TEXTS.map(lambda text: (Message("assistant", (Text("Yes."),)), user(text))),
        some.integers(0, 99).map(called),
        some.just((Message("assistant", (Thinking("hm", "sig"), Text("So."))), user("And?"), user("Well?"))),
    ),
    min_size=1,
    max_size=8,
)


def stripped(value: Any) -> Any:
    """Without marks; a text as a list of one block is what a string is."""
    if isinstance(value, list):
        found = [stripped(one) for one in value if not (isinstance(one, dict) and "cachePoint" in one)]
        alone = len(found) == 1 and isinstance(found[0], dict) and set(found[0]) in ({"type", "text"}, {"text"})
        return found[0]["text"] if alone else found
    if isinstance(value, dict):
        return {name: stripped(one) for name, one in value.items() if name != "cache_control"}
    return value


def marks_in(value: Any) -> list[Any]:
    """In the order of the prompt."""
    if isinstance(value, list):
        return [mark for one in value for mark in marks_in(one)]
    if isinstance(value, dict):
        rest = [mark for name in sorted(value, key=["tools", "toolConfig", "system"].__contains__, reverse=True)
                for mark in marks_in(value[name])]  # fmt: skip
        own = value.get("cache_control") or value.get("cachePoint")
        return [*rest, own] if own else rest
    return []


@pytest.mark.parametrize("name", WRITTEN)
@pytest.mark.parametrize("ttl", ["5m", "1h"])
@settings(max_examples=60, deadline=None)
@given(turns=TURNS)
def test_whatever_the_session_at_most_four_and_not_a_byte_else(name: str, ttl: str, turns: list[Any]) -> None:
    asked = request(user("Begin."), *(message for turn in turns for message in turn))
    made = with_marks(asked, ttl)
    before = dialect(name).encode_request(asked, PROFILE).body
    after = dialect(name).encode_request(made, PROFILE).body
    assert stripped(after) == stripped(before)
    marks = marks_in(after)
    assert 2 <= len(marks) <= 4
    assert {mark.get("ttl", "5m") for mark in marks} == {ttl}
    assert with_marks(asked, ttl) == made  # of the request alone
    assert with_marks(made, ttl) is made


@settings(max_examples=60, deadline=None)
@given(turns=TURNS)
def test_every_turn_reads_what_the_one_before_wrote(turns: list[Any]) -> None:
    """Through a cache as the vendor documents it, however many blocks a turn has; and what was sent is sent again."""
    cache = PromptCache(len)
    messages: list[Message] = [user("Begin.")]
    sent: list[Any] = []
    written = 0
    for turn in [(), *turns]:
        messages.extend(turn)
        messages.append(Message("assistant", tuple(ToolUse(f"c{n}", "Read") for n in range(30))))
        messages.append(user(*(ToolResult(f"c{n}", (Text(f"{n}"),)) for n in range(30))))
        body = dialect("anthropic").encode_request(with_marks(request(*messages), "5m"), PROFILE).body
        now = [json.dumps(stripped(message)) for message in body["messages"]]
        assert now[: len(sent)] == sent
        sent = now
        bill = cache.bill(body, 0.0)
        assert bill.read >= written
        assert bill.plain == 0
        written = bill.read + bill.written
