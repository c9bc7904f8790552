"""`manage.py doctor` finds what is wrong and says the fix."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from accounts.models import Team
from caching import weights
from caching.models import CacheStanding, EmbeddingSettings
from lynkr_site import connections
from routing.models import RoutingPolicy


def examine() -> tuple[int, str]:
    out = io.StringIO()
    try:
        call_command("doctor", stdout=out, no_color=True)
    except SystemExit as end:
        return int(end.code or 0), out.getvalue()
    return 0, out.getvalue()


def test_without_an_administrator_it_says_how_to_make_one(db: str) -> None:
    code, said = examine()
    assert code == 1
    assert "problem  people     nobody can use the admin: run `manage.py createsuperuser`." in said
    assert "ok       database   PostgreSQL 18" in said


def test_an_administrator_is_seen(db: str) -> None:
    get_user_model().objects.create(username="alice", is_superuser=True, is_active=True)
    assert "ok       people     1 administrators" in examine()[1]


def test_more_connections_than_the_server_allows_are_told(db: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """DBL-6: before Postgres says "too many clients" to a request."""
    env = settings.LYNKR
    assert connections.problem(connection, env) == ""
    assert "max_connections" not in examine()[1]
    many = replace(env, web_processes=20, db_pool=8)
    assert connections.needed(many) == 20 * 19 + 4 + 3 + 2
    monkeypatch.setattr(settings, "LYNKR", many)
    assert "warning  database   the server allows" in examine()[1]


def test_without_a_database_it_still_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import connection

    connection.close()
    connection.close_pool()
    monkeypatch.setitem(connection.settings_dict, "PORT", 1)
    code, said = examine()
    connection.close_pool()
    assert code == 1
    assert "check DATABASE_URL" in said


def test_providers_are_examined(db: str) -> None:
    """An account that nobody can call is told with its name; none at all is told too."""
    from gateway.models import ProviderAccount

    assert "there is no provider yet" in examine()[1]
    ProviderAccount.objects.create(name="azure", vendor="azure-openai", base_url="")
    code, said = examine()
    assert code == 1
    assert "azure" in said.partition("problem  providers")[2]


def semantic_team(slug: str = "acme") -> Team:
    RoutingPolicy.objects.create(team=(team := Team.objects.create(slug=slug)), cache="semantic")
    return team


def hide_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "PACKAGE", "no_such_package_of_weights")


def test_what_answers_from_memory_need_is_told(db: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "ok       answers    no policy looks for near matches" in examine()[1]
    team = semantic_team()
    assert "ok       answers    vectors by the model that comes with Lynkr" in examine()[1]
    hide_weights(monkeypatch)
    said = examine()[1]
    assert "warning  answers    1 teams look for near matches and there are none. The weights" in said
    EmbeddingSettings.objects.create(kind="off")
    assert "but the embedding settings say off" in examine()[1]
    CacheStanding.objects.create(
        team=team, since=timezone.now(), off_since=timezone.now(), off_why="9 of 20 were wrong"
    )
    assert "warning  answers    near matches are switched off for acme: 9 of 20 were wrong." in examine()[1]


def test_a_database_that_does_not_keep_scopes_apart_is_told(db: str) -> None:
    """SEM-1. A dump that was restored without them, a role nobody may make."""
    assert "row-level security" not in examine()[1]
    with connection.cursor() as cursor:
        cursor.execute("REVOKE DELETE ON caching_entry FROM lynkr_cache")
        assert "warning  answers    requests cannot act as the database role lynkr_cache" in examine()[1]
        cursor.execute("ALTER TABLE caching_entry DISABLE ROW LEVEL SECURITY")
    assert "warning  answers    row-level security of caching_entry is off" in examine()[1]
