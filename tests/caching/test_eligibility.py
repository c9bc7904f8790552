"""Which requests may have a remembered answer, and which answers are worth remembering. Each rule is shown what it must stop
and what it must let through."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from caching.eligibility import MOST_TEXT, WORDS, why_not_kept
from gateway.chat.request import (
    ChatRequest,
    Document,
    Image,
    Message,
    Opaque,
    Sampling,
    Text,
    Thinking,
    Tool,
    ToolResult,
    ToolUse,
)
from gateway.chat.response import ChatResponse
from gateway.wire import anthropic, openai_chat, openai_responses

from .asking import answer, asking, exact, near


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Lynkr-No-Cache": "1"},
        {"x-lynkr-no-cache": "True"},
        {"x-lynkr-no-cache": "yes"},
        {"Cache-Control": "no-store"},
        {"cache-control": "max-age=0, no-cache"},
    ],
)
def test_a_caller_who_says_no_is_heard(headers: dict[str, str]) -> None:
    assert exact("What is TCP?", headers) == "asked not to"


@pytest.mark.parametrize(
    "headers", [{}, {"x-lynkr-no-cache": "0"}, {"cache-control": "max-age=60"}, {"x-other": "no-store"}]
)
def test_other_headers_say_nothing(headers: dict[str, str]) -> None:
    assert exact("What is TCP?", headers) is None


@pytest.mark.parametrize(
    ("temperature", "most", "word"),
    [(0.0, 0.0, None), (0.1, 0.0, "temperature"), (None, 0.9, "temperature"), (None, 1.0, None), (0.7, 1.0, None)],
)
def test_a_temperature_above_the_policys_is_refused_and_none_counts_as_one(
    temperature: float | None, most: float, word: str | None
) -> None:
    assert exact(asking("What is TCP?", sampling=Sampling(temperature=temperature)), most=most) == word


CHAT: dict[str, Any] = {"model": "m", "temperature": 0, "messages": [{"role": "user", "content": "What is TCP?"}]}
CLAUDE: dict[str, Any] = {**CHAT, "max_tokens": 9}
ITEMS: dict[str, Any] = {"model": "m", "temperature": 0, "input": "What is TCP?"}


@pytest.mark.parametrize(
    ("dialect", "body", "word"),
    [
        (openai_chat, {**CHAT, "n": 2}, "form"),
        (openai_chat, {**CHAT, "n": 1}, None),
        (openai_chat, {**CHAT, "logprobs": True}, "form"),
        (openai_chat, {**CHAT, "logprobs": False}, None),
        (openai_chat, {**CHAT, "modalities": ["text", "audio"], "audio": {"voice": "a"}}, "form"),
        (openai_chat, {**CHAT, "modalities": ["text"]}, None),
        (openai_chat, {**CHAT, "web_search_options": {}}, None),
        (openai_chat, {**CHAT, "web_search_options": {"search_context_size": "low"}}, "hosted tools"),
        (openai_chat, {**CHAT, "model": "vendor/m:online"}, "hosted tools"),
        (openai_chat, {**CHAT, "store": True}, "stored"),
        (openai_chat, {**CHAT, "store": False}, None),
        (anthropic, CLAUDE, None),
        (anthropic, {**CLAUDE, "mcp_servers": [{"type": "url", "url": "https://x", "name": "x"}]}, "hosted tools"),
        (anthropic, {**CLAUDE, "tools": [{"type": "web_search_20250305", "name": "web_search"}]}, "hosted tools"),
        (anthropic, {**CLAUDE, "tools": [{"name": "find", "input_schema": {"type": "object"}}]}, None),
        (openai_responses, ITEMS, None),
        (openai_responses, {**ITEMS, "previous_response_id": "resp_1"}, "stored"),
        (openai_responses, {**ITEMS, "background": True}, "stored"),
        (openai_responses, {**ITEMS, "tools": [{"type": "web_search"}]}, "hosted tools"),
        (openai_responses, {**ITEMS, "include": ["message.output_text.logprobs"]}, "form"),
        (openai_responses, {**ITEMS, "include": ["reasoning.encrypted_content"]}, None),
        (openai_responses, {**ITEMS, "input": [{"type": "item_reference", "id": "x"}]}, "stored"),
    ],
)
def test_what_is_more_than_a_text_or_lies_elsewhere_is_refused(
    dialect: Any, body: dict[str, Any], word: str | None
) -> None:
    assert exact(dialect.DIALECT.decode_request(body)) == word


CALL = Message("assistant", (ToolUse("c1", "ls"),))
FOUND = ToolResult("c1", (Text("a.py"),))


def test_tools_in_flight_are_refused_and_finished_ones_are_not() -> None:
    first = Message("user", (Text("list my files"),))
    assert (
        exact(ChatRequest("a", "m", (first, CALL, Message("user", (FOUND,))), sampling=Sampling(0.0)))
        == "tools in flight"
    )
    assert exact(asking("and?", before=(first, CALL))) == "tools in flight"
    assert exact(asking("[read_file for 'a'] Result:\nx = 1")) == "tools in flight"
    done = (first, CALL, Message("user", (FOUND,)), Message("assistant", (Text("a.py"),)))
    assert exact(asking("Thanks, and how do I rename it?", before=done)) is None
    beside = Message("system", (Text("<system-reminder>\nplan\n</system-reminder>"),))
    after = ChatRequest("a", "m", (first, CALL, Message("user", (FOUND,)), beside), sampling=Sampling(0.0))
    assert exact(after) == "tools in flight"


def test_what_an_address_leads_to_may_change() -> None:
    assert exact(asking(Image(url="https://cam/now.jpg"), "What do you see?")) == "address"
    assert exact(asking(Document(url="https://a/b.pdf"), "Summarise.")) == "address"
    assert exact(asking(Image("image/png", "aGVs"), "What do you see?")) is None


def test_a_request_too_long_to_be_read_is_refused() -> None:
    assert exact("word " * (MOST_TEXT // 5 + 1)) == "size"
    assert exact(asking("Why?", system="word " * (MOST_TEXT // 5))) == "size"
    assert exact("word " * 1000) is None


TOOL = Tool("ls", "lists", {"type": "object"})


@pytest.mark.parametrize(
    ("request_", "word"),
    [
        (asking("What is the capital of France?"), None),
        (asking("How do I rebase a branch in git?"), None),
        (asking("什么是 TCP？"), None),
        (asking("What is TCP?", tools=(TOOL,)), "tools"),
        (asking(Image("image/png", "aGVs"), "What do you see?"), "attachment"),
        (asking(Document(text="a"), "Summarise the document."), "attachment"),
        (asking("Why " + "so " * 200), "length"),
        (asking("Python?"), "length"),
        (asking("```\nx = 1\n```"), "no ask"),
        (asking("What does this mean?"), "not self-contained"),
        (asking("Fix the bug"), "not self-contained"),
        (asking("How does it work?"), "not self-contained"),
        (asking("Why does my code crash?"), "not self-contained"),
        (asking("Was bedeutet dieser Fehler?"), "not self-contained"),
        (asking("¿Qué significa esto?"), "not self-contained"),
        (asking("Que veut dire ce code ?"), "not self-contained"),
        (asking("Cosa significa questo?"), "not self-contained"),
        (asking("O que significa isso?"), "not self-contained"),
        (asking("Wat betekent dit?"), "not self-contained"),
        (asking("Co robi ta funkcja?"), "not self-contained"),
        (asking("这个函数是做什么的？"), "not self-contained"),
        (asking("これは何ですか"), "not self-contained"),
        (asking("What does this mean?\n```\nx = 1\n```"), None),
        (asking('Fix the typo in this sentence: "teh user is here"'), None),
        (asking("Is it healthy to eat raw eggs?"), None),
        (asking("What is TCP and how does it work?"), None),
        (asking("Write a function that returns the sum of two numbers."), None),
    ],
)
def test_a_near_match_needs_an_ask_that_stands_alone(request_: ChatRequest, word: str | None) -> None:
    assert near(request_) == word


def test_an_ask_may_point_at_earlier_turns_since_those_must_be_equal() -> None:
    before = (Message("user", (Text("What is TCP?"),)), Message("assistant", (Text("A protocol."),)))
    assert near(asking("How does it work?", before=before)) is None


LONG = "TCP is a protocol that delivers bytes in order. " * 40


@pytest.mark.parametrize(
    ("response", "word"),
    [
        (answer("TCP is a protocol."), None),
        (answer("TCP is a protocol.", reason="stop_sequence"), None),
        (answer(Thinking("let me see"), "TCP is a protocol."), None),
        (answer("TCP is", reason="length"), "length"),
        (answer("TCP is", reason="context_length"), "length"),
        (answer("TCP is", reason="unknown"), "unfinished"),
        (answer("TCP is", reason="pause_turn"), "unfinished"),
        (answer("", reason="tool_use"), "unfinished"),
        (answer("TCP", reason="refusal"), "refusal"),
        (answer("Let me look.", ToolUse("c", "ls")), "tools"),
        (answer("See.", Opaque("anthropic", "web_search_tool_result", {})), "tools"),
        (answer(), "empty"),
        (answer("  \n"), "empty"),
        (answer(Thinking("hm")), "empty"),
        (answer("I'm sorry, but I can't help with that."), "refusal"),
        (answer("I cannot assist with this request."), "refusal"),
        (answer("Es tut mir leid, dabei kann ich nicht helfen."), "refusal"),
        (answer("Lo siento, no puedo ayudar con eso."), "refusal"),
        (answer("Je suis désolé, je ne peux pas."), "refusal"),
        (answer("抱歉，我不能回答。"), "refusal"),
        (answer("申し訳ありませんが、お答えできません。"), "refusal"),
        (answer("As an AI, I have no opinions."), "refusal"),
        (answer(Text("No.", {"openai_chat": {"~": {"refusal": "field"}}})), "refusal"),
        (answer("I can explain: TCP is a protocol."), None),
        (answer("You can't lose bytes with TCP."), None),
        (answer("I'm sorry to hear it. " + LONG), None),
        (answer("Your key is ghp_" + "a1B2c3D4e5F6g7H8i9J0"), "secret"),
        (answer(Thinking("the key ghp_" + "a1B2c3D4e5F6g7H8i9J0"), "Done."), "secret"),
        (answer("Write to anna.meier@gmail.com."), "personal"),
        (answer("As of today, version 5 is out."), "time"),
        (answer("Today is Saturday."), "time"),
        (answer("As of my last update, version 5 is out."), None),
        (answer("x" * (MOST_TEXT + 1)), "size"),
    ],
)
def test_only_a_whole_plain_answer_is_kept(response: ChatResponse, word: str | None) -> None:
    found = why_not_kept(response)
    assert found == word
    assert found is None or found in WORDS


def test_a_changed_target_or_name_does_not_make_a_request_eligible() -> None:
    request = asking("What's the weather today?")
    assert exact(replace(request, model="other", dialect="anthropic", stream=True)) == "time"
