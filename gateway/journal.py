"""The journal: attempts and operations are one line each in a local append-only file before anything else happens to them.

A killed process loses nothing and Postgres may be away: `gateway.store.Flusher` moves the lines later. Each process owns its
files by a lock that dies with it, so that another can tell an orphan and adopt it (CUT-1, CUT-7).

A line is 8 hex digits of CRC-32, a space, JSON, a newline. A torn or damaged line fails its checksum and is skipped. Beside
``NAME.journal`` lies ``NAME.offset``: how many bytes of it are in Postgres for sure.
"""

from __future__ import annotations

import fcntl
import json
import os
import threading
import time
import zlib
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any

import orjson

from lynkr_site.ids import uuid7

MOVED = "moved"  # the kind of a full file's last record: what it left open is in the next one too
SUFFIX, OFFSET, ADOPTED = ".journal", ".offset", ".adopted"
FILE_BYTES = 16 * 1024 * 1024
READ_BYTES = 1024 * 1024
_CHECK = 9  # 8 digits and a space
_HELD_LINES = 50_000  # kept in memory while the disk takes nothing
_PIECE_LINES = 64
_TAKEN = 500
_MARK_SECONDS = 0.5


def encode(record: Mapping[str, Any]) -> bytes:
    """One line. Never raises on odd values: what JSON has no word for becomes text."""
    try:
        body = orjson.dumps(record, default=str)
    except TypeError:  # lone surrogates, integers over 64 bits, keys that are no text
        body = json.dumps(_keyed(record), default=str, ensure_ascii=False).encode("utf-8", "replace")
    return b"%08x %b\n" % (zlib.crc32(body), body)


def decode(line: bytes) -> dict[str, Any] | None:
    """The record of a line without its newline; None if it is torn or damaged."""
    body = line[_CHECK:]
    if not line or line[:_CHECK] != b"%08x " % zlib.crc32(body):
        return None
    try:
        record = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return record if isinstance(record, dict) else None


