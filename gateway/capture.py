"""How much of what providers will bill is known here, per account and day (UNK-1).

An answer is captured when the provider told its usage and its price is known. Little captured means that books and budgets
are too low, whatever the reason: a model without a price, a proxy that strips usage, a decoder that misses it.
"""

from __future__ import annotations

import datetime as dt

from django.db.models import Count, Q

from gateway.alerts import close_alert, raise_alert
from gateway.models import Alert, Attempt

ALERT = "capture_rate"
LEAST_ANSWERS = 20
LEAST_SHARE = 0.95
_ANSWERED = ("settled", "truncated", "interrupted")
_PRICED = Q(cost_usd__isnull=False)
# A caller who leaves makes an estimate of a stream; only a whole answer without usage is the provider's fault.
_COUNTED = ~Q(is_estimate=True, status="settled")


def check(now: dt.datetime) -> list[str]:
    """Open an alert for each account with too little captured today or yesterday (UTC), close those of the others; the
    accounts with one."""
    today = now.astimezone(dt.UTC).date()
    found: dict[str, str] = {}
    for day in (today - dt.timedelta(days=1), today):
        for account, answers, captured, unpriced, uncounted in _rates(day):
            if answers >= LEAST_ANSWERS and captured < LEAST_SHARE * answers:
                found[account] = (
                    f"Of {answers} answers of {account} on {day} the cost of {answers - captured} is not certain: "
                    f"{unpriced} without a known price, {uncounted} without usage from the provider."
                )
    for account, message in found.items():
        raise_alert(ALERT, account, message)
    for subject in Alert.objects.filter(kind=ALERT, closed_at=None).values_list("subject", flat=True):
        if subject not in found:
            close_alert(ALERT, subject)
    return sorted(found)


def _rates(day: dt.date) -> list[tuple[str, int, int, int, int]]:
    """(account, answers, captured, without a price, without usage) of `day`."""
    rows = Attempt.objects.filter(day=day, status__in=_ANSWERED).exclude(Q(input_tokens=None) & Q(output_tokens=None))
    return list(
        rows.order_by()
        .values_list("account")
        .annotate(
            answers=Count("id"),
            captured=Count("id", filter=_PRICED & _COUNTED),
            unpriced=Count("id", filter=~_PRICED),
            uncounted=Count("id", filter=~_COUNTED),
        )
    )
