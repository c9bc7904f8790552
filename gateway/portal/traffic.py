"""Single requests: one's own, or, for a lead, those of the team; what was decided for one, tried, paid and lost."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponseBase

from accounts.models import ApiKey, Team, User
from accounts.rights import NotYours, Rights
from gateway import reports
from gateway.models import Attempt, Operation
from gateway.portal import cache_words, naming, receipts
from gateway.portal.access import led_team, page, show
from gateway.reports import Page, RecentOperation, Scope

PAGE = 50
_DAY = dt.timedelta(days=1)
# status -> (how it is shown, what it means)
STATUSES = {
    "completed": ("good", "The answer came whole."),
    "open": ("accent", "It is still being answered, or how it ended is not in the books yet."),
    "truncated": ("warn", "The provider broke the answer off; what came was delivered and counted."),
    "interrupted": ("", "The client left before the end; what the provider had made by then is counted."),
    "rejected": ("warn", "The provider refused the request itself."),
    "refused": ("warn", "A limit, a budget or a policy here refused it; no provider was called."),
    "failed": ("bad", "No provider could serve it."),
}
MODES = {
    "auto": "scored by how hard it is",
    "tier": "the caller named the tier",
    "target": "the caller named the model",
    "pinned": "the team's policy pins the tier",
    "here": "a question of the client program itself, answered without a model",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A request in a list. `holder`: whose it is, where that is not the reader."""

    row: RecentOperation
    tone: str
    holder: str = ""

    @property
    def fallbacks(self) -> int:
        return max(0, self.row.attempts - 1)

    @property
    def prompt(self) -> int | None:
        """All input, cached or not."""
        row = self.row
        return _sum(row.input_tokens, row.cache_read_tokens, row.cache_write_5m_tokens, row.cache_write_1h_tokens)


def lines(found: Page, holders: dict[int, str] | None = None) -> list[Shown]:
    return [_line(row, holders or {}) for row in found.operations]


def _line(row: RecentOperation, holders: dict[int, str]) -> Shown:
    return Shown(row, STATUSES.get(row.status, ("", ""))[0], holders.get(row.user_id or 0, ""))


@page
def own(request: HttpRequest, rights: Rights) -> HttpResponseBase:
    """One's own, in whatever team they were made."""
    assert rights.user is not None
    found = reports.recent_operations(Scope(user_id=rights.user.pk), _before(request), PAGE)
    context = {"title": "My page", "here": "me", "tab": "requests", "lines": lines(found), "older": found.older}
    return show(request, rights, "me_requests.html", {**context, "newest": "before" not in request.GET})


@page
def of_team(request: HttpRequest, rights: Rights, slug: str) -> HttpResponseBase:
    """A lead sees what was done with the team's keys, and nothing that its people do elsewhere."""
    team = led_team(rights, slug)
    members = {row.pk: row.username for row in User.objects.filter(memberships__team=team).order_by("username")}
    who = request.GET.get("user", "")
    user_id = next((pk for pk, name in members.items() if name == who), None)
    if who and user_id is None:
        raise NotYours
    found = reports.recent_operations(Scope((team.pk,), user_id), _before(request), PAGE)
    known = _names(row.user_id for row in found.operations)
    context = {
        "title": team.name or team.slug, "here": "teams", "tab": "requests", "team": team, "who": who,
        "members": sorted(members.values()), "lines": lines(found, known), "older": found.older,
        "newest": "before" not in request.GET,
    }  # fmt: skip
    return show(request, rights, "team_requests.html", context)


def _names(ids: Iterable[int | None]) -> dict[int, str]:
    return dict(User.objects.filter(pk__in={pk for pk in ids if pk}).values_list("pk", "username"))


def _before(request: HttpRequest) -> uuid.UUID | None:
    try:
        return uuid.UUID(request.GET["before"]) if "before" in request.GET else None
    except ValueError:
        raise NotYours from None


@page
def one(request: HttpRequest, rights: Rights, id_: uuid.UUID) -> HttpResponseBase:
    operation = operation_of(rights, id_)
    attempts = list(
        Attempt.objects.filter(
            operation_id=operation.pk, day__range=(operation.day - _DAY, operation.day + _DAY)
        ).order_by("sequence", "id")
    )
    mine = rights.user is not None and operation.user_id == rights.user.pk
    team = Team.objects.filter(pk=operation.team_id).first()
    served = next((row for row in reversed(attempts) if row.account == operation.account), None)
    tone, meaning = STATUSES.get(operation.status, ("", ""))
    context = {
        "title": "Request", "here": "me" if mine else "teams", "operation": operation, "attempts": _told(attempts, served),
        "mine": mine, "team": team, "key": ApiKey.objects.filter(pk=operation.key_id).first(), "tone": tone,
        "holder": _names([operation.user_id]).get(operation.user_id or 0, ""), "meaning": meaning,
        "mode": MODES.get(operation.decision.get("mode", ""), ""), "targets": operation.decision.get("targets", ()),
        "surface": naming.names("surface", [operation.surface])[operation.surface].text, "prompt": _prompt(operation),
        "written": _sum(operation.cache_write_5m_tokens, operation.cache_write_1h_tokens),
        "planned": attempts[0].tier if attempts else "",
        "request_id": f"req_{operation.pk.hex}", "led": team is not None and rights.leads(team.pk),
        "receipt": receipts.told(operation), "cache": cache_words.outcome(operation.cache),
        "explainable": bool(operation.features.get("values")) and rights.leads(operation.team_id),
    }  # fmt: skip
    return show(request, rights, "request.html", context)


def operation_of(rights: Rights, id_: uuid.UUID) -> Operation:
    """A request that is the reader's own or of a team they lead. Its id tells the day, so that one partition is read."""
    if id_.version != 7:
        raise NotYours
    try:
        day = dt.datetime.fromtimestamp((id_.int >> 80) / 1000, dt.UTC).date()
        days = (day - _DAY, day + _DAY)
    except (OverflowError, ValueError, OSError):
        raise NotYours from None
    row = Operation.objects.filter(pk=id_, day__range=days).first()
    me = rights.user.pk if rights.user is not None else None
    if row is None or not (rights.leads(row.team_id) or (me is not None and row.user_id == me)):
        raise NotYours
    return row


def _prompt(row: Operation) -> int | None:
    return _sum(row.input_tokens, row.cache_read_tokens, row.cache_write_5m_tokens, row.cache_write_1h_tokens)


def _told(attempts: list[Attempt], served: Attempt | None) -> list[dict[str, Any]]:
    tones = {"settled": "good", "failed": "bad", "rejected": "warn", "truncated": "warn", "open": "accent"}
    return [
        {
            "row": row,
            "tone": tones.get(row.status, ""),
            "served": row is served and row.status != "failed",
            "written": _sum(row.cache_write_5m_tokens, row.cache_write_1h_tokens),
        }
        for row in attempts
    ]


def _sum(*numbers: int | None) -> int | None:
    known = [number for number in numbers if number is not None]
    return sum(known) if known else None
