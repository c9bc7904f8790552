"""The gate of the answer cache on the labelled pairs it was made with. `make eval-semcache` tells more, with real cosines."""

from __future__ import annotations

import pytest

from caching.gate import BALANCED, STRICT

from .semcache.measuring import SEEN, by_gate, pairs, shares, upper

PAIRS = pairs(SEEN)


@pytest.mark.parametrize(("name", "recall"), [(BALANCED, 0.34), (STRICT, 0.26)])
def test_one_near_miss_in_five_hundred_is_served_at_most_whatever_the_cosine(name: str, recall: float) -> None:
    """SEM-2, SEM-3, SEM-11. With a cosine of 0.95 for every pair, so that the words alone must hold near misses back."""
    judged = by_gate(PAIRS, lambda a, b: 0.95, name, lambda text: ())
    wrong, _, different = shares(judged, same=False)
    right, _, same = shares(judged, same=True)
    assert wrong / different <= 0.002, [each.pair for each in judged if each.outcome == "serve" and not each.pair.same]
    assert right / same >= recall


@pytest.mark.parametrize(("name", "recall"), [("unseen.jsonl", 0.2), ("late.jsonl", 0.25)])
def test_nor_are_more_of_those_held_back(name: str, recall: float) -> None:
    judged = by_gate(pairs(SEEN.with_name(name)), lambda a, b: 0.95, BALANCED, lambda text: ())
    wrong, _, different = shares(judged, same=False)
    right, _, same = shares(judged, same=True)
    assert wrong / different <= 0.002
    assert right / same >= recall


def test_it_does_not_matter_which_of_the_two_asks_came_first() -> None:
    there = by_gate(PAIRS[::7], lambda a, b: 0.95, BALANCED, lambda text: ())
    swapped = [type(pair)(pair.b, pair.a, pair.same, pair.kind) for pair in PAIRS[::7]]
    back = by_gate(swapped, lambda a, b: 0.95, BALANCED, lambda text: ())
    assert [each.pair for each, other in zip(there, back, strict=True) if each.outcome != other.outcome] == []


def test_the_bound_on_a_share_is_that_of_clopper_and_pearson() -> None:
    assert upper(0, 299) == pytest.approx(0.01, abs=1e-4)
    assert upper(1, 473) == pytest.approx(0.01, abs=1e-4)
    assert upper(3, 3) == 1.0
