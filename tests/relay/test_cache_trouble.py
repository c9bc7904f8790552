"""Answers from memory while the database stops, hangs and is locked: requests go on, and nothing wrong is served."""

from __future__ import annotations

import contextlib
import io
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path

import psycopg
import pytest
from django.core.management import call_command
from django.db import DatabaseError, close_old_connections
from psycopg_pool import PoolTimeout

from gateway import tasks
from tests.fakes import script
from tests.fakes.gateway import Gateway
from tests.fakes.script import Reply, Text, Usage
from tests.fakes.upstream import Upstream

from .cache_places import (
    FIRST,
    SAME,
    Place,
    Traffic,
    asked,
    eventually,
    median,
    metric,
    outcome,
    own,
    place,
    post,
    right,
    warm,
)

pytestmark = pytest.mark.slow  # two minutes: `make torture`
SECONDS = {"away": 3.0, "paused": 5.0, "locked": 3.0}


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


@pytest.mark.parametrize("trouble", ["away", "paused", "locked"])
def test_requests_go_on_as_fast_as_uncached_ones_and_hits_come_back(there: Place, lynkr: Gateway, trouble: str) -> None:
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


def test_a_burst_of_answers_that_nobody_takes_stays_bounded_and_is_counted(
    there: Place, lynkr: Gateway, upstream: Upstream
) -> None:
    """600 answers of 20 kB that would be kept, with Postgres away (tests/caching has 3,000, without the requests)."""
    big = "It goes on. " * 1700
    upstream.when(lambda received: Reply(parts=(Text(f"[{asked(received)}] {big}"),), usage=Usage(5, 5)))
    many = {"miss": ("exact bob", lambda number: f"What is the burst of number {number}?")}
    dropped = metric(lynkr, "lynkr_cache_unkept_total")
    before = resident(lynkr)
    with there.away():
        with Traffic(lynkr, many, clients=12, pause=0) as traffic:
            eventually(lambda: len(traffic.asked) >= 600, 60)
        grown = resident(lynkr) - before
        assert {(one.status, one.outcome) for one in traffic.asked} == {(200, "miss")}
        lost = metric(lynkr, "lynkr_cache_unkept_total") - dropped
    print(f"{len(traffic.asked)} answers, {grown / 1e6:.0f} MB more, {lost:.0f} dropped")
    assert lost >= 600 - 256 - 10
    assert grown < 60e6
    kept = "SELECT count(*) AS n FROM caching_entry WHERE bytes > 15000"
    eventually(lambda: lynkr.rows(kept)[0]["n"] >= len(traffic.asked) - lost - 1, 15, "what waited was not written")


def resident(lynkr: Gateway) -> int:
    """Bytes."""
    lines = (Path("/proc") / str(lynkr.process.pid) / "status").read_text().splitlines()
    return 1024 * int(next(line.split()[1] for line in lines if line.startswith("VmRSS")))


def test_a_killed_process_leaves_right_books_and_a_consistent_cache(there: Place, upstream: Upstream) -> None:
    """While answers are kept, followed and compared: each call to the provider is in the books once, closed; who shared a
    call fails as any request does; nothing half is kept."""
    with there.gateway("killed") as lynkr:
        upstream.when(own)
        warm(lynkr)
        upstream.received.clear()
        upstream.when(lambda received: own(received).but(pace=script.Pace(before_first=0.2, between=0.02)))
        began = lynkr.rows("SELECT now() AS at")[0]["at"]
        checked = {
            "near": ("checked bob", lambda number: SAME),
            "new": ("exact bob", lambda number: f"What is the kill of number {number}?"),
            "same": ("exact alice", lambda number: f"What is the use of turn {int(time.monotonic() * 3)}?"),
        }
        with Traffic(lynkr, checked, clients=8, lenient=True) as traffic:
            time.sleep(2.5)
            lynkr.process.kill()
            lynkr.process.wait()
            time.sleep(0.2)
    assert "shared" in {one.outcome for one in traffic.asked}, "nobody followed"
    assert {one.status for one in traffic.asked} <= {200, 0}
    with there.gateway("killed") as lynkr:
        upstream.when(own)
        open_ = "SELECT count(*) AS n FROM gateway_attempt WHERE status = 'open'"
        eventually(lambda: lynkr.rows(open_)[0]["n"] == 0, 15, "attempts stay open")
        calls = lynkr.rows(
            "SELECT id, operation_id, status, cost_usd FROM gateway_attempt WHERE started_at >= %s", began
        )
        assert len(calls) >= len(upstream.chats), "each call is in the books"
        paid = [call for call in calls if call["cost_usd"]]
        assert sum(one.outcome == "miss" for one in traffic.asked) <= len(paid) <= len(upstream.chats), "and paid once"
        assert {call["status"] for call in calls} <= {"settled", "interrupted", "truncated", "failed"}
        charged = lynkr.rows(
            "SELECT attempt_id FROM gateway_ledgerentry WHERE kind = 'charge' GROUP BY attempt_id HAVING count(*) > 1"
        )
        assert charged == []
        for one in [one for one in traffic.asked if one.outcome == "miss" and one.kind == "new"][-20:]:
            ask = one.text.strip("[]")
            again = post(lynkr, ask, "exact bob")
            assert again.json()["content"][0]["text"] == f"[{ask}]"


