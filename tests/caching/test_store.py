"""Answers kept and found in Postgres."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from accounts.models import Team, User
from gateway.store import PostgresMemory

from .rows import CONTEXT, TAG, digest, entry, sql, vector, written

PATIENT = 5.0  # the machine of the tests may be busy


@pytest.fixture
def team(db: str) -> int:
    return Team.objects.create(slug="acme").id


@pytest.fixture
async def store(db: str) -> AsyncIterator[PostgresMemory]:
    found = PostgresMemory()
    yield found
    await found.stop()


async def _in_thread(work, *values):  # type: ignore[no-untyped-def]
    return await asyncio.to_thread(work, *values)


async def test_what_is_kept_is_found_again_with_all_it_took(team: int, store: PostgresMemory) -> None:
    from decimal import Decimal

    given = entry(team, tier="SIMPLE", input_tokens=7, output_tokens=None, cost=Decimal("0.00012"), tags=("faq",))
    store.keep(given)
    await _in_thread(written, store)
    kept = await store.find(given.scope, given.exact, PATIENT)
    assert kept is not None
    assert (kept.answer, kept.target, kept.tier) == (given.answer, given.target, "SIMPLE")
    assert (kept.input_tokens, kept.output_tokens, kept.cost) == (7, None, Decimal("0.00012"))
    assert (kept.ask, kept.similarity) == ("", 1.0)
    assert 0 <= kept.age < 60
    assert await store.find(given.scope, digest("other"), PATIENT) is None


async def test_near_asks_come_nearest_first_with_their_text_down_to_the_floor(team: int, store: PostgresMemory) -> None:
    asked = [1.0, 0.0, 0.0]
    for word, made in (("far", [0.0, 1.0, 0.0]), ("near", [1.0, 0.3, 0.0]), ("same", [2.0, 0.0, 0.0])):
        store.keep(entry(team, word), TAG, made)
    await _in_thread(written, store)
    found = await store.near(f"team:{team}", CONTEXT, TAG, asked, patience=PATIENT)
    assert [kept.ask for kept in found] == ["what is same?", "what is near?"]
    assert found[0].similarity == pytest.approx(1.0, abs=1e-3)
    assert found[1].similarity == pytest.approx(0.9578, abs=1e-3)
    assert len(await store.near(f"team:{team}", CONTEXT, TAG, asked, floor=-1, patience=PATIENT)) == 3
    assert len(await store.near(f"team:{team}", CONTEXT, TAG, asked, most=1, patience=PATIENT)) == 1
    assert await store.near(f"team:{team}", b"d" * 32, TAG, asked, floor=-1, patience=PATIENT) == []
    assert await store.near(f"team:{team}", CONTEXT, "other@1", asked, floor=-1, patience=PATIENT) == []


async def test_vectors_of_another_length_are_never_compared(team: int, store: PostgresMemory) -> None:
    """SEM-8: an embedding server that lies about its dimension."""
    for number, length in enumerate((3, 4, 5)):
        store.keep(entry(team, f"of {length}"), TAG, vector(number, length))
    await _in_thread(written, store)
    found = await store.near(f"team:{team}", CONTEXT, TAG, vector(1, 4), patience=PATIENT)
    assert [kept.ask for kept in found] == ["what is of 4?"]
    assert await store.near(f"team:{team}", CONTEXT, TAG, vector(1, 6), floor=-1, patience=PATIENT) == []


@pytest.mark.parametrize("broken", [[], [0.0, 0.0], [float("nan"), 1.0], [float("inf"), 1.0]])
async def test_a_vector_without_direction_finds_nothing_and_is_not_kept(
    team: int, store: PostgresMemory, broken: list[float]
) -> None:
    store.keep(entry(team), TAG, broken)
    await _in_thread(written, store)
    assert await store.near(f"team:{team}", CONTEXT, TAG, broken, floor=-1, patience=PATIENT) == []
    assert await store.find(f"team:{team}", digest("one"), PATIENT) is not None
    assert await _in_thread(sql, "SELECT vector, dimension, embedder FROM caching_entry") == [(None, None, "")]


async def test_huge_and_tiny_vectors_keep_their_direction(team: int, store: PostgresMemory) -> None:
    """Half floats end at 65,504 and begin at 6e-8."""
    store.keep(entry(team), TAG, [3e30, 4e30])
    await _in_thread(written, store)
    (kept,) = await store.near(f"team:{team}", CONTEXT, TAG, [3e-20, 4e-20], patience=PATIENT)
    assert kept.similarity == pytest.approx(1.0, abs=1e-3)


async def test_what_expired_or_is_in_quarantine_is_not_found(team: int, store: PostgresMemory) -> None:
    for word in ("old", "wrong", "good"):
        store.keep(entry(team, word), TAG, [1.0, 1.0])
    await _in_thread(written, store)
    await _in_thread(sql, "UPDATE caching_entry SET expires_at = now() WHERE exact = %s", [digest("old")])
    wrong = await store.find(f"team:{team}", digest("wrong"), PATIENT)
    assert wrong is not None
    store.quarantine(wrong.id, f"team:{team}")
    assert await store.find(f"team:{team}", digest("wrong"), PATIENT) is None, "at once"
    await _in_thread(written, store)
    other = PostgresMemory()
    for process in (store, other):
        assert await process.find(f"team:{team}", digest("old"), PATIENT) is None
        assert await process.find(f"team:{team}", digest("wrong"), PATIENT) is None
        found = await process.near(f"team:{team}", CONTEXT, TAG, [1.0, 1.0], patience=PATIENT)
        assert {kept.ask: kept.wrong for kept in found} == {"what is good?": False, "what is wrong?": True}
    await other.stop()


async def test_the_same_request_replaces_its_entry_but_not_one_in_quarantine(team: int, store: PostgresMemory) -> None:
    store.keep(entry(team, answer=b"first"), TAG, [1.0, 0.0])
    store.keep(entry(team, answer=b"second"), TAG, [0.0, 1.0])
    await _in_thread(written, store)
    kept = await store.find(f"team:{team}", digest("one"), PATIENT)
    assert kept is not None
    assert kept.answer == b"second"
    assert await _in_thread(sql, "SELECT count(*) FROM caching_entry") == [(1,)]
    assert await store.near(f"team:{team}", CONTEXT, TAG, [1.0, 0.0], patience=PATIENT) == []
    store.quarantine(kept.id, f"team:{team}")
    await _in_thread(written, store)
    store.keep(entry(team, answer=b"third"))
    await _in_thread(written, store)
    assert await store.find(f"team:{team}", digest("one"), PATIENT) is None
    await _in_thread(sql, "UPDATE caching_entry SET expires_at = now()")
    store.keep(entry(team, answer=b"fourth"))
    await _in_thread(written, store)
    again = await store.find(f"team:{team}", digest("one"), PATIENT)
    assert again is not None
    assert again.answer == b"fourth"


async def test_hits_are_counted_in_batches(team: int, store: PostgresMemory) -> None:
    store.keep(entry(team))
    await _in_thread(written, store)
    kept = await store.find(f"team:{team}", digest("one"), PATIENT)
    assert kept is not None
    for _ in range(5):
        store.hit(kept.id, f"team:{team}")
    store.hit(kept.id, "team:other")
    store.hit("no id at all", f"team:{team + 1}")
    await _in_thread(written, store)
    assert await _in_thread(sql, "SELECT hits, last_hit_at IS NOT NULL FROM caching_entry") == [(5, True)]


async def test_no_text_can_be_read_in_the_table(team: int, store: PostgresMemory) -> None:
    """LEK: the whole row as Postgres prints it holds neither the ask nor the answer."""
    store.keep(entry(team, ask="my secret ask", answer=b"my secret answer"), TAG, [1.0, 0.0])
    await _in_thread(written, store)
    ((row, ask, answer),) = await _in_thread(sql, "SELECT e::text, ask_sealed, answer FROM caching_entry e")
    for text in (b"secret", b"secret".hex().encode()):
        assert text not in row.encode()
        assert text not in bytes(ask)
        assert text not in bytes(answer)


@pytest.mark.parametrize(
    ("damage", "near"),
    [
        ("UPDATE caching_entry SET scope = 'team:9'", False),
        ("UPDATE caching_entry SET scope = 'team:9'", True),
        ("UPDATE caching_entry SET scope = 'team:9', answer = ask_sealed", False),
        ("UPDATE caching_entry SET scope = 'team:9', ask_sealed = answer", True),
    ],
)
async def test_a_row_copied_into_another_scope_does_not_open_and_goes(
    team: int, store: PostgresMemory, damage: str, near: bool
) -> None:
    store.keep(entry(team), TAG, [1.0, 0.0])
    await _in_thread(written, store)
    await _in_thread(sql, damage)
    if near:
        assert await store.near("team:9", CONTEXT, TAG, [1.0, 0.0], patience=PATIENT) == []
    else:
        assert await store.find("team:9", digest("one"), PATIENT) is None
    assert await _in_thread(sql, "SELECT count(*) FROM caching_entry") == [(0,)]


async def test_ask_and_answer_cannot_take_each_others_place(team: int, store: PostgresMemory) -> None:
    store.keep(entry(team), TAG, [1.0, 0.0])
    await _in_thread(written, store)
    await _in_thread(sql, "UPDATE caching_entry SET answer = ask_sealed")
    assert await store.find(f"team:{team}", digest("one"), PATIENT) is None


async def test_odd_texts_survive_and_what_the_table_cannot_hold_is_dropped(team: int, store: PostgresMemory) -> None:
    odd = "é \u0000 \u2028 \ud800 '; DROP TABLE caching_entry; -- %s \\"
    store.keep(entry(team, ask=odd, answer=bytes(range(256)), tags=("a'b", "nul\0", "\\")), TAG, [1.0, 0.0])
    store.keep(entry(team, scope="a\0b"))
    store.keep(entry(team, "lone", scope="\ud800"))
    store.keep(entry(team + 1, "of no team"))
    store.keep(entry(team, "last", scope=odd.replace("\0", "").replace("\ud800", "")))
    await _in_thread(written, store)
    (kept,) = await store.near(f"team:{team}", CONTEXT, TAG, [1.0, 0.0], patience=PATIENT)
    assert (kept.ask, kept.answer) == (odd, bytes(range(256)))
    assert store.dropped == 3
    assert await store.find(odd.replace("\0", "").replace("\ud800", ""), digest("last"), PATIENT) is not None
    assert await _in_thread(sql, "SELECT tags FROM caching_entry ORDER BY created_at LIMIT 1") == [(["a'b", "\\"],)]


async def test_a_deleted_team_or_user_takes_its_entries_along(team: int, store: PostgresMemory) -> None:
    user = await _in_thread(lambda: User.objects.create(username="kim"))
    store.keep(entry(team, "theirs", user_id=user.id))
    store.keep(entry(team, "the team's"))
    await _in_thread(written, store)
    check = """INSERT INTO caching_check (id, at, team_id, user_id, kept_user_id, scope, mode, similarity, gate, why, verdict,
        judged_by, counted) VALUES (gen_random_uuid(), now(), %s, %s, %s, 'x', 'served', 0.9, '', '', '', '', false)"""
    for asker, whose in ((user.id, None), (None, user.id), (None, None)):
        await _in_thread(sql, check, (team, asker, whose))
    await _in_thread(user.delete)
    assert await _in_thread(sql, "SELECT count(*) FROM caching_entry") == [(1,)]
    assert await _in_thread(sql, "SELECT count(*) FROM caching_check") == [(1,)], "and its words in checks of others"
    await _in_thread(lambda: Team.objects.get(pk=team).delete())
    assert await _in_thread(sql, "SELECT count(*) FROM caching_entry") == [(0,)]
