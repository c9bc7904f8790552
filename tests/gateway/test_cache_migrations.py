"""The tables of the answer cache can be taken away and put back on a database in use."""

from __future__ import annotations

import asyncio
import datetime as dt
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from accounts.models import Team, User
from caching.models import CacheCheck, CacheEntry, CacheStanding, EmbeddingSettings
from gateway import tasks
from gateway.models import Operation
from gateway.store import PostgresMemory
from routing.models import RoutingPolicy
from tests.caching.rows import CONTEXT, TAG, digest, entry, sql, vector, written

BEFORE = (("caching", "zero"), ("gateway", "0014"), ("routing", "0008"))


@pytest.fixture
def filled(db: str) -> Team:
    """Answers, checks, a standing, an index, settings, a policy with a cache, operations that were answered from it."""
    team, user = Team.objects.create(slug="acme"), User.objects.create(username="kim")
    RoutingPolicy.objects.create(team=team, cache="semantic", cache_judge="acme/model-1", cache_hours=7)
    store = PostgresMemory()
    for number in range(6):
        store.keep(entry(team.pk, f"n{number}", user_id=user.pk), TAG, vector(number))
    written(store)
    asyncio.run(store.stop())
    kept = CacheEntry.objects.first()
    CacheCheck.objects.create(
        at=timezone.now(), team=team, user=user, kept_user=user, entry=kept, scope="x", mode="served", similarity=0.9
    )
    CacheStanding.objects.create(team=team, since=timezone.now(), checks=3, wrong=1, off_since=timezone.now())
    EmbeddingSettings.objects.create(kind="off")
    now = timezone.now()
    Operation.objects.create(
        day=now.astimezone(dt.UTC).date(), started_at=now, team_id=team.pk, status="completed", cache="exact",
        saved_usd=Decimal("0.25"), cost_usd=0,
    )  # fmt: skip
    tasks.roll_up()
    return team


def there() -> set[str]:
    return {name for name in connection.introspection.table_names() if name.startswith("caching_")}


def test_back_to_before_it_and_forward_again(filled: Team) -> None:
    tables = there()
    for app, name in BEFORE:
        call_command("migrate", app, name, interactive=False, verbosity=0)
    assert there() == set()
    assert sql("SELECT slug FROM accounts_team") == [("acme",)], "what was there before stays"
    assert sql("SELECT count(*) FROM gateway_operation") == [(1,)]
    assert "cache" not in {row[0] for row in sql(
        "SELECT column_name FROM information_schema.columns WHERE table_name = 'routing_routingpolicy'"
    )}  # fmt: skip
    call_command("migrate", interactive=False, verbosity=0)
    assert there() == tables
    assert RoutingPolicy.objects.get(team=filled).cache == "exact", "as at first"
    assert sql("SELECT relrowsecurity FROM pg_class WHERE relname = 'caching_entry'") == [(True,)]
    assert {row[0] for row in sql(
        "SELECT event_object_table FROM information_schema.triggers WHERE trigger_name = 'bump_config_epoch'"
    )} >= {"caching_standing", "caching_embeddingsettings"}  # fmt: skip

    async def used() -> None:
        store = PostgresMemory()
        store.keep(entry(filled.pk), TAG, [1.0, 0.0])
        await asyncio.to_thread(written, store)
        assert await store.find(f"team:{filled.pk}", digest("one"), 5.0) is not None
        assert len(await store.near(f"team:{filled.pk}", CONTEXT, TAG, [1.0, 0.0], patience=5.0)) == 1
        assert store.problem == ""
        await store.stop()

    asyncio.run(used())
