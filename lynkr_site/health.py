"""Liveness and readiness.

Live: the process answers. Ready: it can serve; if not, 503 and the list of what is missing. `gateway.boot.not_ready()`,
where there is one, adds the data plane's reasons (a list of sentences; an empty one when it is ready).
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from importlib.util import find_spec

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.exceptions import MigrationSchemaMissing
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

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
    """200, or 503 with `not_ready`: a list of sentences. Never says where a server is or why it refused (LEK-7)."""
    problems: list[str] = []
    for name, check in (("database", _database), ("redis", _redis), ("gateway", _gateway)):
        try:
            problems += _threads.submit(check).result(ANSWER_WITHIN_SECONDS)
        except TimeoutError:
            problems.append(f"{name}: no answer within {ANSWER_WITHIN_SECONDS:.0f} s.")
    if not problems:
        return JsonResponse({"status": "ready"})
    response = JsonResponse({"status": "not ready", "not_ready": problems}, status=503)
    response["retry-after"] = "2"
    return response


def _database() -> list[str]:
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


def _gateway() -> list[str]:
    if not find_spec("gateway.boot"):
        return []
    not_ready = getattr(import_module("gateway.boot"), "not_ready", None)
    return [f"gateway: {reason}" for reason in not_ready()] if not_ready else []
