"""Errors in this dialect: ``{"error": {"message", "type", "param", "code"}}``, and `error` of a failed response.

How Codex takes them (clients.md, section 3): 429 with Retry-After waits, 429 without it ends the run at once; 400 ends it.
"""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

from gateway.chat.errors import (
    BadRequest,
    BudgetExceeded,
    GatewayError,
    RateLimited,
    UpstreamError,
    UpstreamRejected,
    UpstreamUnavailable,
)
from gateway.wire.fields import load

LONGEST_MESSAGE = 2000
_TYPES = {401: "authentication_error", 403: "permission_error", 404: "not_found_error", 429: "rate_limit_error"}
_OUT_OF_CREDIT = frozenset(
    ("insufficient_quota", "billing_hard_limit_reached", "billing_not_active", "usage_not_included")
)
_BUSY = frozenset(("rate_limit_exceeded", "server_error", "server_is_overloaded", "slow_down", "overloaded", "timeout"))
_CALLERS = ("context_length", "invalid_", "image_", "unsupported_", "empty_image", "policy", "bio_", "content_filter")


def encode_error(error: GatewayError, request_id: str) -> tuple[int, list[tuple[str, str]], dict[str, Any]]:
    """A budget's 429 carries no Retry-After, so that Codex stops, nor does one that must not be tried again; any other 429
    always does, so that it waits."""
    status, code = error.http_status, error.error_code
    headers: list[tuple[str, str]] = []
    more: dict[str, Any] = {}
    if isinstance(error, BudgetExceeded):
        # Codex 0.169 shows its own words for insufficient_quota, and none of ours; this type makes it show the header's.
        kind, code = "usage_limit_reached", "insufficient_quota"
        headers.append(("x-codex-promo-message", _in_header(error.message)))
        if error.resets_at is not None:
            more["resets_at"] = int(error.resets_at)
    else:
        kind = _TYPES.get(status, "server_error" if status >= 500 else "invalid_request_error")
        wait = error.retry_after
        if wait is None and status == 429 and error.should_retry is not False:
            wait = 1.0
        if wait is not None:
            headers.append(("retry-after", str(max(0, -int(-wait // 1)))))
    if error.should_retry is not None:
        headers.append(("x-should-retry", "true" if error.should_retry else "false"))
    if request_id:
        headers.append(("x-request-id", request_id))
    body = {"message": error.message, "type": kind, "param": error.param, "code": code, **more}
    return status, headers, {"error": body}


def _in_header(message: str) -> str:
    """ASCII without line ends or a full stop: Codex goes on with ", or try again ..."."""
    return "".join(ch if " " <= ch <= "~" else "?" for ch in message[:LONGEST_MESSAGE]).rstrip(". ")


def failure(error: GatewayError) -> dict[str, Any]:
    """`error` of a failed response. The codes are those on which clients act: Codex gives up on context_length_exceeded
    and insufficient_quota, waits on rate_limit_exceeded, and tries the turn again on others."""
    if isinstance(error, BudgetExceeded):
        code = "insufficient_quota"
    elif error.error_code == "context_length_exceeded" or error.error_code in _BUSY:
        code = error.error_code
    elif isinstance(error, RateLimited) or error.http_status == 429:
        code = "rate_limit_exceeded"
    elif isinstance(error, BadRequest) or (isinstance(error, UpstreamRejected) and error.http_status < 500):
        code = "invalid_prompt"
    else:
        code = "server_error"
    return {"code": code, "message": error.message}


def decode_error(status: int, headers: Mapping[str, str], body: bytes) -> UpstreamError:
    """401, 402 and 403 are the account's fault: the client sees 502 and nothing of what the provider said, which may name
    the key (LEK-4)."""
    message, kind, code, param = _read(body)
    detail: dict[str, Any] = {"upstream_status": status, "upstream_type": kind, "param": param}
    if status in (401, 402, 403) or (status == 429 and code in _OUT_OF_CREDIT):
        return _account_fault(status, kind)
    if status == 429:
        return UpstreamUnavailable(
            message or "The provider's rate limit is reached.",
            code="rate_limit_exceeded",
            status=429,
            retry_after=retry_after(headers),
            **detail,
        )
    if status >= 500 or status == 408:
        return UpstreamUnavailable(
            message or f"The provider failed with status {status}.", retry_after=retry_after(headers), **detail
        )
    if status == 404:
        return UpstreamRejected(message or "The provider does not know this.", status=404, code=code, **detail)
    taken = status if status in (413, 422) else 400
    return UpstreamRejected(message or "The provider refused the request.", status=taken, code=code, **detail)


def _account_fault(status: int | None, kind: str | None) -> UpstreamRejected:
    error = UpstreamRejected(
        "The provider refused the credentials or has no credit left for this gateway's account.",
        upstream_status=status,
        upstream_type=kind,
        code="upstream_account",
        status=502,
    )
    error.account_fault = True
    return error


def failed(error: Any) -> UpstreamError:
    """What a `response.failed` or `error` event (or a failed body) reported."""
    found = error if isinstance(error, dict) else {}
    code, message, kind = found.get("code"), found.get("message"), found.get("type")
    code = code if isinstance(code, str) else None
    kind = kind if isinstance(kind, str) else code
    text = message[:LONGEST_MESSAGE] if isinstance(message, str) and message else "The provider failed to answer."
    if code in _OUT_OF_CREDIT:
        return _account_fault(None, kind)
    if code == "rate_limit_exceeded":
        return UpstreamUnavailable(text, code=code, status=429, upstream_type=kind)
    if code is not None and code not in _BUSY and (code.startswith(_CALLERS) or "policy" in code):
        return UpstreamRejected(text, code=code, upstream_type=kind)
    return UpstreamUnavailable(text, code=code if code in _BUSY else None, upstream_type=kind)


def _read(body: bytes) -> tuple[str | None, str | None, str | None, str | None]:
    """(message, type, code, param) of an error body, whichever of the common forms it has."""
    try:
        value = load(body)
    except ValueError:
        return None, None, None, None
    if isinstance(value, list) and value:
        value = value[0]
    if not isinstance(value, dict):
        return None, None, None, None
    error = value.get("error", value)
    if isinstance(error, str):
        return error[:LONGEST_MESSAGE], None, None, None
    if not isinstance(error, dict):
        return None, None, None, None
    message = error.get("message") or error.get("detail")
    if not isinstance(message, str):
        message = None
    words = [error.get(name) for name in ("type", "code", "param")]
    kind, code, param = (word if isinstance(word, str) else None for word in words)
    if code is None and message is not None and "context length" in message:
        code = "context_length_exceeded"
    return message[:LONGEST_MESSAGE] if message else None, kind, code, param


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait. A date is read against the answer's own Date header, as there is no clock here."""
    millis = headers.get("retry-after-ms")
    for text, unit in ((millis, 1000.0), (headers.get("retry-after"), 1.0)):
        if text is None:
            continue
        try:
            seconds = float(text) / unit
        except ValueError:
            continue
        return seconds if 0 <= seconds < 1e9 else None
    try:
        until = parsedate_to_datetime(headers["retry-after"])
        return max(0.0, (until - parsedate_to_datetime(headers["date"])).total_seconds())
    except (KeyError, ValueError, TypeError):
        return None
