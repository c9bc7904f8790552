"""Two web processes on one database: what one keeps the other finds, and what is taken out is gone from both at once."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from django.db import connection, transaction

from accounts.models import Team, User
from caching.models import CacheCheck
from gateway.store import memory_purge
from gateway.store.memory_verdicts import settle_verdict
from tests.conftest import dedicated_database, use_database
from tests.fakes.gateway import Gateway, running
from tests.fakes.upstream import Upstream

from .cache_places import FIRST, SAME, configured, eventually, outcome, own, post, warm

Two = tuple[Gateway, Gateway]


@pytest.fixture(scope="module")
def _two(_template: None, _upstream: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Two]:
    with ExitStack() as stack:
        url = stack.enter_context(dedicated_database("cachetwo"))
        keys = configured(_upstream)
        folder = Path(tmp_path_factory.mktemp("two"))
        with ThreadPoolExecutor(2) as pool:
            opened = [running(url, folder / str(number)) for number in range(2)]
            one, other = pool.map(stack.enter_context, opened)
        for gateway in (one, other):
            gateway.keys = keys
            gateway.reload()
        yield one, other


@pytest.fixture
def two(_two: Two, upstream: Upstream) -> Two:
    """Both serve near matches, and both find what "near bob" asked first."""
    use_database(_two[0].database_url)
    _two[0].rows("DELETE FROM caching_standing RETURNING id")
    upstream.when(own)
    for lynkr in reversed(_two):
        warm(lynkr)
    return _two


def outcomes(two: Two, ask: str, key: str = "near bob") -> list[str]:
    return [outcome(post(lynkr, ask, key)) for lynkr in two]


def gone(two: Two) -> None:
    """What FIRST was answered with is served by neither, at once."""
    for lynkr in two:
        assert outcome(post(lynkr, SAME, "near bob", max_tokens=100)) == "miss"
        lynkr.rows("DELETE FROM caching_entry RETURNING id")
    assert outcome(post(two[0], FIRST, "near bob")) == "miss"


def test_what_one_keeps_the_other_finds(two: Two, upstream: Upstream) -> None:
    one, other = two
    new = "How do I rename a branch in git?"
    assert outcome(post(one, new, "near bob")) == "miss"
    eventually(lambda: one.rows("SELECT count(*) AS n FROM caching_entry")[0]["n"] == 4)
    upstream.received.clear()
    assert outcome(post(other, new, "near bob")) == "exact"
    assert outcome(post(other, SAME, "near bob")) == "semantic"
    assert upstream.chats == []


def test_a_purge_is_in_force_in_both_at_once(two: Two) -> None:
    assert outcomes(two, FIRST) == ["exact", "exact"]
    assert memory_purge.purge_user(User.objects.get(username="bob").pk)["entries"] == 3
    gone(two)


def test_an_answers_time_is_over_in_both_at_once(two: Two) -> None:
    two[0].rows("UPDATE caching_entry SET expires_at = now() RETURNING id")
    gone(two)


def test_what_is_wrong_is_wrong_in_both_at_once(two: Two) -> None:
    assert outcome(post(two[0], SAME, "near bob")) == "semantic"
    eventually(lambda: CacheCheck.objects.filter(team__slug="near").exists())
    check = CacheCheck.objects.filter(team__slug="near").latest("at")
    with transaction.atomic(), connection.cursor() as cursor:

        def run(statement, values):  # type: ignore[no-untyped-def]
            cursor.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

        settled = settle_verdict(run, str(check.pk), "different", "person", 0.005)
    assert settled is not None
    assert settled.evicted >= 1
    assert outcome(post(two[1], SAME, "near bob")) == "miss"
    assert outcomes(two, FIRST) == ["miss", "miss"], "quarantined: it is asked for each time"


def test_a_team_that_is_switched_off_is_so_in_both_within_a_second(two: Two) -> None:
    team = Team.objects.get(slug="near").pk
    put = "INSERT INTO caching_standing (team_id, since, checks, wrong, off_why, raised_floor, proven)"
    two[0].rows(f"{put} VALUES (%s, now(), 20, 9, '', 0, false) RETURNING id", team)
    time.sleep(1.1)
    assert outcomes(two, SAME)[0] == "semantic", "not yet"
    two[0].rows(
        "DELETE FROM caching_entry WHERE exact <> (SELECT exact FROM caching_entry ORDER BY id LIMIT 1) RETURNING id"
    )
    two[0].rows("UPDATE caching_standing SET off_since = now(), off_why = 'test' RETURNING id")
    time.sleep(1.0)
    for number, lynkr in enumerate(two):
        answer = post(lynkr, f"How could I undo my last git commit{'?' * (number + 1)}", "near bob")
        assert answer.headers["x-lynkr-cache"].startswith("miss; why=switched off")
        assert "switched off because too many were wrong, for near" in str(ready(lynkr))


def ready(lynkr: Gateway) -> object:
    return httpx.get(f"{lynkr.base_url}/health/ready", timeout=10).json()
