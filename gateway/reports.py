"""What the pages show: totals from the roll-ups only (LOG-4), recent requests by keyset pages, CSV rows.

All functions read the database and return frozen values; none is for the event loop. Days and hours are UTC. Who may see
what is decided by the caller through `Scope`.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from decimal import Decimal
from typing import Any, Literal

from django.db import connection

from gateway.rollups import DAY, midnight

Dimension = Literal["day", "hour", "team", "user", "key", "model", "account", "vendor", "tier", "surface"]
_COLUMNS: dict[str, str] = {
    "day": "day",
    "hour": "hour",
    "team": "team_id",
    "user": "user_id",
    "key": "key_id",
    "model": "model",
    "account": "account",
    "vendor": "vendor",
    "tier": "tier",
    "surface": "surface",
}
LARGEST_PAGE = 200


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose rows: those that match all that is given. No team at all in `team_ids` shows nothing; None shows every team."""

    team_ids: tuple[int, ...] | None = None
    user_id: int | None = None
    key_id: uuid.UUID | None = None


EVERYTHING = Scope()


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums. `input_tokens` does not hold the cache tokens. `cost_usd` lacks what `unpriced_attempts` cost: nobody knows.
    `tokens_saved` and `saved_usd` are what the receipts say (gross): below 0 where passes added more than they took."""

    operations: int = 0
    failed_operations: int = 0
    attempts: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    reasoning_tokens: int = 0
    cost_usd: Decimal = Decimal(0)
    unpriced_attempts: int = 0
    tokens_saved: int = 0
    saved_usd: Decimal = Decimal(0)
    cache_lookups: int = 0
    cache_hits: int = 0

    @property
    def hit_share(self) -> float | None:
        """Of the requests looked for in the answer cache, those it answered (0..1); None when none was."""
        return self.cache_hits / self.cache_lookups if self.cache_lookups else None

    @property
    def saved_share(self) -> float | None:
        """Of what it would have cost without the passes, what they took off; below 0 where they added. None: nothing paid."""
        whole = self.cost_usd + self.saved_usd
        return float(self.saved_usd / whole) if whole > 0 else None

    @property
    def cache_share(self) -> float | None:
        """Of all prompt tokens, those read from a provider's cache (0..1); None when there were none."""
        prompt = self.input_tokens + self.cache_read_tokens + self.cache_write_tokens
        return self.cache_read_tokens / prompt if prompt else None


@dataclass(frozen=True, slots=True)
class Line:
    """Totals of one value of each dimension asked for: a date (day), a moment (hour), an id (team, user, key) or a word.
    Team and user 0 and the key of zeros stand for none."""

    values: tuple[Any, ...]
    totals: Totals


@dataclass(frozen=True, slots=True)
class RecentOperation:
    """One request as lists show it. Times in ms; `cost_usd` None: not known."""

    id: uuid.UUID
    started_at: dt.datetime
    team_id: int | None
    user_id: int | None
    key_id: uuid.UUID | None
    key_prefix: str
    surface: str
    client: str
    requested_model: str
    tier: str
    reason: str
    account: str
    model: str
    status: str
    http_status: int | None
    error_code: str
    attempts: int
    input_tokens: int | None
    output_tokens: int | None
    cache_read_tokens: int | None
    cache_write_5m_tokens: int | None
    cache_write_1h_tokens: int | None
    cost_usd: Decimal | None
    is_estimate: bool
    first_token_ms: int | None
    total_ms: int | None
    tokens_saved: int | None
    saved_usd: Decimal | None


@dataclass(frozen=True, slots=True)
class PassLine:
    """What one pass did by its receipts. Tokens as the models count them; `saved_usd` may be below 0."""

    name: str
    requests: int
    tokens_before: int
    tokens_after: int
    saved_usd: Decimal

    @property
    def tokens_saved(self) -> int:
        return self.tokens_before - self.tokens_after


@dataclass(frozen=True, slots=True)
class Page:
    """`older`: what to pass as `before` for the next page; None at the end."""

    operations: tuple[RecentOperation, ...]
    older: uuid.UUID | None


_SUMS = [field.name for field in fields(Totals)]
MONEY = frozenset({"cost_usd", "saved_usd"})
_OPERATION = [field.name for field in fields(RecentOperation)]


def usage(
    by: Sequence[Dimension],
    first: dt.date,
    last: dt.date,
    scope: Scope = EVERYTHING,
    limit: int | None = None,
    among: Mapping[Dimension, Sequence[Any]] | None = None,
) -> list[Line]:
    """Totals from `first` to `last` (both included) for each combination of `by`, from the daily totals (from the hourly
    ones with "hour"). In order of time if time comes first, else the dearest first. Empty `by`: at most one line.
    `among`: of these values only."""
    hourly = "hour" in by
    if hourly and "day" in by:
        raise ValueError("an hour tells its day")
    names = [_COLUMNS[name] for name in by]
    time_column = "hour" if hourly else "day"
    span: list[Any] = [midnight(first), midnight(last + DAY)] if hourly else [first, last + DAY]
    where, values = _where(scope)
    for name, wanted in (among or {}).items():
        where, values = f"{where} AND {_COLUMNS[name]} = ANY(%s)", [*values, list(wanted)]
    order = "1" if by and by[0] in ("day", "hour") else "cost_usd DESC, operations DESC" + ", 1" * bool(by)
    group = f" GROUP BY {', '.join(names)}" if names else " HAVING count(*) > 0"
    statement = (
        f"SELECT {', '.join([*names, *(f'sum({name}) AS {name}' for name in _SUMS)])} "  # noqa: S608 (names of ours)
        f"FROM {'gateway_usagehour' if hourly else 'gateway_usageday'} "
        f"WHERE {time_column} >= %s AND {time_column} < %s{where}{group} ORDER BY {order}"
    )
    if limit is not None:
        statement, values = f"{statement} LIMIT %s", [*values, limit]
    with connection.cursor() as cursor:
        cursor.execute(statement, [*span, *values])
        rows = cursor.fetchall()
    return [Line(tuple(row[: len(names)]), _totals(row[len(names) :])) for row in rows]


