"""What a request needs is in memory: it is served while every table of the database is locked against everybody."""

from __future__ import annotations

import time
from collections.abc import Iterator

import httpx
import psycopg
import pytest

from accounts.models import ApiKey, Budget, Team
from routing.models import PriceOverride
from tests.fakes.gateway import Gateway
from tests.fakes.upstream import Upstream

from .calls import SURFACES, ask

TABLES = """
SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
WHERE schemaname NOT IN ('pg_catalog', 'information_schema')
"""


@pytest.fixture
def guarded(lynkr: Gateway) -> Iterator[None]:
    """Everything that costs money or counts: a price, budgets of two kinds, limits of the team."""
    PriceOverride.objects.create(team=None, model="*", input=3, output=15)
    for owner in ({}, {"team": Team.objects.get(slug="acme")}, {"key": ApiKey.objects.get(name="bob")}):
        Budget.objects.create(window="month", limit=100_000, **owner)
    Team.objects.filter(slug="acme").update(requests_per_minute=10_000, tokens_per_minute=100_000_000)
    lynkr.reload()
    yield
    Team.objects.filter(slug="acme").update(requests_per_minute=None, tokens_per_minute=None)
    Budget.objects.all().delete()
    PriceOverride.objects.all().delete()
    lynkr.reload()


def test_no_request_waits_for_the_database(lynkr: Gateway, upstream: Upstream, guarded: None) -> None:
    """Issue 3. The first request leases; after it a lock on every table holds nobody up."""
    leased = 0  # leases are as large as the requests seen so far; a busy machine may be late with the first
    until = time.monotonic() + 15
    while leased < 3:
        assert time.monotonic() < until
        leased += ask(lynkr, "anthropic", max_tokens=20_000).status_code == 200
    time.sleep(0.5)
    answers: list[httpx.Response] = []
    with psycopg.connect(lynkr.database_url) as connection:
        tables = ", ".join(row[0] for row in connection.execute(TABLES))
        connection.execute(f"LOCK TABLE {tables} IN ACCESS EXCLUSIVE MODE")
        for number in range(21):
            answers.append(ask(lynkr, SURFACES[number % 3], max_tokens=50, timeout=8))
    assert [answer.status_code for answer in answers] == [200] * 21, answers[0].text
    for answer in answers:
        row = lynkr.operation(answer)
        assert row["cost_usd"] > 0
