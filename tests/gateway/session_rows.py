"""Operations of sessions with and without passes, for tests of what those save."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django.utils import timezone

from gateway.models import Operation

PIN = "v1 results marks=5m"


def session(name: str, team_id: int, usd: str, **more: Any) -> list[Operation]:
    """Requests of one session, not saved: each of `usd`, 600 tokens of prompt and 400 saved."""
    at = more.pop("at", timezone.now() - dt.timedelta(hours=3))
    pin = more.pop("pin", PIN)
    row = {
        "status": "completed", "surface": "anthropic", "input_tokens": 100, "cache_read_tokens": 300,
        "cache_write_5m_tokens": 150, "cache_write_1h_tokens": 50, "tokens_saved": 400, "saved_usd": Decimal("0.5"),
        "cost_usd": Decimal(usd), "passes": {"name": name, "pin": pin},
    }  # fmt: skip
    if pin == "hold-out":
        row |= {"tokens_saved": None, "saved_usd": None, "input_tokens": 500}
    requests = more.pop("requests", 2)
    moments = [at + dt.timedelta(minutes=n) for n in range(requests)]
    return [Operation(day=one.date(), started_at=one, team_id=team_id, **{**row, **more}) for one in moments]


def arms(team_id: int, treated: int, held_out: int, prices: tuple[str, str], **more: Any) -> None:
    """So many sessions of each arm at a USD of each request; every second one a fifth dearer, so that they differ."""
    rows: list[Operation] = []
    for kind, count, price in ((PIN, treated, prices[0]), ("hold-out", held_out, prices[1])):
        for number in range(count):
            usd = str(Decimal(price) * (Decimal("1.2") if number % 2 else 1))
            rows += session(
                f"{kind}-{team_id}-{number:05}-{more.get('tag', '')}", team_id, usd, pin=kind, **_rest(more)
            )
    Operation.objects.bulk_create(rows)


def _rest(more: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in more.items() if name != "tag"}
