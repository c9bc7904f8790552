"""Errors of the Responses API, both directions."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gateway.chat.errors import (
    BadRequest,
    BudgetExceeded,
    GatewayError,
    Overloaded,
    RateLimited,
    Unauthenticated,
    UpstreamRejected,
    UpstreamUnavailable,
)
from gateway.wire.openai_responses import DIALECT


def said(**error: Any) -> bytes:
    return json.dumps({"error": error}).encode()


def test_a_limit_always_tells_how_long_and_a_budget_never() -> None:
    """LIM-5; Codex waits on 429 with Retry-After and gives up at once on 429 without it."""
    status, headers, _ = DIALECT.encode_error(RateLimited("Slow.", retry_after=1.2), "req_1")
    assert (status, dict(headers)) == (429, {"retry-after": "2", "x-request-id": "req_1"})
    assert dict(DIALECT.encode_error(RateLimited("Slow."), "r")[1])["retry-after"] == "1"
    status, headers, body = DIALECT.encode_error(BudgetExceeded("Used up.", retry_after=60), "r")
    assert status == 429
    assert dict(headers) == {"x-codex-promo-message": "Used up", "x-should-retry": "false", "x-request-id": "r"}
    assert (body["error"]["type"], body["error"]["code"]) == ("usage_limit_reached", "insufficient_quota")
    assert "resets_at" not in body["error"]


def test_codex_is_told_which_budget_and_until_when_in_a_header_that_is_one() -> None:
    """BUD-11: of a budget's body it shows nothing but the moment."""
    error = BudgetExceeded("The budget of team Zürich\r\nis used up.")
    error.resets_at = 1_796_083_200.5
    _, headers, body = DIALECT.encode_error(error, "r")
    assert dict(headers)["x-codex-promo-message"] == "The budget of team Z?rich??is used up"
    assert body["error"]["resets_at"] == 1_796_083_200


@pytest.mark.parametrize(
    ("error", "status", "kind"),
    [
        (BadRequest("input: field required", param="input"), 400, "invalid_request_error"),
        (Unauthenticated("No."), 401, "authentication_error"),
        (Overloaded("Busy.", retry_after=5), 503, "server_error"),
    ],
)
def test_errors_have_the_shape_the_sdk_reads(error: GatewayError, status: int, kind: str) -> None:
    found, _, body = DIALECT.encode_error(error, "r")
    assert found == status
    assert body == {"error": {"message": error.message, "type": kind, "param": error.param, "code": error.error_code}}


@pytest.mark.parametrize("status", [401, 402, 403])
def test_the_account_s_fault_is_not_the_caller_s(status: int) -> None:
    """LEK-4: the provider's text may hold the key; the client's own key is fine, so it never sees 401."""
    error = DIALECT.decode_error(status, {}, said(message="Incorrect API key provided: sk-abc", code="invalid_api_key"))
    assert isinstance(error, UpstreamRejected)
    assert (error.http_status, error.account_fault, error.retryable) == (502, True, False)
    assert "sk-abc" not in error.message


def test_an_account_out_of_credit_is_its_fault_too() -> None:
    error = DIALECT.decode_error(429, {}, said(message="Quota.", type="insufficient_quota", code="insufficient_quota"))
    assert isinstance(error, UpstreamRejected)
    assert error.account_fault


def test_the_caller_s_fault_keeps_message_and_code() -> None:
    """CUR-7: the client sees that the context is too long."""
    body = said(message="Too long.", type="invalid_request_error", code="context_length_exceeded", param="input")
    error = DIALECT.decode_error(400, {}, body)
    assert isinstance(error, UpstreamRejected)
    assert (error.http_status, error.error_code, error.message) == (400, "context_length_exceeded", "Too long.")
    assert (error.account_fault, error.upstream_status, error.param) == (False, 400, "input")
    assert DIALECT.decode_error(404, {}, said(message="No model.")).http_status == 404
    assert DIALECT.decode_error(422, {}, b"").http_status == 422


def test_a_provider_s_limit_is_waited_for() -> None:
    error = DIALECT.decode_error(429, {"retry-after": "7"}, said(message="Slow.", code="rate_limit_exceeded"))
    assert isinstance(error, UpstreamUnavailable)
    assert (error.http_status, error.retry_after, error.retryable) == (429, 7.0, True)
    dates = {"retry-after": "Sun, 22 Nov 2026 10:00:30 GMT", "date": "Sun, 22 Nov 2026 10:00:00 GMT"}
    assert DIALECT.decode_error(503, dates, b"<html>").retry_after == 30.0
    assert DIALECT.decode_error(429, {"retry-after-ms": "1500"}, b"").retry_after == 1.5
    assert DIALECT.decode_error(429, {"retry-after": "soon"}, b"").retry_after is None


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b'"x"', b'{"error": 5}', b'{"error": {"message": 5}}', b"\xff"]
)
def test_any_body_gives_an_error(body: bytes) -> None:
    assert isinstance(DIALECT.decode_error(500, {}, body), UpstreamUnavailable)
    assert isinstance(DIALECT.decode_error(400, {}, body), UpstreamRejected)
