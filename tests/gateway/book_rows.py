"""Records as the pipeline writes them, and the books they make, for tests of the ledger and its roll-ups."""

from __future__ import annotations

import datetime as dt
import uuid
from pathlib import Path
from typing import Any

from django.utils import timezone

from gateway import postgres
from gateway.journal import FileJournal
from gateway.store import Flusher
from gateway.store.upsert import fit, write
from lynkr_site.ids import uuid7

KEY = "01900000-0000-7000-8000-00000000000a"


def attempt(started_at: dt.datetime | None = None, **more: Any) -> dict[str, Any]:
    """A settled, accepted call of team 1."""
    moment = started_at or timezone.now()
    return {
        "kind": "attempt", "id": str(uuid7()), "operation_id": str(uuid7()), "day": moment.date().isoformat(),
        "started_at": moment.isoformat(), "sequence": 0, "team_id": 1, "user_id": 7, "key_id": KEY,
        "surface": "anthropic", "accepted": True, "account": "cloud", "vendor": "openai", "model": "m", "tier": "SIMPLE",
        "dialect": "openai_chat", "status": "settled", "input_tokens": 10, "output_tokens": 5, "cost_usd": "0.0000000005",
        "price_version": "book 1", **more,
    }  # fmt: skip


def operation(of: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The request that `of` served."""
    same = ("day", "started_at", "team_id", "user_id", "key_id", "surface", "account", "model", "tier", "cost_usd")
    end = {"kind": "operation", "id": of["operation_id"], "status": "completed", "attempts": 1}
    return {**{name: of[name] for name in same}, **end, **more}


def served(started_at: dt.datetime | None = None, **more: Any) -> list[dict[str, Any]]:
    """A request and its one call."""
    call = attempt(started_at, **more)
    return [call, operation(call)]


def store(*records: dict[str, Any]) -> None:
    """As the flusher does, in one transaction."""
    rows: dict[str, list[dict[str, Any]]] = {"attempt": [], "operation": []}
    for record in records:
        rows[record["kind"]].append(fit(record))
    with postgres.connect("test") as connection:
        write(connection, rows)


def flush(folder: Path, *records: dict[str, Any]) -> Flusher:
    """Through a journal and its flusher; both are closed."""
    journal = FileJournal(folder / uuid.uuid4().hex)
    for record in records:
        journal.append(record)
    flusher = Flusher(journal)
    flusher.start()
    assert flusher.drain(10)
    flusher.stop()
    journal.close()
    return flusher
