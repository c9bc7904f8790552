"""How long a provider asks its caller to wait, read without a clock."""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import parsedate_to_datetime


def seconds(headers: Mapping[str, str]) -> float | None:
    """Seconds from ``retry-after-ms`` or ``retry-after`` (RFC 9110, 10.2.3: seconds or an HTTP date, which is measured
    against the answer's own ``date`` header). Header names are lower case. None: not told, or not readable."""
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    value = headers.get("retry-after")
    found = _number(value)
    if found is not None or not value:
        return found
    try:
        wait = (parsedate_to_datetime(value) - parsedate_to_datetime(headers.get("date", ""))).total_seconds()
    except (ValueError, TypeError, IndexError):
        return None
    return max(wait, 0.0)


def _number(value: str | None) -> float | None:
    try:
        found = float(value) if value else None
    except ValueError:
        return None
    return found if found is not None and 0 <= found < 1e9 else None
