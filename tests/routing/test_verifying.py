"""What can be seen to be wrong with an answer, and what is left alone."""

from __future__ import annotations

import pytest

from gateway.chat.request import ChatRequest, Message, Opaque, ResponseFormat, Text, Thinking, Tool, ToolUse
from gateway.chat.response import AnswerBlock, ChatResponse
from gateway.chat.usage import Usage
from routing.verifying import (
    EMPTY,
    MALFORMED_CALL,
    NOT_JSON,
    REFUSAL,
    REPETITION,
    TRUNCATED,
    UNKNOWN_TOOL,
    WRONG_LANGUAGE,
    repeats,
    verify,
)

CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
WEATHER = Tool("weather", "Tells.", CITY)
PROSE_EN = (
    "The stash is a place where git keeps the changes that you have not committed. You can take them from there with "
    "git stash pop, and they will be in your working tree as they were."
)
PROSE_DE = (
    "Der Stash ist ein Ort, an dem git die Änderungen aufhebt, die nicht eingetragen sind. Sie werden mit git stash pop "
    "wieder auf den Arbeitsbaum gelegt, und das ist auch für den Anfang genug."
)
ASK_EN = "What does git stash do with the files that are not in the index, and how do you get them back?"
ASK_DE = "Was macht git stash mit den Dateien, die nicht im Index sind, und wie bekomme ich sie wieder auf die Platte?"


def request(ask: str = ASK_EN, **more: object) -> ChatRequest:
    return ChatRequest("openai_chat", "auto", (Message("user", (Text(ask),)),), **more)  # type: ignore[arg-type]


def answer(*blocks: AnswerBlock, finish: str = "stop", output: int | None = None) -> ChatResponse:
    return ChatResponse("a", "m", blocks, finish, Usage(output=output))  # type: ignore[arg-type]


def told(text: str, ask: str = ASK_EN, finish: str = "stop", **more: object) -> str | None:
    return verify(request(ask, **more), ask, answer(Text(text), finish=finish))


@pytest.mark.parametrize("blocks", [(), (Text(" \n"),), (Thinking("Hm."),), (Thinking("Hm."), Text(""))])
def test_an_answer_without_words_is_empty(blocks: tuple[AnswerBlock, ...]) -> None:
    assert verify(request(), ASK_EN, answer(*blocks)) == EMPTY


@pytest.mark.parametrize("finish", ["refusal", "pause_turn", "context_length"])
def test_what_a_provider_ended_on_purpose_is_no_failure(finish: str) -> None:
    assert verify(request(), ASK_EN, answer(finish=finish)) is None


def test_what_only_its_own_dialect_understands_is_not_empty() -> None:
    assert verify(request(), ASK_EN, answer(Opaque("anthropic", "web_search", {}))) is None


@pytest.mark.parametrize(
    "text",
    [
        "It works. " + "The stash keeps your changes. " * 12,
        "Start\n" + "I will now check the file.\nI will now read it.\n" * 8 + "I will now che",
        "储藏会保存您的更改。" * 25,
        "```python\n" + "    result = compute(result)\n" * 20 + "```",
    ],
)
def test_a_loop_up_to_the_end_is_seen_in_any_script(text: str) -> None:
    assert told(text) == REPETITION


@pytest.mark.parametrize(
    "text",
    [
        PROSE_EN,
        "| a | b |\n" + "|---|---|\n" * 3 + "-" * 400,
        ", ".join(["0.0"] * 200),
        "\n".join(f"{number}. The stash keeps the change of file number {number}." for number in range(40)),
        "Ha. " * 10 + PROSE_EN,
        "}\n" * 30,
    ],
)
def test_lists_tables_and_numbers_are_no_loop(text: str) -> None:
    assert not repeats(text)


@pytest.mark.parametrize(
    "text",
    [
        "Here it is:\n```python\ndef stash():\n    return",
        "function stash() {\n  const all = read();\n  for (const one of all) {\n    keep(one);\n",
    ],
)
def test_code_that_stops_in_the_middle_is_truncated(text: str) -> None:
    assert told(text, finish="length") == TRUNCATED
    assert told(text) is None  # it says itself that it is done


