"""How long single rows are kept (LYNKR_KEEP_DAYS). Days are dropped whole; roll-ups stay (LOG-1)."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import connection, transaction

from gateway import partitions

TABLES = {"operations": "gateway_operation", "attempts": "gateway_attempt", "ledger": partitions.LEDGER}


def drop_old() -> list[str]:
    """Drop what is older than its table's days; the names of the partitions dropped. Says first, in the state of the
    roll-up writer, from when on roll-ups can be made anew: it would otherwise count dropped days as empty."""
    kept = settings.LYNKR.keep_days
    kept_from = partitions.today() - dt.timedelta(days=min(kept[word] for word in TABLES))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE gateway_rollupstate SET kept_from = greatest(kept_from, %s) WHERE id = 1", [kept_from])
    dropped = []
    for word, parent in TABLES.items():
        dropped += partitions.drop_older_than(kept[word], [parent])
    return dropped
