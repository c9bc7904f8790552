"""What people do about kept answers, whatever the door (portal, API, admin): rights first, then one change; audited.

Each runs in a transaction and raises `NotYours`, `TooMuch` or Django's `ValidationError`; then nothing was changed. Events
name numbers, models, tags and people, never a text.
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
from caching.models import CacheCheck, CacheStanding
from gateway import alerts
from gateway.store import memory_purge
from gateway.store.memory_purge import Counts
from gateway.store.memory_verdicts import ALERT, Settled, settle_verdict, switch_on
from routing import policy_versions

Verdict = Literal["same", "different"]
WHAT = ("user", "model", "tag", "policy", "all")
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


def may_switch_on(rights: Rights) -> bool:
    """Who may change policies."""
    user = rights.user if rights.key is None else None
    return rights.is_admin or (user is not None and user.has_perm("routing.change_routingpolicy"))


@transaction.atomic
def serve_near_again(rights: Rights, team: Team) -> None:
    """Near matches of the team are served again, and their counting begins anew."""
    if not may_switch_on(rights):
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


def forget(rights: Rights, team: Team | None, what: str, word: str = "") -> Counts:
    """Kept answers of a team, by its leads; of every team (None) by administrators: a deletion request, above all.
    `what`: one of `WHAT`, `word`: the user name, model, tag or policy version. `memory_purge` tells the audit."""
    if team is None:
        rights.must_be_admin()
    else:
        rights.may_change(team.pk)
    if what not in WHAT:
        raise ValidationError("Say what to forget: of a user, a model, a tag, a policy version, or all.")
    own = team.pk if team is not None else None
    if what == "all":
        return memory_purge.purge_team(own) if own is not None else memory_purge.purge_all()
    if not word or "\0" in word or len(word) > LONGEST[what]:
        raise ValidationError(f"Name the {what} whose answers are to be forgotten.")
    if what == "user":
        return memory_purge.purge_user(_somebody(word).pk, own)
    return _BY_WORD[what](word, own)


def forget_mine(rights: Rights) -> Counts:
    """In every team, what was kept for who asks."""
    if rights.user is None:
        raise NotYours
    return memory_purge.purge_user(rights.user.pk)


_BY_WORD = {"model": memory_purge.purge_target, "tag": memory_purge.purge_tag, "policy": memory_purge.purge_policy}


def _somebody(username: str) -> User:
    """Of anybody: who left the team has left their answers there."""
    try:
        return one(User.objects.all(), username=username)
    except NotYours:
        raise ValidationError(f"Nobody is called {username}: give the exact user name.") from None


def _run(statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else []
