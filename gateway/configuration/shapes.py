"""A configuration file as values. Absent (None) always means "leave as it is"."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

TIERS = ("SIMPLE", "MEDIUM", "COMPLEX", "REASONING")
WINDOWS = ("day", "week", "month")
ROLES = ("member", "lead", "admin")
SCOPES = ("chat", "embeddings", "models", "admin")
DEADLINES = ("connect", "first_token", "idle", "total")
RATES = ("requests_per_minute", "tokens_per_minute", "parallel_requests")
LOOP_GUARD = ("max_session_steps", "max_session_tool_calls")
AMOUNTS = ("input", "output", "cache_read", "cache_write_5m", "cache_write_1h")


@dataclass(frozen=True)
class Secret:
    """`env`: the variable that holds it, `value` what was written in the file itself. One of them."""

    value: str | None = field(default=None, repr=False)
    env: str | None = None
    label: str | None = None
    weight: int | None = None
    enabled: bool | None = None


@dataclass(frozen=True)
class Provider:
    path: str
    name: str
    vendor: str | None = None
    base_url: str | None = None
    secrets: tuple[Secret, ...] | None = None
    options: Mapping[str, Any] | None = None
    weight: int | None = None
    enabled: bool | None = None
    deadlines: Mapping[str, float] | None = None
    teams: tuple[str, ...] | None = None


SECOND_LOOKS = ("cascade", "badge", "judge", "judge_milliseconds", "borderline", "explore_percent", "calibrate")
PASSES = (
    "compress_results",
    "tool_selection",
    "cache_marks",
    "bypass",
    "terse",
    "trim_history",
    "repair_calls",
    "hold_out_percent",
)
CACHE = (
    "cache",
    "cache_scope",
    "cache_hours",
    "cache_temperature",
    "cache_gate",
    "cache_judge",
    "cache_check_percent",
    "cache_error_percent",
    "cache_prove",
    "cache_entries",
    "cache_entry_kb",
)
CALIBRATE = ("off", "suggest", "apply")
POLICY = (
    "auto_names",
    "fallback",
    "pinned_tier",
    "sticky",
    "capture_content",
    "bounds",
    *SECOND_LOOKS,
    *PASSES,
    *CACHE,
)


@dataclass(frozen=True)
class Policy:
    auto_names: tuple[str, ...] | None = None
    fallback: bool | None = None
    pinned_tier: str | None = None
    sticky: bool | None = None
    capture_content: bool | None = None
    bounds: Mapping[str, int] | None = None
    second_looks: Mapping[str, Any] | None = None
    passes: Mapping[str, Any] | None = None
    cache: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Member:
    path: str
    user: str
    role: str | None = None
    service: bool | None = None
    limits: Mapping[str, int] | None = None


@dataclass(frozen=True)
class Budget:
    window: str
    limit: Decimal
    soft: Decimal | None = None
    user: str | None = None
    models: str = ""
    rolling: bool = False
    time_zone: str = "UTC"
    soft_action: str = "notify"
    cap_tier: str = ""

    @property
    def name(self) -> str:
        """What tells it from the team's other budgets."""
        words = (
            "rolling" if self.rolling else "",
            self.window,
            self.user or "",
            f"for {self.models}" * bool(self.models),
        )
        return " ".join(filter(None, words))


@dataclass(frozen=True)
class Rule:
    """What is None stays as it is."""

    path: str
    name: str
    kind: str | None = None
    tier: str | None = None
    pattern: str | None = None
    scope: str | None = None
    form: str | None = None
    enabled: bool | None = None
    position: int | None = None
    note: str | None = None


@dataclass(frozen=True)
class Price:
    model: str
    amounts: Mapping[str, Decimal] = field(default_factory=dict)
    free: bool = False


@dataclass(frozen=True)
class Team:
    path: str
    slug: str
    name: str | None = None
    cost_center: str | None = None
    active: bool | None = None
    members: tuple[Member, ...] | None = None
    tiers: Mapping[str, tuple[str, ...]] | None = None
    policy: Policy | None = None
    budgets: tuple[Budget, ...] | None = None
    prices: tuple[Price, ...] | None = None
    limits: Mapping[str, int] | None = None
    rules: tuple[Rule, ...] | None = None


@dataclass(frozen=True)
class Key:
    path: str
    name: str
    team: str
    user: str | None = None
    models: tuple[str, ...] | None = None
    scopes: tuple[str, ...] | None = None
    expires_at: dt.datetime | None = None
    limits: Mapping[str, int] | None = None


@dataclass(frozen=True)
class CatalogueModel:
    path: str
    provider: str
    model: str
    alias: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Embedding:
    """What makes vectors. What is not said is empty, not left as it is, for the fields belong together; but
    `milliseconds`."""

    path: str
    kind: str
    account: str | None = None
    model: str = ""
    dimension: int | None = None
    milliseconds: int | None = None


@dataclass(frozen=True)
class Document:
    providers: tuple[Provider, ...] | None = None
    teams: tuple[Team, ...] | None = None
    keys: tuple[Key, ...] | None = None
    prices: tuple[Price, ...] | None = None
    models: tuple[CatalogueModel, ...] | None = None
    tiers: Mapping[str, tuple[str, ...]] | None = None
    policy: Policy | None = None
    rules: tuple[Rule, ...] | None = None
    embedding: Embedding | None = None
