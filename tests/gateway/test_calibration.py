"""Counts come to agree with what providers bill (CCD-3)."""

from __future__ import annotations

from gateway.calibration import FIRST, Scales
from routing.tiers import TargetRef

CLAUDE = TargetRef("anth", "claude-opus-5-5")


def test_after_a_few_answers_a_count_is_within_five_per_cent() -> None:
    scales = Scales()
    assert scales.of(CLAUDE) == 1.0
    for noise in (0.98, 1.03, 1.0, 0.97, 1.02):
        scales.learn(CLAUDE, 10_000, round(10_000 * 1.31 * noise))
    assert abs(scales.of(CLAUDE) / 1.31 - 1) < 0.05


def test_nonsense_does_not_count() -> None:
    scales = Scales()
    scales.learn(CLAUDE, 10, 4000)
    scales.learn(CLAUDE, 10_000, 0)
    assert scales.of(CLAUDE) == 1.0
    scales.learn(CLAUDE, 10_000, 10**9)
    assert scales.of(CLAUDE) == 3.0


def test_only_the_first_answers_and_then_a_few_are_counted() -> None:
    scales = Scales()
    wanted = [scales.wants(CLAUDE) for _ in range(201)]
    assert wanted[:FIRST] == [True] * FIRST
    assert sum(wanted) == FIRST + 4
