"""google.rpc.Status, both directions."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from gateway.chat.errors import GatewayError, UpstreamError
from gateway.wire import fields
from gateway.wire.refusals import refusal, retry_after

_STATUS_CODES = {
    "INVALID_ARGUMENT": 400,
    "FAILED_PRECONDITION": 400,
    "OUT_OF_RANGE": 400,
    "UNAUTHENTICATED": 401,
    "PERMISSION_DENIED": 403,
    "NOT_FOUND": 404,
    "ABORTED": 409,
    "ALREADY_EXISTS": 409,
    "RESOURCE_EXHAUSTED": 429,
    "CANCELLED": 499,
    "DATA_LOSS": 500,
    "UNKNOWN": 500,
    "INTERNAL": 500,
    "UNIMPLEMENTED": 501,
    "UNAVAILABLE": 503,
    "DEADLINE_EXCEEDED": 504,
}
_WORDS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ABORTED",
    413: "INVALID_ARGUMENT",
    429: "RESOURCE_EXHAUSTED",
    499: "CANCELLED",
    500: "INTERNAL",
    501: "UNIMPLEMENTED",
    504: "DEADLINE_EXCEEDED",
}
_ACCOUNT_REASONS = frozenset(
    {
        "API_KEY_INVALID",
        "API_KEY_EXPIRED",
        "BILLING_DISABLED",
        "CONSUMER_INVALID",
        "SERVICE_DISABLED",
        "ACCESS_TOKEN_EXPIRED",
    }
)
_ACCOUNT_MESSAGE = re.compile(r"(?i)api key (?:not valid|expired)|billing|user location is not supported")
_SECONDS = re.compile(r"(\d+(?:\.\d+)?)s")


def decode_error(status: int, headers: Mapping[str, str], body: bytes) -> UpstreamError:
    """RetryInfo.retryDelay goes before the Retry-After header. A bad API key comes as 400 with the reason
    API_KEY_INVALID: the account's making. Streams answer errors as a list of one object."""
    try:
        value: Any = fields.load(body)
    except ValueError:
        value = None
    if isinstance(value, list) and value:
        value = value[0]
    given = value.get("error") if isinstance(value, dict) else None
    return _error(status, given if isinstance(given, dict) else {}, retry_after(headers))


def error_in_body(body: Mapping[str, Any]) -> UpstreamError:
    """An error object where an answer was due: inside a stream, or in a body with status 200."""
    given = body.get("error")
    given = given if isinstance(given, dict) else {}
    code = given.get("code")
    if not isinstance(code, int) or not 400 <= code <= 599:
        code = _STATUS_CODES.get(str(given.get("status")), 500)
    return _error(code, given, None)


def _error(status: int, given: Mapping[str, Any], wait: float | None) -> UpstreamError:
    message = str(given.get("message") or "")
    kind = given.get("status")
    account = bool(status == 400 and _ACCOUNT_MESSAGE.search(message))
    details = given.get("details")
    for detail in details if isinstance(details, list) else ():
        if not isinstance(detail, dict):
            continue
        if str(detail.get("reason")) in _ACCOUNT_REASONS:
            account = True
        found = _SECONDS.fullmatch(str(detail.get("retryDelay") or ""))
        if found:
            wait = float(found[1])
    return refusal(status, message, kind=str(kind) if kind else None, wait=wait, account=account)


def error_body(error: GatewayError, request_id: str = "") -> dict[str, Any]:
    status = error.http_status
    details: list[dict[str, Any]] = []
    if error.retry_after is not None:
        seconds = f"{math.ceil(error.retry_after)}s"
        details.append({"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": seconds})
    details.append(
        {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": error.error_code.upper(), "domain": "gateway"}
    )
    if request_id:
        details.append({"@type": "type.googleapis.com/google.rpc.RequestInfo", "requestId": request_id})
    word = _WORDS.get(status, "UNAVAILABLE" if status >= 500 else "INVALID_ARGUMENT")
    return {"error": {"code": status, "message": error.message, "status": word, "details": details}}


def encode_error(error: GatewayError, request_id: str) -> tuple[int, list[tuple[str, str]], dict[str, Any]]:
    headers: list[tuple[str, str]] = []
    if error.retry_after is not None:
        headers.append(("retry-after", str(math.ceil(error.retry_after))))
    if error.should_retry is not None:
        headers.append(("x-should-retry", "true" if error.should_retry else "false"))
    return error.http_status, headers, error_body(error, request_id)
