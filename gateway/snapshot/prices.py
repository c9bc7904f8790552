"""Price overrides before the price book: a team's own, then the organisation's; an exact name before a pattern."""

from __future__ import annotations

import datetime as dt
import gzip
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from fnmatch import fnmatchcase
from functools import cache, lru_cache

from gateway.pricing import Price, PriceTable, Rates
from routing.models import PriceBook, PriceOverride

_NOTHING = Decimal(0)
_MOST_CACHED = 10_000


@cache
def bundled() -> PriceTable:
    """The price file of this release, shared by all tables: it is large."""
    return PriceTable.bundled()


@lru_cache(maxsize=4)
def of_book(book_id: int, digest: str) -> PriceTable:
    """The table of a price book. Books never change, so it is kept; the digest tells a book of a restored database from
    another that had its id."""
    row = PriceBook.objects.get(id=book_id, digest=digest)
    document = json.loads(gzip.decompress(bytes(row.content)))
    return PriceTable(document["models"], source=f"book {row.id}")


def in_force(moment: dt.datetime) -> PriceTable:
    """The newest book that is effective at `moment`, else the price file of this release."""
    rows = PriceBook.objects.filter(effective_from__lte=moment).order_by("-effective_from", "-id")
    newest = rows.values_list("id", "digest").first()
    return of_book(*newest) if newest is not None else bundled()


class Layer:
    """The overrides of one team, or of the organisation."""

    def __init__(self, rows: Iterable[PriceOverride], source: str) -> None:
        self._exact: dict[str, Price] = {}
        self._patterns: list[tuple[str, Price]] = []
        for row in rows:
            name = row.model.lower()
            if any(mark in name for mark in "*?["):
                self._patterns.append((name, _price(row, source)))
            self._exact[name] = _price(row, source)
        self._patterns.sort(key=lambda item: -len(item[0]))  # the longer, the more particular

    def price(self, names: Sequence[str]) -> Price | None:
        for name in names:
            if name in self._exact:
                return self._exact[name]
        return next((price for pattern, price in self._patterns if any(fnmatchcase(n, pattern) for n in names)), None)


class OverriddenPrices(PriceTable):
    """`layers` come before the prices of `listed`, in order."""

    def __init__(self, layers: Sequence[Layer], listed: PriceTable) -> None:
        super().__init__({}, source=listed.source)
        self._layers = layers
        self._listed = listed
        self._decided: dict[tuple[str, str], Price | None] = {}

    def price(self, vendor: str, model: str, base_url: str = "") -> Price | None:
        key = (vendor, model)
        if key not in self._decided:
            if len(self._decided) >= _MOST_CACHED:
                self._decided.clear()
            name = model.strip().lower()
            found = (layer.price((f"{vendor}/{name}", name)) for layer in self._layers)
            self._decided[key] = next((price for price in found if price is not None), None)
        own = self._decided[key]
        return own if own is not None else self._listed.price(vendor, model, base_url)

    def dearest_of_family(self, vendor: str, model: str, base_url: str = "") -> Price | None:
        return self._listed.dearest_of_family(vendor, model, base_url)


class PricesByTeam:
    """Teams without overrides of their own share the organisation's table."""

    def __init__(self, rows: Iterable[PriceOverride], listed: PriceTable | None = None) -> None:
        listed = listed or bundled()
        by_team: dict[int | None, list[PriceOverride]] = defaultdict(list)
        for row in rows:
            by_team[row.team_id].append(row)
        common = Layer(by_team.pop(None, []), "override")
        self._common = OverriddenPrices([common], listed)
        self._own = {
            team: OverriddenPrices([Layer(own, "override of the team"), common], listed)
            for team, own in by_team.items()
        }

    def of(self, team_id: int | None) -> PriceTable:
        return self._own.get(team_id, self._common) if team_id is not None else self._common


def _price(row: PriceOverride, source: str) -> Price:
    if row.is_free:
        return Price(Rates(_NOTHING, _NOTHING, _NOTHING, _NOTHING, _NOTHING), free=True, source=source)
    rates = Rates(row.input, row.output, row.cache_read, row.cache_write_5m, row.cache_write_1h)
    return Price(rates, source=source)
