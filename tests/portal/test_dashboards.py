"""Dashboards: who sees which, that the figures are the ledger's to the last digit, and that they cost few queries."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
import uuid
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import ApiKey, Budget, BudgetIncrease, BudgetWindow, Membership, Team, User
from gateway import partitions, reports, tasks
from gateway.models import UsageDay
from tests.accounts import world
from tests.accounts.world import World
from tests.gateway.book_rows import served, store
from tests.portal import traffic

TODAY = partitions.today()
DASHBOARDS = ("/portal/teams/acme/", "/portal/teams/acme/usage.csv")
OF_LEADS = (
    *DASHBOARDS,
    "/portal/teams/acme/prompt-cache/",
    "/portal/teams/acme/members/",
    "/portal/teams/acme/keys/",
    "/portal/teams/acme/budgets/",
)
OF_ADMINISTRATORS = ("/portal/organisation/", "/portal/organisation/prompt-cache/", "/portal/organisation/usage.csv")


@pytest.fixture
def people(db: str) -> World:
    return world.make()


def _status(browser: Client, path: str) -> int:
    answer = browser.get(path)
    if answer.streaming:
        b"".join(answer)  # type: ignore[arg-type]
    return answer.status_code


@pytest.mark.parametrize("path", OF_LEADS)
def test_a_teams_pages_are_its_leads_and_administrators_and_nobody_elses(people: World, path: str) -> None:
    """SSO-9: not yours is 404, for a member of the team as for the lead of another."""
    statuses = {name: _status(people.session(name), path) for name in ("root", "alice", "bob", "charlie")}
    assert statuses == {"root": 200, "alice": 200, "bob": 404, "charlie": 404}
    assert _status(Client(), path) == 302


@pytest.mark.parametrize("path", OF_ADMINISTRATORS)
def test_the_organisations_pages_are_the_administrators(people: World, path: str) -> None:
    statuses = {name: _status(people.session(name), path) for name in ("root", "alice", "bob", "charlie")}
    assert statuses == {"root": 200, "alice": 404, "bob": 404, "charlie": 404}


def test_a_lead_lists_the_teams_they_lead_and_no_other(people: World) -> None:
    Team.objects.create(slug="third")
    Membership.objects.create(team=people.outside, user=people.users["alice"], role="member")
    html = people.session("alice").get("/portal/teams/").content.decode()
    assert re.findall(r"/portal/teams/([\w-]+)/", html) == ["acme"]
    root = people.session("root").get("/portal/teams/").content.decode()
    assert re.findall(r"/portal/teams/([\w-]+)/", root) == ["acme", "outside", "third"]


def test_a_closed_teams_lead_sees_it_no_more(people: World) -> None:
    Team.objects.filter(slug="acme").update(is_active=False)
    assert _status(people.session("alice"), "/portal/teams/acme/") == 404
    assert _status(people.session("root"), "/portal/teams/acme/") == 200


def _spend(people: World) -> None:
    """Three requests of acme (one of unknown price, one of the team's own key), one of outside."""
    bob, key = people.users["bob"].pk, str(people.rows["bobs"].pk)
    acme = {"team_id": people.acme.pk, "user_id": bob, "key_id": key}
    store(*served(**acme, cost_usd="0.1234567891", cache_read_tokens=30, model="claude-x", account="anth"))
    store(*served(**acme, cost_usd=None, model="odd"))
    store(*served(**{**acme, "user_id": None, "key_id": str(people.rows["teams"].pk)}, cost_usd="2.5", model="=cmd()"))
    other = {
        "team_id": people.outside.pk,
        "user_id": people.users["charlie"].pk,
        "key_id": str(people.rows["charlies"].pk),
    }
    store(*served(**other, cost_usd="100"))
    tasks.roll_up()


def _ledger(*team_ids: int) -> tuple[Decimal, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(amount_usd), 0), count(*) FILTER (WHERE amount_usd IS NULL) FROM gateway_ledgerentry "
            "WHERE team_id = ANY(%s)",
            [list(team_ids)],
        )
        found: tuple[Decimal, int] = cursor.fetchone()
        return found


