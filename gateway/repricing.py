"""Charges computed anew. The ledger is never changed: the difference becomes an adjustment (CCH-12)."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Count, QuerySet, Sum

from gateway.chat.usage import Usage
from gateway.models import LedgerEntry, ProviderAccount
from gateway.pricing import Price, PriceTable, cost
from gateway.snapshot.prices import PricesByTeam, bundled, of_book
from routing.models import PriceBook, PriceOverride, RoutingPolicy

_CENT = Decimal("0.0000000001")  # the ledger's own precision
_BATCH = 1_000
_LOCK = "SELECT pg_advisory_xact_lock(hashtext('gateway_reprice'))"
_COPIED = (
    "day", "at", "attempt_id", "operation_id", "team_id", "user_id", "key_id", "account", "vendor", "model",
    "tier", "service_tier", "surface", "is_estimate",
)  # fmt: skip


@dataclass(slots=True)
class Report:
    """`difference`: USD by team id, what the adjustments add up to. `unknown`: charges whose price nobody knows, which stay
    as they are."""

    charges: int = 0
    adjusted: int = 0
    unknown: int = 0
    difference: dict[int | None, Decimal] = field(default_factory=lambda: defaultdict(Decimal))

    @property
    def total(self) -> Decimal:
        return sum(self.difference.values(), Decimal(0))


def reprice(first: dt.date, last: dt.date, dry_run: bool = False) -> Report:
    """Compute every charge of the UTC days `first` to `last` (both included) with the overrides of today, else the prices
    that were effective when its attempt began, and write what is missing or too much as adjustments at that same moment.
    An adjustment carries no tokens: they were counted. A second run finds nothing to do."""
    report = Report()
    books = _Books()
    for offset in range((last - first).days + 1):
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(_LOCK)
            _reprice_day(first + dt.timedelta(days=offset), books, report, dry_run)
    return report


def _reprice_day(day: dt.date, books: _Books, report: Report, dry_run: bool) -> None:
    entries = LedgerEntry.objects.filter(day=day)
    adjusted = _adjusted(entries)
    fresh: list[LedgerEntry] = []
    for charge in entries.filter(kind="charge").order_by("id").iterator(_BATCH):
        report.charges += 1
        price = books.price(charge)
        amount = cost(price, _usage(charge), charge.service_tier)
        if price is None or amount is None:
            report.unknown += 1
            continue
        amount = amount.quantize(_CENT, ROUND_HALF_UP)
        so_far, known = adjusted.get(charge.attempt_id, (Decimal(0), 0))
        if charge.amount_usd is not None:
            so_far, known = so_far + charge.amount_usd, known + 1
        if amount == so_far and known:
            continue
        report.adjusted += 1
        report.difference[charge.team_id] += amount - so_far
        if not dry_run:
            fresh.append(_adjustment(charge, amount - so_far, price))
    for start in range(0, len(fresh), _BATCH):
        LedgerEntry.objects.bulk_create(fresh[start : start + _BATCH])


def _adjusted(entries: QuerySet[LedgerEntry]) -> dict[UUID, tuple[Decimal, int]]:
    """What earlier adjustments of each attempt add up to, and how many there are."""
    rows = entries.filter(kind="adjustment").order_by().values_list("attempt_id")
    sums = rows.annotate(Sum("amount_usd"), Count("amount_usd"))
    return {id_: (total or Decimal(0), count) for id_, total, count in sums.iterator()}


def _adjustment(charge: LedgerEntry, difference: Decimal, price: Price) -> LedgerEntry:
    return LedgerEntry(
        kind="adjustment",
        amount_usd=difference,
        price_version=price.source[:60],
        reason="priced anew",
        **{name: getattr(charge, name) for name in _COPIED},
    )


def _usage(charge: LedgerEntry) -> Usage:
    return Usage(
        charge.input_tokens,
        charge.output_tokens,
        charge.cache_read_tokens,
        charge.cache_write_5m_tokens,
        charge.cache_write_1h_tokens,
        charge.reasoning_tokens,
        charge.service_tier or None,
    )


class _Books:
    """The prices of any moment: today's overrides before the book that was effective then."""

    def __init__(self) -> None:
        books = PriceBook.objects.order_by("-effective_from", "-id")
        self._effective = list(books.values_list("effective_from", "id", "digest"))
        self._overrides = list(PriceOverride.objects.order_by("id"))
        self._policies = dict(RoutingPolicy.objects.values_list("team_id", "unknown_price"))
        self._addresses = dict(ProviderAccount.objects.values_list("name", "base_url"))
        self._tables: dict[tuple[int, str] | None, PricesByTeam] = {}

    def price(self, charge: LedgerEntry) -> Price | None:
        book = next((tuple(rest) for effective, *rest in self._effective if effective <= charge.at), None)
        if book not in self._tables:
            self._tables[book] = PricesByTeam(self._overrides, of_book(*book) if book is not None else bundled())
        table: PriceTable = self._tables[book].of(charge.team_id)
        unknown = self._policies.get(charge.team_id, self._policies.get(None)) or "allow"
        return table.charged(charge.vendor, charge.model, self._addresses.get(charge.account, ""), unknown)
