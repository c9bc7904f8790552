"""What Celery does with the answer cache, and purges."""

from __future__ import annotations

import asyncio
import datetime as dt
import random
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from accounts.models import AuditEvent, Team, User
from caching.entry import Entry
from caching.models import CacheStanding
from gateway import postgres, tasks
from gateway.store import PostgresMemory, memory_purge, memory_upkeep
from gateway.store.memory_rows import as_text

from .rows import CONTEXT, TAG, digest, entry, sql, vector, written


@pytest.fixture
def team(db: str) -> int:
    return Team.objects.create(slug="acme").id


def keep(*given: Entry | tuple[Entry, Sequence[float]]) -> None:
    store = PostgresMemory()
    for one in given:
        store.keep(*((one[0], TAG, one[1]) if isinstance(one, tuple) else (one,)))
    written(store)
    asyncio.run(store.stop())


def with_store(deed: Callable[[PostgresMemory], Any]) -> Any:
    async def run() -> Any:
        store = PostgresMemory()
        try:
            return await deed(store)
        finally:
            await store.stop()

    return asyncio.run(run())


def _names() -> list[str]:
    return [row[0] for row in sql("SELECT target FROM caching_entry ORDER BY target")]


def test_what_expired_goes_in_batches(team: int) -> None:
    keep(*(entry(team, f"n{number}", target=f"n{number}") for number in range(7)))
    sql("UPDATE caching_entry SET expires_at = now() WHERE target <> 'n3'")
    assert memory_upkeep.drop_expired(batch=2, batches=2) == 4
    assert tasks.tidy_cache() == {"expired": 2, "too_many": 0, "checks": 0}
    assert _names() == ["n3"]


def test_a_team_keeps_as_many_as_its_newest_entry_says_and_the_least_used_go(team: int) -> None:
    other = Team.objects.create(slug="other").id
    keep(*(entry(team, f"n{number}", target=f"n{number}") for number in range(5)), entry(other, "o", target="other"))
    sql("UPDATE caching_entry SET last_hit_at = now() WHERE target = 'n0'")
    assert memory_upkeep.keep_within() == 0
    keep(entry(team, "n5", target="n5", most=3))
    assert memory_upkeep.keep_within(batch=2) == 3
    assert _names() == ["n0", "n4", "n5", "other"]
    assert memory_upkeep.keep_within({team: 1, other: 0}.__getitem__) == 3
    assert len(_names()) == 1


CENTRES, ROWS, DIMENSION = 200, 12_000, 48
LARGE_SCOPE, SMALL_SCOPE = "team:1", "team:2/user:5"


@pytest.fixture
def clustered(team: int) -> list[list[float]]:
    """12,000 entries of one group in clusters, as asks are, and 30 of another scope in between. Answers and asks are those
    of one row: what is measured is which rows come."""
    chance = random.Random(7)
    centres = [[chance.gauss(0, 1) for _ in range(DIMENSION)] for _ in range(CENTRES)]

    def made() -> list[float]:
        return [number + chance.gauss(0, 0.35) for number in chance.choice(centres)]

    with postgres.connect("test") as connection, connection.cursor() as cursor:
        columns = "id, team_id, scope, exact, context, answer, target, tier, policy, tags, embedder, dimension, vector"
        with cursor.copy(
            f"COPY caching_entry ({columns}, created_at, expires_at, hits, bytes, most) FROM STDIN"
        ) as copy:
            for number in range(ROWS):
                small = number % 400 == 5
                copy.write_row(
                    (
                        f"00000000-0000-7000-8000-{number:012x}",
                        team,
                        SMALL_SCOPE if small else LARGE_SCOPE,
                        digest(str(number)),
                        CONTEXT,
                        b"-",
                        f"n{number}",
                        "",
                        "",
                        "{}",
                        TAG,
                        DIMENSION,
                        as_text(made()),
                        "2026-01-01",
                        "2999-01-01",
                        0,
                        0,
                        1,
                    )
                )
        connection.execute("ANALYZE caching_entry")
    return [made() for _ in range(40)]


def nearest(store: PostgresMemory, scope: str, asked: list[float], *, indexed: bool, plan: bool = False) -> list[Any]:
    """The ids the store's own statement finds, or how Postgres finds them."""
    first, statement = store._statements.near(DIMENSION, indexed=indexed).split(";\n", 1)
    if plan:
        statement = "EXPLAIN (COSTS OFF) " + statement
    values = {
        "limit": "60000",
        "scope": scope,
        "context": CONTEXT,
        "embedder": TAG,
        "dimension": DIMENSION,
        "vector": as_text(asked),
        "most": 5,
        "farthest": 2.0,
    }
    store._finders.submit(store._finders.ready).result()
    found = store._finders.submit(store._finders.execute, f"{first};\n{statement}", values).result()
    return [row[0] for row in found.set_result(-1).fetchall()]


