"""One loaded model for all tests; where the weights are not installed these are skipped, and say so."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from caching.embedders import Embeddings
from caching.minilm import MiniLM


@pytest.fixture(scope="session")
def model() -> MiniLM:
    _installed()
    return MiniLM()


@pytest.fixture
def embeddings() -> Iterator[Embeddings]:
    _installed()
    made = Embeddings()
    yield made
    made.close()


def _installed() -> None:
    """LYNKR_... is not asked: the tests' own machine (CI) must have the weights, another need not."""
    if (problem := MiniLM.unavailable()) and not os.environ.get("CI"):
        pytest.skip(problem)
