"""The administrative calls of the data plane, by django-ninja, under /v1/admin/ (documentation at /v1/admin/docs)."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.http import HttpRequest
from ninja import NinjaAPI, Schema
from ninja.errors import HttpError
from ninja.security import APIKeyCookie
from ninja.utils import check_csrf

from accounts import keys
from accounts.caller import Caller
from gateway import boot
from gateway.consumers.http import presented_key

api = NinjaAPI(title="Lynkr", version="1", urls_namespace="lynkr-admin", docs_url="/docs")


class Administrator(APIKeyCookie):
    """A superuser's session; CSRF is checked, for those who have one: who comes without is told 401, not of CSRF."""

    param_name = settings.SESSION_COOKIE_NAME

    def __init__(self) -> None:
        super().__init__(csrf=False)

    def authenticate(self, request: HttpRequest, key: str | None) -> Any:
        user = request.user
        if not key or not user.is_authenticated or not user.is_superuser:
            return None
        if check_csrf(request):
            raise HttpError(403, "The CSRF token is missing or wrong.")
        return user


def administrator_key(request: HttpRequest) -> Caller | None:
    """A live key with the scope "admin"."""
    text = presented_key({name.lower(): value for name, value in request.headers.items()})
    if not keys.well_formed(text):
        return None
    caller = boot.world().snapshots.current.callers.get(keys.digest(text, boot.pepper()))
    if caller is None or (caller.expires_at is not None and caller.expires_at <= boot.now()):
        return None
    return caller if caller.may("admin") else None


class Reloaded(Schema):
    """`epoch`: the configuration now in force."""

    epoch: int


@api.post("/reload", response=Reloaded, auth=[administrator_key, Administrator()])
def reload(request: HttpRequest) -> dict[str, int]:
    """Loads the configuration afresh in every process and closes this process's circuit breakers. Changes are in force within
    a second without it; this is for those who want to be sure."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE gateway_config_epoch SET epoch = epoch + 1 RETURNING epoch")
        cursor.execute("SELECT pg_notify('lynkr_config', %s)", [str(cursor.fetchone()[0])])
    process = boot.process()
    epoch = process.snapshots.reload()
    process.world.breakers.reset()
    process.world.refused_dialects.clear()
    return {"epoch": epoch}