def test_prose_that_was_cut_off_is_not_truncated_code() -> None:
    assert told(PROSE_EN[:-30], finish="length") is None
    assert told("Done:\n```\nx\n```\n" + PROSE_EN[:50], finish="length") is None


def test_what_the_callers_own_limit_cut_is_not_asked_again() -> None:
    cut = answer(Text("```python\ndef stash():"), finish="length", output=50)
    assert verify(request(max_tokens=50), ASK_EN, cut) is None
    assert verify(request(max_tokens=500), ASK_EN, cut) == TRUNCATED


@pytest.mark.parametrize(
    ("call", "problem"),
    [
        (ToolUse("1", "weather", '{"city": "Bern"}'), None),
        (ToolUse("1", "weather", '{"city": "Be'), MALFORMED_CALL),
        (ToolUse("1", "weather", '["Bern"]'), MALFORMED_CALL),
        (ToolUse("1", "weather", "{}"), MALFORMED_CALL),
        (ToolUse("1", "wether", '{"city": "Bern"}'), UNKNOWN_TOOL),
        (ToolUse("1", "weather", "free text", kind="custom"), None),
    ],
)
def test_calls_must_be_of_offered_tools_with_json_arguments(call: ToolUse, problem: str | None) -> None:
    assert verify(request(tools=(WEATHER,)), ASK_EN, answer(Text("Looking."), call, finish="tool_use")) == problem


def test_json_that_was_asked_for_must_be_json() -> None:
    wanted = ResponseFormat("json_object")
    assert told('{"a": 1}', response_format=wanted) is None
    assert told('Sure! {"a": 1}', response_format=wanted) == NOT_JSON


@pytest.mark.parametrize(
    ("ask", "text", "problem"),
    [
        (ASK_EN, PROSE_EN, None),
        (ASK_DE, PROSE_DE, None),
        (ASK_DE, PROSE_EN, WRONG_LANGUAGE),
        (ASK_EN, PROSE_DE, WRONG_LANGUAGE),
        (ASK_EN, "储藏会保存您尚未提交的更改, 之后可以用命令恢复它们。" * 2, WRONG_LANGUAGE),
        ("请解释一下这个命令的作用以及如何恢复文件。", PROSE_EN, WRONG_LANGUAGE),
        ("请用英文解释一下这个命令的作用。", PROSE_EN, None),
        (ASK_DE + " Antworte auf Englisch.", PROSE_EN, None),
        ("Translate it to German: " + PROSE_EN, PROSE_DE, None),
        (ASK_DE, "`git stash` und `git stash pop`.", None),
        (ASK_DE, "```\nif the file is not in the index and you have it from the tree\n```", None),
    ],
)
def test_the_language_is_that_of_the_ask_unless_one_is_named(ask: str, text: str, problem: str | None) -> None:
    assert told(text, ask) == problem


def test_a_language_named_in_the_system_prompt_counts() -> None:
    assert told(PROSE_DE, system=(Text("Always answer in German."),)) is None


@pytest.mark.parametrize(
    "text",
    [
        "I'm sorry, but I can't help with that.",
        "As an AI language model, I cannot run this.",
        "Es tut mir leid, das kann ich leider nicht machen.",
        "Lo siento, no puedo ayudar con eso.",
        "抱歉，我无法完成这个任务。",
    ],
)
def test_a_refusal_to_try_is_seen(text: str) -> None:
    assert told(text) == REFUSAL


@pytest.mark.parametrize(
    "text",
    [
        "Sorry for the confusion! Use git stash pop.",
        "You cannot do this with git stash; use git worktree.",
        "I'm sorry, but " + PROSE_EN,
    ],
)
def test_an_answer_that_says_sorry_and_answers_is_none(text: str) -> None:
    assert told(text) is None
