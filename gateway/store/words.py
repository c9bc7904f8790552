"""What sessions are pinned to, read back from the operations at a start: a session that goes on finds what it began with."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import psycopg
import structlog

from gateway import postgres
from gateway.pins import WORDS_SECONDS, LocalPins

log = structlog.get_logger("lynkr.store")

MOST = 50_000
AGAIN_SECONDS = (2.0, 8.0)  # what a killed process left in its journal is in Postgres by then
_READ = """
SELECT passes->>'name', passes->>'pin' FROM gateway_operation
WHERE day >= (now() - make_interval(secs => %(seconds)s))::date - 1
    AND started_at > now() - make_interval(secs => %(seconds)s) AND passes->>'name' <> ''
ORDER BY id DESC LIMIT %(most)s
"""


def _read(connect: Callable[[], psycopg.Connection[Any]]) -> list[tuple[str, str]]:
    with connect() as connection:
        return connection.execute(_READ, {"seconds": WORDS_SECONDS, "most": MOST}).fetchall()


async def recall(
    pins: LocalPins, connect: Callable[[], psycopg.Connection[Any]] = lambda: postgres.connect("passes")
) -> None:
    """Tells `pins` what it does not know. Logs, and goes on, where Postgres is away."""
    try:
        rows = await asyncio.to_thread(_read, connect)
    except (psycopg.Error, OSError) as error:
        log.warning("sessions' passes not read", problem=type(error).__name__)
        return
    for name, words in reversed(rows):
        if words and await LocalPins.find_words(pins, name, 0) is None:
            pins.learn_words(name, words)


async def recall_again(pins: LocalPins) -> None:
    for seconds in AGAIN_SECONDS:
        await asyncio.sleep(seconds)
        await recall(pins)
