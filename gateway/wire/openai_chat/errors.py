"""Errors of the Chat Completions dialect, both directions.

A provider's refusal of our account (401, 402, 403, no quota left) is told to the client as 502 in our own words: its key
is fine, and the provider's text may quote ours (LEK-4, LEK-7).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from gateway.chat.errors import (
    BadRequest,
    BudgetExceeded,
    Forbidden,
    GatewayError,
    NotFound,
    TooLarge,
    Unauthenticated,
    UpstreamBroken,
    UpstreamError,
    UpstreamRejected,
    UpstreamUnavailable,
)
from gateway.wire import fields, retry_after

_SECRET = re.compile(r"(?i)\b(?:sk|pk|gsk|xai|key|rk)-[a-z0-9*_\-]{6,}|\bbearer\s+\S+|\beyJ[\w-]{10,}\.[\w.-]+")
_TOO_LONG = re.compile(
    r"(?i)context[ _](length|window|size)|maximum context|prompt is too long|too many tokens|input is too long"
)
_QUOTA = frozenset(
    {"insufficient_quota", "billing_hard_limit_reached", "insufficient_balance", "exceeded_current_quota_error"}
)


def _described(value: Any) -> tuple[str, str, str]:
    """(message, type, code) of an error body in any of the forms seen: OpenAI's, a bare string, Google's list, FastAPI's
    ``detail``, vLLM's flat object."""
    if isinstance(value, list):
        value = value[0] if value else None
    if not isinstance(value, dict):
        return "", "", ""
    error = value.get("error")
    if isinstance(error, str):
        return error, _word(value.get("type")), _word(value.get("code"))
    if not isinstance(error, dict):
        error = value
    message = error.get("message") or error.get("detail") or error.get("msg") or ""
    metadata = error.get("metadata")
    if isinstance(metadata, dict) and isinstance(metadata.get("raw"), str):
        message = f"{message}: {metadata['raw']}"
    if not isinstance(message, str):
        message = fields.dump(message).decode()
    return message, _word(error.get("type") or error.get("status")), _word(error.get("code"))


def _word(value: Any) -> str:
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _shown(message: str, fallback: str) -> str:
    """The provider's words for the client: short, and without anything that looks like a credential."""
    text = _SECRET.sub("[removed]", message).strip()
    return text[:2000] or fallback


def decode_error(status: int, headers: Mapping[str, str], body: bytes) -> UpstreamError:
    """The error of an answer with `status` >= 400."""
    try:
        value = fields.load(body) if body else None
    except ValueError:
        value = None
    return _classified(status, *_described(value), retry_after.seconds(headers))


def error_in_answer(value: Any) -> UpstreamError | None:
    """The error inside a 200 body or a stream's event; None if there is none."""
    if not isinstance(value, dict):
        return None
    if not value.get("error") and value.get("object") != "error":
        return None
    message, kind, code = _described(value)
    status = int(code) if code.isdigit() and 400 <= int(code) < 600 else _status(kind, code)
    return _classified(status, message, kind, code, None)


def _status(kind: str, code: str) -> int:
    words = f"{kind} {code}".lower()
    for part, status in (
        ("invalid_request", 400),
        ("context_length", 400),
        ("badrequest", 400),
        ("quota", 429),
        ("rate_limit", 429),
        ("authentication", 401),
        ("permission", 403),
        ("not_found", 404),
        ("overloaded", 529),
    ):
        if part in words:
            return status
    return 502


def _classified(status: int, message: str, kind: str, code: str, wait: float | None) -> UpstreamError:
    told: dict[str, Any] = {"upstream_status": status, "upstream_type": kind or code or None}
    if status in (401, 402, 403) or (status == 429 and (kind in _QUOTA or code in _QUOTA)):
        refused = UpstreamRejected(
            f"The provider refused this gateway's account (HTTP {status}).", status=502, code="upstream_account", **told
        )
        refused.account_fault = True
        return refused
    if status == 429:
        text = _shown(message, "The provider's rate limit is reached.")
        return UpstreamUnavailable(text, status=429, code="rate_limit_exceeded", retry_after=wait, **told)
    if status >= 500 or status in (408, 409, 425):
        text = _shown(message, f"The provider failed (HTTP {status}).")
        return UpstreamUnavailable(text, retry_after=wait, **told)
    text = _shown(message, f"The provider refused the request (HTTP {status}).")
    if status == 404:
        return UpstreamRejected(text, status=404, code=code or "model_not_found", **told)
    if kind == "exceed_context_size_error" or _TOO_LONG.search(f"{code} {message}"):
        return UpstreamRejected(text, status=400, code="context_length_exceeded", **told)
    client_status = status if status in (400, 413, 422) else 400
    known = code if code and not code.isdigit() else None
    return UpstreamRejected(text, status=client_status, code=known, **told)


def error_body(error: GatewayError) -> dict[str, Any]:
    """The ``error`` object in OpenAI's words (platform.openai.com/docs/guides/error-codes)."""
    kind, code = "server_error", error.error_code
    if isinstance(error, BudgetExceeded):
        kind = code = "insufficient_quota"
    elif error.http_status == 429:
        kind, code = "rate_limit_error", "rate_limit_exceeded"
    elif isinstance(error, Forbidden):
        kind = "permission_error"
    elif isinstance(error, NotFound) and code == "not_found":
        kind, code = "invalid_request_error", "model_not_found" if error.param == "model" else code
    elif isinstance(error, BadRequest | Unauthenticated | NotFound | TooLarge) or 400 <= error.http_status < 500:
        kind = "invalid_request_error"
    return {"message": error.message, "type": kind, "param": error.param, "code": code}


def encode_error(error: GatewayError, request_id: str) -> tuple[int, list[tuple[str, str]], dict[str, Any]]:
    """(status, headers, body). A rate limit always says how long to wait: Codex gives up without it (LIM-5), as it should
    on a budget (BUD-11)."""
    headers: list[tuple[str, str]] = []
    wait = error.retry_after if not isinstance(error, BudgetExceeded) else None
    if wait is None and error.http_status == 429 and error.should_retry is not False:
        wait = 1
    if wait is not None:
        headers.append(("retry-after", str(max(math.ceil(wait), 0))))
    if error.should_retry is not None:
        headers.append(("x-should-retry", "true" if error.should_retry else "false"))
    return error.http_status, headers, {"error": error_body(error)}


def stream_error(error: GatewayError) -> bytes:
    """The frame that ends a stream with `error`; neither a finish_reason nor [DONE] follows it."""
    return b"data: " + fields.dump({"error": error_body(error)}) + b"\n\n"


def cut() -> UpstreamBroken:
    return UpstreamBroken("The provider's stream ended before the answer was complete.")
