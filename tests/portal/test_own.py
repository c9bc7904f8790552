"""A developer's own pages: their keys, figures, budgets, requests; and what a lead sees of them."""

from __future__ import annotations

import datetime as dt
import html
import re
import uuid
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import ApiKey, AuditEvent, Budget, BudgetWindow, Membership, Team
from accounts.rights import live_key
from gateway import rollups
from gateway.models import Attempt, LedgerEntry, Operation
from lynkr_site.ids import uuid7
from tests.accounts import world
from tests.accounts.world import World


@pytest.fixture
def people(db: str) -> World:
    return world.make()


def served(people: World, user: str | None, team: Team, cost: str | None = "0.50", **more: Any) -> Operation:
    """A request of `user` in `team` a moment ago: the first target fails, the second serves."""
    at = timezone.now() - dt.timedelta(seconds=30)
    place = {"day": at.date(), "started_at": at, "team_id": team.pk}
    key = next((row for row in people.rows.values() if row.user == (people.users[user] if user else None)), None)
    usage = {"input_tokens": 100, "output_tokens": 20, "cache_read_tokens": 900, "cost_usd": cost and Decimal(cost)}
    operation = Operation.objects.create(
        **place, **usage, user_id=people.users[user].pk if user else None, key_id=key.pk if key else None,
        surface="anthropic", client="claude-code", requested_model="auto", tier="MEDIUM", score=44,
        reason="coding, files", decision={"mode": "auto", "targets": ["one/model-a", "two/model-b"]}, account="two",
        model="model-b", status="completed", http_status=200, attempts=2, losses=["messages[].thinking"],
        total_ms=1200, **more,
    )  # fmt: skip
    known = {"operation_id": operation.pk, "key_id": operation.key_id, "dialect": "openai_chat", "tier": "MEDIUM"}
    Attempt.objects.create(
        **place, **known, account="one", vendor="v", model="model-a", status="failed", sequence=0, upstream_status=529,
        error_message="The provider account 'one' is overloaded.",
    )  # fmt: skip
    won = Attempt.objects.create(
        **place, **known, **usage, account="two", vendor="v", model="model-b", status="settled", sequence=1,
        price_version="book 7",
    )  # fmt: skip
    LedgerEntry.objects.create(
        day=at.date(), at=at, kind="charge", attempt_id=won.pk, operation_id=operation.pk, team_id=team.pk,
        user_id=operation.user_id, key_id=operation.key_id, account="two", vendor="v", model="model-b", tier="MEDIUM",
        surface="anthropic", input_tokens=100, output_tokens=20, cache_read_tokens=900,
        amount_usd=usage["cost_usd"], price_version="book 7",
    )  # fmt: skip
    return operation


def words(answer: Any) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


def test_figures_are_ones_own_and_nobody_elses(people: World) -> None:
    served(people, "bob", people.acme, "1.25")
    served(people, "bob", people.acme, "0.50")
    served(people, "alice", people.acme, "70.00")
    rollups.roll_up()
    bob, charlie = people.session("bob").get("/portal/me/"), people.session("charlie").get("/portal/me/")
    assert "Spend $1.75" in words(bob)
    assert "70.00" not in bob.content.decode()
    assert "Requests 2 " in words(bob)
    assert "1.75" not in charlie.content.decode()


def test_an_unknown_price_is_unknown_and_not_nothing(people: World) -> None:
    """UNK-4."""
    served(people, "bob", people.acme, None)
    rollups.roll_up()
    bob = people.session("bob")
    assert "Spend unknown" in words(bob.get("/portal/me/"))
    assert "unknown" in words(bob.get("/portal/me/requests/"))


def test_what_is_left_is_said_of_ones_own_budgets_and_ones_teams(people: World) -> None:
    Budget.objects.create(team=people.outside, window="month", limit=31337)
    mine = Budget.objects.get(user=people.users["bob"])
    start = timezone.now().replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    BudgetWindow.objects.create(budget=mine, window_start=start, spent=Decimal("93.50"))
    page = people.session("bob").get("/portal/me/")
    assert "You $6.50 94 % of $100.00" in words(page)
    assert "Team acme $100.00" in words(page)
    assert "31,337" not in page.content.decode()


def test_a_key_is_made_shown_once_and_works(people: World) -> None:
    bob = people.session("bob")
    asked = {
        "act": "make",
        "name": "laptop",
        "team": "acme",
        "scopes": ["chat", "models"],
        "models": "claude-*, simple",
    }
    page = bob.post("/portal/me/keys/", {**asked, "expires": "2099-01-31"}, HTTP_HOST="lynkr.example:9000")
    text = re.search(r'id="key-text">(lyk_\w+)<', page.content.decode())[1]
    key = ApiKey.objects.get(name="laptop")
    assert live_key(text) == key
    assert (key.user, key.team, key.scopes) == (people.users["bob"], people.acme, ["chat", "models"])
    assert key.model_allowlist == ["claude-*", "simple"]
    assert key.expires_at == dt.datetime(2099, 1, 31, 23, 59, 59, tzinfo=dt.UTC)
    said = html.unescape(page.content.decode())
    assert f"export ANTHROPIC_BASE_URL=http://lynkr.example:9000\nexport ANTHROPIC_AUTH_TOKEN={text}" in said
    assert 'base_url = "http://lynkr.example:9000/v1"' in said
    assert text not in bob.get("/portal/me/keys/").content.decode()
    event = AuditEvent.objects.get(object_type="apikey", object_id=str(key.pk), action="created")
    assert (event.via, event.actor_name) == ("portal", "bob")


