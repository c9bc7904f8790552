"""Near matches noted and judged: who counts, when a team is switched off, and what goes with a wrong answer."""

from __future__ import annotations

import datetime as dt
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from caching.bounds import Standing, proven_bad, proven_good
from caching.entry import Pair
from caching.models import CacheCheck, CacheEntry, CacheStanding
from gateway import postgres
from gateway.models import Alert
from gateway.snapshot.rows import build
from gateway.store.memory_noting import TEXTS, Noting, texts_of
from gateway.store.memory_verdicts import Settled, settle_verdict, switch_on
from lynkr_site.ids import uuid7
from tests.accounts import world
from tests.accounts.world import World
from tests.caching.rows import CONTEXT, TAG, digest, sql

BUDGET = 0.05


@pytest.fixture
def people(db: str) -> World:
    return world.make()


@pytest.fixture
def noting(people: World) -> Iterator[Noting]:
    found = Noting(lambda: postgres.connect("test"))
    yield found
    found.close()


def entry(people: World, word: str = "one", vector: Sequence[float] = (1.0, 0.0), **more: Any) -> str:
    row = {
        "team": people.acme, "user": None, "scope": f"team:{people.acme.pk}", "exact": digest(word), "context": CONTEXT,
        "ask_sealed": b"sealed", "answer": b"sealed", "target": "acme/model-1", "embedder": TAG,
        "dimension": len(vector), "vector": list(vector), "created_at": timezone.now(),
        "expires_at": timezone.now() + dt.timedelta(hours=1), **more,
    }  # fmt: skip
    return str(CacheEntry.objects.create(**row).pk)


def pair(people: World, verdict: str = "", **more: Any) -> Pair:
    """Of acme; drawn, where there is a verdict."""
    made = Pair(
        id=str(uuid7()), scope=f"team:{people.acme.pk}", team_id=people.acme.pk, user_id=people.users["bob"].pk,
        entry_id=str(uuid.uuid4()), mode="served", kept_ask="what is one?", ask="what's one?", kept_answer="1",
        similarity=0.97, gate="balanced", budget=BUDGET, fresh_answer="one" if verdict else "", verdict=verdict,
        judged_by="comparison" if verdict else "",
    )  # fmt: skip
    return replace(made, **more)


def written(noting: Noting, *pairs: Pair) -> None:
    for one in pairs:
        noting.note(one)
    end = time.monotonic() + 10
    while noting.waiting and time.monotonic() < end:
        time.sleep(0.005)
    assert not noting.waiting


