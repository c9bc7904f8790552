"""Work is refused before memory or the event loop suffers."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.chat.errors import Overloaded
from gateway.shedding import Gate, Limits, free_share

MEMINFO = "MemTotal:       1000 kB\nMemFree:  10 kB\nMemAvailable:    400 kB\n"


def test_the_machines_free_memory_is_what_can_be_had(tmp_path: Path) -> None:
    meminfo = tmp_path / "meminfo"
    meminfo.write_text(MEMINFO)
    assert free_share(meminfo, tmp_path / "none") == 0.4
    assert free_share(tmp_path / "none", tmp_path / "none") == 1.0


def test_a_containers_limit_counts_when_it_is_tighter(tmp_path: Path) -> None:
    """MEM-5. Cache that can be dropped is free; a container without a limit has none."""
    (tmp_path / "meminfo").write_text(MEMINFO)
    (tmp_path / "memory.max").write_text("1000\n")
    (tmp_path / "memory.current").write_text("900\n")
    (tmp_path / "memory.stat").write_text("anon 700\ninactive_file 100\n")
    assert free_share(tmp_path / "meminfo", tmp_path) == pytest.approx(0.2)
    (tmp_path / "memory.max").write_text("max\n")
    assert free_share(tmp_path / "meminfo", tmp_path) == 0.4


def test_bodies_together_have_a_limit() -> None:
    """MEM-7."""
    gate = Gate(Limits(body_bytes=100))
    gate.hold(60)
    with pytest.raises(Overloaded) as refused:
        gate.hold(60)
    assert refused.value.retry_after
    gate.let_go(60)
    gate.hold(60)
    assert gate.held_bytes == 60


def test_streams_and_draining_refuse_and_leave_lets_in_again() -> None:
    gate = Gate(Limits(streams=1))
    gate.enter()
    with pytest.raises(Overloaded):
        gate.enter()
    gate.leave()
    gate.enter()
    gate.draining = True
    with pytest.raises(Overloaded):
        gate.enter()
