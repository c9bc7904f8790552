"""What the passes save net, of each team and of those on the organisation's policy: sessions held out against the others.

Which session is held out is drawn by a hash of its name before anything is sent, so the two arms differ by the passes alone
if they are cut alike (docs/savings.md): sessions that began since the settings were last changed, have two requests or more,
and were never sent as they came for another reason. None of that depends on what the passes did.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import structlog
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from accounts.models import Team
from gateway import netting
from gateway.models import NetSavings
from routing import policy_versions
from routing.models import RoutingPolicy

log = structlog.get_logger("lynkr.savings")

DAYS = 28
MOST_SESSIONS = 20_000  # of each arm; which, tells the part of their names' hash that drew no arm
SECONDS = 120
# What changes a prompt, or who is held out: once one of these is another, earlier sessions tell of something else.
SETTINGS = ("compress_results", "tool_selection", "cache_marks", "terse", "trim_history", "hold_out_percent")
_REST = dt.timedelta(days=1)  # a session that was under way at the start shows itself within

# A request nobody could price, or of which no provider told the prompt, counts in neither arm.
_SESSIONS = """
WITH asked AS (
    SELECT passes->>'name' AS name, passes->>'pin' AS pin, started_at, cost_usd, tokens_saved, saved_usd,
        coalesce(input_tokens, 0) + coalesce(cache_read_tokens, 0) + coalesce(cache_write_5m_tokens, 0)
            + coalesce(cache_write_1h_tokens, 0) AS prompt
    FROM gateway_operation
    WHERE team_id = ANY(%(teams)s) AND day >= %(day)s AND started_at >= %(from)s AND started_at < %(until)s
        AND status <> 'open' AND cost_usd IS NOT NULL AND passes->>'name' <> ''
), found AS MATERIALIZED (
    SELECT name, bool_or(pin = 'hold-out') AS held_out, sum(cost_usd) AS usd,
        sum(prompt + coalesce(tokens_saved, 0)) AS tokens, sum(coalesce(saved_usd, 0)) AS gross
    FROM asked WHERE prompt > 0 GROUP BY name
    HAVING count(*) >= 2 AND min(started_at) >= %(since)s AND NOT bool_or(pin = 'off')
), placed AS (
    SELECT held_out, usd, tokens, row_number() OVER (PARTITION BY held_out ORDER BY substr(name, 9), name) AS place,
        count(*) OVER arm AS sessions, sum(usd) OVER arm AS all_usd, sum(gross) OVER arm AS all_gross
    FROM found WINDOW arm AS (PARTITION BY held_out)
)
SELECT held_out, usd, tokens, sessions, all_usd, all_gross FROM placed WHERE place <= %(most)s
"""


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose settings `policy` has: a team's, or (`team` None) the organisation's. `team_ids`: whose traffic tells of them."""

    team: Team | None
    policy: RoutingPolicy
    team_ids: tuple[int, ...]

    @property
    def name(self) -> str:
        return f"team {self.team.slug}" if self.team is not None else "organisation"


def holders() -> Iterator[Holder]:
    """The organisation first, then every open team, each with the policy that is in force when its turn comes."""
    teams = list(Team.objects.filter(is_active=True).order_by("pk"))
    own = set(RoutingPolicy.objects.exclude(team=None).values_list("team_id", flat=True))
    shared = RoutingPolicy.objects.filter(team=None).first() or RoutingPolicy()
    yield Holder(None, shared, tuple(team.pk for team in teams if team.pk not in own))
    for team in teams:
        yield Holder(team, policy_versions.live_row(team.pk), (team.pk,))


def measure(now: dt.datetime | None = None, days: int = DAYS) -> int:
    """Stores a `NetSavings` for each holder; how many could be told. One whose traffic takes too long keeps the last."""
    moment = now or timezone.now()
    return sum(_measured(holder, moment, days) for holder in holders())


def _measured(holder: Holder, now: dt.datetime, days: int) -> bool:
    changed = policy_versions.changed_at(holder.policy, SETTINGS)
    since = max(now - dt.timedelta(days=days), changed or now - dt.timedelta(days=days))
    try:
        rows = _sessions(holder.team_ids, since, now)
    except OperationalError as problem:
        log.warning("net savings not measured", holder=holder.name, problem=type(problem).__name__)
        return False
    figures = figures_of(rows)
    NetSavings.objects.update_or_create(
        team=holder.team, defaults={"computed_at": now, "since": since, "days": days, **figures}
    )
    return figures["net_share"] is not None


def figures_of(rows: list[tuple[Any, ...]]) -> dict[str, Any]:
    """Of rows of (held out, USD, tokens as sent, sessions of that arm, their USD, their gross USD)."""
    arms: dict[bool, list[netting.Session]] = {False: [], True: []}
    sums = {False: (0, Decimal(0), Decimal(0)), True: (0, Decimal(0), Decimal(0))}
    for held_out, usd, tokens, *whole in rows:
        arms[held_out].append(netting.Session(float(usd), float(tokens)))
        sums[held_out] = (whole[0], whole[1], whole[2])
    sessions, cost, gross = sums[False]
    found = netting.net(arms[False], arms[True])
    net_usd = cost * Decimal(found.share / (1 - found.share)) if found is not None else None
    return {
        "sessions_treated": sessions,
        "sessions_held_out": sums[True][0],
        "net_share": found.share if found else None,
        "low": found.low if found else None,
        "high": found.high if found else None,
        "net_usd": round(net_usd, 10) if net_usd is not None else None,
        "gross_usd": gross,
        "cost_usd": cost,
    }


def _sessions(team_ids: tuple[int, ...], since: dt.datetime, until: dt.datetime) -> list[tuple[Any, ...]]:
    start = since - _REST
    words = {
        "teams": list(team_ids), "day": start.astimezone(dt.UTC).date(), "from": start, "until": until, "since": since,
        "most": MOST_SESSIONS,
    }  # fmt: skip
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [f"{SECONDS}s"])
        cursor.execute(_SESSIONS, words)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found
