"""Bedrock's errors: a status with ``x-amzn-errortype``, or an exception event inside a stream."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from gateway.chat.errors import GatewayError, UpstreamError
from gateway.wire import fields
from gateway.wire.refusals import refusal, retry_after

_STATUSES = {
    "ValidationException": 400,
    "AccessDeniedException": 403,
    "UnrecognizedClientException": 403,
    "ResourceNotFoundException": 404,
    "ModelTimeoutException": 408,
    "ConflictException": 409,
    "ModelErrorException": 424,
    "ModelStreamErrorException": 424,
    "ThrottlingException": 429,
    "ModelNotReadyException": 429,
    "ServiceQuotaExceededException": 429,
    "InternalServerException": 500,
    "ServiceUnavailableException": 503,
}
_ACCOUNT = frozenset(
    {
        "AccessDeniedException",
        "UnrecognizedClientException",
        "InvalidSignatureException",
        "IncompleteSignature",
        "IncompleteSignatureException",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "ExpiredTokenException",
        "InvalidClientTokenId",
        "OptInRequired",
        "NotAuthorized",
    }
)
_ACCOUNT_MESSAGE = re.compile(
    r"(?i)(model identifier is invalid|on-demand throughput isn.t supported|don.t have access to the model|security token)"
)
_WORDS = {
    400: "ValidationException",
    401: "UnrecognizedClientException",
    403: "AccessDeniedException",
    404: "ResourceNotFoundException",
    408: "ModelTimeoutException",
    413: "ValidationException",
    429: "ThrottlingException",
    500: "InternalServerException",
    503: "ServiceUnavailableException",
    504: "ModelTimeoutException",
}


def decode_error(status: int, headers: Mapping[str, str], body: bytes) -> UpstreamError:
    try:
        value: Any = fields.load(body)
    except ValueError:
        value = None
    given = value if isinstance(value, dict) else {}
    kind = headers.get("x-amzn-errortype") or str(given.get("__type") or given.get("code") or "")
    message = given.get("message") or given.get("Message") or given.get("errorMessage") or ""
    return error_of(kind, str(message), status, retry_after(headers))


def error_of(kind: str, message: str, status: int | None = None, wait: float | None = None) -> UpstreamError:
    """`kind` as it came: ``ThrottlingException:http://...``, ``com.amazon#ThrottlingException`` or, in a stream,
    ``throttlingException``. The name decides over the status (quota errors come as 400)."""
    name = kind.split(":", 1)[0].rsplit("#", 1)[-1].strip()
    name = name[:1].upper() + name[1:]
    code = _STATUSES.get(name, status or 500)
    account = name in _ACCOUNT or bool(code == 400 and _ACCOUNT_MESSAGE.search(message))
    return refusal(code, message, kind=name or None, wait=wait, account=account)


def error_name(error: GatewayError) -> str:
    return _WORDS.get(
        error.http_status, "ServiceUnavailableException" if error.http_status >= 500 else "ValidationException"
    )


def encode_error(error: GatewayError, request_id: str) -> tuple[int, list[tuple[str, str]], dict[str, Any]]:
    headers = [("x-amzn-errortype", error_name(error)), ("x-amzn-requestid", request_id)]
    if error.retry_after is not None:
        headers.append(("retry-after", str(math.ceil(error.retry_after))))
    if error.should_retry is not None:
        headers.append(("x-should-retry", "true" if error.should_retry else "false"))
    return error.http_status, headers, {"message": error.message}
