"""Budgets: an administrator's for the organisation and teams, a lead's for their members and keys, up to the team's own.
What an administrator set is an administrator's to change; nobody else raises or deletes a budget on themselves."""

import uuid
from typing import Any

from django.http import HttpRequest
from ninja import Router, Status
from ninja.pagination import paginate

from accounts import acts
from accounts.api.auth import rights_of
from accounts.api.pages import Mapped
from accounts.api.shapes import BudgetIn, BudgetOut, BudgetPatch
from accounts.finding import one

router = Router(tags=["budgets"])


@router.get("", response=list[BudgetOut])
@paginate(Mapped, row=BudgetOut.of)
def list_budgets(request: HttpRequest) -> Any:
    return rights_of(request).budgets().order_by("created_at", "pk")


@router.post("", response={201: BudgetOut})
def create_budget(request: HttpRequest, body: BudgetIn) -> Any:
    return Status(201, BudgetOut.of(acts.make_budget(rights_of(request), body.given())))


@router.get("/{uuid:budget_id}", response=BudgetOut)
def get_budget(request: HttpRequest, budget_id: uuid.UUID) -> Any:
    return BudgetOut.of(one(rights_of(request).budgets(), pk=budget_id))


@router.patch("/{uuid:budget_id}", response=BudgetOut)
def change_budget(request: HttpRequest, budget_id: uuid.UUID, body: BudgetPatch) -> Any:
    """Each change makes a new version; what was spent stays."""
    return BudgetOut.of(acts.change_budget(rights_of(request), budget_id, body.given()))


@router.delete("/{uuid:budget_id}", response={204: None})
def delete_budget(request: HttpRequest, budget_id: uuid.UUID) -> Any:
    acts.delete_budget(rights_of(request), budget_id)
    return Status(204, None)
