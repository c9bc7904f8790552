"""Conversations behind `previous_response_id`."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.utils import timezone

from accounts.models import Team
from gateway import tasks
from gateway.chat.errors import Overloaded
from gateway.models import StoredResponse
from gateway.store import PostgresResponses
from gateway.store.responses import LARGEST_BYTES

ITEMS: list[dict[str, Any]] = [{"z": 1, "a": "é \u0000 \u2028"}, {"type": "message", "content": []}]


@pytest.fixture
def team(db: str) -> int:
    return Team.objects.create(slug="acme").id


@pytest.fixture
def store(db: str) -> Iterator[PostgresResponses]:
    found = PostgresResponses()
    yield found
    found.close()


def _load(store: PostgresResponses, team: int, id_: str) -> list[dict[str, Any]] | None:
    return asyncio.run(store.load(team, id_))


def _saved_elsewhere(team: int, id_: str, items: list[dict[str, Any]]) -> None:
    other = PostgresResponses()
    other.save(team, id_, items)
    assert _load(other, team, id_) == items, "at once, before it is written"
    other.close()


def test_another_process_finds_what_was_saved(team: int, store: PostgresResponses) -> None:
    """Key order and every character survive."""
    _saved_elsewhere(team, "resp_1", ITEMS)
    loaded = _load(store, team, "resp_1")
    assert loaded == ITEMS
    assert list(loaded[0]) == ["z", "a"]


def test_another_team_finds_nothing_and_overwrites_nothing(team: int, store: PostgresResponses) -> None:
    """CDX-5, tenancy."""
    other = Team.objects.create(slug="other").id
    _saved_elsewhere(team, "resp_1", ITEMS)
    assert _load(store, other, "resp_1") is None
    _saved_elsewhere(other, "resp_1", [])
    assert _load(store, team, "resp_1") == ITEMS
    assert _load(store, team, "nothing\0here") is None


def test_what_expired_is_gone_and_purged(team: int, store: PostgresResponses) -> None:
    past = timezone.now() - dt.timedelta(seconds=1)
    StoredResponse.objects.create(id="old", team_id=team, items="[]", expires_at=past)
    assert _load(store, team, "old") is None
    assert tasks.purge_responses() == 1


def test_what_is_too_large_is_not_kept(team: int, store: PostgresResponses) -> None:
    store.save(team, "big", [{"text": "x" * LARGEST_BYTES}])
    store.save(team, "odd", [{"text": "\ud800"}])
    assert store.dropped == 2
    assert _load(store, team, "big") is None


def test_an_unreachable_postgres_is_an_answer_not_a_hang() -> None:
    def connect() -> psycopg.Connection[Any]:
        raise psycopg.OperationalError("no server")

    store = PostgresResponses(connect=connect)
    store.save(1, "resp_1", ITEMS)
    assert _load(store, 1, "resp_1") == ITEMS
    with pytest.raises(Overloaded):
        _load(store, 1, "resp_2")
    store.close()
    assert store.dropped == 1
