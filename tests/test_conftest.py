"""The test bed itself: a closed network, a database of one's own."""

from __future__ import annotations

import socket

import psycopg
import pytest
import redis

from tests.conftest import NetworkClosed


def test_the_network_is_closed() -> None:
    with socket.socket() as attempt, pytest.raises(NetworkClosed):
        attempt.connect(("192.0.2.1", 443))
    with pytest.raises(NetworkClosed):
        socket.getaddrinfo("example.org", 443)


@pytest.mark.parametrize("turn", [1, 2])
def test_every_test_has_a_database_without_traces_of_the_last(db: str, database_url: str, turn: int) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE trace (turn int)")


def test_django_uses_that_database(db: str) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT current_database()")
        assert cursor.fetchone() == (db,)


@pytest.mark.parametrize("turn", [1, 2])
def test_every_test_has_an_empty_valkey(valkey: str, turn: int) -> None:
    with redis.Redis.from_url(valkey) as client:
        assert client.dbsize() == 0
        client.set("trace", turn)
