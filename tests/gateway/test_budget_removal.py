"""Budgets are deleted while requests spend from them: nobody deadlocks, and no record of a call is lost."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy
from decimal import Decimal
from typing import Any

import orjson
import psycopg
import pytest
from django.db import connection as django_connection
from django.db import transaction
from django.utils import timezone

from accounts import acts
from accounts.models import Budget, BudgetLease, BudgetWindow, Team, User
from accounts.rights import Rights
from gateway import partitions, postgres
from gateway.models import Attempt
from gateway.store import leases as store
from gateway.store.upsert import fit, write
from lynkr_site.ids import uuid7

START = timezone.now().replace(minute=0, second=0, microsecond=0)


@pytest.fixture
def budget(db: str) -> Budget:
    partitions.ensure()
    return Budget.objects.create(team=Team.objects.create(slug="acme"), window="month", limit=1000)


def take(connection: psycopg.Connection[Any], budget: str, lease: str) -> Any:
    return store.take(
        connection, budget=budget, since=START, start=START, limit=Decimal(1000), need=Decimal(1), want=Decimal(1),
        lease=lease, owner="me",
    )  # fmt: skip


def attempt(*lines: list[str]) -> dict[str, Any]:
    record = {
        "kind": "attempt", "id": str(uuid7()), "operation_id": str(uuid7()), "sequence": 0, "status": "settled",
        "started_at": timezone.now().isoformat(), "day": partitions.today().isoformat(), "account": "cloud",
        "vendor": "openai", "model": "m", "dialect": "openai_chat", "cost_usd": "1", "budgets": list(lines),
    }  # fmt: skip
    return store.with_budgets(fit(record), record)


class Deed(threading.Thread):
    """`deed` with a Django connection of its own."""

    def __init__(self, deed: Callable[[], Any]) -> None:
        super().__init__()
        self._deed, self.problem = deed, None
        self.start()

    def run(self) -> None:
        try:
            self._deed()
        except Exception as problem:
            self.problem = problem  # type: ignore[assignment]
        finally:
            django_connection.close()

    def done(self) -> None:
        self.join(15)
        assert not self.is_alive()
        assert self.problem is None, self.problem


def until_somebody_waits() -> None:
    until = time.monotonic() + 5
    with postgres.connect("watch") as connection:
        query = "SELECT count(*) FROM pg_locks WHERE NOT granted"
        while not connection.execute(query).fetchone()[0]:  # type: ignore[index]
            assert time.monotonic() < until, "nobody waits"
            time.sleep(0.01)


@contextmanager
def charging_half_way(budget: Budget, lease: str) -> Iterator[psycopg.Connection[Any]]:
    """A charge that has its windows, and within the block not yet its leases."""
    text = orjson.dumps([{"budget": str(budget.pk), "start": START.isoformat(), "lease": lease, "cost": "1"}]).decode()
    with postgres.connect("flusher") as connection, connection.transaction():
        connection.execute("SET LOCAL lock_timeout = '300ms'")
        connection.execute(store._LOCK_WINDOWS, [text, text])
        yield connection
        connection.execute(store._CHARGE, [text])


DOORS: dict[str, Callable[[Budget], Any]] = {
    "row": lambda budget: budget.delete(),
    "rows": lambda budget: Budget.objects.all().delete(),
    "team": lambda budget: Team.objects.get(slug="acme").delete(),
    "act": lambda budget: acts.delete_budget(Rights.of_user(User.objects.create_superuser("root")), budget.pk),
}


@pytest.mark.parametrize("door", DOORS)
def test_who_deletes_waits_for_who_charges_and_holds_no_lease_meanwhile(budget: Budget, door: str) -> None:
    """DBL-2: a lease that the deletion had locked already would be waited for in a circle."""
    lease = str(uuid7())
    with postgres.connect("purse") as connection:
        take(connection, str(budget.pk), lease)
    with charging_half_way(budget, lease):
        deletion = Deed(lambda: DOORS[door](budget))
        until_somebody_waits()
    deletion.done()
    assert [model.objects.count() for model in (Budget, BudgetWindow, BudgetLease)] == [0, 0, 0]


def test_a_call_is_in_the_books_though_its_budget_is_deleted_as_it_is_charged(budget: Budget) -> None:
    """Its window has no row yet: the new row's foreign key would take the record of the call along."""
    row = attempt([str(budget.pk), START.isoformat(), str(uuid7())])

    def flush() -> None:
        with postgres.connect("flusher") as connection:
            write(connection, {"attempt": [row]})

    with transaction.atomic():
        budget.delete()
        flushing = Deed(flush)
        until_somebody_waits()
    flushing.done()
    assert Attempt.objects.filter(id=row["id"]).exists()
    assert not BudgetWindow.objects.exists()


