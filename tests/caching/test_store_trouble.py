"""A Postgres that hangs, dies or is away: requests find nothing, in time, and the store comes back by itself (DBL)."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from prometheus_client import REGISTRY

from accounts.models import Team
from gateway import postgres
from gateway.store import PostgresMemory, memory, memory_writing

from .rows import CONTEXT, TAG, digest, entry, sql, written


@pytest.fixture
def team(db: str) -> int:
    return Team.objects.create(slug="acme").id


@pytest.fixture
async def store(team: int, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[PostgresMemory]:
    """With an entry of the team, and open connections."""
    monkeypatch.setattr(memory_writing, "PAUSE", 0.05)
    found = PostgresMemory()
    found.keep(entry(team), TAG, [1.0, 0.0])
    await asyncio.to_thread(written, found)
    assert await found.find(f"team:{team}", digest("one"), 5.0) is not None
    yield found
    await found.stop()


@contextmanager
def locked() -> Iterator[None]:
    with postgres.connect("test") as other, other.transaction():
        other.execute("LOCK TABLE caching_entry IN ACCESS EXCLUSIVE MODE")
        yield


async def _again(store: PostgresMemory, team: int, seconds: float = 10.0) -> float:
    """How long until it is found again."""
    start = time.monotonic()
    while await store.find(f"team:{team}", digest("one"), 0.5) is None:
        assert time.monotonic() < start + seconds
        await asyncio.sleep(0.02)
    return time.monotonic() - start


async def test_a_locked_table_costs_a_request_its_patience_and_the_next_ones_nothing(
    team: int, store: PostgresMemory
) -> None:
    with locked():
        start = time.monotonic()
        assert await store.find(f"team:{team}", digest("one"), 0.05) is None
        assert 0.04 < time.monotonic() - start < 2.0
        start = time.monotonic()
        for _ in range(100):
            assert await store.find(f"team:{team}", digest("one"), 0.5) is None
            assert await store.near(f"team:{team}", CONTEXT, TAG, [1.0, 0.0], patience=0.5) == []
        assert time.monotonic() - start < 0.5, "it rests"
        await asyncio.sleep(memory.REST)
        waiting = await asyncio.to_thread(
            sql, "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'lynkr cache' AND state = 'active'"
        )
        assert waiting == [(0,)], "the statements gave up with the requests"
    await _again(store, team)


async def test_a_group_that_takes_too_long_rests_alone(team: int, store: PostgresMemory) -> None:
    store.keep(entry(team, scope="other"), TAG, [1.0, 0.0])
    await asyncio.to_thread(written, store)
    with locked():
        assert await store.near(f"team:{team}", CONTEXT, TAG, [1.0, 0.0], patience=0.05) == []
    assert await store.near(f"team:{team}", CONTEXT, TAG, [1.0, 0.0], patience=5.0) == []
    assert len(await store.near("other", CONTEXT, TAG, [1.0, 0.0], patience=5.0)) == 1
    assert await store.find(f"team:{team}", digest("one"), 5.0) is not None
    await asyncio.sleep(memory.REST)
    assert len(await store.near(f"team:{team}", CONTEXT, TAG, [1.0, 0.0], patience=5.0)) == 1


async def test_many_that_ask_at_once_leave_no_backlog(team: int, store: PostgresMemory) -> None:
    with locked():
        found = await asyncio.gather(*(store.find(f"team:{team}", digest("one"), 0.1) for _ in range(500)))
        assert found == [None] * 500
        assert store._finders._threads._work_queue.qsize() <= 500
    await asyncio.sleep(memory.REST)
    assert await _again(store, team) < 2.0


async def test_a_connection_that_was_killed_is_replaced_before_anybody_notices(
    team: int, store: PostgresMemory
) -> None:
    await asyncio.to_thread(
        sql, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'lynkr cache'"
    )
    assert await store.find(f"team:{team}", digest("one"), 5.0) is not None
    store.keep(entry(team, "two"))
    await asyncio.to_thread(written, store)
    assert await store.find(f"team:{team}", digest("two"), 5.0) is not None
    assert store.dropped == 0


async def test_what_is_left_while_the_table_is_locked_is_written_later_and_what_finds_no_room_is_counted(
    team: int, store: PostgresMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory_writing, "LIMIT_MS", "50")
    with locked():
        start = time.monotonic()
        for number in range(memory_writing.MOST_ENTRIES + 10):
            store.keep(entry(team, f"n{number}"))
        assert time.monotonic() - start < 1.0
        assert store.dropped == 10
        kept = "SELECT count(*) FROM caching_entry"
        await asyncio.sleep(0.3)
    await asyncio.to_thread(written, store)
    assert await asyncio.to_thread(sql, kept) == [(memory_writing.MOST_ENTRIES + 1,)]
    big = entry(team, "big", answer=b"x" * (memory_writing.MOST_BYTES + 1))
    store.keep(big)
    assert store.dropped == 11


async def test_stopping_waits_for_what_is_left_but_not_for_a_server_that_hangs(
    team: int, store: PostgresMemory
) -> None:
    other = PostgresMemory()
    other.start()
    with locked():
        other.keep(entry(team, "late"))
        start = time.monotonic()
        await other.stop()
        assert time.monotonic() - start < 8.0
    other.keep(entry(team, "after the end"))
    assert await other.find(f"team:{team}", digest("one")) is None
    assert other.dropped == 1


class Frozen:
    """A line to Postgres that can be frozen: it takes all and says nothing, as a server under SIGSTOP does."""

    def __init__(self, there: tuple[str, int]) -> None:
        self._there = there
        self.flowing = threading.Event()
        self.flowing.set()
        self.lines = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            self.lines += 1
            far = socket.create_connection(self._there)
            for source, target in ((near, far), (far, near)):
                threading.Thread(target=self._carry, args=(source, target), daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                self.flowing.wait()
                target.sendall(data)
        except OSError:
            pass
        finally:
            source.close()
            target.close()

    def close(self) -> None:
        self.flowing.set()
        self._listener.close()


async def test_a_server_that_went_silent_is_given_up_and_asked_anew(
    team: int, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "BEAT", 0.1)
    monkeypatch.setattr(memory, "STUCK", 0.3)
    parts = urlsplit(database_url)
    line = Frozen((parts.hostname or "", parts.port or 0))

    def connect() -> psycopg.Connection[Any]:
        return psycopg.connect(**{**postgres.parameters(), "port": line.port}, autocommit=True)

    store = PostgresMemory(connect)
    store.start()
    try:
        store.keep(entry(team))
        await asyncio.to_thread(written, store)
        assert await store.find(f"team:{team}", digest("one"), 5.0) is not None
        before = line.lines
        line.flowing.clear()
        start = time.monotonic()
        assert await store.find(f"team:{team}", digest("one"), 0.05) is None
        assert time.monotonic() - start < 2.0
        await asyncio.sleep(1.2)
        line.flowing.set()
        await _again(store, team)
        assert line.lines > before, "over a new line"
    finally:
        await store.stop()
        line.close()


async def test_nobody_queues_for_threads_that_do_not_come_back(team: int, database_url: str) -> None:
    """Two threads hang, so nobody's turn comes: one finds that out, and the others go on at once."""
    async with frozen(database_url) as (store, line):
        line.flowing.clear()
        for _ in range(3):  # both threads, and one that waits in vain
            store._away_until = 0.0
            assert await store.find(f"team:{team}", digest("one"), 0.1) is None
        assert store.resting
        start = time.monotonic()
        for _ in range(50):
            assert await store.find(f"team:{team}", digest("one"), 0.1) is None
        assert time.monotonic() - start < 0.1


