"""Which conversation a request belongs to, from the client's own headers (clients.md section 6, point 7)."""

from __future__ import annotations

from collections.abc import Mapping

_HEADERS = (
    "x-claude-code-session-id",
    "session-id",
    "session_id",
    "x-session-id",
    "x-session-affinity",
    "agent-session-id",
)


def session_of(headers: Mapping[str, str]) -> str:
    """The client's session id, or "" if it sends none. Not a credential and not unique across tenants."""
    for name in _HEADERS:
        value = headers.get(name)
        if value:
            return value[:120]
    return ""
