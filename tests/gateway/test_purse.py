"""Budgets on a real PostgreSQL: many processes, dead processes, no database; spent once with the attempt that spent it."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.utils import timezone

from accounts.models import Budget, BudgetLease, BudgetWindow, Team
from accounts.windows import Window
from gateway import partitions, postgres
from gateway.chat.errors import BudgetExceeded, Overloaded
from gateway.journal import FileJournal, orphans
from gateway.leases import BudgetView, Reservation
from gateway.snapshot.budgets import book
from gateway.store import Flusher, Purse
from gateway.store import leases as store
from gateway.store.purse import Away, sweep
from lynkr_site.env import REPOSITORY, child_environ
from lynkr_site.ids import uuid7
from routing.tiers import TargetRef

TARGET = TargetRef("cloud", "m")


@pytest.fixture
def budget(db: str) -> Budget:
    return Budget.objects.create(team=Team.objects.create(slug="acme"), window="month", limit=10)


def view(budget: Budget) -> BudgetView:
    return next(one for views in book().teams.values() for one in views if one.id == str(budget.id))


@pytest.fixture
def purse(budget: Budget, tmp_path: Path) -> Iterator[Purse]:
    found = Purse(tmp_path / "journal")
    yield found
    found.stop()


def spender(
    database_url: str, folder: Path, budget: Budget, tasks: int, each: int, end: str, estimate: str, actual: str
) -> subprocess.Popen[str]:
    given = [str(folder), str(budget.id), str(budget.limit), str(tasks), str(each), estimate, actual, end]
    return subprocess.Popen(
        [sys.executable, "-m", "tests.gateway.budget_spender", *given],
        cwd=REPOSITORY,
        env=child_environ({"DATABASE_URL": database_url}),
        stdout=subprocess.PIPE,
        text=True,
    )


def totals(budget: Budget) -> tuple[Decimal, Decimal]:
    rows = list(BudgetWindow.objects.filter(budget=budget))
    return sum((row.spent for row in rows), Decimal(0)), sum((row.leased for row in rows), Decimal(0))


def test_four_processes_together_never_pass_a_limit(database_url: str, budget: Budget, tmp_path: Path) -> None:
    """BUD-1, BUD-2, BUD-4: 400 requests of 1 USD, 100 of them at once, against a budget of 10: exactly 10 at most."""
    running = [spender(database_url, tmp_path, budget, 25, 4, "keep", "1", "1") for _ in range(4)]
    admitted = [int(one.communicate(timeout=60)[0]) for one in running]
    assert 8 <= sum(admitted) <= 10
    spent, leased = totals(budget)
    assert spent == 0
    assert sum(admitted) <= leased <= 10
    assert sum(row.amount for row in BudgetLease.objects.all()) == leased


def test_all_leases_come_back_when_processes_stop(database_url: str, budget: Budget, tmp_path: Path) -> None:
    running = [spender(database_url, tmp_path, budget, 5, 3, "return", "0.1", "0.1") for _ in range(2)]
    assert [int(one.communicate(timeout=60)[0]) for one in running] == [15, 15]
    assert totals(budget) == (0, 0)
    assert not BudgetLease.objects.exists()
    assert not list(tmp_path.glob("*.owner"))


def test_the_lease_of_a_killed_process_comes_back_after_its_journal(
    database_url: str, budget: Budget, tmp_path: Path
) -> None:
    """`kill -9`: not while it lives, not while its journal waits, then yes."""
    dead = spender(database_url, tmp_path, budget, 1, 1, "stay", "1", "0.5")
    assert dead.stdout is not None
    assert dead.stdout.readline() == "1\n"
    BudgetLease.objects.update(expires_at=timezone.now())
    with postgres.connect("test") as connection:
        assert sweep(connection, tmp_path) == 0
        dead.kill()
        dead.communicate()
        waiting = FileJournal(tmp_path)
        waiting.append({"kind": "operation", "id": str(uuid7()), "status": "open"})
        waiting.close()
        assert sweep(connection, tmp_path) == 0
        [adopted] = orphans(tmp_path)
        assert sweep(connection, tmp_path) == 0, "who adopted it has not come to its end"
        adopted.delete()
        assert sweep(connection, tmp_path) == 1
    assert totals(budget) == (0, 0)
    assert not list(tmp_path.glob("*.owner"))


def test_a_killed_process_without_a_lease_leaves_no_file_for_ever(budget: Budget, purse: Purse, tmp_path: Path) -> None:
    folder = tmp_path / "journal"
    asyncio.run(purse.reserve([view(budget)], Decimal(1)))
    for name in ("dead", "just-starting"):
        (folder / f"{name}.owner").touch()
    for name in ("dead", purse.owner):
        os.utime(folder / f"{name}.owner", (0, 0))
    with postgres.connect("test") as connection:
        sweep(connection, folder)
    assert {path.stem for path in folder.glob("*.owner")} == {"just-starting", purse.owner}


def attempt(one: Reservation | None, cost: str | None, **more: Any) -> dict[str, Any]:
    row = {
        "kind": "attempt", "id": str(uuid7()), "operation_id": str(uuid7()), "status": "settled", "team_id": 1,
        "started_at": timezone.now().isoformat(), "day": partitions.today().isoformat(), "account": "cloud",
        "vendor": "openai", "model": "m", "dialect": "openai_chat", "cost_usd": cost,
    }  # fmt: skip
    return {**row, **({"budgets": one.lines(TARGET)} if one else {}), **more}


def test_what_an_attempt_cost_moves_from_its_lease_once(budget: Budget, purse: Purse, tmp_path: Path) -> None:
    """CUT-12, CUT-19: the event is the attempt; a repeated record, a closing after the sweeper's guess, count once."""
    one = asyncio.run(purse.reserve([view(budget)], Decimal(1)))
    journal = FileJournal(tmp_path / "books")
    flusher = Flusher(journal, interval_seconds=0.02)
    flusher.start()
    record = attempt(one, "0.75")
    guessed = attempt(one, None, status="interrupted", error_code="never_closed")
    journal.append({**record, "status": "open", "cost_usd": None})
    journal.append(guessed)
    assert flusher.drain(5)
    journal.append(record)
    assert flusher.drain(5)
    journal.append(record)
    journal.append({**guessed, "status": "settled", "error_code": "", "cost_usd": "0.25"})
    journal.append({**guessed, "status": "settled", "error_code": "", "cost_usd": "0.25"})
    assert flusher.drain(5)
    one.settle([(TARGET, Decimal(1))])
    spent, leased = totals(budget)
    assert spent == 1
    assert leased == one.pots[0].granted - 1
    purse.stop()
    assert totals(budget) == (1, 0)
    flusher.stop()
    journal.close()
    purse.__init__(tmp_path / "journal")  # type: ignore[misc]  # for the fixture's stop


