"""Limits in a real Valkey: four instances as four processes would have them, and what happens when it goes away."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import closing

import pytest
import redis

from accounts.limits import Estimate, Refused, Subject
from gateway.chat.errors import Overloaded
from gateway.ports import Permit
from gateway.store.limits import SharedLimits


@pytest.fixture
async def four(valkey: str) -> AsyncIterator[list[SharedLimits]]:
    found = [SharedLimits(valkey, patience=20) for _ in range(4)]
    for one in found:
        one.start()
    yield found
    for one in found:
        await one.stop()


@pytest.fixture
def db(valkey: str) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(valkey) as client:
        yield client


async def attempt(limits: SharedLimits, *subjects: Subject, tokens: int = 0) -> Permit | Refused:
    try:
        return await limits.admit(subjects, Estimate(tokens, 0))
    except Refused as refused:
        return refused


async def crowd(four: list[SharedLimits], many: int, *subjects: Subject, tokens: int = 0) -> list[Permit | Refused]:
    asked = [attempt(four[number % 4], *subjects, tokens=tokens) for number in range(many)]
    return list(await asyncio.gather(*asked))


def served(found: list[Permit | Refused]) -> list[Permit]:
    return [one for one in found if not isinstance(one, Refused)]


async def told(*limits: SharedLimits) -> None:
    for one in limits:
        while one._ended:  # noqa: ASYNC110 (Valkey is told behind)
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.05)


async def test_four_processes_together_admit_what_the_limit_says(four: list[SharedLimits]) -> None:
    """LIM-3, LIM-4: requests and tokens are counted once, not once a process."""
    assert len(served(await crowd(four, 60, Subject("key", "r", "r", requests=17)))) == 17
    found = await crowd(four, 60, Subject("key", "t", "t", tokens=1000), tokens=90)
    assert len(served(found)) == 11
    wait = max(one.wait or 0 for one in found if isinstance(one, Refused))
    assert 55 < wait <= 60


async def test_places_are_counted_over_processes_and_come_back(four: list[SharedLimits]) -> None:
    """LIM-2"""
    who = Subject("user", "1", "bob", parallel=5)
    for _ in range(3):
        permits = served(await crowd(four, 40, who))
        assert len(permits) == 5
        for permit in permits:
            permit.release()
            permit.release()
        await told(*four)


async def test_who_leaves_gives_the_place_back_and_the_tokens_only_when_they_are_known(
    four: list[SharedLimits],
) -> None:
    """LIM-4"""
    who = Subject("user", "1", "bob", parallel=1, tokens=100)
    (first,) = served(await crowd(four, 4, who, tokens=60))
    first.leave()
    first.leave()
    await told(*four)
    refused = await attempt(four[1], who, tokens=60)
    assert isinstance(refused, Refused)
    assert refused.what == "tokens"
    (second,) = served(await crowd(four, 4, who, tokens=40))
    first.settle(20)  # 40 come back, and no second place
    await told(*four)
    assert [one.what for one in await crowd(four, 2, who, tokens=40) if isinstance(one, Refused)] == ["parallel"] * 2
    second.release()


async def test_refused_for_want_of_a_place_uses_up_nothing(four: list[SharedLimits]) -> None:
    """LIM-1"""
    key = Subject("key", "k", "k", requests=4, tokens=100)
    team = Subject("team", "1", "acme", parallel=1)
    (first,) = served(await crowd(four, 40, key, team, tokens=20))
    assert first.standings.requests is not None
    assert first.standings.tokens is not None
    assert (first.standings.requests.remaining, first.standings.tokens.remaining) == (3, 80)
    first.settle(5)
    await told(*four)
    (second,) = served(await crowd(four, 40, key, team, tokens=20))
    assert second.standings.requests is not None
    assert second.standings.tokens is not None
    assert (second.standings.requests.remaining, second.standings.tokens.remaining) == (2, 75)
    second.settle(70)
    await told(*four)
    refused = await attempt(four[0], key, team, tokens=26)
    assert isinstance(refused, Refused)
    assert refused.what == "tokens"
    assert len(served([await attempt(four[1], key, team, tokens=25)])) == 1


async def test_places_of_a_dead_process_come_back_and_those_of_a_living_one_stay(
    valkey: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """LIM-2: leases with a heartbeat."""
    monkeypatch.setattr("gateway.store.limits.HEARTBEAT", 0.2)
    living, dead = (SharedLimits(valkey, lease=0.8, patience=20) for _ in range(2))
    living.start()  # the other one never renews
    who = Subject("team", "1", "acme", parallel=2)
    try:
        for one in (living, dead):
            await one.admit((who,), Estimate(1, 0))
        assert isinstance(await attempt(living, who), Refused)
        await asyncio.sleep(1.6)
        assert len(served([await attempt(living, who)])) == 1
        assert isinstance(await attempt(living, who), Refused)
    finally:
        await living.stop()
        await dead.stop()


@pytest.mark.parametrize("what", ["places", "tokens"])
async def test_the_next_request_right_after_an_answer_is_not_refused(four: list[SharedLimits], what: str) -> None:
    """A client that has its last byte asks again at once, maybe another process, before Valkey was told of the end."""
    who = (
        Subject("key", what, "one at a time", parallel=1) if what == "places" else Subject("key", what, "x", tokens=100)
    )
    for number in range(100):
        permit = await attempt(four[number % 4], who, tokens=60)
        assert not isinstance(permit, Refused), number
        asyncio.get_running_loop().call_later(0.004, permit.settle, 0)  # as long as a busy process takes to tell
        await asyncio.sleep(0.002)
    permit = await attempt(four[0], who, tokens=60)
    refused = await attempt(four[1], who, tokens=60)
    assert isinstance(refused, Refused), "who really has no room is refused all the same"


async def test_a_place_taken_for_an_answer_that_came_too_late_is_given_back(valkey: str, db: redis.Redis) -> None:
    """The process went on without Valkey; the place would be missed for as long as a lease lasts."""
    hasty = SharedLimits(valkey, patience=0.3)
    hasty.start()
    who = Subject("key", "1", "bob", parallel=1)
    try:
        (await hasty.admit((who,), Estimate(1, 0))).release()
        await told(hasty)
        busy = asyncio.to_thread(db.eval, "local s = os.clock() while os.clock() - s < 0.9 do end return 1", 0)
        slow = asyncio.ensure_future(busy)
        await asyncio.sleep(0.1)
        await hasty.admit((who,), Estimate(1, 0))
        await slow
        await asyncio.sleep(2.5)
        assert db.zcard(hasty.name(who) + ":p") == 0
    finally:
        await hasty.stop()


async def test_a_caller_that_leaves_while_redis_is_asked_holds_nothing(four: list[SharedLimits]) -> None:
    """DJG-4"""
    who = Subject("team", "1", "acme", parallel=1, tokens=100)
    await attempt(four[0], Subject("team", "2", "x", parallel=1))  # connected, script loaded
    for _ in range(20):
        asked = asyncio.ensure_future(attempt(four[0], who, tokens=100))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
        await asyncio.sleep(0.02)
        await told(four[0])
    assert len(served([await attempt(four[1], who, tokens=100)])) == 1


async def test_one_call_before_dispatch_however_many_limits(four: list[SharedLimits], db: redis.Redis) -> None:
    """LAT-4"""
    subjects = [Subject(kind, "1", "x", 100, 10_000, 100) for kind in ("key", "user", "team")]
    await four[0].admit(subjects, Estimate(1, 1))
    before = db.info("commandstats")
    for _ in range(10):
        await four[0].admit(subjects, Estimate(1, 1))
    after = db.info("commandstats")
    assert after["cmdstat_evalsha"]["calls"] - before["cmdstat_evalsha"]["calls"] == 10
    for name in ("script|load", "script|exists", "eval"):
        kind = f"cmdstat_{name}"
        assert after.get(kind) == before.get(kind)


async def test_everything_in_redis_expires(four: list[SharedLimits], db: redis.Redis) -> None:
    """MEM-4"""
    who = Subject("key", "k", "k", 100, 10_000, 10)
    permits = served(await crowd(four, 12, who, tokens=10))
    permits[0].settle(900)
    await told(*four)
    names = list(db.scan_iter("*"))
    assert len(names) == 3
    assert all(0 < db.pttl(name) <= 61_000 for name in names)


@pytest.mark.parametrize("silent", [False, True])
async def test_without_redis_the_policy_decides_and_nobody_waits_long(silent: bool) -> None:
    """BUD-15: open serves within the limits of the process, closed refuses; an address that never answers costs each request
    less than a second, and only the first one."""
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        if silent:
            listener.listen()
        url = f"redis://127.0.0.1:{listener.getsockname()[1]}/0"
        who = Subject("key", "k", "k", requests=2)
        loop = asyncio.get_running_loop()
        open_, closed = SharedLimits(url, "open", patience=0.3), SharedLimits(url, "closed", patience=0.3)
        started = loop.time()
        found = [await attempt(open_, who) for _ in range(4)]
        assert [isinstance(one, Refused) for one in found] == [False, False, True, True]
        for _ in range(3):
            with pytest.raises(Overloaded) as refused:
                await attempt(closed, who)
            assert refused.value.retry_after
        assert loop.time() - started < 2
        for one in (open_, closed):
            await one.stop()
