"""A provider's Responses stream to events, and what of it a client of the same dialect gets."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.chat.errors import RateLimited, UpstreamBroken, UpstreamRejected, UpstreamUnavailable
from gateway.chat.events import BlockStart, BlockStop, Delta, Failed, Finish, OpaqueDelta, Start, StreamEvent
from gateway.chat.request import Opaque, Text, Thinking, ToolUse
from gateway.chat.response import fold
from gateway.chat.usage import Usage
from gateway.wire.openai_responses import DIALECT
from gateway.wire.openai_responses.stream_encoder import ResponsesStreamEncoder

from .responses_world import FIXTURES, ask, context, frame, frames, load, read, stream

STREAMS = sorted(path.stem for path in (FIXTURES / "streams").glob("*.sse"))
TOLD_TWICE = [name for name in STREAMS if (FIXTURES / "responses" / f"{name}.json").exists()]
CREATED = frame("response.created", response={"id": "resp_7", "created_at": 5, "model": "gpt-5.1"}, sequence_number=0)


@pytest.mark.parametrize("name", TOLD_TWICE)
def test_a_stream_tells_the_same_answer_as_its_json_body(name: str) -> None:
    told = fold(read(stream(name)))
    whole = DIALECT.decode_response(load(f"responses/{name}.json"), ask())
    assert [type(block) for block in told.blocks] == [type(block) for block in whole.blocks]
    for one, other in zip(told.blocks, whole.blocks, strict=True):
        for field in ("text", "signature", "redacted", "id", "name", "arguments", "kind", "namespace", "value"):
            assert getattr(one, field, None) == getattr(other, field, None)
    assert (told.id, told.model, told.usage) == (whole.id, whole.model, whole.usage)
    assert told.finish_reason == whole.finish_reason


@pytest.mark.parametrize("name", STREAMS)
def test_a_stream_read_and_written_tells_the_same_again(name: str) -> None:
    events = read(stream(name))
    again = ResponsesStreamEncoder(context()).encode(events)
    told, retold = fold(events), fold(read(again))
    for one, other in zip(told.blocks, retold.blocks, strict=True):
        for field in ("text", "redacted", "name", "arguments", "kind", "namespace", "value"):
            assert getattr(one, field, None) == getattr(other, field, None)
    assert retold.finish_reason == told.finish_reason


@pytest.mark.parametrize("name", TOLD_TWICE)
def test_a_known_stream_is_relayed_byte_for_byte(name: str) -> None:
    """THK-1."""
    decoder = DIALECT.stream_decoder(ask())
    decoder.feed(stream(name))
    assert decoder.raw == stream(name)
    decoder.end()
    assert decoder.raw == b""


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_any_split_of_the_bytes_gives_the_same_events(data: st.DataObject) -> None:
    whole = stream(data.draw(st.sampled_from(STREAMS)))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=12)))
    decoder = DIALECT.stream_decoder(ask())
    events: list[StreamEvent] = []
    raw = b""
    for start, end in zip([0, *cuts], [*cuts, len(whole)], strict=True):
        events += decoder.feed(whole[start:end])
        raw += decoder.raw
    events += decoder.end()
    assert events == read(whole)
    assert raw == whole


def test_parallel_calls_are_told_apart() -> None:
    """PAR-1, PAR-2: interleaved argument deltas go by output_index."""
    added = [
        frame(
            "response.output_item.added",
            output_index=n,
            item={"type": "function_call", "id": f"fc_{n}", "call_id": f"c{n}", "name": name, "arguments": ""},
        )
        for n, name in enumerate("ab")
    ]
    deltas = [
        frame("response.function_call_arguments.delta", output_index=n, delta=piece)
        for n, piece in ((0, '{"x"'), (1, '{"y"'), (0, ":1}"), (1, ":2}"))
    ]
    done = frame("response.completed", response={"status": "completed"})
    answer = fold(read(CREATED + b"".join(added + deltas) + done))
    assert [(block.name, block.arguments) for block in answer.blocks if isinstance(block, ToolUse)] == [
        ("a", '{"x":1}'),
        ("b", '{"y":2}'),
    ]
    assert answer.finish_reason == "tool_use"


def test_arguments_arrive_as_they_are_written() -> None:
    """The first delta of a call's arguments does not wait for the whole."""
    decoder = DIALECT.stream_decoder(ask())
    head, _, rest = stream("parallel_tools").partition(b"event: response.function_call_arguments.done")
    events = decoder.feed(head)
    assert [event.value for event in events if isinstance(event, Delta)] == ['{"cmd":', '"ls"}']
    assert rest


