"""History as the admin shows it: who, when, why, and what was different."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe

from routing.models import PolicyVersion, PriceOverride, TierMapVersion
from routing.policy_versions import differences, told

Version = PolicyVersion | TierMapVersion
_SHOWN = 8
_BREAK = mark_safe("<br>")


def changes_since(before: Any, version: Any) -> str:
    """In one line; "the first" where nothing came before."""
    if before is None:
        return "the first"
    return told(differences(before.content, version.content)) or "nothing"


def history_of(versions: Iterable[Any]) -> str:
    """The newest versions, of rows ordered newest first; one more than is shown, to tell what the last one changed."""
    rows = list(versions)
    earlier = [*rows[1:], None]
    shown = (
        (row.number, _when(row.created_at), row.author or "-", row.reason or "-", changes_since(before, row))
        for row, before in list(zip(rows, earlier, strict=True))[:_SHOWN]
    )
    return format_html_join(_BREAK, "<b>v{}</b> · {} · {} · {} · {}", shown) or "-"


def _when(moment: dt.datetime) -> str:
    """Formatted here: `format_html` makes text of its values before their format specifications are read."""
    return f"{moment.astimezone(dt.UTC):%Y-%m-%d %H:%M} UTC"


def history_in_audit(row: PriceOverride) -> str:
    """Of a row that has no versions of its own: from the audit log."""
    if row.pk is None:
        return "-"
    events = apps.get_model("accounts", "AuditEvent").objects.filter(object_type="priceoverride", object_id=str(row.pk))
    shown = (
        (
            _when(event.at),
            event.actor_name or "-",
            event.action,
            told(differences(event.before or {}, event.after or {})),
        )
        for event in events.order_by("-id")[:_SHOWN]
    )
    return format_html_join(_BREAK, "{} · {} · {} · {}", shown) or "-"
