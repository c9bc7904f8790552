"""`manage.py run` for real: started, hurt, stopped. One installation serves the tests of this file, in their order."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from lynkr_site.embedded import process
from lynkr_site.env import REPOSITORY, child_environ


class Installation:
    """A data folder, and the supervisor that runs on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "run.log"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.running: subprocess.Popen[bytes] | None = None

    def start(self, **values: str) -> subprocess.Popen[bytes]:
        environ = child_environ(
            {
                "LYNKR_DATA_DIR": str(self.folder / "data"),
                "LYNKR_PORT": str(self.port),
                "DATABASE_URL": "",
                "REDIS_URL": "",
                "HOME": str(self.folder),
                **values,
            }
        )
        self.log.touch()
        self.seen = self.log.stat().st_size
        with self.log.open("ab") as out:
            self.running = subprocess.Popen(
                [sys.executable, "manage.py", "run"], cwd=REPOSITORY, env=environ, stdout=out, stderr=out
            )
        return self.running

    def said(self) -> str:
        return self.log.read_bytes()[self.seen :].decode()

    def wait_for(self, what: Callable[[], bool], seconds: float = 40) -> None:
        until = time.monotonic() + seconds
        while not what():
            assert time.monotonic() < until, self.said()
            time.sleep(0.05)

    def get(self, path: str) -> httpx.Response:
        return httpx.get(f"http://127.0.0.1:{self.port}{path}", timeout=10)

    def children(self) -> dict[str, int]:
        """Process ids by what they are."""
        assert self.running
        found = subprocess.run(["ps", "-wweo", "pid=,ppid=,args="], capture_output=True, text=True, check=True).stdout
        kinds = {
            "manage.py serve": "web",
            " worker --": "worker",
            " beat --": "beat",
            "bin/postgres": "postgres",
            "valkey-server": "valkey",
        }
        named = {}
        for line in found.splitlines():
            pid, parent, arguments = line.split(None, 2)
            if int(parent) == self.running.pid:
                named |= {name: int(pid) for mark, name in kinds.items() if mark in arguments}
        return named


@pytest.fixture(scope="module")
def installed() -> Iterator[Installation]:
    folder = Path(tempfile.mkdtemp(prefix="lynkr-run-"))
    folder.chmod(0o711)
    found = Installation(folder)
    yield found
    if found.running and found.running.poll() is None:
        found.running.kill()
        found.running.wait()
    time.sleep(0.5)
    subprocess.run(["rm", "-rf", str(folder)], check=True)


def serving(installed: Installation) -> bool:
    assert installed.running
    assert installed.running.poll() is None, installed.said()
    return "serves on" in installed.said()


def test_the_first_start_makes_everything_and_serves(installed: Installation) -> None:
    installed.start()
    installed.wait_for(lambda: serving(installed))
    assert installed.get("/health/ready").json() == {"status": "ready"}
    assert set(installed.children()) == {"web", "worker", "beat", "postgres", "valkey"}
    said = installed.said()
    assert f"http://127.0.0.1:{installed.port}" in said
    assert "ANTHROPIC_BASE_URL" in said
    assert "Traceback" not in said
    assert "arning" not in said


def test_a_second_supervisor_on_the_same_data_says_so_and_goes(installed: Installation) -> None:
    other = Installation(installed.folder)
    code = other.start().wait(20)
    assert code == 1
    assert re.search(r"already running here \(process \d+", other.said())


def test_a_port_in_use_is_said_before_anything_slow_happens(installed: Installation) -> None:
    other = Installation(installed.folder)
    other.port = installed.port
    started = time.monotonic()
    code = other.start(LYNKR_DATA_DIR=str(installed.folder / "other")).wait(20)
    assert code == 1
    assert f"port {installed.port} on 127.0.0.1 is in use by another program" in other.said()
    assert time.monotonic() - started < 5
    assert not (installed.folder / "other" / "postgres").exists()


@pytest.mark.parametrize("name", ["web", "worker", "beat", "postgres", "valkey"])
def test_a_process_that_is_killed_is_started_again_and_that_is_said(installed: Installation, name: str) -> None:
    before = installed.children()[name]
    os.kill(before, signal.SIGKILL)
    installed.wait_for(lambda: installed.children().get(name, before) != before)
    assert f"{name} ended unexpectedly (SIGKILL); starting it again" in installed.said()
    installed.wait_for(lambda: installed.get("/health/ready").json() == {"status": "ready"})


def test_ctrl_c_in_the_terminal_stops_everything_within_ten_seconds(installed: Installation) -> None:
    assert installed.running
    pids = list(installed.children().values())
    started = time.monotonic()
    installed.running.send_signal(signal.SIGINT)
    assert installed.running.wait(12) == 0
    assert time.monotonic() - started < 10
    assert not [pid for pid in pids if process.alive(pid)]
    assert "Traceback" not in installed.said()


@pytest.mark.skipif(not process.LINUX, reason="the kernel's death signal is Linux's")
def test_nothing_is_left_of_a_killed_supervisor_and_the_next_start_takes_seconds(installed: Installation) -> None:
    running = installed.start(LYNKR_WEB_PROCESSES="2")
    installed.wait_for(lambda: serving(installed))
    pids = list(installed.children().values())
    running.kill()
    running.wait()
    for pid in pids:
        assert process.wait_gone(pid, 30), process.program_of(pid)
    started = time.monotonic()
    running = installed.start()
    installed.wait_for(lambda: serving(installed))
    assert time.monotonic() - started < 15
    running.send_signal(signal.SIGTERM)
    assert running.wait(12) == 0
