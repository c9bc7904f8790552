"""Journal records as rows: made to fit their columns, then written in one statement a table, idempotent on (id, day).

The statement that closes an attempt also writes its charge into the ledger, so there is never one without the other."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import orjson
import psycopg
from django.db import models
from psycopg import sql

from gateway.models import Attempt, LedgerEntry, Operation
from gateway.store.leases import charging
from lynkr_site.ids import uuid7

TABLES: dict[str, type[models.Model]] = {"attempt": Attempt, "operation": Operation}
NEVER_CLOSED = "never_closed"  # the sweeper's error code: its guess gives way to the truth when that comes late
PROCESS_DIED = "process_died"
USAGE = (
    "input_tokens",
    "output_tokens",
    "cache_read_tokens",
    "cache_write_5m_tokens",
    "cache_write_1h_tokens",
    "reasoning_tokens",
    "cost_usd",
)
_WHOLE = {models.SmallIntegerField: 2**15 - 1, models.IntegerField: 2**31 - 1, models.BigIntegerField: 2**63 - 1}


class Unusable(Exception):
    """A record that can never become a row."""


def fit(record: Mapping[str, Any]) -> dict[str, Any]:
    """The row of `record`, every column set. Too long text is cut, missing columns get their default, `day` comes from
    `started_at`. Raises `Unusable` without an id or with an unknown kind."""
    model = TABLES.get(str(record.get("kind")))
    if model is None:
        raise Unusable("unknown kind")
    try:
        id_ = uuid.UUID(str(record["id"]))
    except (KeyError, ValueError):
        raise Unusable("no id") from None
    started_at = record.get("started_at") or _moment(id_)
    given = {**record, "id": str(id_), "started_at": started_at, "day": record.get("day") or str(started_at)[:10]}
    row = {field.attname: _fit_one(field, given.get(field.attname)) for field in _fields(model)}
    return {**row, **_for_the_ledger(record)} if model is Attempt else row


def _for_the_ledger(record: Mapping[str, Any]) -> dict[str, Any]:
    """What a charge holds and an attempt's row does not."""
    known = {name: _fit_one(LedgerEntry._meta.get_field(name), record.get(name)) for name in ("user_id", "surface")}
    return {**known, "accepted": record.get("accepted") is True, "charge_id": str(uuid7())}


@cache
def _fields(model: type[models.Model]) -> tuple[models.Field[Any, Any], ...]:
    return tuple(model._meta.concrete_fields)


def _fit_one(field: models.Field[Any, Any], value: Any) -> Any:
    if value is None:
        return None if field.null else field.get_default()
    if isinstance(field, models.CharField):
        return str(value).replace("\0", "")[: field.max_length]
    if isinstance(field, models.BooleanField):
        return bool(value)
    if (most := _WHOLE.get(type(field))) is not None:
        return max(-most, min(most, int(value))) if isinstance(value, int | float) else None
    if isinstance(field, models.JSONField):
        return _without_nul(value)
    return value


def _without_nul(value: Any) -> Any:
    """jsonb takes every character but NUL."""
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, list):
        return [_without_nul(item) for item in value]
    if isinstance(value, dict):
        return {key.replace("\0", ""): _without_nul(item) for key, item in value.items()}
    return value


def _moment(id_: uuid.UUID) -> str:
    """A version 7 id tells when it was made."""
    return dt.datetime.fromtimestamp((id_.int >> 80) / 1000, dt.UTC).isoformat()


def write(connection: psycopg.Connection[Any], rows: Mapping[str, Iterable[Mapping[str, Any]]]) -> None:
    """All `rows` (fitted, by kind) in one transaction, in id order. A row that is stored and closed stays as it is."""
    with connection.transaction(), charging(connection, rows.get("attempt", ())):
        for kind in TABLES:
            ordered = sorted(rows.get(kind, ()), key=lambda row: str(row["id"]))
            if ordered:
                connection.execute(_statement(kind), [orjson.dumps(ordered).decode()])


def touch_keys(connection: psycopg.Connection[Any], used: Mapping[str, str]) -> None:
    """The last day (ISO, UTC) each key of `used` was used; never moved back. Keys that are gone are left out."""
    connection.execute(_KEY_USE, [list(used), list(used.values())])


_KEY_USE = """
INSERT INTO accounts_keyuse AS stored (key_id, last_used_on)
SELECT given.key_id, given.day FROM unnest(%s::uuid[], %s::date[]) AS given (key_id, day)
JOIN accounts_apikey ON accounts_apikey.id = given.key_id ORDER BY given.key_id
ON CONFLICT (key_id) DO UPDATE SET last_used_on = EXCLUDED.last_used_on WHERE stored.last_used_on < EXCLUDED.last_used_on
"""

_CHARGE = """
INSERT INTO gateway_ledgerentry (id, day, at, kind, attempt_id, operation_id, team_id, user_id, key_id, account, vendor,
    model, tier, service_tier, surface, input_tokens, output_tokens, cache_read_tokens, cache_write_5m_tokens,
    cache_write_1h_tokens, reasoning_tokens, amount_usd, is_estimate, price_version)
SELECT more.charge_id, a.day, a.started_at, 'charge', a.id, a.operation_id, a.team_id, more.user_id, a.key_id, a.account,
    a.vendor, a.model, a.tier, a.service_tier, more.surface, a.input_tokens, a.output_tokens, a.cache_read_tokens,
    a.cache_write_5m_tokens, a.cache_write_1h_tokens, a.reasoning_tokens, a.cost_usd, a.is_estimate, a.price_version
FROM written a
JOIN jsonb_to_recordset((SELECT rows FROM given))
    AS more (id uuid, charge_id uuid, user_id bigint, surface text, accepted boolean) ON more.id = a.id
WHERE a.status <> 'open' AND (more.accepted OR num_nonnulls(a.input_tokens, a.output_tokens, a.cache_read_tokens,
    a.cache_write_5m_tokens, a.cache_write_1h_tokens, a.reasoning_tokens, a.cost_usd) > 0)
ORDER BY a.id
ON CONFLICT (attempt_id, day) WHERE kind = 'charge' DO NOTHING
"""


@cache
def _statement(kind: str) -> sql.Composed:
    """Only rows this statement inserted or moved are `written`: a replay of closed attempts charges nothing (CUT-12)."""
    model = TABLES[kind]
    columns = [field.attname for field in _fields(model)]
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    sets = [sql.SQL("{0} = EXCLUDED.{0}").format(sql.Identifier(name)) for name in columns if name not in ("id", "day")]
    upsert = sql.SQL(
        "WITH given AS MATERIALIZED (SELECT %s::jsonb AS rows), written AS ("
        "INSERT INTO {table} AS stored ({names}) "
        "SELECT {names} FROM jsonb_populate_recordset(NULL::{table}, (SELECT rows FROM given)) "
        "ON CONFLICT (id, day) DO UPDATE SET {sets} WHERE stored.status = 'open' "
        "OR (stored.error_code = {never_closed} AND EXCLUDED.status <> 'open') RETURNING stored.*) "
    ).format(
        table=sql.Identifier(model._meta.db_table),
        names=names,
        sets=sql.SQL(", ").join(sets),
        never_closed=sql.Literal(NEVER_CLOSED),
    )
    return upsert + sql.SQL(_CHARGE if model is Attempt else "SELECT count(*) FROM written")
