"""The door of the portal, and its frame."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from accounts.models import User
from tests.accounts import world
from tests.accounts.world import World


@pytest.fixture
def people(db: str) -> World:
    return world.make()


def test_a_stranger_is_sent_to_sign_in_and_comes_back_to_where_they_wanted(db: str) -> None:
    User.objects.create_user("dora", password="correct horse battery")
    browser = Client()
    sent = browser.get("/portal/teams/?x=1")
    assert (sent.status_code, sent["Location"]) == (302, "/portal/login/?next=/portal/teams/%3Fx%3D1")
    door = browser.get(sent["Location"]).content.decode()
    assert 'name="next" value="/portal/teams/?x=1"' in door
    wrong = browser.post("/portal/login/", {"username": "dora", "password": "no"})
    assert "correct username and password" in wrong.content.decode()
    inside = browser.post(
        "/portal/login/", {"username": "dora", "password": "correct horse battery", "next": "/portal/teams/?x=1"}
    )
    assert (inside.status_code, inside["Location"]) == (302, "/portal/teams/?x=1")


def test_nobody_is_sent_to_another_host_after_signing_in(db: str) -> None:
    User.objects.create_user("dora", password="correct horse battery")
    words = {"username": "dora", "password": "correct horse battery", "next": "https://evil.invalid/"}
    assert Client().post("/portal/login/", words)["Location"] == "/portal/"


def test_the_door_offers_single_sign_on_where_there_is_one(db: str, settings_with_oidc: None) -> None:
    assert (
        'href="/accounts/oidc/login/?next=/portal/me"'
        in Client().get("/portal/login/?next=/portal/me").content.decode()
    )


@pytest.fixture
def settings_with_oidc() -> object:
    from django.test import override_settings

    with override_settings(SOCIALACCOUNT_PROVIDERS={"oidc": {"APPS": [{"provider_id": "oidc"}]}}):
        yield


def test_the_door_offers_no_single_sign_on_where_there_is_none(db: str) -> None:
    assert "/accounts/oidc/" not in Client().get("/portal/login/").content.decode()
    assert Client().get("/accounts/login/?next=/portal/")["Location"] == "/portal/login/?next=/portal/"


def test_somebody_blocked_is_out_at_once(people: World) -> None:
    """SSO-11: rights are read anew for each page."""
    alice = people.session("alice")
    assert alice.get("/portal/teams/").status_code == 200
    User.objects.filter(username="alice").update(is_active=False)
    assert alice.get("/portal/teams/").status_code == 302


def test_signing_out_takes_a_post(people: World) -> None:
    alice = people.session("alice")
    assert alice.get("/portal/logout/").status_code == 405
    assert alice.post("/portal/logout/").status_code == 302
    assert alice.get("/portal/teams/").status_code == 302


@pytest.mark.parametrize("path", ["/portal/login/", "/portal/teams/", "/portal/teams/nothing/"])
def test_pages_run_no_script_of_others_and_are_kept_by_nobody(people: World, path: str) -> None:
    """CSP: no inline script, style or handler, nothing from another host; LEK: no cache keeps a page."""
    browser = Client() if "login" in path else people.session("alice")
    answer = browser.get(path)
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert "no-store" in answer["Cache-Control"]
    html = answer.content.decode()
    assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)", html)
    assert not re.search(r"\son\w+=|\sstyle=|javascript:", html)
    assert not re.search(r'(?:src|href|action)="(?:https?:)?//', html)


def test_navigation_shows_what_one_may_see(people: World) -> None:
    root = people.session("root").get("/portal/teams/").content.decode()
    alice = people.session("alice").get("/portal/teams/").content.decode()
    assert "/admin/" in root
    assert "/admin/" not in alice
    assert people.session("bob").get("/portal/teams/").status_code == 404, "leads nothing"
