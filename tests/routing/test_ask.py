"""The ask is what the person typed, whatever the harness wraps around it."""

from __future__ import annotations

import pytest

from gateway.chat.request import ChatRequest, Message, Text, Tool, ToolResult, ToolUse
from routing.ask import ask_of
from routing.features import features_of
from routing.scorer import Score
from routing.scorer import score as score_of
from routing.tiers import Tier


def request(*messages: Message, **more: object) -> ChatRequest:
    return ChatRequest("anthropic", "auto", messages, **more)  # type: ignore[arg-type]


def user(*texts: str) -> Message:
    return Message("user", tuple(Text(text) for text in texts))


def score(text: str) -> Score:
    made = request(user(text))
    return score_of(features_of(made, ask_of(made)))


REMINDER = "<system-reminder>security audit of the production auth, refactor the entire pipeline</system-reminder>"


def test_reminders_do_not_move_the_score() -> None:
    plain = ask_of(request(user("17+25")))
    wrapped = ask_of(request(user(REMINDER, "17+25"), more_tools := Message("system", (Text("x" * 9000),))))
    assert more_tools.role == "system"
    assert plain.text == wrapped.text == "17+25"
    assert score(wrapped.text).tier is Tier.SIMPLE


def test_tools_and_history_do_not_move_the_score() -> None:
    ask = user("What does git stash do?")
    tools = tuple(Tool(f"tool{n}", "deploy production security", {"type": "object"}) for n in range(40))
    history = (user("hi"), Message("assistant", (Text("hello"),)), ask)
    assert ask_of(request(ask)).text == ask_of(request(*history, tools=tools)).text


def test_a_tool_loop_keeps_the_ask_it_serves() -> None:
    """FBK-11."""
    found = ask_of(
        request(
            user("fix the bug in auth.py"),
            Message("assistant", (ToolUse("1", "read", "{}"),)),
            Message("user", (ToolResult("1", (Text("hello world"),)), Text(REMINDER))),
        )
    )
    assert found.text == "fix the bug in auth.py"
    assert found.in_tool_loop
    assert found.tool_results == 1


@pytest.mark.parametrize(
    ("text", "tiers"),
    [
        ("What does git stash do?", {Tier.SIMPLE, Tier.MEDIUM}),
        ("hi, you there?", {Tier.SIMPLE, Tier.MEDIUM}),
        ("Who is the author of Hamlet?", {Tier.SIMPLE}),
        ("Fix null check in src/auth/middleware.ts and update tests", {Tier.COMPLEX, Tier.REASONING}),
        ("Refactor the entire ingestion pipeline and give me the plan", {Tier.COMPLEX, Tier.REASONING}),
        ("Now do an architecture review of the routing module", {Tier.COMPLEX, Tier.REASONING}),
        (
            "Work autonomously: run the tests, fix failures one by one, iterate until all tests pass, then summarise",
            {Tier.COMPLEX, Tier.REASONING},
        ),
    ],
)
def test_typical_asks_land_in_a_sensible_tier(text: str, tiers: set[Tier]) -> None:
    assert score(text).tier in tiers
