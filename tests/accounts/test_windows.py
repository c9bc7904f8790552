"""When a budget's window began (RST-1..8)."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.windows import Window, span, window_start

UTC = dt.UTC
FIRST, LAST = dt.datetime(2020, 1, 1), dt.datetime(2035, 1, 1)  # noqa: DTZ001 (hypothesis takes them naive)
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Apia", "America/Santiago")
WINDOWS = [
    Window(kind, rolling, zone) for kind in ("day", "week", "month") for rolling in (False, True) for zone in ZONES
]


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("window", "now", "start", "end"),
    [
        (Window("day"), "2026-11-22T12:00", "2026-11-22T00:00", "2026-11-23T00:00"),
        (Window("week"), "2026-11-22T12:00", "2026-11-16T00:00", "2026-11-23T00:00"),
        (Window("month"), "2026-12-31T23:59", "2026-12-01T00:00", "2027-01-01T00:00"),
        (Window("day", time_zone="Asia/Kolkata"), "2026-11-22T18:29", "2026-11-21T18:30", "2026-11-22T18:30"),
        (Window("month", time_zone="Europe/Berlin"), "2026-10-31T22:59", "2026-09-30T22:00", "2026-10-31T23:00"),
        (Window("day", time_zone="Europe/Berlin"), "2026-03-29T12:00", "2026-03-28T23:00", "2026-03-29T22:00"),
        (Window("day", time_zone="Europe/Berlin"), "2026-10-25T12:00", "2026-10-24T22:00", "2026-10-25T23:00"),
        (Window("day", rolling=True), "2026-11-22T12:34", "2026-11-22T12:00", "2026-11-22T13:00"),
        (Window("week", rolling=True), "2026-11-22T12:34", "2026-11-22T00:00", "2026-11-23T00:00"),
    ],
)
def test_a_window_begins_where_its_calendar_says(window: Window, now: str, start: str, end: str) -> None:
    """RST-2, RST-8: one code for all, clocks that change included."""
    found = span(window, at(now))
    assert (found.start, found.end) == (at(start), at(end))


def test_rolling_windows_reach_back_their_length() -> None:
    now = at("2026-11-22T12:34")
    assert span(Window("day", True), now).since == at("2026-11-21T13:00")
    assert span(Window("week", True), now).since == at("2026-11-16T00:00")
    assert span(Window("month", True), now).since == at("2026-10-24T00:00")


@settings(max_examples=50, deadline=None)
@given(st.sampled_from(WINDOWS), st.datetimes(FIRST, LAST))
def test_every_moment_is_in_one_window_and_the_next_begins_at_its_end(window: Window, naive: dt.datetime) -> None:
    """RST-8: computed from the moment alone, so it does not drift whenever it is asked."""
    found = span(window, naive.replace(tzinfo=UTC))
    assert found.since <= found.start <= naive.replace(tzinfo=UTC) < found.end
    assert window_start(window, found.end - dt.timedelta(microseconds=1)) == found.start
    assert window_start(window, found.end) == found.end
