"""Budgets: an administrator's for the organisation and teams, a lead's for their members and keys, up to the team's own."""

import uuid
import zoneinfo
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from ninja import Router, Status
from ninja.pagination import paginate

from accounts.api.auth import rights_of
from accounts.api.finding import change, one
from accounts.api.pages import Mapped
from accounts.api.shapes import BudgetIn, BudgetOut, BudgetPatch
from accounts.models import Budget
from accounts.rights import Rights

router = Router(tags=["budgets"])


@router.get("", response=list[BudgetOut])
@paginate(Mapped, row=BudgetOut.of)
def list_budgets(request: HttpRequest) -> Any:
    return rights_of(request).budgets().order_by("created_at", "pk")


@router.post("", response={201: BudgetOut})
@transaction.atomic
def create_budget(request: HttpRequest, body: BudgetIn) -> Any:
    rights = rights_of(request)
    values = body.given()
    for name, rows, field in (
        ("team", rights.teams(), "slug"),
        ("user", rights.users(), "username"),
        ("key", rights.keys(), "pk"),
    ):
        if values.get(name) is not None:
            values[name] = one(rows, **{field: values[name]})
    if body.time_zone not in zoneinfo.available_timezones():
        raise ValidationError({"time_zone": "No time zone is called so; for example Europe/Berlin."})
    budget = Budget(**values)
    rights.grant_budget(budget)
    _check(budget)
    budget.full_clean()
    budget.save()
    return Status(201, BudgetOut.of(budget))


@router.get("/{uuid:budget_id}", response=BudgetOut)
def get_budget(request: HttpRequest, budget_id: uuid.UUID) -> Any:
    return BudgetOut.of(one(rights_of(request).budgets(), pk=budget_id))


@router.patch("/{uuid:budget_id}", response=BudgetOut)
@transaction.atomic
def change_budget(request: HttpRequest, budget_id: uuid.UUID, body: BudgetPatch) -> Any:
    """Each change makes a new version; what was spent stays."""
    rights = rights_of(request)
    budget = _locked(rights, budget_id)
    rights.grant_budget(budget)
    values = body.given()
    if values:
        for name, value in values.items():
            setattr(budget, name, value)
        rights.grant_budget(budget)
        _check(budget)
        change(budget, {**values, "version": budget.version + 1})
    return BudgetOut.of(budget)


@router.delete("/{uuid:budget_id}", response={204: None})
@transaction.atomic
def delete_budget(request: HttpRequest, budget_id: uuid.UUID) -> Any:
    rights = rights_of(request)
    budget = _locked(rights, budget_id)
    rights.grant_budget(budget)
    budget.delete()
    return Status(204, None)


def _locked(rights: Rights, budget_id: uuid.UUID) -> Budget:
    return one(rights.budgets().select_for_update(of=("self",)), pk=budget_id)


def _check(budget: Budget) -> None:
    if budget.soft_limit is not None and budget.soft_limit > budget.limit:
        raise ValidationError({"soft_limit": "Must not be above the limit."})
    if budget.soft_action == Budget.SoftAction.CAP_TIER and not budget.cap_tier:
        raise ValidationError({"cap_tier": "Name the highest tier to be used once the soft limit is passed."})
