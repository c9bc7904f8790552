"""What the answer cache has to do with the invented requests, and near matches of one team that looks for such.

All chance is a `Random` of the session's own, so that the rest of the demo is the same with and without.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from decimal import Decimal
from random import Random
from typing import Any

from django.db import connection

from accounts.models import Membership, Team
from caching.models import CacheCheck, CacheEntry
from gateway.chat.ids import uuid7
from gateway.demo.calls import Request, Session
from gateway.receipts import Passed, Receipt
from gateway.replaying import RECEIPTS
from gateway.store.memory_rows import seal_text
from gateway.store.memory_verdicts import settle_verdict
from routing.passes import Passes

TEAM = "support"
BUDGET = 0.005
KEPT = 180
# Of a hundred requests: agents send the results of tools, programs of one's own ask the same again.
_AGENTS = (("skip:tools in flight", 80), ("skip:temperature", 12), ("skip:size", 5), ("miss", 3))
_PROGRAMS = (
    ("miss", 46), ("exact", 21), ("shared", 2), ("skip:temperature", 19), ("skip:personal", 6), ("skip:time", 4),
    ("skip:secret", 2),
)  # fmt: skip
_NEAR = (*_PROGRAMS, ("semantic", 9))
_PAIRS = (
    ("How do I reset my password?", "How can I reset my password?", "Open Settings, Account, Reset password.", "same", 0.981),
    ("Where do I find my invoices?", "Where can I find my invoices?", "Under Billing, Invoices, as PDF.", "same", 0.977),
    ("How do I add a colleague to my plan?", "How to add a colleague to my plan?", "Under Team, Invite.", "same", 0.969),
    ("How do I change the language?", "How do I switch the language?", "In your profile, under Language.", "same", 0.958),
    ("Does the basic plan include exports?", "Are exports included in the basic plan?", "Yes, as CSV.", "unsure", 0.951),
    ("How do I cancel a booking?", "How can I cancel my booking?", "Open the booking and choose Cancel.", "same", 0.964),
    ("How long are backups kept?", "How long do you keep backups?", "For 30 days.", "same", 0.949),
    ("How do I pause my subscription?", "How do I stop my subscription?", "Under Billing, Pause.", "different", 0.944),
)  # fmt: skip


def remember(made: Request, session: Session) -> Request:
    """Says what became of it; one that was answered from the cache needed no call."""
    if made.status == "refused" or made.surface == "embeddings":
        return made
    chance = Random(f"{session.name} {made.id}")  # noqa: S311 (invented traffic)
    words = _AGENTS if session.agent else _NEAR if made.sitting.worker.slug == TEAM else _PROGRAMS
    made.cache = chance.choices([word for word, _ in words], [often for _, often in words])[0]
    if made.cache not in RECEIPTS:
        return made
    served = made.served
    if served is None or made.status != "completed" or served.cost is None:
        made.cache = "miss"
        return made
    name = RECEIPTS[made.cache]
    tokens = (served.usage.prompt or 0) + (served.usage.output or 0)
    made.passed = Passed("", "off", Passes(), receipts={name: Receipt(new_before=tokens)}, usd={name: served.cost})
    made.calls, made.served, made.losses = [], None, ()
    return made


def write(now: dt.datetime, seed: int) -> None:
    """Kept answers of `TEAM`, and near matches with their verdicts."""
    team = Team.objects.get(slug=TEAM)
    users = list(Membership.objects.filter(team=team).order_by("pk").values_list("user_id", flat=True))
    chance = Random(seed)  # noqa: S311
    scope = f"team:{team.pk}"
    CacheEntry.objects.bulk_create(_entry(team, scope, chance.choice(users), now, n, chance) for n in range(KEPT))
    for number in range(120):
        asked, again, answer, verdict, similarity = _PAIRS[number % len(_PAIRS)]
        if verdict == "different" and number > len(_PAIRS):
            continue
        at = now - dt.timedelta(minutes=97 * (120 - number) + chance.randrange(60))
        id_ = uuid7(int(at.timestamp() * 1000), chance.getrandbits(80).to_bytes(10, "big"))
        texts = {"kept_ask": asked, "ask": again, "kept_answer": answer, "fresh_answer": _fresh(answer, verdict)}
        CacheCheck.objects.create(
            id=id_, at=dt.datetime.fromtimestamp((id_.int >> 80) / 1000, dt.UTC), team=team, user_id=chance.choice(users),
            kept_user_id=chance.choice(users), scope=scope, mode="served", similarity=similarity, gate="balanced",
            cost_usd=Decimal("0.0004"),
            **{f"{name}_sealed": seal_text(text, name, scope, id_.bytes) for name, text in texts.items()},
        )  # fmt: skip
        settle_verdict(_run, str(id_), verdict, "" if verdict == "unsure" else "comparison", BUDGET)


def _fresh(answer: str, verdict: str) -> str:
    return {"same": f"{answer} Is there anything else?", "unsure": "It depends on your region."}.get(
        verdict, "Under Billing, Cancel subscription. Pausing is another thing."
    )


def _entry(team: Team, scope: str, user: int, now: dt.datetime, number: int, chance: Random) -> CacheEntry:
    at = now - dt.timedelta(minutes=chance.randrange(5, 23 * 60))
    hits = max(0, chance.randrange(-4, 9))
    exact = hashlib.sha256(f"{scope} {number}".encode()).digest()
    answer = seal_text("An invented answer.", "answer", scope, exact)
    return CacheEntry(
        id=uuid7(int(at.timestamp() * 1000), chance.getrandbits(80).to_bytes(10, "big")), team=team, user_id=user,
        scope=scope, exact=exact, answer=answer, bytes=chance.randrange(900, 9_000), target="anthropic/claude-haiku-4-5",
        tier="SIMPLE", policy=f"{TEAM}:1", created_at=at, expires_at=at + dt.timedelta(hours=24), hits=hits,
        last_hit_at=at + (now - at) * chance.random() if hits else None,
    )  # fmt: skip


def _run(statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else []
