"""The folder in which processes share their metrics (prometheus_client's multi-process mode). No Django here: the
supervisor uses it."""

from __future__ import annotations

import contextlib
from pathlib import Path


def wipe(folder: Path) -> None:
    """At the start: the files of processes that are gone would be counted for ever."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in folder.glob("*.db"):
        with contextlib.suppress(FileNotFoundError):
            file.unlink()


def forget(folder: Path, pid: int) -> None:
    """When a process has ended: its gauges of the living go, its counters stay (prometheus_client's mark_process_dead)."""
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(pid, str(folder))
