"""The visible badge: at the end of answers in prose, and never in what a model or the scorer is shown again."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.fakes import script
from tests.fakes.gateway import Gateway
from tests.fakes.upstream import Upstream

from .calls import PATHS, SURFACES, ask, body, is_complete, payloads, stream, streamed_text, text_of, tool
from .climbers import CHEAP, set_policy

TEXT = "It puts your changes away.\n"
TARGETS = [
    CHEAP,
    "anth/claude-haiku-4-5",
    "resp/gpt-4o-mini",
    "gem/gemini-2.5-flash",
    "bed/claude-haiku-4-5",
    "oll/llama3.2",
]
OWN = {"anthropic": "anth/claude-haiku-4-5", "openai_chat": "chat/gpt-4o-mini", "openai_responses": "resp/gpt-4o-mini"}


def badged(lynkr: Gateway, target: str = CHEAP, **policy: Any) -> None:
    set_policy(lynkr, {"SIMPLE": [target]}, **{"badge": True, **policy})


def badge_in(text: str) -> str:
    """The badge that `text` ends with."""
    start = text.rindex("\n\n[lynkr: ")
    return text[start + 2 :]


def history(surface: str, answer: dict[str, Any]) -> dict[str, Any]:
    """The conversation with `answer` in it as the client puts it back, and one more question."""
    first, more = {"role": "user", "content": "What does git stash do?"}, {"role": "user", "content": "And git tag?"}
    if surface == "anthropic":
        return {"messages": [first, {"role": "assistant", "content": answer["content"]}, more]}
    if surface == "openai_chat":
        message = {key: value for key, value in answer["choices"][0]["message"].items() if key != "refusal"}
        return {"messages": [first, message, more]}
    return {"input": [first, *answer["output"], more]}


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("surface", SURFACES)
def test_a_badge_goes_out_and_comes_back_in_no_request(
    lynkr: Gateway, upstream: Upstream, surface: str, target: str
) -> None:
    badged(lynkr, target)
    upstream.play(script.text(TEXT), script.text("It names a commit."))
    answer = ask(lynkr, surface, key="climber")
    score = answer.headers["x-lynkr-score"]
    assert text_of(surface, answer.json()) == f"{TEXT}\n\n[lynkr: simple, {target}, score {score}]"
    again = ask(lynkr, surface, key="climber", **history(surface, answer.json()))
    assert again.status_code == 200, again.text
    sent = upstream.last.body
    assert b"lynkr:" not in sent
    assert json.dumps(TEXT)[1:-1].encode() in sent
    assert badge_in(text_of(surface, again.json()))


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("surface", SURFACES)
def test_a_stream_ends_with_the_badge_and_is_a_proper_one(
    lynkr: Gateway, upstream: Upstream, surface: str, target: str
) -> None:
    badged(lynkr, target)
    upstream.play(script.text(TEXT))
    with stream(lynkr, surface, key="climber") as wire:
        raw = wire.rest()
    assert wire.proper
    assert is_complete(surface, raw)
    assert badge_in(streamed_text(surface, raw)) == f"[lynkr: simple, {target}, score {wire.headers['x-lynkr-score']}]"
    assert streamed_text(surface, raw).startswith(TEXT)


def test_the_badge_is_a_block_of_its_own_where_there_are_blocks(lynkr: Gateway, upstream: Upstream) -> None:
    badged(lynkr)
    upstream.play(script.text(TEXT), script.text(TEXT))
    blocks = ask(lynkr, "anthropic", key="climber").json()["content"]
    assert blocks[0]["text"] == TEXT
    assert len(blocks) == 2
    with stream(lynkr, "anthropic", key="climber") as wire:
        events = payloads(wire.rest())
    assert [event["index"] for event in events if event["type"] == "content_block_start"] == [0, 1]


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("surface", SURFACES)
def test_calls_and_json_and_named_models_get_none(
    lynkr: Gateway, upstream: Upstream, surface: str, streamed: bool
) -> None:
    badged(lynkr)
    call = script.Reply(parts=(script.Text("Looking."), script.ToolCall("weather", {"city": "Bern"})))
    upstream.play(call, script.text(TEXT))
    called = ask(lynkr, surface, key="climber", tools=[tool(surface)], stream=streamed)
    assert "weather" in called.text
    assert "lynkr:" not in called.text
    assert "lynkr:" not in ask(lynkr, surface, "simple", key="climber", stream=streamed).text


def test_json_that_was_asked_for_stays_json(lynkr: Gateway, upstream: Upstream) -> None:
    badged(lynkr)
    upstream.play(script.text('{"a": 1}'))
    answer = ask(lynkr, "openai_chat", key="climber", response_format={"type": "json_object"})
    assert text_of("openai_chat", answer.json()) == '{"a": 1}'


@pytest.mark.parametrize("surface", SURFACES)
def test_when_it_is_off_answer_and_request_keep_their_bytes(lynkr: Gateway, upstream: Upstream, surface: str) -> None:
    """In the caller's own dialect: spaces, the order of fields and signatures are those of the sender."""
    badged(lynkr, OWN[surface], badge=False)
    sent = body(surface)
    field = "input" if surface == "openai_responses" else "messages"
    if field == "input":
        sent["input"] = [{"role": "user", "content": "What does git stash do?"}]
    odd = json.dumps(sent[field], indent=3).encode()
    raw = json.dumps({key: value for key, value in sent.items() if key != field}).encode()[:-1]
    raw += b', "' + field.encode() + b'":  ' + odd + b" }"
    upstream.play(script.text(TEXT))
    headers = {"x-api-key": lynkr.keys["climber"], "content-type": "application/json"}
    answer = httpx.post(lynkr.base_url + PATHS[surface], content=raw, headers=headers)
    assert answer.status_code == 200, answer.text
    assert odd in upstream.last.body
    assert text_of(surface, answer.json()) == TEXT


