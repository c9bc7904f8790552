"""A provider account as the data plane sees it: one address with its keys, a frozen copy of its row in Postgres."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.chat.request import NO_EXTRAS

NO_OPTIONS: Mapping[str, Any] = NO_EXTRAS


@dataclass(frozen=True, slots=True)
class Secret:
    """One key of an account. `value` never appears in a repr, log or error."""

    id: int
    value: str = field(repr=False)
    weight: int = 1


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Seconds. `connect`: until the socket is open; `first_token`: from dispatch to the first content event;
    `idle`: between two reads; `total`: the whole call."""

    connect: float = 10.0
    first_token: float = 300.0
    idle: float = 85.0
    total: float = 1800.0

    @property
    def whole_answer(self) -> float:
        """How long an answer that is not streamed may take to begin: it begins when it is finished, so longer than a first
        token, and by default as long as the official SDKs wait (600 s)."""
        return min(self.total, 2 * self.first_token)


@dataclass(frozen=True, slots=True)
class Account:
    """`options` are the vendor's own settings: region, project, api_version, organization, deployment, headers,
    dialects, ... each documented in its vendor's file."""

    id: int
    name: str
    vendor: str
    base_url: str = ""
    secrets: tuple[Secret, ...] = ()
    options: Mapping[str, Any] = NO_OPTIONS
    weight: int = 1
    deadlines: Deadlines = Deadlines()
