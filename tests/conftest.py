"""Real parts for every test: one PostgreSQL per session, a database per worker, a Valkey, and a closed network.

* `db`: a fresh, migrated database (its name in Django's connection); `database_url` is its address for other processes.
* `valkey`: the address of a real, empty Valkey.
* Only loopback can be reached: anything else raises.
"""

from __future__ import annotations

import ipaddress
import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest

from lynkr_site.embedded.postgres import Postgres
from lynkr_site.embedded.valkey import Valkey
from lynkr_site.env import kept_secret, publish, use_settings

TEMPLATE = "lynkr_template"
SHARED_MEMORY = Path("/dev/shm")
PREFIX = "lynkr-tests-"
_started: dict[str, Any] = {}


def pytest_configure(config: pytest.Config) -> None:
    """Settings before any test module is imported; under xdist the controller owns the servers."""
    _close_the_network()
    worker = getattr(config, "workerinput", None)
    if worker is None:
        _remove_leftovers()
        shm = SHARED_MEMORY if _has_room(SHARED_MEMORY) else None
        _started["folder"] = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=shm))
        _started["folder"].chmod(0o711)  # the server's user must get in
        if getattr(config.option, "numprocesses", None):
            _postgres()
    else:
        _started["folder"] = Path(worker["lynkr_folder"])
        _started["url"] = worker["lynkr_postgres"]
        _started["worker"] = worker["workerid"]
    data = _started["folder"] / _started.get("worker", "main")
    publish(
        {
            "LYNKR_DATA_DIR": str(data),
            "LYNKR_ALLOWED_HOSTS": "*",
            "LYNKR_ADMIN_PASSWORD": "",
            "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/not_started",
            "REDIS_URL": "",
            "PROMETHEUS_MULTIPROC_DIR": "",
        }
    )
    use_settings()
    import django

    django.setup()


def _has_room(shared_memory: Path) -> bool:
    """Files in shared memory are memory: gateways under test refuse work (503) where little of it is free."""
    if not shared_memory.is_dir() or shutil.disk_usage(shared_memory).free < 10**9:
        return False
    try:
        lines = (line.split() for line in Path("/proc/meminfo").read_text().splitlines())
        known = {words[0]: int(words[1]) for words in lines if len(words) > 1}
        return known["MemAvailable:"] > 0.3 * known["MemTotal:"]
    except (OSError, KeyError, ValueError):
        return True


def _remove_leftovers() -> None:
    """Folders of test runs that were killed; their databases would fill the memory in time."""
    for parent in (SHARED_MEMORY, Path(tempfile.gettempdir())):
        for folder in parent.glob(f"{PREFIX}*"):
            owner = folder.name.removeprefix(PREFIX).partition("-")[0]
            if not owner.isdigit() or not _is_alive(int(owner)):
                shutil.rmtree(folder, ignore_errors=True)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def pytest_configure_node(node: Any) -> None:
    """xdist: tell each worker where the server is."""
    node.workerinput["lynkr_folder"] = str(_started["folder"])
    node.workerinput["lynkr_postgres"] = _started["url"]


def pytest_unconfigure(config: pytest.Config) -> None:
    if "server" in _started:
        _started["server"].stop()
    if hasattr(config, "workerinput") or "folder" not in _started:
        return
    shutil.rmtree(_started["folder"], ignore_errors=True)


def _postgres() -> str:
    """The address of the session's server, started when first asked for."""
    if "url" not in _started:
        folder = _started["folder"] / "postgres"
        server = Postgres(folder, kept_secret(_started["folder"], "postgres"), connections=200, durable=False)
        server.start()
        _started["server"] = server
        _started["url"] = server.url
    url: str = _started["url"]
    return url


def _admin(statement: str) -> None:
    with psycopg.connect(_postgres(), autocommit=True) as connection:
        connection.execute(statement)  # type: ignore[call-overload]