def test_stopping_takes_no_longer_with_answers_that_wait(there: Place, upstream: Upstream) -> None:
    """With a table that takes nothing: what waits is dropped. All else that a stop writes is not the cache's."""
    with there.gateway("without") as without, there.gateway("waiting") as waiting:
        upstream.when(own)
        warm(waiting)
        with there.locked():
            for number in range(20):
                assert post(waiting, f"What is the end of number {number}?").status_code == 200
            with ThreadPoolExecutor(2) as pool:
                plain, took = pool.map(stopped, (without, waiting))
    print(f"{plain:.1f} s, with answers that wait {took:.1f} s")
    assert took < plain + 7


def stopped(lynkr: Gateway) -> float:
    """Seconds it took."""
    began = time.monotonic()
    assert lynkr.stop(40) == 0
    return time.monotonic() - began


def test_a_comparison_that_runs_when_the_process_stops_is_closed_in_the_books(there: Place, upstream: Upstream) -> None:
    with there.gateway("comparing") as lynkr:
        upstream.when(own)
        warm(lynkr)
        upstream.received.clear()
        since = lynkr.rows("SELECT now() AS at")[0]["at"]
        upstream.when(lambda received: own(received).but(pace=script.Pace(before_headers=20)))
        assert outcome(post(lynkr, SAME, "checked bob")) == "semantic"
        upstream.wait_for(1)
        time.sleep(0.3)
        began = time.monotonic()
        assert lynkr.stop(30) == 0
        assert time.monotonic() - began < 6
        calls = lynkr.rows("SELECT status, upstream_status FROM gateway_attempt ORDER BY started_at DESC LIMIT 1")
        assert [call["status"] for call in calls] == ["interrupted"]
        checks = lynkr.rows("SELECT surface, status FROM gateway_operation WHERE surface = 'cache check'")
        assert [check["status"] for check in checks][-1] != "open"
        noted = """SELECT verdict FROM caching_check
            WHERE team_id = (SELECT id FROM accounts_team WHERE slug = 'checked') AND at >= %s"""
        assert lynkr.rows(noted, since) == [{"verdict": ""}], "noted, not judged"


def test_upkeep_goes_on_after_a_database_that_went_away(there: Place, upstream: Upstream) -> None:
    """Twice at once, too, as every task may."""
    chores = (tasks.tidy_cache, tasks.index_cache, tasks.renew_vectors)
    with ThreadPoolExecutor(2) as pool:
        for chore in chores:
            assert [type(done) for done in pool.map(lambda do: do(), [chore, chore])] == [dict, dict]
        pool.map(lambda _: close_old_connections(), range(2))
    with there.away():
        for chore in chores:
            with pytest.raises((DatabaseError, psycopg.Error, PoolTimeout)):
                chore()
        assert "cannot be reached" in told()
    for chore in chores:
        close_old_connections()  # as a worker does between two tasks
        assert isinstance(chore(), dict)


def told() -> str:
    out = io.StringIO()
    with contextlib.suppress(SystemExit):
        call_command("doctor", stdout=out, no_color=True)
    return out.getvalue()


def test_embedding_does_not_hold_up_the_event_loop(there: Place, lynkr: Gateway) -> None:
    """Requests that are asked without a cache, beside many that are embedded, against the same beside many that are not."""

    def beside(key: str, word: str) -> float:
        def new(number: int) -> str:
            return f"What is the use of {word} {number} and of the one that comes right behind it?"

        with (
            Traffic(lynkr, {"beside": (key, new)}, clients=2, pause=0.05),
            Traffic(lynkr, {"uncached": ("none bob", new)}, clients=1, pause=0.02) as plain,
        ):
            time.sleep(2.5)
        return median(plain.asked)

    without, embedded = beside("exact bob", "lag"), beside("near bob", "lead")
    print(f"{without:.1f} ms; beside what is embedded {embedded:.1f} ms")
    assert embedded < 2 * without + 15
