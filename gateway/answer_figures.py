"""What the answer cache brought, what it keeps, how near matches stand. Reads the database; none is for the event loop."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from accounts.models import Team
from caching import bounds
from caching.models import CacheCheck, CacheStanding
from gateway import reports
from gateway.chat.ids import uuid7
from gateway.replaying import RECEIPTS
from gateway.reports import PassLine, Scope, Totals
from gateway.rollups import DAY, midnight

NEWEST = 20_000  # operations looked at for what was not eligible
FARTHEST = 1_000_000  # checks beyond which no proof is foretold


@dataclass(frozen=True, slots=True)
class Brought:
    """Of a period. `kinds`: by what answered ("exact", "semantic", "shared"), with tokens and USD that were not spent."""

    totals: Totals
    kinds: dict[str, PassLine]

    @property
    def tokens_saved(self) -> int:
        return sum(line.tokens_saved for line in self.kinds.values())

    @property
    def saved_usd(self) -> Any:
        return sum((line.saved_usd for line in self.kinds.values()), start=Totals().saved_usd)


@dataclass(frozen=True, slots=True)
class Kept:
    """Answers that may be served now. `age`: of an answer when it was served last, half were younger; None: none was."""

    entries: int = 0
    bytes: int = 0
    oldest: dt.datetime | None = None
    age: dt.timedelta | None = None


@dataclass(frozen=True, slots=True)
class Skipped:
    """Why requests were not looked for: (word, number), the most first, of the newest `looked_at` requests of the period."""

    reasons: tuple[tuple[str, int], ...]
    looked_at: int

    @property
    def number(self) -> int:
        return sum(number for _, number in self.reasons)


@dataclass(frozen=True, slots=True)
class NearStanding:
    """Of a team's near matches. `low`, `high`: the shares wrong that its checks leave possible, 95% sure at every time.
    `needed`: checks at which, with no more wrong ones, it is proven that the share is below `budget`; None: out of reach.
    `open`: checks in doubt since then, which a person could settle."""

    checks: int
    wrong: int
    low: float
    high: float
    budget: float
    proven: bool
    needed: int | None
    since: dt.datetime | None = None
    off_since: dt.datetime | None = None
    off_why: str = ""
    raised_floor: float = 0.0
    open: int = 0


def brought(first: dt.date, last: dt.date, scope: Scope) -> Brought:
    """`scope`: teams, no users: receipts are rolled up by team."""
    names = {name: kind for kind, name in RECEIPTS.items()}
    lines = {names[line.name]: line for line in reports.passes(first, last, scope.team_ids) if line.name in names}
    return Brought(reports.total(first, last, scope), lines)


def kept(team_ids: Sequence[int] | None = None) -> dict[int, Kept]:
    """By team, of those that keep any; None: of every team."""
    where, values = ("", []) if team_ids is None else (" AND team_id = ANY(%s)", [list(team_ids)])
    return {row[0]: Kept(*row[1:]) for row in _rows(_KEPT.format(where=where), values)}


def kept_of_user(user_id: int) -> Kept:
    found = _rows(_KEPT_IN_ALL, [user_id])
    return Kept(*found[0])


def in_all(parts: Sequence[Kept]) -> Kept:
    """Without the age: a median of medians says nothing."""
    oldest = min((one.oldest for one in parts if one.oldest is not None), default=None)
    return Kept(sum(one.entries for one in parts), sum(one.bytes for one in parts), oldest)


def skipped(first: dt.date, last: dt.date, scope: Scope) -> Skipped:
    """By an index, of the newest requests of the period: as dear for a busy team as for a small one."""
    lowest, end = (uuid7(int(midnight(day).timestamp() * 1000), bytes(10)) for day in (first, last + DAY))
    where, values = ("", []) if scope.team_ids is None else (" AND team_id = ANY(%s)", [list(scope.team_ids)])
    rows = _rows(_SKIPPED.format(where=where), [first, last + DAY, lowest, end, *values, NEWEST])
    return Skipped(tuple((word, number) for word, number, _ in rows if word), sum(seen for _, _, seen in rows))


def standing(team: Team, budget: float) -> NearStanding:
    row = CacheStanding.objects.filter(team=team).first()
    if row is None:
        return _standing(bounds.Standing(), budget)
    doubtful = CacheCheck.objects.filter(team=team, at__gte=row.since, verdict="unsure").count()
    return _standing(
        bounds.Standing(row.checks, row.wrong), budget, since=row.since, off_since=row.off_since, off_why=row.off_why,
        raised_floor=row.raised_floor, open=doubtful,
    )  # fmt: skip


def _standing(found: bounds.Standing, budget: float, **more: Any) -> NearStanding:
    low, high = bounds.interval(found.checks, found.wrong)
    proven = bounds.proven_good(found, budget)
    return NearStanding(
        found.checks, found.wrong, low, high, budget, proven, _needed(found.wrong, budget, found.checks), **more
    )


def _needed(wrong: int, budget: float, checks: int) -> int | None:
    """By halving: more right ones never speak for a larger share."""
    few, enough = max(wrong, 0), max(checks, wrong, 1)
    while not bounds.proven_good(bounds.Standing(enough, wrong), budget):
        few, enough = enough, enough * 2
        if enough > FARTHEST:
            return None
    while enough - few > 1:
        middle = (few + enough) // 2
        if bounds.proven_good(bounds.Standing(middle, wrong), budget):
            enough = middle
        else:
            few = middle
    return enough


def checks(where: Q, before: uuid.UUID | None, most: int) -> tuple[list[CacheCheck], uuid.UUID | None]:
    """The newest near matches first, and where the next page begins."""
    rows: QuerySet[CacheCheck] = CacheCheck.objects.filter(where).order_by("-at", "-id")
    if before is not None:
        at = dt.datetime.fromtimestamp((before.int >> 80) / 1000, dt.UTC)
        rows = rows.filter(at__lte=at).filter(Q(at__lt=at) | Q(id__lt=before))
    found = list(rows.select_related("team", "user")[: most + 1])
    return found[:most], found[most - 1].pk if len(found) > most else None


def _rows(statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


_OF_KEPT = """count(*), coalesce(sum(bytes), 0)::bigint, min(created_at),
    percentile_cont(0.5) WITHIN GROUP (ORDER BY last_hit_at - created_at) FILTER (WHERE last_hit_at >= created_at)
FROM caching_entry WHERE expires_at > now() AND quarantined_at IS NULL"""
_KEPT = f"SELECT team_id, {_OF_KEPT}{{where}} GROUP BY team_id"
_KEPT_IN_ALL = f"SELECT {_OF_KEPT} AND user_id = %s"
_SKIPPED = """
WITH newest AS MATERIALIZED (
    SELECT cache FROM gateway_operation
    WHERE day >= %s AND day < %s AND id >= %s AND id < %s AND surface <> 'cache check'{where} ORDER BY id DESC LIMIT %s
)
SELECT CASE WHEN cache LIKE 'skip:%%' THEN substr(cache, 6) ELSE '' END AS word, count(*) AS number, count(*)
FROM newest GROUP BY 1 ORDER BY 2 DESC, 1
"""