def test_what_was_spent_beyond_its_lease_is_seen_by_all(budget: Budget, purse: Purse) -> None:
    """BUD-7: an answer dearer than its estimate passes the limit by that much, and the next is refused."""
    one = asyncio.run(purse.reserve([view(budget)], Decimal(1)))
    row = attempt(one, "11")
    with postgres.connect("test") as connection, connection.transaction(), store.charging(connection, [row]):
        pass
    one.settle([(TARGET, Decimal(11))])
    assert totals(budget) == (11, 0)
    with pytest.raises(BudgetExceeded, match="month budget of team acme"):
        asyncio.run(purse.reserve([view(budget)], Decimal("0.01")))


@pytest.mark.parametrize("charged_first", [False, True])
def test_what_was_spent_beyond_its_lease_is_made_up_for_once(budget: Budget, purse: Purse, charged_first: bool) -> None:
    """BUD-7: whether the next lease comes before the charge is in the books or after: nothing stays leased for ever."""
    one = asyncio.run(purse.reserve([view(budget)], Decimal(1)))
    row = attempt(one, "4")
    one.settle([(TARGET, Decimal(4))])

    def charge() -> None:
        with postgres.connect("test") as connection, connection.transaction(), store.charging(connection, [row]):
            pass

    if charged_first:
        charge()
    two = asyncio.run(purse.reserve([view(budget)], Decimal(5)))
    if not charged_first:
        charge()
    spent, leased = totals(budget)
    assert (spent, leased) == (4, two.pots[0].available + 5)
    two.release()
    with postgres.connect("test") as connection:
        store.give_back(connection, two.pots[0].lease_id, two.pots[0].available)
    assert totals(budget) == (4, 0)


@pytest.mark.parametrize("broken", ["take", "give back"])
def test_a_lease_in_doubt_comes_back_while_its_process_lives(budget: Budget, tmp_path: Path, broken: str) -> None:
    """CUT-19: the connection broke while money was moved. Not while it is held, not before what was spent is in the books."""
    now, in_books = [time.time()], [False]
    purse = Purse(tmp_path / "journal", clock=lambda: now[0], in_books=lambda: in_books[0])
    one = asyncio.run(purse.reserve([view(budget)], Decimal(1)))
    pot = one.pots[0]
    assert purse._take(pot, Decimal(1))
    purse.start()
    _until(lambda: len(purse._connections) == 3)  # of a request, of this thread, of the one that keeps leases
    with postgres.connect("test") as connection:
        ours = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'lynkr budgets'"
        connection.execute(ours)
    if broken == "take":
        with pytest.raises(Away):
            purse._take(pot, Decimal(1))
    else:
        one.release()
        now[0] += 6
    _until(lambda: pot.in_doubt)
    time.sleep(2.5)
    assert totals(budget)[1] > 0
    in_books[0] = True
    if broken == "take":
        time.sleep(1.5)
        assert totals(budget)[1] > 0
        one.release()
    _until(lambda: totals(budget)[1] == 0)
    assert pot not in purse.leases.pots()
    purse.stop()


