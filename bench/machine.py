"""Reading /proc and pinning processes (Linux)."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")


def cores() -> tuple[int, int, int]:
    """Cores for (gateway, load generator, upstream); the last two share one if there are only two."""
    free = sorted(os.sched_getaffinity(0))
    return free[0], free[1 % len(free)], free[2 % len(free)] if len(free) > 2 else free[1 % len(free)]


def pin(pids: Sequence[int], core: int) -> None:
    """Every thread of these processes."""
    for pid in pids:
        for thread in Path(f"/proc/{pid}/task").iterdir():
            os.sched_setaffinity(int(thread.name), {core})


def cpu_seconds(pids: Sequence[int]) -> float:
    """User and system time of all threads, ended ones too (resolution: one tick, usually 10 ms)."""
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / TICK


def memory_bytes(pids: Sequence[int]) -> int:
    """Private memory: what one more stream costs, without shared libraries."""
    total = 0
    for pid in pids:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Private_"):
                total += int(line.split()[1]) * 1024
    return total


def listeners(port: int) -> list[int]:
    """Processes that listen on this TCP port and may be looked into: the web processes of a gateway on this machine."""
    sockets = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        if not Path(table).exists():
            continue
        for line in Path(table).read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and int(fields[1].rpartition(":")[2], 16) == port:
                sockets.add(f"socket:[{fields[9]}]")
    return [pid for pid in _pids() if sockets & _open_files(pid)]


def _pids() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _open_files(pid: int) -> set[str]:
    try:
        return {os.readlink(entry) for entry in Path(f"/proc/{pid}/fd").iterdir()}
    except OSError:
        return set()
