"""Liveness, readiness, metrics, the root."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from django.test import AsyncClient, Client

from accounts.models import Team
from gateway import boot, journal
from lynkr_site import metric_files
from lynkr_site.migrations import missing_migrations
from lynkr_site.serve import schema_problem


def test_it_is_live_without_a_database() -> None:
    assert Client().get("/health/live").json() == {"status": "live"}


def test_it_is_not_ready_without_a_database_and_says_no_more_than_that(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connection.settings_dict, "PORT", 1)
    connection.close()
    connection.close_pool()
    answer = Client().get("/health/ready")
    connection.close_pool()
    assert answer.status_code == 503
    assert answer.json()["not_ready"] == ["gateway: still starting."]
    assert "database: cannot be reached." in answer.json()["problems"]
    assert "127.0.0.1" not in answer.content.decode()


def test_it_is_ready_with_one(db: str) -> None:
    answer = Client().get("/health/ready")
    told = answer.json()
    assert [reason for reason in told["not_ready"] + told["problems"] if not reason.startswith("gateway:")] == []


@pytest.fixture
def process(db: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[boot.Process]:
    """A web process's parts, with the configuration read but nothing running."""
    found = boot.Process()
    monkeypatch.setattr(boot, "_process", found)
    yield found
    found.journal.close()


def told(status: int) -> dict[str, list[str]]:
    """What `/health/ready` says of the gateway alone."""
    answer = Client().get("/health/ready")
    assert answer.status_code == status
    lists = {name: answer.json().get(name, []) for name in ("not_ready", "problems")}
    return {name: [line for line in lines if line.startswith("gateway:")] for name, lines in lists.items()}


def test_a_process_that_cannot_serve_is_not_ready_and_says_why(process: boot.Process) -> None:
    assert told(503)["not_ready"] == ["gateway: the configuration has not been loaded yet."]
    process.snapshots.refresh()
    assert told(200) == {"not_ready": [], "problems": []}
    process.gate.limits = replace(process.gate.limits, streams=0)
    assert told(503)["not_ready"] == ["gateway: new requests are refused (streams)."]
    process.gate.draining = True
    assert told(503)["not_ready"] == ["gateway: stopping."]


def test_a_journal_that_cannot_be_written_is_told_and_ends_readiness_before_records_are_lost(
    process: boot.Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    process.snapshots.refresh()
    full = os.open("/dev/full", os.O_WRONLY)
    os.dup2(full, process.journal.files()[0].fd)
    os.close(full)
    monkeypatch.setattr(journal, "_HELD_LINES", 10)
    process.journal.append({"kind": "operation", "id": "1"})
    [problem] = told(200)["problems"]
    assert problem == "gateway: the journal cannot be written (No space left on device); 1 records wait in memory."
    for number in range(8):
        process.journal.append({"kind": "operation", "id": str(number)})
    assert told(503)["not_ready"] == ["gateway: the journal cannot be written and 9 records wait in memory."]
    assert process.journal.lost == 0


@pytest.mark.parametrize(("path", "status"), [("/health/live", 200), ("/health/ready", 503), ("/metrics", 200)])
def test_probes_come_by_an_address_that_is_no_allowed_host(
    db: str, path: str, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "ALLOWED_HOSTS", ["lynkr.example.com"])
    assert Client(headers={"host": "10.0.0.7:8081"}).get(path).status_code == status
    assert Client(headers={"host": "10.0.0.7:8081"}).get("/admin/login/").status_code == 400


def test_probes_are_answered_in_the_asynchronous_stack_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "ALLOWED_HOSTS", ["lynkr.example.com"])
    answer = asyncio.run(AsyncClient(headers={"host": "10.0.0.7:8081"}).get("/health/live"))
    assert answer.status_code == 200
    assert "x-request-id" in answer.headers


def test_a_schema_that_lacks_a_migration_is_not_served(db: str, database_url: str) -> None:
    """MIG-4."""
    assert schema_problem() is None
    with psycopg.connect(database_url, autocommit=True) as there:
        there.execute("DELETE FROM django_migrations WHERE app = 'accounts'")
    missing = missing_migrations(connection)
    assert missing[0].startswith("accounts.")
    assert "the schema lacks" in (schema_problem() or "")
    answer = Client().get("/health/ready")
    assert answer.status_code == 503
    assert any(reason.startswith("schema:") for reason in answer.json()["not_ready"])


def test_a_database_that_is_ahead_of_the_code_is_served(db: str, database_url: str) -> None:
    """MIG-2: during a rollout the new schema comes first, and the old processes go on until they are replaced."""
    with psycopg.connect(database_url, autocommit=True) as there:
        there.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('gateway', '9999_of_tomorrow', now())"
        )
        there.execute("ALTER TABLE accounts_team ADD COLUMN of_tomorrow text NOT NULL DEFAULT ''")
    assert missing_migrations(connection) == []
    assert schema_problem() is None
    reasons = json.loads(Client().get("/health/ready").content).get("not_ready", [])
    assert [reason for reason in reasons if reason.startswith("schema")] == []
    Team.objects.create(slug="made-by-the-old-code")


def test_the_root_answers_get_and_head() -> None:
    """Coding clients probe it before they start."""
    assert Client().get("/").json()["name"] == "lynkr"
    assert Client().head("/").status_code == 200


def test_every_answer_carries_a_request_id_and_a_sane_one_is_kept() -> None:
    made = Client().get("/health/live").headers["x-request-id"]
    assert len(made) == 32
    assert Client().get("/health/live", headers={"x-request-id": "from-a-proxy-1"}).headers["x-request-id"] == (
        "from-a-proxy-1"
    )
    assert "\n" not in Client().get("/health/live", headers={"x-request-id": "a b\tc" * 5}).headers["x-request-id"]


def test_metrics_ask_for_their_token_where_one_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Client().get("/metrics").status_code == 200

    class WithToken:
        metrics_token = "scrape-me"

    monkeypatch.setattr(settings, "LYNKR", WithToken())
    assert Client().get("/metrics").status_code == 401
    assert Client().get("/metrics", headers={"authorization": "Bearer scrape-me"}).status_code == 200


def test_metrics_of_processes_that_are_gone_do_not_stay(tmp_path: Path) -> None:
    """django-prometheus leaves both to whoever starts the processes."""
    for name in ("gauge_liveall_77.db", "counter_77.db"):
        (tmp_path / name).touch()
    metric_files.forget(tmp_path, 77)
    assert [path.name for path in tmp_path.iterdir()] == ["counter_77.db"]
    metric_files.wipe(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_static_file_is_served_from_its_package() -> None:
    answer = Client().get("/static/admin/css/base.css")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/css")
    assert b"{" in answer.content


def test_metrics_are_not_on_the_disk_that_may_fill(tmp_path: Path) -> None:
    """Found with a full disk: the web process died of SIGBUS again and again, with the records it held in memory."""
    memory = tmp_path / "memory"
    assert metric_files.folder_for(tmp_path, memory) == tmp_path / "metrics"
    memory.mkdir()
    assert metric_files.folder_for(tmp_path, memory).parent == memory
    assert metric_files.folder_for(tmp_path, memory) != metric_files.folder_for(memory, memory)
