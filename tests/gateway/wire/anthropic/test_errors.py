"""Errors of the Messages API, both directions."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gateway.chat.errors import (
    BadRequest,
    BudgetExceeded,
    Forbidden,
    GatewayError,
    InternalError,
    NotFound,
    Overloaded,
    RateLimited,
    TooLarge,
    Unauthenticated,
    UpstreamBroken,
    UpstreamRejected,
    UpstreamTimeout,
    UpstreamUnavailable,
)
from gateway.chat.request import ChatRequest, Message, Origin, Text, Thinking, ToolUse
from gateway.chat.response import ChatResponse
from gateway.wire.anthropic import DIALECT
from gateway.wire.dialect import AnswerContext

REQUEST = ChatRequest("anthropic", "auto", (Message("user", (Text("hi"),)),))


def vendor(kind: str, message: str = "said so") -> bytes:
    return json.dumps({"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_1"}).encode()


@pytest.mark.parametrize(
    ("status", "kind", "expected", "client", "account"),
    [
        (400, "invalid_request_error", UpstreamRejected, 400, False),
        (401, "authentication_error", UpstreamRejected, 502, True),
        (402, "billing_error", UpstreamRejected, 502, True),
        (403, "permission_error", UpstreamRejected, 502, True),
        (404, "not_found_error", UpstreamRejected, 404, False),
        (413, "request_too_large", UpstreamRejected, 413, False),
        (422, "invalid_request_error", UpstreamRejected, 400, False),
        (429, "rate_limit_error", UpstreamUnavailable, 429, True),
        (500, "api_error", UpstreamUnavailable, 503, True),
        (504, "timeout_error", UpstreamTimeout, 504, True),
        (529, "overloaded_error", UpstreamUnavailable, 529, True),
    ],
)
def test_a_providers_error_is_read_for_what_it_is(
    status: int, kind: str, expected: type, client: int, account: bool
) -> None:
    error = DIALECT.decode_error(status, {}, vendor(kind))
    assert type(error) is expected
    assert (error.http_status, error.upstream_status, error.upstream_type) == (client, status, kind)
    assert error.account_fault is account
    assert error.retryable is (expected is not UpstreamRejected)


def test_a_keys_error_never_quotes_the_key() -> None:
    """LEK-4, LEK-7"""
    error = DIALECT.decode_error(401, {}, vendor("authentication_error", "invalid x-api-key sk-ant-1234"))
    assert "sk-ant" not in error.message
    empty = DIALECT.decode_error(400, {}, vendor("invalid_request_error", "Your credit balance is too low to access"))
    assert (empty.http_status, empty.account_fault) == (502, True)


def test_the_text_of_a_refused_request_reaches_its_maker() -> None:
    error = DIALECT.decode_error(400, {}, vendor("invalid_request_error", "prompt is too long: 250000 tokens > 200000"))
    assert error.message.startswith("prompt is too long")
    assert error.error_code == "context_length_exceeded"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "1500"}, 1.5),
        ({"retry-after": "Sun, 22 Nov 2026 20:00:30 GMT", "date": "Sun, 22 Nov 2026 20:00:00 GMT"}, 30.0),
        ({"retry-after": "Sun, 22 Nov 2026 20:00:30 GMT"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "soon"}, None),
        ({}, None),
    ],
)
def test_a_wait_is_read_in_every_way_it_is_told(headers: dict[str, str], seconds: float | None) -> None:
    assert DIALECT.decode_error(429, headers, vendor("rate_limit_error")).retry_after == seconds


@pytest.mark.parametrize(
    "body", [b"", b"<html>Bad gateway</html>", b"[]", b'"x"', b'{"error":7}', b"\xff\xfe", b"[[[["]
)
def test_a_body_that_is_no_error_still_gives_one(body: bytes) -> None:
    error = DIALECT.decode_error(502, {}, body)
    assert isinstance(error, UpstreamUnavailable)
    assert "502" in error.message


@pytest.mark.parametrize(
    "body", [b'{"message":"no"}', b'{"error":"no"}', b'[{"error":{"message":"no"}}]', b'{"Message":"no"}']
)
def test_the_shapes_of_platforms_in_front_are_read_too(body: bytes) -> None:
    assert DIALECT.decode_error(400, {}, body).message == "no"


@pytest.mark.parametrize(
    ("error", "status", "kind"),
    [
        (BadRequest("x"), 400, "invalid_request_error"),
        (Unauthenticated("x"), 401, "authentication_error"),
        (Forbidden("x"), 403, "permission_error"),
        (NotFound("x"), 404, "not_found_error"),
        (TooLarge("x"), 413, "request_too_large"),
        (RateLimited("x"), 429, "rate_limit_error"),
        (BudgetExceeded("x"), 429, "billing_error"),
        (Overloaded("x"), 503, "overloaded_error"),
        (InternalError("x"), 500, "api_error"),
        (UpstreamRejected("x"), 400, "invalid_request_error"),
        (UpstreamRejected("x", status=502), 502, "api_error"),
        (UpstreamUnavailable("x", status=429), 429, "rate_limit_error"),
        (UpstreamUnavailable("x", status=529), 529, "overloaded_error"),
        (UpstreamTimeout("x"), 504, "timeout_error"),
        (UpstreamBroken("x"), 502, "api_error"),
    ],
)
def test_every_error_has_its_word_in_this_dialect(error: GatewayError, status: int, kind: str) -> None:
    """CCD-5"""
    found, _, body = DIALECT.encode_error(error, "req_9")
    assert found == status
    assert body == {"type": "error", "error": {"type": kind, "message": "x"}, "request_id": "req_9"}


def test_a_client_is_told_when_to_come_back_and_whether() -> None:
    """BUD-11, LIM-5: Claude Code tries eleven times unless told not to."""
    headers = dict(DIALECT.encode_error(RateLimited("x", retry_after=1.2), "r")[1])
    assert headers["retry-after"] == "2"
    assert "x-should-retry" not in headers
    headers = dict(DIALECT.encode_error(BudgetExceeded("x", retry_after=0.1), "r")[1])
    assert headers["retry-after"] == "1"
    assert headers["x-should-retry"] == "false"


def test_a_prompt_too_long_for_any_provider_makes_claude_code_compact() -> None:
    """CUR-7"""
    error = UpstreamRejected("maximum context length is 128000 tokens", code="context_length_exceeded")
    assert DIALECT.encode_error(error, "r")[2]["error"]["message"].startswith("prompt is too long")


def context(origin: Origin) -> AnswerContext:
    return AnswerContext(REQUEST, "c0ffee", 0, "auto", origin, 5)


def answer(*blocks: Any, reason: Any = "stop") -> ChatResponse:
    return ChatResponse("chatcmpl-1", "gpt-5", blocks, reason)


def test_a_body_needs_something_to_show_and_whole_arguments() -> None:
    """EMP-1, EMP-2, TID-7, PAR-5"""
    gpt, claude = context(Origin("openai_chat", "gpt-5")), context(Origin("anthropic", "m"))
    with pytest.raises(UpstreamBroken):
        DIALECT.encode_response(answer(Text(" ")), gpt)
    assert DIALECT.encode_response(answer(), claude)["content"] == []
    with pytest.raises(UpstreamBroken):
        DIALECT.encode_response(answer(ToolUse("a", "rm", '{"p')), gpt)
    body = DIALECT.encode_response(answer(Text(""), ToolUse("a", "rm", "")), gpt)
    assert body["content"] == [{"type": "tool_use", "id": "a", "name": "rm", "input": {}}]
    assert body["stop_reason"] == "tool_use"
    assert body["usage"]["input_tokens"] == 5


def test_thinking_of_another_model_is_sealed_in_a_body_too() -> None:
    """THK-3"""
    body = DIALECT.encode_response(answer(Thinking("hm", "s"), Text("x")), context(Origin("openai_chat", "gpt-5")))
    assert body["content"][0]["signature"].startswith("lynkr1-")


@pytest.mark.parametrize("body", [{}, {"content": "x"}, {"content": [7]}, {"content": [{"type": "tool_use"}]}])
def test_an_answer_that_is_no_message_is_broken(body: dict[str, Any]) -> None:
    with pytest.raises(UpstreamBroken):
        DIALECT.decode_response(body, REQUEST)


def test_an_error_in_a_body_of_status_200_is_that_error() -> None:
    with pytest.raises(UpstreamUnavailable):
        DIALECT.decode_response(json.loads(vendor("overloaded_error")), REQUEST)
