"""Deleting what budgets hang on while requests spend from them.

Django deletes leases first, then their windows, then the budgets; those who spend lock the other way round: budget, windows,
leases, each in key order (gateway/store/leases.py). So everything is locked in that order before anything is deleted (DBL-2),
and what still meets a deadlock, by way of other rows, is done again.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Any, TypeVar

from django.apps import apps
from django.db import OperationalError, models, transaction

Found = TypeVar("Found")
_DEADLOCK = "40P01"
_TURNS = 6


def again(deed: Callable[[], Found]) -> Found:
    """`deed` in a transaction (or a savepoint), once more when PostgreSQL ended it for a deadlock."""
    for turn in range(_TURNS):
        try:
            with transaction.atomic():
                return deed()
        except OperationalError as problem:
            if getattr(problem.__cause__, "sqlstate", None) != _DEADLOCK or turn == _TURNS - 1:
                raise
            time.sleep(random.uniform(0, 0.02 * (turn + 1)))  # noqa: S311
    raise AssertionError


def lock(budgets: models.QuerySet[Any]) -> None:
    """`budgets`, then their windows, then the leases, to be deleted in this transaction."""
    budget, window, lease = (apps.get_model("accounts", name) for name in ("Budget", "BudgetWindow", "BudgetLease"))
    rows = budget.objects.filter(pk__in=budgets.order_by().values("pk")).order_by("pk")
    ids = list(rows.select_for_update().values_list("pk", flat=True))
    if ids:
        rows = window.objects.filter(budget__in=ids).order_by("budget", "window_start")
        windows = list(rows.select_for_update().values_list("pk", flat=True))
        list(lease.objects.filter(window__in=windows).order_by("pk").select_for_update().values_list("pk"))


def _hanging_on(model: type[models.Model], ids: list[Any]) -> models.QuerySet[Any]:
    """The budgets that go when the rows `ids` of `model` do."""
    budget = apps.get_model("accounts", "Budget")
    paths = {"budget": ("pk",), "apikey": ("key",), "team": ("team", "key__team"), "user": ("user", "key__user")}
    found = models.Q()
    for path in paths[model._meta.model_name or ""]:
        found |= models.Q(**{f"{path}__in": ids})
    rows: models.QuerySet[Any] = budget.objects.filter(found)
    return rows


class Removable(models.QuerySet[Any]):
    """Rows that budgets hang on: `delete` takes the locks in order."""

    def delete(self) -> tuple[int, dict[str, int]]:
        def deed() -> tuple[int, dict[str, int]]:
            lock(_hanging_on(self.model, list(self.order_by().values_list("pk", flat=True))))
            return super(Removable, self).delete()

        return again(deed)

    delete.alters_data = True  # type: ignore[attr-defined]
    delete.queryset_only = True  # type: ignore[attr-defined]


class HoldsBudgets(models.Model):
    """The same for one row."""

    class Meta:
        abstract = True

    def delete(self, *given: Any, **named: Any) -> tuple[int, dict[str, int]]:
        def deed() -> tuple[int, dict[str, int]]:
            lock(_hanging_on(type(self), [self.pk]))
            return super(HoldsBudgets, self).delete(*given, **named)

        return again(deed)

    delete.alters_data = True  # type: ignore[attr-defined]
