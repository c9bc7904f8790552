"""Ollama's errors: ``{"error": "text"}``, as a body and as a line of a stream."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from gateway.chat.errors import GatewayError, UpstreamError, UpstreamRejected, UpstreamUnavailable
from gateway.wire import fields, retry_after

_TOO_LONG = ("context length", "context window", "exceeds the available context", "input length exceeds")


def _message(value: Any) -> str:
    error = value.get("error") if isinstance(value, dict) else None
    if isinstance(error, dict):
        error = error.get("message")
    return error.strip()[:2000] if isinstance(error, str) else ""


def decode_error(status: int, headers: Mapping[str, str], body: bytes) -> UpstreamError:
    try:
        value = fields.load(body) if body else None
    except ValueError:
        value = None
    return _classified(status, _message(value), retry_after.seconds(headers))


def error_in_answer(value: Any) -> UpstreamError | None:
    """The error inside a 200 body or a stream's line; None if there is none. Ollama fails there when the runner dies."""
    if not isinstance(value, dict) or not value.get("error"):
        return None
    return _classified(500, _message(value), None)


def _classified(status: int, message: str, wait: float | None) -> UpstreamError:
    if status in (401, 402, 403):
        refused = UpstreamRejected(
            f"The provider refused this gateway's account (HTTP {status}).",
            status=502,
            code="upstream_account",
            upstream_status=status,
        )
        refused.account_fault = True
        return refused
    if status == 429:
        text = message or "The provider's rate limit is reached."
        return UpstreamUnavailable(
            text, status=429, code="rate_limit_exceeded", retry_after=wait, upstream_status=status
        )
    if any(words in message.lower() for words in _TOO_LONG):
        return UpstreamRejected(message, status=400, code="context_length_exceeded", upstream_status=status)
    if status >= 500 or status in (408, 409, 425):
        text = message or f"The provider failed (HTTP {status})."
        return UpstreamUnavailable(text, retry_after=wait, upstream_status=status)
    text = message or f"The provider refused the request (HTTP {status})."
    if status == 404:
        return UpstreamRejected(text, status=404, code="model_not_found", upstream_status=status)
    return UpstreamRejected(text, status=status if status in (400, 413, 422) else 400, upstream_status=status)


def error_body(error: GatewayError) -> dict[str, Any]:
    return {"error": error.message}


def encode_error(error: GatewayError, request_id: str) -> tuple[int, list[tuple[str, str]], dict[str, Any]]:
    headers: list[tuple[str, str]] = []
    if error.retry_after is not None:
        headers.append(("retry-after", str(max(math.ceil(error.retry_after), 0))))
    if error.should_retry is not None:
        headers.append(("x-should-retry", "true" if error.should_retry else "false"))
    return error.http_status, headers, error_body(error)
