"""Vectors are made anew by the embedder in force, piece by piece; a failing account leaves the rest for the next run."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest

from accounts.models import Team
from caching.minilm import MiniLM
from caching.models import CacheEntry, EmbeddingSettings
from gateway import postgres, reembedding, tasks
from gateway.configuration.writing import apply
from gateway.store import PostgresMemory
from tests.fakes import script
from tests.fakes.script import Received, Reply
from tests.fakes.upstream import Upstream

from .rows import TAG, entry, vector, written

ASKS = [f"How do I turn {word} into text?" for word in ("a list", "a tree", "a map", "poison", "a date", "a number")]


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with Upstream() as upstream:
        upstream.when_beside(vectors)
        yield upstream


@pytest.fixture
def kept(db: str, upstream: Upstream) -> None:
    """Six asks of another embedder, two of them without a vector."""
    team = Team.objects.create(slug="acme").id
    store = PostgresMemory()
    for place, ask in enumerate(ASKS):
        store.keep(entry(team, f"n{place}", ask=ask), *((TAG, vector(place)) if place > 1 else ()))
    written(store)
    asyncio.run(store.stop())
    address = f"http://127.0.0.1:{upstream.port}/v1"
    account = {"name": "emb", "vendor": "openai-compatible", "base_url": address, "secret": "sk-upstream"}
    apply({"providers": [account], "embedding": {"account": "emb", "model": "m"}})


def vectors(received: Received, size: int = 5) -> Reply:
    rows = [
        {"index": place, "embedding": [1.0 + len(text) % 7, *[0.5] * (size - 1)]}
        for place, text in enumerate(received.json["input"])
    ]
    return Reply(raw=json.dumps({"data": rows}).encode())


def makers() -> dict[str, int]:
    found: dict[str, int] = {}
    for row in CacheEntry.objects.all():
        name = row.embedder.partition("#")[0] if row.vector is not None else ""
        found[name] = found.get(name, 0) + 1
    return found


def test_all_are_made_anew_and_nothing_twice(kept: None, upstream: Upstream) -> None:
    assert makers() == {"": 2, TAG: 4}
    assert tasks.renew_vectors() == {"renewed": 6, "unreadable": 0, "refused": 0}
    assert makers() == {"emb/m@5": 6}
    assert sorted(upstream.received[-1].json["input"]) == sorted(ASKS)
    assert tasks.renew_vectors() == {"renewed": 0, "unreadable": 0, "refused": 0}
    assert sum(len(call.json["input"]) for call in upstream.received) == 1 + 6 + 1, "and a word to know who it is"


def test_another_model_is_another_run(kept: None, upstream: Upstream) -> None:
    tasks.renew_vectors()
    EmbeddingSettings.objects.update(model="n", dimension=3)
    upstream.when_beside(lambda received: vectors(received, received.json.get("dimensions", 5)))
    assert tasks.renew_vectors()["renewed"] == 6
    assert makers() == {"emb/n@3": 6}


def test_what_a_failing_account_leaves_is_done_by_the_next_run(
    kept: None, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reembedding, "BATCH", 2)
    told = iter([*[vectors] * 2, lambda _: script.error(500, "no")])  # who it is, two asks, and then nothing
    upstream.when_beside(lambda received: next(told)(received))
    assert tasks.renew_vectors() == {}
    assert makers()["emb/m@5"] == 2
    upstream.when_beside(vectors)
    assert tasks.renew_vectors()["renewed"] == 4
    assert makers() == {"emb/m@5": 6}


def test_one_that_lies_half_way_changes_nothing_more(
    kept: None, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reembedding, "BATCH", 2)
    sizes = iter([5, 5, 6, 6, 6, 6])
    upstream.when_beside(lambda received: vectors(received, next(sizes)))
    assert tasks.renew_vectors() == {}
    assert makers()["emb/m@5"] == 2
    assert set(makers()) <= {"emb/m@5", TAG, ""}


def test_an_ask_that_is_refused_keeps_no_other_from_its_vector(kept: None, upstream: Upstream) -> None:
    def picky(received: Received) -> Reply:
        poisoned = any("poison" in text for text in received.json["input"])
        return script.error(400, "too long") if poisoned else vectors(received)

    upstream.when_beside(picky)
    assert tasks.renew_vectors() == {"renewed": 5, "unreadable": 0, "refused": 1}


def test_the_embedded_model_makes_them_too(kept: None, upstream: Upstream, model: Any) -> None:
    EmbeddingSettings.objects.update(kind="embedded", account=None, model="")
    assert tasks.renew_vectors()["renewed"] == 6
    assert makers() == {MiniLM.tag: 6}
    assert upstream.received == []


def test_nobody_is_asked_where_nothing_is_kept_or_another_is_at_it(kept: None, upstream: Upstream) -> None:
    with postgres.connect("test") as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", (reembedding._LOCK,))
        assert tasks.renew_vectors() == {}
    CacheEntry.objects.all().delete()
    assert tasks.renew_vectors() == {}
    EmbeddingSettings.objects.update(kind="off", account=None, model="")
    assert tasks.renew_vectors() == {}
    assert upstream.received == []