def total(first: dt.date, last: dt.date, scope: Scope = EVERYTHING) -> Totals:
    """All of `first` to `last`."""
    lines = usage((), first, last, scope)
    return lines[0].totals if lines else Totals()


def by_day(first: dt.date, last: dt.date, scope: Scope = EVERYTHING) -> list[Line]:
    """One line for every day, also for those without any use."""
    found = {line.values[0]: line for line in usage(("day",), first, last, scope)}
    days = (first + n * DAY for n in range((last - first).days + 1))
    return [found.get(day, Line((day,), Totals())) for day in days]


def passes(first: dt.date, last: dt.date, team_ids: tuple[int, ...] | None = None) -> list[PassLine]:
    """Of each pass from `first` to `last`, from the daily totals; what saved most comes first. None: of every team."""
    where, values = _where(Scope(team_ids))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name, sum(requests), sum(tokens_before), sum(tokens_after), sum(saved_usd) FROM gateway_passday "  # noqa: S608
            f"WHERE day >= %s AND day < %s{where} GROUP BY name ORDER BY 5 DESC, 1",
            [first, last + DAY, *values],
        )
        return [PassLine(row[0], *map(int, row[1:4]), row[4]) for row in cursor.fetchall()]


def recent_operations(scope: Scope = EVERYTHING, before: uuid.UUID | None = None, limit: int = 50) -> Page:
    """The newest requests first; the next page begins after `before`. Every page costs the same, however deep (LOG-4)."""
    limit = max(1, min(limit, LARGEST_PAGE))
    statement, values = recent_statement(scope, before, limit)
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        found = tuple(RecentOperation(*row) for row in cursor.fetchall())
    return Page(found[:limit], found[limit - 1].id if len(found) > limit else None)


def recent_statement(scope: Scope, before: uuid.UUID | None, limit: int) -> tuple[str, list[Any]]:
    """The statement of `recent_operations`: of every team asked for the newest by its index, then the newest of those."""
    page = " AND id < %s" * (before is not None)
    cursor = [before] if before is not None else []
    columns = ", ".join(_OPERATION)
    own, own_values = _where(Scope(None, scope.user_id, scope.key_id))
    tail = "ORDER BY id DESC LIMIT %s"
    if scope.team_ids is None or len(scope.team_ids) == 1:
        where, values = _where(scope)
        return (
            f"SELECT {columns} FROM gateway_operation WHERE true{where}{page} {tail}",  # noqa: S608 (names of ours)
            [*values, *cursor, limit + 1],
        )
    return (
        f"SELECT {columns} FROM unnest(%s::bigint[]) AS wanted (team) CROSS JOIN LATERAL (SELECT {columns} "  # noqa: S608
        f"FROM gateway_operation WHERE team_id = wanted.team{own}{page} {tail}) AS newest {tail}",
        [list(scope.team_ids), *own_values, *cursor, limit + 1, limit + 1],
    )


def csv_rows(lines: Iterable[Line], by: Sequence[Dimension]) -> Iterator[str]:
    """`lines` as CSV, a header first, each a text with its line end. Money in full; what a spreadsheet could take for a
    formula is made text. The header says that cached input is not in the input (CCH-5)."""
    yield _csv([*by, *("uncached_input_tokens" if name == "input_tokens" else name for name in _SUMS)])
    for line in lines:
        yield _csv([*line.values, *astuple(line.totals)])


def _csv(values: Iterable[Any]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow([_cell(value) for value in values])
    return out.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r", "\n")):
        return "'" + value
    return value.isoformat() if isinstance(value, dt.date) else value


def _where(scope: Scope) -> tuple[str, list[Any]]:
    words: list[str] = []
    values: list[Any] = []
    if scope.team_ids is not None:
        one = len(scope.team_ids) == 1
        words.append(" AND team_id = %s" if one else " AND team_id = ANY(%s)")
        values.append(scope.team_ids[0] if one else list(scope.team_ids))
    for name in ("user_id", "key_id"):
        if (value := getattr(scope, name)) is not None:
            words.append(f" AND {name} = %s")
            values.append(value)
    return "".join(words), values


def _totals(sums: Sequence[Any]) -> Totals:
    return Totals(**{name: value if name in MONEY else int(value) for name, value in zip(_SUMS, sums, strict=True)})
