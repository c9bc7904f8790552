"""The gateway under measurement: one that runs already, or one started here."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from .machine import listeners

ROOT = Path(__file__).parents[1]
CONFIGURATION = """\
providers:
  - {{name: bench-openai, vendor: openai, base_url: "http://127.0.0.1:{port}/v1", secret: bench}}
  - {{name: bench-anthropic, vendor: anthropic, base_url: "http://127.0.0.1:{port}", secret: bench}}
teams:
  - slug: bench
    members: [{{user: bench, role: member}}]
    tiers:
      SIMPLE: [bench-openai/bench-small]
      MEDIUM: [bench-openai/bench-small]
      COMPLEX: [bench-anthropic/bench-small]
      REASONING: [bench-anthropic/bench-small]
    budgets: [{{window: month, limit: 1000000, soft: 900000}}]
keys: [{{name: bench-key, team: bench, user: bench}}]
prices:
  - {{model: bench-small, input: 0.5, output: 1.5}}
  - {{model: bench-burst, input: 0.5, output: 1.5}}
  - {{model: bench-paced, input: 0.5, output: 1.5}}
  - {{model: bench-slow, input: 0.5, output: 1.5}}
"""


@dataclass(frozen=True)
class Gateway:
    """`model_format` makes the name a client asks for from {provider} (bench-openai, bench-anthropic) and {model}.
    `pids`: the web processes, whose CPU and memory are measured; empty: elsewhere, only times are measured. `keys` by name
    and the data `folder`: of one that was started here."""

    base_url: str
    key: str
    model_format: str = "{provider}/{model}"
    pids: list[int] = field(default_factory=list)
    stop: Callable[[], None] = lambda: None
    keys: dict[str, str] = field(default_factory=dict)
    folder: Path | None = None

    @property
    def address(self) -> tuple[str, int]:
        parts = urlsplit(self.base_url)
        return parts.hostname or "127.0.0.1", parts.port or 80


def running(base_url: str, key: str, model_format: str) -> Gateway:
    """One that is already there, configured like CONFIGURATION."""
    found = Gateway(base_url, key, model_format)
    return Gateway(base_url, key, model_format, listeners(found.address[1]))


def start_lynkr(upstream_port: int, port: int = 9391, more: str = "") -> Gateway:
    """Starts Lynkr as its users do (``manage.py run``: one web process, worker, beat, embedded servers) in a data folder of
    its own, applies CONFIGURATION, then `more` of the kind, and takes the keys it prints. Raises RuntimeError with what went
    wrong.

    This is the one function to adapt when those commands change.
    """
    if not (ROOT / "manage.py").exists():
        raise RuntimeError("there is no manage.py yet; give --base-url and --key")
    folder = tempfile.TemporaryDirectory(prefix="lynkr-bench-")
    environment = {**os.environ, "LYNKR_PORT": str(port), "LYNKR_DATA_DIR": folder.name, "LYNKR_HOST": "127.0.0.1"}
    log = Path(folder.name) / "bench.log"
    with log.open("wb") as out:
        started = subprocess.Popen(
            [sys.executable, "manage.py", "run"],
            cwd=ROOT,
            env=environment,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )

    def stop() -> None:
        started.send_signal(signal.SIGINT)
        try:
            started.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(started.pid, signal.SIGKILL)
        folder.cleanup()

    try:
        _wait_ready(f"http://127.0.0.1:{port}/health/ready", started, log)
        keys: dict[str, str] = {}
        for text in filter(None, (CONFIGURATION.format(port=upstream_port), more)):
            keys |= _applied(text, Path(folder.name) / "bench.yaml", environment)
    except BaseException:
        stop()
        raise
    return Gateway(
        f"http://127.0.0.1:{port}",
        keys["bench-key"],
        pids=listeners(port),
        stop=stop,
        keys=keys,
        folder=Path(folder.name),
    )


def _applied(configuration: str, file: Path, environment: dict[str, str]) -> dict[str, str]:
    """Applies it; the keys that were made by name: the last JSON object of what ``apply --print-keys json`` prints."""
    file.write_text(configuration)
    command = [sys.executable, "manage.py", "apply", str(file), "--print-keys", "json"]
    applied = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
    if applied.returncode:
        raise RuntimeError(f"manage.py apply failed:\n{applied.stderr[-2000:]}")
    keys: dict[str, str] = json.loads(applied.stdout[applied.stdout.rindex("{") :])
    return keys


def _wait_ready(url: str, process: subprocess.Popen[bytes], log: Path, timeout: float = 120.0) -> None:
    until = time.monotonic() + timeout
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(f"Lynkr ended at once:\n{log.read_text(errors='replace')[-2000:]}")
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            pass
        time.sleep(0.25)
    raise RuntimeError(f"Lynkr was not ready after {timeout:.0f} s:\n{log.read_text(errors='replace')[-2000:]}")
