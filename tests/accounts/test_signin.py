"""Guessing passwords: few tries for one address, at both doors; nobody else is kept out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client, override_settings

from accounts import signin
from accounts.models import AuditEvent, User

PASSWORD = "correct horse battery"
DOORS = ("/portal/login/", "/admin/login/")


@pytest.fixture(autouse=True)
def root(db: str) -> Iterator[User]:
    cache.clear()
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):  # what is counted, fast
        yield User.objects.create_superuser("root", password=PASSWORD)
    cache.clear()


def enter(door: str, password: str, name: str = "root", address: str = "10.0.0.1") -> Any:
    form = {"username": name, "password": password, "next": "/portal/"}
    return Client().post(door, form, headers={"host": "127.0.0.1"}, REMOTE_ADDR=address)


@pytest.mark.parametrize("door", DOORS)
def test_after_ten_wrong_passwords_the_right_one_does_not_work_either(door: str) -> None:
    for _ in range(signin.FROM_ONE_ADDRESS):
        assert signin.TOO_MANY not in enter(door, "wrong").content.decode()
    for name in ("root", "ROOT"):
        answer = enter(door, PASSWORD, name)
        assert (answer.status_code, signin.TOO_MANY in answer.content.decode()) == (200, True)
    assert enter(door, PASSWORD, address="10.0.0.2").status_code == 302, "a stranger keeps nobody else out"


def test_the_two_doors_count_together() -> None:
    for n in range(signin.FROM_ONE_ADDRESS):
        enter(DOORS[n % 2], "wrong")
    assert enter(DOORS[0], PASSWORD).status_code == 200


def test_a_success_starts_the_count_anew() -> None:
    for _ in range(2):
        for _ in range(signin.FROM_ONE_ADDRESS - 1):
            enter(DOORS[0], "wrong")
        assert enter(DOORS[0], PASSWORD).status_code == 302


def test_many_addresses_that_guess_at_one_name_are_stopped_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signin, "FROM_ALL", 5)
    for n in range(5):
        enter(DOORS[0], "wrong", address=f"10.0.1.{n}")
    assert enter(DOORS[0], PASSWORD, address="10.0.2.1").status_code == 200


def test_a_name_nobody_has_is_counted_like_any_other_and_leaves_no_event() -> None:
    """What is refused must not tell who exists."""
    for _ in range(signin.FROM_ONE_ADDRESS):
        enter(DOORS[0], "wrong", "nobody")
    assert signin.TOO_MANY in enter(DOORS[0], "wrong", "nobody").content.decode()
    assert not AuditEvent.objects.filter(object_name="nobody").exists()
