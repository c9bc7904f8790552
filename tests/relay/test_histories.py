"""Conversations that move from one provider to another, before upstreams that refuse what the vendors refuse."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from tests.fakes import script
from tests.fakes.gateway import Gateway
from tests.fakes.upstream import Upstream

from .calls import ASK, SURFACES, ask, stream, text_of, tool

TARGETS = [
    "anth/claude-sonnet-4-5",
    "chat/gpt-4o",
    "resp/gpt-5.1",
    "gem/gemini-2.5-pro",
    "bed/anthropic.claude-sonnet-4-5-20250929-v1:0",
    "oll/llama3.2",
]
SEEING = [target for target in TARGETS if not target.startswith("oll")]
REASON: dict[str, dict[str, Any]] = {
    "anthropic": {"thinking": {"type": "enabled", "budget_tokens": 1024}, "max_tokens": 4000},
    "openai_chat": {"reasoning_effort": "low"},
    "openai_responses": {"reasoning": {"effort": "low"}, "include": ["reasoning.encrypted_content"], "store": False},
}
THOUGHT = script.Reply(
    parts=(
        script.Thinking("Two cities, two calls."),
        script.Text("Looking."),
        script.ToolCall("weather", {"city": "Bern"}),
        script.ToolCall("weather", {"city": "Graz"}),
    )
)
PIXELS = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 12).decode()


def settings(surface: str, target: str) -> dict[str, Any]:
    reasons = {} if target.startswith(("chat", "oll")) and surface != "anthropic" else REASON[surface]
    return {**reasons, "tools": [tool(surface)]}


def calls_of(surface: str, answer: dict[str, Any]) -> list[tuple[str, str, Any]]:
    """(id, name, arguments) of each call of an answer."""
    if surface == "anthropic":
        return [(b["id"], b["name"], b["input"]) for b in answer["content"] if b["type"] == "tool_use"]
    if surface == "openai_chat":
        made = answer["choices"][0]["message"].get("tool_calls") or []
        return [(c["id"], c["function"]["name"], json.loads(c["function"]["arguments"])) for c in made]
    made = [item for item in answer["output"] if item["type"] == "function_call"]
    return [(c["call_id"], c["name"], json.loads(c["arguments"])) for c in made]


def continued(surface: str, answer: dict[str, Any], *, image: str | None = None) -> dict[str, Any]:
    """The next request's conversation, as a client builds it: the answer as it came, and a result for each call."""
    calls = calls_of(surface, answer)
    if surface == "anthropic":
        picture = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": image}}
        said: Any = [{"type": "text", "text": "sunny"}, *([picture] if image else [])]
        results = [{"type": "tool_result", "tool_use_id": call, "content": said} for call, _, _ in calls]
        turn = {"role": "assistant", "content": answer["content"]}
        return {"messages": [{"role": "user", "content": ASK}, turn, {"role": "user", "content": results}]}
    if surface == "openai_chat":
        results = [{"role": "tool", "tool_call_id": call, "content": "sunny"} for call, _, _ in calls]
        turn = {k: v for k, v in answer["choices"][0]["message"].items() if k != "refusal"}
        return {"messages": [{"role": "user", "content": ASK}, turn, *results]}
    output: Any = "sunny"
    if image:
        address = f"data:image/png;base64,{image}"
        output = [
            {"type": "input_text", "text": "sunny"},
            {"type": "input_image", "image_url": address, "detail": "auto"},
        ]
    results = [{"type": "function_call_output", "call_id": call, "output": output} for call, _, _ in calls]
    return {"input": [{"type": "message", "role": "user", "content": ASK}, *answer["output"], *results]}


