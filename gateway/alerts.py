"""What an operator should look at: one open row for each kind and subject, closed when it is over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import structlog
from django.db import connection, transaction
from django.utils import timezone

from gateway.models import Alert

log = structlog.get_logger("lynkr.alerts")

OPEN = """
INSERT INTO gateway_alert AS stored (kind, subject, message, opened_at, last_seen_at) VALUES (%s, %s, %s, now(), now())
ON CONFLICT (kind, subject) WHERE closed_at IS NULL DO UPDATE SET message = EXCLUDED.message, last_seen_at = now()
RETURNING opened_at = last_seen_at
"""


def values(kind: str, subject: str, message: str) -> list[str]:
    """Of the statement `OPEN`, for connections that are not Django's."""
    return [kind[:40], subject[:120], message[:500]]


def raise_alert(kind: str, subject: str, message: str) -> None:
    """Open the alert, or say the latest of it if it is open. Never holds a credential or content."""
    with connection.cursor() as cursor:
        cursor.execute(OPEN, values(kind, subject, message))
        opened = cursor.fetchone()
    if opened is not None and opened[0]:
        log.warning("alert", kind=kind, subject=subject, problem=message)


def close_alert(kind: str, subject: str) -> bool:
    """Whether one was open."""
    closed = Alert.objects.filter(kind=kind, subject=subject[:120], closed_at=None).update(closed_at=timezone.now())
    return bool(closed)


def settle(kind: str, found: Mapping[str, str], among: Iterable[str] | None = None) -> None:
    """`found` (subject -> message) is what is wrong now: opened, or seen again. Every other open alert of this kind is
    closed; with `among`, only those of these subjects, because nothing else was looked at."""
    with transaction.atomic():
        over = Alert.objects.filter(kind=kind, closed_at=None).exclude(subject__in=[key[:120] for key in found])
        if among is not None:
            over = over.filter(subject__in=list(among))
        over.update(closed_at=timezone.now())
        for subject in sorted(found):
            raise_alert(kind, subject, found[subject])
