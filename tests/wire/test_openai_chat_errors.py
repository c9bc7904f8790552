"""Errors of the chat dialect."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gateway.chat import errors
from gateway.chat.errors import UpstreamRejected, UpstreamUnavailable

from .chat_fixtures import CHAT


def told(status: int, error: Any = None, **headers: str) -> errors.UpstreamError:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return CHAT.decode_error(status, names, json.dumps({"error": error}).encode() if error else b"")


@pytest.mark.parametrize("status", [401, 402, 403])
def test_a_refused_account_is_not_the_clients_fault(status: int) -> None:
    """LEK-4: OpenAI quotes the key."""
    error = told(status, {"message": "Incorrect API key provided: sk-proj-abc123.", "code": "invalid_api_key"})
    assert isinstance(error, UpstreamRejected)
    assert (error.account_fault, error.retryable, error.http_status) == (True, False, 502)
    assert error.upstream_status == status
    assert "sk-" not in error.message


def test_an_empty_quota_counts_against_the_account() -> None:
    error = told(
        429, {"message": "You exceeded your quota", "type": "insufficient_quota", "code": "insufficient_quota"}
    )
    assert (error.account_fault, error.retryable) == (True, False)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry_after": "7"}, 7.0),
        ({"retry_after_ms": "1500", "retry_after": "2"}, 1.5),
        ({"retry_after": "Sun, 22 Nov 2026 10:00:30 GMT", "date": "Sun, 22 Nov 2026 10:00:00 GMT"}, 30.0),
        ({"retry_after": "Sun, 22 Nov 2026 10:00:30 GMT"}, None),
        ({"retry_after": "soon"}, None),
        ({}, None),
    ],
)
def test_a_rate_limit_keeps_its_status_and_wait(headers: dict[str, str], seconds: float | None) -> None:
    error = told(429, {"message": "slow down"}, **headers)
    assert isinstance(error, UpstreamUnavailable)
    assert (error.http_status, error.retry_after, error.retryable) == (429, seconds, True)


@pytest.mark.parametrize(
    "error",
    [
        {"message": "This model's maximum context length is 8192 tokens.", "code": "context_length_exceeded"},
        {"message": "the request exceeds the available context size", "type": "exceed_context_size_error", "code": 400},
        {"message": "prompt is too long: 210000 tokens"},
    ],
)
def test_a_prompt_too_long_is_called_so(error: dict[str, Any]) -> None:
    """CUR-7."""
    found = told(400, error)
    assert (found.error_code, found.http_status) == ("context_length_exceeded", 400)
    assert found.message == error["message"]


@pytest.mark.parametrize("status", [500, 502, 503, 504, 529, 408])
def test_a_failing_provider_is_unavailable(status: int) -> None:
    error = told(status)
    assert isinstance(error, UpstreamUnavailable)
    assert error.retryable


@pytest.mark.parametrize(
    "body",
    [
        b'{"error":"bad"}',
        b'[{"error":{"message":"bad","status":"INVALID"}}]',
        b'{"detail":"bad"}',
        b'{"message":"bad"}',
    ],
)
def test_every_form_of_error_body_is_read(body: bytes) -> None:
    assert CHAT.decode_error(422, {}, body).message == "bad"


@pytest.mark.parametrize("body", [b"", b"<html>", b"\xff", b"null", b"[]", b'{"error":{"message":{"a":1}}}', b"3"])
def test_an_unreadable_error_body_still_is_an_error(body: bytes) -> None:
    error = CHAT.decode_error(400, {}, body)
    assert isinstance(error, UpstreamRejected)
    assert error.message


def test_an_unknown_model_is_not_found() -> None:
    error = told(404, {"message": "no such model", "code": "model_not_found"})
    assert (error.http_status, error.error_code, error.retryable) == (404, "model_not_found", False)


@pytest.mark.parametrize(
    ("error", "status", "kind", "code", "headers"),
    [
        (
            errors.BadRequest("x", param="stop"),
            400,
            "invalid_request_error",
            "invalid_request",
            {"x-should-retry": "false"},
        ),
        (errors.Unauthenticated("x"), 401, "invalid_request_error", "invalid_api_key", {"x-should-retry": "false"}),
        (errors.Forbidden("x"), 403, "permission_error", "not_allowed", {"x-should-retry": "false"}),
        (
            errors.NotFound("x", param="model"),
            404,
            "invalid_request_error",
            "model_not_found",
            {"x-should-retry": "false"},
        ),
        (
            errors.RateLimited("x", retry_after=1.2),
            429,
            "rate_limit_error",
            "rate_limit_exceeded",
            {"retry-after": "2"},
        ),
        (errors.RateLimited("x"), 429, "rate_limit_error", "rate_limit_exceeded", {"retry-after": "1"}),
        (errors.BudgetExceeded("x"), 429, "insufficient_quota", "insufficient_quota", {"x-should-retry": "false"}),
        (errors.Overloaded("x", retry_after=3), 503, "server_error", "overloaded", {"retry-after": "3"}),
        (errors.UpstreamBroken("x"), 502, "server_error", "upstream_broken", {}),
    ],
)
def test_errors_are_written_in_openais_words(
    error: errors.GatewayError, status: int, kind: str, code: str, headers: dict[str, str]
) -> None:
    """LIM-5, LIM-6, BUD-11."""
    found, sent, body = CHAT.encode_error(error, "req_1")
    assert (found, dict(sent)) == (status, headers)
    assert body == {"error": {"message": "x", "type": kind, "param": error.param, "code": code}}
