"""Which database and which Redis this installation uses: those of the environment, else the embedded ones."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from lynkr_site.env import Env, kept_secret

from . import postgres, valkey
from .claim import Claim, Taken
from .postgres import Postgres
from .valkey import Valkey

# Connections beside the web processes' pools: the worker's pool, beat, journals' LISTEN connections, people.
SPARE_CONNECTIONS = 40


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the servers are; None: not known, the embedded one was never started."""

    database_url: str | None
    redis_url: str | None

    def environ(self) -> dict[str, str]:
        """As variables for child processes."""
        found = {"DATABASE_URL": self.database_url, "REDIS_URL": self.redis_url}
        return {name: value for name, value in found.items() if value}


def addresses(env: Env) -> Addresses:
    """Where the servers are, without starting anything."""
    return Addresses(
        env.database_url or postgres.url(env.data_dir / "postgres", kept_secret(env.data_dir, "postgres_password")),
        env.redis_url or valkey.url(env.data_dir / "valkey", kept_secret(env.data_dir, "valkey_password")),
    )


def redis_is_shared(env: Env) -> bool:
    """Whether more than one web process may count in Redis: it was given by the people here, or several processes run. (In
    children of `make run` the embedded server's address is in the environment too.)"""
    own = valkey.url(env.data_dir / "valkey", kept_secret(env.data_dir, "valkey_password"))
    return env.web_processes > 1 or (env.redis_url is not None and env.redis_url != own)


def embedded(env: Env) -> list[Postgres | Valkey]:
    """The servers we have to run ourselves, in the order to start them."""
    found: list[Postgres | Valkey] = []
    if env.database_url is None:
        found.append(embedded_postgres(env))
    if env.redis_url is None:
        found.append(Valkey(env.data_dir / "valkey", kept_secret(env.data_dir, "valkey_password")))
    return found


def embedded_postgres(env: Env) -> Postgres:
    """Sized for the pools that will connect to it."""
    connections = max(100, env.db_pool * env.web_processes + SPARE_CONNECTIONS)
    password = kept_secret(env.data_dir, "postgres_password")
    return Postgres(env.data_dir / "postgres", password, connections=connections)


@contextmanager
def database_for_a_command(env: Env) -> Iterator[None]:
    """The embedded PostgreSQL for one management command: the running one of `make run`, else started for as long."""
    if env.database_url is not None:
        yield
        return
    try:
        with Claim(env.data_dir):
            server = embedded_postgres(env)
            server.start()
            try:
                yield
            finally:
                server.stop()
    except Taken:
        yield
