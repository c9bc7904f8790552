"""The arithmetic of limits, against a clock we turn and a plain list of what was admitted."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.limits import FREE, MINUTE, SECOND, Estimate, LocalLimits, Permit, Refused, Subject

KEY = Subject("key", "k1", "laptop", requests=3)


class Clock:
    def __init__(self) -> None:
        self.now = 1_000 * SECOND

    def __call__(self) -> int:
        return self.now

    def pass_(self, seconds: float) -> None:
        self.now += int(seconds * SECOND)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def refusal(limits: LocalLimits, *subjects: Subject, tokens: int = 0) -> Refused:
    with pytest.raises(Refused) as caught:
        limits.admit_now(subjects, Estimate(tokens, 0))
    return caught.value


def test_a_caller_without_limits_gets_a_permit_that_costs_nothing(clock: Clock) -> None:
    limits = LocalLimits(clock)
    assert limits.admit_now((), Estimate(10)) is FREE
    assert len(limits) == 0


def test_the_wait_is_exactly_when_the_next_request_fits(clock: Clock) -> None:
    """LIM-5"""
    limits = LocalLimits(clock)
    for _ in range(3):
        limits.admit_now((KEY,), Estimate(1, 0)).release()
        clock.pass_(10)
    refused = refusal(limits, KEY)
    assert (refused.what, refused.limit, refused.wait) == ("requests", 3, 30.0)
    clock.pass_(29.999)
    assert refusal(limits, KEY).wait == pytest.approx(0.001)
    clock.pass_(0.001)
    limits.admit_now((KEY,), Estimate(1, 0))
    assert refusal(limits, KEY).wait == pytest.approx(10)


def test_what_one_limit_refuses_takes_nothing_from_the_others(clock: Clock) -> None:
    """LIM-1: requests refused for want of a place do not use up the requests of the minute, nor tokens."""
    limits = LocalLimits(clock)
    key = Subject("key", "k", "k", requests=5, tokens=100)
    team = Subject("team", "1", "acme", parallel=1)
    first = limits.admit_now((key, team), Estimate(10, 0))
    for _ in range(50):
        assert refusal(limits, key, team, tokens=10).what == "parallel"
    first.settle(10)
    second = limits.admit_now((key, team), Estimate(10, 0))
    assert second.standings.requests is not None
    assert second.standings.tokens is not None
    assert (second.standings.requests.remaining, second.standings.tokens.remaining) == (3, 80)


def test_tokens_are_reserved_before_and_corrected_after(clock: Clock) -> None:
    """LIM-4"""
    limits = LocalLimits(clock)
    key = Subject("key", "k", "k", tokens=100)
    first = limits.admit_now((key,), Estimate(10, 80))
    assert refusal(limits, key, tokens=20).what == "tokens"
    first.settle(15)
    second = limits.admit_now((key,), Estimate(10, 70))
    second.settle(85)
    second.settle(0)  # a second word counts for nothing
    assert refusal(limits, key, tokens=1).wait == 60.0


def test_who_leaves_gives_the_place_back_and_the_tokens_only_when_they_are_known(clock: Clock) -> None:
    """LIM-4"""
    limits = LocalLimits(clock)
    key = Subject("key", "k", "k", tokens=100, parallel=1)
    first = limits.admit_now((key,), Estimate(0, 60))
    first.leave()
    first.leave()
    assert refusal(limits, key, tokens=60).what == "tokens"
    limits.admit_now((key,), Estimate(0, 40))
    first.settle(20)  # 40 come back, and no second place
    assert refusal(limits, key, tokens=40).what == "parallel"


def test_a_correction_after_the_minute_gives_nothing_back_twice(clock: Clock) -> None:
    limits = LocalLimits(clock)
    key = Subject("key", "k", "k", tokens=100)
    long = limits.admit_now((key,), Estimate(0, 100))
    clock.pass_(61)
    limits.admit_now((key,), Estimate(0, 100))
    long.settle(0)
    assert refusal(limits, key, tokens=1).what == "tokens"


def test_what_is_larger_than_the_whole_allowance_never_fits(clock: Clock) -> None:
    """LIM-6"""
    limits = LocalLimits(clock)
    assert refusal(limits, Subject("team", "1", "acme", tokens=100), tokens=101).wait is None
    assert refusal(limits, Subject("team", "1", "acme", requests=0)).wait is None
    assert refusal(limits, Subject("team", "1", "acme", parallel=0)).wait is None


def test_room_we_guessed_makes_no_request_impossible() -> None:
    """BUD-13: without max_tokens the prompt is reserved and the usual room, as far as there is any."""
    small, large = Subject("key", "k", "k", tokens=1000), Subject("team", "1", "t", tokens=10**6)
    assert Estimate(400).under((large,)) == 4496
    assert Estimate(400).under((small, large)) == 1000
    assert Estimate(1400).under((small,)) == 1400
    assert Estimate(400, 50).under((small,)) == 450


def test_two_keys_have_an_allowance_each(clock: Clock) -> None:
    """BUD-12"""
    limits = LocalLimits(clock)
    other = Subject("key", "k2", "other", requests=3)
    for _ in range(3):
        limits.admit_now((KEY,), Estimate(1, 0))
    refusal(limits, KEY)
    limits.admit_now((other,), Estimate(1, 0))


def test_what_nobody_asks_for_any_more_is_forgotten(clock: Clock) -> None:
    """MEM-4"""
    limits = LocalLimits(clock)
    for number in range(5000):
        limits.admit_now((Subject("key", str(number), "k", requests=9),), Estimate(1, 0)).release()
        clock.pass_(0.1)
    assert len(limits) < 700


def test_a_busy_minute_is_a_bounded_number_of_entries(clock: Clock) -> None:
    """MEM-4"""
    limits = LocalLimits(clock)
    key = Subject("key", "k", "k", requests=10**6, tokens=10**9)
    for _ in range(20_000):
        limits.admit_now((key,), Estimate(5, 0)).settle(9)
        clock.pass_(0.01)
    (state,) = limits._states.values()
    assert len(state.requests.entries) <= 61
    assert len(state.tokens.entries) <= 61


STEPS = st.lists(
    st.tuples(
        st.integers(0, 20_000),  # milliseconds since the one before
        st.sampled_from(["ask", "ask", "settle"]),
        st.integers(0, 60),  # tokens by estimate
        st.integers(0, 60),  # tokens in truth, never more than the estimate
    ),
    max_size=80,
)


class Book:
    """Everything admitted, as a list: what the limits are held against."""

    def __init__(self) -> None:
        self.rows: list[list[int]] = []
        self.open: list[tuple[Permit, list[int]]] = []

    def write(self, permit: Permit, now: int, tokens: int) -> None:
        self.rows.append([now, tokens])
        self.open.append((permit, self.rows[-1]))

    def close(self, really: int) -> None:
        permit, row = self.open.pop(0)
        row[1] = min(really, row[1])
        permit.settle(row[1])

    def last_minute(self, now: int) -> tuple[int, int]:
        rows = [row for row in self.rows if row[0] > now - MINUTE]
        return len(rows), sum(row[1] for row in rows)


@settings(max_examples=50, deadline=None)
@given(STEPS, st.integers(1, 6), st.integers(1, 120), st.integers(1, 4))
def test_no_minute_holds_more_than_the_limit_and_every_wait_is_honest(
    steps: list[tuple[int, str, int, int]], requests: int, tokens: int, parallel: int
) -> None:
    """LIM-1, LIM-4, LIM-5: against a list of everything admitted, however asking and ending interleave."""
    clock, book = Clock(), Book()
    limits = LocalLimits(clock)
    who = Subject("key", "k", "k", requests=requests, tokens=tokens, parallel=parallel)
    for gap, what, asked, really in steps:
        clock.now += gap * 1_000_000
        if what == "settle":
            if book.open:
                book.close(really)
            continue
        permit, refused = _ask(limits, who, asked)
        if refused is not None and refused.wait is None:
            assert asked > tokens
            continue
        if refused is not None:
            assert refused.wait is not None
            assert 0 < refused.wait <= 60
            while book.open:
                book.close(really)
            clock.pass_(refused.wait + 0.000001)
            permit, refused = _ask(limits, who, asked)
            assert refused is None
        assert permit is not None
        book.write(permit, clock.now, asked)
        assert len(book.open) <= parallel
        many, much = book.last_minute(clock.now)
        assert many <= requests
        assert much <= tokens


def _ask(limits: LocalLimits, who: Subject, tokens: int) -> tuple[Permit | None, Refused | None]:
    try:
        permit = limits.admit_now((who,), Estimate(tokens, 0))
    except Refused as refused:
        return None, refused
    assert isinstance(permit, Permit)
    return permit, None
