"""Errors of the Messages API, both directions (platform.claude.com/docs/en/api/errors).

The body is ``{"type":"error","error":{"type","message"},"request_id"}``; inside a stream the same object is the data of an
event called `error`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

from gateway.chat.errors import (
    BadRequest,
    BudgetExceeded,
    Forbidden,
    GatewayError,
    NotFound,
    Overloaded,
    RateLimited,
    TooLarge,
    Unauthenticated,
    UpstreamError,
    UpstreamRejected,
    UpstreamTimeout,
    UpstreamUnavailable,
)

from ..fields import dump, load

_STATUS_OF_TYPE = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "api_error": 500,
    "timeout_error": 504,
    "overloaded_error": 529,
}
_TYPE_OF_STATUS = {status: word for word, status in _STATUS_OF_TYPE.items()} | {503: "overloaded_error"}
_TYPE_OF_CLASS: tuple[tuple[type[GatewayError], str], ...] = (
    (BadRequest, "invalid_request_error"),
    (Unauthenticated, "authentication_error"),
    (Forbidden, "permission_error"),
    (NotFound, "not_found_error"),
    (TooLarge, "request_too_large"),
    (BudgetExceeded, "billing_error"),
    (RateLimited, "rate_limit_error"),
    (Overloaded, "overloaded_error"),
    (UpstreamTimeout, "timeout_error"),
)
CONTEXT_LENGTH = "context_length_exceeded"
_TOO_LONG = "prompt is too long"
_ACCOUNT = (
    "The provider refused this gateway's account (its key, rights or credit). An administrator has to look at it."
)
_MOST_TEXT = 2000


def decode_error(status: int, headers: Mapping[str, str], body: bytes) -> UpstreamError:
    """401, 402 and 403 are the account's: their text stays here, it may quote the key (LEK-7)."""
    kind, message = _said(body)
    return _error(status, kind, message, retry_after(headers))


def error_of_event(body: Mapping[str, Any]) -> UpstreamError:
    """The error inside a stream, or in a body of status 200."""
    kind, message = _parts(body)
    return _error(_STATUS_OF_TYPE.get(kind or "", 500), kind, message, None)


def _said(body: bytes) -> tuple[str | None, str | None]:
    try:
        return _parts(load(body))
    except ValueError:
        return None, None


def _parts(value: Any) -> tuple[str | None, str | None]:
    """(type, message), also of the shapes platforms in front of the API answer with ({"message"}, {"error": text})."""
    if isinstance(value, list) and value:
        value = value[0]
    if not isinstance(value, dict):
        return None, None
    error = value.get("error", value)
    if isinstance(error, str):
        return None, error[:_MOST_TEXT]
    if not isinstance(error, dict):
        return None, None
    kind, message = error.get("type"), error.get("message", error.get("Message"))
    return (
        kind if isinstance(kind, str) else None,
        message[:_MOST_TEXT] if isinstance(message, str) and message else None,
    )


def _error(status: int, kind: str | None, message: str | None, wait: float | None) -> UpstreamError:
    text = (message or "").lower()
    if status in (401, 402, 403) or (status == 400 and "credit balance is too low" in text):
        refused = UpstreamRejected(_ACCOUNT, upstream_status=status, upstream_type=kind, status=502)
        refused.account_fault = True
        return refused
    if status in (408, 504):
        return UpstreamTimeout(message or "The provider ran out of time.", upstream_status=status, upstream_type=kind)
    if status in (429, 529):
        word = "limits this gateway's account" if status == 429 else "is overloaded"
        return UpstreamUnavailable(
            message or f"The provider {word}.",
            upstream_status=status,
            upstream_type=kind,
            status=status,
            retry_after=wait,
        )
    if status >= 500:
        said = message or f"The provider failed with status {status}."
        return UpstreamUnavailable(said, upstream_status=status, upstream_type=kind, retry_after=wait)
    code = CONTEXT_LENGTH if _TOO_LONG in text else None
    if status == 404:
        code = "model_not_found"
    return UpstreamRejected(
        message or f"The provider refused the request with status {status}.",
        upstream_status=status,
        upstream_type=kind,
        status=status if status in (404, 413) else 400,
        code=code,
    )


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds, of `retry-after-ms` or `retry-after` (a number, or a date measured against the answer's own `date`)."""
    for name, unit in (("retry-after-ms", 1000), ("retry-after", 1)):
        try:
            seconds = float(headers[name]) / unit
        except (KeyError, ValueError):
            continue
        if math.isfinite(seconds):
            return max(0.0, seconds)
    try:
        then, now = (parsedate_to_datetime(headers[name]) for name in ("retry-after", "date"))
        return max(0.0, (then - now).total_seconds())
    except (KeyError, ValueError, TypeError):
        return None


def error_type(error: GatewayError) -> str:
    for kind, word in _TYPE_OF_CLASS:
        if isinstance(error, kind):
            return word
    if isinstance(error, UpstreamError):
        return _TYPE_OF_STATUS.get(error.http_status, "api_error")
    return "api_error"


def _message(error: GatewayError) -> str:
    """Claude Code compacts when it reads "prompt is too long" (CUR-7)."""
    if error.error_code == CONTEXT_LENGTH and _TOO_LONG not in error.message.lower():
        return f"{_TOO_LONG}: {error.message}"
    return error.message


def error_body(error: GatewayError) -> dict[str, Any]:
    return {"type": "error", "error": {"type": error_type(error), "message": _message(error)}}


def error_event(error: GatewayError) -> bytes:
    return b"event: error\ndata: " + dump(error_body(error)) + b"\n\n"


def encode_error(error: GatewayError, request_id: str) -> tuple[int, list[tuple[str, str]], dict[str, Any]]:
    headers: list[tuple[str, str]] = [("request-id", request_id)] if request_id else []
    if error.retry_after is not None:
        headers.append(("retry-after", str(max(1, math.ceil(error.retry_after)))))
    if error.should_retry is not None:
        headers.append(("x-should-retry", "true" if error.should_retry else "false"))
    return error.http_status, headers, {**error_body(error), "request_id": request_id}