def _point_django_at(name: str) -> None:
    from django.conf import settings
    from django.db import connections

    parts = urlsplit(_postgres())
    there = {"NAME": name, "USER": parts.username, "PASSWORD": parts.password, "HOST": "127.0.0.1", "PORT": parts.port}
    for described in (settings.DATABASES["default"], connections["default"].settings_dict):
        described.update(there)


def use_database(url: str) -> None:
    """Points Django at `url` (of this session's server): whoever writes to a gateway's database through our own code says so
    first, for another test may have used `db` meanwhile."""
    from django.conf import settings

    name = urlsplit(url).path.lstrip("/")
    if settings.DATABASES["default"].get("NAME") != name:
        _disconnect()
        _point_django_at(name)


def _disconnect() -> None:
    from django.db import connections

    for connection in connections.all(initialized_only=True):
        connection.close()
        connection.close_pool()


@pytest.fixture(scope="session")
def _template() -> None:
    """The migrated database every test database is a copy of, made once per session whoever comes first."""
    import fcntl

    from django.core.management import call_command

    with (_started["folder"] / "template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = _started["folder"] / "template.done"
        if not done.exists():
            _admin(f"DROP DATABASE IF EXISTS {TEMPLATE} WITH (FORCE)")
            _admin(f"CREATE DATABASE {TEMPLATE}")
            _point_django_at(TEMPLATE)
            call_command("migrate", interactive=False, verbosity=0)
            _disconnect()
            done.touch()


@pytest.fixture
def db(_template: None) -> Iterator[str]:
    """A database nobody else uses, migrated and otherwise empty; its name. Commits are real."""
    name = f"lynkr_{_started.get('worker', 'main')}"
    _disconnect()
    _admin(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    _admin(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY file_copy")
    _point_django_at(name)
    yield name
    _disconnect()


@pytest.fixture
def database_url(db: str) -> str:
    """The address of `db`, for other processes and other libraries."""
    return urlsplit(_postgres())._replace(path=f"/{db}").geturl()


@pytest.fixture(scope="session")
def _valkey() -> Iterator[str]:
    folder = _started["folder"] / f"valkey-{_started.get('worker', 'main')}"
    server = Valkey(folder, "for-tests-only", durable=False)
    server.start()
    yield server.url
    server.stop()


@pytest.fixture
def valkey(_valkey: str) -> str:
    """The address of a real, empty Valkey."""
    import redis

    with redis.Redis.from_url(_valkey) as client:
        client.flushall()
    return _valkey


class NetworkClosed(RuntimeError):
    """A test tried to leave the machine."""


def _close_the_network() -> None:
    """An audit hook sees every connect and every name look-up made in Python, whatever library makes it."""
    if getattr(sys, "_lynkr_network_closed", False):
        return
    sys._lynkr_network_closed = True  # type: ignore[attr-defined]

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "socket.connect":
            address = arguments[1]
            if isinstance(address, tuple) and not _is_loopback(address[0]):
                raise NetworkClosed(f"tests reach loopback only, not {address[0]}")
        elif event == "socket.getaddrinfo" and arguments[0] and not _is_loopback(arguments[0]):
            if str(arguments[0]).endswith(".invalid"):  # RFC 6761: never resolves, so no look-up need leave
                raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
            raise NetworkClosed(f"tests reach loopback only, not {arguments[0]}")

    sys.addaudithook(watch)


def _is_loopback(host: str | bytes) -> bool:
    name = host.decode() if isinstance(host, bytes) else host
    if name in ("localhost", ""):
        return True
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


@contextmanager
def dedicated_database(purpose: str) -> Iterator[str]:
    """The address of a migrated database for a whole session, which Django's connection points at until a test takes
    `db` (see `use_database`)."""
    name = f"lynkr_{purpose}_{_started.get('worker', 'main')}"
    _disconnect()
    _admin(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    _admin(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY file_copy")
    _point_django_at(name)
    yield urlsplit(_postgres())._replace(path=f"/{name}").geturl()
    _disconnect()
