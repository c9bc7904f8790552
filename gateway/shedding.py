"""Refusing work before memory or the event loop suffers."""

from __future__ import annotations

import asyncio
import resource
from dataclasses import dataclass
from pathlib import Path

from gateway.chat.errors import Overloaded, RateLimited

from . import metrics

RETRY_AFTER = 5.0


@dataclass(frozen=True, slots=True)
class Limits:
    """`streams`: requests served at once in this process; `memory_mb`: resident size above which new work is refused (0:
    no limit of its own); `free_share`: refused while less than this share of the machine's (or container's) memory is free;
    `body_bytes`: bodies of the requests being served, together; `lag_seconds`: how late the event loop may be."""

    streams: int = 2000
    memory_mb: int = 0
    free_share: float = 0.03
    body_bytes: int = 1024 * 1024 * 1024
    lag_seconds: float = 1.0


class Place:
    """What one request holds of the gate until `leave`, which may be called again."""

    __slots__ = ("_gate", "_key", "_left", "_size")

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._key = ""
        self._size = 0
        self._left = False

    def belongs_to(self, key: str) -> None:
        """Counts the place for a key. One key may have as many as are free beside it, so alone it gets half of them, of two
        each a third, and there is always room for the next. Raises RateLimited."""
        gate, mine = self._gate, self._gate.of_keys.get(key, 0)
        if mine > gate.limits.streams - gate.open + 1:
            metrics.SHED.labels("share").inc()
            raise RateLimited(
                f"This key has {mine} requests open, all it may have here while others need room too. Try again in 1 s.",
                retry_after=1.0,
                code="too_many_open",
            )
        gate.of_keys[key] = mine + 1
        self._key = key

    def hold(self, size: int) -> None:
        """Counts `size` bytes of a body in. Raises Overloaded when all bodies together are too much (MEM-7)."""
        gate = self._gate
        if gate.held_bytes + size > gate.limits.body_bytes:
            metrics.SHED.labels("bodies").inc()
            raise Overloaded("Lynkr is at its limit; try again shortly.", retry_after=RETRY_AFTER)
        gate.held_bytes += size
        self._size += size

    def leave(self) -> None:
        if self._left:
            return
        self._left = True
        gate = self._gate
        gate.open -= 1
        gate.held_bytes -= self._size
        if self._key:
            left = gate.of_keys[self._key] - 1
            if left:
                gate.of_keys[self._key] = left
            else:
                del gate.of_keys[self._key]


class Gate:
    """Admits requests while this process is fit for them. One a process; `watch` runs beside it."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.open = 0
        self.draining = False
        self.held_bytes = 0
        self.of_keys: dict[str, int] = {}
        self._late = 0.0
        self._memory_mb = 0
        self._free_share = 1.0

    def enter(self) -> Place:
        """Lets one request in, until its place is left. Raises Overloaded (503, Retry-After)."""
        reason = self.refusing
        if reason:
            metrics.SHED.labels(reason).inc()
            raise Overloaded(
                "Lynkr is at its limit; try again shortly." if reason != "draining" else "Lynkr is restarting.",
                retry_after=RETRY_AFTER if reason != "draining" else 1.0,
            )
        self.open += 1
        return Place(self)

    @property
    def refusing(self) -> str:
        """Why nothing more is admitted right now; "" while it is."""
        if self.draining:
            return "draining"
        if self.open >= self.limits.streams:
            return "streams"
        if self.limits.memory_mb and self._memory_mb > self.limits.memory_mb:
            return "memory"
        if self._free_share < self.limits.free_share:
            return "memory"
        if self._late > self.limits.lag_seconds:
            return "lag"
        return ""

    async def watch(self) -> None:
        """Measures twice a second how late the loop wakes and how large the process is."""
        loop = asyncio.get_running_loop()
        while True:
            before = loop.time()
            await asyncio.sleep(0.5)
            late = loop.time() - before - 0.5
            self._late = max(late, self._late * 0.5)
            self._memory_mb = resident_mb()
            self._free_share = free_share()


def resident_mb() -> int:
    """Resident memory of this process; on systems without /proc its peak."""
    try:
        with open("/proc/self/statm", "rb") as file:
            return int(file.read().split()[1]) * resource.getpagesize() // (1024 * 1024)
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


MEMINFO = Path("/proc/meminfo")
CGROUP = Path("/sys/fs/cgroup")


def free_share(meminfo: Path = MEMINFO, cgroup: Path = CGROUP) -> float:
    """Free share of the memory this process may use: the machine's, or its container's if that is tighter (cgroup v2, page
    cache that can be dropped counted as free). 1.0 where it cannot be known."""
    share = 1.0
    try:
        lines = (line.split() for line in meminfo.read_text().splitlines())
        known = {words[0]: int(words[1]) for words in lines if len(words) > 1}
        share = known["MemAvailable:"] / known["MemTotal:"]
    except (OSError, KeyError, ValueError, ZeroDivisionError):
        pass
    try:
        most = int((cgroup / "memory.max").read_text())
        used = int((cgroup / "memory.current").read_text())
        stat = dict(line.split() for line in (cgroup / "memory.stat").read_text().splitlines())
        share = min(share, (most - used + int(stat.get("inactive_file", 0))) / most)
    except (OSError, ValueError, ZeroDivisionError):
        pass  # no container, or one without a limit ("max")
    return share