def test_a_large_group_gets_an_index_that_is_used_and_finds_what_is_there(
    team: int, clustered: list[list[float]]
) -> None:
    """SEM-9, SEM-10; and the small tenant beside it misses none of its own."""
    made = memory_upkeep.tend_indexes()
    name = memory_upkeep.index_name(LARGE_SCOPE, CONTEXT, TAG, DIMENSION)
    assert made == {"made": [name], "dropped": []}
    assert memory_upkeep.tend_indexes() == {"made": [], "dropped": []}

    async def look(store: PostgresMemory) -> None:
        store.start()
        await asyncio.wrap_future(store._finders.submit(store._look_for_large))
        assert store._large == {(LARGE_SCOPE, CONTEXT, TAG, DIMENSION)}
        plan = "\n".join(nearest(store, LARGE_SCOPE, clustered[0], indexed=True, plan=True))
        assert f"Index Scan using {name}" in plan
        assert "hnsw" not in "\n".join(nearest(store, SMALL_SCOPE, clustered[0], indexed=False, plan=True))
        assert name not in "\n".join(nearest(store, LARGE_SCOPE, clustered[0], indexed=False, plan=True))
        hits = 0
        for asked in clustered:
            exact = nearest(store, LARGE_SCOPE, asked, indexed=False)
            assert len(exact) == 5
            hits += len(set(exact) & set(nearest(store, LARGE_SCOPE, asked, indexed=True)))
            assert len(nearest(store, SMALL_SCOPE, asked, indexed=False)) == 5
            assert len(nearest(store, SMALL_SCOPE, asked, indexed=True)) == 5, "even asked as if it were large"
        assert hits / (5 * len(clustered)) >= 0.95

    with_store(look)
    sql(
        "DELETE FROM caching_entry WHERE scope = %s AND id::text > %s",
        [LARGE_SCOPE, f"{'0' * 8}-0000-7000-8000-{1_000:012x}"],
    )
    assert memory_upkeep.tend_indexes() == {"made": [], "dropped": [name]}
    assert sql("SELECT count(*) FROM caching_index") == [(0,)]


def test_an_index_whose_making_was_killed_is_made_anew(team: int) -> None:
    keep(*((entry(team, f"n{number}"), vector(number)) for number in range(6)))
    name = memory_upkeep.index_name(f"team:{team}", CONTEXT, TAG, 8)
    assert memory_upkeep.tend_indexes(large=5, small=2)["made"] == [name]
    sql("UPDATE pg_index SET indisvalid = false WHERE indexrelid = %s::regclass", [name])
    assert memory_upkeep.tend_indexes(large=5, small=2) == {"made": [name], "dropped": [name]}
    assert sql("SELECT indisvalid FROM pg_index WHERE indexrelid = %s::regclass", [name]) == [(True,)]


def test_two_workers_do_not_make_the_same_index(team: int) -> None:
    keep(*((entry(team, f"n{number}"), vector(number)) for number in range(6)))
    with postgres.connect("test") as other:
        other.execute("SELECT pg_advisory_lock(%s)", (memory_upkeep._LOCK,))
        assert memory_upkeep.tend_indexes(large=5, small=2) == {"made": [], "dropped": []}


def test_another_embedder_gets_vectors_of_its_own_and_the_old_ones_are_not_compared(team: int) -> None:
    keep((entry(team, "one"), [1.0, 0.0]), entry(team, "two"), entry(team, "no ask", context=None, ask=""))
    asked: list[str] = []

    def embed(texts: list[str]) -> list[list[float]]:
        asked.extend(texts)
        return [[1.0, 0.0, 0.0] if "one" in text else [0.0, 1.0, 0.0] for text in texts]

    assert memory_upkeep.reembed(embed, "new@2", 3, batch=1) == {"renewed": 2, "unreadable": 0, "refused": 0}
    assert sorted(asked) == ["what is one?", "what is two?"]
    assert memory_upkeep.reembed(embed, "new@2", 3)["renewed"] == 0
    old = with_store(lambda store: store.near(f"team:{team}", CONTEXT, TAG, [1.0, 0.0], floor=-1, patience=5.0))
    new = with_store(lambda store: store.near(f"team:{team}", CONTEXT, "new@2", [1.0, 0.0, 0.0], patience=5.0))
    assert (old, [kept.ask for kept in new]) == ([], ["what is one?"])


def test_a_vector_that_is_not_as_promised_is_refused_and_an_unreadable_row_goes(team: int) -> None:
    keep((entry(team, "one"), [1.0, 0.0]), (entry(team, "two"), [0.0, 1.0]))
    sql("UPDATE caching_entry SET ask_sealed = answer WHERE exact = %s", [digest("two")])
    found = memory_upkeep.reembed(lambda texts: [[1.0] for _ in texts], "new@2", 3)
    assert found == {"renewed": 0, "unreadable": 1, "refused": 1}
    assert sql("SELECT embedder, dimension FROM caching_entry") == [(TAG, 2)]
    with pytest.raises(ValueError, match="0 vectors of 1"):
        memory_upkeep.reembed(lambda texts: [], "new@2", 3)
    assert memory_upkeep.reembed(lambda texts: [], "new@2", 3, seconds=0)["renewed"] == 0


