from __future__ import annotations

import itertools
import random
import re
from functools import cache
from pathlib import Path

import pytest

from caching.bounds import (
    Standing,
    at_least,
    at_most,
    evidence_above,
    evidence_below,
    interval,
    proven_bad,
    proven_good,
)

from .walking import by_then, checks_until, fewest_wrong, switched_off, walk

DECISION = Path(__file__).parents[2] / "docs" / "decisions" / "0012-error-budget.md"
BUDGETS = {"0.5%": 0.005, "1%": 0.01, "2%": 0.02}
LONG = 20_000


@cache
def bound(budget: float, checks: int = LONG) -> list[int]:
    return fewest_wrong(budget, checks)


def rows(first: str) -> list[list[str]]:
    """The cells of the table whose head begins with `first`."""
    lines = DECISION.read_text().splitlines()
    start = next(place for place, line in enumerate(lines) if line.startswith(f"| {first} "))
    found = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        found.append([cell.strip() for cell in line.strip("|").split("|")])
    return found


@pytest.mark.parametrize("budget", [0.001, 0.005, 0.01, 0.02, 0.05])
def test_a_team_at_its_budget_is_ever_switched_off_with_at_most_five_percent(budget: float) -> None:
    """Exactly, over every course of 5,000 checks; a bound that ignored the repeated looks would be far beyond."""
    ever = sum(switched_off(budget, bound(budget, 5_000)))
    assert 0.005 < ever <= 0.05


def test_looking_again_and_again_with_a_bound_for_one_look_would_break_the_promise() -> None:
    """What the test above would show if the bound were not for all times: the walk sees it."""
    tail: list[int] = []
    for checks in range(1, 2_001):
        chance, cumulated, wrong = (1 - 0.02) ** checks, 0.0, 0
        while cumulated + chance < 0.95:
            cumulated += chance
            chance *= (checks - wrong) / (wrong + 1) * 0.02 / 0.98
            wrong += 1
        tail.append(wrong + 1)
    assert sum(switched_off(0.02, tail)) > 0.2


def test_the_evidence_is_a_martingale_at_the_share_itself_and_shrinks_on_the_other_side() -> None:
    for share in (0.001, 0.005, 0.05, 0.4):
        for checks, wrong in ((10, 2), (100, 3), (700, 9), (5_000, 20)):
            now, right, other = Standing(checks, wrong), Standing(checks + 1, wrong), Standing(checks + 1, wrong + 1)
            above = share * evidence_above(other, share) + (1 - share) * evidence_above(right, share)
            assert above == pytest.approx(evidence_above(now, share), rel=1e-9)
            below = share * evidence_below(other, share) + (1 - share) * evidence_below(right, share)
            assert below == pytest.approx(evidence_below(now, share), rel=1e-9)
            assert share / 2 * evidence_above(other, share) + (1 - share / 2) * evidence_above(right, share) <= above
    assert evidence_above(Standing(), 0.01) == evidence_below(Standing(), 0.01) == pytest.approx(1)


def test_a_simulated_team_with_wrong_hits_is_switched_off_in_time_and_honest_ones_are_not() -> None:
    drawn = random.Random(20261128)
    fewest = bound(0.005)
    ends = sorted(walk(0.05, fewest, drawn) or LONG for _ in range(400))
    assert ends[-1] < LONG
    assert sum(ends) / len(ends) == pytest.approx(64, abs=9)
    assert 120 < ends[379] < 260
    honest = [walk(0.0025, fewest, drawn) for _ in range(200)]
    assert sum(end is not None for end in honest) <= 3


def test_the_interval_holds_the_true_share_at_all_times_at_once() -> None:
    drawn = random.Random(6)
    missed = 0
    for share in (0.002, 0.01, 0.05):
        for _ in range(60):
            wrong, out = 0, False
            for checks in range(1, 1_501):
                hit = drawn.random() < share
                wrong += hit
                if hit or checks % 50 == 0:
                    standing = Standing(checks, wrong)
                    out = out or evidence_above(standing, share) >= 40 or evidence_below(standing, share) >= 40
            missed += out
    assert missed <= 9  # 180 courses, 5%


def test_more_wrong_ones_move_both_ends_up_and_more_right_ones_down() -> None:
    for checks in (20, 200, 2_000):
        found = [interval(checks, wrong) for wrong in range(12)]
        for (low, high), (lower, higher) in itertools.pairwise(found):
            assert low <= lower < higher
            assert high < higher
    for wrong in (0, 1, 2, 7):
        found = [interval(checks, wrong) for checks in (10, 30, 100, 300, 1_000, 10_000)]
        assert sorted(found, reverse=True) == found
        assert all(low <= wrong / 10_000 * 1_000 and low <= high for low, high in found)


