"""The servers and gateway processes to be tortured, and how: `kill -9` and a database that goes away."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from lynkr_site.embedded.postgres import Postgres
from lynkr_site.embedded.valkey import Valkey
from tests.fakes.gateway import Gateway, running
from tests.fakes.upstream import Upstream

INPUT, OUTPUT = Decimal("0.003"), Decimal("0.015")  # USD a token, in all models
LADDER = ["anth/claude-sonnet-4-5", "chat/gpt-4o"]


@dataclass
class Node:
    """One gateway process, again and again. `folder` is its data folder, which processes of one machine share."""

    url: str
    folder: Path
    environment: dict[str, str]
    gateway: Gateway | None = None
    kills: list[tuple[float, float]] = field(default_factory=list)  # from the kill until it was up again
    _stack: ExitStack = field(default_factory=ExitStack)

    @property
    def port(self) -> int:
        assert self.gateway is not None
        return int(self.gateway.base_url.rsplit(":", 1)[1])

    def start(self) -> None:
        self._stack = ExitStack()
        opened = running(self.url, self.folder, 120, LYNKR_DATA_DIR=str(self.folder), **self.environment)
        self.gateway = self._stack.enter_context(opened)

    def kill(self) -> None:
        """As the kernel does it; started again on the same folder at once."""
        assert self.gateway is not None
        at = time.monotonic()
        self.gateway.process.kill()
        self.gateway.process.wait()
        self._stack.close()
        self.start()
        self.kills.append((at, time.monotonic()))

    def stop(self) -> None:
        self._stack.close()


@dataclass
class Place:
    postgres: Postgres
    valkey: Valkey
    nodes: list[Node]
    keys: dict[str, str]
    folders: list[Path]
    away: tuple[float, float] | None = None

    def stop_postgres(self, seconds: float) -> None:
        """A fast shutdown (connections are cut), and the same server again later. From the main thread."""
        began = time.monotonic()
        self.postgres.stop()
        time.sleep(seconds)
        self.postgres.start()
        _forget_connections()
        self.away = (began, time.monotonic())

    def killing(self, seed: int, at: list[float]) -> threading.Thread:
        """Kills a process at each of these seconds from now. Where starting one takes long, those it is too late for are
        left out."""
        dice, began = random.Random(seed), time.monotonic()

        def work() -> None:
            for second in at:
                if time.monotonic() > began + max(at):
                    return
                time.sleep(max(0.0, began + second - time.monotonic()))
                dice.choice(self.nodes).kill()

        thread = threading.Thread(target=work, name="killer", daemon=True)
        thread.start()
        return thread


@contextmanager
def place(folder: Path, upstream: Upstream, budgets: dict[str, int]) -> Iterator[Place]:
    """Four processes of two machines on one PostgreSQL and one Valkey. `budgets`: USD by slug of a team, and "key" for the
    key "thrifty", all of the month."""
    folder.chmod(0o711)  # the server's user must get in
    with ExitStack() as stack:
        postgres = Postgres(folder / "postgres", "for-tests-only", connections=150, durable=False)
        postgres.start()
        stack.callback(lambda: postgres.stop())
        valkey = Valkey(folder / "valkey", "for-tests-only", durable=False)
        valkey.start()
        stack.callback(valkey.stop)
        _prepare(postgres.url)
        keys = _configure(upstream, budgets)
        folders = [folder / "machine-1", folder / "machine-2"]
        nodes = [Node(postgres.url, folders[n % 2], {**_secrets(), "REDIS_URL": valkey.url}) for n in range(4)]
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(Node.start, nodes))
        for node in nodes:
            stack.callback(node.stop)
        yield Place(postgres, valkey, nodes, keys, folders)


def _secrets() -> dict[str, str]:
    """Another data folder, the same secrets."""
    from lynkr_site.env import env

    found = env()
    return {
        "LYNKR_SECRET_KEY": found.secret_key,
        "LYNKR_KEY_PEPPER": found.key_pepper,
        "LYNKR_ENCRYPTION_KEY": found.encryption_key,
        "LYNKR_BUDGETS_WHEN_AWAY": "refuse",
    }


def _prepare(url: str) -> None:
    """Django's connection to the server, and the tables."""
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connections

    parts = urlsplit(url)
    there = {"NAME": parts.path[1:], "USER": parts.username, "PASSWORD": parts.password, "HOST": "127.0.0.1"}
    _forget_connections()
    for described in (settings.DATABASES["default"], connections["default"].settings_dict):
        described.update({**there, "PORT": parts.port})
    call_command("migrate", interactive=False, verbosity=0)


def _forget_connections() -> None:
    from django.db import connections

    connections["default"].close()
    connections["default"].close_pool()


def _configure(upstream: Upstream, budgets: dict[str, int]) -> dict[str, str]:
    from accounts.models import ApiKey, Budget, Team
    from gateway.configuration.loading import load
    from gateway.configuration.writing import apply
    from routing.models import PriceOverride

    teams: list[dict[str, Any]] = [
        {"slug": slug, "members": [{"user": slug, "role": "admin"}], "tiers": {"SIMPLE": LADDER}}
        for slug in ("scarce", "ample", "free")
    ]
    keys: list[dict[str, Any]] = [
        {"name": f"{team['slug']}-{number}", "team": team["slug"], "user": team["slug"]}
        for team in teams
        for number in range(2)
    ]
    keys[-1]["limits"] = {"parallel_requests": 5, "requests_per_minute": 100_000, "tokens_per_minute": 10_000_000}
    keys.append({"name": "thrifty", "team": "ample", "user": "ample"})
    keys.append({"name": "root", "team": "free", "user": "free", "scopes": ["chat", "admin"]})
    providers = [
        {"name": "anth", "vendor": "anthropic", "base_url": upstream.url, "secret": "sk-upstream-anth"},
        {
            "name": "chat",
            "vendor": "openai-compatible",
            "base_url": f"{upstream.url}/v1",
            "secret": "sk-upstream-chat",
        },
    ]
    applied = apply(load(yaml.safe_dump({"providers": providers, "teams": teams, "keys": keys})))
    million = 1_000_000
    PriceOverride.objects.create(team=None, model="*", input=INPUT * million, output=OUTPUT * million)
    for name, limit in budgets.items():
        of = {"key": ApiKey.objects.get(name="thrifty")} if name == "key" else {"team": Team.objects.get(slug=name)}
        made = Budget.objects.create(window="month", limit=limit, **of)
        # As if it had been there since the window began: the proof compares such with the ledger.
        Budget.objects.filter(id=made.id).update(created_at=made.created_at.replace(year=made.created_at.year - 1))
    return {name: key for name, key in applied.keys.items() if name != "root"}
