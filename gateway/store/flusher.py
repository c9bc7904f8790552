"""The thread that moves the journal to Postgres."""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import psycopg
import structlog

from gateway import postgres
from gateway.journal import MOVED, FileJournal, JournalFile, decode, encode, orphans
from gateway.store.leases import with_budgets
from gateway.store.replay import Autopsy, Collapser, Key, Record
from gateway.store.upsert import Unusable, fit, touch_keys, write

log = structlog.get_logger("lynkr.store")

_AGAIN = (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure, psycopg.errors.LockNotAvailable)
_POISON = (psycopg.DataError, psycopg.IntegrityError)
_LONGEST_BACKOFF = 5.0
_REJECTED = "rejected.jsonl"
_MOST_KEYS = 100_000


class Flusher:
    """Moves records in batches, each one transaction, and remembers how far it came; a repeat changes nothing (CUT-12).

    At start, and every `adopt_seconds`, it takes over the files of dead processes, replays them and closes what they left
    open. While Postgres is away it keeps trying and the `backlog_*` grow; a record that no table takes goes to
    ``rejected.jsonl`` beside the journal and counts in `rejected`.
    """

    def __init__(
        self,
        journal: FileJournal,
        connect: Callable[[], psycopg.Connection[Any]] = lambda: postgres.connect("journal"),
        interval_seconds: float = 0.25,
        adopt_seconds: float = 30.0,
    ) -> None:
        self._journal, self._connect = journal, connect
        self._interval, self._adopt_seconds = interval_seconds, adopt_seconds
        self._collapser = Collapser()
        self._adopted: list[JournalFile] = []
        self._next_adoption = 0.0
        self._connection: psycopg.Connection[Any] | None = None
        self._thread: threading.Thread | None = None
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._idle = threading.Condition()
        self._flushed = 0
        self._touched: dict[str, str] = {}  # key -> the last day we told of
        self.rejected = 0
        self.problem = ""

    def start(self) -> None:
        if self._thread is None:
            self._stopping.clear()
            self._thread = threading.Thread(target=self._loop, name="lynkr-flusher", daemon=True)
            self._thread.start()

    def stop(self, wait_seconds: float = 5.0) -> None:
        """Move what is there, unless Postgres is away, and stop. What is left stays in its file for the next process."""
        self._stopping.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(wait_seconds)
            self._thread = None
        for file in self._adopted:
            file.release()
        self._adopted = []

    def drain(self, timeout: float) -> bool:
        """Wait until everything appended so far is in Postgres; whether it is. Blocks: not for the event loop."""
        with self._idle:
            self._wake.set()
            return self._idle.wait_for(lambda: self.backlog_bytes == 0, timeout)

    @property
    def backlog_records(self) -> int:
        """Of this process; those of adopted files show in `backlog_bytes` only."""
        return max(0, self._journal.appended_records - self._flushed)

    @property
    def backlog_bytes(self) -> int:
        return self._own_backlog() + sum(file.backlog_bytes for file in list(self._adopted))

    @property
    def oldest_seconds(self) -> float:
        """How long the oldest record has been waiting, about; 0.0 when none is."""
        since = self._journal.waiting_since(self._journal.appended_bytes - self._own_backlog())
        return time.monotonic() - since if since is not None else 0.0

    def _own_backlog(self) -> int:
        return sum(file.backlog_bytes for file in self._journal.files())

    def _loop(self) -> None:
        backoff = 0.2
        while not self._stopping.is_set():
            try:
                self._journal.retry_held()
                moved = self._round()
                self.problem, backoff = "", 0.2
            except (psycopg.Error, OSError) as error:
                moved = False
                if not self.problem:
                    log.warning("records wait in the journal", problem=type(error).__name__)
                self.problem = type(error).__name__
                self._disconnect()
                self._journal.sync()
                self._stopping.wait(backoff * random.uniform(0.5, 1))  # noqa: S311
                backoff = min(backoff * 2, _LONGEST_BACKOFF)
            except Exception:
                log.exception("flusher stumbled, trying again")
                moved = False
                self._stopping.wait(_LONGEST_BACKOFF)
            with self._idle:
                self._idle.notify_all()
            if not moved:
                self._wake.wait(self._interval)
                self._wake.clear()
        try:
            while not self.problem and self._round():
                pass
        except Exception as error:
            log.warning("records stay in the journal for the next start", problem=type(error).__name__)
        finally:
            self._disconnect()

    def _round(self) -> bool:
        """One batch of each file. Whether anything was moved."""
        if time.monotonic() >= self._next_adoption:
            self._next_adoption = time.monotonic() + self._adopt_seconds
            self._adopted += orphans(self._journal.folder)
        moved = False
        for file in self._journal.files():
            moved = self._own_batch(file) or moved
        moved = moved or self._held_batch()
        for file in list(self._adopted):
            moved = True
            self._replay(file)
            self._adopted.remove(file)
            file.delete()
        return moved

    def _own_batch(self, file: JournalFile) -> bool:
        closed = file.closed  # before the read: a file that is full now was full then
        lines, end = file.lines(file.offset)
        if end == file.offset:
            if closed:
                self._journal.done_with(file)
            return False
        found = self._collapser.collapse(self._decoded(lines))
        self._store({key: record for key, record in found.items() if key not in self._collapser.noted})
        file.remember(end)
        self._flushed += sum(1 for line in lines if line)
        return True

    def _held_batch(self) -> bool:
        """What the disk does not take, once all it took is moved: memory alone would lose it with the process."""
        lines = self._journal.take_held()
        if not lines:
            return False
        try:
            found = self._collapser.collapse(self._decoded(line.rstrip(b"\n") for line in lines))
            self._store({key: record for key, record in found.items() if key not in self._collapser.noted})
        except BaseException:
            self._journal.give_back(lines)
            raise
        self._flushed += len(lines)
        return True

    def _replay(self, file: JournalFile) -> None:
        """The whole file of a dead process, from its beginning: an attempt may have been opened long before the offset."""
        collapser, autopsy, offset = Collapser(), Autopsy(), 0
        while True:
            lines, end = file.lines(offset)
            if end == offset:
                break
            found = collapser.collapse(self._decoded(lines))
            autopsy.feed(found)
            if end > file.offset:
                self._store(found)
            offset = end
        closing = autopsy.closing_records()
        self._store(Collapser().collapse(closing))
        if offset:
            log.info("took over the journal of a dead process", bytes=offset, closed=len(closing))

    def _decoded(self, lines: Iterable[bytes]) -> list[Record]:
        records = []
        for line in filter(None, lines):
            if (record := decode(line)) is None:
                log.warning("skipped a torn line of the journal", bytes=len(line))
            else:
                records.append(record)
        return records

    def _store(self, records: dict[Key, Record]) -> None:
        rows: dict[str, list[Record]] = {"attempt": [], "operation": []}
        for (kind, _), record in records.items():
            if kind == MOVED:
                continue
            try:
                rows[kind].append(with_budgets(fit(record), record))
            except (Unusable, KeyError) as error:
                self._reject(record, str(error))
        if any(rows.values()):
            self._write([(kind, row) for kind, found in rows.items() for row in found])
            self._touch_keys(rows["operation"])

    def _touch_keys(self, operations: list[Record]) -> None:
        """Once a day and key, outside the transaction of the books: it may fail, they may not."""
        days: dict[str, str] = {}
        for row in operations:
            if key := row.get("key_id"):
                days[str(key)] = max(days.get(str(key), ""), str(row["day"]))
        news = {key: day for key, day in days.items() if day > self._touched.get(key, "")}
        if not news or self._connection is None:
            return
        if len(self._touched) > _MOST_KEYS:
            self._touched.clear()
        try:
            touch_keys(self._connection, news)
        except (psycopg.DataError, psycopg.IntegrityError) as error:  # a key vanished meanwhile
            log.info("days of use not noted", problem=type(error).__name__)
        except _AGAIN:
            return  # the next request of that key tells it again
        self._touched.update(news)

    def _write(self, rows: list[tuple[str, Record]]) -> None:
        """One transaction; when a row poisons it, halves, down to that row."""
        batch: dict[str, list[Record]] = {}
        for kind, row in rows:
            batch.setdefault(kind, []).append(row)
        for patience in range(20):
            if self._connection is None or self._connection.closed:
                self._connection = self._connect()
                self._connection.prepare_threshold = None
            try:
                write(self._connection, batch)
                return
            except _AGAIN:
                if patience == 19:
                    raise
                time.sleep(random.uniform(0, 0.02 * (patience + 1)))  # noqa: S311
            except _POISON as error:
                if len(rows) == 1:
                    self._reject({"kind": rows[0][0], **rows[0][1]}, type(error).__name__)
                    return
                middle = len(rows) // 2
                self._write(rows[:middle])
                self._write(rows[middle:])
                return

    def _reject(self, record: Record, why: str) -> None:
        self.rejected += 1
        log.error("a record fits no table", kind=str(record.get("kind"))[:12], id=str(record.get("id"))[:40], why=why)
        _append(self._journal.folder / _REJECTED, encode(record))

    def _disconnect(self) -> None:
        if self._connection is not None:
            try:
                self._connection.close()
            finally:
                self._connection = None


def _append(path: Path, line: bytes) -> None:
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(fd, line)
    finally:
        os.close(fd)