def _keyed(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _keyed(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_keyed(item) for item in value]
    return value


class JournalFile:
    """One file with its lock held. `closed`: nothing will be appended any more."""

    def __init__(self, path: Path, fd: int, closed: bool) -> None:
        self.path, self.fd, self.closed = path, fd, closed
        self.offset = self._stored_offset()

    @classmethod
    def create(cls, folder: Path) -> JournalFile:
        while True:
            path = folder / f"{uuid7().hex}{SUFFIX}"
            fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
            if _lock(fd):
                return cls(path, fd, closed=False)
            os.close(fd)  # an adopter was quicker than our lock; it deletes the empty file

    @classmethod
    def adopt(cls, path: Path) -> JournalFile | None:
        """The file of a dead process, or None when its owner lives or another adopted it."""
        try:
            fd = os.open(path, os.O_RDWR | os.O_APPEND)
        except OSError:
            return None
        if _lock(fd):
            path.with_suffix(ADOPTED).touch()
            return cls(path, fd, closed=True)
        os.close(fd)
        return None

    @property
    def size(self) -> int:
        return os.fstat(self.fd).st_size

    @property
    def backlog_bytes(self) -> int:
        try:
            return max(0, self.size - self.offset)
        except OSError:  # deleted just now
            return 0

    def lines(self, offset: int, limit: int = READ_BYTES) -> tuple[list[bytes], int]:
        """Whole lines from `offset` on, about `limit` bytes of them, and the offset behind them. The unfinished last line
        of a closed file counts as one: it is torn."""
        data = os.pread(self.fd, limit, offset)
        end = data.rfind(b"\n") + 1
        if not end and len(data) == limit:
            return self.lines(offset, limit * 4)  # one line longer than all we read
        if not end and self.closed:
            end = len(data)
        return data[:end].splitlines(), offset + end

    def records(self, offset: int = 0) -> Iterator[dict[str, Any]]:
        while True:
            lines, end = self.lines(offset)
            if end == offset:
                return
            offset = end
            yield from filter(None, map(decode, lines))

    def remember(self, offset: int) -> None:
        """Everything before `offset` is in Postgres. Written in one piece; a lost one only means a repeat."""
        self.offset = offset
        with suppress(OSError):  # a full disk: what is in Postgres stays there
            fd = os.open(self.path.with_suffix(OFFSET), os.O_WRONLY | os.O_CREAT, 0o600)
            try:
                os.pwrite(fd, b"%020d" % offset, 0)
            finally:
                os.close(fd)

    def delete(self) -> None:
        for path in (self.path, self.path.with_suffix(OFFSET), self.path.with_suffix(ADOPTED)):
            path.unlink(missing_ok=True)
        self.release()

    def release(self) -> None:
        """Let go of the lock and keep the file."""
        with suppress(OSError):
            os.close(self.fd)

    def _stored_offset(self) -> int:
        try:
            offset = int(self.path.with_suffix(OFFSET).read_bytes())
        except (OSError, ValueError):
            return 0
        return offset if 0 <= offset <= self.size else 0


def _lock(fd: int) -> bool:
    """Whether we own the file now, and it is still in its folder."""
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return os.fstat(fd).st_nlink > 0


class FileJournal:
    """The journal of this process (`gateway.ports.Journal`). `append` costs a few microseconds and may be called from any
    thread. When the disk takes nothing, lines wait in memory, `problem` says why and `lost` counts those past the limit."""

    def __init__(self, folder: Path, file_bytes: int = FILE_BYTES) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self._file_bytes = folder, file_bytes
        self._lock = threading.Lock()
        self._file = JournalFile.create(folder)
        self._size = 0
        self._full: list[JournalFile] = []
        self._open: dict[tuple[Any, Any], tuple[bytes, bytes]] = {}  # the opening line and the latest after it
        self._held: deque[bytes] = deque()
        self._torn = False
        self._marks: deque[tuple[int, float]] = deque()
        self._next_mark = 0.0
        self.appended_records = self.appended_bytes = self.lost = 0
        self.problem = ""

    def append(self, record: Mapping[str, Any]) -> None:
        line = encode(record)
        key = (record.get("kind"), record.get("id"))
        with self._lock:
            if record.get("status") == "open":
                opening = self._open.get(key)
                self._open[key] = (line, b"") if opening is None else (opening[0], line)
            else:
                self._open.pop(key, None)
            self.appended_records += 1
            now = time.monotonic()
            if now >= self._next_mark:
                self._marks.append((self.appended_bytes, now))
                self._next_mark = now + _MARK_SECONDS
            self._write(line)
            if self._size >= self._file_bytes and not self._held:
                self._rotate()

    def files(self) -> list[JournalFile]:
        """Ours that still hold something, oldest first; the last is being written."""
        with self._lock:
            return [*self._full, self._file]

    def done_with(self, file: JournalFile) -> None:
        """A full file is in Postgres altogether."""
        with self._lock:
            self._full.remove(file)
        file.delete()

    @property
    def held(self) -> int:
        """Lines that wait in memory because the disk takes none."""
        return len(self._held)

    @property
    def nearly_full(self) -> bool:
        """More would soon be lost."""
        return len(self._held) > _HELD_LINES * 0.8

    def retry_held(self) -> None:
        with self._lock:
            if self._held:
                self._write(b"")

    def take_held(self) -> list[bytes]:
        """Some of the lines that wait in memory, oldest first, for who can keep them elsewhere; else they are given back."""
        with self._lock:
            taken = [self._held.popleft() for _ in range(min(len(self._held), _TAKEN))]
        return b"".join(taken).splitlines(keepends=True)

    def give_back(self, lines: list[bytes]) -> None:
        with self._lock:
            self._held.extendleft(reversed(lines))

    def sync(self) -> None:
        """Onto the disk itself, for the time that Postgres cannot take it."""
        with suppress(OSError):
            os.fdatasync(self._file.fd)

    def waiting_since(self, flushed_bytes: int) -> float | None:
        """`time.monotonic` of about when the oldest line after `flushed_bytes` of all appended ones was written."""
        with self._lock:
            while len(self._marks) > 1 and self._marks[1][0] <= flushed_bytes:
                self._marks.popleft()
            if flushed_bytes >= self.appended_bytes or not self._marks:
                return None
            return self._marks[0][1]

    def close(self) -> None:
        """Delete what is flushed, keep the rest for whoever comes next."""
        with self._lock:
            for file in (*self._full, self._file):
                if file.backlog_bytes or self._held:
                    file.release()
                else:
                    file.delete()
            self._full = []

    def _write(self, line: bytes) -> None:
        if not self._held:
            if not self._put(line):
                self._held.append(line)
            return
        if line:
            self._held.append(line)
            if len(self._held) > _HELD_LINES:
                self._held.popleft()
                self.lost += 1
        # A piece at a time: while the disk takes nothing, an append must not cost what all held lines cost.
        while self._held:
            piece = tuple(islice(self._held, _PIECE_LINES))
            if not self._put(b"".join(piece)):
                return
            for _ in piece:
                self._held.popleft()

    def _put(self, data: bytes) -> bool:
        """Whether all of `data` is in the file. A part of it is torn, and ended before the next line."""
        if self._torn:
            data = b"\n" + data
        try:
            written = os.write(self._file.fd, data)
        except OSError as error:
            written, self.problem = 0, error.strerror or type(error).__name__
        self._size += written
        self.appended_bytes += written
        if written < len(data):
            self._torn = self._torn or written > 0
            return False
        self._torn = False
        self.problem = ""
        return True

    def _rotate(self) -> None:
        """What is still open goes along: the old file will be deleted before they are closed. The old one's last line says
        so: else whoever adopts it would close them (the next file knows how they really ended)."""
        try:
            fresh = JournalFile.create(self.folder)
        except OSError as error:
            self.problem = error.strerror or type(error).__name__
            return
        old, self._file, self._size = self._file, fresh, 0
        lines = [line for both in self._open.values() for line in both if line]
        if lines:
            self._write(b"".join(lines))
            self.appended_records += len(lines)
        last = encode({"kind": MOVED, "id": fresh.path.name})
        with suppress(OSError):
            if os.write(old.fd, last) == len(last):
                self.appended_bytes += len(last)
                self.appended_records += 1
        old.closed = True
        self._full.append(old)


def unreplayed(folder: Path) -> bool:
    """Whether files of dead processes are there that are not in Postgres altogether, be they adopted already or not."""
    waiting = orphans(folder)
    for file in waiting:
        file.release()
    adopted = (path.with_suffix(SUFFIX) for path in folder.glob(f"*{ADOPTED}"))
    return bool(waiting) or any(path.exists() for path in adopted)


def orphans(folder: Path) -> list[JournalFile]:
    """Files whose process is dead, locked by us now, oldest first."""
    found = (JournalFile.adopt(path) for path in sorted(folder.glob(f"*{SUFFIX}")))
    return [file for file in found if file is not None]
