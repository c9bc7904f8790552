"""The small torture, for every run of the tests (`make torture` is the long one)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .run import Plan, torture

SMALL = Plan(
    clients=40,
    seconds=13,
    most=1500,
    kills=(3.5, 6),
    away=(5, 5),
    budgets={"scarce": 120, "ample": 100_000, "key": 40},
    slowness=1.0,
)


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Path]:
    """A folder for servers of its own; Django's connection to them is closed afterwards."""
    from django.db import connections

    yield tmp_path
    connections["default"].close()
    connections["default"].close_pool()


def test_the_books_are_right_after_kills_cuts_and_a_database_that_went_away(elsewhere: Path) -> None:
    """CUT-1, CUT-2, CUT-4, CUT-7, CUT-8, CUT-11, CUT-12, CUT-14, CUT-20, BUD-1, BUD-2, BUD-4, BUD-7, LIM-2"""
    print(*torture(elsewhere, SMALL), sep="\n")
