"""The scenarios through a running gateway: the tier it serves is the same before an empty and a filled database, with
fallback and without, in both dialects, in each of five runs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import dedicated_database
from tests.fakes.gateway import Gateway, running
from tests.fakes.upstream import Upstream

from .scenarios import BENCHMARK, Scenario, body

PATHS = {"anthropic": "/v1/messages", "openai_chat": "/v1/chat/completions"}
RUNS = 5


def configuration(upstream: Upstream) -> dict[str, Any]:
    """Two teams alike but for fallback; each tier has a model of its own."""
    tiers = {
        "SIMPLE": ["up/claude-haiku-4-5"],
        "MEDIUM": ["up/claude-sonnet-4-5"],
        "COMPLEX": ["up/claude-opus-4-5"],
        "REASONING": ["up/claude-opus-4-6"],
    }
    members = [{"user": "alice", "role": "lead"}]
    return {
        "providers": [{"name": "up", "vendor": "anthropic", "base_url": upstream.url, "secret": "sk-upstream"}],
        "teams": [
            {"slug": "flexible", "members": members, "tiers": tiers, "policy": {"fallback": True}},
            {"slug": "steadfast", "members": members, "tiers": tiers, "policy": {"fallback": False}},
        ],
        "keys": [
            {"name": "root", "team": "flexible", "user": "alice", "scopes": ["chat", "models", "admin"]},
            {"name": "flexible", "team": "flexible", "user": "alice"},
            {"name": "steadfast", "team": "steadfast", "user": "alice"},
        ],
    }


@pytest.fixture(scope="module")
def lynkr(_template: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    folder = Path(tmp_path_factory.mktemp("scenarios"))
    with Upstream() as upstream, dedicated_database("scenarios") as url, running(url, folder) as gateway:
        _apply(gateway, configuration(upstream))
        yield gateway


def _apply(gateway: Gateway, tree: dict[str, Any]) -> None:
    from gateway.configuration.writing import apply

    gateway.keys.update(apply(tree).keys)
    gateway.reload()


def served(
    client: httpx.Client, lynkr: Gateway, scenario: Scenario, dialect: str, key: str, nonce: str
) -> tuple[str, str]:
    """The tier and the score, as the answer's headers tell them."""
    headers = {"x-api-key": lynkr.keys[key]}
    until = time.monotonic() + 30
    while True:
        answer = client.post(lynkr.base_url + PATHS[dialect], json=body(scenario, dialect, nonce), headers=headers)
        if (
            answer.status_code != 503 or time.monotonic() > until
        ):  # a busy machine sheds load, and says when to come again
            break
        time.sleep(min(2.0, float(answer.headers.get("retry-after", "1"))))
    assert answer.status_code == 200, answer.text
    return answer.headers["x-lynkr-tier"].upper(), answer.headers.get("x-lynkr-score", "")


def test_the_same_tiers_are_served_before_an_empty_and_a_filled_database(lynkr: Gateway) -> None:
    """Each run's conversations begin with words of their own, as those of different people do."""
    assert lynkr.rows("SELECT count(*) AS n FROM gateway_operation WHERE status = 'completed'")[0]["n"] == 0
    told: dict[str, set[tuple[str, str]]] = {scenario.id: set() for scenario in BENCHMARK}
    with httpx.Client(timeout=20) as client:
        for run, dialect, key in product(range(RUNS), PATHS, ("flexible", "steadfast")):
            for scenario in BENCHMARK:
                nonce = f"conversation {run} {dialect} {key}"
                told[scenario.id].add(served(client, lynkr, scenario, dialect, key, nonce))
            # From here on the database holds conversations like these.
            lynkr.wait_for_row("SELECT * FROM gateway_operation WHERE %s = 1 ORDER BY id DESC LIMIT 1", 1, 8)
    assert lynkr.rows("SELECT count(*) AS n FROM gateway_operation")[0]["n"] > 0
    assert {name: found for name, found in told.items() if len(found) != 1} == {}
    outside = {
        scenario.id: told[scenario.id]
        for scenario in BENCHMARK
        if {tier for tier, _ in told[scenario.id]} - {tier.name for tier in scenario.accept}
    }
    assert outside == {}
