"""A real Lynkr in a process of its own, before a scripted upstream, on a real database: what the end-to-end tests talk to."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psycopg
import yaml
from psycopg.rows import dict_row

REPOSITORY = Path(__file__).resolve().parent.parent.parent
OPEN = ("SELECT count(*) FROM gateway_attempt WHERE status = 'open'",)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Gateway:
    """`base_url` without /v1; `key` of the member "bob" of team acme; `keys` by name."""

    base_url: str
    database_url: str
    process: subprocess.Popen[bytes]
    log: Path
    keys: dict[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return self.keys["bob"]

    def apply(self, configuration: Mapping[str, Any]) -> None:
        """Apply and wait until it is in force (by asking the gateway to reload)."""
        from gateway.configuration.loading import load
        from gateway.configuration.writing import apply
        from tests.conftest import use_database

        use_database(self.database_url)
        outcome = apply(load(yaml.safe_dump(dict(configuration))))
        self.keys.update(outcome.keys)
        self.reload()

    def reload(self) -> None:
        """A new key is in force within a second: until then this very call is refused."""
        until = time.monotonic() + 5
        headers = {"authorization": f"Bearer {self.keys['root']}"}
        while True:
            answer = httpx.post(f"{self.base_url}/v1/admin/reload", headers=headers)
            if answer.status_code == 200:
                return
            assert time.monotonic() < until, answer.text
            time.sleep(0.05)

    def rows(self, statement: str, *values: Any) -> list[dict[str, Any]]:
        with psycopg.connect(self.database_url, row_factory=dict_row) as connection:
            return connection.execute(statement, values).fetchall()  # type: ignore[call-overload, no-any-return]

    def operation(self, response: httpx.Response | str, timeout: float = 8.0) -> dict[str, Any]:
        """The operation's row of a response (or request id), once it is in Postgres, with its attempts under "calls"."""
        request_id = response if isinstance(response, str) else response.headers["x-lynkr-request-id"]
        return self.wait_for_row(
            "SELECT * FROM gateway_operation WHERE id = %s", request_id.removeprefix("req_"), timeout
        )

    def newest_operation(self, since: float, timeout: float = 8.0) -> dict[str, Any]:
        return self.wait_for_row(
            "SELECT * FROM gateway_operation WHERE started_at >= to_timestamp(%s) ORDER BY id DESC LIMIT 1",
            since,
            timeout,
        )

    def wait_for_row(self, statement: str, value: Any, timeout: float) -> dict[str, Any]:
        until = time.monotonic() + timeout
        while time.monotonic() < until:
            found = self.rows(statement, value)
            if found:
                calls = self.rows(
                    "SELECT * FROM gateway_attempt WHERE operation_id = %s ORDER BY sequence", found[0]["id"]
                )
                if len(calls) == found[0]["attempts"] and all(call["status"] != "open" for call in calls):
                    return {**found[0], "calls": calls}
            time.sleep(0.05)
        raise AssertionError(f"no such row within {timeout} s: {statement} {value}")

    def stop(self, grace: float = 15.0) -> int:
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(grace)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()


@contextmanager
def running(database_url: str, folder: Path, patience: float = 40, **environment: str) -> Iterator[Gateway]:
    """Starts a web process on `database_url` (migrated) and stops it at the end. `patience`: seconds it may take to start."""
    port = free_port()
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / f"web-{port}.log"
    settings = {
        **os.environ,
        "DATABASE_URL": database_url,
        "LYNKR_HOST": "127.0.0.1",
        "LYNKR_PORT": str(port),
        "LYNKR_LOG_FORMAT": "json",
        "NO_PROXY": "127.0.0.1,localhost",
        **environment,
    }
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "serve"], cwd=REPOSITORY, env=settings, stdout=output, stderr=output
        )
    gateway = Gateway(f"http://127.0.0.1:{port}", database_url, process, log)
    try:
        _await_ready(gateway, patience)
        yield gateway
    finally:
        gateway.stop()


def _await_ready(gateway: Gateway, patience: float) -> None:
    until = time.monotonic() + patience
    while time.monotonic() < until:
        if gateway.process.poll() is not None:
            break
        try:
            if httpx.get(f"{gateway.base_url}/health/live", timeout=2).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    raise AssertionError("the gateway did not start:\n" + gateway.log.read_text()[-3000:])
