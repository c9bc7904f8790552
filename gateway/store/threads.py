"""Threads with a connection to Postgres each, for what requests ask or leave behind."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

import psycopg

Result = TypeVar("Result")
Connect = Callable[[], psycopg.Connection[Any]]

Greet = Callable[[Callable[[str], psycopg.Cursor[Any]]], None]


class ConnectedThreads:
    """`greet`: what to ask first on every new connection. `execute` and `ready` may be called in work given to `submit`
    only."""

    def __init__(self, name: str, count: int, connect: Connect, greet: Greet | None = None) -> None:
        self._connect = connect
        self._greet = greet
        self._threads = ThreadPoolExecutor(count, thread_name_prefix=f"lynkr-{name}")
        self._local = threading.local()
        self._connections: list[psycopg.Connection[Any]] = []
        self._ending = False
        self._running: dict[int, tuple[float, socket.socket]] = {}  # thread -> since when, on what

    def submit(self, work: Callable[..., Result], *values: Any) -> Future[Result]:
        """Raises RuntimeError after `close`."""
        return self._threads.submit(work, *values)

    def execute(self, statement: str, values: Sequence[Any] | Mapping[str, Any]) -> psycopg.Cursor[Any]:
        """On this thread's connection, in autocommit; a dead one is replaced once. A statement that ran into its own limit
        of time is not tried again."""
        connection = getattr(self._local, "connection", None)
        if connection is not None and not connection.closed:
            try:
                return self._watched(connection, statement, values)
            except (psycopg.errors.QueryCanceled, psycopg.errors.LockNotAvailable):
                raise
            except psycopg.OperationalError:
                connection.close()
                self._connections.remove(connection)
                if self._ending:
                    raise
        elif connection is not None and connection in self._connections:
            self._connections.remove(connection)
        return self._watched(self._new(), statement, values)

    def ready(self) -> None:
        """Opens this thread's connection if it has none: what to say may depend on what the server allows."""
        connection = getattr(self._local, "connection", None)
        if connection is None:
            self._new()

    def _new(self) -> psycopg.Connection[Any]:
        self._local.connection = connection = self._connect()
        self._connections.append(connection)
        connection.prepare_threshold = None
        if self._greet is not None:
            self._greet(lambda statement: self._watched(connection, statement, ()))
        return connection

    def cut(self, seconds: float, *, last: bool = False) -> None:
        """Ends the connections on which a statement has run longer than that, so that their threads come back: a server or
        a network that went silent says nothing for minutes. `last`: and nothing is tried again. From any thread."""
        self._ending = self._ending or last
        before = time.monotonic() - seconds
        for since, line in list(self._running.values()):
            if since < before:
                with contextlib.suppress(OSError):
                    line.shutdown(socket.SHUT_RDWR)

    def _watched(
        self, connection: psycopg.Connection[Any], statement: str, values: Sequence[Any] | Mapping[str, Any]
    ) -> psycopg.Cursor[Any]:
        line = socket.fromfd(connection.fileno(), socket.AF_INET, socket.SOCK_STREAM)  # ours: its number is not reused
        thread = threading.get_ident()
        self._running[thread] = time.monotonic(), line
        try:
            return connection.execute(statement, values)
        finally:
            del self._running[thread]
            line.close()

    def close(self) -> None:
        """Waits for what was submitted, then lets go of the connections."""
        self._threads.shutdown(wait=True)
        for connection in self._connections:
            connection.close()
