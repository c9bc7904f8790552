"""Entries and vectors for the tests of the store."""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Callable
from typing import Any

from django.db import connection

from caching.entry import Entry
from gateway.store import PostgresMemory

TAG = "mini@1"
CONTEXT = b"c" * 32


def digest(word: str) -> bytes:
    return hashlib.sha256(word.encode()).digest()


def entry(team: int, word: str = "one", *, scope: str = "", answer: bytes | None = None, **other: Any) -> Entry:
    given: dict[str, Any] = {
        "scope": scope or f"team:{team}",
        "team_id": team,
        "user_id": None,
        "exact": digest(word),
        "answer": answer if answer is not None else f"the answer to {word}".encode(),
        "target": "acme/model-1",
        "seconds": 3600,
        "context": CONTEXT,
        "ask": f"what is {word}?",
    }
    return Entry(**{**given, **other})


def vector(seed: int, dimension: int = 8) -> list[float]:
    chance = random.Random(seed)
    return [chance.gauss(0, 1) for _ in range(dimension)]


def written(store: PostgresMemory, until: Callable[[], bool] | None = None, seconds: float = 10.0) -> None:
    """Waits until what was left is in Postgres."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        writing = store._writing
        writing.flush()
        if not writing._at_work and (until is None or until()):
            return
        time.sleep(0.005)
    raise AssertionError("not written in time")


def sql(statement: str, values: Any = ()) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else []