def test_the_figures_of_a_page_are_the_sums_of_the_ledger(people: World) -> None:
    _spend(people)
    amount, unknown = _ledger(people.acme.pk)
    page = people.session("alice").get("/portal/teams/acme/")
    assert page.context["total"].cost_usd == amount == Decimal("2.6234567891")
    assert page.context["total"].unpriced_attempts == unknown == 1
    html = page.content.decode()
    assert "2.6234567891 USD" in html
    assert "$2.62" in html
    assert "100" not in re.findall(r"\$([\d.]+)", html), "nothing of another team"
    whole = people.session("root").get("/portal/organisation/").context["total"]
    assert (whole.cost_usd, whole.unpriced_attempts) == _ledger(people.acme.pk, people.outside.pk)


@pytest.mark.parametrize(
    "by", ["model", "provider", "tier", "user", "key", "surface", "team", "cost_centre", "nonsense"]
)
def test_however_the_figures_are_cut_table_chart_and_csv_add_up(people: World, by: str) -> None:
    _spend(people)
    root = people.session("root")
    page = root.get(f"/portal/organisation/?by={by}")
    rows = page.context["table"].rows
    assert sum(row.totals.cost_usd for row in rows) == Decimal("102.6234567891")
    assert sum(row.totals.operations for row in rows) == 4
    chart = page.context["figures"].chart
    assert sum(sum(one["cost"]) for one in chart["series"]) == pytest.approx(102.6234567891)
    assert sum(sum(one["requests"]) for one in chart["series"]) == 4
    lines = _csv(root, f"/portal/organisation/usage.csv?by={by}")
    assert sum(Decimal(line["cost_usd"]) for line in lines) == Decimal("102.6234567891")
    assert sum(int(line["unpriced_attempts"]) for line in lines) == 1


def test_a_chart_of_many_values_ends_in_the_rest_and_loses_nothing(people: World) -> None:
    for number in range(12):
        store(*served(team_id=people.acme.pk, model=f"model-{number:02}", cost_usd=f"0.{number + 1:02}"))
    tasks.roll_up()
    chart = people.session("alice").get("/portal/teams/acme/").context["figures"].chart
    assert [one["name"] for one in chart["series"]] == [f"model-{n:02}" for n in range(11, 4, -1)] + ["5 others"]
    assert sum(sum(one["cost"]) for one in chart["series"]) == pytest.approx(0.78)


def _csv(browser: Client, path: str) -> list[dict[str, str]]:
    answer = browser.get(path)
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    text = b"".join(answer).decode()  # type: ignore[arg-type]
    return list(csv.DictReader(io.StringIO(text)))


def test_the_csv_names_people_and_keys_and_holds_no_formula(people: World) -> None:
    _spend(people)
    ApiKey.objects.filter(name="bobs").update(name="@evil")
    alice = people.session("alice")
    assert {line["model"] for line in _csv(alice, "/portal/teams/acme/usage.csv")} == {"claude-x", "odd", "'=cmd()"}
    users = _csv(alice, "/portal/teams/acme/usage.csv?by=user")
    assert {(line["user"], line["day"]) for line in users} == {("bob", str(TODAY)), ("(no person)", str(TODAY))}
    keys = _csv(alice, "/portal/teams/acme/usage.csv?by=key")
    assert {line["key"] for line in keys} == {"'@evil", "teams"}
    assert {line["key_prefix"] for line in keys} == {people.rows["bobs"].prefix, people.rows["teams"].prefix}


def test_the_csv_has_one_header_and_every_day_of_a_long_period(people: World) -> None:
    UsageDay.objects.bulk_create(
        UsageDay(day=TODAY - dt.timedelta(days=n), team_id=people.acme.pk, model="m", operations=1, cost_usd=1)
        for n in range(90)
    )
    lines = _csv(people.session("alice"), "/portal/teams/acme/usage.csv?period=90d")
    assert [line["day"] for line in lines] == sorted(str(TODAY - dt.timedelta(days=n)) for n in range(90))


def test_periods_are_as_asked_and_what_makes_no_sense_is_said(people: World) -> None:
    alice = people.session("alice")

    def shown(query: str) -> Any:
        return alice.get(f"/portal/teams/acme/{query}").context["period"]

    assert (shown("").days, shown("?period=7d").days, shown("?period=90d").days) == (30, 7, 90)
    assert shown("?period=month").first == TODAY.replace(day=1)
    own = shown("?period=custom&from=2026-01-30&to=2026-02-02")
    assert (str(own.first), str(own.last), own.before) == (
        "2026-01-30",
        "2026-02-02",
        (dt.date(2026, 1, 26), dt.date(2026, 1, 29)),
    )
    for wrong in (
        "from=2026-02-02&to=2026-01-30",
        "from=x&to=y",
        "from=2020-01-01&to=2026-01-01",
        "from=0001-01-01&to=0001-01-02",
    ):
        assert shown(f"?period=custom&{wrong}").problem
        assert shown(f"?period=custom&{wrong}").days == 30
    assert (
        "must not be after"
        in alice.get("/portal/teams/acme/?period=custom&from=2026-02-02&to=2026-01-30").content.decode()
    )


