"""Taking answers out of the cache at somebody's word: a person's request to be forgotten, a model, policy or tag that is no
longer right. Each writes one audit event, by whoever acts (accounts/audit.py), and says how many rows went."""

from __future__ import annotations

from typing import Any

from django.db import connection, transaction

from accounts import audit
from caching.models import CacheEntry

Counts = dict[str, int]


def purge_user(user: int) -> Counts:
    """All that was kept from or for a user, the texts of checks included, in whatever scope."""
    theirs = "(user_id = %s OR scope ~ %s)"
    return _purge(f"user {user}", theirs, [user, rf"(^|/)user:{user}$"], checks=theirs)


def purge_team(team: int) -> Counts:
    return _purge(f"team {team}", "team_id = %s", [team], checks="team_id = %s", team=team)


def purge_target(target: str, team: int | None = None) -> Counts:
    """`target`: "account/model". Of one team, or of all."""
    return _purge(f"target {target}", "target = %s", [target], team=team)


def purge_policy(policy: str, team: int | None = None) -> Counts:
    """Answers given under this version of a policy."""
    return _purge(f"policy {policy}", "policy = %s", [policy], team=team)


def purge_tag(tag: str, team: int | None = None) -> Counts:
    return _purge(f"tag {tag}", "tags @> ARRAY[%s]::varchar[]", [tag], team=team)


def purge_all() -> Counts:
    return _purge("everything", "true", [], checks="true")


def _purge(what: str, entries: str, values: list[Any], checks: str = "", team: int | None = None) -> Counts:
    """`checks`: which of them go too. Those of an entry that goes stay otherwise, without it: they were counted."""
    where, given = entries, list(values)
    if team is not None and checks == "":
        where, given = f"{entries} AND team_id = %s", [*values, team]
    counts = {"entries": 0, "checks": 0}
    with transaction.atomic(), connection.cursor() as cursor:
        if checks:
            cursor.execute(f"DELETE FROM caching_check WHERE {checks}", values)  # noqa: S608 (conditions of ours)
            counts["checks"] = cursor.rowcount
        cursor.execute(f"DELETE FROM caching_entry WHERE {where}", given)  # noqa: S608
        counts["entries"] = cursor.rowcount
        audit.record("purged", CacheEntry(team_id=team, scope="", target=what), None, {"what": what, **counts})
    return counts