def _until(true: Callable[[], bool]) -> None:
    until = time.monotonic() + 8
    while not true():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_a_raised_limit_is_in_force_at_once_and_nobody_is_refused_without_asking(budget: Budget, purse: Purse) -> None:
    """BUD-6, RST-6: the last word is the database's, with the limit of now."""
    seen = view(budget)
    asyncio.run(purse.reserve([seen], Decimal(10)))
    with pytest.raises(BudgetExceeded) as refused:
        asyncio.run(purse.reserve([seen], Decimal(1)))
    assert refused.value.retry_after is not None
    assert 1 <= refused.value.retry_after <= 60
    budget.increases.create(amount=1, expires_at=timezone.now() + dt.timedelta(hours=1))
    asyncio.run(purse.reserve([view(budget)], Decimal(1)))


def test_a_rolling_window_counts_all_its_steps(db: str, purse: Purse) -> None:
    """RST-5: what is older than the window does not count."""
    team = Team.objects.get(slug="acme")
    rolling = Budget.objects.create(team=team, window="day", rolling=True, limit=10)
    now = timezone.now().replace(minute=0, second=0, microsecond=0)
    for hours, spent in ((30, 100), (5, 6)):
        BudgetWindow.objects.create(budget=rolling, window_start=now - dt.timedelta(hours=hours), spent=spent)
    asyncio.run(purse.reserve([view(rolling)], Decimal(4)))
    with pytest.raises(BudgetExceeded, match="rolling day budget"):
        asyncio.run(purse.reserve([view(rolling)], Decimal("0.5")))


def test_while_a_lease_suffices_nothing_waits_for_the_database(budget: Budget, purse: Purse) -> None:
    async def many() -> None:
        await purse.reserve([view_], Decimal("0.01"))
        purse.leases.granted(purse.leases.pots()[0], Decimal(5))
        before = purse.round_trips
        for _ in range(100):
            (await purse.reserve([view_], Decimal("0.01"))).release()
        assert purse.round_trips == before

    view_ = view(budget)
    asyncio.run(many())


@pytest.mark.parametrize("allow", [False, True])
def test_without_a_database_a_lease_is_spent_to_its_end(budget: Budget, tmp_path: Path, allow: bool) -> None:
    """BUD-15: then refused as overloaded, not as over budget, or served as configured; and nothing stays held."""
    gone = False

    def connect() -> psycopg.Connection[Any]:
        if gone:
            raise psycopg.OperationalError("away")
        return postgres.connect("test")

    purse = Purse(tmp_path / str(allow), allow_when_away=allow, connect=connect)
    seen = view(budget)

    async def script() -> None:
        nonlocal gone
        first = await purse.reserve([seen], Decimal(1))
        first.release()
        gone = True
        for connection in purse._connections:
            connection.close()
        (await purse.reserve([seen], Decimal(1))).release()
        big = Decimal(8)
        if allow:
            (await purse.reserve([seen], big)).settle([(TARGET, big)])
        else:
            with pytest.raises(Overloaded):
                await purse.reserve([seen], big)
        gone = False
        purse._away_until = 0
        if allow:
            with pytest.raises(BudgetExceeded):
                await purse.reserve([seen], Decimal(3))
        else:
            (await purse.reserve([seen], big)).release()

    asyncio.run(script())
    assert purse.leases.held == 0
    purse.stop()


def test_movements_in_any_order_by_many_do_not_deadlock(budget: Budget) -> None:
    """DBL-1..4: two budgets, takers and chargers in opposite orders at once; every cent is where it belongs."""
    other = Budget.objects.create(window="day", limit=1000)
    Budget.objects.filter(id=budget.id).update(limit=1000)
    start = timezone.now().replace(minute=0, second=0, microsecond=0)
    problems: list[Exception] = []
    leases = [str(uuid7()) for _ in range(4)]

    def work(number: int) -> None:
        ids = [str(budget.id), str(other.id)][:: 1 if number % 2 else -1]
        with postgres.connect("test") as connection:
            for _ in range(25):
                try:
                    for offset, id_ in enumerate(ids):
                        lease = leases[2 * (number % 2) + offset]
                        store.take(
                            connection, budget=id_, since=start, start=start, limit=Decimal(1000), need=Decimal(1),
                            want=Decimal(1), lease=lease, owner="me",
                        )  # fmt: skip
                    lines = [[id_, start.isoformat(), leases[2 * (number % 2) + i]] for i, id_ in enumerate(ids)]
                    row = {**attempt(None, "1"), "budgets": lines}
                    with connection.transaction(), store.charging(connection, [row]):
                        pass
                except Exception as problem:
                    problems.append(problem)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert (totals(budget), totals(other)) == ((100, 0), (100, 0))


def test_a_budget_that_is_gone_takes_no_charge_with_it(budget: Budget, purse: Purse) -> None:
    """The attempt's row is written all the same."""
    one = asyncio.run(purse.reserve([view(budget)], Decimal(1)))
    row = attempt(one, "1")
    budget.delete()
    with postgres.connect("test") as connection, connection.transaction(), store.charging(connection, [row]):
        pass
    assert not BudgetWindow.objects.exists()
    assert Window("month") == one.pots[0].budget.window
