"""Look-ups and hits of the answer cache, counted from what became of each request."""

from __future__ import annotations

import pytest

from gateway import partitions, reports, tasks
from gateway.models import UsageDay, UsageHour
from tests.gateway.book_rows import attempt, operation, store

TODAY = partitions.today()


@pytest.mark.parametrize(
    ("word", "lookups", "hits"),
    [
        ("exact", 1, 1),
        ("semantic", 1, 1),
        ("shared", 1, 1),
        ("miss", 1, 0),
        ("near:shadow", 1, 0),
        ("near", 1, 0),
        ("skip:temperature", 0, 0),
        ("skip", 0, 0),
        ("", 0, 0),
    ],
)
def test_what_became_of_a_request_says_whether_it_was_looked_for_and_found(
    db: str, word: str, lookups: int, hits: int
) -> None:
    store(operation(attempt(), cache=word))
    tasks.roll_up()
    total = reports.total(TODAY, TODAY)
    assert (total.operations, total.cache_lookups, total.cache_hits) == (1, lookups, hits)
    for model in (UsageHour, UsageDay):
        assert list(model.objects.values_list("cache_lookups", "cache_hits")) == [(lookups, hits)]


def test_the_share_of_hits_is_of_those_looked_for_and_not_of_checks(db: str) -> None:
    for word in ("exact", "miss", "miss", "skip:size", "near:proving"):
        store(operation(attempt(), cache=word))
    store(operation(attempt(), cache="miss", surface="cache check"), operation(attempt(), cache="exact", status="open"))
    tasks.roll_up()
    total = reports.total(TODAY, TODAY)
    assert (total.cache_lookups, total.cache_hits, total.hit_share) == (4, 1, 0.25)
    assert reports.Totals().hit_share is None