@pytest.mark.parametrize("second", TARGETS)
@pytest.mark.parametrize("first", TARGETS)
@pytest.mark.parametrize("surface", SURFACES)
def test_a_conversation_may_move_to_any_provider(
    lynkr: Gateway, upstream: Upstream, surface: str, first: str, second: str
) -> None:
    """THK-2, THK-3, THK-7, THK-12, PAR-2, TID-2: thoughts, two parallel calls and their results, over every pair."""
    upstream.play(THOUGHT)
    answer = ask(lynkr, surface, first, **settings(surface, first))
    assert answer.status_code == 200, answer.text
    made = calls_of(surface, answer.json())
    assert [arguments for _, _, arguments in made] == [{"city": "Bern"}, {"city": "Graz"}]
    assert len({call for call, _, _ in made}) == 2
    upstream.play(script.text("Both sunny."))
    settled = ask(lynkr, surface, second, **{**settings(surface, second), **continued(surface, answer.json())})
    assert settled.status_code == 200, settled.text
    assert text_of(surface, settled.json()) == "Both sunny."
    assert [received.refused for received in upstream.chats] == [None, None]


@pytest.mark.parametrize("target", ["anth/claude-sonnet-4-5", "bed/anthropic.claude-sonnet-4-5-20250929-v1:0"])
def test_thoughts_go_back_to_their_maker(lynkr: Gateway, upstream: Upstream, target: str) -> None:
    """THK-1, THK-8: with the signature, unchanged."""
    upstream.play(THOUGHT)
    answer = ask(lynkr, "anthropic", target, **settings("anthropic", target))
    upstream.play(script.text("Both sunny."))
    ask(lynkr, "anthropic", target, **{**settings("anthropic", target), **continued("anthropic", answer.json())})
    assert b"Two cities, two calls." in upstream.last.body


@pytest.mark.parametrize("streamed", [False, True])
def test_a_refused_signature_is_repaired_once(lynkr: Gateway, upstream: Upstream, streamed: bool) -> None:
    """THK-4, THK-10: one more call of the same target without the thoughts, and a word in the losses."""
    history = [
        {"role": "user", "content": ASK},
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "Hm.", "signature": "bWFkZSBlbHNld2hlcmU=" * (8 + streamed)},
                {"type": "text", "text": "It stashes."},
            ],
        },
        {"role": "user", "content": "And pop?"},
    ]
    upstream.play(script.text("Brings them back."))
    more = {**REASON["anthropic"], "messages": history, "stream": streamed}
    answer = ask(lynkr, "anthropic", "anth/claude-sonnet-4-5", **more)
    assert answer.status_code == 200, answer.text
    assert "Brings" in answer.text
    first, second = upstream.chats
    assert first.refused is not None
    assert second.refused is None
    assert b"bWFkZSBlbHNld2hlcmU" not in second.body
    row = lynkr.operation(answer)
    assert [call["status"] for call in row["calls"]] == ["rejected", "settled"]
    assert any("thinking" in loss for loss in row["losses"])


def test_a_signature_refused_twice_is_an_error(lynkr: Gateway, upstream: Upstream) -> None:
    """THK-10: one repair, not a loop."""
    upstream.when(lambda _: script.error(400, "messages.1.content.0: Invalid `signature` in `thinking` block"))
    answer = ask(lynkr, "anthropic", "anth/claude-sonnet-4-5")
    assert answer.status_code == 400
    assert len(upstream.chats) == 2


@pytest.mark.parametrize("target", SEEING)
@pytest.mark.parametrize("surface", ["anthropic", "openai_responses"])
def test_an_image_in_a_tool_result_is_seen(lynkr: Gateway, upstream: Upstream, surface: str, target: str) -> None:
    """IMG-1, IMG-3, IMG-4: as an image where the provider takes one, and never as text."""
    upstream.play(THOUGHT)
    answer = ask(lynkr, surface, target, **settings(surface, target))
    upstream.play(script.text("A picture."))
    more = {**settings(surface, target), **continued(surface, answer.json(), image=PIXELS)}
    settled = ask(lynkr, surface, target, **more)
    assert settled.status_code == 200, settled.text
    assert (
        upstream.last.body.count(PIXELS[:200].encode())
        + upstream.last.body.count(PIXELS[:200].replace("/", "\\/").encode())
        == 2
    )
    for text in texts_in(upstream.last.json):
        assert PIXELS[:200] not in text


