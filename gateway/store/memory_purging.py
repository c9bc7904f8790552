"""Kept answers forgotten by hand. The caller's transaction; other processes find them no more once it commits.

Checks of near matches hold words too, so that what forgets a person's or a team's answers, or all, forgets those; what forgets by
model, policy or tag leaves them.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection

# A check that quotes what was kept for the person is theirs as well, whoever asked.
_CHECKS_OF_USER = "DELETE FROM caching_check WHERE {within} (user_id = %(user)s OR kept_user_id = %(user)s)"


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How many answers, and how many near matches with their texts."""

    entries: int
    checks: int = 0


def of_user(user_id: int, team_id: int | None = None) -> Forgotten:
    """`team_id`: only what was asked in that team."""
    values = {"user": user_id, "team": team_id}
    within = "team_id = %(team)s AND" if team_id is not None else ""
    checks = _deleted(_CHECKS_OF_USER.format(within=within), values)
    return Forgotten(_deleted(f"DELETE FROM caching_entry WHERE {within} user_id = %(user)s", values), checks)  # noqa: S608


def of_team(team_id: int) -> Forgotten:
    values = {"team": team_id}
    checks = _deleted("DELETE FROM caching_check WHERE team_id = %(team)s", values)
    return Forgotten(_deleted("DELETE FROM caching_entry WHERE team_id = %(team)s", values), checks)


def of_model(model: str, team_id: int | None = None) -> Forgotten:
    """`model`: "account/model", or a model of whatever account."""
    return _where("(target = %(word)s OR substr(target, strpos(target, '/') + 1) = %(word)s)", model, team_id)


def of_policy(version: str, team_id: int | None = None) -> Forgotten:
    return _where("policy = %(word)s", version, team_id)


def of_tag(tag: str, team_id: int | None = None) -> Forgotten:
    return _where("tags @> ARRAY[%(word)s]::varchar[]", tag, team_id)


def everything() -> Forgotten:
    checks = _deleted("DELETE FROM caching_check", {})
    return Forgotten(_deleted("DELETE FROM caching_entry", {}), checks)


def _where(condition: str, word: str, team_id: int | None) -> Forgotten:
    within = "team_id = %(team)s AND" if team_id is not None else ""
    return Forgotten(_deleted(f"DELETE FROM caching_entry WHERE {within} {condition}", {"word": word, "team": team_id}))  # noqa: S608


def _deleted(statement: str, values: dict[str, object]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.rowcount)