def run(statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    return sql(statement, values)


def judged(id_: str, verdict: str, by: str = "person") -> Settled | None:
    with transaction.atomic():
        return settle_verdict(run, id_, verdict, by, BUDGET)


def counts(people: World) -> tuple[int, int]:
    row = CacheStanding.objects.get(team=people.acme)
    return row.checks, row.wrong


def test_a_noted_pair_is_sealed_and_its_texts_open_for_their_own_row_only(people: World, noting: Noting) -> None:
    kept = entry(people)
    written(noting, pair(people, "same", entry_id=kept), pair(people))
    first, second = CacheCheck.objects.order_by("-verdict")
    assert (first.team, first.user, str(first.entry_id)) == (people.acme, people.users["bob"], kept)
    assert (first.verdict, first.judged_by, first.counted, second.verdict) == ("same", "comparison", True, "")
    assert second.entry_id is None, "gone meanwhile"
    sealed = {name: getattr(first, f"{name}_sealed") for name in TEXTS}
    assert texts_of(first.pk, first.scope, sealed) == {
        "kept_ask": "what is one?", "ask": "what's one?", "kept_answer": "1", "fresh_answer": "one",
    }  # fmt: skip
    assert all(b"one" not in bytes(text) for text in sealed.values())
    with pytest.raises(Exception, match="damaged"):
        texts_of(second.pk, first.scope, sealed)


def test_only_checks_with_a_verdict_that_says_something_are_counted(people: World, noting: Noting) -> None:
    written(noting, *(pair(people, verdict) for verdict in ("same", "same", "different", "unsure", "")))
    assert counts(people) == (3, 1)
    assert CacheStanding.objects.get().since <= CacheCheck.objects.earliest("at").at


def test_a_pair_noted_twice_counts_once(people: World, noting: Noting) -> None:
    one = pair(people, "different")
    written(noting, one, one)
    assert counts(people) == (1, 1)


def test_what_cannot_be_noted_holds_up_nothing(people: World, noting: Noting) -> None:
    written(noting, pair(people, team_id=10**9), pair(people, "same", user_id=10**9))
    assert noting.dropped == 1
    assert CacheCheck.objects.get().user_id is None


def test_a_team_is_switched_off_at_the_check_that_proves_it_and_requests_learn_of_it(
    people: World, noting: Noting
) -> None:
    """The error budget, in as many checks as the bound takes."""
    need = next(n for n in range(1, 100) if proven_bad(Standing(n, n), BUDGET))
    written(noting, *(pair(people, "different") for _ in range(need - 1)))
    assert CacheStanding.objects.get().off_since is None
    assert not build().teams[people.acme.pk].near.off
    written(noting, pair(people, "different"), pair(people, "different"))
    row = CacheStanding.objects.get()
    assert row.off_since is not None
    assert row.off_why.startswith(f"{need} of {need} checked near matches were wrong")
    assert "5% the policy bears" in row.off_why
    alert = Alert.objects.get()
    assert (alert.kind, alert.subject, alert.closed_at) == ("near matches", "acme", None)
    near = {team.slug: team.near.off for team in build().teams.values()}
    assert near == {"acme": True, "outside": False}


def test_enough_right_checks_are_a_proof_and_a_tighter_budget_takes_it_back(people: World, noting: Noting) -> None:
    from routing.models import RoutingPolicy

    policy = RoutingPolicy.objects.create(team=people.acme, cache_error_percent=BUDGET * 100)
    need = next(n for n in range(1, 1000) if proven_good(Standing(n, 0), BUDGET))
    written(noting, *(pair(people, "same") for _ in range(need - 1)))
    assert not build().teams[people.acme.pk].near.proven
    written(noting, pair(people, "same"))
    assert CacheStanding.objects.get().proven
    assert build().teams[people.acme.pk].near.proven
    policy.cache_error_percent = 0.5
    policy.save()
    assert not build().teams[people.acme.pk].near.proven


def _epoch() -> int:
    return int(sql("SELECT epoch FROM gateway_config_epoch")[0][0])


def test_counting_has_nobody_read_the_configuration_again(people: World, noting: Noting) -> None:
    """But switching off, the proof and the raised similarity do."""
    written(noting, pair(people, "same"))
    before = _epoch()
    written(noting, *(pair(people, "same") for _ in range(5)))
    assert _epoch() == before
    CacheStanding.objects.update(proven=True)
    assert _epoch() == before + 1
    CacheStanding.objects.update(raised_floor=0.01)
    assert _epoch() == before + 2


@pytest.mark.parametrize(
    ("given", "said", "expected"),
    [
        ("", "different", (0, 0)),
        ("", "same", (0, 0)),
        ("unsure", "same", (1, 0)),
        ("unsure", "different", (1, 1)),
        ("same", "different", (1, 1)),
        ("different", "same", (1, 0)),
        ("different", "different", (1, 1)),
        ("same", "same", (1, 0)),
    ],
)
def test_what_a_person_says_counts_once_and_moves_what_was_counted(
    people: World, noting: Noting, given: str, said: str, expected: tuple[int, int]
) -> None:
    """Of a match that was not drawn, "right" would dilute the checks, and with "wrong" a member could switch a team off."""
    one = pair(people, given)
    written(noting, one)
    assert judged(one.id, said) == Settled(people.acme.pk, (given, "comparison" if given else ""))
    judged(one.id, said)
    assert counts(people) == expected
    row = CacheCheck.objects.get()
    assert (row.verdict, row.judged_by) == (said, "person")


def test_a_member_does_not_switch_a_team_off_by_calling_wrong_what_was_not_drawn(people: World, noting: Noting) -> None:
    """It is taken out all the same, and the least similarity rises."""
    kept = entry(people)
    pairs = [pair(people, entry_id=kept), *(pair(people) for _ in range(9))]
    written(noting, pair(people, "same"), *pairs)
    for one in pairs:
        judged(one.id, "different")
    assert counts(people) == (1, 0)
    row = CacheStanding.objects.get()
    assert (row.off_since, row.raised_floor) == (None, 0.05)
    assert CacheEntry.objects.get(pk=kept).quarantined_at is not None


def test_there_and_back_leaves_the_counts_as_they_were(people: World, noting: Noting) -> None:
    one = pair(people)
    written(noting, pair(people, "same"), one)
    for said in ("different", "same", "different", "same"):
        judged(one.id, said)
    assert counts(people) == (1, 0)
    assert judged(str(uuid7()), "same") is None


def test_wrong_takes_the_entry_and_its_neighbours_of_the_same_scope_and_context(people: World, noting: Noting) -> None:
    kept = entry(people)
    near = entry(people, "near", (0.95, 0.3))
    stays = {
        entry(people, "far", (0.0, 1.0)),
        entry(people, "scope", scope=f"team:{people.acme.pk}/user:1"),
        entry(people, "context", context=b"d" * 32),
        entry(people, "embedder", embedder="other@1"),
    }
    one = pair(people, entry_id=kept)
    written(noting, one)
    settled = judged(one.id, "different")
    assert settled is not None
    assert settled.evicted == 2
    assert CacheEntry.objects.get(pk=kept).quarantined_at is not None
    assert not CacheEntry.objects.filter(pk=near).exists()
    assert {str(pk) for pk in CacheEntry.objects.filter(quarantined_at=None).values_list("pk", flat=True)} == stays


def test_each_wrong_one_raises_the_least_similarity_once_and_not_without_end(people: World, noting: Noting) -> None:
    pairs = [pair(people) for _ in range(7)]
    written(noting, *pairs)
    floors = []
    for one in pairs:
        for _ in range(2):
            judged(one.id, "different")
        floors.append(CacheStanding.objects.get().raised_floor)
    assert floors == [0.01, 0.02, 0.03, 0.04, 0.05, 0.05, 0.05]
    assert build().teams[people.acme.pk].near.raised_floor == 0.05


def test_a_comparison_that_finds_a_served_one_wrong_takes_only_that_entry(people: World, noting: Noting) -> None:
    kept, looked_at, near = entry(people), entry(people, "shadow"), entry(people, "near", (0.99, 0.1))
    written(
        noting, pair(people, "different", entry_id=kept), pair(people, "different", entry_id=looked_at, mode="shadow")
    )
    found = {str(row.pk): row.quarantined_at is not None for row in CacheEntry.objects.all()}
    assert found == {kept: True, looked_at: False, near: False}
    assert CacheStanding.objects.get().raised_floor == 0


def test_switched_on_again_the_counting_begins_anew_and_what_was_before_counts_no_more(
    people: World, noting: Noting
) -> None:
    early, other = pair(people), pair(people, "different")
    written(noting, early, other, *(pair(people, "different") for _ in range(8)))
    assert CacheStanding.objects.get().off_since is not None
    with transaction.atomic():
        assert switch_on(run, people.acme.pk)
        assert not switch_on(run, people.outside.pk)
    judged(early.id, "different")
    judged(other.id, "same")
    row = CacheStanding.objects.get()
    assert (row.checks, row.wrong, row.off_since, row.off_why, row.proven) == (0, 0, None, "", False)
    assert row.raised_floor == 0.01, "what is wrong is wrong all the same"
    written(noting, pair(people, "different"))
    assert counts(people) == (1, 1)


def test_two_who_say_wrong_at_once_count_once(people: World, noting: Noting) -> None:
    import threading

    one = pair(people, "same")
    written(noting, one)
    ready = threading.Barrier(4)

    def says_wrong() -> None:
        with postgres.connect("test") as own:

            def statement(text: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
                cursor = own.execute(text, values)
                return cursor.fetchall() if cursor.description else []

            ready.wait()
            with own.transaction():
                settle_verdict(statement, one.id, "different", "person", BUDGET)

    threads = [threading.Thread(target=says_wrong) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts(people) == (1, 1)
    assert CacheStanding.objects.get().raised_floor == 0.01
    assert connection.connection is not None


def test_nothing_is_written_down_of_whose_words_were_forgotten_meanwhile(people: World, noting: Noting) -> None:
    """A comparison takes minutes, in which a person may have gone. The verdict counts all the same."""
    gone = 10**9
    written(noting, pair(people, "same", entry_id=entry(people), user_id=gone), pair(people, "different"))
    asked, kept = CacheCheck.objects.order_by("-verdict")
    assert (asked.user_id, asked.ask_sealed) == (None, None)
    sealed = {"fresh_answer": asked.fresh_answer_sealed}
    assert texts_of(asked.pk, asked.scope, sealed) == {"fresh_answer": ""}, "drawn, so it counts"
    assert asked.kept_ask_sealed is not None
    assert (kept.entry_id, kept.kept_ask_sealed, kept.kept_answer_sealed) == (None, None, None)
    assert kept.ask_sealed is not None
    assert counts(people) == (2, 1)
    service = pair(people, "same", user_id=None)
    written(noting, service)
    assert CacheCheck.objects.get(pk=service.id).ask_sealed is not None
