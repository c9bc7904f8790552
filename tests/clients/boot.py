"""The one place that knows how the client tests get a gateway; `make test` and `make clients` both come here."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import yaml

from tests.conftest import dedicated_database, use_database
from tests.fakes.gateway import REPOSITORY, free_port, running

from .world import Provider

KEYS = [
    {"name": "dev", "team": "acme", "user": "dev"},
    {"name": "root", "team": "acme", "user": "root", "scopes": ["chat", "models", "embeddings", "admin"]},
]


class Real:
    """A gateway in processes of its own; `apply` writes a configuration and returns the keys it made."""

    def __init__(self, base_url: str, apply: Callable[[Mapping[str, Any]], Mapping[str, str]]) -> None:
        self.base_url = base_url
        self._apply = apply
        self.keys: dict[str, str] = {}

    @property
    def key(self) -> str:
        return self.keys["dev"]

    def configure(
        self, providers: Sequence[Provider], teams: Sequence[Mapping[str, Any]] = (), keys: Sequence[Any] = ()
    ) -> None:
        """`teams` and `keys`: beside those that every test has, as in the YAML."""
        target = self.name_of(providers[0])
        document = {
            "providers": [
                {
                    "name": one.name,
                    "vendor": one.vendor,
                    "base_url": one.base_url,
                    "secret": one.secret,
                    "options": dict(one.options),
                }
                for one in providers
            ],
            "teams": [
                {
                    "slug": "acme",
                    "members": [{"user": "dev", "role": "member"}, {"user": "root", "role": "admin"}],
                    "tiers": {tier: [target] for tier in ("SIMPLE", "MEDIUM", "COMPLEX", "REASONING")},
                    # Codex's code mode is bound to a model name it knows.
                    "policy": {"auto_names": ["auto", "claude-*", "gpt-6.1-sol"]},
                },
                *teams,
            ],
            "keys": [*KEYS, *keys],
        }
        self.keys.update(self._apply(document))
        self._reload()

    def _reload(self) -> None:
        until = time.monotonic() + 10
        while True:
            answer = httpx.post(f"{self.base_url}/v1/admin/reload", headers={"x-api-key": self.keys["root"]})
            if answer.status_code == 200:
                return
            assert time.monotonic() < until, answer.text
            time.sleep(0.05)

    def revoke(self, name: str) -> None:
        """Takes the key `name` back, as a lead does, and waits until that is in force."""
        headers = {"authorization": f"Bearer {self.keys['root']}"}
        address = f"{self.base_url}/api/v1/keys"
        rows = httpx.get(address, headers=headers, params={"limit": 100}).raise_for_status().json()["items"]
        [found] = [row for row in rows if row["name"] == name]
        httpx.post(f"{address}/{found['id']}/revoke", headers=headers, json={}).raise_for_status()
        self._reload()

    def name_of(self, provider: Provider) -> str:
        return f"{provider.name}/{provider.model}"

    def serves(self, client_dialect: str, provider: Provider) -> bool:
        return True


@contextmanager
def boot() -> Iterator[Real]:
    """Inside the tests: a web process on a database of its own."""
    with (
        dedicated_database("clients") as url,
        tempfile.TemporaryDirectory() as folder,
        running(url, Path(folder)) as gateway,
    ):

        def apply(document: Mapping[str, Any]) -> Mapping[str, str]:
            from gateway.configuration.loading import load
            from gateway.configuration.writing import apply as write

            use_database(url)
            return write(load(yaml.safe_dump(dict(document)))).keys

        yield Real(gateway.base_url, apply)


@contextmanager
def boot_alone() -> Iterator[Real]:
    """Outside the tests: Lynkr as its users start it, in a data folder of its own."""
    with tempfile.TemporaryDirectory(prefix="lynkr-clients-") as folder:
        Path(folder).chmod(0o755)
        port = free_port()
        data = str(Path(folder) / "data")
        environment = {**os.environ, "LYNKR_PORT": str(port), "LYNKR_DATA_DIR": data, "LYNKR_HOST": "127.0.0.1"}
        log = Path(folder) / "run.log"
        with log.open("wb") as output:
            started = subprocess.Popen(
                [sys.executable, "manage.py", "run"], cwd=REPOSITORY, env=environment, stdout=output, stderr=output
            )

        def apply(document: Mapping[str, Any]) -> Mapping[str, str]:
            path = Path(folder) / "configuration.yaml"
            path.write_text(yaml.safe_dump(dict(document)))
            command = [sys.executable, "manage.py", "apply", str(path), "--print-keys", "json"]
            done = subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False)
            if done.returncode:
                raise RuntimeError(f"manage.py apply failed:\n{done.stderr[-2000:]}")
            keys: dict[str, str] = json.loads(done.stdout[done.stdout.rindex("{") :])
            return keys

        try:
            _await(f"http://127.0.0.1:{port}/health/ready", started, log)
            yield Real(f"http://127.0.0.1:{port}", apply)
        finally:
            started.send_signal(signal.SIGINT)
            try:
                started.wait(20)
            except subprocess.TimeoutExpired:
                started.kill()


def _await(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 120
    while time.monotonic() < until and process.poll() is None:
        try:
            if httpx.get(url, timeout=2).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.25)
    raise RuntimeError(f"Lynkr did not start:\n{log.read_text(errors='replace')[-2000:]}")
