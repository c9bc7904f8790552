"""The rows of the demo, written in one transaction; then the real roll-ups count them."""

from __future__ import annotations

import datetime as dt
import json
import secrets
from collections.abc import Iterable, Iterator, Sequence
from random import Random
from typing import Any

from django.conf import settings
from django.core.management import CommandError
from django.db import connection, transaction
from django.utils import timezone

from accounts import audit
from accounts.models import AuditEvent, KeyUse, Team, User
from gateway import capture, partitions, pricebooks, rollups, savings
from gateway.configuration import writing
from gateway.demo import organisation, people, remembered, spending
from gateway.demo.calls import Call, Request, Session
from gateway.demo.desks import desks
from gateway.demo.habits import Worker, sittings
from gateway.models import Alert, LateHour, Operation
from gateway.receipts import Passed
from routing.models import PolicyVersion
from routing.tiers import Tier

DAYS = 90
SEED = 20_26
_MARK = "demo"


class NotEmpty(CommandError):
    """The database belongs to somebody: nothing was written."""


def first_start() -> list[str]:
    """What to print. Fills an empty database; one the demo filled before stays as it is. Raises `NotEmpty` for any other."""
    made = AuditEvent.objects.filter(object_type=_MARK).first()
    if made is not None:
        return [
            f"The demo was filled on {made.at:%Y-%m-%d}; its passwords were shown then.",
            f"Delete {settings.LYNKR.data_dir} to have it made anew.",
        ]
    if Operation.objects.exists() or User.objects.exists() or Team.objects.exists():
        raise NotEmpty(
            "this database is not empty, and the demo fills only an empty one of its own. Nothing was changed."
        )
    return fill(timezone.now())


def fill(now: dt.datetime, days: int = DAYS) -> list[str]:
    """Write the organisation and its `days` until `now`; the lines with the logins."""
    first = now.date() - dt.timedelta(days=days - 1)
    password = settings.LYNKR.admin_password or secrets.token_urlsafe(9)
    partitions.cover(first, now.date())
    with transaction.atomic(), audit.as_actor("apply", name="demo"):
        writing.apply(organisation.document(), reason="the demo's configuration")
        PolicyVersion.objects.update(created_at=now - dt.timedelta(days=days + 7))  # as if it had always been so
        workers = people.write(password, now, first)
        charges = _traffic(workers, now, first)
        spending.write(charges, now, first)
        _uses(workers, charges)
        remembered.write(now, SEED)
        AuditEvent.objects.create(via="system", actor_name="demo", action="filled", object_type=_MARK, object_id="1")
    with connection.cursor() as cursor:  # so much at once: nobody knows yet how to look for it
        cursor.execute(f"ANALYZE {', '.join(partitions.PARENTS)}")
    rollups.roll_up()
    savings.measure(now)
    _alerts(now)
    shown = "in LYNKR_ADMIN_PASSWORD" if settings.LYNKR.admin_password else f"{password} (shown only now)"
    return _logins(shown, len(charges))


def _traffic(workers: Sequence[Worker], now: dt.datetime, first: dt.date) -> list[spending.Charge]:
    by_team = desks()
    rng = Random(SEED)  # noqa: S311 (invented traffic)
    made: list[Request] = []
    for number in range((now.date() - first).days + 1):
        day = first + dt.timedelta(days=number)
        for worker in workers:
            for sitting in sittings(worker, number, day, rng):
                session = Session(sitting, by_team[worker.team_id], now, rng)
                found = (remembered.remember(request, session) for request in session.requests())
                made += (request for request in found if request.ends < now - dt.timedelta(seconds=5))
    _copy("gateway_operation", _OPERATION, (_operation(request) for request in made))
    _copy("gateway_attempt", _ATTEMPT, (_attempt(request, n, call) for request, n, call in _calls(made)))
    charged = [(request, call) for request, _, call in _calls(made) if call.accepted]
    _copy("gateway_ledgerentry", _LEDGER, (_entry(request, call, rng) for request, call in charged))
    LateHour.objects.all().delete()  # the first roll-up counts from the oldest row on anyway
    return [_charge(request, call) for request, call in charged if call.cost is not None]


def _calls(made: Iterable[Request]) -> Iterator[tuple[Request, int, Call]]:
    for request in made:
        for number, call in enumerate(request.calls):
            yield request, number, call


def _charge(request: Request, call: Call) -> spending.Charge:
    worker = request.sitting.worker
    assert call.cost is not None
    return spending.Charge(call.at, worker.team_id, worker.user_id, worker.key_id, call.target, call.cost)


