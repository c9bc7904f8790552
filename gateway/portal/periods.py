"""The days a page is about: ``?period=7d|30d|90d|month|custom&from=&to=``. Days are UTC, as the ledger's."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from gateway.partitions import today
from gateway.rollups import DAY

LONGEST = 400  # days
_LENGTHS = {"7d": 7, "30d": 30, "90d": 90}
CHOICES = (("7d", "7 days"), ("30d", "30 days"), ("90d", "90 days"), ("month", "This month"))


@dataclass(frozen=True, slots=True)
class Period:
    """`first` to `last`, both included. `problem`: why the days asked for were not taken."""

    word: str
    first: dt.date
    last: dt.date
    problem: str = ""

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def before(self) -> tuple[dt.date, dt.date]:
        """As many days before."""
        return self.first - self.days * DAY, self.first - DAY

    def __str__(self) -> str:
        if self.first == self.last:
            return f"{self.first:%-d %b %Y}"
        return f"{self.first:%-d %b} to {self.last:%-d %b %Y}"


def asked(query: Mapping[str, str]) -> Period:
    """30 days for what makes no sense, saying so."""
    word, now = query.get("period", "30d"), today()
    if word == "month":
        return Period(word, now.replace(day=1), now)
    if word != "custom":
        word = word if word in _LENGTHS else "30d"
        return Period(word, now - (_LENGTHS[word] - 1) * DAY, now)
    usual = Period("30d", now - 29 * DAY, now)
    try:
        first, last = (dt.date.fromisoformat(query.get(name, "")) for name in ("from", "to"))
    except ValueError:
        return _with(usual, "Give both days, as 2026-01-31. Shown are the last 30.")
    if not dt.date(2000, 1, 1) <= first <= last <= dt.date(2999, 12, 31):
        return _with(usual, "The first day must not be after the last. Shown are the last 30.")
    if (last - first).days >= LONGEST:
        return _with(usual, f"At most {LONGEST} days at once. Shown are the last 30.")
    return Period("custom", first, last)


def _with(usual: Period, problem: str) -> Period:
    return Period(usual.word, usual.first, usual.last, problem)
