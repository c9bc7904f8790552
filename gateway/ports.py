"""What the pipeline needs from the outside: the snapshot of all configuration, and the doors to journal and stores.

The pipeline imports this and nothing of Django; `gateway.snapshot`, `gateway.journal` and `gateway.store` fill it in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from accounts.caller import Caller
from gateway.pricing import PriceTable
from gateway.providers.account import Account
from routing.tiers import Policy, TargetRef, TierMap


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """A model callers may name. `context_window` and `max_output_tokens` in tokens, None: unknown."""

    name: str
    target: TargetRef
    context_window: int | None = None
    max_output_tokens: int | None = None
    vision: bool | None = None


@dataclass(frozen=True, slots=True)
class Team:
    """What routing needs of a team. `models`: catalogue by name: entries of the catalogue and all targets of its tier map,
    by bare model name (first in tier order wins) and by "account/model"."""

    id: int
    slug: str
    tier_map: TierMap
    policy: Policy
    models: Mapping[str, CatalogueEntry]
    prices: PriceTable


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All configuration, immutable; replaced as a whole. `callers` by key digest (accounts.keys.digest)."""

    epoch: int
    callers: Mapping[bytes, Caller]
    teams: Mapping[int, Team]
    accounts: Mapping[str, Account]
    loaded_at: float = 0.0
    prices: PriceTable = field(default_factory=PriceTable)


class Journal(Protocol):
    """Where finished and opened attempts and operations are written. `append` never blocks for more than a write to the
    page cache and never raises because Postgres is away. A record is a flat mapping: ``kind`` is "attempt" or
    "operation", the other fields are the columns of `gateway.models.Attempt` / `Operation` (ids and dates as
    text). An attempt is appended twice: with status "open" at dispatch, and closed; the later record wins."""

    def append(self, record: Mapping[str, Any]) -> None: ...


class ResponseStore(Protocol):
    """Conversations for `previous_response_id`, per team (CDX-5)."""

    async def load(self, team_id: int, response_id: str) -> list[dict[str, Any]] | None: ...

    def save(self, team_id: int, response_id: str, items: list[dict[str, Any]]) -> None:
        """Returns at once; the write happens behind."""
        ...