def test_a_key_of_all_common_scopes_is_one_without_any(people: World) -> None:
    asked = {"act": "make", "name": "all", "team": "acme", "scopes": ["chat", "embeddings", "models"]}
    people.session("bob").post("/portal/me/keys/", asked)
    assert ApiKey.objects.get(name="all").scopes == []


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"team": "outside"}, 404),
        ({"scopes": ["admin"]}, 403),
        ({"scopes": []}, 422),
        ({"name": ""}, 422),
        ({"name": "bobs"}, 422),
    ],
)
def test_nobody_makes_a_key_they_have_no_right_to(people: World, more: dict[str, Any], status: int) -> None:
    """SSO-8, SSO-10."""
    before = ApiKey.objects.count()
    asked = {"act": "make", "name": "new", "team": "acme", "scopes": ["chat"], **more}
    assert people.session("bob").post("/portal/me/keys/", asked).status_code == status
    assert ApiKey.objects.count() == before


def test_a_form_cannot_name_another_holder(people: World) -> None:
    asked = {"act": "make", "name": "sly", "team": "acme", "scopes": ["chat"], "user": "alice"}
    people.session("bob").post("/portal/me/keys/", asked)
    assert ApiKey.objects.get(name="sly").user == people.users["bob"]


def test_rotating_leaves_the_old_key_its_grace(people: World) -> None:
    Budget.objects.filter(key=people.rows["bobs"]).delete()
    page = people.session("bob").post(
        "/portal/me/keys/", {"act": "rotate", "key": str(people.rows["bobs"].pk), "grace": "3600"}
    )
    text = re.search(r'id="key-text">(lyk_\w+)<', page.content.decode())[1]
    old = ApiKey.objects.get(pk=people.rows["bobs"].pk)
    assert live_key(text) == old.replaced_by
    assert live_key(people.keys["bobs"]) == old
    assert dt.timedelta(minutes=59) < old.grace_until - timezone.now() <= dt.timedelta(hours=1)


def test_revoking_ends_a_key_at_once(people: World) -> None:
    bob = people.session("bob")
    done = bob.post("/portal/me/keys/", {"act": "revoke", "key": str(people.rows["bobs"].pk), "because": "lost"})
    assert done.status_code == 302
    assert live_key(people.keys["bobs"]) is None
    assert AuditEvent.objects.filter(action="revoked", via="portal", actor_name="bob").count() == 1
    assert "bobs" not in words(bob.get("/portal/me/keys/")).replace("bobs is revoked", "")
    assert "revoked" in words(bob.get("/portal/me/keys/?show=all"))


@pytest.mark.parametrize("act", ["revoke", "rotate"])
@pytest.mark.parametrize("whose", ["alices", "teams", "charlies"])
def test_keys_of_others_do_not_exist_on_ones_own_page(people: World, act: str, whose: str) -> None:
    """SSO-9: not even a lead's teammates': those have a page of their own."""
    for who in ("bob", "root"):
        form = {"act": act, "key": str(people.rows[whose].pk)}
        assert people.session(who).post("/portal/me/keys/", form).status_code == 404
    assert live_key(people.keys[whose]) is not None


@pytest.mark.parametrize("form", [{}, {"act": "make-it-so"}, {"act": "revoke", "key": "no id"}])
def test_a_form_of_nonsense_is_no_error_of_ours(people: World, form: dict[str, str]) -> None:
    assert people.session("bob").post("/portal/me/keys/", form).status_code == 404


def test_a_request_tells_what_was_tried_and_what_was_lost(people: World) -> None:
    operation = served(people, "bob", people.acme, "0.1234567")
    page = words(people.session("bob").get(f"/portal/requests/{operation.pk}/"))
    for told in (
        "scored by how hard it is", "44 of 100", "coding, files", "one/model-a failed HTTP 529",
        "The provider account 'one' is overloaded.", "two/model-b served", "0.1234567 USD", "book 7",
        "messages[].thinking", f"req_{operation.pk.hex}", "900 read from the provider's cache", "1.2 s",
    ):  # fmt: skip
        assert told in page, told


