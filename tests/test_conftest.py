"""The test bed itself: a closed network, a database of one's own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
import redis

from tests import conftest
from tests.conftest import NetworkClosed


def test_the_network_is_closed() -> None:
    with socket.socket() as attempt, pytest.raises(NetworkClosed):
        attempt.connect(("192.0.2.1", 443))
    with pytest.raises(NetworkClosed):
        socket.getaddrinfo("example.org", 443)


@pytest.mark.parametrize("turn", [1, 2])
def test_every_test_has_a_database_without_traces_of_the_last(db: str, database_url: str, turn: int) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE trace (turn int)")


def test_django_uses_that_database(db: str) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT current_database()")
        assert cursor.fetchone() == (db,)


@pytest.mark.parametrize("turn", [1, 2])
def test_every_test_has_an_empty_valkey(valkey: str, turn: int) -> None:
    with redis.Redis.from_url(valkey) as client:
        assert client.dbsize() == 0
        client.set("trace", turn)


def test_what_killed_runs_left_in_memory_is_removed_and_only_that(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conftest, "SHARED_MEMORY", tmp_path)
    gone = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    dead = tmp_path / f"{conftest.PREFIX}{int(gone.stdout)}-x"
    mine = tmp_path / f"{conftest.PREFIX}{os.getpid()}-y"
    other = tmp_path / "another-program"
    for folder in (dead, mine, other):
        folder.mkdir()
    conftest._remove_leftovers()
    assert sorted(tmp_path.iterdir()) == sorted([mine, other])
