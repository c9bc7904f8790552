"""The embedded servers: real binaries, killed and started again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from lynkr_site.embedded import process
from lynkr_site.embedded.claim import Claim, Taken
from lynkr_site.embedded.postgres import Postgres
from lynkr_site.embedded.process import ServerError
from lynkr_site.embedded.valkey import Valkey
from lynkr_site.env import REPOSITORY, child_environ

# A parent that starts one server, says its process id, and waits to be killed.
PARENT = """
import sys, time
from pathlib import Path
from lynkr_site.embedded.{module} import {name}
server = {name}(Path(sys.argv[1]), "secret", durable=False)
server.start()
print(server.process.pid, flush=True)
time.sleep(60)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that the unprivileged user may enter, as pytest's are not."""
    for above in (tmp_path, *tmp_path.parents):
        if above.stat().st_uid == os.geteuid() and above != Path("/"):
            above.chmod(above.stat().st_mode | 0o011)
    return tmp_path / "server"


@pytest.fixture
def postgres(folder: Path) -> Iterator[Postgres]:
    server = Postgres(folder, "secret", durable=False)
    server.start()
    yield server
    server.stop()


def test_postgres_brings_pgvector_new_enough(postgres: Postgres) -> None:
    """0.8.2 overflows and 0.8.3 corrupts HNSW indexes on vacuum."""
    with psycopg.connect(postgres.url) as connection:
        connection.execute("CREATE EXTENSION vector")
        row = connection.execute("SELECT extversion FROM pg_extension WHERE extname = 'vector'").fetchone()
    assert row is not None
    assert tuple(int(part) for part in row[0].split(".")) >= (0, 8, 4)


def test_postgres_asks_for_the_password_and_never_runs_as_root(postgres: Postgres) -> None:
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(postgres.url.replace("secret", "wrong"))
    assert postgres.process is not None
    assert postgres.folder.stat().st_mode & 0o077 == 0
    if process.LINUX:
        status = Path(f"/proc/{postgres.process.pid}/status").read_text()
        uids = next(line for line in status.splitlines() if line.startswith("Uid:"))
        assert "0" not in uids.split()[1:]


def test_postgres_comes_back_after_kill_nine_with_what_was_committed(postgres: Postgres) -> None:
    postgres.stop()
    postgres.durable = True
    postgres.start()
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
    assert postgres.process is not None
    postgres.process.kill()
    postgres.process.wait()
    postgres.start()
    with psycopg.connect(postgres.url) as connection:
        assert connection.execute("SELECT one FROM kept").fetchone() == (1,)


def test_the_second_start_is_quick_and_keeps_its_port(postgres: Postgres) -> None:
    before = postgres.url
    postgres.stop()
    started = time.monotonic()
    postgres.start()
    assert time.monotonic() - started < 1.0
    assert postgres.url == before


def test_a_port_taken_meanwhile_is_replaced(postgres: Postgres) -> None:
    import socket

    postgres.stop()
    before = postgres.url
    with socket.socket() as thief:
        thief.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # what was closed just now may linger
        thief.bind(("127.0.0.1", int((postgres.folder / "port").read_text())))
        thief.listen()
        postgres.start()
    assert postgres.url != before
    psycopg.connect(postgres.url).close()


def test_a_pid_file_that_names_another_program_does_not_stop_the_start(postgres: Postgres) -> None:
    """A crash, a restart of the machine, and the number belongs to somebody else."""
    pid_file = postgres.data / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    assert postgres.process is not None
    postgres.process.kill()
    postgres.process.wait()
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    postgres.start()
    psycopg.connect(postgres.url).close()


def test_a_first_start_that_was_killed_half_way_is_begun_anew(folder: Path) -> None:
    (folder / "data.new" / "base").mkdir(parents=True)
    server = Postgres(folder, "secret", durable=False)
    if os.geteuid() == 0:
        os.chown(folder, process.UNPRIVILEGED, process.UNPRIVILEGED)
    server.start()
    server.stop()


def test_data_of_another_version_is_refused_with_the_way_out(postgres: Postgres) -> None:
    postgres.stop()
    (postgres.data / "PG_VERSION").write_text("12\n")
    with pytest.raises(ServerError, match="DATABASE_URL"):
        postgres.start()


@pytest.mark.skipif(not process.LINUX, reason="the kernel's death signal is Linux's")
@pytest.mark.parametrize(("module", "name"), [("postgres", "Postgres"), ("valkey", "Valkey")])
def test_a_server_does_not_outlive_a_killed_supervisor(folder: Path, module: str, name: str) -> None:
    code = PARENT.format(module=module, name=name)
    parent = subprocess.Popen(
        [sys.executable, "-c", code, str(folder)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=REPOSITORY,
        env=child_environ({}),
    )
    assert parent.stdout
    pid = int(parent.stdout.readline())
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    assert process.wait_gone(pid, 10)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root drops to another user")
def test_root_can_keep_its_servers_below_a_closed_folder(tmp_path: Path) -> None:
    """A clone below a closed home: the unprivileged user may not enter. No folder is opened for it."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    server = Postgres(closed / "server", "secret", durable=False)
    server.start()
    try:
        psycopg.connect(server.url).close()
        assert closed.stat().st_mode & 0o777 == 0o700
    finally:
        server.stop()


def test_valkey_asks_for_the_password_and_keeps_what_is_queued(folder: Path) -> None:
    server = Valkey(folder, "secret")
    server.start()
    try:
        with redis.Redis.from_url(server.url) as client:
            client.rpush("queue", "task")
            time.sleep(1.2)  # appendfsync everysec
        with (
            redis.Redis.from_url(server.url.replace("secret", "wrong")) as stranger,
            pytest.raises(redis.AuthenticationError),
        ):
            stranger.ping()
        assert server.process is not None
        assert "secret" not in process.program_of(server.process.pid)
        server.process.kill()
        server.process.wait()
        server.start()
        with redis.Redis.from_url(server.url) as client:
            assert client.lrange("queue", 0, -1) == [b"task"]
    finally:
        server.stop()


def test_a_data_folder_has_one_owner(tmp_path: Path) -> None:
    with Claim(tmp_path), pytest.raises(Taken) as caught, Claim(tmp_path):
        pass
    assert caught.value.pid == os.getpid()
    with Claim(tmp_path):  # free again
        pass
