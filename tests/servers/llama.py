"""llama.cpp's own server in a process of its own, with the model of tiny_model.py. Nobody here wrote the server."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.fakes.gateway import REPOSITORY, free_port

HOME = Path(os.environ.get("LYNKR_TEST_SERVERS", REPOSITORY / ".lynkr" / "servers"))
BINARY = HOME / "llama-server"
KEY = "server-secret"
MODEL = "tiny"
SLOTS = 2
CONTEXT = 16_384  # tokens of one slot


@dataclass(frozen=True)
class Totals:
    """What the server counted itself, for all callers: `prompt` without what it found in its cache."""

    prompt: int
    predicted: int

    def since(self, before: Totals) -> tuple[int, int]:
        return self.prompt - before.prompt, self.predicted - before.predicted


@dataclass
class LlamaServer:
    """`base_url` without /v1."""

    base_url: str

    def post(self, path: str, body: dict[str, Any]) -> httpx.Response:
        return httpx.post(self.base_url + path, json=body, headers=self._headers, timeout=30)

    def totals(self) -> Totals:
        found = {}
        for line in httpx.get(self.base_url + "/metrics", headers=self._headers).text.splitlines():
            if not line.startswith("#"):
                name, value = line.rsplit(" ", 1)
                found[name.removeprefix("llamacpp:")] = int(float(value))
        return Totals(found["prompt_tokens_total"], found["tokens_predicted_total"])

    def busy_slots(self) -> int:
        slots = httpx.get(self.base_url + "/slots", headers=self._headers).json()
        assert len(slots) == SLOTS
        return sum(slot["is_processing"] for slot in slots)

    def await_busy(self, count: int, seconds: float) -> None:
        until = time.monotonic() + seconds
        while self.busy_slots() != count:
            assert time.monotonic() < until, f"{self.busy_slots()} slots busy, not {count}, after {seconds} s"
            time.sleep(0.02)

    @property
    def _headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {KEY}"}


@contextmanager
def running(folder: Path) -> Iterator[LlamaServer]:
    model, log = folder / "tiny.gguf", folder / "llama-server.log"
    maker = [str(HOME / "venv" / "bin" / "python"), str(Path(__file__).with_name("tiny_model.py")), str(model)]
    subprocess.run(maker, check=True, capture_output=True)
    port = free_port()
    options = {
        "--model": str(model),
        "--alias": MODEL,
        "--host": "127.0.0.1",
        "--port": str(port),
        "--api-key": KEY,
        "--ctx-size": str(SLOTS * CONTEXT),
        "--parallel": str(SLOTS),
        "--threads": "1",
        "--temp": "0",
    }
    switches = ["--metrics", "--slots", "--jinja", "--no-webui", "--no-warmup"]
    command = [str(BINARY), *(word for pair in options.items() for word in pair), *switches]
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, stdin=subprocess.DEVNULL)
    server = LlamaServer(f"http://127.0.0.1:{port}")
    try:
        _await_ready(server, process, log)
        yield server
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _await_ready(server: LlamaServer, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        try:
            if httpx.get(server.base_url + "/health", timeout=2).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    raise AssertionError("llama-server did not start:\n" + log.read_text(errors="replace")[-3000:])
