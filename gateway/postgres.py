"""psycopg connections of our own beside Django's, for threads that listen or write in bulk."""

from __future__ import annotations

from typing import Any

import psycopg
from django.db import connections


def parameters() -> dict[str, Any]:
    """How to reach the default database, for `psycopg.connect`. A peer that vanished is noticed within about 20 s."""
    params = dict(connections["default"].get_connection_params())
    for theirs in ("cursor_factory", "context", "server_side_binding", "prepare_threshold"):
        params.pop(theirs, None)
    return {
        "connect_timeout": 5,
        "keepalives": 1,
        "keepalives_idle": 5,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 15_000,
        **params,
    }


def connect(purpose: str) -> psycopg.Connection[Any]:
    """A connection in autocommit mode, named "lynkr `purpose`" in pg_stat_activity."""
    return psycopg.connect(**{**parameters(), "application_name": f"lynkr {purpose}"}, autocommit=True)
