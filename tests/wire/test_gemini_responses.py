"""Answers of Gemini, whole and streamed, and errors."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.chat.errors import RateLimited, Unauthenticated, UpstreamBroken, UpstreamRejected, UpstreamUnavailable
from gateway.chat.events import BlockStart, BlockStop, Delta, Failed, Finish, Start, StreamEvent
from gateway.chat.request import Origin, Text, Thinking, ToolUse
from gateway.chat.response import ChatResponse, fold, unfold
from gateway.chat.signatures import seal
from gateway.chat.usage import Usage
from gateway.wire.gemini import DIALECT
from gateway.wire.gemini.parts import open_signature

from .gemini_world import FIXTURES, SIGNATURE, asked, context

RESPONSES = sorted(path for path in (FIXTURES / "responses").glob("*.json") if ".unstable" not in path.name)
STREAMS = sorted((FIXTURES / "streams").glob("*.sse"))
REQUEST = asked(dialect="gemini")
CLAUDE = Origin("anthropic", "claude-opus-5-5")


def answer(name: str) -> ChatResponse:
    return DIALECT.decode_response(json.loads((FIXTURES / "responses" / f"{name}.json").read_bytes()), REQUEST)


def events_of(data: bytes) -> list[StreamEvent]:
    decoder = DIALECT.stream_decoder(REQUEST)
    return [*decoder.feed(data), *decoder.end()]


def stream(*bodies: object) -> bytes:
    return b"".join(b"data: " + json.dumps(body).encode() + b"\n\n" for body in bodies)


def parts(*given: object, finish: str | None = None) -> dict[str, object]:
    candidate: dict[str, object] = {"content": {"role": "model", "parts": list(given)}}
    if finish:
        candidate["finishReason"] = finish
    return {"candidates": [candidate], "usageMetadata": {"promptTokenCount": 5}, "responseId": "r"}


@pytest.mark.parametrize("path", RESPONSES, ids=lambda path: path.stem)
def test_an_answer_is_written_back_as_it_was_read(path: Path) -> None:
    """The identity and the fold/unfold law."""
    body = json.loads(path.read_bytes())
    response = DIALECT.decode_response(body, REQUEST)
    assert DIALECT.encode_response(response, context(name=response.model)) == body
    assert fold(unfold(response)) == response


@pytest.mark.parametrize("path", STREAMS, ids=lambda path: path.stem)
def test_a_stream_is_written_back_with_the_same_meaning(path: Path) -> None:
    events = events_of(path.read_bytes())
    response = fold(events)
    written = DIALECT.stream_encoder(context(name=response.model)).encode(events)
    assert fold(events_of(written)) == response


@pytest.mark.parametrize("path", STREAMS, ids=lambda path: path.stem)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_any_split_of_the_bytes_gives_the_same_events(path: Path, data: st.DataObject) -> None:
    """The chunking law, inside UTF-8 characters and CRLF pairs too."""
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
    assert relayed + decoder.raw == raw


def test_a_signature_is_a_thinking_block_before_its_call_and_stays_on_the_call() -> None:
    """THK-8."""
    thought, call = answer("thinking_and_tool_call").blocks
    assert thought == Thinking("I need the weather for Paris.", SIGNATURE)
    assert isinstance(call, ToolUse)
    assert call.extras["gemini"]["thoughtSignature"] == SIGNATURE


def test_streamed_and_whole_answers_agree_on_thoughts_and_calls() -> None:
    """THK-14, PAR-1: thinking, text, two calls, the signature before the first."""
    response = fold(events_of((FIXTURES / "streams" / "thoughts_and_parallel_calls.sse").read_bytes()))
    kinds = [type(block).__name__ for block in response.blocks]
    assert kinds == ["Thinking", "Text", "Thinking", "ToolUse", "ToolUse"]
    assert response.blocks[0] == Thinking("**Planning** the look-up: é日本")
    assert response.blocks[2] == Thinking("", SIGNATURE)
    assert response.finish_reason == "tool_use"


def test_tokens_are_disjoint() -> None:
    """CCH-1, CCH-3: the prompt count includes what came from the cache, the answer count leaves out the thoughts."""
    assert answer("thinking_and_tool_call").usage == Usage(input=12, output=55, cache_read=100, reasoning=40)
    assert answer("text").usage == Usage(input=8, output=7)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("text", "stop"),
        ("thinking_and_tool_call", "tool_use"),
        ("parallel_calls_without_ids", "tool_use"),
        ("cut_by_max_tokens", "length"),
        ("filtered", "refusal"),
        ("blocked_prompt", "refusal"),
    ],
)
def test_finish_reasons(name: str, reason: str) -> None:
    """PAR-4, PAR-5."""
    assert answer(name).finish_reason == reason


def test_calls_without_ids_get_ids_that_differ() -> None:
    calls = [block for block in answer("parallel_calls_without_ids").blocks if isinstance(block, ToolUse)]
    assert len({call.id for call in calls}) == 2
    again = [block for block in answer("parallel_calls_without_ids").blocks if isinstance(block, ToolUse)]
    assert calls == again


@pytest.mark.parametrize("word", ["MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "MALFORMED_RESPONSE"])
def test_an_answer_the_model_broke_is_a_failure(word: str) -> None:
    with pytest.raises(UpstreamBroken):
        DIALECT.decode_response(parts(finish=word), REQUEST)
    (start, failed) = events_of(stream(parts(finish=word)))
    assert isinstance(start, Start)
    assert isinstance(failed, Failed)


@pytest.mark.parametrize("body", [{}, {"candidates": []}, {"message": "hello"}])
def test_an_answer_in_no_dialect_is_a_failure(body: dict[str, object]) -> None:
    with pytest.raises(UpstreamBroken):
        DIALECT.decode_response(body, REQUEST)


def test_a_stream_cut_before_its_finish_reason_ends_with_failed() -> None:
    """CUT-9."""
    events = events_of(stream(parts({"text": "Once"})))
    assert isinstance(events[-1], Failed)
    assert isinstance(events[-1].error, UpstreamBroken)
    assert [type(event) for event in events[:-1]] == [Start, BlockStart, Delta]


def test_an_empty_stream_ends_with_failed() -> None:
    (failed,) = events_of(b"")
    assert isinstance(failed, Failed)


def test_an_error_inside_the_stream_fails_it_and_is_not_relayed_twice() -> None:
    """FBK-1, FBK-5."""
    error = {"error": {"code": 503, "message": "The model is overloaded.", "status": "UNAVAILABLE"}}
    decoder = DIALECT.stream_decoder(REQUEST)
    events = decoder.feed(stream(parts({"text": "Hi"}), error))
    assert isinstance(events[-1], Failed)
    assert isinstance(events[-1].error, UpstreamUnavailable)
    assert decoder.raw == stream(parts({"text": "Hi"}))
    assert decoder.end() == []
    assert b"overloaded" in decoder.fail(events[-1].error)


def test_what_is_not_json_fails_the_stream() -> None:
    (failed,) = events_of(b"data: <html>\n\n")
    assert isinstance(failed, Failed)


def test_empty_texts_open_no_block() -> None:
    """EMP-2."""
    events = events_of(stream(parts({"text": ""}), parts({"text": ""}, finish="STOP")))
    assert [type(event) for event in events] == [Start, Finish]


def test_counts_that_come_after_the_finish_reason_are_not_lost() -> None:
    last = {"usageMetadata": {"promptTokenCount": 9, "candidatesTokenCount": 1}}
    first = parts({"text": "Hi"}, finish="STOP")
    del first["usageMetadata"]
    finish = events_of(stream(first, last))[-1]
    assert isinstance(finish, Finish)
    assert finish.usage == Usage(input=9, output=1)


def test_a_burst_of_two_hundred_events_is_read_in_three_milliseconds() -> None:
    burst = stream(*[parts({"text": f"token {number} "}) for number in range(200)])
    best = 1.0
    for _ in range(5):
        decoder = DIALECT.stream_decoder(REQUEST)
        begun = time.perf_counter()
        events = decoder.feed(burst)
        best = min(best, time.perf_counter() - begun)
    assert len(events) == 202
    assert best < 0.003


def test_an_answer_of_claude_reaches_a_gemini_client_with_its_signature_sealed() -> None:
    """THK-3, THK-8."""
    response = ChatResponse(
        "msg_1",
        "claude-opus-5-5",
        (Thinking("Look.", "EqQB"), Text("I look."), ToolUse("toolu_1", "read", '{"a":1}')),
        "tool_use",
        Usage(input=3, output=4, cache_write_5m=2),
    )
    given = context(origin=CLAUDE)
    body = DIALECT.encode_response(response, given)
    thought, text, call = body["candidates"][0]["content"]["parts"]
    assert thought == {"text": "Look.", "thought": True}
    assert open_signature(text["thoughtSignature"]) == (CLAUDE, "EqQB", False)
    assert call["functionCall"] == {"id": "toolu_1", "name": "read", "args": {"a": 1}}
    assert body["usageMetadata"]["promptTokenCount"] == 5
    streamed = fold(events_of(DIALECT.stream_encoder(given).encode(unfold(response))))
    assert streamed.blocks[-1] == response.blocks[-1]
    assert any(isinstance(block, Thinking) and block.signature == seal(CLAUDE, "EqQB") for block in streamed.blocks)


def test_interleaved_calls_are_written_whole_each_at_its_end() -> None:
    """PAR-1, TID-7."""
    encoder = DIALECT.stream_encoder(context(origin=CLAUDE))
    written = b"".join(
        encoder.encode([event])
        for event in (
            Start("m", "x"),
            BlockStart(0, ToolUse("a", "f", "")),
            BlockStart(1, ToolUse("b", "g", "")),
            Delta(0, "arguments", '{"x":'),
            Delta(1, "arguments", '{"y":2}'),
            Delta(0, "arguments", "1}"),
            BlockStop(1),
            BlockStop(0),
            Finish("tool_use", Usage(1, 1)),
        )
    )
    calls = [block for block in fold(events_of(written)).blocks if isinstance(block, ToolUse)]
    assert [(call.id, call.arguments) for call in calls] == [("b", '{"y":2}'), ("a", '{"x":1}')]


def test_a_keepalive_is_a_frame_without_meaning() -> None:
    encoder = DIALECT.stream_encoder(context())
    data = encoder.keepalive() + encoder.encode([Start("m", "x"), BlockStart(0, Text("")), Delta(0, "text", "Hi")])
    data += encoder.keepalive() + encoder.encode([BlockStop(0), Finish("stop", Usage(1, 1))])
    assert fold(events_of(data)).blocks == (Text("Hi"),)
    assert all(line.startswith(b"data: ") for line in data.split(b"\n\n") if line)


def test_an_error_written_into_a_stream_is_read_as_one() -> None:
    failed = events_of(DIALECT.stream_encoder(context()).fail(UpstreamUnavailable("The provider is away.")))[-1]
    assert isinstance(failed, Failed)
    assert failed.error.message == "The provider is away."


def test_a_rate_limit_tells_how_long_to_wait() -> None:
    details = [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "22.5s"}]
    body = {"error": {"code": 429, "message": "Quota.", "status": "RESOURCE_EXHAUSTED", "details": details}}
    error = DIALECT.decode_error(429, {"retry-after": "1"}, json.dumps([body]).encode())
    assert isinstance(error, UpstreamUnavailable)
    assert (error.retry_after, error.http_status, error.upstream_type) == (22.5, 429, "RESOURCE_EXHAUSTED")


@pytest.mark.parametrize(
    ("status", "body", "account", "shown"),
    [
        (400, {"message": "Invalid JSON payload received.", "status": "INVALID_ARGUMENT"}, False, 400),
        (400, {"message": "API key not valid.", "details": [{"reason": "API_KEY_INVALID"}]}, True, 502),
        (403, {"message": "Permission denied.", "status": "PERMISSION_DENIED"}, True, 502),
        (404, {"message": "models/x is not found.", "status": "NOT_FOUND"}, False, 404),
    ],
)
def test_a_refusal_is_the_requests_fault_or_the_accounts(
    status: int, body: dict[str, object], account: bool, shown: int
) -> None:
    error = DIALECT.decode_error(status, {}, json.dumps({"error": body}).encode())
    assert isinstance(error, UpstreamRejected)
    assert (error.account_fault, error.http_status, error.retryable) == (account, shown, False)


def test_an_overlong_prompt_is_told_apart() -> None:
    body = {
        "error": {"message": "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576)."}
    }
    assert DIALECT.decode_error(400, {}, json.dumps(body).encode()).error_code == "context_length_exceeded"


def test_an_error_that_is_no_json_is_taken_by_its_status() -> None:
    assert isinstance(DIALECT.decode_error(502, {}, b"<html>bad gateway"), UpstreamUnavailable)


def test_a_key_in_an_error_message_is_masked() -> None:
    """LEK-4, LEK-7."""
    body = {"error": {"message": "Bad key AIzaSyA1234567890abcdefg in Bearer ya29.abcdefgh"}}
    message = DIALECT.decode_error(500, {}, json.dumps(body).encode()).message
    assert "AIza" not in message
    assert "ya29" not in message


def test_errors_are_written_as_google_writes_them() -> None:
    status, headers, body = DIALECT.encode_error(RateLimited("Slow down.", retry_after=2.2), "req-1")
    assert (status, headers) == (429, [("retry-after", "3")])
    assert body["error"]["status"] == "RESOURCE_EXHAUSTED"
    assert {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "3s"} in body["error"]["details"]
    _, headers, body = DIALECT.encode_error(Unauthenticated("No key."), "req-1")
    assert ("x-should-retry", "false") in headers
    assert body["error"]["status"] == "UNAUTHENTICATED"
