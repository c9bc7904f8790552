"""The list of teams that may use a provider account: its changes are audited, and its last team's end does not open it.

The list is rows between two tables, so neither row changes with it: signals of the list itself are needed.
"""

from __future__ import annotations

from typing import Any

from django.db.models import signals

from accounts import audit
from accounts.models import Team
from gateway.models import ProviderAccount


def watch() -> None:
    """Connect the signals; once, when the apps are ready."""
    through = ProviderAccount.teams.through
    signals.m2m_changed.connect(_on_change, sender=through, dispatch_uid="account-teams-change")
    signals.pre_delete.connect(_before_end, sender=Team, dispatch_uid="account-teams-before-end")
    signals.post_delete.connect(_after_end, sender=Team, dispatch_uid="account-teams-after-end")


def _on_change(instance: Any, action: str, reverse: bool, pk_set: Any = None, **_: Any) -> None:
    if action.startswith("pre_"):
        instance._accounts_before = _lists(_touched(instance, reverse, pk_set))
    elif (before := instance.__dict__.pop("_accounts_before", None)) is not None:
        _tell(before)


def _touched(instance: Any, reverse: bool, pk_set: Any) -> Any:
    if not reverse:
        return ProviderAccount.objects.filter(pk=instance.pk)
    return instance.provider_accounts.all() if pk_set is None else ProviderAccount.objects.filter(pk__in=pk_set)


def _before_end(instance: Team, **_: Any) -> None:
    instance._accounts_before = _lists(instance.provider_accounts.all())  # type: ignore[attr-defined]


def _after_end(instance: Team, **_: Any) -> None:
    """An account that names no team is everybody's: one that was some teams' alone is disabled before it gets there. Several
    teams may end at once, so what counts is who is left now."""
    before = instance.__dict__.pop("_accounts_before", {})
    _tell(before)
    for account in ProviderAccount.objects.filter(pk__in=before, teams=None, enabled=True):
        account.enabled = False
        account.save(update_fields=["enabled"])


def _lists(accounts: Any) -> dict[int, list[str]]:
    return {account.pk: sorted(account.teams.values_list("slug", flat=True)) for account in accounts}


def _tell(before: dict[int, list[str]]) -> None:
    for account in ProviderAccount.objects.filter(pk__in=before):
        now = _lists([account])[account.pk]
        if now != before[account.pk]:
            audit.record(audit.CHANGED, account, {"teams": before[account.pk]}, {"teams": now})
