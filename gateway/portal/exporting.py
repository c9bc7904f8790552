"""What a dashboard shows, as CSV: a line for each day and each value of the breakdown, streamed week by week."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse

from gateway import reports
from gateway.portal import figures, naming
from gateway.portal.figures import Breakdown
from gateway.portal.periods import Period
from gateway.reports import Dimension, Line, Scope

_STRIDE = dt.timedelta(days=7)
_END = object()
_MORE = {"cost_centre": ("team",), "key": ("key_prefix", "key_id"), "team": ("team_slug",), "user": ("user_id",)}


def response(
    request: HttpRequest, name: str, period: Period, scope: Scope, breakdown: Breakdown
) -> StreamingHttpResponse:
    """`name`: of the file, without an ending."""
    rows = _rows(period, scope, breakdown)
    body: Any = _in_threads(rows) if isinstance(request, ASGIRequest) else rows
    answer = StreamingHttpResponse(body, content_type="text/csv; charset=utf-8")
    file = f"lynkr-{name}-{period.first}-{period.last}-by-{breakdown.word}.csv"
    answer.headers["Content-Disposition"] = f'attachment; filename="{file}"'
    return answer


def _rows(period: Period, scope: Scope, breakdown: Breakdown) -> Iterator[str]:
    """Never more than a week in memory."""
    by: tuple[Dimension, ...] = ("day", breakdown.column)
    known: dict[Any, naming.Name] = {}
    centres = figures.cost_centres() if breakdown.word == "cost_centre" else {}
    header, first = True, period.first
    while first <= period.last:
        last = min(first + _STRIDE - dt.timedelta(days=1), period.last)
        lines = reports.usage(by, first, last, scope)
        known |= naming.names(breakdown.column, {line.values[1] for line in lines} - known.keys())
        named = [
            Line(
                _described(
                    breakdown, line.values, known[line.values[1]], centres.get(line.values[1], figures.NO_CENTRE)
                ),
                line.totals,
            )
            for line in lines
        ]
        columns = _columns(breakdown)
        written = reports.csv_rows(named, columns)  # type: ignore[arg-type]
        if not header:
            next(written)
        yield from written
        header, first = False, last + dt.timedelta(days=1)


def _columns(breakdown: Breakdown) -> Sequence[str]:
    return ("day", breakdown.word, *_MORE.get(breakdown.word, ()))


def _described(breakdown: Breakdown, values: tuple[Any, ...], name: naming.Name, centre: str) -> tuple[Any, ...]:
    day, value = values
    more = {"cost_centre": (name.team,), "key": (name.detail, value), "team": (name.team,), "user": (value,)}
    return (day, centre if breakdown.word == "cost_centre" else name.text, *more.get(breakdown.word, ()))


async def _in_threads(rows: Iterator[str]) -> AsyncIterator[str]:
    """Under ASGI: each step reads the database in Django's thread, in pieces worth sending."""
    while True:
        piece = await sync_to_async(_piece)(rows)
        if not piece:
            return
        yield piece


def _piece(rows: Iterator[str]) -> str:
    found: list[str] = []
    while len(found) < 500 and (row := next(rows, _END)) is not _END:
        found.append(str(row))
    return "".join(found)