def test_the_interval_is_around_the_share_seen_and_wider_for_more_confidence() -> None:
    for checks, wrong in ((30, 2), (400, 2), (1_000, 50), (20_000, 40), (1_000_000, 3_000)):
        low, high = interval(checks, wrong)
        assert 0 < low < wrong / checks < high < 1
        assert (low, high) == (at_least(Standing(checks, wrong), 0.975), at_most(Standing(checks, wrong), 0.975))
        lower, higher = interval(checks, wrong, 0.99)
        assert lower < low < high < higher


def test_decisions_agree_with_the_ends_they_are_about() -> None:
    for checks, wrong in ((14, 4), (60, 6), (676, 0), (675, 0), (1_442, 1), (1_441, 1), (3_000, 15), (200_000, 900)):
        standing = Standing(checks, wrong)
        for budget in (0.001, 0.005, 0.01, 0.02):
            assert proven_bad(standing, budget) == (at_least(standing) > budget)
            assert proven_good(standing, budget) == (at_most(standing) <= budget)
            assert not (proven_bad(standing, budget) and proven_good(standing, budget))


def test_a_single_wrong_one_never_switches_off_and_no_checks_prove_nothing() -> None:
    assert not proven_bad(Standing(1, 1), 0.0001)
    assert proven_bad(Standing(2, 2), 0.01)
    assert interval(0, 0) == (0.0, 1.0)
    assert interval(1, 1) == (0.0, 1.0)
    assert not proven_good(Standing(), 0.02)
    assert Standing().share is None


def test_budgets_at_the_ends_and_numbers_that_cannot_be() -> None:
    assert proven_bad(Standing(1_000, 2), 0.0)
    assert not proven_bad(Standing(1_000, 0), 0.0)
    assert not proven_bad(Standing(1_000, 1_000), 1.0)
    assert proven_good(Standing(1, 0), 1.0)
    assert not proven_good(Standing(10**6, 0), 0.0)
    assert not proven_bad(Standing(10**9, 0), 0.005)
    assert proven_bad(Standing(10**9, 10**8), 0.005)
    for checks, wrong in ((1, 2), (-1, 0), (3, -1)):
        with pytest.raises(ValueError, match="checks"):
            Standing(checks, wrong)
    with pytest.raises(ValueError, match="between"):
        interval(10, 1, 1.0)


def test_the_decision_record_tells_what_the_code_needs_to_prove_a_team() -> None:
    found = rows("budget | proven")
    assert [cells[0] for cells in found] == list(BUDGETS)
    for cells in found:
        budget = BUDGETS[cells[0]]
        needed = [checks_until(lambda n, w=wrong, b=budget: proven_good(Standing(n, w), b)) for wrong in range(4)]
        assert [f"{checks:,}" for checks in needed] == cells[1:]


def test_the_decision_record_tells_when_the_code_switches_off() -> None:
    found = rows("budget | 2% wrong")
    assert [cells[0] for cells in found] == list(BUDGETS)
    for cells in found:
        budget = BUDGETS[cells[0]]
        for share, told in zip((0.02, 0.05, 0.1, 0.3), cells[1:], strict=True):
            if share <= budget:
                assert told == "never"
                continue
            off = switched_off(share, bound(budget, 8_000))
            assert sum(off) > 0.999
            mean = sum(checks * chance for checks, chance in enumerate(off, 1))
            assert told == f"{mean:,.0f} / {by_then(off, 0.5):,} / {by_then(off, 0.95):,}"


def test_the_decision_record_tells_how_often_an_honest_team_is_switched_off() -> None:
    found = rows("its share wrong")
    assert [cells[0] for cells in found] == ["0.1%", "0.25%", "0.5%"]
    for share, cells in zip((0.001, 0.0025, 0.005), found, strict=True):
        assert cells[1] == f"{sum(switched_off(share, bound(0.005))):.2%}"


def test_the_decision_record_tells_how_late_a_change_is_noticed() -> None:
    """From ten wrong of 10,000 on, each further check wrong with a chance of 5%."""
    later = bound(0.005)[10_000:]
    off = switched_off(0.05, [fewest - 10 for fewest in later])
    told = re.search(r"it takes ([\d,]+) more", DECISION.read_text())
    assert told is not None
    assert told[1] == f"{sum(checks * chance for checks, chance in enumerate(off, 1)):,.0f}"
