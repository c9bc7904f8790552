"""Which requests are a client's own probes, and which only look like one."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from gateway.bypass import Answer, answer_to
from gateway.chat.request import Text
from gateway.titles import LONGEST_ASK, title_of
from gateway.wire import registry
from tests.fakes import probes
from tests.fakes.probes import ASK, CLAUDE_CODE, Body, anthropic, user

LOGIN = "Fix the login button on mobile devices"
PICTURE = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"}}


def found(body: Body, surface: str = "anthropic", agent: str = "") -> Answer | None:
    return answer_to(registry.dialect(surface).decode_request(body), {"user-agent": agent})


def told(body: Body, surface: str = "anthropic", agent: str = "") -> tuple[str, str, str]:
    """(what, text, why it ended)"""
    answer = found(body, surface, agent)
    assert answer is not None
    (block,) = answer.response.blocks
    assert isinstance(block, Text)
    return answer.what, block.text, answer.response.finish_reason


@pytest.mark.parametrize(
    ("surface", "body", "agent", "expected"),
    [
        ("anthropic", probes.quota(), "", ("quota check", "OK", "length")),
        ("anthropic", probes.quota(stream=True), CLAUDE_CODE, ("quota check", "OK", "length")),
        ("anthropic", anthropic(user("test"), temperature=1), CLAUDE_CODE, ("key check", "OK", "length")),
        ("anthropic", probes.count(), "", ("token count", "OK", "length")),
        ("anthropic", probes.count("foo", tools=[probes.TOOL], system="Long."), "", ("token count", "OK", "length")),
        ("anthropic", probes.warm_up(), "", ("warm-up", "Ready.", "stop")),
        ("anthropic", probes.warm_up(system="You explore."), CLAUDE_CODE, ("warm-up", "Ready.", "stop")),
        (
            "anthropic",
            probes.topic(),
            "",
            ("topic", '{"isNewTopic": true, "title": "Add OAuth authentication"}', "stop"),
        ),
        (
            "anthropic",
            probes.topic(prefill="{", system=f"{probes.ITSELF}\n{probes.TOPIC}"),
            "",
            ("topic", '"isNewTopic": true, "title": "Add OAuth authentication"}', "stop"),
        ),
        ("anthropic", probes.named(), "", ("title", '{"title": "Login button on mobile devices"}', "stop")),
        ("anthropic", probes.sentence_case(), "", ("title", f'{{"title": "{LOGIN}"}}', "stop")),
        ("anthropic", probes.five_to_ten(), "", ("title", LOGIN, "stop")),
        ("anthropic", probes.opencode("anthropic"), "", ("title", LOGIN, "stop")),
        ("openai_chat", probes.opencode("openai_chat"), "", ("title", LOGIN, "stop")),
        ("openai_responses", probes.opencode("openai_responses"), "", ("title", LOGIN, "stop")),
        ("anthropic", probes.goose("anthropic"), "", ("title", "Login button", "stop")),
        ("openai_chat", probes.goose("openai_chat"), "", ("title", "Login button", "stop")),
    ],
)
def test_a_probe_is_known_by_its_shape(surface: str, body: Body, agent: str, expected: tuple[str, str, str]) -> None:
    assert told(body, surface, agent) == expected


def test_opencode_may_put_its_line_and_the_ask_in_one_text() -> None:
    text = f"Generate a title for this conversation:\n{ASK}"
    assert told(anthropic(user(text), max_tokens=500, system=probes.OPENCODE)) == ("title", LOGIN, "stop")


def test_a_title_in_another_script_stays_as_it_is() -> None:
    _, text, _ = told(probes.sentence_case("Añade el botón de búsqueda"))
    assert text == '{"title": "Añade el botón de búsqueda"}'
    assert json.loads(text)


@pytest.mark.parametrize(
    "body",
    [
        probes.quota(max_tokens=2),
        anthropic(user("quota"), max_tokens=1000),
        probes.quota(system="You answer in one word."),
        probes.quota(tools=[probes.TOOL]),
        anthropic(user("quota?")),
        anthropic(user("What is a quota")),
        anthropic(user("hi"), {"role": "assistant", "content": "Hello."}, user("quota")),
        anthropic(user([{"type": "text", "text": "quota"}, PICTURE])),
        anthropic(user("test")),
        anthropic(user("hi")),
        probes.count(max_tokens=100),
        probes.count(tools=[probes.TOOL], tool_choice={"type": "any"}),
        anthropic(user("count to ten")),
        anthropic(user("Warmup"), max_tokens=100),
        anthropic(user("Warmup"), max_tokens=100, system="You are a sports coach."),
        anthropic(user("Warmup exercises"), max_tokens=100, system=probes.ITSELF),
        anthropic(user("Warmup"), {"role": "assistant", "content": "Ready."}, user("Warmup"), system=probes.ITSELF),
        probes.topic("yes"),
        probes.topic("Fix `foo()` in src/foo.py please"),
        probes.topic(tools=[probes.TOOL]),
        probes.topic(prefill="Sure"),
        anthropic(user(probes.TOPIC), max_tokens=512),
        probes.topic(system=f"You write prompts. Improve this one: {probes.TOPIC}"),
        probes.topic(system="Analyze if this message indicates a new conversation topic. Answer yes or no."),
        probes.named("What is going on here"),
        probes.named(language="Write the title in German. Keep technical terms in their original form."),
        probes.named(tools=[probes.TOOL]),
        probes.named(prompt=probes.NAMING.replace("Return JSON", "Return YAML")),
        probes.named(max_tokens=3),
        probes.sentence_case("x" * 1_200),
        probes.sentence_case(output_config={"format": {"type": "json_schema", "schema": {"type": "object", "properties": {
            "title": {"type": "string"}, "branch": {"type": "string"}}}}}),
        probes.five_to_ten(f"[Last 12 of 14 messages]\n\nUser: {ASK}"),
        probes.five_to_ten(f"User: {ASK}", system="You are a poet."),
        probes.opencode("anthropic", "hello"),
        probes.opencode("anthropic", system="You are a title generator for time tracking entries. Output a brief title."),
        anthropic(user(ASK), max_tokens=500, system=probes.OPENCODE),
        anthropic(user("Generate a title for this conversation:\n"), user(ASK), user("And more"), system=probes.OPENCODE),
        probes.goose("anthropic", "How do I reverse a list?"),
        anthropic(user(ASK), max_tokens=500),
    ],
)  # fmt: skip
def test_a_near_miss_is_left_to_a_model(body: Body) -> None:
    assert found(body) is None


def test_what_is_no_text_is_left_to_a_model() -> None:
    body: Any = probes.opencode("anthropic")
    body["messages"][0]["content"].append(PICTURE)
    assert found(body) is None


@pytest.mark.parametrize(
    ("ask", "title"),
    [
        (ASK, LOGIN),
        ("Can you please add dark mode to the settings page?", "Add dark mode to the settings page"),
        ("I want you to refactor the API client so that errors are handled in one place", "Refactor the API client"),
        (
            "The build fails on CI since yesterday and I do not know why. See below.",
            "The build fails on CI since yesterday",
        ),
        ("What does git stash do?", "What does git stash do"),
        ("Schreibe einen Test für den Parser", "Schreibe einen Test für den Parser"),
        ("Please fix the failing tests, please", "Fix the failing tests"),
        ("hello", None),
        ("fix this for me", None),
        ("make it faster", None),
        ("continue with the next step", None),
        ("Investigate and fix the issue where the login button does not respond", None),
        ("explain how the scheduler picks the next job to run", None),
        ("Fix the test in tests/test_x.py", None),
        ("Why is foo.bar None here", None),
        ("Rename the column user_name now", None),
        ("请帮我修复登录", None),
        ("```\nTraceback (most recent call last)\n```", None),
        ("", None),
        ("   \n ", None),
        (f"Add dark mode. {'x' * LONGEST_ASK}", None),
    ],
)
def test_a_title_is_the_first_words_where_they_make_one(ask: str, title: str | None) -> None:
    assert title_of(ask, 3, 7) == title


def test_a_name_of_the_subject_does_without_the_verb() -> None:
    assert title_of(ASK, 2, 5, subject=True) == "Login button on mobile devices"
    assert title_of("The login button is broken", 2, 5, subject=True) is None


@pytest.mark.parametrize(
    "unit", ["<system-reminder>", "\n\nClaude: ", "<session>\n", "---BEGIN USER MESSAGES---\n", "User: ", "a "]
)
@pytest.mark.parametrize("make", [probes.named, probes.sentence_case, probes.topic, probes.five_to_ten])
def test_no_text_takes_long_to_look_at(make: Any, unit: str) -> None:
    """One message must not stop the process for others."""
    body = make(unit * (2_000_000 // len(unit)))
    request = registry.dialect("anthropic").decode_request(body)
    began = time.perf_counter()
    assert answer_to(request, {}) is None
    assert time.perf_counter() - began < 0.5
