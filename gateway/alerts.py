"""Open and close `Alert`s: one open row for each kind and subject, however often it is seen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.db import connection, transaction
from django.utils import timezone

from gateway.models import Alert

_OPEN = """
INSERT INTO gateway_alert AS stored (kind, subject, message, opened_at, last_seen_at) VALUES (%s, %s, %s, now(), now())
ON CONFLICT (kind, subject) WHERE closed_at IS NULL DO UPDATE SET message = EXCLUDED.message, last_seen_at = now()
"""


def settle(kind: str, found: Mapping[str, str], among: Iterable[str] | None = None) -> None:
    """`found` (subject -> message) is what is wrong now: opened, or seen again. Every other open alert of this kind is
    closed; with `among`, only those of these subjects, because nothing else was looked at."""
    with transaction.atomic():
        over = Alert.objects.filter(kind=kind, closed_at=None).exclude(subject__in=[key[:120] for key in found])
        if among is not None:
            over = over.filter(subject__in=list(among))
        over.update(closed_at=timezone.now())
        with connection.cursor() as cursor:
            for subject in sorted(found):
                cursor.execute(_OPEN, [kind, subject[:120], found[subject][:500]])
