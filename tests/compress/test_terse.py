"""Terse mode: where its instruction stands, in every dialect and on every turn."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from gateway.chat.request import ChatRequest, Message, ResponseFormat, Text, Tool
from gateway.compress.terse import TEXTS, with_terse
from gateway.wire.profile import Profile
from gateway.wire.registry import dialect

LEVELS = ("lite", "full", "ultra")
MARK = {"cache_control": {"type": "ephemeral"}}
TOOLS = [{"name": "Read", "input_schema": {"type": "object", "properties": {}}}]


def anthropic(system: Any, *turns: str, **more: Any) -> dict[str, Any]:
    roles = ("user", "assistant")
    messages = [{"role": roles[at % 2], "content": turn} for at, turn in enumerate(turns or ("Fix the parser.",))]
    return {"model": "m", "max_tokens": 100, "system": system, "messages": messages, **more}


def sent(name: str, body: dict[str, Any], level: str, to: str = "") -> dict[str, Any]:
    request = with_terse(dialect(name).decode_request(body), level)
    return dialect(to or name).encode_request(request, Profile("m", cache_control=True)).body


@pytest.mark.parametrize("level", LEVELS)
def test_it_stands_behind_the_system_texts_and_all_before_it_keeps_its_bytes(level: str) -> None:
    """CMP-1: what the client's marks cover is what it was."""
    system = [{"type": "text", "text": "You are an agent."}, {"type": "text", "text": "Rules.", **MARK}]
    plain, terse = sent("anthropic", anthropic(system), "off"), sent("anthropic", anthropic(system), level)
    assert terse["system"][:-1] == plain["system"]
    assert json.dumps(terse["system"]).startswith(json.dumps(plain["system"])[:-1])
    assert terse["system"][-1] == {"type": "text", "text": TEXTS[level]}
    assert {**terse, "system": 0} == {**plain, "system": 0}


@pytest.mark.parametrize("level", LEVELS)
def test_it_is_the_same_at_the_same_place_on_every_turn(level: str) -> None:
    """CMP-3, CMP-5."""
    turns = ("Fix it.", "Looking.", "And?", "Done.", "Thanks")
    found = [sent("anthropic", anthropic("Rules.", *turns[:count], tools=TOOLS), level) for count in (1, 3, 5)]
    assert len({json.dumps(body["system"]) for body in found}) == 1
    assert found[0]["system"] == [{"type": "text", "text": "Rules."}, {"type": "text", "text": TEXTS[level]}]


@pytest.mark.parametrize("to", ["anthropic", "openai_chat", "openai_responses", "gemini", "bedrock_converse", "ollama"])
@pytest.mark.parametrize("system", ["Rules.", [{"type": "text", "text": "Rules.", **MARK}], []])
def test_every_provider_dialect_gets_it_once_and_last(to: str, system: Any) -> None:
    body = sent("anthropic", anthropic(system), "full", to)
    told = json.dumps(body)
    quoted = json.dumps(TEXTS["full"])[1:-1]
    assert told.count(quoted) == 1
    if system:
        assert told.index("Rules.") < told.index(quoted)


@pytest.mark.parametrize("role", ["system", "developer"])
def test_chat_and_responses_clients_get_no_second_system_message(role: str) -> None:
    """Templates of local models refuse two."""
    messages = [{"role": role, "content": "Rules."}, {"role": "user", "content": "Hi there"}]
    chat = sent("openai_chat", {"model": "m", "messages": messages}, "lite")["messages"]
    assert [message["role"] for message in chat] == [role, "user"]
    assert TEXTS["lite"] in json.dumps(chat[0], ensure_ascii=False).replace("\\n", "\n")
    items = sent("openai_responses", {"model": "m", "input": messages}, "lite")["input"]
    assert [item["role"] for item in items] == [role, "user"]
    instructed = {"model": "m", "instructions": "Rules.", "input": "Hi there"}
    assert sent("openai_responses", instructed, "lite")["instructions"].startswith("Rules.\n")


def test_twice_is_once_and_off_is_nothing() -> None:
    request = ChatRequest("anthropic", "m", (Message("user", (Text("Fix the parser."),)),), (Text("Rules."),))
    for level in LEVELS:
        once = with_terse(request, level)
        assert with_terse(once, level) is once
        assert len(once.system) == 2
    assert with_terse(request, "off") is request


def test_answers_that_are_no_prose_are_not_asked_to_be_short() -> None:
    request = ChatRequest("anthropic", "m", (Message("user", (Text("Fix the parser."),)),), (Text("Rules."),))
    schema = {"type": "object", "properties": {"title": {"type": "string"}}}
    assert with_terse(replace(request, response_format=ResponseFormat("text")), "full").system[1:]
    for kind in ("json_object", "json_schema"):
        asked = replace(request, response_format=ResponseFormat(kind, schema))  # type: ignore[arg-type]
        assert with_terse(asked, "full") is asked
    title = replace(request, system=(Text("Generate a concise, sentence-case title for this coding session."),))
    assert with_terse(title, "full") is title


def test_a_suggestion_keeps_the_prompt_of_its_conversation() -> None:
    """CMP-1: it comes with all tools and the history, so a prompt of its own would cost the whole prefix."""
    tools = (Tool("Read", schema={"type": "object"}),)
    said = Message("user", (Text("[SUGGESTION MODE: Suggest what the user might type next]"),))
    request = ChatRequest("anthropic", "m", (said,), (Text("Rules."),), tools)
    assert [text.text for text in with_terse(request, "full").system] == ["Rules.", TEXTS["full"]]
    assert with_terse(replace(request, tools=()), "full").system == (Text("Rules."),)


@pytest.mark.parametrize("level", LEVELS)
def test_the_text_says_what_stays_exact(level: str) -> None:
    for word in (
        "code",
        "paths",
        "numbers",
        "error messages",
        "commit messages",
        "file contents",
        "JSON",
        "cannot be undone",
    ):
        assert word in TEXTS[level]
    assert len(TEXTS[level]) < 1_200
