"""A team's answer cache in the control plane's API, under /api/v1/teams/{slug}/answer-cache. Its leads and administrators."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field, model_validator

from accounts.api.auth import rights_of
from accounts.api.shapes import Body, Text
from accounts.finding import one
from accounts.models import Team
from accounts.rights import NotYours
from gateway import answer_acts, answer_figures
from gateway.answer_figures import Kept
from gateway.partitions import today
from gateway.reports import Scope
from gateway.rollups import DAY
from gateway.snapshot.policies import answer_cache
from routing import policy_versions

router = Router(tags=["answer cache"])


class KindOut(Schema):
    """Requests that were answered so, and what was not spent."""

    requests: int
    tokens_saved: int
    saved_usd: Decimal


class NearOut(Schema):
    """Shares are of 0 to 1; `low` and `high` hold with 95% at every time. `needed`: checks until the proof, if no more are
    wrong; null: out of reach."""

    checks: int
    wrong: int
    low: float
    high: float
    budget: float
    proven: bool
    needed: int | None
    since: dt.datetime | None
    off_since: dt.datetime | None
    off_why: str
    raised_floor: float


class CacheOut(Schema):
    """`skipped`: why requests were not looked for, of the newest `looked_at` of the period. `kept_age_seconds`: of an answer
    when it was served last, half were younger; null: none was."""

    team: str
    mode: str
    scope: str
    first: dt.date
    last: dt.date
    requests: int
    lookups: int
    hits: int
    hit_share: float | None
    by_kind: dict[str, KindOut]
    skipped: dict[str, int]
    looked_at: int
    kept: int
    kept_bytes: int
    kept_oldest: dt.datetime | None
    kept_age_seconds: float | None
    near: NearOut


class Days(Schema):
    """Days are UTC; 30 if nothing is said."""

    days: Annotated[int, Field(ge=1, le=400)] = 30


class PurgeIn(Body):
    """Exactly one. `all` must be true."""

    user: Annotated[Text, Field(min_length=1, max_length=150)] | None = None
    model: Annotated[Text, Field(min_length=1, max_length=300)] | None = None
    tag: Annotated[Text, Field(min_length=1, max_length=80)] | None = None
    policy: Annotated[Text, Field(min_length=1, max_length=60)] | None = None
    all: Literal[True] | None = None

    @model_validator(mode="after")
    def _one(self) -> PurgeIn:
        if sum(value is not None for value in self.given().values()) != 1:
            raise ValueError("name exactly one of user, model, tag, policy and all")
        return self


class Purged(Schema):
    """`answers`: kept ones that are gone; `near_matches`: with their texts."""

    answers: int
    near_matches: int


@router.get("/{slug}/answer-cache", response=CacheOut)
def get_answer_cache(request: HttpRequest, slug: str, asked: Query[Days]) -> Any:
    """What it brought in the last `days`, what it keeps, and how near matches stand."""
    team = _led(request, slug)
    last = today()
    first, scope = last - (asked.days - 1) * DAY, Scope((team.pk,))
    policy = answer_cache(policy_versions.live_row(team.pk))
    brought, skipped = answer_figures.brought(first, last, scope), answer_figures.skipped(first, last, scope)
    kept, totals = answer_figures.kept([team.pk]).get(team.pk, Kept()), brought.totals
    kinds = {
        name: {"requests": line.requests, "tokens_saved": line.tokens_saved, "saved_usd": line.saved_usd}
        for name, line in brought.kinds.items()
    }
    return {
        "team": team.slug, "mode": policy.mode, "scope": policy.scope, "first": first, "last": last,
        "requests": totals.operations, "lookups": totals.cache_lookups, "hits": totals.cache_hits,
        "hit_share": totals.hit_share, "by_kind": kinds, "skipped": dict(skipped.reasons), "looked_at": skipped.looked_at,
        "kept": kept.entries, "kept_bytes": kept.bytes, "kept_oldest": kept.oldest,
        "kept_age_seconds": kept.age.total_seconds() if kept.age is not None else None,
        "near": answer_figures.standing(team, policy.budget),
    }  # fmt: skip


@router.post("/{slug}/answer-cache/purge", response=Purged)
def purge_answer_cache(request: HttpRequest, slug: str, body: PurgeIn) -> Any:
    """Forgets kept answers of the team: of a user, of a model ("account/model"), with a tag, given under a policy version, or
    all. It cannot be undone."""
    team = _led(request, slug)
    ((what, word),) = ((name, value) for name, value in body.given().items() if value is not None)
    found = answer_acts.forget(rights_of(request), team, what, "" if what == "all" else word)
    return {"answers": found["entries"], "near_matches": found["checks"]}


def _led(request: HttpRequest, slug: str) -> Team:
    """To a member of the team there is no such thing, as on the pages."""
    rights = rights_of(request)
    team = one(rights.teams(), slug=slug)
    if not rights.leads(team.pk):
        raise NotYours
    return team
