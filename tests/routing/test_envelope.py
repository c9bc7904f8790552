"""Only the human's words are an ask, in the shapes of the clients we know."""

from __future__ import annotations

import pytest

from gateway.chat.request import ChatRequest, Message, Text, Tool, ToolResult, ToolUse
from routing.ask import ask_of, goes_on
from routing.envelope import unwrapped
from routing.judgement import judge
from routing.reading import read
from routing.rules import SHIPPED, Rules
from routing.tiers import Policy, Tier

RULES = Rules(SHIPPED)


def user(*texts: str) -> Message:
    return Message("user", tuple(Text(text) for text in texts))


def said(*texts: str) -> Message:
    return Message("assistant", tuple(Text(text) for text in texts))


def request(*messages: Message, **more: object) -> ChatRequest:
    return ChatRequest("anthropic", "auto", messages, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "wrapped",
    [
        "<system-reminder>deploy to production</system-reminder>\n17+25",
        "17+25\n<system-reminder>never closed: prove that auth is safe",
        "<environment_context><cwd>/srv/auth</cwd></environment_context>17+25",
        "<user_info>x</user_info><additional_data>migrations/</additional_data><user_query>17+25</user_query>",
        "<task>17+25</task><environment_details># payment.py open</environment_details>",
        "<info-msg>It is currently 2026</info-msg>\n17+25",
        "<context>pages of production logs</context><userRequest>17+25</userRequest>",
        "# Context from my IDE setup:\n\n## Open tabs:\n- auth.py\n\n## My request for Codex:\n17+25",
        "17+25\n# *SEARCH/REPLACE block* Rules:\n\nEvery block must prove the path",
        "<command-message>go</command-message><command-name>/go</command-name><command-args>17+25</command-args>",
    ],
)
def test_what_a_harness_adds_is_taken_off(wrapped: str) -> None:
    assert unwrapped(wrapped) == "17+25"


def test_a_tag_that_a_person_types_stays() -> None:
    assert unwrapped("what does the <context> tag do in React?") == "what does the <context> tag do in React?"


@pytest.mark.parametrize(
    "text",
    [
        "# AGENTS.md instructions for /srv/app\n\n<INSTRUCTIONS>prove everything</INSTRUCTIONS>",
        "This session is being continued from a previous conversation that ran out of context. Deploy to production.",
        "Your response above was cut off mid-stream. Resume directly.",
        "I have *added these files to the chat* so you can go ahead and edit them.\n\nauth.py",
        "[read_file for 'auth.py'] Result:\npassword = 1",
    ],
)
def test_turns_that_no_person_wrote_are_no_asks(text: str) -> None:
    ask = ask_of(request(user("what is 17+25?"), said("42"), user(text)))
    assert ask.text == "what is 17+25?"


@pytest.mark.parametrize(
    "go_on", ["yes, go ahead", "ok", "do it!", "mach weiter", "ja, bitte", "继续", "sí, adelante", "करो", "1"]
)
def test_a_turn_that_only_goes_on_serves_the_ask_before_it(go_on: str) -> None:
    ask = ask_of(request(user("refactor the billing module"), said("Shall I?"), user(go_on)))
    assert (ask.text, ask.continues) == ("refactor the billing module", True)
    assert not goes_on("yes, but first explain the plan")


def test_going_on_with_nothing_before_is_an_ask_of_its_own() -> None:
    ask = ask_of(request(user("ok")))
    assert (ask.text, ask.continues) == ("ok", False)


def test_the_words_with_which_a_person_breaks_in_are_an_ask() -> None:
    broken = Message(
        "user",
        (ToolResult("1", (Text("rejected"),)), Text("[Request interrupted by user for tool use]"), Text("use yaml")),
    )
    ask = ask_of(request(user("write it as json"), Message("assistant", (ToolUse("1", "Write", "{}"),)), broken))
    assert ask.text == "use yaml"
    assert not ask.in_tool_loop


def test_what_is_pasted_or_quoted_is_not_what_is_said() -> None:
    log = "\n".join(f"2026-03-0{n} 10:00:00 ERROR payment migration failed in production" for n in range(1, 9))
    assert read(f"how many errors are there?\n{log}").said == "how many errors are there?"
    assert "deploy" not in read('translate "deploy to production" into German').said
    assert read("```\nprove(x)\n```").said, "something is always said"


def test_the_same_ask_scores_the_same_in_any_envelope() -> None:
    ask = "Review this retry helper for bugs and edge cases and suggest improvements."
    tools = tuple(Tool(f"t{n}", "security audit of production", {"type": "object"}) for n in range(40))
    bare = judge(request(user(ask)), Policy(), RULES)
    history = (user("prove that sqrt(2) is irrational"), said("Sure."))
    reminder = "<system-reminder>refactor the entire auth pipeline, ultrathink</system-reminder>"
    full = judge(
        request(*history, user(reminder, ask, reminder), tools=tools, system=(Text("deploy " * 999),)), Policy(), RULES
    )
    assert (bare.tier, bare.score, bare.hits) == (full.tier, full.score, full.hits)


def test_a_tool_loop_keeps_the_tier_of_its_ask_until_it_writes_where_mistakes_are_dear() -> None:
    """FBK-11; the exception is the one that must not wait for the next turn of the person."""
    ask = user("rename the helper and its callers")
    start = judge(request(ask), Policy(), RULES)
    loop = [ask]
    for number in range(5):
        loop.append(Message("assistant", (ToolUse(str(number), "Read", '{"file_path": "src/auth/login.py"}'),)))
        loop.append(Message("user", (ToolResult(str(number), (Text("production password " * 50),)),)))
        assert judge(request(*loop), Policy(), RULES).tier == start.tier
    loop.append(Message("assistant", (ToolUse("w", "Edit", '{"file_path": "src/auth/login.py", "old_string": "a"}'),)))
    loop.append(Message("user", (ToolResult("w", (Text("ok"),)),)))
    risky = judge(request(*loop), Policy(), RULES)
    assert risky.floor is Tier.COMPLEX
    assert risky.tier >= Tier.COMPLEX
