"""Liveness and readiness.

Live: the process answers. Ready: it can serve. What only keeps something beside it from working (PostgreSQL or Redis away,
a disk that takes nothing) is no reason to take the process out while it serves on: 200, with the problems listed. 503: no
configuration yet, a schema that lacks migrations (MIG-1, MIG-4), a process that is stopping or refuses requests.
`gateway.boot.not_ready()` and `gateway.boot.degraded()`, where they are, add the data plane's reasons (lists of sentences).
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from importlib.util import find_spec
from inspect import iscoroutinefunction
from time import monotonic
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.exceptions import MigrationSchemaMissing
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.decorators import sync_and_async_middleware
from django.views.decorators.http import require_safe

from lynkr_site.metrics import metrics
from lynkr_site.migrations import missing_migrations

ANSWER_WITHIN_SECONDS = 4.0
_threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="health")


@require_safe
def status(request: HttpRequest) -> HttpResponse:
    """What people and coding clients get at the root."""
    return JsonResponse({"name": "lynkr", "status": "ok", "documentation": "/admin/ for administrators"})


@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """200 as long as the process answers at all."""
    return JsonResponse({"status": "live"})


@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """200 with `status` "ready" or "degraded" and `problems`, or 503 with `not_ready`; both lists of sentences. Never says
    where a server is or why it refused (LEK-7)."""
    checks = {name: _threads.submit(check) for name, check in (("database", _database), ("redis", _redis))}
    until = monotonic() + ANSWER_WITHIN_SECONDS
    problems, not_ready = [], _gateway("not_ready")
    for name, check in checks.items():
        try:
            found = check.result(max(0.0, until - monotonic()))
        except TimeoutError:
            found = [f"{name}: no answer within {ANSWER_WITHIN_SECONDS:g} s."]
        for problem in found:
            (not_ready if problem.startswith("schema:") else problems).append(problem)
    problems += _gateway("degraded")
    if not_ready:
        answer = {"status": "not ready", "not_ready": not_ready, "problems": problems}
        return JsonResponse(answer, status=503, headers={"retry-after": "2"})
    return JsonResponse({"status": "degraded", "problems": problems} if problems else {"status": "ready"})


def _database() -> list[str]:
    """Which migrations it lacks is not known while it is away: then the schema this process began with is still right."""
    try:
        missing = missing_migrations(connection)
    except (DatabaseError, MigrationSchemaMissing):
        return ["database: cannot be reached."]
    finally:
        connection.close()
    if missing:
        return [f"schema: {len(missing)} migrations are missing, the first is {missing[0]}."]
    return []


def _redis() -> list[str]:
    if not settings.SERVERS.redis_url:
        return []
    import redis

    client = redis.Redis.from_url(settings.SERVERS.redis_url, socket_timeout=2, socket_connect_timeout=2)
    try:
        client.ping()
    except redis.RedisError:
        return ["redis: cannot be reached."]
    finally:
        client.close()
    return []


def _gateway(what: str) -> list[str]:
    if not find_spec("gateway.boot"):
        return []
    found = getattr(import_module("gateway.boot"), what, None)
    return [f"gateway: {reason}" for reason in found()] if found else []


# Asked by address, whatever names the site goes by.
PROBES = {"/health/live": live, "/health/ready": ready, "/metrics": metrics}


@sync_and_async_middleware
def probes(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Middleware. Load balancers, Kubernetes and Prometheus come by a machine's address, which LYNKR_ALLOWED_HOSTS does not
    name; what they ask for depends on no host, so they are answered before it is checked."""
    if iscoroutinefunction(get_response):

        async def middleware(request: HttpRequest) -> Any:
            view = PROBES.get(request.path)
            return await (sync_to_async(view)(request) if view else get_response(request))

        return middleware

    def sync_middleware(request: HttpRequest) -> Any:
        return PROBES.get(request.path, get_response)(request)

    return sync_middleware
