"""The table of a breakdown: ordered by what the address says (``?sort=&up=``), so that it works without scripts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from gateway.portal.figures import Figures, Row, tokens

MOST = 50  # rows, unless all are asked for
_ORDERS: dict[str, Callable[[Row], Any]] = {
    "name": lambda row: row.name.text.lower(),
    "requests": lambda row: row.totals.operations,
    "errors": lambda row: row.error_share or 0.0,
    "input": lambda row: row.totals.input_tokens + row.totals.cache_read_tokens + row.totals.cache_write_tokens,
    "output": lambda row: row.totals.output_tokens,
    "cache": lambda row: row.totals.cache_share or 0.0,
    "tokens": lambda row: tokens(row.totals),
    "saved": lambda row: row.totals.saved_usd,
    "cost": lambda row: row.totals.cost_usd,
}
_TITLES = {
    "name": "",
    "requests": "Requests",
    "errors": "Errors",
    "input": "Input",
    "output": "Output",
    "cache": "Cached",
    "saved": "Saved",
    "cost": "Cost",
}


@dataclass(frozen=True, slots=True)
class Column:
    """`aria`: how it is ordered by, or nothing; `up`: what a click on it asks for."""

    word: str
    title: str
    aria: str
    up: str | None


@dataclass(frozen=True, slots=True)
class Table:
    columns: list[Column]
    rows: list[Row]
    hidden: int


def table(request: HttpRequest, found: Figures) -> Table:
    """Names from A, figures from the largest, unless the address says ``up``."""
    word = request.GET.get("sort", "cost")
    word = word if word in _TITLES else "cost"
    up = request.GET.get("up", "1" if word == "name" else "0") == "1"
    rows = sorted(found.rows, key=_ORDERS[word], reverse=not up)
    shown = rows if request.GET.get("rows") == "all" else rows[:MOST]
    columns = [_column(name, title or found.breakdown.title, word, up) for name, title in _TITLES.items()]
    return Table(columns, shown, len(rows) - len(shown))


def _column(name: str, title: str, by: str, up: bool) -> Column:
    if name != by:
        return Column(name, title, "", None)
    return Column(name, title, "ascending" if up else "descending", "0" if up else "1")