def test_arguments_that_the_deltas_left_out_are_completed() -> None:
    """TID-5 and TID-7: the name may come late, deltas may be cut; the whole item is the truth."""
    raw = CREATED
    raw += frame(
        "response.output_item.added", output_index=0, item={"type": "function_call", "call_id": "c", "name": ""}
    )
    raw += frame("response.function_call_arguments.delta", output_index=0, delta='{"a":')
    item = {"type": "function_call", "call_id": "c", "name": "f", "arguments": '{"a":1}'}
    raw += frame("response.output_item.done", output_index=0, item=item)
    raw += frame("response.completed", response={})
    events = read(raw)
    assert [event for event in events if isinstance(event, Delta)] == [
        Delta(0, "arguments", '{"a":'),
        Delta(0, "arguments", "1}"),
    ]
    starts = [event.block for event in events if isinstance(event, BlockStart)]
    assert isinstance(starts[0], ToolUse)
    assert starts[0].name == "f"


def test_items_without_deltas_still_give_events() -> None:
    """EMP-1: some providers send whole items, or only the terminal event."""
    answer = fold(read(stream("items_without_deltas")))
    thinking, text, call = answer.blocks
    assert isinstance(thinking, Thinking)
    assert thinking.text == "Hm."
    assert isinstance(text, Text)
    assert text.text == "Hello."
    assert isinstance(call, ToolUse)
    assert call.arguments == '{"cmd":"ls"}'
    assert answer.usage == Usage(input=3, output=4)
    only = frame("response.completed", response=load("responses/text.json"))
    told = fold(read(only))
    assert [getattr(block, "text", "") for block in told.blocks][1] == "About 25 tonnes – à peu près."


def test_reasoning_without_text_is_redacted_thinking_and_without_content_opaque() -> None:
    """EMP-2, THK-8: no empty thinking block for other dialects, but the encrypted content crosses."""
    assert (
        fold(read(stream("parallel_tools"))).blocks[0]
        == DIALECT.decode_response(load("responses/parallel_tools.json"), ask()).blocks[0]
    )
    first = fold(read(stream("parallel_tools"))).blocks[0]
    assert isinstance(first, Thinking)
    assert first.redacted
    assert first.signature == "gAAAAABx"
    empty = fold(read(stream("custom_tool"))).blocks[0]
    assert isinstance(empty, Opaque)
    assert empty.kind == "reasoning"


def test_signatures_come_before_the_block_ends() -> None:
    """THK-8."""
    events = read(stream("text"))
    place = next(n for n, event in enumerate(events) if isinstance(event, Delta) and event.kind == "signature")
    assert events[place + 1] == BlockStop(0)


def test_citations_are_kept_beside_the_text() -> None:
    events = read(stream("web_search"))
    found = [event for event in events if isinstance(event, OpaqueDelta)]
    assert found[0].value["annotation"]["url"] == "https://example.com/gold"


def test_usage_is_disjoint() -> None:
    """CCH-1, CCH-3: input_tokens of this dialect include what was read from and written to the cache."""
    assert fold(read(stream("parallel_tools"))).usage == Usage(35, 9, 10, 5, None, 0)


def test_unknown_events_are_not_relayed() -> None:
    """CDX-6: not to a Codex that breaks on them; nor comments and [DONE]."""
    decoder = DIALECT.stream_decoder(ask())
    events = decoder.feed(
        CREATED
        + b": PROCESSING\n\n"
        + frame("response.deepseek.special", x=1)
        + frame("keepalive")
        + b"data: [DONE]\n\n"
    )
    assert [(type(event), getattr(event, "id", "")) for event in events] == [(Start, "resp_7")]
    assert decoder.raw == CREATED


@pytest.mark.parametrize("name", STREAMS)
def test_a_cut_stream_ends_with_failed(name: str) -> None:
    """CUT-9, CDX-1: wherever the provider stops, the end is a failure, and what was whole before it was relayed."""
    whole = stream(name)
    for size in range(0, whole.rindex(b"event: "), 997):
        events = read(whole[:size])
        assert isinstance(events[-1], Failed)
        assert isinstance(events[-1].error, UpstreamBroken)
        assert not any(isinstance(event, Finish) for event in events)


def test_a_relayed_stream_is_ended_by_one_well_formed_failure() -> None:
    """CDX-1: response.failed with the id, model and numbering the client has seen."""
    decoder = DIALECT.stream_decoder(ask())
    decoder.feed(stream("text")[:4000])
    relayed = frames(decoder.raw)
    (event,) = frames(decoder.fail(UpstreamBroken("The provider's stream was cut.")))
    assert event["type"] == "response.failed"
    assert event["sequence_number"] == relayed[-1]["sequence_number"] + 1
    response = event["response"]
    assert (response["id"], response["created_at"]) == ("resp_68ca94fa7ba881908a54", 1758106874)
    assert response["model"] == "gpt-5.1-2025-11-13"
    assert response["status"] == "failed"
    assert response["error"] == {"code": "server_error", "message": "The provider's stream was cut."}


