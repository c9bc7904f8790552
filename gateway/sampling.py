"""Stored requests read for what they tell of a policy: features and usage, no prompts. Never for the event loop."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db.models import Sum
from django.utils import timezone

from gateway.chat.usage import Usage
from gateway.explaining import ASSUMED, Expected
from gateway.models import Operation, UsageDay
from gateway.shadowing import Compared
from gateway.simulating import Served
from routing.tiers import TargetRef, Tier

MOST = 20_000
SECONDS = 4.0
_ENOUGH = 20  # requests of a tier before their average says something
_COLUMNS = (
    "started_at", "tier", "account", "model", "decision__mode", "features", "cost_usd", "input_tokens", "output_tokens",
    "cache_read_tokens", "cache_write_5m_tokens", "cache_write_1h_tokens", "reasoning_tokens", "team_id",
)  # fmt: skip


@dataclass(slots=True)
class Sample:
    """`rows` newest first. After they were read: `oldest`, and `whole`: nothing of the days was left out."""

    team_ids: Sequence[int]
    days: int
    most: int = MOST
    seconds: float = SECONDS
    oldest: dt.datetime | None = None
    whole: bool = True

    def rows(self) -> Iterator[Served]:
        """Requests that were served, of the last `days` (UTC), until there were `most` or `seconds` have passed."""
        until = time.monotonic() + self.seconds
        since = timezone.now() - dt.timedelta(days=self.days)
        found = (
            Operation.objects.filter(team_id__in=self.team_ids, day__gte=since.date(), started_at__gte=since)
            .exclude(account="")
            .order_by("-id")
            .values_list(*_COLUMNS)[: self.most + 1]
        )
        for count, row in enumerate(found.iterator(2_000)):
            if count >= self.most or time.monotonic() > until:
                self.whole = False
                return
            self.oldest = row[0]
            yield served(row)


def served(row: tuple) -> Served:  # type: ignore[type-arg]
    _, tier, account, model, mode, features, amount, *tokens, team_id = row
    return Served(
        mode=mode or "",
        tier=Tier.parse(tier),
        target=TargetRef(account, model),
        record=features if isinstance(features, dict) else {},
        usage=Usage(*tokens),
        paid=amount,
        team_id=team_id or 0,
    )


def expected_output(team_id: int) -> Expected:
    """What this team's answers were long in the last 30 days, by tier, from the roll-ups."""
    since = timezone.now().date() - dt.timedelta(days=30)
    rows = (
        UsageDay.objects.filter(team_id=team_id, day__gte=since)
        .values_list("tier")
        .annotate(Sum("output_tokens"), Sum("operations"))
    )
    found = {}
    for word, tokens, operations in rows:
        tier = Tier.parse(word or "")
        if tier is not None and operations and operations >= _ENOUGH:
            found[tier] = round(tokens / operations)
    if not found:
        return ASSUMED
    return Expected({**ASSUMED.tokens, **found}, "average of the team's last 30 days")


def shadowed_rows(team_id: int, shadow_id: int, since: dt.datetime, most: int = MOST) -> Iterator[Compared]:
    """Requests that the candidate `shadow_id` judged, newest first, of 30 days at most. `since`: when it began; older rows
    are not even looked at."""
    since = max(since, timezone.now() - dt.timedelta(days=30))
    rows = (
        Operation.objects.filter(
            team_id=team_id, day__gte=since.date(), started_at__gte=since, features__shadow__id=shadow_id
        )
        .order_by("-id")
        .values_list("id", "started_at", "features", "cost_usd", "score", "account", "model")[:most]
    )
    for id_, at, features, amount, score, account, model in rows.iterator(2_000):
        served_by = f"{account}/{model}" if account else ""
        yield Compared(id_, at, features["shadow"], amount, score, served_by)
