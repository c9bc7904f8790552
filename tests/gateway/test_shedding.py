"""Work is refused before memory or the event loop suffers."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.chat.errors import Overloaded, RateLimited
from gateway.shedding import Gate, Limits, Place, free_share

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
    first, second = gate.enter(), gate.enter()
    first.hold(60)
    with pytest.raises(Overloaded) as refused:
        second.hold(60)
    assert refused.value.retry_after
    first.leave()
    second.hold(60)
    assert gate.held_bytes == 60


def test_streams_and_draining_refuse_and_leave_lets_in_again() -> None:
    gate = Gate(Limits(streams=1))
    place = gate.enter()
    with pytest.raises(Overloaded):
        gate.enter()
    place.leave()
    place.leave()
    assert gate.open == 0
    gate.enter()
    gate.draining = True
    with pytest.raises(Overloaded):
        gate.enter()


def fill(gate: Gate, key: str) -> list[Place]:
    """All places that `key` gets."""
    taken: list[Place] = []
    while True:
        place = gate.enter()
        try:
            place.belongs_to(key)
        except RateLimited:
            place.leave()
            return taken
        taken.append(place)


def test_one_key_never_takes_all_places_and_there_is_room_for_the_next() -> None:
    """Alone it gets half, and whoever comes gets half of what is left."""
    gate = Gate(Limits(streams=1000))
    counts = [len(fill(gate, key)) for key in ("first", "second", "third")]
    assert counts == [501, 250, 125]
    assert gate.open == sum(counts)
    assert len(fill(gate, "first")) == 0


def test_a_share_grows_again_when_places_are_left() -> None:
    gate = Gate(Limits(streams=100))
    first, second = fill(gate, "first"), fill(gate, "second")
    for place in first:
        place.leave()
    assert len(second) + len(fill(gate, "second")) == 51
    for place in second:
        place.leave()
    assert "first" not in gate.of_keys, "keys that have nothing open are forgotten (MEM-4)"


@pytest.mark.parametrize(("streams", "got"), [(1, 1), (2, 2), (3, 2), (10, 6)])
def test_small_processes_serve_one_key_too(streams: int, got: int) -> None:
    gate = Gate(Limits(streams=streams))
    for number in range(got):
        gate.enter().belongs_to("only")
        assert gate.of_keys == {"only": number + 1}
    if gate.open < streams:
        with pytest.raises(RateLimited):
            gate.enter().belongs_to("only")
