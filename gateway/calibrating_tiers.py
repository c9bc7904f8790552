"""Once a day: what the answers of 30 days tell of the bounds of each policy that asks for it (routing/calibrating.py)."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator
from dataclasses import dataclass

import structlog
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from gateway.models import Operation
from routing import suggestions
from routing.calibrating import Evidence, Row, answers_of, bands, evidence
from routing.choices import Calibrate
from routing.models import CalibrationSuggestion, RoutingPolicy
from routing.tiers import Bounds

log = structlog.get_logger("lynkr.calibration")

DAYS = 30
MOST = 50_000
SECONDS = 20.0
_ENDED = ("completed", "truncated", "failed", "interrupted")
_COLUMNS = ("tier", "score", "decision", "status", "error_code")


@dataclass(slots=True)
class Answers:
    """Those near a bound, newest first, of `policy`'s team; of the organisation's policy, of all teams that have none of
    their own. After they were read: `count`, and `whole`: no operation of the days was left out."""

    policy: RoutingPolicy
    bounds: Bounds
    most: int = MOST
    seconds: float = SECONDS
    count: int = 0
    whole: bool = True

    def rows(self) -> Iterator[Row]:
        """A partition at a time, until `most` operations were read or `seconds` have passed."""
        until, left, today = time.monotonic() + self.seconds, self.most, timezone.now().date()
        for back in range(DAYS):
            if time.monotonic() > until:  # also where no row of a day is near a bound
                self.whole = False
                return
            for operation in self._of(today - dt.timedelta(days=back))[: left + 1].iterator(2_000):
                if not left or time.monotonic() > until:
                    self.whole = False
                    return
                left -= 1
                for row in answers_of(*operation):
                    self.count += 1
                    yield row

    def _of(self, day: dt.date) -> QuerySet[Operation, tuple]:  # type: ignore[type-arg]
        near = Q()
        for below, above in bands(self.bounds):
            near |= Q(score__gte=below.start, score__lt=above.stop)
        found = Operation.objects.filter(near, day=day, status__in=_ENDED, decision__mode="auto")
        if self.policy.team_id is not None:
            found = found.filter(team_id=self.policy.team_id)
        else:
            own = list(RoutingPolicy.objects.exclude(team=None).values_list("team_id", flat=True))
            found = found.exclude(team_id__in=own)
        return found.order_by("-id").values_list(*_COLUMNS)


def calibrate(most: int = MOST, seconds: float = SECONDS) -> int:
    """For every policy that is not "off"; how many have a suggestion, or other bounds, of it. One at a time in its own
    transaction: running twice makes nothing twice."""
    found = 0
    for policy in RoutingPolicy.objects.exclude(calibrate=Calibrate.OFF).select_related("team").order_by("id"):
        bounds = Bounds(policy.simple_up_to, policy.medium_up_to, policy.complex_up_to)
        answers = Answers(policy, bounds, most, seconds)
        seen = [_named(one) for one in evidence(answers.rows(), bounds)]
        found += _keep(policy, answers, seen)
    return found


def _named(one: Evidence) -> Evidence:
    """By the name of the policy's field."""
    one.name = f"{one.name}_up_to"
    return one


@transaction.atomic
def _keep(policy: RoutingPolicy, answers: Answers, seen: list[Evidence]) -> bool:
    """The open suggestion is the newest that the answers support; none where nothing moves, or where somebody dismissed the
    same in the last days."""
    RoutingPolicy.objects.select_for_update().filter(pk=policy.pk).first()  # two runs at once
    open_rows = policy.suggestions.filter(state="open")
    bounds = [one.as_record() for one in seen]
    if all(one.old == one.new for one in seen) or _is_dismissed(policy, bounds):
        open_rows.delete()
        return False
    now = timezone.now()
    content = {
        "bounds": bounds,
        "answers": answers.count,
        "since": (now.date() - dt.timedelta(days=DAYS - 1)).isoformat(),
        "whole": answers.whole,
    }
    row = open_rows.first()
    if row is None:
        row = policy.suggestions.create(computed_at=now, evidence=content)
    else:  # no event of the audit log for each day
        open_rows.update(computed_at=now, evidence=content)
    if policy.calibrate == Calibrate.APPLY:
        try:
            suggestions.apply(row, by_itself=True)
        except ValidationError as problem:  # somebody edited the policy meanwhile: tomorrow is another day
            log.warning("calibration not applied", policy=policy.pk, problem=" ".join(problem.messages))
            return False
    return True


def _is_dismissed(policy: RoutingPolicy, bounds: list[dict[str, object]]) -> bool:
    since = timezone.now() - dt.timedelta(days=DAYS)
    dismissed = CalibrationSuggestion.objects.filter(policy=policy, state="dismissed", computed_at__gte=since)
    return any(_moves(row.evidence["bounds"]) == _moves(bounds) for row in dismissed)


def _moves(bounds: list[dict[str, object]]) -> list[tuple[object, object]]:
    return [(row["old"], row["new"]) for row in bounds]
