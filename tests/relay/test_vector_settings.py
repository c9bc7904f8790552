"""Near matches by an account's model, through a whole gateway: settings are in force within a second, and a server of vectors
that hangs or lies costs a request a little time and never its answer."""

from __future__ import annotations

import json
import random
import re
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from caching.models import EmbeddingSettings
from tests.fakes import script
from tests.fakes.gateway import Gateway
from tests.fakes.script import Pace, Received, Reply
from tests.fakes.upstream import Upstream

from .calls import PATHS, text_of

LADDER = ["anth/claude-sonnet-4-5"]
ACCOUNT = {"kind": "account", "account": "oai", "model": "text-embedding-3-small", "milliseconds": 1000}
FIRST, SAME = "How do I rename a branch in git?", "how do I rename a branch in git"
CANARY = "sk-upstream-oai"
_REST = "embedding_account_fails"


def apply(lynkr: Gateway, **embedding: Any) -> None:
    team = {
        "slug": "near",
        "members": [{"user": "bob", "role": "member"}],
        "tiers": dict.fromkeys(("SIMPLE", "MEDIUM", "COMPLEX", "REASONING"), LADDER),
        "policy": {"cache": "semantic", "cache_temperature": 1, "cache_check_percent": 0},
    }
    keys = [{"name": "near", "team": "near", "user": "bob"}]
    lynkr.apply({"teams": [team], "keys": keys, "embedding": embedding})


@pytest.fixture
def near(lynkr: Gateway, upstream: Upstream, request: pytest.FixtureRequest) -> Iterator[Gateway]:
    """A new model's name each time, so that no test meets the rest of another's account."""
    model = f"text-embed-{abs(hash(request.node.name)) % 10_000}"
    apply(lynkr, **{**ACCOUNT, "model": model})
    lynkr.rows("DELETE FROM caching_entry RETURNING id")
    upstream.when(lambda _: script.text("With git branch -m."))
    upstream.when_beside(vectors())
    yield lynkr
    apply(lynkr, kind="embedded", milliseconds=150)


def vectors(size: int = 64, wait: float = 0.0) -> Any:
    """Every text has a direction of its own, whatever its case and marks."""

    def vector(text: str) -> list[float]:
        chance = random.Random(re.sub(r"\W+", " ", text.lower()).strip())
        return [chance.gauss(0, 1) for _ in range(size)]

    def reply(received: Received) -> Reply | None:
        if received.purpose != "embeddings":
            return None
        rows = [{"index": place, "embedding": vector(text)} for place, text in enumerate(received.json["input"])]
        return Reply(raw=json.dumps({"data": rows}).encode(), pace=Pace(before_headers=wait))

    return reply


def ask(lynkr: Gateway, text: str) -> httpx.Response:
    sent = {"model": "auto", "max_tokens": 200, "messages": [{"role": "user", "content": text}]}
    answer = httpx.post(lynkr.base_url + PATHS["anthropic"], json=sent, headers={"x-api-key": lynkr.keys["near"]})
    assert answer.status_code == 200, answer.text
    assert text_of("anthropic", answer.json()) == "With git branch -m."
    return answer


def outcome(answer: httpx.Response) -> str:
    return answer.headers.get("x-lynkr-cache", "").partition(";")[0]


def kept(lynkr: Gateway, count: int = 1) -> list[dict[str, Any]]:
    until = time.monotonic() + 8
    while True:
        rows = lynkr.rows("SELECT embedder, dimension, vector::text AS vector FROM caching_entry ORDER BY created_at")
        if len(rows) >= count:
            return rows
        assert time.monotonic() < until, "nothing was kept"
        time.sleep(0.02)


def asked(upstream: Upstream) -> list[Received]:
    return [received for received in upstream.received if received.purpose == "embeddings"]


def trusted(upstream: Upstream) -> None:
    """Waits until ten unrelated asks were read (SEM-4)."""
    until = time.monotonic() + 8
    while not any(len(call.json["input"]) == 10 and call.finished_at for call in asked(upstream)):
        assert time.monotonic() < until
        time.sleep(0.02)
    time.sleep(0.3)


