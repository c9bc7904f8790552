"""Threads with a connection to Postgres each, for what requests ask or leave behind."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

import psycopg

Result = TypeVar("Result")
Connect = Callable[[], psycopg.Connection[Any]]


class ConnectedThreads:
    """`execute` may be called in work given to `submit` only."""

    def __init__(self, name: str, count: int, connect: Connect) -> None:
        self._connect = connect
        self._threads = ThreadPoolExecutor(count, thread_name_prefix=f"lynkr-{name}")
        self._local = threading.local()
        self._connections: list[psycopg.Connection[Any]] = []

    def submit(self, work: Callable[..., Result], *values: Any) -> Future[Result]:
        """Raises RuntimeError after `close`."""
        return self._threads.submit(work, *values)

    def execute(self, statement: str, values: tuple[Any, ...]) -> psycopg.Cursor[Any]:
        """On this thread's connection, in autocommit; a dead one is replaced once."""
        connection = getattr(self._local, "connection", None)
        if connection is not None and not connection.closed:
            try:
                return connection.execute(statement, values)  # type: ignore[no-any-return]
            except psycopg.OperationalError:
                connection.close()
                self._connections.remove(connection)
        self._local.connection = connection = self._connect()
        self._connections.append(connection)
        connection.prepare_threshold = None
        return connection.execute(statement, values)  # type: ignore[no-any-return]

    def close(self) -> None:
        """Waits for what was submitted, then lets go of the connections."""
        self._threads.shutdown(wait=True)
        for connection in self._connections:
            connection.close()
