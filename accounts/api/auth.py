"""Who asks: an API key with the scope "admin", or the session of a signed-in person (CSRF is checked)."""

from typing import Any, cast

from django.http import HttpRequest
from ninja.errors import HttpError
from ninja.security import APIKeyCookie, HttpBearer
from ninja.utils import check_csrf

from accounts import audit
from accounts.rights import Rights, as_caller, live_key


class KeyAuth(HttpBearer):
    """``Authorization: Bearer lyk_…``; never in a URL (LEK-8). One that does not work is refused, session or not."""

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        key = live_key(token)
        if key is None or "admin" not in key.scopes:
            raise HttpError(401, "This key does not work here: it takes a live one with the scope admin.")
        audit.identify(key.user, "" if key.user else f"key {key.prefix}")
        return Rights.of_key(key)


class Session(APIKeyCookie):
    param_name = "lynkr_session"

    def __init__(self) -> None:
        super().__init__(csrf=False)  # checked below, for those who have a session

    def authenticate(self, request: HttpRequest, key: str | None) -> Any:
        if not key or not request.user.is_authenticated:
            return None
        if check_csrf(request):
            raise HttpError(403, "The CSRF token is missing or wrong.")
        return as_caller(request.user)


def rights_of(request: HttpRequest) -> Rights:
    return cast(Rights, request.auth)  # type: ignore[attr-defined]