@pytest.mark.parametrize("surface", SURFACES)
def test_an_old_badge_is_taken_out_after_it_was_turned_off_and_a_quoted_one_stays(
    lynkr: Gateway, upstream: Upstream, surface: str
) -> None:
    badged(lynkr, OWN[surface], badge=False)
    badge = "[lynkr: simple, oai/gpt-4o-mini, score 12]"
    said = [
        {"role": "user", "content": f"What is {badge}"},
        {"role": "assistant", "content": f"A line: {badge} says who answered.\n\n{badge}"},
        {"role": "user", "content": "Thanks. What does git stash do?"},
    ]
    upstream.play(script.text(TEXT))
    field = "input" if surface == "openai_responses" else "messages"
    answer = ask(lynkr, surface, key="climber", **{field: said})
    assert answer.status_code == 200, answer.text
    sent = json.dumps(upstream.last.json)
    assert sent.count(badge) == 2
    assert f'A line: {badge} says who answered."' in sent


def test_signed_thoughts_before_a_badge_go_back_as_they_came(lynkr: Gateway, upstream: Upstream) -> None:
    """The upstream refuses a thought whose signature or place has changed."""
    badged(lynkr, "anth/claude-sonnet-4-5")
    thinking = {"thinking": {"type": "enabled", "budget_tokens": 1024}, "max_tokens": 2000}
    upstream.play(script.Reply(parts=(script.Thinking("A stash."), script.Text(TEXT))), script.text("A tag."))
    upstream.bind_prefix = True
    try:
        answer = ask(lynkr, "anthropic", key="climber", **thinking)
        assert len(answer.json()["content"]) == 3
        again = ask(lynkr, "anthropic", key="climber", **thinking, **history("anthropic", answer.json()))
    finally:
        upstream.bind_prefix = False
    assert again.status_code == 200, again.text
    assert [received.refused for received in upstream.chats] == [None, None]
    assert b"A stash." in upstream.last.body


def test_a_stored_conversation_holds_no_badge(lynkr: Gateway, upstream: Upstream) -> None:
    badged(lynkr, OWN["openai_responses"])
    upstream.play(script.text(TEXT), script.text("A tag."))
    first = ask(lynkr, "openai_responses", key="climber")
    again = ask(lynkr, "openai_responses", key="climber", previous_response_id=first.json()["id"], input="And git tag?")
    assert again.status_code == 200, again.text
    assert b"puts your changes" in upstream.last.body
    assert b"lynkr:" not in upstream.last.body
