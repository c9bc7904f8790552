"""Every change leaves an event with who, through what, before and after; and no event holds a secret."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from accounts import audit
from accounts.models import ApiKey, AuditEvent, Budget, GroupMapping, Membership, NotificationChannel, Team, User
from gateway.models import ProviderAccount, ProviderSecret
from routing.models import PriceOverride
from tests.accounts import world as worlds
from tests.accounts.world import World, call
from tests.gateway import small_world


@pytest.fixture
def world(db: str) -> World:
    return worlds.make()


def last(object_type: str) -> AuditEvent:
    found = AuditEvent.objects.filter(object_type=object_type).first()
    assert found is not None, f"no event of {object_type}"
    return found


def test_a_change_names_actor_way_before_and_after(world: World) -> None:
    call(world.session("root"), "PATCH", "/teams/acme", {"cost_center": "4711"})
    event = last("team")
    assert (event.actor, event.actor_name, event.via, event.action) == (world.users["root"], "root", "api", "changed")
    assert (event.before, event.after, event.team) == ({"cost_center": ""}, {"cost_center": "4711"}, world.acme)


def test_the_admin_and_a_team_key_are_told_apart(world: World) -> None:
    root = world.session("root")
    form = {"slug": "new", "name": "New", "is_active": "on", "cost_center": ""}
    form |= {f"memberships-{word}_FORMS": "0" for word in ("TOTAL", "INITIAL")}
    assert root.post(reverse("admin:accounts_team_add"), form).status_code == 302
    assert (last("team").via, last("team").actor_name, last("team").action) == ("admin", "root", "created")
    world.key("own", world.acme, None, scopes=["admin"])
    headers = {"authorization": f"Bearer {world.keys['own']}"}
    assert call(Client(), "PATCH", "/teams/acme", {"name": "A"}, **headers).status_code == 200
    assert last("team").actor is None
    assert last("team").actor_name == f"key {world.rows['own'].prefix}"


def test_apply_says_so_and_a_dry_run_leaves_nothing(db: str) -> None:
    from gateway.configuration.writing import apply

    apply(small_world.TREE, dry_run=True)
    assert not AuditEvent.objects.exists()
    small_world.make()
    assert set(AuditEvent.objects.values_list("via", flat=True)) == {"apply"}
    kinds = set(AuditEvent.objects.values_list("object_type", flat=True))
    assert {"team", "user", "membership", "apikey", "provideraccount", "providersecret", "tiermapversion"} <= kinds


def test_what_is_undone_leaves_no_event(world: World) -> None:
    count = AuditEvent.objects.count()
    with transaction.atomic():
        Team.objects.create(slug="never")
        transaction.set_rollback(True)
    assert AuditEvent.objects.count() == count


def test_words_for_what_matters_most(world: World) -> None:
    root = world.session("root")
    call(root, "POST", f"/keys/{world.rows['bobs'].pk}/revoke", {"because": "lost"})
    assert (last("apikey").action, last("apikey").after["revoked_because"]) == ("revoked", "lost")  # type: ignore[index]
    call(root, "PATCH", f"/users/{world.users['bob'].pk}", {"is_active": False})
    assert last("user").action == "blocked"
    call(root, "DELETE", "/teams/acme/members/robot")
    assert (last("membership").action, last("membership").team) == ("deleted", world.acme)


def test_a_deleted_user_and_team_leave_their_events(world: World) -> None:
    with audit.as_actor("api", world.users["bob"]):
        Team.objects.create(slug="bobs-idea")
    world.users["bob"].delete()
    world.acme.delete()
    assert AuditEvent.objects.filter(action="deleted", object_type="apikey", object_name__startswith="bobs").exists()
    assert AuditEvent.objects.filter(action="deleted", object_type="team", object_name="acme", team=None).exists()
    assert AuditEvent.objects.filter(actor=None, actor_name="bob").exists()


def test_a_sign_in_is_no_change(world: World) -> None:
    count = AuditEvent.objects.count()
    world.session("bob")
    assert AuditEvent.objects.count() == count


def test_no_secret_gets_into_an_event(world: World) -> None:
    """LEK: passwords, digests, sealed secrets, webhooks' addresses, credentials in options; each only says "changed"."""
    canary = "canary-0123456789"
    bob = world.users["bob"]
    bob.set_password(canary)
    bob.save()
    assert last("user").after == {"password": "changed"}
    account = ProviderAccount.objects.create(name="p", vendor="openai", options={"api_key": canary, "region": "eu"})
    assert last("provideraccount").after["options"] == {"api_key": "(hidden)", "region": "eu"}  # type: ignore[index]
    account.options = {"api_key": canary + "2", "region": "eu"}
    account.save()
    assert last("provideraccount").after == {"options": "changed"}
    secret = ProviderSecret(account=account)
    secret.seal(canary)
    secret.save()
    secret.seal(canary + "3")
    secret.save()
    assert last("providersecret").after == {"sealed": "changed"}
    NotificationChannel.objects.create(kind="webhook", sealed_url=canary.encode(), hint=canary)
    ApiKey.objects.filter(name="bobs").first().delete()  # type: ignore[union-attr]
    GroupMapping.objects.create(group="g")
    PriceOverride.objects.create(model="m", input=1, output=1)
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(row::text, ' ') FROM accounts_auditevent row")
        everything = cursor.fetchone()[0]
    digests = [bytes(row.digest).hex() for row in ApiKey.objects.all()]
    for word in (canary, canary[-4:] + '"', "pbkdf2", "digest", *world.keys.values(), *digests):
        assert word not in everything, word


