"""Requests, kept answers and near matches of acme, for tests of the answer cache's pages."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.test import Client
from django.utils import timezone

from caching.models import CacheCheck, CacheEntry
from gateway import answer_figures
from gateway.store.memory_noting import TEXTS
from gateway.store.memory_rows import seal_text
from lynkr_site.ids import uuid7
from routing.models import RoutingPolicy
from tests.accounts.world import World
from tests.caching.rows import CONTEXT, TAG, digest
from tests.gateway.book_rows import attempt, operation, store

PAGE = "/portal/teams/acme/answer-cache/"
WHOLE = "/portal/organisation/answer-cache/"
MINE = "/portal/me/answer-cache/"
API = "/teams/acme/answer-cache"
HIDDEN = "texts are not shown: the policy does not allow content"


def asked(people: World, cache: str, user: str = "bob", usd: str | None = None, **more: Any) -> str:
    """A request of acme; an answer from the cache saved 1,500 tokens and `usd`. Its id."""
    row = people.users[user]
    key = next(key for key in people.rows.values() if key.user == row)
    name = answer_figures.RECEIPTS.get(cache)
    passes = {"passes": {"receipts": {name: {"before": 1500, "after": 0, "usd": usd}}}} if name else {}
    one = attempt(team_id=people.acme.pk, user_id=row.pk, key_id=str(key.pk))
    store(operation(one, cache=cache, **{**passes, **more}))
    return str(one["operation_id"])


def kept(people: World, word: str = "one", user: str | None = "bob", **more: Any) -> CacheEntry:
    row = {
        "team": people.acme, "user": people.users[user] if user else None, "scope": f"team:{people.acme.pk}",
        "exact": digest(word), "context": CONTEXT, "ask_sealed": b"sealed", "answer": b"sealed", "bytes": 1024,
        "target": "cloud/model-1", "policy": "acme:3", "embedder": TAG, "dimension": 2, "vector": [1.0, 0.0],
        "created_at": timezone.now() - dt.timedelta(hours=3), "expires_at": timezone.now() + dt.timedelta(hours=1), **more,
    }  # fmt: skip
    return CacheEntry.objects.create(**row)


SAID = {"kept_ask": "how do I reset it?", "ask": "how can I reset it?", "kept_answer": "Hold the button.",
        "fresh_answer": "Press it long."}  # fmt: skip


def near(people: World, user: str | None = "bob", fresh: bool = True, **more: Any) -> CacheCheck:
    """A near match served to `user` of acme, compared with a fresh answer."""
    id_ = uuid7()
    scope = more.get("scope", f"team:{people.acme.pk}")
    sealed = {f"{name}_sealed": seal_text(SAID[name], name, scope, id_.bytes) for name in TEXTS}
    if not fresh:
        sealed["fresh_answer_sealed"] = None  # type: ignore[assignment]
    row = {
        "id": id_, "at": dt.datetime.fromtimestamp((id_.int >> 80) / 1000, dt.UTC), "team": people.acme,
        "user": people.users[user] if user else None, "kept_user": people.users["alice"], "scope": scope, "mode": "served",
        "similarity": 0.957, "gate": "balanced", **sealed, **more,
    }  # fmt: skip
    return CacheCheck.objects.create(**row)


def status(browser: Client, path: str, form: dict[str, Any] | None = None) -> int:
    return (browser.get(path) if form is None else browser.post(path, form)).status_code


def content_allowed(people: World, **more: Any) -> RoutingPolicy:
    return RoutingPolicy.objects.create(team=people.acme, capture_content=True, **more)
