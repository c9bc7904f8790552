"""A PostgreSQL of its own with gateways on it, to be stopped, paused and locked: the answer cache in trouble."""

from __future__ import annotations

import json
import os
import re
import signal
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import psycopg
import yaml

from lynkr_site.embedded.postgres import Postgres
from tests.fakes.gateway import Gateway, running
from tests.fakes.script import Received, Reply, Text, Usage
from tests.fakes.upstream import Upstream
from tests.torture.place import _forget_connections, _prepare, _secrets

FIRST = "How do I undo the last git commit?"
SAME = "Please tell me how I can undo my last commit in git"
TARGET = "anth/claude-sonnet-4-5"
POLICIES: dict[str, dict[str, Any]] = {
    "exact": {"cache": "exact"},
    "near": {"cache": "semantic", "cache_check_percent": 0},
    "checked": {"cache": "semantic", "cache_check_percent": 100},
    "none": {"cache": "off"},
}


def configuration(upstream: Upstream) -> dict[str, Any]:
    tiers = {tier: [TARGET] for tier in ("SIMPLE", "MEDIUM", "COMPLEX", "REASONING")}
    teams = [
        {
            "slug": slug,
            "members": [{"user": user, "role": "admin"} for user in ("bob", "alice")],
            "tiers": tiers,
            "policy": {"cache_temperature": 1, "hold_out_percent": 0, "fallback": False, **policy},
        }
        for slug, policy in POLICIES.items()
    ]
    keys = [{"name": f"{slug} {user}", "team": slug, "user": user} for slug in POLICIES for user in ("bob", "alice")]
    root = {"name": "root", "team": "none", "user": "bob", "scopes": ["chat", "admin"]}
    provider = {"name": "anth", "vendor": "anthropic", "base_url": upstream.url, "secret": "sk-upstream-anth"}
    return {"providers": [provider], "teams": teams, "keys": [root, *keys]}


def configured(upstream: Upstream) -> dict[str, str]:
    """Into the database that Django's connection points at; the keys by name."""
    from gateway.configuration.loading import load
    from gateway.configuration.writing import apply

    return dict(apply(load(yaml.safe_dump(configuration(upstream)))).keys)