async def test_a_server_that_went_silent_while_it_was_asked_for_indexes_is_given_up_too(
    team: int, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "BEAT", 0.05)
    monkeypatch.setattr(memory, "STUCK", 0.2)
    monkeypatch.setattr(memory, "LARGE_BEATS", 1)
    async with frozen(database_url) as (store, line):
        store.keep(entry(team))
        await asyncio.to_thread(written, store)
        before = line.lines
        line.flowing.clear()
        await asyncio.sleep(1.0)
        line.flowing.set()
        await _again(store, team)
        assert line.lines > before, "over a new line"


@asynccontextmanager
async def frozen(database_url: str) -> AsyncIterator[tuple[PostgresMemory, Frozen]]:
    """A store with open connections over a line that can be frozen."""
    parts = urlsplit(database_url)
    line = Frozen((parts.hostname or "", parts.port or 0))
    store = PostgresMemory(
        lambda: psycopg.connect(**{**postgres.parameters(), "port": line.port, "connect_timeout": 2}, autocommit=True)
    )
    store.start()
    try:
        await asyncio.gather(*(store.find("nobody", digest("one"), 5.0) for _ in range(8)))
        yield store, line
    finally:
        line.flowing.set()
        await store.stop()
        line.close()


async def test_three_thousand_answers_that_nobody_takes_stay_bounded_and_are_counted(team: int) -> None:
    def connect() -> psycopg.Connection[Any]:
        raise psycopg.OperationalError("connection refused")

    store = PostgresMemory(connect)
    name = "lynkr_cache_unkept_total"
    before = REGISTRY.get_sample_value(name) or 0.0
    start = time.monotonic()
    for number in range(3_000):
        store.keep(entry(team, f"n{number}", answer=b"x" * 20_000))
    assert time.monotonic() - start < 2.0
    assert len(store._writing._entries) == memory_writing.MOST_ENTRIES
    assert store.dropped == (REGISTRY.get_sample_value(name) or 0.0) - before == 3_000 - memory_writing.MOST_ENTRIES
    await store.stop()