def test_the_table_is_ordered_as_the_address_says(people: World) -> None:
    _spend(people)
    alice = people.session("alice")

    def names(query: str) -> list[str]:
        return [row.name.text for row in alice.get(f"/portal/teams/acme/?{query}").context["table"].rows]

    assert names("") == ["=cmd()", "claude-x", "odd"]
    assert names("sort=cost&up=1") == ["odd", "claude-x", "=cmd()"]
    assert names("sort=name") == ["=cmd()", "claude-x", "odd"]
    assert names("sort=name&up=0") == ["odd", "claude-x", "=cmd()"]
    assert names("sort=rubbish") == ["=cmd()", "claude-x", "odd"]


def test_an_unknown_price_is_not_written_as_nothing(people: World) -> None:
    _spend(people)
    html = people.session("alice").get("/portal/teams/acme/").content.decode()
    row = html[html.index('title="odd"') :]
    assert ">unknown</span>" in row[: row.index("</tr>")]


def test_pages_without_use_say_what_to_do(people: World) -> None:
    html = people.session("charlie").get("/portal/teams/outside/").content.decode()
    assert "No requests in these days" in html
    assert "As soon as a key of this team is used" in html
    assert "No budget" in html


def test_names_of_people_and_models_cannot_break_the_page(people: World) -> None:
    evil = "</script><img src=x onerror=alert(1)>"
    store(*served(team_id=people.acme.pk, model=evil, cost_usd="1"))
    tasks.roll_up()
    html = people.session("alice").get("/portal/teams/acme/").content.decode()
    assert evil not in html
    assert "&lt;/script&gt;" in html


def test_a_page_asks_the_database_as_often_for_much_as_for_little(people: World) -> None:
    """LOG-4: no query a row."""
    paths = (
        "/portal/teams/", "/portal/teams/acme/", "/portal/teams/acme/?by=user", "/portal/teams/acme/?by=key",
        "/portal/organisation/?by=cost_centre", "/portal/organisation/", "/portal/teams/acme/members/",
        "/portal/teams/acme/keys/", "/portal/teams/acme/budgets/",
    )  # fmt: skip
    root = people.session("root")
    few = [_queries(root, path) for path in paths]
    traffic.fill(people, days=5)
    many = [_queries(root, path) for path in paths]
    assert max(many) <= 20
    for path, before, after in zip(paths, few, many, strict=True):
        assert after <= before + 4, path  # names to look up and budgets to draw, once there are any
    for number in range(20):
        user = User.objects.create_user(f"more-{number}")
        Membership.objects.create(team=people.acme, user=user)
        key = people.key(f"more-{number}", people.acme, None)
        Budget.objects.create(key=key, window="day", limit=5)
        UsageDay.objects.create(
            day=TODAY, team_id=people.acme.pk, user_id=user.pk, key_id=key.pk, model=f"m{number}", operations=1
        )
    assert [_queries(root, path) for path in paths] == many


