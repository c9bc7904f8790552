"""Who owns a data folder: one supervisor (or one command that had to start the database) at a time."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from types import TracebackType


class Taken(Exception):
    """Another process owns the folder; `pid` is its process id, 0 if unknown."""

    def __init__(self, pid: int) -> None:
        super().__init__(f"the data folder is in use by process {pid}")
        self.pid = pid


class Claim:
    """A lock that ends with the process that holds it, however that ends. Use as a context manager.

    Raises `Taken` on entry when another process holds it.
    """

    def __init__(self, data_dir: Path) -> None:
        self.file = data_dir / "lock"
        self._fd = -1

    def __enter__(self) -> Claim:
        self.file.parent.mkdir(parents=True, exist_ok=True)
        fd = os.open(self.file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = os.read(fd, 32)
            os.close(fd)
            raise Taken(int(owner) if owner.strip().isdigit() else 0) from None
        os.ftruncate(fd, 0)
        os.write(fd, str(os.getpid()).encode())
        self._fd = fd
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        os.ftruncate(self._fd, 0)
        os.close(self._fd)
