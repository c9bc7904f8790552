"""Answers that are empty, cut inside, or say one thing and mean another."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.fakes import script
from tests.fakes.gateway import Gateway
from tests.fakes.script import Fault, Pace
from tests.fakes.upstream import Upstream

from .calls import SURFACES, ask, failure_in, is_complete, message_of, payloads, stream, streamed_text, text_of, tool

CROSSING = ["chat/gpt-4o", "resp/gpt-4o", "gem/gemini-2.5-pro", "bed/claude-sonnet-4-5", "oll/llama3.2"]
NOTHING = script.Reply(parts=())


@pytest.mark.parametrize("target", CROSSING)
def test_an_empty_answer_is_an_error_for_an_anthropic_client(lynkr: Gateway, upstream: Upstream, target: str) -> None:
    """EMP-1: `content: []` breaks the client's history."""
    upstream.when(lambda _: NOTHING)
    answer = ask(lynkr, "anthropic", target)
    assert answer.status_code == 502
    assert message_of("anthropic", answer.json())
    assert lynkr.operation(answer)["status"] == "failed"


@pytest.mark.parametrize("streamed", [False, True])
def test_an_empty_answer_moves_on(lynkr: Gateway, upstream: Upstream, streamed: bool) -> None:
    """EMP-1, FBK-1: nothing was relayed, so the next target may serve."""
    upstream.play(NOTHING, NOTHING, script.text("Stashes."))
    answer = ask(lynkr, "anthropic", "medium", key="rungs", stream=streamed)
    assert answer.status_code == 200
    said = streamed_text("anthropic", answer.content) if streamed else text_of("anthropic", answer.json())
    assert said == "Stashes."
    row = lynkr.operation(answer)
    assert [(call["account"], call["status"]) for call in row["calls"]] == [
        ("bed", "failed"),
        ("bed", "failed"),
        ("chat", "settled"),
    ]


@pytest.mark.parametrize("target", CROSSING)
@pytest.mark.parametrize("streamed", [False, True])
def test_no_empty_text_block_is_made(lynkr: Gateway, upstream: Upstream, target: str, streamed: bool) -> None:
    """EMP-2, EMP-4, PAR-4."""
    upstream.play(script.Reply(parts=(script.Text(""), script.ToolCall("weather", {"city": "Bern"}))))
    answer = ask(lynkr, "anthropic", target, tools=[tool("anthropic")], stream=streamed)
    if streamed:
        events = payloads(answer.content)
        starts = [event["content_block"] for event in events if event["type"] == "content_block_start"]
        stop = next(event["delta"]["stop_reason"] for event in events if event["type"] == "message_delta")
    else:
        starts, stop = answer.json()["content"], answer.json()["stop_reason"]
    assert [block["type"] for block in starts] == ["tool_use"]
    assert stop == "tool_use"


@pytest.mark.parametrize("target", CROSSING[:2])
@pytest.mark.parametrize("surface", SURFACES)
def test_calls_without_arguments_have_an_empty_object(
    lynkr: Gateway, upstream: Upstream, surface: str, target: str
) -> None:
    """TID-6."""
    own = {"openai_chat": "chat", "openai_responses": "resp"}
    if target.startswith(own.get(surface, "-")):
        return  # relayed as it is
    upstream.play(script.Reply(parts=(script.ToolCall("weather", raw=""),)))
    answer = ask(lynkr, surface, target, tools=[tool(surface)])
    assert answer.status_code == 200, answer.text
    from .test_histories import calls_of

    assert [arguments for _, _, arguments in calls_of(surface, answer.json())] == [{}]


@pytest.mark.parametrize("target", ["oai/gpt-4o", "resp/gpt-4o"])
def test_arguments_that_are_no_json_end_the_stream_as_broken(lynkr: Gateway, upstream: Upstream, target: str) -> None:
    """TID-7: the pipeline sees it too; the row is truncated and the connection dropped. Others: test_mending_live."""
    upstream.play(
        script.Reply(
            parts=(script.Text("Looking."), script.ToolCall("weather", raw='{"city": "Be')), pace=Pace(between=0.03)
        )
    )
    with stream(lynkr, "anthropic", target, tools=[tool("anthropic")]) as wire:
        raw = wire.rest()
    assert not wire.proper
    assert not is_complete("anthropic", raw)
    assert "JSON" in failure_in("anthropic", raw)["message"]
    row = lynkr.operation(wire.headers["x-lynkr-request-id"])
    assert row["status"] == "truncated"
    assert [call["status"] for call in row["calls"]] == ["truncated"]