def test_a_request_that_no_model_saw_says_so(people: World) -> None:
    operation = served(people, "bob", people.acme, "0")
    Attempt.objects.filter(operation_id=operation.pk).delete()
    Operation.objects.filter(pk=operation.pk).update(
        decision={"mode": "here", "targets": []}, reason="answered here: title", tier="", model="", account=""
    )
    bob = people.session("bob")
    page = words(bob.get(f"/portal/requests/{operation.pk}/"))
    for told in ("answered without a model", "answered here: title", "No provider was called."):
        assert told in page, told
    assert str(operation.pk) in bob.get("/portal/me/requests/").content.decode()


def test_a_request_is_seen_by_its_maker_its_teams_leads_and_administrators(people: World) -> None:
    """SSO-9: of the others nobody can tell it from one that never was."""
    paths = {
        "bob": f"/portal/requests/{served(people, 'bob', people.acme).pk}/",
        "alice": f"/portal/requests/{served(people, 'alice', people.acme).pk}/",
        "charlie": f"/portal/requests/{served(people, 'charlie', people.outside).pk}/",
    }
    seen = {
        who: {maker for maker, path in paths.items() if people.session(who).get(path).status_code == 200}
        for who in ("bob", "alice", "charlie", "root")
    }
    assert seen == {
        "bob": {"bob"}, "alice": {"alice", "bob"}, "charlie": {"charlie"}, "root": {"bob", "alice", "charlie"},
    }  # fmt: skip
    bob = people.session("bob")
    never = f"/portal/requests/{uuid7()}/"
    other = words(bob.get(paths["alice"]))
    assert other == words(bob.get(never)) == words(bob.get(f"/portal/requests/{uuid.uuid4()}/"))
    assert bob.get(f"/portal/requests/{uuid.UUID(int=(2**48 - 1) << 80 | 7 << 76 | 2 << 62)}/").status_code == 404


def test_a_lead_sees_a_members_requests_only_as_their_teams(people: World) -> None:
    Membership.objects.create(team=people.outside, user=people.users["bob"])
    here, elsewhere = served(people, "bob", people.acme), served(people, "bob", people.outside)
    alice = people.session("alice")
    listed = alice.get("/portal/teams/acme/requests/?user=bob").content.decode()
    assert str(here.pk) in listed
    assert str(elsewhere.pk) not in listed
    assert alice.get(f"/portal/requests/{elsewhere.pk}/").status_code == 404
    assert alice.get("/portal/teams/outside/requests/").status_code == 404
    assert alice.get("/portal/teams/acme/requests/?user=charlie").status_code == 404
    assert people.session("bob").get("/portal/teams/acme/requests/").status_code == 404
    both = people.session("bob").get("/portal/me/requests/").content.decode()
    assert str(here.pk) in both
    assert str(elsewhere.pk) in both


def test_requests_come_by_pages_each_once(people: World) -> None:
    made = [served(people, "bob", people.acme) for _ in range(53)]
    bob, found, path = people.session("bob"), [], "/portal/me/requests/"
    while path:
        page = bob.get(path).content.decode()
        found += re.findall(r"/portal/requests/([0-9a-f-]{36})/", page)
        older = re.search(r'href="(\?before=[^"]+)"', page)
        path = f"/portal/me/requests/{html.unescape(older[1])}" if older else ""
    assert found == [str(row.pk) for row in reversed(made)]
    assert bob.get("/portal/me/requests/?before=nonsense").status_code == 404


def test_a_page_of_requests_reads_by_an_index(people: World) -> None:
    """LOG-4: whoever has made millions of requests."""
    from gateway.reports import Scope, recent_statement

    statement, values = recent_statement(Scope(user_id=people.users["bob"].pk), uuid7(), 50)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {statement}", values)
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "user_id" in plan
    assert "Index" in plan


def test_the_lines_to_paste_are_those_of_the_documentation(people: World) -> None:
    from gateway.portal import setups
    from lynkr_site.env import REPOSITORY

    page = (REPOSITORY / "docs" / "clients.md").read_text()
    found = {one.word: one for one in setups.setups("http://host:8081", "lyk_…")}
    codex = next(block.text for block in found["codex"].blocks if "toml" in block.where)
    documented = "\n".join(line.strip() for line in page.splitlines())
    assert "\n".join(line for line in codex.splitlines() if line) in documented
    shell = found["claude-code"].blocks[0].text
    assert all(line.removeprefix("export ") in page for line in shell.splitlines())
    said = " ".join(people.session("bob").get("/portal/me/setup/").content.decode().split())
    assert all(one.title in said for one in found.values())
    assert "lyk_your_key" in said


def test_somebody_without_a_team_is_told_what_to_do(people: World) -> None:
    Membership.objects.filter(user=people.users["bob"]).delete()
    bob = people.session("bob")
    assert "Start with a key" not in words(bob.get("/portal/me/")) or "You are in no team" in words(
        bob.get("/portal/me/keys/")
    )
    assert "blocked" in words(bob.get("/portal/me/keys/"))


def test_strangers_see_nothing(people: World) -> None:
    for path in ("me/", "me/keys/", "me/requests/", "me/setup/", f"requests/{uuid7()}/", "teams/acme/requests/"):
        assert Client().get(f"/portal/{path}").status_code == 302