def texts_in(value: Any) -> list[str]:
    """Every string that stands under a key that means text."""
    if isinstance(value, list):
        return [text for item in value for text in texts_in(item)]
    if not isinstance(value, dict):
        return []
    found = [v for k, v in value.items() if k in ("text", "content", "output", "arguments") and isinstance(v, str)]
    return found + [text for item in value.values() for text in texts_in(item)]


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("surface", SURFACES)
def test_a_result_without_its_call_is_kept_as_text_and_counted(
    lynkr: Gateway, upstream: Upstream, surface: str, target: str
) -> None:
    """TID-3."""
    orphan: dict[str, Any] = {
        "anthropic": {
            "messages": [
                {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_x", "content": "sunny-42"}]}
            ]
        },
        "openai_chat": {
            "messages": [
                {"role": "user", "content": ASK},
                {"role": "tool", "tool_call_id": "call_x", "content": "sunny-42"},
            ]
        },
        "openai_responses": {
            "input": [
                {"type": "message", "role": "user", "content": ASK},
                {"type": "function_call_output", "call_id": "call_x", "output": "sunny-42"},
            ]
        },
    }
    own = {"anthropic": "anth", "openai_chat": "chat", "openai_responses": "resp"}
    if target.startswith(own[surface]):
        return  # relayed as it is: the vendor's own word on it reaches its own client
    answer = ask(lynkr, surface, target, **orphan[surface])
    assert answer.status_code == 200, answer.text
    assert b"sunny-42" in upstream.last.body
    assert any("tool_result" in loss for loss in lynkr.operation(answer)["losses"])


@pytest.mark.parametrize("target", TARGETS[1:])
def test_claude_codes_billing_line_stays_with_anthropic(lynkr: Gateway, upstream: Upstream, target: str) -> None:
    """Its suffix differs per conversation and would spoil every prefix cache."""
    line = "x-anthropic-billing-header: cc_version=2.1.330.421; cc_entrypoint=cli;"
    system = [{"type": "text", "text": line}, {"type": "text", "text": "You are an agent."}]
    assert ask(lynkr, "anthropic", target, system=system).status_code == 200
    assert b"billing" not in upstream.last.body
    assert b"You are an agent." in upstream.last.body
    assert ask(lynkr, "anthropic", TARGETS[0], system=system).status_code == 200
    assert line.encode() in upstream.last.body


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("target", TARGETS)
def test_a_plain_conversation_loses_nothing(lynkr: Gateway, upstream: Upstream, surface: str, target: str) -> None:
    upstream.play(THOUGHT.but(parts=THOUGHT.parts[1:]))
    answer = ask(lynkr, surface, target, tools=[tool(surface)])
    settled = ask(lynkr, surface, target, **{"tools": [tool(surface)], **continued(surface, answer.json())})
    assert settled.status_code == 200, settled.text
    assert lynkr.operation(settled)["losses"] == []


@pytest.mark.parametrize("surface", SURFACES)
def test_a_stream_of_two_calls_tells_them_apart(lynkr: Gateway, upstream: Upstream, surface: str) -> None:
    """PAR-1: their deltas come interleaved."""
    two = (script.ToolCall("weather", {"city": "Bern"}), script.ToolCall("weather", {"city": "Graz"}))
    upstream.play(script.Reply(parts=two, interleave=True))
    with stream(lynkr, surface, "chat/gpt-4o", tools=[tool(surface)]) as wire:
        raw = wire.rest()
    assert wire.proper
    from .calls import payloads

    pieces: dict[Any, str] = {}
    for event in payloads(raw):
        if surface == "anthropic" and event["type"] == "content_block_delta":
            pieces[event["index"]] = pieces.get(event["index"], "") + event["delta"].get("partial_json", "")
        elif surface == "openai_chat" and event.get("choices"):
            for call in event["choices"][0]["delta"].get("tool_calls") or ():
                pieces[call["index"]] = pieces.get(call["index"], "") + (call["function"].get("arguments") or "")
        elif surface == "openai_responses" and event["type"] == "response.function_call_arguments.done":
            pieces[event["output_index"]] = event["arguments"]
    assert [json.loads(piece) for _, piece in sorted(pieces.items()) if piece] == [{"city": "Bern"}, {"city": "Graz"}]