def _copy(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


_USAGE = (
    "input_tokens", "output_tokens", "cache_read_tokens", "cache_write_5m_tokens", "cache_write_1h_tokens",
    "reasoning_tokens",
)  # fmt: skip
_OPERATION = (
    "id", "day", "started_at", "team_id", "user_id", "key_id", "key_prefix", "surface", "client", "session_id", "streamed",
    "requested_model", "tier", "score", "reason", "decision", "features", "account", "model", "status", "http_status",
    "error_code", "error_message", "attempts", "losses", "cost_usd", "is_estimate", "first_token_ms", "total_ms",
    "tokens_saved", "saved_usd", "passes", "cache", *_USAGE,
)  # fmt: skip
_ATTEMPT = (
    "id", "day", "started_at", "operation_id", "sequence", "team_id", "key_id", "account", "vendor", "model", "dialect",
    "tier", "status", "upstream_status", "upstream_request_id", "error_code", "error_message", "price_version", "cost_usd",
    "is_estimate", "first_token_ms", "total_ms", *_USAGE,
)  # fmt: skip
_LEDGER = (
    "id", "day", "at", "kind", "attempt_id", "operation_id", "team_id", "user_id", "key_id", "account", "vendor", "model",
    "tier", "surface", "amount_usd", "is_estimate", "price_version", *_USAGE,
)  # fmt: skip


def _tokens(call: Call | None) -> tuple[int | None, ...]:
    if call is None:
        return (None,) * 6
    used = call.usage
    return used.input, used.output, used.cache_read, used.cache_write_5m, used.cache_write_1h, used.reasoning


def _word(tier: Tier | None) -> str:
    return tier.name if tier is not None else ""  # SIMPLE is 0: no truth value will do


def _operation(request: Request) -> Sequence[Any]:
    worker, served = request.sitting.worker, request.served
    tier = served.tier if served is not None and served.tier is not None else request.tier
    decision = {"mode": request.mode, "policy": 1, "map": 1, "targets": [str(step) for step in request.steps]}
    return (
        request.id, request.at.date(), request.at, worker.team_id, worker.user_id, worker.key_id, worker.key_prefix,
        request.surface, worker.client, request.session, request.streamed, request.asked, _word(tier),
        request.score, request.reason, json.dumps(decision), json.dumps(dict(request.features)),
        served.target.account if served else "", served.target.model if served else "", request.status,
        request.http_status, *request.error, len(request.calls),
        json.dumps(list(request.losses)), request.cost, bool(served and served.estimated),
        served.first_ms if served else None, request.total_ms, *_saved(request.passed), request.cache,
        *_tokens(served),
    )  # fmt: skip


def _saved(passed: Passed | None) -> tuple[Any, ...]:
    if passed is None:
        return None, None, "{}"
    return passed.tokens_saved if passed.receipts else None, passed.total_usd(), json.dumps(passed.as_record())


def _attempt(request: Request, number: int, call: Call) -> Sequence[Any]:
    worker = request.sitting.worker
    return (
        call.id, call.at.date(), call.at, request.id, number, worker.team_id, worker.key_id, call.target.account,
        call.account.vendor, call.target.model, call.account.dialect, _word(call.tier), call.status,
        call.upstream_status, call.upstream_id, *call.error, call.version, call.cost, call.estimated, call.first_ms,
        call.total_ms, *_tokens(call),
    )  # fmt: skip


def _entry(request: Request, call: Call, rng: Random) -> Sequence[Any]:
    worker = request.sitting.worker
    return (
        rng.getrandbits(128).to_bytes(16, "big").hex(), call.at.date(), call.at, "charge", call.id, request.id,
        worker.team_id, worker.user_id, worker.key_id, call.target.account, call.account.vendor, call.target.model,
        _word(call.tier), request.surface, call.cost, call.estimated, call.version, *_tokens(call),
    )  # fmt: skip


def _uses(workers: Iterable[Worker], charges: Iterable[spending.Charge]) -> None:
    last: dict[Any, dt.date] = {}
    for charge in charges:
        last[charge.key_id] = max(charge.at.date(), last.get(charge.key_id, charge.at.date()))
    KeyUse.objects.bulk_create(KeyUse(key_id=key, last_used_on=day) for key, day in last.items())


def _alerts(now: dt.datetime) -> None:
    """One that is over, and those the real check finds (a lab's model that no price list knows)."""
    Alert.objects.create(
        kind=pricebooks.ALERT,
        message="The price lists were not taken, the old book stays: models.dev answered 503",
        closed_at=now - dt.timedelta(days=8),
    )
    Alert.objects.filter(kind=pricebooks.ALERT).update(
        opened_at=now - dt.timedelta(days=9), last_seen_at=now - dt.timedelta(days=9)
    )
    capture.check(now)


def _logins(password: str, charges: int) -> list[str]:
    address = settings.LYNKR.public_url
    people_ = ((organisation.ADMIN, "administers everything"), (organisation.LEAD, "leads the team platform"),
               (organisation.MEMBER, "a developer of platform and infra"))  # fmt: skip
    return [
        f"A demo of {len(organisation.UNITS)} teams with {DAYS} days of traffic ({charges} charges), all of it invented.",
        f"Sign in at {address}/portal/ or {address}/admin/ with the password {password}:",
        *(f"  {name:<8}{what}" for name, what in people_),
    ]
