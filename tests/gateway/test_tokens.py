"""Counting never hangs and never asks the network."""

from __future__ import annotations

import time

import pytest

from gateway.tokens import count_text


@pytest.mark.parametrize("text", ["a" * 50_000, " " * 50_000, "=" * 50_000, "ab" * 25_000, "日本" * 25_000])
def test_a_run_without_a_break_takes_no_longer_than_text(text: str) -> None:
    """The older product took 41 s for 20,000 repeated letters; a ratio in one run, not seconds."""
    ordinary = "the quick brown fox jumps over the lazy dog, " * (len(text) // 45)
    count_text("warm")
    start = time.perf_counter()
    count_text(ordinary)
    middle = time.perf_counter()
    count_text(text)
    assert time.perf_counter() - middle < 25 * max(middle - start, 0.002)


def test_known_counts() -> None:
    assert count_text("hello world") == 2
    assert count_text("") == 0
    assert 150 < count_text("def add(a, b):\n    return a + b\n" * 15) < 250
