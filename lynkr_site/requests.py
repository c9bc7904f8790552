"""Request ids for the control plane: taken from a proxy if it sent a sane one, else made; in the logs and the answer."""

from __future__ import annotations

import re
import uuid
from collections.abc import Awaitable, Callable
from inspect import iscoroutinefunction
from typing import cast

from django.http import HttpRequest, HttpResponse
from django.utils.decorators import sync_and_async_middleware
from structlog.contextvars import bound_contextvars

_SANE = re.compile(r"^[A-Za-z0-9._-]{8,64}$")
Sync = Callable[[HttpRequest], HttpResponse]
Async = Callable[[HttpRequest], Awaitable[HttpResponse]]


@sync_and_async_middleware
def request_ids(get_response: Sync | Async) -> Sync | Async:
    """Middleware, the outermost one."""
    if iscoroutinefunction(get_response):

        async def middleware(request: HttpRequest) -> HttpResponse:
            request_id = _id_of(request)
            with bound_contextvars(request_id=request_id):
                response = await cast(Async, get_response)(request)
            response.headers["x-request-id"] = request_id
            return response

        return middleware

    def sync_middleware(request: HttpRequest) -> HttpResponse:
        request_id = _id_of(request)
        with bound_contextvars(request_id=request_id):
            response = cast(Sync, get_response)(request)
        response.headers["x-request-id"] = request_id
        return response

    return sync_middleware


def _id_of(request: HttpRequest) -> str:
    given = request.headers.get("x-request-id", "")
    return given if _SANE.match(given) else uuid.uuid4().hex
