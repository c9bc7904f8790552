"""Metrics of the relay, `lynkr_*`. Labels come from bounded sets: never a model name a caller wrote (GRD-5)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import structlog
from prometheus_client import Counter, Gauge, Histogram

if TYPE_CHECKING:
    from .exchange import Exchange

log = structlog.get_logger("lynkr.relay")

OPERATIONS = Counter("lynkr_operations_total", "Client requests served or refused", ["surface", "status", "tier"])
ATTEMPTS = Counter("lynkr_attempts_total", "Calls to providers", ["vendor", "status"])
TOKENS = Counter(
    "lynkr_tokens_total",
    "Tokens billed by provider accounts: cache_read / all input kinds is the hit ratio",
    ["account", "kind"],
)
COST = Counter("lynkr_cost_usd_total", "Known cost", ["vendor"])
DURATION = Histogram(
    "lynkr_operation_seconds",
    "From request to last byte",
    ["surface"],
    buckets=(0.01, 0.05, 0.25, 1, 5, 15, 60, 300, 1800),
)
FIRST_TOKEN = Histogram(
    "lynkr_first_token_seconds",
    "From request to first content",
    ["surface"],
    buckets=(0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 15, 60, 300),
)
OPEN = Gauge("lynkr_open_requests", "Requests being served", multiprocess_mode="livesum")
SHED = Counter("lynkr_shed_total", "Requests refused to protect the process", ["reason"])
DEFECTS = Counter("lynkr_defects_total", "Requests that failed through a defect of ours")
THINKING_REPAIRS = Counter("lynkr_thinking_repairs_total", "Requests sent again without thinking blocks (THK-10)")
JOURNAL_BACKLOG = Gauge("lynkr_journal_backlog_records", "Records not yet in Postgres", multiprocess_mode="livesum")
JOURNAL_OLDEST = Gauge(
    "lynkr_journal_oldest_seconds", "Age of the oldest record not yet in Postgres", multiprocess_mode="livemax"
)
JOURNAL_REJECTED = Gauge(
    "lynkr_journal_rejected_records", "Records no table took, kept in rejected.jsonl", multiprocess_mode="livesum"
)
JOURNAL_LOST = Gauge(
    "lynkr_journal_lost_records", "Records lost because the disk took nothing", multiprocess_mode="livesum"
)
RESPONSES_DROPPED = Gauge("lynkr_responses_dropped", "Conversations not stored", multiprocess_mode="livesum")
REPEATS_UNKEPT = Counter(
    "lynkr_repeats_unkept_total", "Times Postgres did not tell or keep the answer of an Idempotency-Key"
)
CACHE_UNKEPT = Counter("lynkr_cache_unkept_total", "Answers the cache had no room or no database for")
CACHE_UNAVAILABLE = Counter(
    "lynkr_cache_unavailable_total", "Times the answer cache was not asked in time or could not be", ["why"]
)
BREAKERS_OPEN = Gauge("lynkr_breakers_open", "Targets that rest after repeated failures", multiprocess_mode="livesum")
SESSIONS = Counter("lynkr_sessions_total", "Routed requests of a session by what became of its model", ["outcome"])
PINS_LATE = Counter("lynkr_pins_unavailable_total", "Times Redis did not tell or take a session's model in time")
LIMITED = Counter("lynkr_limited_total", "Requests refused by a limit", ["limit", "subject"])
LOOPS = Counter("lynkr_loops_stopped_total", "Requests refused by the loop guard of their session")
LIMITS_BLIND = Counter(
    "lynkr_limits_unavailable_total", "Requests that met no shared limits because Redis was away", ["policy"]
)
BUDGETS_UNCHECKED = Counter(
    "lynkr_budgets_unchecked_total", "Requests whose budgets could not be checked (BUD-15)", ["outcome"]
)
SAVED = Counter("lynkr_tokens_saved_total", "Tokens that passes took out of requests", ["pass"])
HELD_OUT = Counter("lynkr_held_out_requests_total", "Requests of sessions that keep all passes off, to measure by")
ANSWERED_HERE = Counter("lynkr_answered_here_total", "Clients' own probes answered without a provider", ["what"])
MENDED = Counter(
    "lynkr_tool_calls_mended_total", "Tool calls of models mended, or told as text, by what was wrong", ["what"]
)
CACHE = Counter("lynkr_cache_total", "Requests by what the answer cache had to do with them", ["outcome", "why"])
CACHE_SAVED = Counter("lynkr_cache_saved_usd_total", "Cost of the answers that were served from the cache")
NEAR = Counter(
    "lynkr_near_matches_total", "Candidates of the semantic cache by what the second gate said", ["outcome", "why"]
)
NEAR_CHECKS = Counter("lynkr_near_checks_total", "Near matches compared with a fresh answer", ["mode", "verdict"])
EMBEDDINGS = Counter(
    "lynkr_embedding_calls_total",
    "Calls to the account that makes vectors, and texts it was spared, by outcome",
    ["outcome"],
)
EMBEDDING_TOKENS = Counter(
    "lynkr_embedding_tokens_total", "Tokens that account counted: the organisation's, no team's", ["account"]
)
EMBEDDERS_DISTRUSTED = Counter(
    "lynkr_embedders_distrusted_total", "Embedders that did not tell ten unrelated asks apart (SEM-4)"
)
LOSSES = Counter("lynkr_losses_total", "Requests that lost something in crossing dialects", ["surface"])


def defect(error: BaseException) -> None:
    """Counts and logs a defect: its type and place, never its text, which may hold content (LEK-7)."""
    DEFECTS.inc()
    frames = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        frames.append(f"{code.co_filename.rsplit('/', 3)[-1]}:{trace.tb_lineno}:{code.co_name}")
        trace = trace.tb_next
    log.error("defect", error=type(error).__name__, at=frames[-8:])


def observe(exchange: Exchange) -> None:
    served = exchange.served
    tier = served.tier.name if served is not None and served.tier is not None else ""
    OPERATIONS.labels(exchange.surface, exchange.status, tier).inc()
    now = time.monotonic()
    DURATION.labels(exchange.surface).observe(now - exchange.started)
    if served is not None and served.first_token is not None:
        FIRST_TOKEN.labels(exchange.surface).observe(served.first_token - exchange.started)
    if exchange.losses:
        LOSSES.labels(exchange.surface).inc()
    if exchange.passed is not None:
        HELD_OUT.inc(exchange.passed.held_out)
        for name, receipt in exchange.passed.receipts.items():
            SAVED.labels(name).inc(max(0, round(exchange.passed.scale * receipt.saved)))
    look = exchange.look
    if look is not None:
        CACHE.labels(look.outcome, look.why).inc()
        if look.served and exchange.passed is not None:
            CACHE_SAVED.inc(float(sum(exchange.passed.usd.values())))
    for attempt in exchange.attempts:
        ATTEMPTS.labels(attempt.vendor, attempt.status).inc()
        usage = attempt.usage
        for kind, count in (
            ("input", usage.input),
            ("output", usage.output),
            ("cache_read", usage.cache_read),
            ("cache_write", usage.cache_write),
        ):
            if count:
                TOKENS.labels(attempt.target.account, kind).inc(count)
        if attempt.cost:
            COST.labels(attempt.vendor).inc(float(attempt.cost))


def line(exchange: Exchange) -> dict[str, object]:
    """The fields of the request's log line."""
    served = exchange.served
    fields: dict[str, object] = {
        "request_id": exchange.request_id,
        "surface": exchange.surface,
        "status": exchange.status,
        "http": exchange.http_status,
        "team": exchange.team.slug,
        "key": exchange.caller.key_prefix,
        "ms": round((time.monotonic() - exchange.started) * 1000),
        "attempts": len(exchange.attempts),
    }
    if served is not None:
        fields["target"] = str(served.target)
        if served.tier is not None:
            fields["tier"] = served.tier.name
    if exchange.error is not None:
        fields["error"] = exchange.error.error_code
    return fields
