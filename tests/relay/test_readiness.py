"""A gateway that serves on is not taken out because something beside it is away."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest
import yaml
from django.db import connection

from tests.conftest import _point_django_at, dedicated_database
from tests.fakes.gateway import Gateway, free_port, running
from tests.fakes.upstream import Upstream

from .calls import ask
from .conftest import configuration


@pytest.fixture
def alone(_template: None, upstream: Upstream, tmp_path: Path) -> Iterator[Gateway]:
    """On a database of its own, with a Redis that is not there and hosts of its own."""
    before = connection.settings_dict["NAME"]
    environment = {"REDIS_URL": f"redis://127.0.0.1:{free_port()}/0", "LYNKR_ALLOWED_HOSTS": "lynkr.example.com"}
    with dedicated_database("readiness") as url, running(url, tmp_path, **environment) as gateway:
        from gateway.configuration.loading import load
        from gateway.configuration.writing import apply

        gateway.keys.update(apply(load(yaml.safe_dump(configuration(upstream, "http://127.0.0.1:1")))).keys)
        until = time.monotonic() + 10
        while ask(gateway, "openai_chat").status_code != 200 and time.monotonic() < until:
            time.sleep(0.1)
        yield gateway
    _point_django_at(before)  # the other tests' database


def ready(lynkr: Gateway) -> tuple[int, dict[str, object]]:
    answer = httpx.get(f"{lynkr.base_url}/health/ready", timeout=10)
    return answer.status_code, answer.json()


def away(lynkr: Gateway, gone: bool) -> None:
    """PostgreSQL takes no connection for this database, and ends those there are."""
    name = lynkr.database_url.rpartition("/")[2]
    with psycopg.connect(lynkr.database_url.rpartition("/")[0] + "/postgres", autocommit=True) as admin:
        admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS {'false' if gone else 'true'}")
        if gone:
            admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])


def test_without_redis_and_postgres_it_serves_and_stays_ready_with_the_problems_told(alone: Gateway) -> None:
    assert ready(alone) == (200, {"status": "degraded", "problems": ["redis: cannot be reached."]})
    away(alone, True)
    try:
        assert ask(alone, "anthropic").status_code == 200
        status, told = ready(alone)
        assert (status, told["status"]) == (200, "degraded")
        assert "database: cannot be reached." in told["problems"]  # type: ignore[operator]
        assert httpx.get(f"{alone.base_url}/health/live").status_code == 200
        assert httpx.get(f"{alone.base_url}/metrics").status_code == 200
    finally:
        away(alone, False)
    until = time.monotonic() + 10
    while "database: cannot be reached." in str(ready(alone)) and time.monotonic() < until:
        time.sleep(0.1)
    assert ready(alone) == (200, {"status": "degraded", "problems": ["redis: cannot be reached."]})
    with psycopg.connect(alone.database_url, autocommit=True) as there:
        there.execute("DELETE FROM django_migrations WHERE app = 'routing'")
    status, told = ready(alone)
    assert (status, told["status"]) == (503, "not ready"), "MIG-1, MIG-4"
