"""What providers' prompt caches brought, by model, from the daily totals; and the requests that broke a prefix, from the
newest operations. Reads the database; none is for the event loop.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.db import connection

from gateway.chat.ids import uuid7
from gateway.chat.usage import Usage
from gateway.pricing import Price, cost
from gateway.reports import EVERYTHING, Scope
from gateway.rollups import DAY

NEWEST = 5_000  # operations looked at for broken prefixes
MOST = 50  # broken prefixes shown
WINDOW = dt.timedelta(hours=24)
WARM = dt.timedelta(minutes=5)  # as long as an entry lives with every provider that says so
LEAST = 1024  # tokens: shorter prompts are not cached by most

PriceOf = Callable[[int, str, str, str], Price | None]
"""(team id, account, vendor, model) -> price, None: not known."""


@dataclass(frozen=True, slots=True)
class Cached:
    """A model's prompts. Tokens; `saved` is what reading cost less than input would have, `extra` what writing cost more
    (USD, negative where it cost less), None: a price is not known."""

    model: str
    calls: int = 0
    prompt: int = 0
    read: int = 0
    written: int = 0
    saved: Decimal | None = Decimal(0)
    extra: Decimal | None = Decimal(0)

    @property
    def share(self) -> float | None:
        """Of the prompt, what was read from the cache (0..1)."""
        return self.read / self.prompt if self.prompt else None

    @property
    def net(self) -> Decimal | None:
        return self.saved - self.extra if self.saved is not None and self.extra is not None else None


@dataclass(frozen=True, slots=True)
class Broken:
    """A request that read less than half of what the request before it, of the same conversation and model, had as prompt, or
    nothing, although that was no five minutes ago."""

    id: uuid.UUID
    started_at: dt.datetime
    team_id: int | None
    user_id: int | None
    session_id: str
    account: str
    model: str
    prompt: int
    read: int
    before_id: uuid.UUID
    before_prompt: int
    after: dt.timedelta


def by_model(first: dt.date, last: dt.date, price_of: PriceOf, scope: Scope = EVERYTHING) -> list[Cached]:
    """The models that were sent anything from `first` to `last` (both included), the largest prompts first. At the list's
    price for a prompt of ordinary length, as it is now."""
    where, values = _where(scope)
    statement = (
        "SELECT team_id, account, vendor, model, sum(attempts), sum(input_tokens), sum(cache_read_tokens), "  # noqa: S608
        "sum(cache_write_tokens - cache_write_1h_tokens), sum(cache_write_1h_tokens) FROM gateway_usageday "
        f"WHERE day >= %s AND day < %s{where} GROUP BY team_id, account, vendor, model"
    )
    found: dict[str, Cached] = {}
    with connection.cursor() as cursor:
        cursor.execute(statement, [first, last + DAY, *values])
        for team_id, account, vendor, model, *sums in cursor.fetchall():
            calls, plain, read, short, long = map(int, sums)
            if plain + read + short + long:
                price = price_of(team_id, account, vendor, model)
                found[model] = _add(found.get(model, Cached(model)), calls, plain, read, short, long, price)
    return sorted(found.values(), key=lambda one: (-one.prompt, one.model))


def _add(known: Cached, calls: int, plain: int, read: int, short: int, long: int, price: Price | None) -> Cached:
    saved = _difference(price, Usage(input=read), Usage(cache_read=read)) if read else Decimal(0)
    wrote = Usage(cache_write_5m=short, cache_write_1h=long)
    extra = _difference(price, wrote, Usage(input=short + long)) if short + long else Decimal(0)
    return replace(
        known,
        calls=known.calls + calls,
        prompt=known.prompt + plain + read + short + long,
        read=known.read + read,
        written=known.written + short + long,
        saved=_plus(known.saved, saved),
        extra=_plus(known.extra, extra),
    )


def _difference(price: Price | None, more: Usage, less: Usage) -> Decimal | None:
    if price is None:
        return None
    flat = replace(price, above=(), service_tiers={})  # a sum of days is no long prompt
    first, second = cost(flat, more), cost(flat, less)
    return first - second if first is not None and second is not None else None


def _plus(known: Decimal | None, more: Decimal | None) -> Decimal | None:
    return known + more if known is not None and more is not None else None


def total(rows: list[Cached]) -> Cached:
    """Of all models; the money of those whose prices are known."""
    return Cached(
        "",
        sum(row.calls for row in rows),
        sum(row.prompt for row in rows),
        sum(row.read for row in rows),
        sum(row.written for row in rows),
        sum((row.saved or Decimal(0) for row in rows), Decimal(0)),
        sum((row.extra or Decimal(0) for row in rows), Decimal(0)),
    )


def broken(now: dt.datetime, scope: Scope = EVERYTHING) -> list[Broken]:
    """Of the newest `NEWEST` requests of the last day, the newest `MOST` that broke a prefix."""
    statement, values = broken_statement(now, scope)
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [Broken(*row) for row in cursor.fetchall()]


def broken_statement(now: dt.datetime, scope: Scope) -> tuple[str, list[Any]]:
    """The statement of `broken`: the newest operations by an index, then conversations among them. A conversation is what
    its pin says (a client's session holds its subagents too), else the session."""
    since = now - WINDOW
    oldest = uuid7(int(since.timestamp() * 1000), bytes(10))
    where, values = _where(scope)
    statement = _BROKEN.format(where=where)
    return statement, [since.date(), oldest, *values, NEWEST, LEAST, WARM, MOST]


_BROKEN = """
WITH newest AS MATERIALIZED (
    SELECT id, started_at, team_id, user_id, session_id, account, model, passes ->> 'name' AS conversation, cache_read_tokens,
        coalesce(input_tokens, 0) + coalesce(cache_read_tokens, 0) + coalesce(cache_write_5m_tokens, 0)
            + coalesce(cache_write_1h_tokens, 0) AS prompt
    FROM gateway_operation WHERE day >= %s AND id >= %s{where} ORDER BY id DESC LIMIT %s
), steps AS (
    SELECT *, lag(id) OVER turns AS before_id, lag(prompt) OVER turns AS before_prompt,
        started_at - lag(started_at) OVER turns AS after
    FROM newest WHERE session_id <> '' AND account <> '' AND prompt > 0
    WINDOW turns AS (PARTITION BY team_id, user_id, session_id, conversation, account, model ORDER BY id)
)
SELECT id, started_at, team_id, user_id, session_id, account, model, prompt, cache_read_tokens, before_id, before_prompt,
    after
FROM steps WHERE before_prompt >= %s AND after < %s AND cache_read_tokens * 2 < before_prompt
ORDER BY id DESC LIMIT %s
"""


def _where(scope: Scope) -> tuple[str, list[Any]]:
    """Of every team, or of one."""
    if scope.team_ids is None:
        return "", []
    (team_id,) = scope.team_ids
    return " AND team_id = %s", [team_id]
