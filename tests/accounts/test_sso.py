"""Sign-in before a real OpenID Connect server: who somebody is, what groups make them, and that a deleted user stays out."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from django.conf import settings
from django.test import Client, override_settings
from oidc_provider_mock import run_server_in_thread

from accounts.models import AuditEvent, GroupMapping, Membership, Team, User
from accounts.sso.models import FormerIdentity
from accounts.sso.provider import uid_of
from tests.accounts.world import call

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # the server's own, of the library below it


class Issuer:
    def __init__(self, address: str) -> None:
        self.address = address

    def person(self, subject: str, **claims: Any) -> None:
        assert httpx.put(f"{self.address}/users/{subject}", json=claims).status_code == 204

    def sign_in(self, subject: str) -> tuple[Client, Any]:
        """A browser that went all the way; its last answer."""
        browser = Client()
        begun = browser.get("/accounts/oidc/login/")
        assert begun.status_code == 302, begun.content
        allowed = httpx.post(begun["Location"], data={"sub": subject})
        back = urlsplit(allowed.headers["location"])
        assert back.path == "/accounts/oidc/login/callback/"
        return browser, browser.get(f"{back.path}?{back.query}")


@pytest.fixture
def issuer(db: str) -> Iterator[Issuer]:
    with run_server_in_thread() as server:
        address = f"http://localhost:{server.server_port}"
        app = {"provider_id": "oidc", "name": "x", "client_id": "lynkr", "secret": secrets.token_hex()}
        providers = {"oidc": {"APPS": [{**app, "settings": {"server_url": address}}], "OAUTH_PKCE_ENABLED": True}}
        with override_settings(SOCIALACCOUNT_PROVIDERS=providers):
            yield Issuer(address)


@pytest.fixture
def acme(db: str) -> Team:
    team = Team.objects.create(slug="acme")
    GroupMapping.objects.create(group="devs", team=team, role="member")
    GroupMapping.objects.create(group="heads", team=team, role="lead")
    return team


def me(browser: Client) -> Any:
    return call(browser, "GET", "/me").json()


def test_the_first_session_already_has_its_teams(issuer: Issuer, acme: Team) -> None:
    """SSO-2."""
    issuer.person("s1", preferred_username="dana", email="dana@example.org", groups=["devs", "heads", "other"])
    browser, answer = issuer.sign_in("s1")
    assert answer.status_code == 302
    assert me(browser) == {"user": "dana", "is_administrator": False, "teams": {"acme": "lead"}}
    event = AuditEvent.objects.get(object_type="membership")
    assert (event.via, event.actor_name, event.action) == ("sso", "dana", "created")


def test_neither_address_nor_name_binds(issuer: Issuer, acme: Team) -> None:
    """SSO-1: an issuer that says "root" and root's address makes a new person with no rights."""
    root = User.objects.create_superuser("root", "root@example.org", None)
    issuer.person("evil", preferred_username="root", email="root@example.org", email_verified=True)
    browser, _ = issuer.sign_in("evil")
    assert me(browser) == {"user": "root-2", "is_administrator": False, "teams": {}}
    root.refresh_from_db()
    assert root.email == "root@example.org"


def test_the_same_subject_of_another_issuer_is_somebody_else() -> None:
    assert uid_of("https://a.example", "1") != uid_of("https://b.example", "1")


def test_the_same_person_comes_back_whatever_they_are_called_now(issuer: Issuer, acme: Team) -> None:
    issuer.person("s1", preferred_username="dana", email="dana@example.org", groups=["heads"])
    issuer.sign_in("s1")
    issuer.person("s1", preferred_username="dana-married", email="new@example.org", groups=["devs"])
    browser, _ = issuer.sign_in("s1")
    assert me(browser) == {"user": "dana", "is_administrator": False, "teams": {"acme": "member"}}
    issuer.person("s1", preferred_username="dana")
    browser, _ = issuer.sign_in("s1")
    assert me(browser)["teams"] == {}


def test_teams_no_mapping_names_are_left_alone(issuer: Issuer, acme: Team) -> None:
    issuer.person("s1", preferred_username="dana", groups=["devs"])
    issuer.sign_in("s1")
    own = Team.objects.create(slug="own")
    Membership.objects.create(team=own, user=User.objects.get(username="dana"), role="lead")
    issuer.person("s1", preferred_username="dana", groups=[])
    browser, _ = issuer.sign_in("s1")
    assert me(browser)["teams"] == {"own": "lead"}


def test_administration_comes_and_goes_with_its_group(issuer: Issuer, acme: Team) -> None:
    GroupMapping.objects.create(group="ops", is_admin=True)
    issuer.person("s1", preferred_username="dana", groups=["ops"])
    assert me(issuer.sign_in("s1")[0])["is_administrator"] is True
    issuer.person("s1", preferred_username="dana", groups=["devs"])
    assert me(issuer.sign_in("s1")[0])["is_administrator"] is False


def test_an_unknown_role_is_the_least_one_and_is_told(issuer: Issuer, acme: Team) -> None:
    """SSO-3."""
    GroupMapping.objects.filter(group="heads").update(role="emperor")
    issuer.person("s1", preferred_username="dana", groups=["heads"])
    assert me(issuer.sign_in("s1")[0])["teams"] == {"acme": "member"}
    assert AuditEvent.objects.filter(action="unknown role").exists()


def test_a_deleted_user_stays_out_until_let_in(issuer: Issuer, acme: Team) -> None:
    """SSO-5."""
    issuer.person("s1", preferred_username="dana", groups=["devs"])
    old, _ = issuer.sign_in("s1")
    User.objects.get(username="dana").delete()
    assert call(old, "GET", "/me").status_code == 401
    browser, answer = issuer.sign_in("s1")
    assert answer.status_code == 403
    assert call(browser, "GET", "/me").status_code == 401
    assert not User.objects.filter(username="dana").exists()
    FormerIdentity.objects.all().delete()
    assert me(issuer.sign_in("s1")[0])["user"] == "dana"


def test_a_blocked_user_does_not_get_in(issuer: Issuer, acme: Team) -> None:
    issuer.person("s1", preferred_username="dana", groups=["devs"])
    old, _ = issuer.sign_in("s1")
    User.objects.update(is_active=False)
    assert call(old, "GET", "/me").status_code == 401
    browser, _ = issuer.sign_in("s1")
    assert call(browser, "GET", "/me").status_code == 401


def test_without_an_identity_provider_there_is_no_such_page(db: str) -> None:
    assert settings.LYNKR.oidc_issuer is None
    assert Client().get("/accounts/oidc/login/").status_code == 404


def test_nobody_signs_up_by_password(db: str) -> None:
    for path in ("/accounts/signup/", "/accounts/password/reset/"):
        assert Client().get(path).status_code == 404