@pytest.mark.parametrize("target", ["anth/claude-sonnet-4-5", *CROSSING])
@pytest.mark.parametrize("surface", SURFACES)
def test_the_stop_reason_follows_from_the_content(
    lynkr: Gateway, upstream: Upstream, surface: str, target: str
) -> None:
    """PAR-4, PAR-5: whatever word the provider uses."""
    own = {"anthropic": "anth", "openai_chat": "chat", "openai_responses": "resp"}
    if target.startswith(own[surface]):
        return  # relayed as it is
    upstream.play(script.Reply(parts=(script.ToolCall("weather", {"city": "Bern"}),), stop="end"))
    answer = ask(lynkr, surface, target, tools=[tool(surface)]).json()
    if surface == "anthropic":
        assert answer["stop_reason"] == "tool_use"
    elif surface == "openai_chat":
        assert answer["choices"][0]["finish_reason"] == "tool_calls"
    else:
        assert answer["status"] == "completed"


@pytest.mark.parametrize("target", CROSSING)
def test_the_context_meter_gets_a_number_at_once_and_the_true_one_last(
    lynkr: Gateway, upstream: Upstream, target: str
) -> None:
    """CCD-6, CCH-3."""
    upstream.play(script.text("Stashes.", usage=script.Usage(input=310, output=7, cache_read=41)))
    events = payloads(ask(lynkr, "anthropic", target, stream=True).content)
    assert events[0]["message"]["usage"]["input_tokens"] > 0
    last = next(event["usage"] for event in events if event["type"] == "message_delta")
    assert last["output_tokens"] == 7
    if not target.startswith("oll"):
        assert (last["input_tokens"], last["cache_read_input_tokens"]) == (310, 41)


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("target", CROSSING[:2])
def test_unknown_events_and_garbage_do_not_reach_the_client(
    lynkr: Gateway, upstream: Upstream, surface: str, target: str
) -> None:
    """CDX-6."""
    upstream.play(script.text("Stashes.", fault=Fault(unknown_event_after=1)))
    with stream(lynkr, surface, target) as wire:
        raw = wire.rest()
    assert wire.proper
    assert is_complete(surface, raw)
    if surface == "openai_responses":
        assert all(event["type"].startswith("response.") for event in payloads(raw))
        numbers = [event["sequence_number"] for event in payloads(raw)]
        assert numbers == sorted(set(numbers))


@pytest.mark.parametrize("surface", SURFACES)
def test_a_plain_answer_to_a_streamed_request_is_told_as_a_stream(
    lynkr: Gateway, upstream: Upstream, surface: str
) -> None:
    whole: dict[str, Any] = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "gpt-4o",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "Stashes."}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7},
    }
    upstream.play(script.Reply(raw=json.dumps(whole).encode(), content_type="application/json"))
    with stream(lynkr, surface, "chat/gpt-4o") as wire:
        raw = wire.rest()
    assert wire.proper
    assert is_complete(surface, raw)


RESPONSES_SHAPE = {
    "input": [{"role": "user", "content": [{"type": "input_text", "text": "Weather?"}]}],
    "tools": [{"type": "function", "name": "weather", "parameters": {"type": "object", "properties": {}}}],
}
ANTHROPIC_SHAPE = {
    "messages": [
        {"role": "user", "content": [{"type": "text", "text": "Weather?"}]},
        {
            "role": "assistant",
            "content": [{"type": "tool_use", "id": "t1", "name": "weather", "input": {"city": "Bern"}}],
        },
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": "sunny"}]},
    ],
    "tools": [{"name": "weather", "description": "Tells.", "input_schema": {"type": "object", "properties": {}}}],
}


@pytest.mark.parametrize("shape", [RESPONSES_SHAPE, ANTHROPIC_SHAPE])
@pytest.mark.parametrize("target", ["anth/claude-sonnet-4-5", "chat/gpt-4o", "resp/gpt-4o"])
def test_cursor_may_send_other_shapes_to_the_chat_path(
    lynkr: Gateway, upstream: Upstream, target: str, shape: dict[str, Any]
) -> None:
    """CUR-1, CUR-2, CUR-3, CUR-4: answered as chat, with structured calls."""
    import httpx

    upstream.play(script.call("weather", {"city": "Bern"}))
    answer = httpx.post(
        lynkr.base_url + "/v1/chat/completions", json={"model": target, **shape}, headers={"x-api-key": lynkr.key}
    )
    assert answer.status_code == 200, answer.text
    message = answer.json()["choices"][0]["message"]
    assert message["tool_calls"][0]["function"]["name"] == "weather"
    assert upstream.last.refused is None
    assert not message.get("content")


@pytest.mark.parametrize("surface", SURFACES)
def test_an_answer_cut_in_its_body_moves_on(lynkr: Gateway, upstream: Upstream, surface: str) -> None:
    cut = script.text("never", fault=Fault(cut_after_events=1))
    upstream.play(cut, cut, script.text("Stashes."))
    answer = ask(lynkr, surface, "simple", key="rungs")
    assert text_of(surface, answer.json()) == "Stashes."
    assert [call["status"] for call in lynkr.operation(answer)["calls"]] == ["failed", "failed", "settled"]
