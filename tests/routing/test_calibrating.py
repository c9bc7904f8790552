"""What answers tell of the bounds between tiers."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routing.calibrating import LEAST, Row, answers_of, bands, evidence, wilson
from routing.tiers import Bounds, Tier

AT = Bounds(25, 50, 75)


def many(n: int, score: int, ok: bool = True, checked: bool = True, tier: Tier = Tier.SIMPLE) -> list[Row]:
    return [Row(tier, score, ok, checked)] * n


def moved(rows: list[Row], bounds: Bounds = AT) -> tuple[int, ...]:
    return tuple(one.new for one in evidence(rows, bounds))


@pytest.mark.parametrize(
    ("ok", "n", "lower", "upper"),
    [(0, 0, 0, 1), (10, 10, 0.7225, 1), (0, 10, 0, 0.2775), (50, 100, 0.4038, 0.5962), (95, 100, 0.8882, 0.9785)],
)
def test_the_interval_is_wilsons(ok: int, n: int, lower: float, upper: float) -> None:
    found = wilson(ok, n)
    assert math.isclose(found.lower, lower, abs_tol=1e-4)
    assert math.isclose(found.upper, upper, abs_tol=1e-4)


def test_the_bands_hold_the_scores_beside_a_bound_and_stop_at_the_next() -> None:
    assert [(list(a), list(b)) for a, b in bands(Bounds(1, 4, 98), 3)] == [
        ([0, 1], [2, 3, 4]),
        ([2, 3, 4], [5, 6, 7]),
        ([96, 97, 98], [99, 100]),
    ]


def test_a_bound_rises_where_the_cheaper_tier_is_good_enough_above_it() -> None:
    assert moved(many(100, 27)) == (30, 50, 75)
    assert moved(many(100, 52, tier=Tier.MEDIUM)) == (25, 55, 75)
    assert moved(many(100, 77, tier=Tier.COMPLEX)) == (25, 50, 80)
    assert moved(many(100, 27) + many(12, 27, ok=False)) == AT, "112 of which 12 are bad: 89%"


def test_answers_that_nobody_checked_raise_nothing() -> None:
    assert moved(many(5_000, 27, checked=False)) == AT
    assert moved(many(5_000, 27, checked=False) + many(100, 27)) == (30, 50, 75)


def test_a_bound_falls_where_the_cheaper_tier_fails_below_it_and_that_wins() -> None:
    bad = many(20, 24) + many(20, 24, ok=False)
    assert moved(bad) == (20, 50, 75)
    assert moved(bad + many(500, 27)) == (20, 50, 75)
    assert moved(bad + many(5_000, 24, checked=False)) == (20, 50, 75), "unchecked ones do not hide it"


def test_a_few_answers_or_those_far_from_a_bound_move_nothing() -> None:
    assert moved(many(LEAST - 1, 24, ok=False)) == AT
    assert moved(many(LEAST, 24, ok=False)) != AT
    assert moved(many(72, 27)) == AT, "the interval begins at 94.9%"
    assert moved(many(74, 27)) != AT
    few = many(LEAST - 1, 27)
    assert evidence(few, AT, target=0.5)[0].new == 25
    assert evidence([*few, few[0]], AT, target=0.5)[0].new == 30
    assert moved(many(500, 10, ok=False) + many(500, 31) + many(500, 27, tier=Tier.MEDIUM)) == AT


def test_one_that_rises_stops_at_one_that_falls() -> None:
    bounds = Bounds(25, 29, 75)
    rows = many(100, 27) + many(100, 28, ok=False, tier=Tier.MEDIUM)
    assert moved(rows, bounds) == (25, 25, 75)
    assert moved(many(100, 27), bounds) == (29, 29, 75)


BOUNDS = st.lists(st.integers(0, 100), min_size=3, max_size=3).map(lambda three: Bounds(*sorted(three)))
NEAR = st.tuples(st.integers(0, 2), st.integers(-6, 6), st.integers(0, 1), st.booleans(), st.booleans())
GROUPS = st.lists(st.tuples(NEAR, st.sampled_from([1, 29, 30, 80, 200])), max_size=8)
calm = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)


def history(groups: list[Any], bounds: Bounds) -> list[Row]:
    """Answers near the bounds: ((which bound, how far from it, cheaper or dearer tier, ok, checked), how many)."""
    rows = []
    for (place, away, dearer, ok, checked), n in groups:
        rows += [Row(Tier(place + dearer), min(100, max(0, bounds[place] + away)), ok, checked)] * n
    return rows


@calm
@given(GROUPS, BOUNDS)
def test_bounds_stay_in_order_and_never_move_without_evidence(groups: list[Any], bounds: Bounds) -> None:
    found = evidence(history(groups, bounds), bounds)
    new = [one.new for one in found]
    assert new == sorted(new)
    assert new[0] >= 0
    assert new[-1] <= 100
    for one in found:
        assert abs(one.new - one.old) <= 5
        if one.new > one.old:
            assert one.above.checked >= LEAST
        if one.new < one.old:
            assert one.below.n >= LEAST
            assert one.below.ok < one.below.n


@calm
@given(GROUPS, BOUNDS, st.integers(0, 7))
def test_better_answers_never_lower_a_bound(groups: list[Any], bounds: Bounds, which: int) -> None:
    before = moved(history(groups, bounds), bounds)
    better = [
        ((place, away, dearer, ok or at == which, checked), n)
        for at, ((place, away, dearer, ok, checked), n) in enumerate(groups)
    ]
    assert all(new >= old for new, old in zip(moved(history(better, bounds), bounds), before, strict=True))


AUTO = {"mode": "auto"}


@pytest.mark.parametrize(
    ("tier", "decision", "status", "code", "told"),
    [
        ("SIMPLE", {"verified": "ok"}, "completed", "", [Row(Tier.SIMPLE, 20, True, True)]),
        ("SIMPLE", {}, "completed", "", [Row(Tier.SIMPLE, 20, True)]),
        ("SIMPLE", {}, "truncated", "upstream_broken", [Row(Tier.SIMPLE, 20, False)]),
        ("SIMPLE", {}, "failed", "upstream_broken", [Row(Tier.SIMPLE, 20, False)]),
        ("SIMPLE", {}, "failed", "upstream_unavailable", []),
        ("SIMPLE", {}, "interrupted", "", []),
        (
            "MEDIUM",
            {"verified": "empty", "cascade": "escalated: empty", "doubted": "SIMPLE"},
            "completed",
            "",
            [Row(Tier.SIMPLE, 20, False, True), Row(Tier.MEDIUM, 20, True)],
        ),
        (
            "SIMPLE",
            {"verified": "empty", "cascade": "kept: empty, no better answer", "doubted": "SIMPLE"},
            "completed",
            "",
            [Row(Tier.SIMPLE, 20, False, True)],
        ),
        ("SIMPLE", {"mode": "tier"}, "completed", "", []),
        ("SIMPLE", {"mode": "side"}, "completed", "", []),
        ("", {}, "completed", "", []),
    ],
)
def test_what_a_stored_operation_tells(
    tier: str, decision: dict[str, Any], status: str, code: str, told: list[Row]
) -> None:
    assert answers_of(tier, 20, {**AUTO, **decision}, status, code) == told
    assert answers_of(tier, None, {**AUTO, **decision}, status, code) == []
