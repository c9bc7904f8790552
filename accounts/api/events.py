"""The audit log, newest first: administrators all of it, leads their teams'."""

from typing import Any

from django.http import HttpRequest
from ninja import Router
from ninja.pagination import paginate

from accounts.api.auth import rights_of
from accounts.api.pages import Mapped
from accounts.api.shapes import EventOut
from accounts.finding import one

router = Router(tags=["audit"])


@router.get("", response=list[EventOut])
@paginate(Mapped, row=EventOut.of)
def list_audit_events(
    request: HttpRequest,
    team: str | None = None,
    object_type: str | None = None,
    object_id: str | None = None,
    actor: str | None = None,
) -> Any:
    rights = rights_of(request)
    given = {"object_type": object_type, "object_id": object_id, "actor_name": actor}
    rows = rights.events().filter(**{name: text.replace("\0", "") for name, text in given.items() if text is not None})
    return rows.filter(team=one(rights.teams(), slug=team)) if team is not None else rows
