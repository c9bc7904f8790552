"""`manage.py doctor` finds what is wrong and says the fix."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connection

from lynkr_site import connections


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
