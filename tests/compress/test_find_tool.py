"""What find_tool says, what it finds, and what a client sees of the answers that call it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from gateway.chat.events import BlockStart, BlockStop, Delta, Finish, Start, StreamEvent
from gateway.chat.request import ChatRequest, Message, Origin, Text, Thinking, Tool, ToolResult, ToolUse
from gateway.chat.response import ChatResponse, fold, unfold
from gateway.chat.usage import Usage, summed
from gateway.compress.find_tool import MOST_FOUND, MOST_TOLD, Way, continued, found, query_of, way_back
from gateway.compress.selection import select
from gateway.compress.unseen import Held, Unseen

ASK = "Read src/app.py and fix the failing unit test in it"
SCHEMA = {"type": "object", "properties": {"text": {"type": "string", "description": "what it is about " * 20}}}


def request_of(*names: str) -> ChatRequest:
    tools = tuple(Tool(name, f"Tool {name}.", SCHEMA) for name in ("Bash", "Read", *names))
    return ChatRequest("anthropic", "m", (Message("user", (Text(ASK),)),), tools=tools)


def way_of(*names: str) -> Way:
    request = request_of(*names)
    way = way_back(request, select(request, "strict"))
    assert way is not None
    return way


WAY = way_of(
    "mcp__slack__post_message",
    "mcp__slack__list_channels",
    "mcp__stripe__create_refund",
    "mcp__figma__get_file",
    "mcp__exa__search",
)


def names(tools: tuple[Tool, ...]) -> list[str]:
    return [tool.name for tool in tools]


def test_the_tool_lists_what_was_dropped_by_server() -> None:
    told = (WAY.tool.description or "").split("\n")
    assert "slack: post_message, list_channels" in told
    assert "stripe: create_refund" in told
    assert "Bash" not in (WAY.tool.description or "")


@pytest.mark.parametrize(("servers", "each"), [(2, 400), (40, 10), (900, 1)])
def test_the_list_is_bounded_and_the_rest_is_counted(servers: int, each: int) -> None:
    wide = [f"mcp__slack{number}__post_message_{tool}" for number in range(servers) for tool in range(each)]
    way = way_of(*wide)
    said = (way.tool.description or "").partition("besides yours:\n")[2]
    assert len(said) <= MOST_TOLD + 40
    assert " more" in said or " tools" in said
    assert way_of(*wide).tool == way.tool


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("mcp__stripe__create_refund", "mcp__stripe__create_refund"),
        ("create_refund", "mcp__stripe__create_refund"),
        ("I need `slack.list_channels`, please", "mcp__slack__list_channels"),
        ("post a message to slack", "mcp__slack__post_message"),
        ("get a figma design", "mcp__figma__get_file"),
        ("search", "mcp__exa__search"),
        ("refund a customer's payment", "mcp__stripe__create_refund"),
    ],
)
def test_it_finds_by_name_and_by_words(query: str, first: str) -> None:
    assert names(found(query, WAY))[:1] == [first]


@pytest.mark.parametrize("query", ["teleport a giraffe", "", "read a file", "\ud800", "a" * 50_000])
def test_what_fits_nothing_finds_nothing(query: str) -> None:
    assert found(query, WAY) == ()


def test_no_more_than_eight_are_found() -> None:
    way = way_of(*(f"mcp__slack__post_message_{number}" for number in range(30)))
    assert len(found("slack message", way)) == MOST_FOUND


@pytest.mark.parametrize(
    ("arguments", "query"),
    [
        ('{"query": "slack"}', "slack"),
        ('{"tool": "slack"}', "slack"),
        ('"slack"', "slack"),
        ("slack {", "slack {"),
        ("[1]", ""),
    ],
)
def test_a_query_is_read_however_it_is_written(arguments: str, query: str) -> None:
    assert query_of(arguments) == query


def test_a_continued_request_holds_the_turn_its_answer_and_the_tools() -> None:
    request = replace(request_of(), tools=(*request_of().tools, WAY.tool))
    calls = (ToolUse("a", "find_tool", "slack message {"), ToolUse("b", "find_tool", '{"query": "giraffe"}'))
    answer = ChatResponse("1", "m", (Thinking("Hm", "sig"), Text(" "), *calls), "tool_use")
    maker = Origin("anthropic", "m", "a")
    after, new = continued(request, WAY, answer, (), maker, last=False)
    turn, results = after.messages[-2:]
    assert [type(block) for block in turn.blocks] == [Thinking, ToolUse, ToolUse]
    assert turn.blocks[0] == Thinking("Hm", "sig", origin=maker)
    assert all(isinstance(json.loads(use.arguments), dict) for use in turn.blocks if isinstance(use, ToolUse))
    assert [block.tool_use_id for block in results.blocks if isinstance(block, ToolResult)] == ["a", "b"]
    assert after.tools == (*request.tools, *new)
    assert "mcp__slack__post_message" in names(new)
    last, again = continued(after, WAY, answer, new, maker, last=True)
    assert again == ()
    assert WAY.tool not in last.tools


@pytest.mark.parametrize("extras", [{"n": 2}, {"logprobs": True}])
def test_answers_that_can_only_be_relayed_get_no_way_back(extras: dict[str, Any]) -> None:
    request = replace(request_of("mcp__slack__post_message"), dialect="openai_chat", extras={"openai_chat": extras})
    selected = select(request, "strict")
    assert selected.dropped
    assert way_back(request, selected) is None


# -- what a client sees

THOUGHT, SAID = Thinking("Hm", "sig"), Text("Let me see.")
LOOK, CALL = ToolUse("a", "find_tool", '{"query": "x"}'), ToolUse("b", "Bash", '{"text": "ls"}')


def answer(*blocks: Any, reason: Any = "tool_use") -> ChatResponse:
    return ChatResponse("1", "m", blocks, reason, Usage(10, 5))


def seen(*answers: ChatResponse, held: Held = "nothing", joins: bool = False) -> ChatResponse:
    unseen = Unseen("find_tool", held, joins=joins)
    events: list[StreamEvent] = []
    for number, one in enumerate(answers):
        if number:
            assert unseen.asked
            unseen.go_on()
        events += unseen.feed(unfold(one))
    if unseen.asked:
        events += unseen.ends("No.")
    assert sum(isinstance(event, Start) for event in events) == 1
    assert sum(isinstance(event, Finish) for event in events) == 1
    starts = [event.index for event in events if isinstance(event, BlockStart)]
    assert sorted(starts) == sorted(event.index for event in events if isinstance(event, BlockStop))
    assert starts == sorted(set(starts))
    return fold(events)


@pytest.mark.parametrize("held", ["nothing", "signatures", "thoughts"])
@pytest.mark.parametrize(
    "one",
    [
        answer(SAID, reason="stop"),
        answer(THOUGHT, SAID, CALL),
        answer(THOUGHT, CALL, CALL),
        answer(THOUGHT, reason="stop"),
    ],
)
def test_an_answer_without_the_call_is_told_as_it_is(one: ChatResponse, held: Held) -> None:
    assert seen(one, held=held) == one


def test_two_answers_are_told_as_one_with_their_usage_summed() -> None:
    told = seen(answer(SAID, LOOK), answer(Text("Found."), CALL), joins=True)
    assert told.blocks == (SAID, Text("\n\nFound."), CALL)
    assert (told.usage.input, told.usage.output, told.finish_reason) == (20, 10, "tool_use")


def test_beside_another_call_it_is_only_left_out() -> None:
    assert seen(answer(LOOK, CALL, LOOK)).blocks == (CALL,)


@pytest.mark.parametrize(
    ("held", "first"), [("nothing", (THOUGHT,)), ("signatures", (Thinking("Hm"),)), ("thoughts", ())]
)
def test_a_thought_before_nothing_but_the_call(held: Held, first: tuple[Any, ...]) -> None:
    assert seen(answer(THOUGHT, LOOK), answer(THOUGHT, CALL), held=held).blocks == (*first, THOUGHT, CALL)
    assert seen(answer(THOUGHT, SAID, LOOK), answer(CALL), held=held).blocks == (THOUGHT, SAID, CALL)
    redacted = Thinking("", "sealed", True)
    told = seen(answer(redacted, LOOK), answer(redacted, CALL), held=held).blocks
    assert told == ((redacted,) if held == "nothing" else ()) + (redacted, CALL)


def test_a_search_that_gets_nothing_ends_in_words() -> None:
    told = seen(answer(SAID, LOOK))
    assert (told.blocks, told.finish_reason) == ((SAID, Text("No.")), "stop")


def test_an_answer_that_was_cut_in_its_call_stays_one() -> None:
    assert seen(answer(SAID, LOOK, reason="length")).blocks == (SAID,)
    told = seen(answer(LOOK, reason="length"))
    assert (told.blocks, told.finish_reason) == ((Text("No."),), "length")


def test_what_comes_before_the_call_is_told_at_once() -> None:
    unseen = Unseen("find_tool")
    assert unseen.feed([Start("1"), BlockStart(0, Text("")), Delta(0, "text", "Let")])[-1] == Delta(0, "text", "Let")


def test_usage_of_two_calls() -> None:
    assert summed(Usage(1, 2, cache_read=3), Usage(10, None)) == Usage(11, 2, 3)
