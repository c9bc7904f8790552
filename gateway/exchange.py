"""The record of one request. Assigned by the pipeline only; becomes one Operation row and an Attempt row per call."""

from __future__ import annotations

import os
import re
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from accounts.caller import Caller
from accounts.limits import FREE, NOTHING, Standings
from gateway.chat.errors import GatewayError, UpstreamError
from gateway.chat.ids import uuid7
from gateway.chat.request import ChatRequest
from gateway.chat.usage import NO_USAGE, Usage, summed
from routing.decision import Decision
from routing.recording import recorded
from routing.tiers import TargetRef, Tier

from .leases import Reservation
from .pins import Session
from .ports import Permit, Team
from .receipts import Passed
from .shadowing import Shadowed


def new_id() -> uuid.UUID:
    return uuid7(time.time_ns() // 1_000_000, os.urandom(10))


@dataclass(slots=True)
class Attempt:
    """One call to one target. `usage` is the provider's, or our estimate when `is_estimate`. Times in seconds of the
    monotonic clock; `started_at` is the wall clock. `aside`: no try to serve, but one to judge.
    `sent`: a connection was there and the request went out on it."""

    id: uuid.UUID
    sequence: int
    target: TargetRef
    vendor: str
    dialect: str
    tier: Tier | None
    started_at: float
    started: float
    base_url: str = ""
    status: str = "open"
    upstream_status: int | None = None
    upstream_request_id: str = ""
    usage: Usage = NO_USAGE
    is_estimate: bool = False
    cost: Decimal | None = None
    price_version: str = ""
    error: GatewayError | None = None
    first_token: float | None = None
    ended: float | None = None
    output_characters: int = 0
    accepted: bool = False
    aside: bool = False
    sent: bool = False

    def went_out(self) -> None:
        self.sent = True

    def as_record(self, exchange: Exchange) -> dict[str, Any]:
        """The flat record the journal takes (gateway.ports.Journal)."""
        return {
            "kind": "attempt",
            "id": str(self.id),
            "day": _day(self.started_at),
            "started_at": _moment(self.started_at),
            "operation_id": str(exchange.id),
            "sequence": self.sequence,
            "team_id": exchange.team.id,
            "key_id": exchange.caller.key_id,
            "user_id": exchange.caller.user_id,  # this, surface and accepted are for the ledger, no columns of an attempt
            "surface": exchange.surface,
            "accepted": self.accepted,
            "account": self.target.account,
            "vendor": self.vendor,
            "model": self.target.model[:200],
            "dialect": self.dialect,
            "tier": self.tier.name if self.tier is not None else "",
            "status": self.status,
            "upstream_status": self.upstream_status,
            "upstream_request_id": self.upstream_request_id[:120],
            "price_version": self.price_version,
            **_error_fields(self.error, exchange.team),
            **usage_fields(self.usage, self.cost, self.is_estimate),
            **_timing_fields(self.started, self.first_token, self.ended),
            **({"budgets": exchange.reservation.lines(self.target)} if exchange.reservation is not None else {}),
        }

    def as_note(self, usage: Usage, cost: Decimal | None, price_version: str) -> dict[str, Any]:
        """A short record that merges into the open one: `so_far` is what the attempt becomes if its process dies."""
        return {
            "kind": "attempt",
            "id": str(self.id),
            "status": "open",
            "so_far": {
                "accepted": True,
                "upstream_status": self.upstream_status,
                "upstream_request_id": self.upstream_request_id[:120],
                "price_version": price_version,
                **usage_fields(usage, cost, True),
            },
        }


@dataclass(slots=True)
class Exchange:
    """`raw` is the caller's body, dropped once it is no longer needed (DJG-3). `surface` is the dialect of the endpoint, or
    "embeddings" / "count_tokens". `stores`: the conversation is kept for `previous_response_id`. `doubted`: an answer
    that failed its check (gateway.cascade); `opinion`: what a judge said; `looked`: what the record tells of that
    (gateway.judging). `chain`: the calls that one answer was made of, where there was more than one, and `further` what is
    held for those behind the first (gateway.finding). `look`: what the answer cache has to do with it (gateway.lookup).
    `keepalive`: the timer of its stream, once there is one."""

    surface: str
    caller: Caller
    team: Team
    headers: Mapping[str, str]
    id: uuid.UUID = field(default_factory=new_id)
    started_at: float = field(default_factory=time.time)
    started: float = field(default_factory=time.monotonic)
    raw: bytes = b""
    body: dict[str, Any] = field(default_factory=dict)
    request: ChatRequest | None = None
    requested_model: str = ""
    streamed: bool = False
    decision: Decision | None = None
    attempts: list[Attempt] = field(default_factory=list)
    served: Attempt | None = None
    status: str = "failed"
    http_status: int | None = None
    error: GatewayError | None = None
    losses: list[str] = field(default_factory=list)
    input_estimate: int = 0
    session_id: str = ""
    settled: bool = False
    stores: bool = False
    permit: Permit = FREE
    reservation: Reservation | None = None
    standings: Standings = NOTHING
    shadow: Shadowed | None = None
    session: Session | None = None
    doubted: Any = None
    opinion: Tier | None = None
    looked: dict[str, Any] = field(default_factory=dict)
    passed: Passed | None = None
    chain: list[Attempt] = field(default_factory=list)
    look: Any = None
    keepalive: Any = None
    further: list[Reservation] = field(default_factory=list)

    def total_tokens(self) -> int:
        """Of all attempts, cached or not, as the limits count them."""
        return sum((attempt.usage.prompt or 0) + (attempt.usage.output or 0) for attempt in self.attempts)

    @property
    def request_id(self) -> str:
        """What the caller sees as request id."""
        return "req_" + self.id.hex

    def total_cost(self) -> Decimal | None:
        """USD over all attempts; None if the price of any that used tokens is unknown."""
        total = Decimal(0)
        for attempt in self.attempts:
            if attempt.cost is None:
                if attempt.usage != NO_USAGE:
                    return None
                continue
            total += attempt.cost
        return total

    def _features(self, billed: Attempt | None) -> dict[str, Any]:
        """What it was decided by, and what a candidate policy would have made of it: no text."""
        found = recorded(self.decision)
        if self.shadow is not None:
            found["shadow"] = self.shadow.as_record(billed.usage if billed else NO_USAGE)
        return found

    def _told_usage(self, billed: Attempt | None) -> tuple[Usage, bool]:
        """Of the answer, and whether it is an estimate: of all calls that it was made of."""
        calls = [billed] if billed is not None else []
        if any(attempt is billed for attempt in self.chain):
            calls = self.chain
        usage = NO_USAGE
        for attempt in calls:
            usage = summed(usage, attempt.usage)
        return usage, any(attempt.is_estimate for attempt in calls)

    def as_record(self) -> dict[str, Any]:
        served = self.served
        decision = self.decision
        billed = (
            served
            if served is not None
            else next((a for a in reversed(self.attempts) if a.accepted and not a.aside), None)
        )
        ended = time.monotonic()
        usage, is_estimate = self._told_usage(billed)
        target = served.target if served else (self.look.target if self.look is not None and self.look.served else None)
        return {
            "kind": "operation",
            "id": str(self.id),
            "day": _day(self.started_at),
            "started_at": _moment(self.started_at),
            "team_id": self.team.id,
            "user_id": self.caller.user_id,
            "key_id": self.caller.key_id,
            "key_prefix": self.caller.key_prefix,
            "surface": self.surface,
            "client": client_family(self.headers.get("user-agent", "")),
            "client_request_id": self.headers.get("x-client-request-id", "")[:120],
            "session_id": self.session_id[:120],
            "streamed": self.streamed,
            "requested_model": self.requested_model[:200],
            "tier": served.tier.name
            if served and served.tier is not None
            else (decision.tier.name if decision and decision.tier is not None else ""),
            "score": decision.score if decision else None,
            "reason": decision.reason[:200] if decision else "",
            "decision": decision.as_record() if decision else {},
            "features": self._features(billed),
            "account": target.account if target else "",
            "model": target.model[:200] if target else "",
            "status": self.status,
            "http_status": self.http_status,
            "attempts": len(self.attempts),
            "losses": sorted(set(self.losses))[:50],
            "cache": self.look.as_word() if self.look is not None else "",
            **_saved_fields(self.passed),
            **_error_fields(self.error, self.team),
            **usage_fields(usage, self.total_cost(), is_estimate),
            **_timing_fields(self.started, served.first_token if served else None, ended),
        }


def usage_fields(usage: Usage, cost: Decimal | None, is_estimate: bool) -> dict[str, Any]:
    return {
        "input_tokens": usage.input,
        "output_tokens": usage.output,
        "cache_read_tokens": usage.cache_read,
        "cache_write_5m_tokens": usage.cache_write_5m,
        "cache_write_1h_tokens": usage.cache_write_1h,
        "reasoning_tokens": usage.reasoning,
        "service_tier": usage.service_tier or "",  # a column of attempts only
        "cost_usd": str(cost) if cost is not None else None,
        "is_estimate": is_estimate,
    }


def _error_fields(error: GatewayError | None, team: Team) -> dict[str, str]:
    """A provider's own words may quote the prompt: they went to the caller, and are kept only where the team's policy allows
    content (LEK-7)."""
    if error is None:
        return {"error_code": "", "error_message": ""}
    message = error.message
    if isinstance(error, UpstreamError) and error.is_quote and not team.policy.capture_content:
        said = f"HTTP {error.upstream_status}" if error.upstream_status is not None else "an error"
        kind = f" ({error.upstream_type})" if _WORD.fullmatch(error.upstream_type or "") else ""
        message = f"The provider answered with {said}{kind}. Its words went to the caller and are not kept."
    return {"error_code": error.error_code[:60], "error_message": message[:500]}


def _saved_fields(passed: Passed | None) -> dict[str, Any]:
    if passed is None:
        return {}
    usd = passed.total_usd()
    return {
        "tokens_saved": passed.tokens_saved if passed.receipts else None,
        "saved_usd": str(round(usd, 10)) if usd is not None else None,
        "passes": passed.as_record(),
    }


def _timing_fields(started: float, first_token: float | None, ended: float | None) -> dict[str, int | None]:
    return {
        "first_token_ms": round((first_token - started) * 1000) if first_token is not None else None,
        "total_ms": round((ended - started) * 1000) if ended is not None else None,
    }


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def _day(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).date().isoformat()


_WORD = re.compile(r"[A-Za-z][A-Za-z_]{2,39}")
_CLIENTS = (
    ("claude-cli", "claude-code"),
    ("claude-code", "claude-code"),
    ("codex", "codex"),
    ("opencode", "opencode"),
    ("cursor", "cursor"),
    ("anthropic", "anthropic-sdk"),
    ("asyncanthropic", "anthropic-sdk"),
    ("openai", "openai-sdk"),
    ("asyncopenai", "openai-sdk"),
    ("litellm", "litellm"),
    ("goose", "goose"),
    ("cline", "cline"),
    ("geminicli", "gemini-cli"),
    ("qwencode", "qwen-code"),
    ("curl", "curl"),
)


def client_family(user_agent: str) -> str:
    """A bounded word for the client program, from its User-Agent: for pages and metrics, never for trust."""
    agent = user_agent.lower()
    for start, family in _CLIENTS:
        if agent.startswith(start):
            return family
    return "other" if agent else ""
