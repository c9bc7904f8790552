"""Chat streams read and written."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.chat.errors import InternalError, UpstreamBroken, UpstreamUnavailable
from gateway.chat.events import BlockStart, BlockStop, Delta, Failed, Finish, Start, StreamEvent
from gateway.chat.request import Text, Thinking, ToolUse
from gateway.chat.response import ChatResponse, fold, unfold
from gateway.chat.usage import Usage

from .chat_fixtures import CHAT, chat_request, context, events_of, foreign, frames, paths, stream

WITH_USAGE = chat_request(stream=True, stream_options={"include_usage": True})
WHOLE = [path for path in paths("openai_chat", "streams") if not path.stem.startswith(("cut", "error"))]


def answer(case: str) -> ChatResponse:
    return fold(events_of(CHAT, stream("openai_chat", case), WITH_USAGE))


def arguments(case: str) -> list[tuple[str, str, str]]:
    return [(b.id, b.name, b.arguments) for b in answer(case).blocks if isinstance(b, ToolUse)]


@pytest.mark.parametrize("path", WHOLE, ids=lambda path: path.stem)
def test_a_captured_stream_written_again_says_the_same(path: Path) -> None:
    events = events_of(CHAT, path.read_bytes(), WITH_USAGE)
    model = next(event.model for event in events if isinstance(event, Start))
    written = CHAT.stream_encoder(context(WITH_USAGE, "openai_chat", model)).encode(events)
    assert events_of(CHAT, written, WITH_USAGE) == events


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_any_split_of_the_bytes_gives_the_same_events(data: st.DataObject) -> None:
    body = data.draw(st.sampled_from(WHOLE)).read_bytes()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(body)), max_size=8)))
    decoder = CHAT.stream_decoder(WITH_USAGE)
    events: list[StreamEvent] = []
    raw = b""
    for start, end in zip([0, *cuts], [*cuts, len(body)], strict=True):
        events += decoder.feed(body[start:end])
        raw += decoder.raw
    events += decoder.end()
    whole = CHAT.stream_decoder(WITH_USAGE)
    assert events == [*whole.feed(body), *whole.end()]
    at_once = CHAT.stream_decoder(WITH_USAGE)
    at_once.feed(body)
    assert raw == at_once.raw


def test_text_and_usage_of_openai() -> None:
    found = answer("openai_text")
    assert found.blocks == (Text("Hello 👋 ünï"),)
    assert found.finish_reason == "stop"
    assert found.usage == Usage(176, 9, 1024, None, None, 4)
    assert found.model == "gpt-5.1-2025-11-13"


def test_parallel_calls_keep_their_own_arguments() -> None:
    """PAR-1, PAR-2."""
    expected = [("call_A", "get_weather", '{"city":"Paris"}'), ("call_B", "get_weather", '{"city":"Berlin"}')]
    assert arguments("openai_parallel_tools") == expected


def test_interleaved_calls_are_told_apart_by_index() -> None:
    """PAR-1, PAR-5: the provider says "stop"."""
    assert arguments("interleaved_tools") == [("call_A", "read", '{"a":1}'), ("call_B", "write", '{"b":2}')]
    assert answer("interleaved_tools").finish_reason == "tool_use"


def test_calls_that_share_index_zero_are_told_apart_by_id() -> None:
    """PAR-1."""
    assert arguments("ollama_v1_index_zero") == [("call_x1", "read", '{"p":1}'), ("call_x2", "read", '{"p":2}')]


def test_calls_without_an_index_are_told_apart_and_an_empty_name_clears_nothing() -> None:
    """PAR-1, TID-5."""
    assert arguments("no_index_tools") == [("c1", "read", '{"p":1}'), ("c2", "write", "{}")]


def test_a_finished_call_stops_when_the_next_one_starts() -> None:
    events = events_of(CHAT, stream("openai_chat", "openai_parallel_tools"), WITH_USAGE)
    order = [(type(event).__name__, event.index) for event in events if isinstance(event, BlockStart | BlockStop)]
    assert order == [("BlockStart", 0), ("BlockStop", 0), ("BlockStart", 1), ("BlockStop", 1)]


def test_reasoning_comes_as_thinking_before_text() -> None:
    """THK-14."""
    found = answer("deepseek_reasoning")
    assert found.blocks == (Thinking("Okay, think."), Text("The answer is 4."))
    assert found.usage == Usage(128, 21, 512, None, None, 12)


def test_a_signature_in_reasoning_details_is_kept_and_text_is_not_doubled() -> None:
    """THK-8."""
    found = answer("openrouter_reasoning_details")
    assert found.blocks == (Thinking("Add them", "EqQBCkYIBRgC"), Text("Four."))
    assert found.usage == Usage(500, 30, 1000, 1500, None, 10)


def test_content_lists_of_mistral_are_read() -> None:
    assert answer("mistral_content_list").blocks == (Thinking("Hmm so"), Text("Four."))


def test_refusal_deltas_end_in_a_refusal() -> None:
    found = answer("refusal")
    assert [block.text for block in found.blocks if isinstance(block, Text)] == ["I can't do that."]
    assert found.finish_reason == "refusal"


def test_a_cut_stream_ends_with_failed() -> None:
    """CUT-9."""
    last = events_of(CHAT, stream("openai_chat", "cut_mid_text"), WITH_USAGE)[-1]
    assert isinstance(last, Failed)
    assert isinstance(last.error, UpstreamBroken)


@pytest.mark.parametrize("size", range(0, 1500, 61))
def test_a_stream_cut_before_its_finish_reason_never_ends_well(size: int) -> None:
    """CUT-9: clean early end at any byte."""
    body = stream("openai_chat", "openai_text")
    done = body.index(b'"finish_reason":"stop"') + len(b'"finish_reason":"stop"}]}')
    events = events_of(CHAT, body[:size], WITH_USAGE)
    assert isinstance(events[-1], Finish if size >= done else Failed)
    assert sum(isinstance(event, Finish | Failed) for event in events) == 1


def test_an_error_inside_the_stream_ends_it_and_is_not_relayed_raw() -> None:
    """FBK-5."""
    decoder = CHAT.stream_decoder(WITH_USAGE)
    events = decoder.feed(stream("openai_chat", "error_mid_stream"))
    assert isinstance(events[-1], Failed)
    assert isinstance(events[-1].error, UpstreamUnavailable)
    assert b"error" not in decoder.raw
    assert decoder.end() == []
    (sent,) = frames(decoder.fail(events[-1].error))
    assert sent["error"]["type"] == "server_error"


def test_done_without_any_answer_is_a_failure() -> None:
    assert isinstance(events_of(CHAT, b"data: [DONE]\n\n", WITH_USAGE)[-1], Failed)


def test_raw_hides_a_usage_chunk_the_client_did_not_ask_for() -> None:
    body = stream("openai_chat", "openai_text")
    shown, hidden = CHAT.stream_decoder(WITH_USAGE), CHAT.stream_decoder(chat_request(stream=True))
    shown.feed(body)
    events = hidden.feed(body)
    assert shown.raw == body
    assert b'"choices":[]' not in hidden.raw
    assert hidden.raw.endswith(b"data: [DONE]\n\n")
    assert isinstance(events[-1], Finish)
    assert events[-1].usage is not None


def test_raw_leaves_out_comments_and_what_is_no_json() -> None:
    """CDX-6."""
    decoder = CHAT.stream_decoder(WITH_USAGE)
    decoder.feed(b": keep-alive\n\ndata: nonsense\n\n" + stream("openai_chat", "openai_text"))
    assert decoder.raw == stream("openai_chat", "openai_text")


def test_the_finish_reason_alone_completes_a_stream_without_done() -> None:
    body = stream("openai_chat", "openai_text").replace(b"data: [DONE]\n\n", b"")
    assert isinstance(events_of(CHAT, body, WITH_USAGE)[-1], Finish)


def test_an_answer_of_another_dialect_is_written_as_chunks() -> None:
    """PAR-1, EMP-2."""
    events: list[StreamEvent] = [
        Start("msg_1", "claude", Usage(3, 1, 9)),
        BlockStart(0, Thinking()),
        Delta(0, "thinking", "hmm"),
        BlockStop(0),
        BlockStart(1, Text("")),
        Delta(1, "text", ""),
        Delta(1, "text", "Hi"),
        BlockStop(1),
        BlockStart(2, ToolUse("a", "f", "")),
        Delta(2, "arguments", '{"x":'),
        BlockStart(3, ToolUse("b", "g", "")),
        Delta(2, "arguments", "1}"),
        BlockStop(2),
        BlockStop(3),
        Finish("tool_use", Usage(None, 7)),
    ]
    sent = frames(CHAT.stream_encoder(context(WITH_USAGE)).encode(events))
    deltas = [frame["choices"][0]["delta"] for frame in sent[:-2]]
    assert deltas[0] == {"role": "assistant", "content": None}
    assert deltas[1] == {"reasoning_content": "hmm"}
    assert deltas[2] == {"content": "Hi"}
    calls = [delta["tool_calls"][0] for delta in deltas if "tool_calls" in delta]
    assert [call["index"] for call in calls] == [0, 0, 1, 0, 1]
    assert "".join(call["function"]["arguments"] for call in calls if call["index"] == 0) == '{"x":1}'
    assert "".join(call["function"]["arguments"] for call in calls if call["index"] == 1) == "{}"
    assert sent[-3]["choices"][0]["finish_reason"] == "tool_calls"
    assert (sent[-2]["choices"], sent[-2]["usage"]["prompt_tokens"], sent[-2]["usage"]["completion_tokens"]) == (
        [],
        12,
        7,
    )
    assert sent[-1] == "[DONE]"
    assert {frame["id"] for frame in sent[:-1]} == {"chatcmpl-abc123"}


def test_usage_is_sent_only_to_those_who_asked() -> None:
    events = list(unfold(ChatResponse("i", "m", (Text("a"),), "stop", Usage(1, 1))))
    sent = CHAT.stream_encoder(context(chat_request(stream=True))).encode(events)
    assert b"usage" not in sent


def test_a_custom_tool_answered_as_a_function_is_unwrapped_for_the_client() -> None:
    request = chat_request(stream=True, tools=[{"type": "custom", "custom": {"name": "exec"}}])
    events: list[StreamEvent] = [Start(), BlockStart(0, ToolUse("c", "exec", ""))]
    events += [Delta(0, "arguments", part) for part in ('{"inp', 'ut": "ls', '\\n"}')]
    events += [BlockStop(0), Finish("tool_use")]
    encoder = CHAT.stream_encoder(context(request))
    sent = frames(b"".join(encoder.encode([event]) for event in events))
    calls = [frame["choices"][0]["delta"].get("tool_calls") for frame in sent[:-1]]
    custom = [call[0]["custom"] for call in calls if call]
    assert custom == [{"name": "exec", "input": ""}, {"input": "ls\n"}]


def test_a_failure_is_the_last_thing_a_client_sees() -> None:
    encoder = CHAT.stream_encoder(context(WITH_USAGE))
    encoder.encode([Start(), BlockStart(0, Text("")), Delta(0, "text", "a")])
    sent = encoder.fail(InternalError("lost"))
    assert frames(sent)[0]["error"]["message"] == "lost"
    assert b"DONE" not in sent
    assert b"finish_reason" not in sent
    assert encoder.encode([Finish("stop")]) == b""


def test_a_keepalive_is_a_comment() -> None:
    """CCD-13."""
    encoder = CHAT.stream_encoder(context(WITH_USAGE))
    assert encoder.keepalive() == b": keepalive\n\n"


def test_a_lone_surrogate_does_not_end_the_stream() -> None:
    body = b'data: {"id":"a","choices":[{"index":0,"delta":{"content":"\\ud83d"}}]}\n\n'
    events = CHAT.stream_decoder(WITH_USAGE).feed(body)
    sent = CHAT.stream_encoder(context(WITH_USAGE)).encode(events)
    assert b"\\ud83d" in sent


KEYS = [
    "delta",
    "index",
    "content",
    "tool_calls",
    "function",
    "name",
    "arguments",
    "usage",
    "id",
    "finish_reason",
    "error",
]
MORE = [
    "reasoning_details",
    "reasoning",
    "refusal",
    "custom",
    "prompt_tokens",
    "code",
    "choices",
    "type",
    "text",
    "thinking",
]
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*KEYS, *MORE]), inner, max_size=5),
    max_leaves=20,
)
DELTAS = st.dictionaries(st.sampled_from([*KEYS, *MORE]), JUNK, max_size=4)
CHUNKS = st.builds(lambda delta, choice: {"choices": [{**choice, "delta": delta}]}, DELTAS, DELTAS)


@given(st.lists(JUNK | CHUNKS, max_size=6))
@settings(max_examples=50, deadline=None)
def test_no_json_a_provider_could_send_breaks_the_decoder(values: list[Any]) -> None:
    body = b"".join(b"data: " + json.dumps(value).encode() + b"\n\n" for value in values)
    events = events_of(CHAT, body, foreign())
    assert sum(isinstance(event, Finish | Failed) for event in events) == 1


def test_a_burst_of_two_hundred_deltas_is_cheap() -> None:
    """LAT-2: measured at 0.5 ms here; the bound leaves room for a busy machine."""
    chunk = stream("openai_chat", "openai_text").split(b"\n\n")[1] + b"\n\n"
    best = 1.0
    for _ in range(20):
        decoder = CHAT.stream_decoder(WITH_USAGE)
        start = time.perf_counter()
        events = decoder.feed(chunk * 200)
        best = min(best, time.perf_counter() - start)
        assert len(events) == 202
    assert best < 0.01