CHECK = """INSERT INTO caching_check (id, at, team_id, user_id, entry_id, scope, mode, similarity, gate, why, verdict,
judged_by) VALUES (gen_random_uuid(), now(), %s, %s, (SELECT id FROM caching_entry LIMIT 1), %s, 'served', 0.9,
'', '', '', '')"""


def test_a_person_is_forgotten_with_the_checks_and_nobody_else(team: int) -> None:
    kim, pat = (User.objects.create(username=name).id for name in ("kim", "pat"))
    keep(
        entry(team, "a", scope=f"team:{team}/user:{kim}", target="own"),
        entry(team, "b", user_id=kim, target="shared"),
        entry(team, "c", scope=f"team:{team}/user:{kim}1", target="another user"),
        entry(team, "d", user_id=pat, target="pat"),
    )
    sql(CHECK, [team, kim, "organisation"])
    sql(CHECK, [team, pat, f"team:{team}/user:{kim}1"])
    assert memory_purge.purge_user(kim) == {"entries": 2, "checks": 1}
    assert _names() == ["another user", "pat"]
    assert sql("SELECT user_id FROM caching_check") == [(pat,)]
    event = AuditEvent.objects.get(action="purged")
    assert event.after == {"what": f"user {kim}", "entries": 2, "checks": 1}


def test_purges_take_what_they_name_and_checks_of_gone_entries_stay_counted(team: int) -> None:
    other = Team.objects.create(slug="other").id
    rows = [
        entry(team, "a", target="x/one", policy="v1", tags=("faq", "old")),
        entry(team, "b", target="x/two", policy="v2", tags=("faq",)),
        entry(other, "c", target="x/one", policy="v1", tags=("old",)),
    ]

    def left(deed: Callable[[], dict[str, int]]) -> tuple[int, int]:
        sql("DELETE FROM caching_check")
        sql("DELETE FROM caching_entry")
        keep(*rows)
        sql(CHECK, [team, None, "organisation"])
        gone = deed()["entries"]
        assert sql("SELECT count(*) FROM caching_entry") == [(3 - gone,)]
        return gone, int(sql("SELECT count(*) FROM caching_check")[0][0])

    assert left(lambda: memory_purge.purge_target("x/one")) == (2, 1)
    assert left(lambda: memory_purge.purge_target("x/one", team)) == (1, 1)
    assert left(lambda: memory_purge.purge_policy("v2")) == (1, 1)
    assert left(lambda: memory_purge.purge_tag("old", other)) == (1, 1)
    assert left(lambda: memory_purge.purge_tag("faq")) == (2, 1)
    assert left(lambda: memory_purge.purge_team(team)) == (2, 0)
    assert left(memory_purge.purge_all) == (3, 0)
    assert AuditEvent.objects.filter(action="purged", team_id=team).count() == 2


def test_old_checks_go_in_batches_and_what_was_counted_stays_counted(team: int) -> None:
    """Texts of people, and a row for every near match: they are not kept for ever."""
    at = [dt.datetime.now(dt.UTC) - dt.timedelta(days=days) for days in (1, 89, 91, 100, 400)]
    for one in at:
        id_ = str(uuid.UUID(int=(int(one.timestamp() * 1000) << 80) | 0x7_000_8 << 60))
        sql(CHECK.replace("gen_random_uuid(), now()", "%s, %s"), [id_, one, team, None, "organisation"])
    CacheStanding.objects.create(team_id=team, since=at[-1], checks=5, wrong=1)
    assert memory_upkeep.drop_old_checks(batch=1, batches=2) == 2
    assert tasks.tidy_cache() == {"expired": 0, "too_many": 0, "checks": 1}
    assert sql("SELECT at FROM caching_check ORDER BY at DESC") == [(at[0],), (at[1],)]
    assert sql("SELECT checks, wrong FROM caching_standing") == [(5, 1)]


def test_upkeep_twice_at_once_takes_no_more_than_once(team: int) -> None:
    keep(*(entry(team, f"n{number}", most=60) for number in range(100)))
    sql("UPDATE caching_entry SET expires_at = now() WHERE exact = %s", [digest("n0")])
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: memory_upkeep.drop_expired(batch=1), range(4)))
        assert sum(done) == 1
        done = list(pool.map(lambda _: memory_upkeep.keep_within(batch=1), range(4)))
    assert sum(done) == 39
    assert sql("SELECT count(*) FROM caching_entry") == [(60,)]