def test_a_lease_asked_for_while_its_budget_is_deleted_is_not_given(budget: Budget) -> None:
    found: list[Any] = []
    budget_id = str(budget.pk)

    def ask() -> None:
        with postgres.connect("purse") as connection:
            found.append(take(connection, budget_id, str(uuid7())))

    with transaction.atomic():
        budget.delete()
        asking = Deed(ask)
        until_somebody_waits()
    asking.done()
    assert found == [(None, 0)]
    assert not BudgetLease.objects.exists()


def test_a_deletion_that_met_a_deadlock_is_done_again(budget: Budget) -> None:
    """Somebody who keeps to no order: locks the lease, then wants the window."""
    lease = str(uuid7())
    with postgres.connect("purse") as connection:
        take(connection, str(budget.pk), lease)
    with postgres.connect("other") as other, other.transaction():
        other.execute("SET LOCAL deadlock_timeout = '20s'")  # so that it is the deletion that is ended
        other.execute("SELECT FROM accounts_budgetlease WHERE id = %s FOR UPDATE", [lease])
        deletion = Deed(budget.delete)
        until_somebody_waits()
        other.execute("SELECT FROM accounts_budgetwindow FOR UPDATE")
    deletion.done()
    assert not Budget.objects.exists()


def test_leases_are_given_back_again_after_a_deadlock(budget: Budget) -> None:
    lease = str(uuid7())
    with postgres.connect("purse") as connection:
        take(connection, str(budget.pk), lease)

    def give_back() -> None:
        with postgres.connect("purse") as connection:
            store.give_back(connection, lease, Decimal(1))

    with postgres.connect("other") as other, other.transaction():
        other.execute("SET LOCAL deadlock_timeout = '20s'")
        other.execute("SELECT FROM accounts_budgetlease WHERE id = %s FOR UPDATE", [lease])
        giving = Deed(give_back)
        until_somebody_waits()
        other.execute("SELECT FROM accounts_budgetwindow FOR UPDATE")
    giving.done()
    assert BudgetWindow.objects.get().leased == 0


def test_many_spend_while_budgets_come_and_go(budget: Budget) -> None:
    """DBL-1..4: takers, chargers, renewers and sweepers against deletions of one and of all; every call is in the books."""
    others = [Budget.objects.create(window=window, limit=1000) for window in ("day", "week", "month")]
    rows = {str(one.pk): copy(one) for one in (budget, *others)}
    ids, stop, written = list(rows), threading.Event(), []

    def spend(number: int) -> None:
        with postgres.connect("spender") as connection:
            while not stop.is_set():
                leases = [str(uuid7()) for _ in ids]
                for one, lease in list(zip(ids, leases, strict=True))[:: 1 if number % 2 else -1]:
                    take(connection, one, lease)
                row = attempt(*([one, START.isoformat(), lease] for one, lease in zip(ids, leases, strict=True)))
                write(connection, {"attempt": [row]})
                written.append(row["id"])
                store.renew(connection, leases[::-1])
                store.end(connection, "lease.id = ANY(%s::uuid[])", [leases])

    spenders = [Deed(lambda number=number: spend(number)) for number in range(3)]  # type: ignore[misc]
    for turn in range(12):
        time.sleep(0.05)
        gone = Budget.objects.all() if turn % 3 == 2 else Budget.objects.filter(pk=ids[turn % 4])
        gone.delete()
        for id_ in set(ids) - {str(pk) for pk in Budget.objects.values_list("pk", flat=True)}:
            copy(rows[id_]).save(force_insert=True)
    stop.set()
    for spender in spenders:
        spender.done()
    assert written
    assert Attempt.objects.filter(id__in=written).count() == len(written)
    assert not BudgetLease.objects.exists()
    assert set(BudgetWindow.objects.values_list("leased", flat=True)) <= {0}
