"""News of budgets, their pages and their place in the configuration file."""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
import yaml
from django.core import mail
from django.test import Client, override_settings
from django.utils import timezone

from accounts.models import ApiKey, Budget, BudgetWindow, NotificationChannel, Team, User
from accounts.windows import Window, span, window_start
from gateway import secrets, tasks
from gateway.configuration.exporting import tree
from gateway.configuration.loading import load
from gateway.configuration.nodes import Invalid
from gateway.configuration.writing import apply

LOCMEM = "django.core.mail.backends.locmem.EmailBackend"


@pytest.fixture
def budget(db: str) -> Budget:
    made = Budget.objects.create(team=Team.objects.create(slug="acme"), window="month", limit=100, soft_limit=60)
    BudgetWindow.objects.create(budget=made, window_start=window_start(Window("month"), timezone.now()))
    return made


@pytest.fixture
def webhook() -> Iterator[tuple[str, list[Any]]]:
    got: list[Any] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(500 if len(got) == 1 else 200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            return

    with HTTPServer(("127.0.0.1", 0), Hook) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/secret-path", got
        server.shutdown()


def spend(amount: int) -> int:
    BudgetWindow.objects.update(spent=amount)
    return tasks.tell_of_budgets()


@override_settings(EMAIL_BACKEND=LOCMEM)
def test_people_are_told_at_each_mark_once_a_window(budget: Budget) -> None:
    mail.outbox = []
    NotificationChannel.objects.create(team=budget.team, kind="email", addresses="lead@acme.example, cfo@acme.example")
    NotificationChannel.objects.create(team=Team.objects.create(slug="other"), kind="email", addresses="x@y.example")
    assert [spend(amount) for amount in (49, 50, 51, 60, 79, 85, 85, 120, 150)] == [0, 1, 0, 1, 0, 1, 0, 1, 0]
    assert [one.to for one in mail.outbox] == [["lead@acme.example", "cfo@acme.example"]] * 4
    assert "month budget of team acme" in str(mail.outbox[0].body)
    assert "120.00 of 100.00 USD" in str(mail.outbox[3].body)


def test_a_webhook_gets_text_and_is_tried_again_when_it_fails(budget: Budget, webhook: tuple[str, list[Any]]) -> None:
    """The address is sealed."""
    url, got = webhook
    NotificationChannel.objects.create(kind="webhook", sealed_url=secrets.seal(url))
    assert [spend(55), spend(55), spend(55)] == [0, 1, 0]
    assert [list(one) for one in got] == [["text"], ["text"]]
    assert "50 % reached" in got[1]["text"]


@override_settings(EMAIL_BACKEND=LOCMEM)
def test_the_name_of_a_key_writes_nothing_into_the_news(db: str, webhook: tuple[str, list[Any]]) -> None:
    """Any member names keys: no mention of everybody, no link behind other words, no paragraph of its own."""
    url, got = webhook
    mail.outbox = []
    team = Team.objects.create(slug="acme")
    key, _ = ApiKey.mint(team=team, name="<!channel> <https://x.example|Sign in>&\r\n\r\nSign in")
    key.save()
    made = Budget.objects.create(key=key, window="month", limit=100)
    BudgetWindow.objects.create(budget=made, window_start=window_start(Window("month"), timezone.now()))
    NotificationChannel.objects.create(kind="webhook", sealed_url=secrets.seal(url))
    NotificationChannel.objects.create(kind="email", addresses="lead@acme.example")
    spend(60)
    assert "&lt;!channel&gt; &lt;https://x.example|Sign in&gt;&amp; " in got[0]["text"]
    assert len(str(mail.outbox[0].body).splitlines()) == 1


def test_the_pages_of_budgets_and_channels_work(budget: Budget) -> None:
    User.objects.create_superuser("root", password="x")
    client = Client()
    client.login(username="root", password="x")
    assert client.get("/admin/accounts/budget/").status_code == 200
    assert client.get(f"/admin/accounts/budget/{budget.pk}/change/").status_code == 200
    inline = {f"increases-{name}": "0" for name in ("TOTAL_FORMS", "INITIAL_FORMS", "MIN_NUM_FORMS", "MAX_NUM_FORMS")}
    new = {"window": "day", "limit": "5", "time_zone": "Mars/Base", "soft_action": "cap_tier", "is_active": "on"}
    refused = client.post("/admin/accounts/budget/add/", {**new, **inline})
    assert refused.status_code == 200
    for problem in ("No IANA time zone", "Must be SIMPLE, MEDIUM or COMPLEX", "Is required to cap the tier"):
        assert problem in refused.text
    more = {
        "increases-TOTAL_FORMS": "1",
        "increases-0-amount": "7",
        "increases-0-expires_at_0": "2030-01-01",
        "increases-0-expires_at_1": "00:00",
    }
    taken = client.post(
        f"/admin/accounts/budget/{budget.pk}/change/",
        {"limit": "90", "soft_action": "notify", "window": "day", "is_active": "on", **inline, **more},
    )
    assert taken.status_code == 302
    budget.refresh_from_db()
    assert (budget.window, budget.limit, budget.increases.get().author.username) == ("month", 90, "root")  # type: ignore[union-attr]
    page = "/admin/accounts/notificationchannel/"
    assert client.post(f"{page}add/", {"kind": "webhook", "enabled": "on"}).status_code == 200
    url = "https://hooks.example/T000/very-secret"
    assert client.post(f"{page}add/", {"kind": "webhook", "enabled": "on", "url": url}).status_code == 302
    channel = NotificationChannel.objects.get()
    assert secrets.open_sealed(channel.sealed_url or b"") == url
    assert "very-secret" not in client.get(f"{page}{channel.pk}/change/").text + client.get(page).text


FILE = {
    "teams": [
        {
            "slug": "acme",
            "budgets": [
                {"window": "day", "limit": 5, "rolling": True},
                {"window": "month", "limit": 100, "soft": 80},
                {
                    "window": "month", "limit": 50, "soft": 40, "models": "claude-*", "time_zone": "Europe/Berlin",
                    "soft_action": "cap_tier", "cap_tier": "MEDIUM",
                },
            ],
        }
    ]
}  # fmt: skip


def test_budgets_go_to_a_file_and_come_back(db: str) -> None:
    apply(load(yaml.safe_dump(FILE)))
    exported = yaml.safe_load(yaml.safe_dump(json.loads(json.dumps(tree()["teams"], default=float))))
    assert exported[0]["budgets"] == FILE["teams"][0]["budgets"]
    ids = set(Budget.objects.values_list("id", flat=True))
    apply(load(yaml.safe_dump(FILE)))
    assert set(Budget.objects.values_list("id", flat=True)) == ids


@pytest.mark.parametrize(
    ("more", "where"),
    [
        ({"time_zone": "Mars/Base"}, "time_zone"),
        ({"soft_action": "cap_tier"}, "cap_tier"),
        ({"cap_tier": "MEDIUM"}, "cap_tier"),
        ({"limit": ".nan"}, "limit"),
        ({"limits": 5}, "limits"),
    ],
)
def test_a_budget_that_would_not_work_is_refused(db: str, more: dict[str, Any], where: str) -> None:
    """BUD-9, RST-6."""
    with pytest.raises(Invalid, match=where):
        apply(load(yaml.safe_dump({"teams": [{"slug": "acme", "budgets": [{"window": "day", "limit": 5, **more}]}]})))


def test_another_window_is_another_budget_that_starts_at_nothing(budget: Budget) -> None:
    """RST-4."""
    BudgetWindow.objects.update(spent=99)
    apply(load(yaml.safe_dump({"teams": [{"slug": "acme", "budgets": [{"window": "week", "limit": 100}]}]})))
    week = Budget.objects.get(window="week")
    assert not week.windows.exists()
    assert week.created_at > timezone.now() - dt.timedelta(minutes=1)


def test_calendar_alignment_does_not_cut_the_open_window(budget: Budget) -> None:
    """RST-7: an aligned budget is another one; what was spent of the rolling one counts on to its end."""
    entity = {"slug": "acme", "budgets": [{"window": "day", "rolling": True, "limit": 100}]}
    apply(load(yaml.safe_dump({"teams": [entity]})))
    rolling = Budget.objects.get(window="day", rolling=True)
    now = timezone.now()
    step = span(Window("day", True), now).start
    BudgetWindow.objects.create(budget=rolling, window_start=step - dt.timedelta(hours=20), spent=40)
    BudgetWindow.objects.create(budget=rolling, window_start=step, spent=2)
    entity["budgets"] = [{"window": "day", "rolling": False, "limit": 100}]
    apply(load(yaml.safe_dump({"teams": [entity]})))
    aligned = Budget.objects.get(window="day", rolling=False)
    assert aligned.pk != rolling.pk
    assert not aligned.windows.exists()
    rolling.refresh_from_db()
    assert rolling.rolling
    counted = span(Window("day", True), now)
    rows = rolling.windows.filter(window_start__range=(counted.since, counted.start))
    assert sum(row.spent for row in rows) == 42
    following = (now + dt.timedelta(days=1)).astimezone(dt.UTC).date()
    assert span(Window("day", False), now).end == dt.datetime.combine(following, dt.time(), dt.UTC)
