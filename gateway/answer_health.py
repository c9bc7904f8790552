"""What `manage.py doctor` says of answers from memory: whether the database keeps scopes apart, what makes vectors, and
who is switched off."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import psycopg
from django.db import DatabaseError

from caching import weights
from caching.models import CacheStanding
from gateway import postgres
from gateway.snapshot.rows import build
from gateway.store.memory import why_not_apart

Finding = tuple[Literal["ok", "warning", "problem"], str]

_ENFORCED = "SELECT relrowsecurity FROM pg_class WHERE oid = to_regclass('caching_entry')"


def findings() -> Iterator[Finding]:
    """Calls no provider; needs no running process. Nothing at all while the database cannot be asked."""
    try:
        yield from (("warning", problem) for problem in _apart())
        yield from _vectors()
        rows = CacheStanding.objects.filter(off_since__isnull=False).select_related("team").order_by("team__slug")
        for row in rows:
            yield "warning", f"near matches are switched off for {row.team.slug}: {row.off_why}."
    except (DatabaseError, psycopg.Error):
        return


def _apart() -> list[str]:
    with postgres.connect("doctor") as connection:
        row = connection.execute(_ENFORCED).fetchone()
        if row is None:
            return []  # migrations are missing, which is told elsewhere
        if not row[0]:
            return ["row-level security of caching_entry is off: ALTER TABLE caching_entry ENABLE ROW LEVEL SECURITY."]
        connection.cursor_factory = psycopg.ClientCursor
        problem = why_not_apart(connection.execute)
        return [problem] if problem else []


def _vectors() -> Iterator[Finding]:
    snapshot = build()
    semantic = sum(team.policy.cache.semantic for team in snapshot.teams.values())
    embedding = snapshot.embedding
    if not semantic:
        yield "ok", "no policy looks for near matches"
    elif embedding.kind == "off":
        yield "warning", f"{semantic} teams look for near matches, but the embedding settings say off."
    elif embedding.kind == "account":
        known = embedding.account in snapshot.accounts
        grade: Literal["ok", "warning"] = "ok" if known else "warning"
        yield grade, f"vectors by {embedding.account}/{embedding.model}" + ("" if known else ", which is not enabled.")
    elif weights.installed() is None:
        yield "warning", f"{semantic} teams look for near matches and there are none. {weights.MISSING}"
    else:
        yield "ok", "vectors by the model that comes with Lynkr"
