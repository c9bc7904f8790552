"""`manage.py prepare`: several at once take turns, and a failure is a failure."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from lynkr_site.env import REPOSITORY, child_environ


@pytest.fixture
def empty_database(database_url: str) -> Iterator[str]:
    """A database without any table."""
    name = urlsplit(database_url).path.lstrip("/") + "_empty"
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")  # type: ignore[call-overload]
        yield urlsplit(database_url)._replace(path=f"/{name}").geturl()
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")  # type: ignore[call-overload]


def prepare(database_url: str, folder: Path, *arguments: str) -> subprocess.Popen[str]:
    environ = child_environ({"DATABASE_URL": database_url, "LYNKR_DATA_DIR": str(folder)})
    return subprocess.Popen(
        [sys.executable, "manage.py", "prepare", *arguments],
        cwd=REPOSITORY,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_two_that_start_at_once_take_turns(empty_database: str, tmp_path: Path) -> None:
    """MIG-1: several processes migrate the same empty database."""
    both = [prepare(empty_database, tmp_path) for _ in range(2)]
    said = [one.communicate(timeout=120)[0] for one in both]
    assert [one.returncode for one in both] == [0, 0], said
    assert sum("bringing the database up to date" in text for text in said) == 1


def test_a_migration_that_fails_is_an_exit_code(empty_database: str, tmp_path: Path) -> None:
    """MIG-3, MIG-4: nothing is served after it, because whoever started us sees the code."""
    with psycopg.connect(empty_database, autocommit=True) as connection:
        connection.execute("CREATE TABLE accounts_user (stranger int)")
    one = prepare(empty_database, tmp_path)
    said = one.communicate(timeout=120)[0]
    assert one.returncode == 1
    assert "preparing the database failed" in said
    assert "Traceback" not in said


def test_the_demo_leaves_an_installation_that_is_in_use_alone(empty_database: str, tmp_path: Path) -> None:
    prepare(empty_database, tmp_path).communicate(timeout=120)
    demo = prepare(empty_database, tmp_path, "--demo")
    said = demo.communicate(timeout=120)[0]
    assert demo.returncode == 1
    assert "Nothing was changed" in said
    with psycopg.connect(empty_database) as connection:
        assert connection.execute("SELECT slug FROM accounts_team").fetchall() == [("default",)]


def test_the_demo_has_a_folder_and_servers_of_its_own(tmp_path: Path) -> None:
    """Whatever the environment says of the real ones; and it makes nothing in the real folder."""
    code = (
        "from lynkr_site.env import env, use_demo_folder; use_demo_folder(); e = env(); "
        "print(e.data_dir, e.database_url, e.redis_url)"
    )
    environ = child_environ(
        {"DATABASE_URL": "postgresql://real", "REDIS_URL": "redis://real", "LYNKR_DATA_DIR": f"{tmp_path}/real/"}
    )
    said = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, env=environ, capture_output=True, text=True)
    assert said.stdout.split() == [f"{tmp_path}/real-demo", "None", "None"]
    assert not (tmp_path / "real").exists()
