"""Suggested bounds, put in force or put away."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from routing.models import CalibrationSuggestion, RoutingPolicy

State = CalibrationSuggestion.State


@transaction.atomic
def apply(suggestion: CalibrationSuggestion, author: Any = None, by_itself: bool = False) -> RoutingPolicy:
    """Sets the bounds as a new version of the policy, whose reason tells the evidence. Raises ValidationError for one that
    is not open, or whose policy has had other bounds since it was made."""
    locked = _open(suggestion)
    policy = RoutingPolicy.objects.select_for_update().get(pk=locked.policy_id)
    if any(getattr(policy, row["bound"]) != row["old"] for row in locked.evidence["bounds"]):
        raise ValidationError("The bounds of the policy have changed since this was suggested.")
    for row in locked.moves():
        setattr(policy, row["bound"], row["new"])
    policy.by, policy.why = (
        author,
        f"{'calibrated by itself' if by_itself else 'calibration applied'}: {reason(locked)}",
    )
    policy.save()
    _decide(locked, State.APPLIED)
    return policy


@transaction.atomic
def dismiss(suggestion: CalibrationSuggestion) -> None:
    """Raises ValidationError for one that is not open."""
    _decide(_open(suggestion), State.DISMISSED)


def reason(suggestion: CalibrationSuggestion) -> str:
    """In one line: each move, and the answers it rests on."""
    return "; ".join(map(_told, suggestion.moves()))


def _told(row: dict[str, Any]) -> str:
    band = row["above"] if row["new"] > row["old"] else row["below"]
    return f"{row['bound'].replace('_', ' ')} {row['old']} to {row['new']} ({band['ok']} of {band['n']} answers good)"


def _open(suggestion: CalibrationSuggestion) -> CalibrationSuggestion:
    locked = CalibrationSuggestion.objects.select_for_update().get(pk=suggestion.pk)
    if locked.state != State.OPEN:
        raise ValidationError(f"It is {locked.state} already.")
    return locked


def _decide(locked: CalibrationSuggestion, state: str) -> None:
    locked.state = state
    locked.save(update_fields=["state"])