@dataclass
class Place:
    postgres: Postgres
    folder: Path
    keys: dict[str, str] = field(default_factory=dict)

    @contextmanager
    def gateway(self, name: str = "one", **environment: str) -> Iterator[Gateway]:
        """Started again with the same name it finds what the last one left in its folder."""
        folder = self.folder / name
        given = {**_secrets(), "LYNKR_DATA_DIR": str(folder), **environment}
        with running(self.postgres.url, folder, **given) as found:
            found.keys = self.keys
            found.reload()
            yield found

    @contextmanager
    def away(self) -> Iterator[None]:
        """Stopped at once (connections are cut), and started again. From the main thread."""
        process = self.postgres.process
        assert process is not None
        process.send_signal(signal.SIGQUIT)
        process.wait(20)
        try:
            yield
        finally:
            self.postgres.start()
            _forget_connections()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Takes connections and says nothing."""
        pids = self._pids()
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in reversed(pids):
                os.kill(pid, signal.SIGCONT)

    @contextmanager
    def locked(self) -> Iterator[None]:
        with psycopg.connect(self.postgres.url) as other, other.transaction():
            other.execute("LOCK TABLE caching_entry IN ACCESS EXCLUSIVE MODE")
            yield

    def _pids(self) -> list[int]:
        """The server and its processes, it first: so that none is made anew meanwhile."""
        process = self.postgres.process
        assert process is not None
        os.kill(process.pid, signal.SIGSTOP)
        found = [process.pid]
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                except (OSError, ValueError, IndexError):
                    continue
                if parent == process.pid:
                    found.append(int(entry.name))
        return found


@contextmanager
def place(folder: Path, upstream: Upstream) -> Iterator[Place]:
    folder.chmod(0o711)  # the server's user must get in
    with ExitStack() as stack:
        server = Postgres(folder / "postgres", "for-tests-only", connections=60, durable=False)
        server.start()
        stack.callback(lambda: server.stop())
        stack.callback(_forget_connections)
        _prepare(server.url)
        yield Place(server, folder, configured(upstream))


def post(
    lynkr: Gateway, ask: str, key: str = "exact bob", client: httpx.Client | None = None, **more: Any
) -> httpx.Response:
    sent = {"model": TARGET, "max_tokens": 100, "messages": [{"role": "user", "content": ask}], **more}
    call = client.post if client is not None else httpx.post
    return call(f"{lynkr.base_url}/v1/messages", json=sent, headers={"x-api-key": lynkr.keys[key]}, timeout=20)


def outcome(answer: httpx.Response) -> str:
    return answer.headers.get("x-lynkr-cache", "").partition(";")[0]


def eventually(true: Callable[[], Any], seconds: float = 10.0, what: str = "never so") -> None:
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, what
        time.sleep(0.05)


def metric(lynkr: Gateway, name: str) -> float:
    """The sum over all labels."""
    lines = httpx.get(f"{lynkr.base_url}/metrics", timeout=10).text.splitlines()
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith((f"{name}{{", f"{name} ")))


def own(received: Received) -> Reply:
    """Each ask's own answer: whoever is given another's is seen."""
    return Reply(parts=(Text(f"[{asked(received)}]"),), usage=Usage(input=20, output=5))


def asked(received: Received) -> str:
    content = json.loads(received.body)["messages"][-1]["content"]
    return content if isinstance(content, str) else "".join(part["text"] for part in content)


def right(one: str, text: str) -> bool:
    if one in ("exact", "near"):
        return text in (f"[{FIRST}]", f"[{SAME}]")
    return re.fullmatch(r"\[What is the use of \w+ \d+\?\]", text) is not None


def warm(lynkr: Gateway) -> None:
    """Until near matches are served, and FIRST is kept for whoever asks it, and nothing else."""

    def found(key: str) -> bool:
        return outcome(post(lynkr, FIRST, key)) == "exact"

    def begun() -> bool:
        lynkr.rows("DELETE FROM caching_entry RETURNING id")
        for key in ("exact bob", "near bob", "checked bob"):
            eventually(partial(found, key), 10, "nothing was kept")
        return outcome(post(lynkr, SAME, "near bob")) == "semantic"

    eventually(begun, 30, "near matches never began")
    lynkr.rows("DELETE FROM caching_check RETURNING id")


@dataclass
class Asked:
    at: float
    kind: str
    status: int
    outcome: str
    text: str
    seconds: float


class Traffic:
    """A few clients that ask without a pause: `kinds` of (key, ask of a number)."""

    def __init__(
        self,
        lynkr: Gateway,
        kinds: dict[str, tuple[str, Callable[[int], str]]],
        clients: int = 4,
        pause: float = 0.01,
        *,
        lenient: bool = False,
        **more: Any,
    ) -> None:
        """`lenient`: a process that is gone is status 0. `more`: of each request's body."""
        self._more = more
        self._lynkr, self._kinds, self._pause, self._lenient = lynkr, kinds, pause, lenient
        self._ended = threading.Event()
        self.asked: list[Asked] = []
        self._pool = ThreadPoolExecutor(clients)
        self._clients = clients

    def __enter__(self) -> Traffic:
        self._work = [self._pool.submit(self._client, number) for number in range(self._clients)]
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._pool.shutdown(wait=True)
        for one in self._work:
            one.result()

    def _client(self, mine: int) -> None:
        number = mine
        with httpx.Client() as client:
            while not self._ended.is_set():
                for kind, (key, ask) in self._kinds.items():
                    began = time.monotonic()
                    try:
                        answer = post(self._lynkr, ask(number), key, client, **self._more)
                    except httpx.HTTPError:
                        if not self._lenient:
                            raise
                        answer = httpx.Response(0, json={})
                    text = "".join(part.get("text", "") for part in answer.json().get("content", ()))
                    took = time.monotonic() - began
                    self.asked.append(Asked(began, kind, answer.status_code, outcome(answer), text, took))
                    number += self._clients
                self._ended.wait(self._pause)

    def between(self, since: float, until: float, kind: str) -> list[Asked]:
        return [one for one in list(self.asked) if since <= one.at <= until and one.kind == kind]


def median(asked: Sequence[Asked]) -> float:
    """Milliseconds."""
    assert len(asked) >= 10, len(asked)
    return 1000 * statistics.median(one.seconds for one in asked)
