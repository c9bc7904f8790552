"""The page of prompt caches: what it shows of money and tokens, and which requests broke a prefix."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Membership
from gateway import tasks
from gateway.models import RollupState, UsageDay
from routing.models import PriceOverride
from tests.accounts import world
from tests.accounts.world import World
from tests.gateway.book_rows import attempt, operation, store

TEAM, ALL = "/portal/teams/acme/prompt-cache/", "/portal/organisation/prompt-cache/"
NOW = timezone.now()


@pytest.fixture
def people(db: str) -> World:
    return world.make()


def served(people: World, seconds_ago: float = 60, **more: Any) -> str:
    """A request of bob's in team acme, with its call; its id. `prompt` is what was neither read nor written."""
    usage = {"input_tokens": more.pop("prompt", 0)}
    for name in ("cache_read_tokens", "cache_write_5m_tokens", "cache_write_1h_tokens"):
        usage[name] = more.pop(name, 0)
    fields = {"session_id": more.pop("session_id", "s-1"), "passes": more.pop("passes", {})}
    bob = {"team_id": people.acme.pk, "user_id": people.users["bob"].pk, "key_id": str(people.rows["bobs"].pk)}
    moment = NOW - dt.timedelta(seconds=seconds_ago)
    call = attempt(moment, **{**bob, "account": "anth", "vendor": "anthropic", "model": "claude-x", **usage, **more})
    made = _id(moment)
    call["operation_id"] = made
    store(call, operation(call, **usage, **fields))
    return made


_count = 0


def _id(moment: dt.datetime) -> str:
    """In the order in which the requests came."""
    from gateway.chat.ids import uuid7

    global _count
    _count += 1
    return str(uuid7(int(moment.timestamp() * 1000), _count.to_bytes(10, "big")))


def test_the_money_is_what_reading_saved_and_writing_cost(people: World) -> None:
    rates = {"input": 3, "output": 15, "cache_read": Decimal("0.3")}
    writes = {"cache_write_5m": Decimal("3.75"), "cache_write_1h": 6}
    PriceOverride.objects.create(model="claude-x", **rates, **writes)
    served(people, prompt=1_000_000, cache_read_tokens=2_000_000, cache_write_5m_tokens=400_000)
    served(people, cache_write_1h_tokens=100_000)
    served(people, model="odd", prompt=500, cache_read_tokens=500)
    tasks.roll_up()
    page = people.session("alice").get(TEAM)
    known, odd = page.context["rows"]
    assert (known.model, known.prompt, known.read, known.written) == ("claude-x", 3_500_000, 2_000_000, 500_000)
    assert known.share == pytest.approx(2 / 3.5)
    assert known.saved == Decimal("5.4")  # two million at 2.70 a million less
    assert known.extra == Decimal("0.6")  # 400,000 at 0.75 more and 100,000 at 3 more
    assert (odd.model, odd.saved, odd.net) == ("odd", None, None)
    total = page.context["total"]
    assert (total.read, total.net, page.context["unpriced"]) == (2_000_500, Decimal("4.8"), 1)
    html = page.content.decode()
    assert "price unknown" in html
    assert "without 1 model of unknown price" in html


def test_a_team_pays_its_own_price_and_the_organisation_sees_both(people: World) -> None:
    same = {"model": "claude-x", "output": 1}
    PriceOverride.objects.create(input=2, cache_read=1, **same)
    PriceOverride.objects.create(team=people.acme, input=10, cache_read=1, **same)
    served(people, cache_read_tokens=1_000_000)
    served(people, cache_read_tokens=1_000_000, team_id=people.outside.pk)
    tasks.roll_up()
    (own,) = people.session("alice").get(TEAM).context["rows"]
    (both,) = people.session("root").get(ALL).context["rows"]
    assert (own.saved, own.read) == (Decimal(9), 1_000_000)
    assert (both.saved, both.read) == (Decimal(10), 2_000_000)


def test_other_days_are_not_counted(people: World) -> None:
    old = NOW - dt.timedelta(days=20)
    UsageDay.objects.create(day=old.date(), team_id=people.acme.pk, model="claude-x", cache_read_tokens=5)
    RollupState.objects.update_or_create(pk=1, defaults={"counted_to": NOW})
    alice = people.session("alice")
    assert alice.get(f"{TEAM}?period=7d").context["rows"] == []
    assert [row.read for row in alice.get(f"{TEAM}?period=30d").context["rows"]] == [5]


def broken(people: World, path: str = TEAM) -> list[str]:
    who = "alice" if path == TEAM else "root"
    return [str(one.id) for one, _ in people.session(who).get(path).context["broken"]]


def test_a_request_that_read_too_little_of_the_one_before_broke_the_prefix(people: World) -> None:
    first = served(people, 200, cache_write_5m_tokens=20_000)
    served(people, 180, cache_read_tokens=20_000, prompt=500)
    half = served(people, 160, cache_read_tokens=9_000, prompt=12_000)
    none = served(people, 140, cache_read_tokens=0, prompt=22_000)
    served(people, 120, cache_read_tokens=11_000, prompt=11_000)  # half of it and no less
    page = people.session("alice").get(TEAM)
    assert [str(one.id) for one, _ in page.context["broken"]] == [none, half]
    one, holder = page.context["broken"][1]
    assert (one.before_prompt, one.read, one.after.total_seconds(), holder) == (20_500, 9_000, 20, "bob")
    html = page.content.decode()
    assert f"/portal/explain/?request={half}" in html
    assert f"/portal/requests/{first}/" not in html
    assert broken(people, ALL) == [none, half]
    for path in (f"/portal/explain/?request={half}", f"/portal/requests/{half}/"):
        assert people.session("alice").get(path).status_code == 200


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"seconds_ago": 400}, {"seconds_ago": 60}),  # too long ago
        ({}, {"model": "claude-y"}),
        ({}, {"account": "other"}),
        ({}, {"session_id": "s-2"}),
        ({"passes": {"name": "a"}}, {"passes": {"name": "b"}}),  # a subagent of the same session
        ({"session_id": ""}, {"session_id": ""}),
        ({"prompt": 1_000}, {}),  # too short to be cached
        ({}, {"cache_read_tokens": None}),  # a provider that does not say
        ({"seconds_ago": 86_500}, {"seconds_ago": 86_450}),  # yesterday
    ],
)
def test_what_is_another_conversation_or_old_broke_nothing(
    people: World, before: dict[str, Any], after: dict[str, Any]
) -> None:
    served(people, **{"seconds_ago": 90, "prompt": 20_000, **before})
    served(people, **{"seconds_ago": 60, "prompt": 20_100, **after})
    assert broken(people) == []


def test_of_another_teams_sessions_a_lead_sees_nothing(people: World) -> None:
    outside = {"team_id": people.outside.pk, "user_id": people.users["charlie"].pk}
    for seconds in (90, 60):
        served(people, seconds, prompt=20_000, **outside)
    assert broken(people) == []
    assert len(broken(people, ALL)) == 1
    Membership.objects.create(team=people.outside, user=people.users["alice"], role="lead")
    page = people.session("alice").get("/portal/teams/outside/prompt-cache/")
    assert len(page.context["broken"]) == 1


def test_the_pages_are_found(people: World) -> None:
    root = people.session("root")
    assert TEAM in root.get("/portal/teams/acme/").content.decode()
    assert ALL in root.get("/portal/organisation/").content.decode()