async def test_an_answer_that_waited_for_postgres_is_as_old_as_it_is(team: int, db: str) -> None:
    here = threading.Event()

    def connect() -> psycopg.Connection[Any]:
        if not here.is_set():
            raise psycopg.OperationalError("connection refused")
        return postgres.connect("cache")

    store = PostgresMemory(connect)
    store.keep(entry(team, seconds=100))
    store.keep(entry(team, "short", seconds=1))
    await asyncio.sleep(1.2)
    here.set()
    await asyncio.to_thread(written, store)
    found = await asyncio.to_thread(
        sql, "SELECT extract(epoch FROM now() - created_at)::float8, extract(epoch FROM expires_at - created_at)::float8"
        " FROM caching_entry"
    )  # fmt: skip
    assert [(1.1 < age < 5, life) for age, life in found] == [(True, 100.0)], (
        "its time is over when the other is written"
    )
    assert store.dropped == 1
    await store.stop()


async def test_whatever_goes_wrong_the_store_keeps_again_when_it_is_over(team: int, db: str) -> None:
    """No open files, a schema that is not there yet: a thread that ended would keep nothing until a restart."""
    troubles: list[Exception] = [OSError("too many open files")]

    def connect() -> psycopg.Connection[Any]:
        if troubles:
            raise troubles.pop()
        return postgres.connect("cache")

    store = PostgresMemory(connect)
    assert await store.find(f"team:{team}", digest("one"), 5.0) is None, "and no request fails"
    troubles += [OSError("too many open files"), RuntimeError("?"), psycopg.ProgrammingError("no table")]
    store.keep(entry(team))
    await asyncio.to_thread(written, store)
    await _again(store, team)
    await store.stop()


async def test_a_postgres_that_is_away_drops_nothing_that_there_is_room_for(team: int, db: str) -> None:
    here = threading.Event()

    def connect() -> psycopg.Connection[Any]:
        if not here.is_set():
            raise psycopg.OperationalError("connection refused")
        return postgres.connect("cache")

    store = PostgresMemory(connect)
    assert await store.find("team:1", digest("one"), 0.5) is None
    store.keep(entry(team))
    await asyncio.sleep(0.1)
    here.set()
    await asyncio.to_thread(written, store)
    await _again(store, team)
    assert store.dropped == 0
    await store.stop()
