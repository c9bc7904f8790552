"""Day partitions and the tables they belong to."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.core.management import call_command
from django.db import connection

from gateway import partitions
from gateway.models import Attempt, LedgerEntry, Operation


def _operation(day: dt.date) -> Operation:
    started = dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC)
    return Operation.objects.create(id=uuid.uuid4(), day=day, started_at=started, status="completed")


def _table_of(operation: Operation) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text FROM gateway_operation WHERE id = %s", [operation.id])
        name: str = cursor.fetchone()[0]
        return name


def test_migrating_prepares_the_days_ahead(db: str) -> None:
    assert _table_of(_operation(partitions.today())) == f"gateway_operation_{partitions.today():%Y%m%d}"


def test_partitions_are_made_once(db: str) -> None:
    made = partitions.ensure(12)
    assert len(made) == len(partitions.PARENTS) * 5, "7 days ahead were there"
    assert partitions.ensure(12) == []


def test_a_row_of_a_day_nobody_prepared_is_kept_and_moved(db: str) -> None:
    later = partitions.today() + dt.timedelta(days=20)
    operation = _operation(later)
    assert _table_of(operation) == "gateway_operation_default"
    partitions.ensure(20)
    assert _table_of(operation) == f"gateway_operation_{later:%Y%m%d}"
    assert Operation.objects.count() == 1


def test_old_days_are_dropped_whole_and_young_ones_stay(db: str) -> None:
    young, old = _operation(partitions.today()), _operation(partitions.today() - dt.timedelta(days=1))
    ancient = _operation(partitions.today() - dt.timedelta(days=500))
    assert sorted(name.rpartition("_")[0] for name in partitions.drop_older_than(0)) == [
        "gateway_attempt",
        "gateway_ledgerentry",
        "gateway_operation",
    ]
    assert set(Operation.objects.values_list("id", flat=True)) == {young.id}
    assert {old.id, ancient.id}.isdisjoint(Operation.objects.values_list("id", flat=True))


def test_dropping_days_reads_no_row_and_deletes_none(db: str) -> None:
    """LOG-2, LOG-3: what a day holds makes no difference to how it goes."""
    day = partitions.today() - dt.timedelta(days=1)
    name = f"gateway_operation_{day:%Y%m%d}"
    for _ in range(50):
        _operation(day)
    said: list[str] = []

    def watch(execute: Any, statement: str, *rest: Any) -> Any:
        said.append(statement)
        return execute(statement, *rest)

    with connection.execute_wrapper(watch):
        assert name in partitions.drop_older_than(0)
    assert [one for one in said if one.startswith("DROP TABLE") and name in one]
    of_it = [one for one in said if name in one and not one.startswith("DROP TABLE")]
    assert of_it == []
    assert [one for one in said if "DELETE" in one] == []
    assert Operation.objects.count() == 0


def test_every_field_of_the_models_is_a_column(db: str) -> None:
    """The tables are made in SQL: this is what keeps them and the models together."""
    for model in (Operation, Attempt, LedgerEntry):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT column_name, is_nullable FROM information_schema.columns WHERE table_name = %s",
                [model._meta.db_table],
            )
            columns = dict(cursor.fetchall())
        assert set(columns) == {field.attname for field in model._meta.concrete_fields}
        for field in model._meta.concrete_fields:
            assert (columns[field.attname] == "YES") == field.null, field.attname


def test_the_migrations_go_back_and_forth(db: str) -> None:
    call_command("migrate", "gateway", "0001", verbosity=0, interactive=False)
    call_command("migrate", "gateway", "zero", verbosity=0, interactive=False)
    call_command("migrate", verbosity=0, interactive=False)
    assert Operation.objects.count() == 0


def test_no_model_changed_without_a_migration(db: str) -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
