"""From a provider's HTTP status, words and headers to the exceptions of `gateway.chat.errors`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

from gateway.chat.errors import UpstreamError, UpstreamRejected, UpstreamUnavailable

_LONGEST = 500
_ACCOUNT = "The provider refused this gateway's account: its key, rights or credit. An administrator has to look at it."
_CREDENTIAL = re.compile(
    r"(?i)(bearer\s+\S+|AIza[\w-]{10,}|ya29\.[\w.-]+|A(?:KIA|SIA)[A-Z0-9]{12,}|ABSK[\w+/=]{10,}"
    r"|sk-[\w-]{8,}|(?:api[_-]?key|token|secret|signature)[\"']?\s*[=:]\s*[\"']?[^\s\"',;&]{6,})"
)
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{200,}={0,2}")
_CONTEXT = re.compile(
    r"(?i)(input is too long|prompt is too long|too many (?:input )?tokens|context (?:window|length)"
    r"|input token count.{0,40}exceeds|exceeds the maximum number of tokens)"
)
UNSUPPORTED = "unsupported_by_model"
_UNSUPPORTED = re.compile(r"(?i)\b(?:is|are) not supported\b|\bdoes not support\b")


def as_meant(error: UpstreamError) -> UpstreamError:
    """The error that a server's words make of one with a misleading status. Both seen in llama.cpp's server (b1-0c1e570).

    It answers 500 to a picture its model cannot see and 501 to embeddings it was not started for: no outage, so no second
    try and nothing for the breaker; another target may serve. `exceed_context_size_error` is its word for a prompt that is
    too long, on which clients compact.
    """
    known: dict[str, Any] = {"upstream_status": error.upstream_status, "upstream_type": error.upstream_type}
    if error.upstream_type == "exceed_context_size_error":
        return UpstreamRejected(error.message, status=400, code="context_length_exceeded", **known)
    unable = error.upstream_status == 501 or (error.upstream_status == 500 and _UNSUPPORTED.search(error.message))
    if unable and isinstance(error, UpstreamUnavailable):
        return UpstreamRejected(error.message, status=400, code=UNSUPPORTED, **known)
    return error


def cleaned(message: str) -> str:
    """A provider's message fit for a client: one line, at most 500 characters, credentials and long base64 masked
    (LEK-4, LEK-7)."""
    flat = " ".join(message[: 8 * _LONGEST].split())
    flat = _BASE64.sub("[data]", _CREDENTIAL.sub("[redacted]", flat))
    return flat if len(flat) <= _LONGEST else flat[: _LONGEST - 3] + "..."


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds from Retry-After: a number, or a date read against the answer's own Date header (no clock here)."""
    value = headers.get("retry-after", "").strip()
    if not value:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        ahead = parsedate_to_datetime(value) - parsedate_to_datetime(headers["date"])
    except (KeyError, TypeError, ValueError):
        return None
    return max(0.0, ahead.total_seconds())


def refusal(
    status: int, message: str, *, kind: str | None, wait: float | None = None, account: bool = False
) -> UpstreamError:
    """The error for a provider's answer with `status` (400 to 599) and error type `kind`.

    `account`: the provider blames the account (bad key, no credit), so another target may serve: the client sees 502 in our
    own words, not a status that would make it doubt its own key nor a text that may quote ours (LEK-4). 429 keeps its status
    and `wait`; 408, 409, 424 and 5xx are "unavailable"; every other 4xx is the request's own fault and keeps its status.
    """
    text = cleaned(message) or f"The provider answered with status {status}."
    if account or status in (401, 402, 403):
        error: UpstreamError = UpstreamRejected(
            _ACCOUNT, upstream_status=status, upstream_type=kind, code="upstream_account", status=502
        )
        error.account_fault = True
        return error
    if status == 404:
        return UpstreamRejected(text, upstream_status=status, upstream_type=kind, code="model_not_found", status=404)
    if status == 429:
        return UpstreamUnavailable(
            text, upstream_status=status, upstream_type=kind, code="upstream_rate_limited", status=429, retry_after=wait
        )
    if status >= 500 or status in (408, 409, 424, 425, 499):
        return UpstreamUnavailable(text, upstream_status=status, upstream_type=kind, retry_after=wait)
    if _CONTEXT.search(message):
        return UpstreamRejected(
            text, upstream_status=status, upstream_type=kind, code="context_length_exceeded", status=400
        )
    return UpstreamRejected(text, upstream_status=status, upstream_type=kind, status=413 if status == 413 else 400)