def test_a_near_match_is_found_by_an_accounts_vectors(near: Gateway, upstream: Upstream) -> None:
    assert outcome(ask(near, FIRST)) == "miss"
    [row] = kept(near)
    assert re.fullmatch(r"oai/text-embed-\d+@64#[0-9a-f]{12}", row["embedder"])
    assert row["dimension"] == 64
    trusted(upstream)
    assert "semantic" in [outcome(ask(near, text)) for text in (SAME, SAME.upper(), SAME.title())], (
        "on a busy machine too"
    )
    assert [FIRST] in [call.json["input"] for call in asked(upstream)]


def test_a_server_of_vectors_that_hangs_costs_one_request_its_patience_and_no_answer(
    near: Gateway, upstream: Upstream
) -> None:
    assert outcome(ask(near, FIRST)) == "miss"
    kept(near)
    trusted(upstream)
    before = len(asked(upstream))
    upstream.when_beside(vectors(wait=30))
    began = time.monotonic()
    assert outcome(ask(near, SAME)) == "miss"
    first = time.monotonic() - began
    began = time.monotonic()
    assert outcome(ask(near, "What is the use of git rebase?")) == "miss"
    second = time.monotonic() - began
    assert first >= 1.0
    assert second < first, "it rests"
    assert [row["vector"] for row in kept(near, 3)][1:] == [None, None]
    assert len(asked(upstream)) == before + 1


def test_nobody_waits_for_a_vector_where_nothing_could_be_found_with_it(near: Gateway, upstream: Upstream) -> None:
    upstream.when_beside(vectors(wait=0.6))
    assert outcome(ask(near, FIRST)) == "miss"
    assert not any(call.finished_at for call in asked(upstream)), "the answer came first"
    assert [row["dimension"] for row in kept(near)] == [64], "it is made behind it"


def test_a_server_that_lies_about_its_dimension_serves_nothing(near: Gateway, upstream: Upstream) -> None:
    assert outcome(ask(near, FIRST)) == "miss"
    kept(near)
    trusted(upstream)
    upstream.when_beside(vectors(65))
    assert outcome(ask(near, SAME)) == "miss"
    assert [row["dimension"] for row in kept(near, 2)] == [64, None]


def test_settings_saved_in_the_admin_are_in_force_within_a_second(near: Gateway, upstream: Upstream) -> None:
    """SEM-8: and rows of another model are not looked at."""
    assert outcome(ask(near, FIRST)) == "miss"
    [old] = kept(near)
    row = EmbeddingSettings.objects.get()
    row.model = f"{row.model}-other"
    row.save()
    time.sleep(1.0)
    assert outcome(ask(near, SAME)) == "miss"
    before, after = (made["embedder"] for made in kept(near, 2))
    assert before == old["embedder"] != after
    assert asked(upstream)[-1].model == row.model
    EmbeddingSettings.objects.update(kind="off", account=None, model="")
    time.sleep(1.0)
    calls = len(asked(upstream))
    assert outcome(ask(near, "What is the use of git rebase?")) == "miss"
    assert len(asked(upstream)) == calls


def test_an_account_that_is_switched_off_makes_no_vectors(near: Gateway, upstream: Upstream) -> None:
    try:
        near.apply({"providers": [{"name": "oai", "vendor": "openai", "enabled": False}]})
        assert outcome(ask(near, FIRST)) == "miss"
        assert [row["vector"] for row in kept(near)] == [None]
        assert asked(upstream) == []
    finally:
        near.apply({"providers": [{"name": "oai", "vendor": "openai", "enabled": True}]})


def test_the_log_tells_of_a_failing_account_without_key_or_text(near: Gateway, upstream: Upstream) -> None:
    told = f"no key {CANARY}, and no: {FIRST}"
    upstream.when_beside(lambda received: script.error(401, told) if received.purpose == "embeddings" else None)
    ask(near, FIRST)
    time.sleep(0.3)
    log = near.log.read_text()
    assert _REST in log
    assert CANARY not in log
    assert "rename a branch" not in log
    ready = httpx.get(f"{near.base_url}/health/ready").json()
    assert any("the account oai makes no vectors" in problem for problem in ready["problems"])