def test_a_reported_failure_is_an_event_and_not_relayed() -> None:
    """FBK-1, FBK-5: another target may still serve; `fail` tells the client once."""
    raw = frame("response.failed", response={"error": {"code": "rate_limit_exceeded", "message": "Slow down."}})
    decoder = DIALECT.stream_decoder(ask())
    (event,) = decoder.feed(raw)
    assert isinstance(event, Failed)
    assert isinstance(event.error, UpstreamUnavailable)
    assert event.error.http_status == 429
    assert decoder.raw == b""
    assert decoder.end() == []
    (event,) = read(frame("error", code="context_length_exceeded", message="Too long.", param=None))
    assert isinstance(event, Failed)
    assert isinstance(event.error, UpstreamRejected)
    assert event.error.error_code == "context_length_exceeded"


def test_what_is_not_of_the_dialect_is_a_failure_not_a_crash() -> None:
    for odd in (
        b"data: {broken\n\n",
        frame("response.output_item.added"),
        frame("response.output_item.added", item=5),
        frame("response.output_text.delta"),
        frame("response.output_item.done", item={"type": "message", "content": [5]}),
        frame("response.output_item.done", item={"type": "function_call", "call_id": "c"}),
        frame("response.completed", response={"output": [5]}),
        frame("response.output_text.delta", output_index=[], content_index={}, delta="x"),
    ):
        events = read(CREATED + odd)
        assert isinstance(events[-1], Failed), odd


def test_a_lone_surrogate_survives() -> None:
    raw = (
        CREATED
        + b'data: {"type":"response.output_text.delta","output_index":0,"content_index":0,"delta":"\\ud83d"}\n\n'
    )
    assert Delta(0, "text", "\ud83d") in read(raw)


def test_a_burst_is_read_quickly() -> None:
    """200 deltas in one read: 2 ms on the reference machine; the limit here leaves room for a busy one."""
    burst = b"".join(
        frame("response.output_text.delta", output_index=0, content_index=0, delta=" word", sequence_number=n)
        for n in range(200)
    )
    best = 1.0
    for _ in range(10):
        decoder = DIALECT.stream_decoder(ask())
        decoder.feed(CREATED)
        begun = time.perf_counter()
        events = decoder.feed(burst)
        best = min(best, time.perf_counter() - begun)
    assert len(events) == 201
    assert best < 0.01


def test_fail_tells_a_limit_as_a_limit() -> None:
    decoder = DIALECT.stream_decoder(ask())
    (event,) = frames(decoder.fail(RateLimited("Wait.", retry_after=3)))
    assert event["response"]["error"]["code"] == "rate_limit_exceeded"


def test_items_without_an_index_are_told_apart_by_their_ids() -> None:
    """llama.cpp's server (b1-0c1e570) numbers neither events nor items nor parts, and closes all items at the end. Seen:
    the text came twice."""
    reasoning = {
        "id": "rs_1",
        "type": "reasoning",
        "summary": [],
        "content": [{"type": "reasoning_text", "text": "Hm"}],
    }
    message = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "content": [{"type": "output_text", "text": "A b"}],
    }
    call = {"id": "fc_1", "type": "function_call", "call_id": "call_1", "name": "look", "arguments": "{}"}
    sent = [
        frame("response.created", response={"id": "resp_7", "status": "in_progress"}),
        frame("response.output_item.added", item={**reasoning, "content": []}),
        frame("response.reasoning_text.delta", delta="Hm", item_id="rs_1"),
        frame("response.output_item.added", item={**message, "content": []}),
        frame("response.content_part.added", item_id="msg_1", part={"type": "output_text", "text": ""}),
        frame("response.output_text.delta", item_id="msg_1", delta="A"),
        frame("response.output_text.delta", item_id="msg_1", delta=" b"),
        frame("response.output_item.added", item={**call, "arguments": ""}),
        frame("response.function_call_arguments.delta", item_id="fc_1", delta="{}"),
        frame("response.output_item.done", item=reasoning),
        frame("response.output_text.done", item_id="msg_1", text="A b"),
        frame("response.content_part.done", item_id="msg_1", part=message["content"][0]),
        frame("response.output_item.done", item=message),
        frame("response.output_item.done", item=call),
        frame("response.completed", response={"id": "resp_7", "output": [reasoning, message, call]}),
    ]
    told = fold(read(b"".join(sent)))
    assert [type(block) for block in told.blocks] == [Thinking, Text, ToolUse]
    thinking, text, use = told.blocks
    assert (getattr(thinking, "text", ""), getattr(text, "text", "")) == ("Hm", "A b")
    assert (getattr(use, "name", ""), getattr(use, "arguments", "")) == ("look", "{}")
