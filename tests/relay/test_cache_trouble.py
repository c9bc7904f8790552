"""Answers from memory while the database stops, hangs and is locked: requests go on, and nothing wrong is served."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.fakes import script
from tests.fakes.gateway import Gateway
from tests.fakes.script import Received, Reply, Text, Usage
from tests.fakes.upstream import Upstream

from .cache_places import FIRST, SAME, Place, Traffic, eventually, median, metric, outcome, place, post, warm

SECONDS = {"away": 3.0, "paused": 5.0, "locked": 3.0}


def own(received: Received) -> Reply:
    """Each ask's own answer: whoever is given another's is seen."""
    return Reply(parts=(Text(f"[{asked(received)}]"),), usage=Usage(input=20, output=5))


def asked(received: Received) -> str:
    content = json.loads(received.body)["messages"][-1]["content"]
    return content if isinstance(content, str) else "".join(part["text"] for part in content)


@pytest.fixture(scope="module")
def there(_upstream: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with place(Path(tmp_path_factory.mktemp("cache-trouble")), _upstream) as found:
        yield found


@pytest.fixture(scope="module")
def _lynkr(there: Place) -> Iterator[Gateway]:
    with there.gateway() as found:
        yield found


@pytest.fixture
def lynkr(_lynkr: Gateway, upstream: Upstream) -> Gateway:
    upstream.when(own)
    warm(_lynkr)
    return _lynkr


KINDS = ("uncached", "exact", "near", "miss", "near miss")


def kinds(word: str) -> dict[str, tuple[str, Callable[[int], str]]]:
    """`word`: so that no test asks what another did."""

    def new(number: int) -> str:
        return f"What is the use of {word} {number}?"

    return {
        "uncached": ("none bob", new),
        "exact": ("exact bob", lambda number: FIRST),
        "near": ("near bob", lambda number: SAME),
        "miss": ("exact bob", new),
        "near miss": ("near bob", new),
    }


def right(one: str, text: str) -> bool:
    if one in ("exact", "near"):
        return text in (f"[{FIRST}]", f"[{SAME}]")
    return re.fullmatch(r"\[What is the use of \w+ \d+\?\]", text) is not None


@pytest.mark.parametrize("trouble", ["away", "paused", "locked"])
def test_requests_go_on_as_fast_as_uncached_ones_and_hits_come_back(
    there: Place, lynkr: Gateway, trouble: str
) -> None:
    with Traffic(lynkr, kinds(trouble)) as traffic:
        time.sleep(1.5)
        before = time.monotonic()
        how: AbstractContextManager[None] = getattr(there, trouble)()
        with how:
            began = time.monotonic()
            time.sleep(SECONDS[trouble])
            ended = time.monotonic()
        eventually(lambda: outcome(post(lynkr, FIRST, "exact bob")) == "exact", 12, "no hits after it")
        eventually(lambda: outcome(post(lynkr, SAME, "near bob")) in ("semantic", "exact"), 12, "no near matches after")
        time.sleep(0.5)
    assert {one.status for one in traffic.asked} == {200}
    assert [one for one in traffic.asked if not right(one.kind, one.text)] == []
    told = {kind: round(median(traffic.between(began, ended, kind)), 1) for kind in KINDS}
    usual = {kind: round(median(traffic.between(0, before, kind)), 1) for kind in KINDS}
    slowest = {kind: round(1000 * max(one.seconds for one in traffic.between(began, ended, kind))) for kind in KINDS}
    print(trouble, {kind: (usual[kind], told[kind], slowest[kind]) for kind in KINDS})
    assert all(ms < told["uncached"] + 12 for ms in told.values()), told
