"""`manage.py doctor`: what is misconfigured, and the fix. Exit code 1 if anything must be fixed."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Literal

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from lynkr_site import connections

PGVECTOR_NEEDED = (0, 8, 4)  # 0.8.2 overflows, 0.8.3 corrupts HNSW indexes on vacuum
DISK_NEEDED_MB = 500
HEARTBEAT = "lynkr:worker-heartbeat"  # written every 30 s by the worker (lynkr_site.celery)
HEARTBEAT_LATE_SECONDS = 120

Finding = tuple[Literal["ok", "warning", "problem"], str]


class Command(BaseCommand):
    help = "Say what is misconfigured and how to fix it."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> str | None:
        problems = 0
        for name, check in CHECKS.items():
            for grade, sentence in check():
                style = {"ok": self.style.SUCCESS, "warning": self.style.WARNING, "problem": self.style.ERROR}[grade]
                self.stdout.write(f"{style(f'{grade:8}')} {name:10} {sentence}")
                problems += grade == "problem"
        if problems:
            raise SystemExit(1)
        return None


def database() -> Iterator[Finding]:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SHOW server_version")
            version = cursor.fetchone()[0]
            cursor.execute("SELECT default_version FROM pg_available_extensions WHERE name = 'vector'")
            vector = cursor.fetchone()
    except DatabaseError:
        yield "problem", "cannot be reached: check DATABASE_URL, or unset it to use the embedded one."
        return
    yield "ok", f"PostgreSQL {version}"
    if vector is None:
        yield "problem", "pgvector is not installed on the server: install it (image pgvector/pgvector)."
    elif tuple(int(part) for part in vector[0].split(".")) < PGVECTOR_NEEDED:
        wanted = ".".join(str(part) for part in PGVECTOR_NEEDED)
        yield "problem", f"pgvector {vector[0]} corrupts indexes: install {wanted} or newer."
    if few := connections.problem(connection, settings.LYNKR):
        yield "warning", few
    executor = MigrationExecutor(connection)
    if missing := executor.migration_plan(executor.loader.graph.leaf_nodes()):
        yield "problem", f"{len(missing)} migrations are missing: run `manage.py prepare`."


def redis() -> Iterator[Finding]:
    url = settings.SERVERS.redis_url
    if not url:
        yield "warning", "none: limits and breakers are per process. Set REDIS_URL when there is more than one."
        return
    import redis as library
    from django.core.cache import cache

    try:
        seen = cache.get(HEARTBEAT)
    except library.RedisError:
        yield "problem", "cannot be reached: check REDIS_URL (`make run` brings its own when it is unset)."
        return
    yield "ok", "answers"
    if seen is None or time.time() - seen > HEARTBEAT_LATE_SECONDS:
        yield "problem", "worker or beat do not work: start both (`make run` does), and see their log lines."


def folder() -> Iterator[Finding]:
    place = settings.LYNKR.data_dir
    free = shutil.disk_usage(place).free // 1_000_000
    if free < DISK_NEEDED_MB:
        yield "problem", f"{place} has {free} MB left: journals need room. Free some, or move LYNKR_DATA_DIR."
    else:
        yield "ok", f"{place}, {free} MB free"


def address() -> Iterator[Finding]:
    env = settings.LYNKR
    if env.host not in ("127.0.0.1", "::1", "localhost") and not env.public_url.startswith("https://"):
        yield (
            "warning",
            f"serves plain HTTP on {env.host}: keys travel readable. Put TLS in front and set LYNKR_PUBLIC_URL=https://…",
        )
    else:
        yield "ok", env.public_url
    if "*" in settings.ALLOWED_HOSTS:
        yield "warning", "the admin answers to every host name: set LYNKR_ALLOWED_HOSTS."


def people() -> Iterator[Finding]:
    from django.contrib.auth import get_user_model

    try:
        admins = get_user_model().objects.filter(is_superuser=True, is_active=True).count()
    except DatabaseError:
        return
    if admins:
        yield "ok", f"{admins} administrators"
    else:
        yield "problem", "nobody can use the admin: run `manage.py createsuperuser`."


def providers() -> Iterator[Finding]:
    """Each account, by its vendor's own check; `gateway.boot.accounts_to_check()` yields (Vendor, Account) pairs."""
    if not find_spec("gateway.boot"):
        return
    pairs: Callable[[], Any] | None = getattr(import_module("gateway.boot"), "accounts_to_check", None)
    if pairs is None:
        return
    count = 0
    try:
        found = pairs()
    except DatabaseError:
        return
    for vendor, account in found:
        count += 1
        wrong = vendor.check(account)
        for sentence in wrong:
            yield "problem", sentence
        if not wrong:
            yield "ok", f"{account.name} ({vendor.label})"
    if not count:
        yield "problem", "there is no provider yet: add one in the admin, or `manage.py apply FILE.yaml`."


def answers() -> Iterator[Finding]:
    """Of answers from memory, by `gateway.answer_health.findings()` where it is."""
    if find_spec("gateway.answer_health"):
        yield from import_module("gateway.answer_health").findings()


CHECKS: dict[str, Callable[[], Iterator[Finding]]] = {
    "database": database,
    "redis": redis,
    "data": folder,
    "address": address,
    "people": people,
    "providers": providers,
    "answers": answers,
}
