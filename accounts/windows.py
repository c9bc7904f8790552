"""When a budget's window began. Pure: a window and a moment in, a moment out; never from when something last ran (RST-8)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cache
from zoneinfo import ZoneInfo

_HOUR, _DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
_ROLLING_DAYS = {"week": 7, "month": 30}
_ROLLING_HOURS = 24


@dataclass(frozen=True, slots=True)
class Window:
    """`kind`: day | week (from Monday) | month, by the calendar of `time_zone` (IANA name); `rolling`: the last 24 hours,
    7 days or 30 days instead, in steps of an hour (day) or a day of `time_zone` (week, month)."""

    kind: str
    rolling: bool = False
    time_zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Span:
    """What money is counted under at a moment. `start`: where what is spent now is added; the spending of every start from
    `since` on counts (the same for a calendar window); `end`: when the next `start` begins. Aware, in UTC."""

    since: dt.datetime
    start: dt.datetime
    end: dt.datetime


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def span(window: Window, now: dt.datetime) -> Span:
    """The span at `now` (aware). Days are 23 or 25 hours long when clocks change; a midnight that clocks skip is the first
    moment after it. Raises KeyError for an unknown kind, ZoneInfoNotFoundError for an unknown zone."""
    if window.rolling and window.kind == "day":
        start = now.astimezone(dt.UTC).replace(minute=0, second=0, microsecond=0)
        return Span(start - (_ROLLING_HOURS - 1) * _HOUR, start, start + _HOUR)
    today = now.astimezone(_zone(window.time_zone)).date()
    if window.rolling:
        back = _ROLLING_DAYS[window.kind] - 1
        return Span(_midnight(window, today - back * _DAY), _midnight(window, today), _midnight(window, today + _DAY))
    first, following = _BOUNDS[window.kind](today)
    start = _midnight(window, first)
    return Span(start, start, _midnight(window, following))


def window_start(window: Window, now: dt.datetime) -> dt.datetime:
    """Where what is spent at `now` is counted (aware, UTC)."""
    return span(window, now).start


def _midnight(window: Window, day: dt.date) -> dt.datetime:
    local = dt.datetime(day.year, day.month, day.day, tzinfo=_zone(window.time_zone))
    return local.astimezone(dt.UTC)


def _day(today: dt.date) -> tuple[dt.date, dt.date]:
    return today, today + _DAY


def _week(today: dt.date) -> tuple[dt.date, dt.date]:
    monday = today - today.weekday() * _DAY
    return monday, monday + 7 * _DAY


def _month(today: dt.date) -> tuple[dt.date, dt.date]:
    first = today.replace(day=1)
    return first, (first + 31 * _DAY).replace(day=1)


_BOUNDS = {"day": _day, "week": _week, "month": _month}
