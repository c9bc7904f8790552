"""Ollama's native chat, both directions."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.chat.errors import BadRequest, InternalError, UpstreamBroken, UpstreamRejected, UpstreamUnavailable
from gateway.chat.events import BlockStart, BlockStop, Delta, Failed, Finish, Start, StreamEvent
from gateway.chat.request import (
    ChatRequest,
    Image,
    Message,
    Sampling,
    Text,
    Thinking,
    ThinkingConfig,
    Tool,
    ToolChoice,
    ToolResult,
    ToolUse,
)
from gateway.chat.response import ChatResponse, fold
from gateway.chat.usage import Usage
from gateway.wire.profile import Profile

from .chat_fixtures import OLLAMA, context, events_of, foreign, load, paths, permissive, stream

REQUEST = ChatRequest("ollama", "m", (Message("user", (Text("hi"),)),), stream=True)
WHOLE = [path for path in paths("ollama", "streams") if not path.stem.startswith(("cut", "error"))]
PLAIN = Profile("m", tool_images=False)


def lines(data: bytes) -> list[Any]:
    return [json.loads(line) for line in data.splitlines()]


@pytest.mark.parametrize("path", paths("ollama", "requests"), ids=lambda path: path.stem)
def test_a_captured_request_is_written_back_as_it_came(path: Path) -> None:
    body = load(path)
    encoded = OLLAMA.encode_request(OLLAMA.decode_request(body), permissive(body["model"]))
    assert encoded.body == body
    assert encoded.losses == ()


@pytest.mark.parametrize("path", paths("ollama", "responses"), ids=lambda path: path.stem)
def test_a_captured_answer_is_written_back_as_it_came(path: Path) -> None:
    body = load(path)
    answer = OLLAMA.decode_response(body, REQUEST)
    assert OLLAMA.encode_response(answer, context(REQUEST, "ollama", body["model"])) == body


@pytest.mark.parametrize("path", WHOLE, ids=lambda path: path.stem)
def test_a_captured_stream_written_again_says_the_same(path: Path) -> None:
    events = events_of(OLLAMA, path.read_bytes(), REQUEST)
    written = OLLAMA.stream_encoder(context(REQUEST, "ollama", "qwen3")).encode(events)
    assert events_of(OLLAMA, written, REQUEST) == events


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_any_split_of_the_bytes_gives_the_same_events(data: st.DataObject) -> None:
    body = data.draw(st.sampled_from(WHOLE)).read_bytes()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(body)), max_size=8)))
    decoder = OLLAMA.stream_decoder(REQUEST)
    events: list[StreamEvent] = []
    raw = b""
    for start, end in zip([0, *cuts], [*cuts, len(body)], strict=True):
        events += decoder.feed(body[start:end])
        raw += decoder.raw
    assert events + decoder.end() == events_of(OLLAMA, body, REQUEST)
    assert raw == body


def test_results_are_matched_to_calls_by_name_and_order() -> None:
    body = load(next(path for path in paths("ollama", "requests") if path.stem == "tools"))
    request = OLLAMA.decode_request(body)
    calls = [block.id for block in request.messages[1].blocks if isinstance(block, ToolUse)]
    results = [block.tool_use_id for block in request.messages[2].blocks if isinstance(block, ToolResult)]
    assert calls == results
    assert len(set(calls)) == 2


def test_a_call_means_tool_use_though_ollama_says_stop() -> None:
    """PAR-4."""
    answer = fold(events_of(OLLAMA, stream("ollama", "tools_without_ids"), REQUEST))
    assert answer.finish_reason == "tool_use"
    uses = [block for block in answer.blocks if isinstance(block, ToolUse)]
    assert [(use.name, use.arguments) for use in uses] == [("read", '{"p":1}'), ("now", "{}")]
    assert len({use.id for use in uses}) == 2
    assert all(use.id for use in uses)
    assert not any(isinstance(block, Text) for block in answer.blocks)


def test_thinking_comes_before_text_and_parallel_calls_follow() -> None:
    """THK-14, PAR-2."""
    answer = fold(events_of(OLLAMA, stream("ollama", "thinking_and_parallel_tools"), REQUEST))
    assert answer.blocks[:2] == (Thinking("Need tools"), Text("Looking."))
    assert [block.id for block in answer.blocks[2:] if isinstance(block, ToolUse)] == ["call_u1", "call_u2"]
    assert answer.usage == Usage(26, 282)


def test_a_cut_stream_ends_with_failed() -> None:
    """CUT-9."""
    last = events_of(OLLAMA, stream("ollama", "cut_mid_text"), REQUEST)[-1]
    assert isinstance(last, Failed)
    assert isinstance(last.error, UpstreamBroken)


def test_an_error_line_ends_the_stream_and_is_not_relayed_raw() -> None:
    """FBK-5."""
    decoder = OLLAMA.stream_decoder(REQUEST)
    events = decoder.feed(stream("ollama", "error_mid_stream"))
    assert isinstance(events[-1], Failed)
    assert isinstance(events[-1].error, UpstreamUnavailable)
    assert b"error" not in decoder.raw


def test_an_agents_request_becomes_ollamas() -> None:
    """TID-2, IMG-3, PAR-3."""
    request = foreign(
        Message("user", (Text("go"), Image("image/png", "iVBO"))),
        Message(
            "assistant",
            (Thinking("hm", "sig"), Text("Reading"), ToolUse("t1", "read", '{"p":1}'), ToolUse("t2", "read")),
        ),
        Message("user", (ToolResult("t1", (Text("one"),)), ToolResult("t2", (Image("image/png", "iVB2"),), True))),
        Message("user", (Image(url="https://x/y.png"), ToolResult("gone", (Text("?"),)))),
        system=(Text("a"), Text("b")),
        tools=(Tool("read", "d", {"type": "object"}), Tool("spawn", namespace="n"), Tool("w", kind="hosted")),
        tool_choice=ToolChoice("any"),
        parallel_tool_calls=False,
        sampling=Sampling(0.5, 0.9, 40, 7, stop=("x",)),
        max_tokens=500,
        stream=True,
        thinking=ThinkingConfig("enabled", 4000),
        user="dev",
    )
    body, losses = OLLAMA.encode_request(request, replace(PLAIN, max_output_tokens=100))
    sent = body["messages"]
    assert [message["role"] for message in sent] == ["system", "user", "assistant", "tool", "tool", "user", "user"]
    assert sent[1] == {"role": "user", "content": "go", "images": ["iVBO"]}
    assert sent[2]["tool_calls"][0] == {"id": "t1", "function": {"name": "read", "arguments": {"p": 1}}}
    assert sent[3] == {"role": "tool", "content": "one", "tool_name": "read", "tool_call_id": "t1"}
    assert sent[4]["content"].startswith("Error")
    assert sent[5]["images"] == ["iVB2"]
    assert "t2" in sent[5]["content"]
    assert "gone" in sent[6]["content"]
    assert body["options"] == {
        "temperature": 0.5,
        "top_p": 0.9,
        "top_k": 40,
        "seed": 7,
        "stop": ["x"],
        "num_predict": 100,
    }
    assert body["think"] == "low"
    assert body["stream"] is True
    assert [tool["function"]["name"] for tool in body["tools"]] == ["read", "n__spawn"]
    assert {"tools[2]", "tool_choice", "parallel_tool_calls", "user", "messages[3].image"} <= set(losses)
    assert "num_ctx" not in json.dumps(body)


def test_a_model_that_cannot_think_is_not_asked_to() -> None:
    request = foreign(thinking=ThinkingConfig("enabled", 4000))
    body, losses = OLLAMA.encode_request(request, Profile("m", thinking="none"))
    assert "think" not in body
    assert losses == ("thinking",)


def test_an_answer_of_another_dialect_is_written_line_by_line() -> None:
    events: list[StreamEvent] = [
        Start("msg", "claude", Usage(9)),
        BlockStart(0, Thinking()),
        Delta(0, "thinking", "hm"),
        BlockStop(0),
        BlockStart(1, Text("")),
        Delta(1, "text", "Hi"),
        BlockStop(1),
        BlockStart(2, ToolUse("t", "read", "")),
        Delta(2, "arguments", '{"p"'),
        Delta(2, "arguments", ":1}"),
        BlockStop(2),
        Finish("tool_use", Usage(None, 5)),
    ]
    encoder = OLLAMA.stream_encoder(context(REQUEST))
    sent = lines(b"".join(encoder.encode([event]) for event in events))
    assert [line["done"] for line in sent] == [False, False, False, True]
    assert sent[0]["message"]["thinking"] == "hm"
    assert sent[1]["message"]["content"] == "Hi"
    assert sent[2]["message"]["tool_calls"] == [
        {"id": "t", "function": {"name": "read", "arguments": {"p": 1}, "index": 0}}
    ]
    assert (sent[3]["prompt_eval_count"], sent[3]["eval_count"]) == (9, 5)
    assert {line["model"] for line in sent} == {"shown"}


def test_a_keepalive_is_a_line_every_client_can_parse() -> None:
    (line,) = lines(OLLAMA.stream_encoder(context(REQUEST)).keepalive())
    assert line["message"]["content"] == ""
    assert line["done"] is False


def test_a_failure_is_an_error_line_and_nothing_follows() -> None:
    encoder = OLLAMA.stream_encoder(context(REQUEST))
    assert lines(encoder.fail(InternalError("lost"))) == [{"error": "lost"}]
    assert encoder.encode([Finish("stop")]) == b""


def test_a_json_answer_of_another_dialect() -> None:
    answer = ChatResponse("x", "y", (Text("a"), ToolUse("t", "f", '{"a":1}')), "tool_use", Usage(1, 2, 3))
    body = OLLAMA.encode_response(answer, context(REQUEST))
    assert body["message"]["tool_calls"][0]["function"]["arguments"] == {"a": 1}
    assert (body["prompt_eval_count"], body["eval_count"], body["done"]) == (4, 2, True)


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"model": "m"}, "messages"),
        ({"model": "m", "messages": []}, "messages"),
        ({"messages": [{"role": "user", "content": "x"}]}, "model"),
        ({"model": "m", "messages": [{"role": "developer", "content": "x"}]}, "messages[0].role"),
        ({"model": "m", "messages": [{"role": "user", "content": []}]}, "messages[0].content"),
        ({"model": "m", "messages": [{"role": "user", "images": [3]}]}, "messages[0].images[0]"),
        ({"model": "m", "messages": [{"role": "user", "content": "x"}], "options": []}, "options"),
        ({"model": "m", "messages": [{"role": "user", "content": "x"}], "tools": [{}]}, "tools[0].function"),
    ],
)
def test_senseless_input_is_refused_by_the_name_of_its_field(body: dict[str, Any], named: str) -> None:
    with pytest.raises(BadRequest) as caught:
        OLLAMA.decode_request(body)
    assert caught.value.param == named


@pytest.mark.parametrize(
    ("status", "kind", "client_status"),
    [
        (400, UpstreamRejected, 400),
        (401, UpstreamRejected, 502),
        (404, UpstreamRejected, 404),
        (429, UpstreamUnavailable, 429),
        (500, UpstreamUnavailable, 503),
        (503, UpstreamUnavailable, 503),
    ],
)
def test_errors_are_read(status: int, kind: type, client_status: int) -> None:
    error = OLLAMA.decode_error(status, {"retry-after": "4"}, b'{"error":"model \\"x\\" not found"}')
    assert type(error) is kind
    assert error.http_status == client_status
    assert error.upstream_status == status


def test_an_error_in_a_200_body_is_raised() -> None:
    with pytest.raises(UpstreamUnavailable):
        OLLAMA.decode_response({"error": "boom"}, REQUEST)
    with pytest.raises(UpstreamBroken):
        OLLAMA.decode_response({}, REQUEST)


def test_errors_are_written() -> None:
    assert OLLAMA.encode_error(BadRequest("x"), "r") == (400, [("x-should-retry", "false")], {"error": "x"})
