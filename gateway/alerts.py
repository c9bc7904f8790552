"""What an operator should look at: one open row for each kind and subject, closed when it is over."""

from __future__ import annotations

import structlog
from django.utils import timezone

from gateway.models import Alert

log = structlog.get_logger("lynkr.alerts")


def raise_alert(kind: str, subject: str, message: str) -> Alert:
    """Open the alert, or say the latest of it if it is open. Never holds a credential or content."""
    alert, opened = Alert.objects.update_or_create(
        kind=kind[:40], subject=subject[:120], closed_at=None, defaults={"message": message[:500]}
    )
    if opened:
        log.warning("alert", kind=kind, subject=subject, problem=message)
    return alert


def close_alert(kind: str, subject: str) -> bool:
    """Whether one was open."""
    closed = Alert.objects.filter(kind=kind, subject=subject, closed_at=None).update(closed_at=timezone.now())
    return bool(closed)
