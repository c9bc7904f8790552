"""The arithmetic of net savings: ratios of sums and their intervals, by hand and against chance."""

from __future__ import annotations

from random import Random

import pytest

from gateway.netting import LEAST_SESSIONS, Session, arm, net, quantile


def sessions(count: int, *usd: float, tokens: float = 10) -> list[Session]:
    return [Session(usd[n % len(usd)], tokens) for n in range(count)]


def test_a_ratio_of_sums_and_its_variance_are_those_of_the_pencil() -> None:
    """30 sessions of 8 and 10 USD: 270 / 300 = 0.9; each is off by 1, so 30 * 30 / 29 / 270^2 of the logarithm."""
    found = arm(sessions(30, 8, 10))
    assert found is not None
    assert (found.sessions, found.price) == (30, pytest.approx(0.9))
    assert found.variance == pytest.approx(30 * 30 / 29 / 72_900)


def test_the_interval_of_a_tenth_saved_is_that_of_the_pencil() -> None:
    """0.9 to 1: a tenth. Variances 0.00042570 and 0.00034483, root of their sum 0.0277583, times 2.0452 is 0.0567709."""
    found = net(sessions(30, 8, 10), sessions(30, 9, 11))
    assert found is not None
    assert found.share == pytest.approx(0.1)
    assert found.low == pytest.approx(1 - 0.9 * 1.058413, abs=2e-5)
    assert found.high == pytest.approx(1 - 0.9 * 0.944811, abs=2e-5)
    assert found.is_gain
    assert not found.is_loss


def test_the_other_way_round_it_is_a_loss() -> None:
    found = net(sessions(40, 10, 12), sessions(40, 8, 10))
    assert found is not None
    assert found.share == pytest.approx(1 - 11 / 9)
    assert found.is_loss
    assert found.low < found.share < found.high < 0


def test_a_long_session_weighs_what_it_weighs_in_the_bill() -> None:
    """A mean of ratios would say 5.5; the bill says 1000.1 / 10001."""
    found = arm([*sessions(29, 0.1, tokens=1), Session(1000, 10_000)])
    assert found is not None
    assert found.price == pytest.approx(1002.9 / 10_029)


@pytest.mark.parametrize(("treated", "held_out"), [(29, 400), (400, 29), (0, 0)])
def test_fewer_than_thirty_sessions_in_an_arm_say_nothing(treated: int, held_out: int) -> None:
    assert LEAST_SESSIONS == 30
    assert net(sessions(treated, 1, 2), sessions(held_out, 1, 2)) is None


def test_sessions_that_cost_nothing_say_nothing() -> None:
    assert net(sessions(50, 0), sessions(50, 1, 2)) is None
    assert net(sessions(50, 1, 2), sessions(50, 0)) is None


def test_students_quantile_is_that_of_the_tables() -> None:
    assert quantile(29) == pytest.approx(2.0452, abs=1e-3)
    assert quantile(40) == pytest.approx(2.0211, abs=1e-3)
    assert quantile(100_000) == pytest.approx(1.95998, abs=1e-4)


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    """400 draws of uneven sessions, 12% saved in truth: 95 in 100, give or take what a delta method loses on such tails."""
    chance = Random(3)

    def draw(count: int, price: float) -> list[Session]:
        made = []
        for _ in range(count):
            tokens = chance.lognormvariate(11, 1)
            made.append(Session(tokens * price * chance.lognormvariate(0, 0.6), tokens))
        return made

    held = 0
    for _ in range(400):
        found = net(draw(300, 0.88e-6), draw(60, 1e-6))
        assert found is not None
        held += found.low <= 0.12 <= found.high
    assert 0.90 <= held / 400 <= 0.98
