"""The capture-rate alarm: how much of what a provider bills is known here (UNK-1)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from gateway import capture, partitions, tasks
from gateway.models import Alert, Attempt
from lynkr_site.ids import uuid7


def attempts(account: str, count: int, *, days_ago: int = 0, **more: Any) -> None:
    day = partitions.today() - dt.timedelta(days=days_ago)
    values: dict[str, Any] = {"input_tokens": 10, "output_tokens": 5, "cost_usd": Decimal("0.01"), "status": "settled"}
    Attempt.objects.bulk_create(
        Attempt(
            id=uuid7(),
            day=day,
            started_at=timezone.now() - dt.timedelta(days=days_ago),
            operation_id=uuid7(),
            account=account,
            vendor="openai",
            model="m",
            dialect="openai_chat",
            **{**values, **more},
        )
        for _ in range(count)
    )


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"cost_usd": None}, "2 without a known price, 0 without usage"),
        ({"is_estimate": True}, "0 without a known price, 2 without usage"),
    ],
)
def test_an_account_of_which_too_little_is_known_opens_an_alert(db: str, wrong: dict[str, Any], words: str) -> None:
    """UNK-1: per provider and day, whatever the reason is."""
    attempts("fine", 30)
    attempts("leaky", 28)
    attempts("leaky", 2, **wrong)
    assert tasks.check_capture() == ["leaky"]
    alert = Alert.objects.get()
    assert (alert.kind, alert.subject, alert.closed_at) == (capture.ALERT, "leaky", None)
    assert words in alert.message
    assert str(partitions.today()) in alert.message
    assert tasks.check_capture() == ["leaky"]
    assert Alert.objects.count() == 1


def test_the_alert_is_closed_when_it_is_over(db: str) -> None:
    attempts("leaky", 30, cost_usd=None)
    tasks.check_capture()
    capture.check(timezone.now() + dt.timedelta(days=2))
    assert Alert.objects.get().closed_at is not None


def test_a_yesterday_that_went_wrong_is_still_told_today(db: str) -> None:
    attempts("leaky", 30, days_ago=1, cost_usd=None)
    attempts("leaky", 30)
    assert tasks.check_capture() == ["leaky"]


def test_few_answers_callers_who_left_and_failures_are_no_alarm(db: str) -> None:
    attempts("small", 19, cost_usd=None)
    attempts("left", 30, status="interrupted", is_estimate=True)
    attempts("failing", 30, status="failed", input_tokens=None, output_tokens=None, cost_usd=None)
    assert tasks.check_capture() == []
    assert not Alert.objects.exists()
