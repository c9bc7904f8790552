"""Pins are bounded, scoped to their tenant, and shared without waiting for anybody."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.chat.request import ChatRequest, Message, Origin, Text, Thinking
from gateway.origins import SIZE, Origins, digest
from gateway.pins import MOST_SIGNATURES, Kept, LocalPins, name_of, with_signatures
from gateway.store.pins import DEADLINE, SharedPins, read, written
from routing.affinity import LONG, Pin
from routing.tiers import TargetRef, Tier
from tests.fakes.upstream import refusing_address

OPUS = Origin("anthropic", "claude-opus", "a")
REQUEST = ChatRequest("anthropic", "auto", (Message("user", (Text("fix the bug"),)),))


def pin(**more: object) -> Pin:
    return Pin(TargetRef("anth", "claude-opus-4-5"), Tier.COMPLEX, 60, time.time(), **more)  # type: ignore[arg-type]


async def test_the_longest_unused_pins_go_first_by_number_and_by_bytes() -> None:
    """MEM-4."""
    pins = LocalPins(most=3)
    for number in range(5):
        pins.put(f"s{number}", Kept(pin()))
    assert len(pins) == 3
    assert await pins.find("s1", 1, time.time()) is None
    assert await pins.find("s4", 1, time.time()) is not None
    small = LocalPins(most_bytes=20_000)
    for number in range(100):
        small.put(f"s{number}", Kept(pin(), ((OPUS, bytes(SIZE * 100)),)))
        assert small.bytes <= 20_000
    assert 0 < len(small) < 20
    again = LocalPins()
    for number in range(100):
        again.put(f"s{number % 2}", Kept(pin()))
    assert again.bytes == 2 * (Kept(pin()).size() + len("s0"))


async def test_a_pin_is_forgotten_when_nothing_can_be_warm() -> None:
    """FBK-10: not before the longest cache has gone."""
    pins = LocalPins()
    kept = Kept(pin())
    pins.put("s", kept)
    assert await pins.find("s", 1, kept.pin.used + LONG - 1) == kept
    assert await pins.find("s", 1, kept.pin.used + LONG) is None
    assert (len(pins), pins.bytes) == (0, 0)


async def test_a_conversation_that_begins_has_no_pin_yet() -> None:
    pins = LocalPins()
    pins.put("s", Kept(pin()))
    assert await pins.find("s", 0, time.time()) is None


def test_names_differ_by_team_owner_session_agent_and_opening() -> None:
    other = replace(REQUEST, messages=(Message("user", (Text("write a poem"),)),))
    names = [
        name_of(1, 1, "k1", "s", "", REQUEST),
        name_of(2, 1, "k1", "s", "", REQUEST),
        name_of(1, 2, "k1", "s", "", REQUEST),
        name_of(1, None, "k1", "s", "", REQUEST),
        name_of(1, None, "k2", "s", "", REQUEST),
        name_of(1, 1, "k1", "t", "", REQUEST),
        name_of(1, 1, "k1", "s", "agent", REQUEST),
        name_of(1, 1, "k1", "s", "", other),
    ]
    assert len(set(names)) == len(names)
    later = replace(REQUEST, messages=(*REQUEST.messages, Message("assistant", (Text("done"),))))
    assert name_of(1, 1, "k2", "s", "", later) == names[0]


def test_the_last_signatures_of_a_session_are_kept() -> None:
    haiku = replace(OPUS, model="claude-haiku")
    makers: tuple[tuple[Origin, bytes], ...] = ()
    for number in range(MOST_SIGNATURES + 20):
        makers = with_signatures(makers, haiku if number == 3 else OPUS, [digest(f"sig-{number}")])
    assert sum(len(digests) for _, digests in makers) <= MOST_SIGNATURES * SIZE
    origins = Origins()
    for maker, digests in makers:
        origins.learn(digests, maker)

    def maker_of(number: int) -> Origin | None:
        message = Message("assistant", (Thinking("hm", f"sig-{number}"),))
        block = origins.mark(replace(REQUEST, messages=(message,))).messages[0].blocks[0]
        assert isinstance(block, Thinking)
        return block.origin

    assert maker_of(MOST_SIGNATURES + 19) == OPUS
    assert maker_of(0) is None


unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
numbers = st.integers(0, 10**7)
pins_ = st.builds(
    Pin,
    st.builds(TargetRef, st.text(max_size=20), st.text(max_size=60)),
    st.sampled_from(Tier),
    st.none() | st.integers(0, 100),
    st.floats(0, 4e9),
    st.sampled_from([300.0, 3600.0]),
    *[numbers] * 6,
)
makers_ = st.lists(
    st.tuples(st.builds(Origin, *[st.text(max_size=20)] * 3), st.binary(min_size=16, max_size=48)), max_size=3
)


@unhurried
@given(st.builds(Kept, pins_, makers_.map(tuple)))
def test_what_is_written_to_redis_is_read_back(kept: Kept) -> None:
    assert read(written(kept)) == kept


@unhurried
@given(st.binary(max_size=200))
def test_what_somebody_else_wrote_is_no_pin(raw: bytes) -> None:
    found = read(raw)
    assert found is None or isinstance(found, Kept)


def test_another_version_is_no_pin() -> None:
    for raw in (None, b"", b"[]", b"[2,1,1,1,1,[],[]]", b'{"pin":1}', b"[1,1,1,9,1,[1],[]]", b"7"):
        assert read(raw) is None


@asynccontextmanager
async def shared(url: str) -> AsyncIterator[SharedPins]:
    pins = SharedPins(url)
    pins.start()
    await asyncio.sleep(0.1)
    try:
        yield pins
    finally:
        await pins.stop()


async def until_found(pins: SharedPins, name: str, turns: int) -> Kept | None:
    for _ in range(50):
        found = await pins.find(name, turns, time.time())
        if found is not None:
            return found
        await asyncio.sleep(0.02)
    return None


async def test_processes_share_pins_and_the_newest_wins(valkey: str) -> None:
    async with shared(valkey) as here, shared(valkey) as there:
        kept = Kept(pin(turns=1), ((OPUS, digest("sig")),))
        here.put("s", kept)
        assert await until_found(there, "s", 2) == kept
        newer = Kept(replace(kept.pin, used=kept.pin.used + 1, turns=3))
        there.put("s", newer)
        await asyncio.sleep(0.1)
        assert await here.find("s", 2, time.time()) == kept  # nobody else can have served what it has not seen
        assert await here.find("s", 5, time.time()) == newer
        assert await here.find("other", 0, time.time()) is None


async def test_a_redis_that_hangs_costs_a_request_its_deadline_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        async with shared(f"redis://127.0.0.1:{silent.getsockname()[1]}") as pins:
            begun = time.monotonic()
            assert await pins.find("s", 3, time.time()) is None
            took = time.monotonic() - begun
            assert DEADLINE * 0.5 <= took < DEADLINE + 0.25
            begun = time.monotonic()
            for number in range(100):
                assert await pins.find(f"s{number}", 3, time.time()) is None
            assert time.monotonic() - begun < 0.05


async def test_without_redis_what_this_process_knows_counts() -> None:
    address, held = refusing_address()
    with held:
        async with shared(address.replace("http://", "redis://")) as pins:
            kept = Kept(pin(turns=1))
            pins.put("s", kept)
            assert await pins.find("s", 9, time.time()) == kept
            assert await pins.find("t", 9, time.time()) is None
