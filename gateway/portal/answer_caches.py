"""The answer cache of a team, of the organisation, and one's own: what it brought, what it keeps, how near matches stand."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import redirect

from accounts.models import Team
from accounts.rights import NotYours, Rights
from caching.models import CacheStanding
from gateway import answer_acts, answer_figures, reports
from gateway.answer_figures import Kept
from gateway.models import RollupState
from gateway.portal import answer_pairs, cache_words, deeds, periods
from gateway.portal.access import led_team, page, show
from gateway.portal.answer_pairs import Reader
from gateway.portal.deeds import Outcome
from gateway.portal.own import person
from gateway.reports import EVERYTHING, PassLine, Scope, Totals
from gateway.snapshot.policies import answer_cache
from gateway.store.memory_purge import Counts
from routing import policy_versions
from routing.models import RoutingPolicy

WHATS = (
    ("user", "of a person"),
    ("model", "of a model"),
    ("tag", "with a tag"),
    ("policy", "of a policy version"),
    ("all", "all of them"),
)


@page
def of_team(request: HttpRequest, rights: Rights, slug: str) -> HttpResponseBase:
    team = led_team(rights, slug)
    outcome = _done(request, lambda: _for_team(rights, team, request.POST))
    if outcome.done and outcome.value:
        return redirect(request.get_full_path())
    live = policy_versions.live_row(team.pk)
    policy = answer_cache(live)
    context = {
        "title": team.name or team.slug, "here": "teams", "tab": "answer-cache", "team": team, "outcome": outcome,
        **_shown(request, Scope((team.pk,))), "kept": answer_figures.kept([team.pk]).get(team.pk, Kept()),
        "policy": policy, "settings": cache_words.lines(policy), "standing": answer_figures.standing(team, policy.budget),
        "may_switch_on": answer_acts.may_switch_on(rights), "whats": WHATS,
        **answer_pairs.shown(request, Q(team=team), Reader(rights, live.capture_content)),
    }  # fmt: skip
    return show(request, rights, "answer_cache.html", context, outcome.status)


@page
def of_organisation(request: HttpRequest, rights: Rights) -> HttpResponseBase:
    if not rights.is_admin:
        raise NotYours
    outcome = _done(request, lambda: _for_all(rights, request.POST))
    if outcome.done and outcome.value:
        return redirect(request.get_full_path())
    policy = answer_cache(RoutingPolicy.objects.filter(team=None).first() or RoutingPolicy())
    by_team = answer_figures.kept()
    context = {
        "title": "Answer cache", "here": "organisation", "outcome": outcome, **_shown(request, EVERYTHING),
        "kept": answer_figures.in_all(list(by_team.values())), "settings": cache_words.lines(policy), "whats": WHATS,
    }  # fmt: skip
    context["teams"] = _teams(context["period"], by_team)
    return show(request, rights, "answer_cache.html", context, outcome.status)


@page
def of_mine(request: HttpRequest, rights: Rights) -> HttpResponseBase:
    me = person(rights)
    outcome = _done(request, lambda: _for_me(rights, request.POST))
    if outcome.done and outcome.value:
        return redirect(request.get_full_path())
    period = periods.asked(request.GET)
    context = {
        "title": "My page", "here": "me", "tab": "answer-cache", "outcome": outcome, "period": period,
        "choices": periods.CHOICES, "total": reports.total(period.first, period.last, Scope(user_id=me.pk)),
        "kept": answer_figures.kept_of_user(me.pk), "own": True,
        **answer_pairs.shown(request, Q(user=me, team__in=rights.roles), Reader(rights)),
    }  # fmt: skip
    return show(request, rights, "me_answer_cache.html", context, outcome.status)


def _done(request: HttpRequest, deed: Callable[[], str]) -> Outcome:
    """What a form asked for, tried; what was done is told on the page that follows."""
    if request.method != "POST":
        return deeds.NOTHING
    outcome = deeds.tried(deed)
    if outcome.done:
        messages.success(request, outcome.value)
    return outcome


def _for_team(rights: Rights, team: Team, form: QueryDict) -> str:
    act = form.get("act")
    if act in ("right", "wrong"):
        return answer_pairs.judged(rights, form)
    if act == "on":
        answer_acts.serve_near_again(rights, team)
        return "Near matches are served again. Checks are counted anew from now on."
    if act != "forget":
        raise NotYours
    what = form.get("what", "")
    return _forgot(answer_acts.forget(rights, team, what, deeds.text(form, "word") or ""))


def _for_all(rights: Rights, form: QueryDict) -> str:
    if form.get("act") != "forget":
        raise NotYours
    return _forgot(answer_acts.forget(rights, None, form.get("what", ""), deeds.text(form, "word") or ""))


def _for_me(rights: Rights, form: QueryDict) -> str:
    act = form.get("act")
    if act in ("right", "wrong"):
        return answer_pairs.judged(rights, form)
    if act != "forget":
        raise NotYours
    return _forgot(answer_acts.forget_mine(rights))


def _forgot(found: Counts) -> str:
    entries, checks = found["entries"], found["checks"]
    pairs = f" and {checks:,} near match{'' if checks == 1 else 'es'}" if checks else ""
    return f"Forgotten: {entries:,} kept answer{'' if entries == 1 else 's'}{pairs}."


def _shown(request: HttpRequest, scope: Scope) -> dict[str, Any]:
    period = periods.asked(request.GET)
    found = answer_figures.brought(period.first, period.last, scope)
    skipped = answer_figures.skipped(period.first, period.last, scope)
    state = RollupState.objects.filter(pk=1).first()
    return {
        "period": period,
        "choices": periods.CHOICES,
        "brought": found,
        "total": found.totals,
        "kinds": [(title, _part(found, kind)) for kind, title in _KINDS],
        "skipped": skipped,
        "reasons": [(cache_words.reason(word), n, _share(n, skipped.looked_at)) for word, n in skipped.reasons],
        "newest_looked_at": answer_figures.NEWEST,
        "counted_to": state.counted_to if state else None,
    }  # fmt: skip


_KINDS = (
    ("exact", "The same request"),
    ("semantic", "An ask that means the same"),
    ("shared", "Another request's answer"),
)


def _part(found: answer_figures.Brought, kind: str) -> dict[str, Any]:
    line = found.kinds.get(kind, PassLine(kind, 0, 0, 0, Decimal(0)))
    return {"row": line, "share": _share(line.requests, found.totals.cache_lookups)}


def _share(number: int, whole: int) -> float | None:
    return number / whole if whole else None


def _teams(period: periods.Period, kept: dict[int, Kept]) -> list[dict[str, Any]]:
    """Those that looked for something or keep something; what answered most comes first."""
    used = {line.values[0]: line.totals for line in reports.usage(("team",), period.first, period.last)}
    used = {team: totals for team, totals in used.items() if totals.cache_lookups}
    standings = {row.team_id: row for row in CacheStanding.objects.all()}
    rows = [
        {
            "team": team,
            "totals": used.get(team.pk, Totals()),
            "kept": kept.get(team.pk, Kept()),
            "standing": standings.get(team.pk),
        }
        for team in Team.objects.filter(pk__in={*used, *kept, *standings}).order_by("slug")
    ]
    return sorted(rows, key=lambda row: -row["totals"].cache_hits)
