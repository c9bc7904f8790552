"""What people do about kept answers, whatever the door (portal, API, admin): rights first, then one change, told to the audit.

Each runs in a transaction and raises `NotYours`, `TooMuch` or Django's `ValidationError`; then nothing was changed. Events name
numbers, models, tags and people, never a text.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any, Literal

from django.core.exceptions import ValidationError
from django.db import connection, transaction

from accounts import audit
from accounts.finding import one
from accounts.models import Team, User
from accounts.rights import NotYours, Rights, TooMuch
from caching.models import CacheCheck, CacheEntry, CacheStanding
from gateway import alerts
from gateway.store import memory_purging
from gateway.store.memory_purging import Forgotten
from gateway.store.memory_verdicts import ALERT, Settled, settle_verdict, switch_on
from routing import policy_versions

Verdict = Literal["same", "different"]
OF_A_TEAM = ("user", "model", "tag", "policy", "all")
_ALL = CacheEntry(pk=uuid.UUID(int=0), target="answers", scope="every team")  # how the audit names them
LONGEST = {"user": 150, "model": 300, "tag": 80, "policy": 60}


def may_judge(rights: Rights, check: CacheCheck) -> bool:
    """Its team's leads, and who asked, while in the team."""
    mine = rights.user is not None and check.user_id == rights.user.pk and check.team_id in rights.roles
    return mine or rights.leads(check.team_id)


@transaction.atomic
def judge(rights: Rights, id_: uuid.UUID, verdict: Verdict) -> Settled:
    """A person's word about a near match. Said again it changes nothing."""
    check = one(CacheCheck.objects.select_related("team"), pk=id_)
    if not may_judge(rights, check):
        raise NotYours
    before = {"verdict": check.verdict, "by": check.judged_by}
    budget = policy_versions.live_row(check.team_id).cache_error_percent / 100
    settled = settle_verdict(_run, str(id_), verdict, "person", budget)
    if settled is None:
        raise NotYours
    if settled.before != (verdict, "person"):
        after = {"verdict": verdict, "by": "person", "answers_taken_out": settled.evicted}
        more = {"switched_off": settled.switched_off} if settled.switched_off else {}
        audit.record("judged", check, before, after | more)
    return settled


def may_switch_on(rights: Rights, team_id: int) -> bool:
    """Who may change the team's policy."""
    if rights.is_admin:
        return True
    user = rights.user if rights.key is None else None
    return user is not None and rights.leads(team_id) and user.has_perm("routing.change_routingpolicy")


@transaction.atomic
def serve_near_again(rights: Rights, slug: str) -> Team:
    """Near matches of the team are served again, and their counting begins anew."""
    team = one(rights.teams(), slug=slug)
    if not may_switch_on(rights, team.pk):
        raise TooMuch("Who may change the team's policy switches near matches on again.")
    row = CacheStanding.objects.select_for_update().filter(team=team).first()
    if row is None:
        raise ValidationError("Nothing was counted of this team yet, so nothing is switched off.")
    before = {
        "checks": row.checks, "wrong": row.wrong, "off_why": row.off_why, "raised_floor": row.raised_floor,
        "off_since": row.off_since.isoformat() if row.off_since else None,
    }  # fmt: skip
    switch_on(_run, team.pk)
    alerts.close_alert(ALERT, team.slug)
    audit.record("switched on", row, before, {"checks": 0, "wrong": 0, "off_since": None, "raised_floor": 0})
    return team


@transaction.atomic
def forget(rights: Rights, slug: str, what: str, word: str = "") -> Forgotten:
    """Of a team, by its leads: `what` one of `OF_A_TEAM`, `word` the user name, model, tag or policy version."""
    team = one(rights.teams(), slug=slug)
    rights.may_change(team.pk)
    _checked(what, word)
    if what == "user":
        found = memory_purging.of_user(_somebody(word).pk, team.pk)
    elif what == "all":
        found = memory_purging.of_team(team.pk)
    else:
        found = _BY_WORD[what](word, team.pk)
    return _told(team, what, word, found)


@transaction.atomic
def forget_person(rights: Rights, username: str) -> Forgotten:
    """In every team: a deletion request. Administrators."""
    rights.must_be_admin()
    _checked("user", username)
    user = _somebody(username)
    return _told(user, "user", username, memory_purging.of_user(user.pk))


@transaction.atomic
def forget_mine(rights: Rights) -> Forgotten:
    """In every team, what was kept for who asks."""
    if rights.user is None:
        raise NotYours
    return _told(rights.user, "user", rights.user.username, memory_purging.of_user(rights.user.pk))


@transaction.atomic
def forget_everywhere(rights: Rights, what: str, word: str = "") -> Forgotten:
    """Of every team: a model, a tag, a policy version, or all. Administrators."""
    rights.must_be_admin()
    _checked(what, word)
    if what == "user":
        return forget_person(rights, word)
    found = memory_purging.everything() if what == "all" else _BY_WORD[what](word)
    return _told(None, what, word, found)


_BY_WORD = {"model": memory_purging.of_model, "tag": memory_purging.of_tag, "policy": memory_purging.of_policy}


def _checked(what: str, word: str) -> None:
    if what not in OF_A_TEAM:
        raise ValidationError("Say what to forget: of a user, a model, a tag, a policy version, or all.")
    if what == "all":
        return
    if not word or "\0" in word or len(word) > LONGEST[what]:
        raise ValidationError(f"Name the {what} whose answers are to be forgotten.")


def _somebody(username: str) -> User:
    """`username` may be of somebody who left the team: their answers are the team's still."""
    try:
        return one(User.objects.all(), username=username)
    except NotYours:
        raise ValidationError(f"Nobody is called {username}: give the exact user name.") from None


def _told(row: Team | User | None, what: str, word: str, found: Forgotten) -> Forgotten:
    after = {"what": what, "word": word, "answers": found.entries, "near_matches": found.checks}
    audit.record("forgot answers", row if row is not None else _ALL, None, after)
    return found


def _run(statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else []
