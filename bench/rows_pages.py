"""Everything an administrator, a lead or a program may open: the admin's lists, filters, searches and forms, the reports, the
API's lists. `all_pages` names each and knows how to fetch it. Used by ``python -m bench.rows`` and by the index tests."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEvent, User
from gateway import partitions, prompt_cache, reports
from gateway.models import Alert, LedgerEntry, Operation
from gateway.reports import EVERYTHING, Scope

OURS = ("accounts", "auth", "gateway", "routing", "sso")
ABSENT = uuid.UUID(int=2**80)
SEARCHES = ("x", "user-7", "lyk_00000003", "session-3-1", str(ABSENT))
PAIRS = (("day", "user"), ("day", "model"), ("model", "tier"), ("user", "key"), ("day", "team", "model"))


@dataclass(frozen=True)
class Page:
    """`fetch` raises if what came is not the page."""

    name: str
    fetch: Callable[[], Any]


def all_pages(days: int) -> list[Page]:
    """Of a database that holds `days` days. Makes the users it needs."""
    root, _ = User.objects.get_or_create(username="bench-root", defaults={"is_superuser": True, "is_staff": True})
    client = Client()
    client.force_login(root)
    lead = Client()
    lead.force_login(User.objects.filter(memberships__role="lead", memberships__team__slug="team-3").order_by("pk")[0])
    return [*admin_pages(client), *report_pages(days), *api_lists(client, "administrator"), *api_lists(lead, "lead")]


def _page(client: Client, name: str, url: str, query: dict[str, Any] | None = None) -> Page:
    def fetch() -> Any:
        answer = client.get(url, query or {})
        assert answer.status_code == 200, f"{url} {query}: {answer.status_code} {answer.content[:300]!r}"
        return answer.content

    return Page(name, fetch)


def admin_pages(client: Client) -> Iterator[Page]:
    yield _page(client, "admin: index", reverse("admin:index"))
    for model, shown in admin.site._registry.items():
        label, name = model._meta.app_label, model._meta.model_name
        if label not in OURS:
            continue
        base, called = f"admin:{label}_{name}", f"admin: {label}.{name}"
        listed = reverse(f"{base}_changelist")
        yield _page(client, f"{called} list", listed)
        yield _page(client, f"{called} second page", listed, {"p": 2})
        if shown.search_fields:
            yield from (_page(client, f"{called} search {text}", listed, {"q": text}) for text in SEARCHES)
        for query in _filters(model, shown):
            yield _page(client, f"{called} {'&'.join(f'{k}={v}' for k, v in query.items())}", listed, query)
        if _may_add(shown):
            yield _page(client, f"{called} add", reverse(f"{base}_add"))
        row = model._default_manager.order_by("pk").last()
        if row is not None:
            yield _page(client, f"{called} detail", reverse(f"{base}_change", args=[row.pk]))
            yield _page(client, f"{called} history", reverse(f"{base}_history", args=[row.pk]))


def _may_add(shown: Any) -> bool:
    """Those that refuse do so without looking at the request."""
    return bool(type(shown).has_add_permission is admin.ModelAdmin.has_add_permission)


def _filters(model: Any, shown: Any) -> Iterator[dict[str, Any]]:
    """Each filter alone, and those of operations with a search, where what is asked for is rare, old or not there."""
    if model is Operation:
        yield from (
            {"status": status} for status in ("completed", "failed", "refused", "truncated", "open", "interrupted")
        )
        yield from ({"tier": tier} for tier in ("SIMPLE", "REASONING"))
        yield from ({"days": days} for days in ("1", "7", "30"))
        yield {"status": "truncated", "tier": "REASONING"}
        yield {"status": "open", "days": "30"}
        yield {"status": "failed", "q": "lyk_00000003"}
        yield {"p": 400}
    if model is AuditEvent:
        yield from ({"action": word} for word in ("created", "never"))
        yield from ({"object_type": word} for word in ("Budget", "never"))
        yield {"team__id__exact": 3}
        yield {"actor__id__exact": 3}
        yield {"p": 400}
    if model is LedgerEntry:
        yield from ({"kind": kind} for kind in ("charge", "adjustment"))
    if model is Alert:
        yield {"closed_at__isempty": 1}
    if model is User:
        yield {"teams__id__exact": 3}
    if "team" in shown.list_filter:
        yield {"team__id__exact": 3}


def report_pages(days: int) -> Iterator[Page]:
    today = partitions.today()
    spans = {n: (today - dt.timedelta(days=n - 1), today) for n in (1, 7, 30, days)}
    scopes = {
        "everything": EVERYTHING,
        "a team": Scope((3,)),
        "20 teams": Scope(tuple(range(1, 21))),
        "a user": Scope(None, 9),
        "a member in a team": Scope((9,), 9),
        "a key": Scope(None, None, uuid.UUID(int=7)),
        "nobody": Scope(None, 10**9),
        "no key": Scope(None, None, ABSENT),
        "no team": Scope(()),
    }
    now = dt.datetime.now(dt.UTC)
    for who, scope in (("everything", EVERYTHING), ("a team", Scope((3,)))):
        yield Page(f"report: broken prompt caches, {who}", lambda s=scope: prompt_cache.broken(now, s))
        for n, (first, last) in spans.items():
            yield Page(
                f"report: prompt caches, {n} d, {who}",
                lambda f=first, z=last, s=scope: prompt_cache.by_model(f, z, lambda *_: None, s),
            )
    one_by_one = ("day", "team", "user", "key", "model", "account", "vendor", "tier", "surface")
    for who, scope in scopes.items():
        for n, (first, last) in spans.items():
            yield Page(f"report: total, {n} d, {who}", lambda f=first, z=last, s=scope: reports.total(f, z, s))
            yield Page(f"report: by_day, {n} d, {who}", lambda f=first, z=last, s=scope: reports.by_day(f, z, s))
            for by in [*((name,) for name in one_by_one), *PAIRS]:
                words = ", ".join(by)
                yield Page(
                    f"report: usage by {words}, {n} d, {who}",
                    lambda b=by, f=first, z=last, s=scope: reports.usage(b, f, z, s, 1000),
                )
            if who in ("everything", "a team", "20 teams"):
                yield Page(
                    f"report: passes, {n} d, {who}", lambda f=first, z=last, s=scope: reports.passes(f, z, s.team_ids)
                )
            if n <= 7:
                yield Page(
                    f"report: usage by hour, {n} d, {who}",
                    lambda f=first, z=last, s=scope: reports.usage(("hour",), f, z, s),
                )
        for where, share in (("newest", 0.0), ("middle", 0.5), ("oldest", 0.98)):
            moment = dt.datetime.now(dt.UTC) - dt.timedelta(days=days * share)
            before = uuid.UUID(int=int(moment.timestamp() * 1000) << 80)
            yield Page(
                f"report: recent_operations, {where}, {who}",
                lambda b=before, s=scope: reports.recent_operations(s, b),
            )


def api_lists(client: Client, who: str) -> Iterator[Page]:
    for name in ("teams", "teams/team-3/members", "users", "keys", "budgets", "audit-events"):
        for query in ({}, {"limit": 100}, {"limit": 100, "offset": 400}):
            words = " ".join(f"{key}={value}" for key, value in query.items())
            yield _page(client, f"api as {who}: {name} {words}".rstrip(), f"/api/v1/{name}", query)
    for query in (
        {"object_type": "Budget"},
        {"object_type": "never"},
        {"actor": "user-7"},
        {"actor": "nobody"},
        {"object_type": "ApiKey", "object_id": "16"},
        {"limit": 100, "offset": 200_000},
    ):
        words = " ".join(f"{key}={value}" for key, value in query.items())
        yield _page(client, f"api as {who}: audit-events {words}", "/api/v1/audit-events", query)
