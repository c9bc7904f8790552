"""Rows a caller names: found among what exists for them, or not at all (SSO-9)."""

from typing import Any, TypeVar

from django.db import DataError
from django.db.models import Model, QuerySet

from accounts.rights import NotYours

Row = TypeVar("Row", bound=Model)


def one(rows: QuerySet[Row], **named: Any) -> Row:
    """Raises `NotYours`."""
    try:
        return rows.get(**named)
    except (rows.model.DoesNotExist, ValueError, DataError):
        raise NotYours from None


def change(row: Model, values: dict[str, Any]) -> None:
    """Checked, then saved. Raises Django's `ValidationError`."""
    for name, value in values.items():
        setattr(row, name, value)
    row.full_clean()
    if values:
        row.save(update_fields=list(values))
