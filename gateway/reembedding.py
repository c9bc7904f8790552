"""Vectors anew where another embedder made them, or none did in time: a piece of it with every run."""

from __future__ import annotations

from functools import partial

import structlog
from django.utils import timezone

from caching.models import CacheEntry
from gateway import postgres
from gateway.reading_now import ReadingNow
from gateway.snapshot.rows import build
from gateway.store import memory_upkeep
from gateway.vector_calls import NoVectors

SECONDS = 240.0  # a run may take
CALL_SECONDS = 20.0
BATCH = 32  # texts; the embedded model takes half as many at a time
_LOCK = 0x4C594E4B56  # "LYNKV": one process at a time, so that nothing is paid for twice

log = structlog.get_logger("lynkr.embedding")


def renew(seconds: float = SECONDS) -> dict[str, int]:
    """How many vectors were renewed, and what came of the other rows (`memory_upkeep.reembed`). An embedder that makes none
    now is no error: what is left waits for the next run."""
    snapshot = build()
    asks = CacheEntry.objects.filter(ask_sealed__isnull=False, expires_at__gt=timezone.now())
    if snapshot.embedding.kind == "off" or not asks.exists():
        return {}
    with postgres.connect("vectors anew") as connection, ReadingNow(snapshot) as now:
        held = connection.execute("SELECT pg_try_advisory_lock(%s)", (_LOCK,)).fetchone()
        maker = now.maker(CALL_SECONDS) if held is not None and held[0] else None
        if maker is None:
            return {}
        tag, dimension = maker
        try:
            embed = partial(now.embed, tag=tag, seconds=CALL_SECONDS)
            counts = memory_upkeep.reembed(embed, tag, dimension, batch=BATCH, seconds=seconds)
        except NoVectors as no:
            log.warning("vectors are not renewed", problem=no.word)
            return {}
    if any(counts.values()):
        log.info("vectors renewed", **counts)
    return counts
