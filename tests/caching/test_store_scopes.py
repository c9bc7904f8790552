"""Nobody gets what another scope may have: by the statements, by row-level security, by the seal (SEM-1, SEM-7)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Team
from gateway import postgres
from gateway.store import PostgresMemory, memory
from gateway.store.memory_rows import ROLE, Statements

from .rows import CONTEXT, TAG, digest, entry, sql, written

SCOPES = ["team:1", "team:2", "team:1/user:1", "team:1/user:11", "organisation"]


@pytest.fixture
def team(db: str) -> int:
    return Team.objects.create(slug="acme").id


@pytest.fixture
def as_request(team: int) -> Iterator[psycopg.Connection[Any]]:
    """A connection that may do what the request path may, and two rows of two scopes."""
    store = PostgresMemory()
    for scope in ("team:1", "team:2"):
        store.keep(entry(team, scope=scope), TAG, [1.0, 0.0])
    written(store)
    asyncio.run(store.stop())
    with postgres.connect("test") as found:
        found.execute(f"SET ROLE {ROLE}")
        yield found


def _scopes(request: psycopg.Connection[Any]) -> list[str]:
    return sorted(row[0] for row in request.execute("SELECT scope FROM caching_entry"))


def test_without_any_filter_a_request_sees_its_own_scope_only(as_request: psycopg.Connection[Any]) -> None:
    as_request.execute("SELECT set_config('lynkr.scope', 'team:1', false)")
    assert _scopes(as_request) == ["team:1"]
    nearest = "SELECT scope FROM caching_entry ORDER BY vector <=> '[1,0]'::halfvec"
    assert as_request.execute(nearest).fetchall() == [("team:1",)]


@pytest.mark.parametrize("scope", [None, "", "team", "team:", "team:%", "*"])
def test_without_its_scope_said_it_sees_nothing(as_request: psycopg.Connection[Any], scope: str | None) -> None:
    if scope is not None:
        as_request.execute("SELECT set_config('lynkr.scope', %s, false)", [scope])
    assert _scopes(as_request) == []


def test_it_changes_and_deletes_nothing_of_another_scope_and_writes_nothing_into_it(
    as_request: psycopg.Connection[Any],
) -> None:
    as_request.execute("SELECT set_config('lynkr.scope', 'team:1', false)")
    assert as_request.execute("UPDATE caching_entry SET hits = hits + 1").rowcount == 1
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
        as_request.execute("UPDATE caching_entry SET scope = 'team:2'")
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
        as_request.execute(
            "INSERT INTO caching_entry SELECT (jsonb_populate_record(e, jsonb_build_object("
            "'id', gen_random_uuid(), 'scope', 'team:2', 'exact', '\\x' || repeat('00', 32)))).* FROM caching_entry e"
        )
    assert as_request.execute("DELETE FROM caching_entry").rowcount == 1
    assert sql("SELECT scope, hits FROM caching_entry") == [("team:2", 0)]


def test_it_reads_no_other_table(as_request: psycopg.Connection[Any]) -> None:
    for table in ("accounts_apikey", "caching_check", "gateway_operation", "caching_standing"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            as_request.execute(f"SELECT FROM {table}")


async def test_the_store_acts_under_the_role_and_leaves_nothing_on_its_connection(team: int) -> None:
    """A statement whose own filter is gone, in the store itself."""
    store = PostgresMemory()
    store.keep(entry(team, scope="team:1"))
    await asyncio.to_thread(written, store)
    store._statements.find = store._statements.find.replace("scope = %(scope)s AND ", "")
    assert await store.find("team:1", digest("one"), 5.0) is not None
    assert await store.find("team:2", digest("one"), 5.0) is None
    assert store.problem == ""
    left = "SELECT current_user <> session_user, coalesce(current_setting('lynkr.scope', true), ''), %s"
    for _ in range(4):
        row = store._finders.submit(lambda: store._finders.execute(left, ("",)).fetchone()).result()
        assert row == (False, "", "")
    await store.stop()


async def test_where_we_may_not_act_as_the_role_the_store_says_so_and_keeps_scopes_apart(team: int) -> None:
    """A managed server whose administrator made the database but lets us make no roles."""

    def connect() -> psycopg.Connection[Any]:
        found = postgres.connect("test")
        found.execute("SET SESSION AUTHORIZATION lynkr_modest")
        return found

    def prepare() -> None:
        with postgres.connect("test") as owner:
            owner.execute("DROP ROLE IF EXISTS lynkr_modest")
            owner.execute("CREATE ROLE lynkr_modest")
            owner.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON caching_entry, caching_index TO lynkr_modest")
            owner.execute("ALTER TABLE caching_entry OWNER TO lynkr_modest")
            owner.execute("GRANT REFERENCES, SELECT ON accounts_team TO lynkr_modest")

    def clean() -> None:
        with postgres.connect("test") as owner:
            owner.execute("DROP OWNED BY lynkr_modest CASCADE")
            owner.execute("DROP ROLE lynkr_modest")

    await asyncio.to_thread(prepare)
    store = PostgresMemory(connect)
    store.start()
    try:
        store.keep(entry(team, scope="team:1"), TAG, [1.0, 0.0])
        await asyncio.to_thread(written, store)
        assert "lynkr_cache" in store.problem
        assert await store.find("team:1", digest("one"), 5.0) is not None
        assert await store.find("team:2", digest("one"), 5.0) is None
        assert len(await store.near("team:1", CONTEXT, TAG, [1.0, 0.0], patience=5.0)) == 1
        assert await store.near("team:2", CONTEXT, TAG, [1.0, 0.0], patience=5.0) == []
        assert store.dropped == 0
    finally:
        await store.stop()
        await asyncio.to_thread(clean)


async def test_rights_that_are_taken_and_given_back_are_noticed_without_a_restart(
    team: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hits go on meanwhile: the scope stands in every statement."""
    monkeypatch.setattr(memory, "BEAT", 0.05)
    monkeypatch.setattr(memory, "LARGE_BEATS", 1)
    store = PostgresMemory()
    store.start()
    store.keep(entry(team))
    await asyncio.to_thread(written, store)

    async def until(problem: bool) -> None:
        end = time.monotonic() + 10
        while bool(store.problem) != problem:
            assert time.monotonic() < end
            await asyncio.sleep(0.02)
        while await store.find(f"team:{team}", digest("one"), 5.0) is None:
            assert time.monotonic() < end
            await asyncio.sleep(0.02)

    await until(False)
    await asyncio.to_thread(sql, "REVOKE SELECT ON caching_entry FROM lynkr_cache")
    await until(True)
    await asyncio.to_thread(sql, "GRANT SELECT ON caching_entry TO lynkr_cache")
    await until(False)
    assert store._statements.find == Statements(role=True).find
    await store.stop()