def _queries(browser: Client, path: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert browser.get(path).status_code == 200
    return len(seen)


def test_pages_read_the_roll_ups_and_not_the_ledger(people: World) -> None:
    _spend(people)
    root = people.session("root")
    with CaptureQueriesContext(connection) as seen:
        for path in ("/portal/teams/", "/portal/teams/acme/", "/portal/organisation/", "/portal/organisation/?by=user"):
            root.get(path)
    for query in seen.captured_queries:
        assert not re.search(r"gateway_(operation|attempt|ledgerentry)", query["sql"]), query["sql"]


def _budget(people: World, spent: str, **more: Any) -> Budget:
    from accounts.windows import Window, span

    Budget.objects.all().delete()
    row = Budget.objects.create(team=people.acme, window="month", **{"limit": 100, **more})
    when = span(Window(row.window, row.rolling, row.time_zone), timezone.now())
    BudgetWindow.objects.create(budget=row, window_start=when.start, spent=Decimal(spent), leased=1)
    return row


def test_a_budget_shows_what_is_left_its_increase_and_where_it_goes(people: World) -> None:
    row = _budget(people, "60", soft_limit=50)
    BudgetIncrease.objects.create(budget=row, amount=20, expires_at=timezone.now() + dt.timedelta(days=1))
    BudgetIncrease.objects.create(budget=row, amount=500, expires_at=timezone.now() - dt.timedelta(days=1))
    page = people.session("alice").get("/portal/teams/acme/")
    (burn,) = page.context["burns"]
    assert (burn.limit, burn.soft, burn.spent, burn.left, burn.leased) == (120, 70, 60, 60, 1)
    assert "$20.00 of temporary increase" in page.content.decode()
    curve = page.context["burn_charts"]["burn-0"]
    assert curve["points"][0][1] == 120
    assert curve["points"][-1][1] == 60
    assert json.loads(json.dumps(curve)) == curve


def test_a_forecast_is_linear_and_names_the_moment_the_limit_is_reached(people: World) -> None:
    from gateway.portal import burning

    row = _budget(people, "60")
    middle = dt.datetime(2026, 4, 16, tzinfo=dt.UTC)  # half of April
    BudgetWindow.objects.update(window_start=dt.datetime(2026, 4, 1, tzinfo=dt.UTC))
    (burn,) = burning.burns([row], middle)
    assert burn.at_end == pytest.approx(Decimal(120))
    assert burn.empty_at == dt.datetime(2026, 4, 26, tzinfo=dt.UTC)
    assert burn.level == "warn"
    (early,) = burning.burns([row], dt.datetime(2026, 4, 1, 3, tzinfo=dt.UTC))
    assert (early.at_end, early.empty_at) == (None, None)
    BudgetWindow.objects.update(spent=40)
    (calm,) = burning.burns([row], middle)
    assert (calm.at_end, calm.empty_at, calm.level) == (Decimal(80), None, "good")
    BudgetWindow.objects.update(spent=101)
    (over,) = burning.burns([row], middle)
    assert (over.level, over.over, over.empty_at) == ("bad", 1, None)


def test_money_of_an_earlier_window_is_not_counted(people: World) -> None:
    row = _budget(people, "10")
    BudgetWindow.objects.create(budget=row, window_start=timezone.now() - dt.timedelta(days=70), spent=99)
    assert people.session("alice").get("/portal/teams/acme/").context["burns"][0].spent == 10


def test_each_budget_counts_its_own_window_beside_longer_ones(people: World) -> None:
    from gateway.portal import burning

    month = _budget(people, "0")
    day = Budget.objects.create(team=people.acme, window="day", limit=9)
    rolling = Budget.objects.create(team=people.acme, window="week", rolling=True, limit=9)
    BudgetWindow.objects.all().delete()
    for row, number, spent in (
        (month, 1, 50),
        (day, 15, 7),
        (day, 16, 3),
        (rolling, 9, 9),
        (rolling, 10, 2),
        (rolling, 16, 1),
    ):
        BudgetWindow.objects.create(budget=row, window_start=dt.datetime(2026, 4, number, tzinfo=dt.UTC), spent=spent)
    found = burning.burns([month, day, rolling], dt.datetime(2026, 4, 16, 12, tzinfo=dt.UTC))
    assert [burn.spent for burn in found] == [50, 3, 3]


def test_the_curve_of_a_budget_for_some_models_counts_only_those(people: World) -> None:
    _spend(people)
    _budget(people, "0.1234567891", model_pattern="claude-*")
    page = people.session("alice").get("/portal/teams/acme/")
    assert min(left for _, left in page.context["burn_charts"]["burn-0"]["points"]) >= 99.8


def test_what_was_deleted_keeps_its_costs_under_its_number(people: World) -> None:
    _spend(people)
    people.users["bob"].delete()
    rows = people.session("alice").get("/portal/teams/acme/?by=user").context["table"].rows
    assert [(row.name.text, row.name.detail) for row in rows][1][1] == "deleted"
    assert (
        sum(row.totals.cost_usd for row in rows)
        == reports.total(TODAY, TODAY, reports.Scope((people.acme.pk,))).cost_usd
    )


def test_a_name_is_found_for_whatever_the_reports_hold(db: str) -> None:
    from gateway.portal.naming import NO_KEY, names

    assert names("key", [NO_KEY])[NO_KEY].text == "(no key)"
    gone = uuid.uuid4()
    assert names("key", [gone])[gone].detail == "deleted"
    assert names("tier", [""])[""].text == "(no tier)"
    assert names("team", [0, 99])[0].text == "(no team)"