def test_what_is_audited_exists() -> None:
    for label in audit.AUDITED:
        apps.get_model(label)


def test_who_may_use_a_provider_account_is_audited_from_both_sides(world: World) -> None:
    account = ProviderAccount.objects.create(name="p", vendor="openai")
    account.teams.set([world.acme])
    assert (last("provideraccount").before, last("provideraccount").after) == ({"teams": []}, {"teams": ["acme"]})
    world.outside.provider_accounts.add(account)
    assert last("provideraccount").after == {"teams": ["acme", "outside"]}
    world.outside.provider_accounts.clear()
    assert last("provideraccount").after == {"teams": ["acme"]}
    count = AuditEvent.objects.count()
    account.teams.set([world.acme])
    assert AuditEvent.objects.count() == count, "nothing changed"
    account.teams.clear()
    assert (last("provideraccount").before, last("provideraccount").after) == ({"teams": ["acme"]}, {"teams": []})
    account.refresh_from_db()
    assert account.enabled, "whoever empties the list opens the account"


def test_the_end_of_its_last_teams_does_not_open_an_account_to_all(world: World) -> None:
    account = ProviderAccount.objects.create(name="p", vendor="openai")
    third = Team.objects.create(slug="third")
    account.teams.set([world.acme, world.outside, third])
    third.delete()
    account.refresh_from_db()
    assert account.enabled
    assert last("provideraccount").after == {"teams": ["acme", "outside"]}
    Team.objects.all().delete()
    account.refresh_from_db()
    assert not account.enabled
    events = AuditEvent.objects.filter(object_type="provideraccount", after={"enabled": False})
    assert [event.before for event in events] == [{"enabled": True}]


def test_leads_read_their_teams_events_and_only_those(world: World) -> None:
    world.session("root")
    Budget.objects.filter(key__isnull=False).first().delete()  # type: ignore[union-attr]
    events = call(world.session("alice"), "GET", "/audit-events?limit=100").json()["items"]
    assert {event["team"] for event in events} == {"acme"}
    assert {event["object_type"] for event in events} >= {"team", "membership", "apikey", "budget"}
    assert call(world.session("bob"), "GET", "/audit-events").json()["count"] == 0


def test_the_admins_page_reads_and_filters_and_changes_nothing(world: World) -> None:
    root = world.session("root")
    call(root, "PATCH", "/teams/acme", {"name": "<script>"})
    url = reverse("admin:accounts_auditevent_changelist")
    for query in ({}, {"team__id__exact": world.acme.pk}, {"object_type": "team"}, {"q": "acme"}):
        assert root.get(url, query).status_code == 200
    page = root.get(reverse("admin:accounts_auditevent_change", args=[last("team").pk]))
    assert "<pre>" in page.content.decode()
    assert "<script>&quot" not in page.content.decode()
    assert (
        root.post(reverse("admin:accounts_auditevent_delete", args=[last("team").pk]), {"post": "yes"}).status_code
        == 403
    )
    assert root.get(reverse("admin:accounts_auditevent_add")).status_code == 403


def test_the_rotate_button_shows_the_new_key_once(world: World) -> None:
    root, key = world.session("root"), world.rows["alices"]
    url = reverse("admin:accounts_apikey_rotate", args=[key.pk])
    assert "Rotate now" in root.get(url).content.decode()
    page: Any = root.post(url, {"grace_hours": "1"})
    found = set(re.findall(r"lyk_[0-9A-Za-z]{46}", page.content.decode()))
    assert len(found) == 1
    assert "no-store" in page["Cache-Control"]
    key.refresh_from_db()
    assert key.state == "grace"
    assert Membership.objects.filter(user=world.users["alice"]).exists()
    assert User.objects.filter(username="alice").exists()
