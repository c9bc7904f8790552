"""Provider keys at rest."""

from __future__ import annotations

import dataclasses
import io
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import connection

from gateway import secrets
from gateway.snapshot import build
from lynkr_site.env import env
from tests.gateway import small_world

ONE, TWO = "b25lIGtleSBvZiAzMiBieXRlcywgZm9yIHRlc3RzISE=", "another key of any length is stretched"


def _with_keys(monkeypatch: pytest.MonkeyPatch, keys: str) -> None:
    monkeypatch.setattr(settings, "LYNKR", dataclasses.replace(env(), encryption_key=keys))


def test_a_sealed_secret_opens_again_and_tells_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    _with_keys(monkeypatch, ONE)
    sealed = secrets.seal("sk-1234567890")
    assert secrets.open_sealed(sealed) == "sk-1234567890"
    assert b"1234567890" not in sealed
    assert secrets.seal("sk-1234567890") != sealed


def test_keys_are_rotated_by_putting_the_new_one_first(monkeypatch: pytest.MonkeyPatch) -> None:
    _with_keys(monkeypatch, ONE)
    old = secrets.seal("x")
    _with_keys(monkeypatch, f"{TWO}, {ONE}")
    assert secrets.open_sealed(old) == "x"
    assert secrets.needs_resealing(old)
    assert not secrets.needs_resealing(secrets.seal("x"))
    _with_keys(monkeypatch, TWO)
    with pytest.raises(secrets.CannotOpen):
        secrets.open_sealed(old)


def test_a_damaged_secret_does_not_open(monkeypatch: pytest.MonkeyPatch) -> None:
    _with_keys(monkeypatch, ONE)
    sealed = bytearray(secrets.seal("x" * 40))
    sealed[-1] ^= 1
    for broken in (bytes(sealed), b"", b"\x01", bytes(sealed[:20])):
        with pytest.raises(secrets.CannotOpen):
            secrets.open_sealed(broken)


@pytest.mark.parametrize("keys", ["", " , ", "short"])
def test_without_a_proper_key_nothing_is_stored(monkeypatch: pytest.MonkeyPatch, keys: str) -> None:
    _with_keys(monkeypatch, keys)
    with pytest.raises(ImproperlyConfigured):
        secrets.seal("x")


def test_a_secret_of_a_lost_key_is_left_out_and_the_rest_still_serves(db: str, monkeypatch: pytest.MonkeyPatch) -> None:
    small_world.make()
    _with_keys(monkeypatch, TWO)
    found = build()
    assert found.accounts["cloud"].secrets == ()
    assert len(found.callers) == 3


def test_no_column_of_the_database_holds_a_secret_in_clear(db: str) -> None:
    """LEK-1: neither a provider's secret nor a key's text, whole or in part."""
    made = small_world.make()
    canaries = [small_world.SECRET, *(key[12:] for key in made.keys.values())]
    with connection.cursor() as cursor:
        cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
        tables = [row[0] for row in cursor.fetchall()]
        rows: list[Any] = []
        for table in tables:
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            rows += cursor.fetchall()
        cursor.execute("SELECT sealed FROM gateway_providersecret")
        rows += [(bytes(row[0]).decode("latin-1"),) for row in cursor.fetchall()]
    assert len(rows) > 20
    for canary in canaries:
        assert not [row for row in rows if canary in row[0]]


def test_after_resealing_the_old_key_may_go(db: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _with_keys(monkeypatch, ONE)
    small_world.make()
    _with_keys(monkeypatch, f"{TWO},{ONE}")
    call_command("reseal_secrets", stdout=io.StringIO())
    _with_keys(monkeypatch, TWO)
    assert build().accounts["cloud"].secrets[0].value == small_world.SECRET
    _with_keys(monkeypatch, "a key that has nothing to do with it")
    with pytest.raises(CommandError, match="cloud"):
        call_command("reseal_secrets", stdout=io.StringIO())
