"""Answers of Bedrock Converse, whole and streamed, and errors."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from botocore.eventstream import EventStreamBuffer
from botocore.parsers import EventStreamJSONParser
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.chat.errors import (
    GatewayError,
    RateLimited,
    UpstreamBroken,
    UpstreamError,
    UpstreamRejected,
    UpstreamUnavailable,
)
from gateway.chat.events import BlockStart, BlockStop, Delta, Failed, Finish, Start, StreamEvent
from gateway.chat.request import Origin, Text, Thinking, ToolUse
from gateway.chat.response import ChatResponse, fold, unfold
from gateway.chat.signatures import unseal
from gateway.chat.usage import Usage
from gateway.wire import eventstream
from gateway.wire.bedrock_converse import DIALECT
from gateway.wire.bedrock_converse.streams import message

from .bedrock_world import FIXTURES, asked, context, shape

RESPONSES = sorted((FIXTURES / "responses").glob("*.json"))
STREAMS = sorted((FIXTURES / "streams").glob("*.bin"))
REQUEST = asked(dialect="bedrock_converse")
START = message("messageStart", {"role": "assistant"})
HELLO = message("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "Hello"}})
STOP = message("contentBlockStop", {"contentBlockIndex": 0})
CLAUDE = Origin("anthropic", "claude-opus-5-5")


def answer(name: str) -> ChatResponse:
    return DIALECT.decode_response(json.loads((FIXTURES / "responses" / f"{name}.json").read_bytes()), REQUEST)


def events_of(data: bytes) -> list[StreamEvent]:
    decoder = DIALECT.stream_decoder(REQUEST)
    return [*decoder.feed(data), *decoder.end()]


def read_by_botocore(data: bytes) -> list[dict[str, Any]]:
    buffer = EventStreamBuffer()
    buffer.add_data(data)
    parser, output = EventStreamJSONParser(), shape("ConverseStreamOutput")
    return [parser.parse(found.to_response_dict(), output) for found in buffer]


def exception(kind: str, **body: Any) -> bytes:
    headers = {":exception-type": kind, ":content-type": "application/json", ":message-type": "exception"}
    return eventstream.encode(headers, json.dumps(body).encode())


def failure(data: bytes) -> GatewayError:
    event = events_of(data)[-1]
    assert isinstance(event, Failed)
    return event.error


@pytest.mark.parametrize("path", RESPONSES, ids=lambda path: path.stem)
def test_an_answer_is_written_back_as_it_was_read(path: Path) -> None:
    """The identity and the fold/unfold law."""
    body = json.loads(path.read_bytes())
    response = DIALECT.decode_response(body, REQUEST)
    assert DIALECT.encode_response(response, context()) == body
    assert fold(unfold(response)) == response


@pytest.mark.parametrize("path", STREAMS, ids=lambda path: path.stem)
def test_a_stream_is_written_back_with_the_same_meaning_and_botocore_reads_it(path: Path) -> None:
    events = events_of(path.read_bytes())
    written = DIALECT.stream_encoder(context()).encode(events)
    assert fold(events_of(written)) == fold(events)
    theirs = read_by_botocore(path.read_bytes())
    assert next(iter(theirs[0])) == "messageStart"
    assert next(iter(read_by_botocore(written)[-1])) == "metadata"


@pytest.mark.parametrize("path", STREAMS, ids=lambda path: path.stem)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_any_split_of_the_bytes_gives_the_same_events(path: Path, data: st.DataObject) -> None:
    """The chunking law."""
    raw = path.read_bytes()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(raw)), max_size=12)))
    decoder = DIALECT.stream_decoder(REQUEST)
    events: list[StreamEvent] = []
    relayed = b""
    for start, end in zip([0, *cuts], [*cuts, len(raw)], strict=True):
        events += decoder.feed(raw[start:end])
        relayed += decoder.raw
    events += decoder.end()
    assert events == events_of(raw)
    assert relayed == raw


def test_two_calls_of_one_turn_are_told_apart() -> None:
    """PAR-1, PAR-2, TID-6."""
    response = fold(events_of((FIXTURES / "streams" / "two_tools.bin").read_bytes()))
    assert response.blocks == (
        Text("I will check both."),
        ToolUse("tooluse_1", "top_song", '{"sign": "WZPZ"}'),
        ToolUse("tooluse_2", "top_song", "{}"),
    )
    assert response.finish_reason == "tool_use"
    assert response.usage == Usage(input=380, output=69, cache_read=10, cache_write_5m=20)


def test_interleaved_deltas_stay_with_their_call() -> None:
    """PAR-1."""
    begin = [
        message(
            "contentBlockStart", {"contentBlockIndex": i, "start": {"toolUse": {"toolUseId": f"t{i}", "name": "f"}}}
        )
        for i in (0, 1)
    ]
    pieces = [(0, '{"a'), (1, '{"b"'), (0, '":1}'), (1, ":2}")]
    middle = [
        message("contentBlockDelta", {"contentBlockIndex": i, "delta": {"toolUse": {"input": text}}})
        for i, text in pieces
    ]
    end = [message("contentBlockStop", {"contentBlockIndex": i}) for i in (1, 0)]
    data = b"".join([START, *begin, *middle, *end, message("messageStop", {"stopReason": "tool_use"})])
    assert [block.arguments for block in fold(events_of(data)).blocks if isinstance(block, ToolUse)] == [
        '{"a":1}',
        '{"b":2}',
    ]


def test_reasoning_keeps_its_signature_and_its_sealed_part() -> None:
    """THK-1, THK-8, THK-14."""
    response = fold(events_of((FIXTURES / "streams" / "reasoning.bin").read_bytes()))
    assert response.blocks == (
        Thinking("Let me think.", "EqQBCkgIBhABGAIiQ"),
        Thinking("", "c2VjcmV0", redacted=True),
        Text("42"),
    )
    assert response.usage == Usage(input=10, output=5, cache_write_5m=0, cache_write_1h=300)


def test_cache_writes_are_told_apart_by_their_ttl() -> None:
    """CCH-1, CCH-8: inputTokens leaves out what was read from or written to the cache."""
    assert answer("reasoning_and_cache").usage == Usage(10, 5, 1000, 100, 200)


@pytest.mark.parametrize(
    ("name", "reason"),
    [("text", "stop"), ("two_tools", "tool_use"), ("guardrail", "refusal"), ("context_exceeded", "context_length")],
)
def test_finish_reasons(name: str, reason: str) -> None:
    """PAR-4, PAR-5."""
    assert answer(name).finish_reason == reason


def test_a_call_means_tool_use_whatever_the_provider_says() -> None:
    """PAR-5."""
    call = {"toolUse": {"toolUseId": "t", "name": "f", "input": {}}}
    body = {"output": {"message": {"role": "assistant", "content": [call]}}, "stopReason": "end_turn", "usage": {}}
    assert DIALECT.decode_response(body, REQUEST).finish_reason == "tool_use"


@pytest.mark.parametrize("word", ["malformed_tool_use", "malformed_model_output"])
def test_an_answer_the_model_broke_is_a_failure(word: str) -> None:
    assert isinstance(failure(START + message("messageStop", {"stopReason": word})), UpstreamBroken)
    body = {"output": {"message": {"role": "assistant", "content": []}}, "stopReason": word, "usage": {}}
    with pytest.raises(UpstreamBroken):
        DIALECT.decode_response(body, REQUEST)


@pytest.mark.parametrize(
    ("kind", "type_", "retryable", "status"),
    [
        ("throttlingException", UpstreamUnavailable, True, 429),
        ("modelStreamErrorException", UpstreamUnavailable, True, 503),
        ("internalServerException", UpstreamUnavailable, True, 503),
        ("serviceUnavailableException", UpstreamUnavailable, True, 503),
        ("validationException", UpstreamRejected, False, 400),
    ],
)
def test_an_exception_right_after_the_stream_began_fails_it(
    kind: str, type_: type[UpstreamError], retryable: bool, status: int
) -> None:
    """FBK-1, FBK-4."""
    for before in (b"", START, START + HELLO):
        error = failure(before + exception(kind, message="No."))
        assert type(error) is type_
        assert isinstance(error, UpstreamError)
        assert (error.retryable, error.http_status) == (retryable, status)


def test_an_exception_is_not_relayed_and_then_written_again() -> None:
    """FBK-5."""
    decoder = DIALECT.stream_decoder(REQUEST)
    (_, failed) = decoder.feed(START + exception("throttlingException", message="Too many."))
    assert isinstance(failed, Failed)
    assert decoder.raw == START
    (again,) = read_by_botocore(decoder.fail(failed.error))
    assert again["Error"]["Code"] == "throttlingException"
    assert decoder.end() == []


def test_an_unmodelled_error_message_fails_the_stream() -> None:
    headers = {":message-type": "error", ":error-code": "InternalFailure", ":error-message": "Oops."}
    assert failure(START + eventstream.encode(headers, b"")).message == "Oops."


@pytest.mark.parametrize("data", [b"", START, START + HELLO + STOP, START + HELLO[:-3], b"<html>" * 10])
def test_a_stream_cut_before_its_message_stop_ends_with_failed(data: bytes) -> None:
    """CUT-9."""
    assert isinstance(failure(data), UpstreamBroken)


def test_a_flipped_bit_ends_the_stream_with_failed() -> None:
    broken = bytearray(HELLO)
    broken[-6] ^= 1
    assert isinstance(failure(START + bytes(broken)), UpstreamBroken)


def test_a_stream_without_token_counts_is_still_complete() -> None:
    finish = events_of(START + HELLO + STOP + message("messageStop", {"stopReason": "end_turn"}))[-1]
    assert finish == Finish("stop", Usage())


def test_empty_texts_open_no_block() -> None:
    """EMP-2."""
    blank = message("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": ""}})
    events = events_of(START + blank + STOP + message("messageStop", {"stopReason": "end_turn"}))
    assert [type(event) for event in events] == [Start, Finish]
    written = DIALECT.stream_encoder(context()).encode([Start(), BlockStart(0, Text("")), BlockStop(0), Finish("stop")])
    assert [next(iter(event)) for event in read_by_botocore(written)] == ["messageStart", "messageStop", "metadata"]


def test_a_burst_of_two_hundred_events_is_read_in_three_milliseconds() -> None:
    burst = START + b"".join(HELLO for _ in range(200))
    best = 1.0
    for _ in range(5):
        decoder = DIALECT.stream_decoder(REQUEST)
        begun = time.perf_counter()
        events = decoder.feed(burst)
        best = min(best, time.perf_counter() - begun)
    assert len(events) == 202
    assert best < 0.003


def test_an_answer_of_another_maker_reaches_the_client_with_its_signatures_sealed() -> None:
    """THK-3, THK-8."""
    response = ChatResponse(
        "msg_1",
        "claude-opus-5-5",
        (Thinking("Look.", "EqQB"), Thinking("", "data", redacted=True), ToolUse("toolu_1", "read", '{"a":1}')),
        "tool_use",
        Usage(3, 4),
    )
    given = context(origin=CLAUDE)
    body = DIALECT.encode_response(response, given)
    history = {"messages": [body["output"]["message"]]}
    back = DIALECT.decode_request(history).messages[0].blocks
    assert back[0] == Thinking("Look.", "EqQB", origin=CLAUDE)
    assert back[1] == Thinking("", "data", redacted=True, origin=CLAUDE)
    streamed = fold(events_of(DIALECT.stream_encoder(given).encode(unfold(response)))).blocks
    assert isinstance(streamed[0], Thinking)
    assert unseal(streamed[0].signature or "") == (CLAUDE, "EqQB")
    assert streamed[2] == response.blocks[2]


def test_deltas_of_one_read_are_joined() -> None:
    written = DIALECT.stream_encoder(context()).encode(
        [Start(), BlockStart(0, Text("")), *[Delta(0, "text", "ab") for _ in range(50)], BlockStop(0), Finish("stop")]
    )
    deltas = [event for event in read_by_botocore(written) if "contentBlockDelta" in event]
    assert deltas == [{"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"text": "ab" * 50}}}]


def test_a_keepalive_means_nothing_to_botocore_and_to_us() -> None:
    encoder = DIALECT.stream_encoder(context())
    assert read_by_botocore(encoder.keepalive()) == [{}]
    assert DIALECT.stream_decoder(REQUEST).feed(encoder.keepalive()) == []


def test_an_error_names_its_type_in_a_header() -> None:
    headers = {"x-amzn-errortype": "ThrottlingException:http://internal.amazon.com/", "retry-after": "7"}
    error = DIALECT.decode_error(429, headers, b'{"message":"Too many tokens, please wait before trying again."}')
    assert (type(error), error.retry_after, error.upstream_type) == (UpstreamUnavailable, 7.0, "ThrottlingException")


@pytest.mark.parametrize(
    ("status", "kind", "text", "account"),
    [
        (400, "ValidationException", "The text field in the ContentBlock object is blank.", False),
        (400, "ValidationException", "The provided model identifier is invalid.", True),
        (403, "AccessDeniedException", "You don't have access to the model with the specified model ID.", True),
        (403, "ExpiredTokenException", "The security token included in the request is expired", True),
        (404, "ResourceNotFoundException", "Could not resolve the foundation model.", False),
    ],
)
def test_a_refusal_is_the_requests_fault_or_the_accounts(status: int, kind: str, text: str, account: bool) -> None:
    error = DIALECT.decode_error(status, {"x-amzn-errortype": kind}, json.dumps({"message": text}).encode())
    assert isinstance(error, UpstreamRejected)
    assert (error.account_fault, error.http_status) == (account, 502 if account else status)


def test_a_quota_that_comes_as_400_is_worth_another_try() -> None:
    error = DIALECT.decode_error(400, {}, b'{"__type":"com.amazon#ServiceQuotaExceededException","Message":"Quota."}')
    assert error.retryable
    assert error.http_status == 429


def test_an_overlong_prompt_is_told_apart() -> None:
    error = DIALECT.decode_error(400, {}, b'{"message":"Input is too long for requested model."}')
    assert error.error_code == "context_length_exceeded"


def test_retry_after_may_be_a_date() -> None:
    headers = {"retry-after": "Sun, 22 Nov 2026 10:00:30 GMT", "date": "Sun, 22 Nov 2026 10:00:00 GMT"}
    assert DIALECT.decode_error(503, headers, b"").retry_after == 30.0
    assert DIALECT.decode_error(503, {"retry-after": "soon"}, b"").retry_after is None


def test_errors_are_written_as_bedrock_writes_them() -> None:
    status, headers, body = DIALECT.encode_error(RateLimited("Slow down.", retry_after=2.2), "req-1")
    assert (status, body) == (429, {"message": "Slow down."})
    assert ("x-amzn-errortype", "ThrottlingException") in headers
    assert ("retry-after", "3") in headers
