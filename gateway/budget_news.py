"""Tells people that a budget is half, four fifths or wholly spent, or past its soft limit: each once a window."""

from __future__ import annotations

import math
from decimal import Decimal

import httpx
import structlog
from django.core.mail import send_mail
from django.db.models import Q, Sum
from django.utils import timezone

from accounts.models import Budget, BudgetWindow, NotificationChannel
from accounts.windows import Span, span
from gateway import secrets
from gateway.leases import BudgetView
from gateway.snapshot.budgets import views

log = structlog.get_logger("lynkr.budgets")

PERCENTAGES = (50, 80, 100)
_SECONDS = 10


def tell() -> int:
    """How many pieces of news went out. May run twice or late: a counted UPDATE claims each before it is sent."""
    told = 0
    now = timezone.now()
    for row, seen in views():
        when = span(seen.window, now)
        window = BudgetWindow.objects.filter(budget=row, window_start__range=(when.since, when.start))
        spent = window.aggregate(spent=Sum("spent"))["spent"] or Decimal(0)
        limit = seen.limit_at(now.timestamp())
        if limit <= 0 or spent <= 0:
            continue
        reached = max((mark for mark in _marks(seen, now.timestamp(), limit) if spent * 100 >= mark * limit), default=0)
        if reached and _claim(row, when, reached):
            told += _send(row, when, reached, f"The {seen}: {reached} % reached, {spent:.2f} of {limit:.2f} USD spent.")
    return told


def _marks(seen: BudgetView, now: float, limit: Decimal) -> list[int]:
    soft = seen.soft_at(now)
    return [*PERCENTAGES, *([max(1, math.ceil(soft * 100 / limit))] if soft is not None else [])]


def _claim(row: Budget, when: Span, reached: int) -> bool:
    """Whether this window was not told of `reached` or more before, by any of its steps."""
    rows = BudgetWindow.objects.filter(budget=row, window_start__range=(when.since, when.start))
    if rows.filter(notified__gte=reached).exists():
        return False
    BudgetWindow.objects.get_or_create(budget=row, window_start=when.start)
    return bool(rows.filter(window_start=when.start, notified__lt=reached).update(notified=reached))


def _send(row: Budget, when: Span, reached: int, text: str) -> int:
    """To the channels of its team, and of the organisation. If none of them takes it, it is tried again."""
    team = row.team_id or (row.key.team_id if row.key is not None else None)
    text = "".join(ch if ch.isprintable() else " " for ch in text)  # a key's name is its holder's to choose
    channels = list(NotificationChannel.objects.filter(Q(team=None) | Q(team=team), enabled=True))
    sent = sum(_sent(channel, text) for channel in channels)
    if channels and not sent:
        BudgetWindow.objects.filter(budget=row, window_start=when.start, notified=reached).update(notified=0)
    return int(bool(sent))


def _sent(channel: NotificationChannel, text: str) -> bool:
    """The address of a webhook is a secret: no error may show it (LEK-7)."""
    try:
        if channel.kind == NotificationChannel.Kind.EMAIL:
            to = [address.strip() for address in channel.addresses.split(",") if address.strip()]
            return bool(to) and send_mail("Lynkr: budget", text, None, to) > 0
        if channel.sealed_url is None:
            return False
        answer = httpx.post(secrets.open_sealed(channel.sealed_url), json={"text": _for_slack(text)}, timeout=_SECONDS)
    except (OSError, httpx.HTTPError, httpx.InvalidURL, secrets.CannotOpen) as problem:
        log.warning("a notification was not taken", channel=channel.pk, problem=type(problem).__name__)
        return False
    if answer.status_code >= 300:
        log.warning("a notification was not taken", channel=channel.pk, status=answer.status_code)
    return answer.status_code < 300


def _for_slack(text: str) -> str:
    """Who names a key must not call a channel (``<!channel>``) or hide an address behind words (docs.slack.dev, "Formatting
    message text")."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
