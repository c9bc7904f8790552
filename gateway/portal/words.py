"""Figures as people read them, and links that keep the rest of the address; the template library ``portal``.

What is not known is "unknown", never 0. The exact figure is for the title of what was rounded.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django import template
from django.utils import timezone

from gateway.reports import Totals

register = template.Library()
UNKNOWN = "unknown"
_THOUSANDS = ((10**12, "T"), (10**9, "B"), (10**6, "M"), (10**3, "K"))


@register.filter
def usd(value: Decimal | float | None) -> str:
    """$0.0042, $12.34, $12,345, $1.23M."""
    if value is None:
        return UNKNOWN
    size = abs(value)
    sign = "-" if value < 0 else ""
    if size and size < Decimal("0.01"):
        return f"{sign}${size:.4f}" if size >= Decimal("0.0001") else f"{sign}<$0.0001"
    if size < 1000:
        return f"{sign}${size:,.2f}"
    return f"{sign}${size:,.0f}" if size < 10**6 else f"{sign}${_short(size)}"


@register.filter
def money(text: str | None) -> str:
    """`usd` of an amount that was kept as text."""
    return usd(Decimal(text) if text is not None else None)


@register.filter
def usd_exact(value: Decimal | None) -> str:
    if value is None:
        return UNKNOWN
    text = f"{value:,.10f}".rstrip("0")
    whole, _, rest = text.partition(".")
    return f"{whole}.{rest:0<2} USD"


@register.filter
def count(value: int | None) -> str:
    """1,234 up to ten thousand, then 12.3K, 4.56M."""
    if value is None:
        return UNKNOWN
    return f"{value:,}" if abs(value) < 10_000 else _short(value)


@register.filter
def count_exact(value: int | None) -> str:
    return UNKNOWN if value is None else f"{value:,}"


@register.filter
def percent(share: float | None) -> str:
    """Of 0..1, or as far below 0; small but not nothing is not written as 0."""
    if share is None:
        return "–"
    if 0 < abs(share) < 0.001:
        return "<0.1 %" if share > 0 else "-<0.1 %"
    return f"{share * 100:.0f} %" if abs(share) >= 0.1 or share == 0 else f"{share * 100:.1f} %"


@register.filter
def fine(share: float) -> str:
    """Of 0..1, with two digits where it is small: the ends of an interval are told apart from nothing and from all."""
    if share <= 0 or share >= 1:
        return "100 %" if share >= 1 else "0 %"
    return f"{share * 100:.2f} %" if share < 0.1 else percent(share)


@register.filter
def change(value: float) -> str:
    """How much more or less; its direction is said beside it."""
    size = abs(value)
    return f"{size * 100:.0f} %" if size < 10 else f"{size + 1:,.0f} times"


@register.filter
def hundred(share: float | None) -> float:
    """For the width of a bar of 100."""
    return round(min(1.0, max(0.0, share or 0.0)) * 100, 2)


@register.filter
def prompt(totals: Totals) -> int:
    """All input, cached or not."""
    return totals.input_tokens + totals.cache_read_tokens + totals.cache_write_tokens


@register.filter
def cost_unknown(totals: Totals) -> bool:
    """Whether nothing of the cost is known: 0 would be a lie."""
    return bool(totals.unpriced_attempts) and not totals.cost_usd


@register.filter
def amount(value: Decimal | None) -> str:
    """Money for a field of a form."""
    return "" if value is None else f"{value:.2f}" if value == round(value, 2) else f"{value.normalize():f}"


@register.filter
def moment(value: dt.datetime | None) -> str:
    """12 Nov 2026, 14:05 UTC."""
    return f"{_utc(value):%-d %b %Y, %H:%M} UTC" if value else "never"


@register.filter
def when(value: dt.datetime) -> str:
    """27 Nov 14:05:09, in lists."""
    return f"{_utc(value):%-d %b %H:%M:%S}"


@register.filter
def took(milliseconds: int | None) -> str:
    """840 ms, 4.2 s, 1 min 12 s."""
    if milliseconds is None:
        return "–"
    if milliseconds < 1000:
        return f"{milliseconds} ms"
    if milliseconds < 60_000:
        return f"{milliseconds / 1000:.1f} s"
    minutes, rest = divmod(round(milliseconds / 1000), 60)
    return f"{minutes} min {rest} s"


@register.filter
def span(value: dt.timedelta | None) -> str:
    """How long, in the largest unit that fits: 41 s, 12 min, 3 h, 5 days."""
    if value is None:
        return UNKNOWN
    seconds = max(0, round(value.total_seconds()))
    for size, unit in ((86_400, "days"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size or (size < 86_400 and seconds >= size):
            return f"{seconds // size:,} {unit}"
    return f"{seconds} s"


@register.filter
def spaced(word: str) -> str:
    """budget_exceeded, as people write it."""
    return word.replace("_", " ")


@register.filter
def known(value: int | None) -> str:
    """A count that was reported, else a dash: not reported is not 0."""
    return "–" if value is None else count(value)


@register.filter
def day(value: dt.date | None) -> str:
    if isinstance(value, dt.datetime):
        value = _utc(value).date()
    return f"{value:%-d %b %Y}" if value else "never"


@register.simple_tag(takes_context=True)
def link(context: Any, **changes: Any) -> str:
    """The address of this page with some parameters changed; None takes one out."""
    query = context["request"].GET.copy()
    for name, value in changes.items():
        name = name.removesuffix("_")
        if value is None:
            query.pop(name, None)
        else:
            query[name] = value
    return f"?{query.urlencode()}"


def _utc(value: dt.datetime) -> dt.datetime:
    return timezone.localtime(value, dt.UTC)


def _short(value: Decimal | float) -> str:
    for size, letter in _THOUSANDS:
        if abs(value) >= size:
            scaled = float(value) / size
            digits = 2 if abs(scaled) < 10 else 1 if abs(scaled) < 100 else 0
            return f"{scaled:.{digits}f}{letter}"
    return f"{value:.0f}"
