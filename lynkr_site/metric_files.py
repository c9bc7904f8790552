"""The folder in which processes share their metrics (prometheus_client's multi-process mode). No Django here: the
supervisor uses it."""

from __future__ import annotations

import contextlib
import hashlib
import os
from pathlib import Path


def folder_for(data_dir: Path, memory: Path = Path("/dev/shm")) -> Path:  # noqa: S108
    """Where they go: in memory where the system has such a folder. They are mapped, and a write to a mapped file that a full
    disk has no room for kills the process (SIGBUS): the data's disk may be full, the gateway goes on."""
    if not os.access(memory, os.W_OK | os.X_OK):
        return data_dir / "metrics"
    name = hashlib.blake2b(str(data_dir.resolve()).encode(), digest_size=6).hexdigest()
    return memory / f"lynkr-metrics-{os.getuid()}-{name}"


def wipe(folder: Path) -> None:
    """At the start: the files of processes that are gone would be counted for ever."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if folder.stat().st_uid != os.getuid():
        raise PermissionError(f"{folder} belongs to another user.")
    for file in folder.glob("*.db"):
        with contextlib.suppress(FileNotFoundError):
            file.unlink()


def forget(folder: Path, pid: int) -> None:
    """When a process has ended: its gauges of the living go, its counters stay (prometheus_client's mark_process_dead)."""
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(pid, str(folder))
