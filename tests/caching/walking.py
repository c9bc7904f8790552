"""What happens to a team that is checked again and again, computed exactly: the chance of every (checks, wrong) that has not
been decided yet, carried from check to check."""

from __future__ import annotations

import random
from collections.abc import Callable

from caching.bounds import LEAST_WRONG, Standing, proven_bad


def fewest_wrong(budget: float, checks: int) -> list[int]:
    """For 1 to `checks` checks the fewest wrong ones that switch a team off."""
    fewest, wrong = [], LEAST_WRONG
    for done in range(1, checks + 1):
        while wrong <= done and not proven_bad(Standing(done, wrong), budget):
            wrong += 1
        fewest.append(wrong)
    return fewest


def switched_off(share: float, fewest: list[int]) -> list[float]:
    """The chance to be switched off at each check, where each is wrong with the chance `share`."""
    chances, off = [1.0], []
    for bound in fewest:
        moved = [chance * (1 - share) for chance in chances] + [0.0]
        for wrong, chance in enumerate(chances):
            moved[wrong + 1] += chance * share
        off.append(sum(moved[bound:]))
        chances = moved[:bound]
    return off


def by_then(off: list[float], chance: float) -> int | None:
    """After how many checks a team is switched off with this chance."""
    total = 0.0
    for checks, one in enumerate(off, 1):
        total += one
        if total >= chance:
            return checks
    return None


def walk(share: float, fewest: list[int], drawn: random.Random) -> int | None:
    """One team, simulated: the check that switches it off."""
    wrong = 0
    for checks, bound in enumerate(fewest, 1):
        if drawn.random() < share:
            wrong += 1
            if wrong >= bound:
                return checks
    return None


def checks_until(good: Callable[[int], bool], most: int = 1_000_000) -> int:
    """The fewest checks for which `good(checks)` holds, which then goes on to hold."""
    low, high = 1, most
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if good(middle) else (middle + 1, high)
    return low
