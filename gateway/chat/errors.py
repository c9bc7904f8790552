"""The exceptions a request can end with.

    GatewayError
    ├── BadRequest 400        the caller's body or parameters
    ├── Unauthenticated 401   no key, or not a valid one
    ├── Forbidden 403         the key or its policy does not allow this
    ├── NotFound 404          unknown model or path
    ├── TooLarge 413          body or prompt over a cap
    ├── RateLimited 429       a limit; retry after
    ├── BudgetExceeded 429    a budget; do not retry
    ├── Overloaded 503        this gateway sheds load; retry after
    ├── InternalError 500     a defect of ours
    └── UpstreamError         the provider's doing
        ├── UpstreamRejected  it refused the request (4xx that is the caller's making, or the account's)
        ├── UpstreamUnavailable  5xx, 429, connection failed, breaker open
        ├── UpstreamTimeout   a deadline of ours ran out
        └── UpstreamBroken    the answer was cut or not in its dialect

Messages are written for the person at the client. They never contain a credential, a body or a prompt
(LEK-3, LEK-4, LEK-7, MEM-6).
"""

from __future__ import annotations

from typing import ClassVar


class GatewayError(Exception):
    """`status` HTTP status for the client; `code` a stable snake_case word; `retry_after` seconds or None;
    `should_retry` False adds ``x-should-retry: false`` (Claude Code stops at once), None leaves it to the client;
    `param` names the offending field."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal_error"
    should_retry_default: ClassVar[bool | None] = None

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        status: int | None = None,
        retry_after: float | None = None,
        should_retry: bool | None = None,
        param: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.http_status: int = status if status is not None else type(self).status
        self.error_code: str = code if code is not None else type(self).code
        self.retry_after = retry_after
        self.should_retry = should_retry if should_retry is not None else type(self).should_retry_default
        self.param = param


class BadRequest(GatewayError):
    status, code, should_retry_default = 400, "invalid_request", False


class Unauthenticated(GatewayError):
    status, code, should_retry_default = 401, "invalid_api_key", False


class Forbidden(GatewayError):
    status, code, should_retry_default = 403, "not_allowed", False


class NotFound(GatewayError):
    status, code, should_retry_default = 404, "not_found", False


class TooLarge(GatewayError):
    status, code, should_retry_default = 413, "request_too_large", False


class RateLimited(GatewayError):
    status, code = 429, "rate_limited"


class BudgetExceeded(GatewayError):
    """`resets_at`: unix seconds when the budget begins anew, None where it does not all at once."""

    status, code, should_retry_default = 429, "budget_exceeded", False
    resets_at: float | None = None


class Overloaded(GatewayError):
    status, code = 503, "overloaded"


class InternalError(GatewayError):
    status, code = 500, "internal_error"


class UpstreamError(GatewayError):
    """`upstream_status` is the provider's HTTP status (None: there was none); `upstream_type` its error type word;
    `retryable`: worth another try on this or another target; `account_fault`: counts against the target's breaker."""

    status, code = 502, "upstream_error"
    retryable: bool = True
    account_fault: bool = True

    def __init__(
        self,
        message: str,
        *,
        upstream_status: int | None = None,
        upstream_type: str | None = None,
        code: str | None = None,
        status: int | None = None,
        retry_after: float | None = None,
        should_retry: bool | None = None,
        param: str | None = None,
    ) -> None:
        super().__init__(
            message, code=code, status=status, retry_after=retry_after, should_retry=should_retry, param=param
        )
        self.upstream_status = upstream_status
        self.upstream_type = upstream_type

    @property
    def is_quote(self) -> bool:
        """Whether the message may be in the provider's words, so that it may hold a prompt."""
        return self.upstream_status is not None or self.upstream_type is not None


class UpstreamRejected(UpstreamError):
    """The provider refused the request itself: another try of the same request is refused again. When it is the
    account's making (401, 402, 403: bad provider key, no credit), `account_fault` is True and another target may serve;
    the client then sees 502, never the provider's 401 (its own key is fine)."""

    status, code = 400, "upstream_rejected"
    retryable = False
    account_fault = False


class UpstreamUnavailable(UpstreamError):
    status, code = 503, "upstream_unavailable"


class UpstreamTimeout(UpstreamError):
    status, code = 504, "upstream_timeout"


class UpstreamBroken(UpstreamError):
    status, code = 502, "upstream_broken"
