"""Taking answers out of the cache at somebody's word: a person's request to be forgotten, a model, policy or tag that is no
longer right. Each writes one audit event, by whoever acts (accounts/audit.py), and says how many rows went."""

from __future__ import annotations

from typing import Any

from django.db import connection, transaction

from accounts import audit
from caching.models import CacheEntry

Counts = dict[str, int]


def purge_user(user: int, team: int | None = None) -> Counts:
    """All that was kept from or for a user, the texts of checks included, in whatever scope: a check that quotes what was
    kept for them is theirs too, whoever asked. Of one team, or of all."""
    theirs = "(user_id = %(user)s OR scope ~ %(scope)s)"
    quoted = "(user_id = %(user)s OR kept_user_id = %(user)s OR scope ~ %(scope)s)"
    return _purge(f"user {user}", theirs, {"user": user, "scope": rf"(^|/)user:{user}$"}, quoted, team)


def purge_team(team: int) -> Counts:
    return _purge(f"team {team}", "true", {}, "true", team)


def purge_target(target: str, team: int | None = None) -> Counts:
    """`target`: "account/model", or a model of whatever account. Of one team, or of all."""
    named = "(target = %(target)s OR substr(target, strpos(target, '/') + 1) = %(target)s)"
    return _purge(f"target {target}", named, {"target": target}, team=team)


def purge_policy(policy: str, team: int | None = None) -> Counts:
    """Answers given under this version of a policy."""
    return _purge(f"policy {policy}", "policy = %(policy)s", {"policy": policy}, team=team)


def purge_tag(tag: str, team: int | None = None) -> Counts:
    return _purge(f"tag {tag}", "tags @> ARRAY[%(tag)s]::varchar[]", {"tag": tag}, team=team)


def purge_all() -> Counts:
    return _purge("everything", "true", {}, "true")


def _purge(what: str, entries: str, values: dict[str, Any], checks: str = "", team: int | None = None) -> Counts:
    """`checks`: which of them go too. Those of an entry that goes stay otherwise, without it: they were counted."""
    own, values = " AND team_id = %(team)s" if team is not None else "", {**values, "team": team}
    counts = {"entries": 0, "checks": 0}
    with transaction.atomic(), connection.cursor() as cursor:
        if checks:
            cursor.execute(f"DELETE FROM caching_check WHERE {checks}{own}", values)  # noqa: S608 (conditions of ours)
            counts["checks"] = cursor.rowcount
        cursor.execute(f"DELETE FROM caching_entry WHERE {entries}{own}", values)  # noqa: S608
        counts["entries"] = cursor.rowcount
        audit.record("purged", CacheEntry(team_id=team, scope="", target=what), None, {"what": what, **counts})
    return counts