words = st.sampled_from(["one", "two"])
acts = st.lists(st.tuples(st.sampled_from(["keep", "quarantine"]), st.sampled_from(SCOPES), words), max_size=12)


def test_whatever_is_kept_in_whatever_order_scopes_never_mix(team: int) -> None:
    """Beside a model in memory: what each scope finds is what was kept for it."""

    async def run(deeds: list[tuple[str, str, str]]) -> None:
        store = PostgresMemory()
        model: dict[tuple[str, str], bytes | None] = {}
        for number, (deed, scope, word) in enumerate(deeds):
            if deed == "keep":
                answer = f"{scope} {word} {number}".encode()
                store.keep(entry(team, word, scope=scope, answer=answer), TAG, [1.0, 0.0])
                if model.get((scope, word), b"") is not None:
                    model[scope, word] = answer
            elif (kept := await store.find(scope, digest(word), 5.0)) is not None:
                store.quarantine(kept.id, scope)
                model[scope, word] = None
            await asyncio.to_thread(written, store)
        for scope in SCOPES:
            expected = {word: model.get((scope, word)) for word in ("one", "two")}
            for word, answer in expected.items():
                found = await store.find(scope, digest(word), 5.0)
                assert (found.answer if found else None) == answer
            near = await store.near(scope, CONTEXT, TAG, [1.0, 0.0], patience=5.0)
            assert sorted(kept.answer for kept in near if not kept.wrong) == sorted(filter(None, expected.values()))
        await store.stop()

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(acts)
    def law(deeds: list[tuple[str, str, str]]) -> None:
        sql("DELETE FROM caching_entry")
        asyncio.run(run(deeds))

    law()


def test_the_migration_goes_back_and_forth_and_another_database_keeps_the_role(db: str) -> None:
    call_command("migrate", "caching", "zero", interactive=False, verbosity=0)
    assert sql("SELECT to_regclass('caching_entry')") == [(None,)]
    assert sql("SELECT count(*) FROM pg_roles WHERE rolname = %s", [ROLE]) == [(1,)], "the template database uses it"
    call_command("migrate", "caching", interactive=False, verbosity=0)
    assert sql("SELECT relrowsecurity FROM pg_class WHERE relname = 'caching_entry'") == [(True,)]


def test_requests_learn_of_a_standing_but_not_of_each_count(team: int) -> None:
    from caching.models import CacheStanding, EmbeddingSettings

    def epoch() -> int:
        return int(sql("SELECT epoch FROM gateway_config_epoch")[0][0])

    sql(
        "INSERT INTO caching_standing (team_id, since, checks, wrong, off_why, raised_floor, proven) "
        "VALUES (%s, now(), 0, 0, '', 0, false)",
        [team],
    )
    before = epoch()
    CacheStanding.objects.update(checks=5, wrong=1)
    assert epoch() == before
    CacheStanding.objects.update(off_why="1 of 5 was wrong")
    assert epoch() == before + 1
    EmbeddingSettings.objects.create(kind="off")
    assert epoch() == before + 2
    connection.close()
