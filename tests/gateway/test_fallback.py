"""Ladders and breakers."""

from __future__ import annotations

from gateway.chat.errors import UpstreamRejected, UpstreamUnavailable
from gateway.fallback import Breakers, ladder, wait_before_retry
from routing.tiers import TargetRef, Tier

A, B, C, D = (TargetRef("acc", name) for name in "abcd")
MAP = {Tier.SIMPLE: (A,), Tier.MEDIUM: (B, A), Tier.COMPLEX: (C,), Tier.REASONING: (D, C)}


def test_a_ladder_goes_along_its_tier_then_up_then_down_without_repeats() -> None:
    steps = ladder(Tier.MEDIUM, MAP, fallback=True)
    assert [(step.target, step.tier) for step in steps] == [
        (B, Tier.MEDIUM),
        (A, Tier.MEDIUM),
        (C, Tier.COMPLEX),
        (D, Tier.REASONING),
    ]


def test_the_hardest_tier_falls_back_downwards() -> None:
    assert [step.target for step in ladder(Tier.REASONING, MAP, fallback=True)] == [D, C, B, A]


def test_without_fallback_there_is_one_target() -> None:
    """FBK-3."""
    assert [step.target for step in ladder(Tier.MEDIUM, MAP, fallback=False)] == [B]


def test_a_breaker_opens_after_five_failures_and_probes_once_after_a_minute() -> None:
    now = 1000.0
    breakers = Breakers(lambda: now)
    for _ in range(5):
        assert breakers.admits(A)
        breakers.failed(A, UpstreamUnavailable("down"))
    assert not breakers.admits(A)
    assert breakers.admits(B)
    now += 61
    assert breakers.admits(A)
    assert not breakers.admits(A), "one probe at a time"
    breakers.failed(A, UpstreamUnavailable("still down"))
    assert not breakers.admits(A)
    now += 61
    assert breakers.admits(A)
    breakers.succeeded(A)
    assert breakers.admits(A)
    assert breakers.admits(A)


def test_the_callers_own_mistakes_do_not_open_a_breaker() -> None:
    breakers = Breakers(lambda: 0.0)
    for _ in range(20):
        breakers.failed(A, UpstreamRejected("bad request", upstream_status=400))
    assert breakers.admits(A)


def test_a_probe_that_said_nothing_may_be_made_again() -> None:
    now = 0.0
    breakers = Breakers(lambda: now)
    for _ in range(5):
        breakers.failed(A, UpstreamUnavailable("down"))
    now = 61.0
    assert breakers.admits(A)
    breakers.undecided(A)
    assert breakers.admits(A)


def test_retry_after_is_obeyed_when_short_and_left_to_others_when_long() -> None:
    assert wait_before_retry(UpstreamUnavailable("x", retry_after=1.5), 1) == 1.5
    assert wait_before_retry(UpstreamUnavailable("x", retry_after=30), 1) is None
    assert wait_before_retry(UpstreamUnavailable("x"), 2) is None
    assert wait_before_retry(UpstreamRejected("x"), 1) is None
