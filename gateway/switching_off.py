"""What the passes of a policy cost more than they save is switched off by itself, once a night (CMP-4).

Two things tell: the net of the sessions held out (gateway.savings), and the receipts of one pass over a week. It is a new
version of the policy without an author, whose reason has the figures, with an audit event and an alert. What somebody
switched on again is judged by the traffic since then only.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal

import structlog
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Team
from gateway import alerts
from gateway.models import Alert, NetSavings
from gateway.netting import LEAST_SESSIONS
from gateway.rollups import HOUR
from gateway.savings import SETTINGS, Holder, holders
from routing import policy_versions
from routing.models import RoutingPolicy

log = structlog.get_logger("lynkr.savings")

ALERT = "savings"
REASON = "switched off by itself: "
DAYS = 7
LEAST_REQUESTS = 200
# Each with its value when off, those that change most of a prompt first. History is trimmed so that a request fits, not to
# save, so it is not among them.
OFF: dict[str, object] = {"compress_results": False, "terse": "off", "tool_selection": "off", "cache_marks": "off"}
_BEHIND = {"terse": "terse", "marks": "cache_marks", "selection": "tool_selection", "trim": ""}
_OLD = dt.timedelta(days=14)  # an alert is news: after so long it has been read
_LOSSES = """
SELECT name, sum(requests), sum(saved_usd) FROM gateway_passhour WHERE team_id = ANY(%s) AND hour >= %s AND hour < %s
GROUP BY name HAVING sum(requests) >= %s AND sum(saved_usd) < 0 ORDER BY 3
"""


def setting_of(name: str) -> str:
    """The setting of a policy behind the pass called `name`: those without one of their own are of tool results. "":
    none that saves anything."""
    return _BEHIND.get(name, "compress_results")


def look(now: dt.datetime | None = None) -> int:
    """How many policies have something switched off now that was on before."""
    moment = now or timezone.now()
    done, on = 0, set()
    for holder in holders():
        reasons = reasons_of(holder, moment)
        if reasons and _switch_off(holder, reasons):
            done += 1
        on |= {_subject(holder, name) for name in OFF if is_on(holder.policy, name) and name not in reasons}
    _close_old(on, moment)
    return done


def is_on(policy: RoutingPolicy, name: str) -> bool:
    return bool(getattr(policy, name) != OFF[name])


def reasons_of(holder: Holder, now: dt.datetime) -> dict[str, str]:
    """What is to be switched off, and why, by setting."""
    found = _by_net(holder, now)
    for name, why in _by_receipts(holder, now).items():
        found.setdefault(name, why)
    return found


def _by_net(holder: Holder, now: dt.datetime) -> dict[str, str]:
    row = NetSavings.objects.filter(team=holder.team, computed_at__gt=now - dt.timedelta(days=2)).first()
    if row is None or row.net_share is None or row.low is None or row.high is None or row.high >= 0:
        return {}
    if min(row.sessions_treated, row.sessions_held_out) < LEAST_SESSIONS:
        return {}
    changed = policy_versions.changed_at(holder.policy, SETTINGS)
    if changed is not None and changed > row.since:  # meanwhile
        return {}
    name = next((name for name in OFF if is_on(holder.policy, name)), None)
    if name is None:
        return {}
    share = f"{row.net_share:.1%} ({row.low:.1%} to {row.high:.1%})"
    sessions = f"{row.sessions_treated} sessions against {row.sessions_held_out} held out"
    return {name: f"{_words(name)}: net {share} since {row.since:%Y-%m-%d}, {sessions}"}


def _by_receipts(holder: Holder, now: dt.datetime) -> dict[str, str]:
    """The whole hours of seven days, of each setting those after it was switched on."""
    last = now.astimezone(dt.UTC).replace(minute=0, second=0, microsecond=0) + HOUR
    read: dict[dt.datetime, list[tuple[str, int, Decimal]]] = {}
    found: dict[str, str] = {}
    for setting in OFF:
        if not is_on(holder.policy, setting):
            continue
        start = last - dt.timedelta(days=DAYS)
        changed = policy_versions.changed_at(holder.policy, [setting])
        if changed is not None and changed > start:
            start = changed.astimezone(dt.UTC).replace(minute=0, second=0, microsecond=0) + HOUR
        if start not in read:
            with connection.cursor() as cursor:
                cursor.execute(_LOSSES, [list(holder.team_ids), start, last, LEAST_REQUESTS])
                read[start] = cursor.fetchall()
        losses = [row for row in read[start] if setting_of(row[0]) == setting]
        if losses:
            name, requests, usd = losses[0]
            figures = f"{-usd:.4f} USD more than it saved, {requests} requests since {start:%Y-%m-%d %H:%M}"
            found[setting] = f"{_words(setting)}: the pass {name} cost {figures}"
    return found


def _switch_off(holder: Holder, reasons: Mapping[str, str]) -> bool:
    """The team's own policy, made as a copy of the organisation's where it has none: that one is not changed for its sake."""
    with transaction.atomic():
        if holder.team is not None:
            Team.objects.select_for_update().get(pk=holder.team.pk)  # two runs at once
        policy = RoutingPolicy.objects.select_for_update().filter(team=holder.team).first()
        if policy is None:
            policy = RoutingPolicy(team=holder.team, **holder.policy.content())
        changed = [name for name in reasons if is_on(policy, name)]
        for name in changed:
            setattr(policy, name, OFF[name])
        if not changed:
            return False
        policy.by, policy.why = None, REASON + "; ".join(reasons[name] for name in changed)
        policy.save()
        for name in changed:
            alerts.raise_alert(ALERT, _subject(holder, name), f"{holder.name}: switched off {reasons[name]}.")
    log.warning("passes switched off", holder=holder.name, settings=changed)
    return True


def _close_old(on: set[str], now: dt.datetime) -> None:
    for alert in Alert.objects.filter(kind=ALERT, closed_at=None):
        if alert.subject in on or alert.opened_at < now - _OLD:
            alerts.close_alert(ALERT, alert.subject)


def _subject(holder: Holder, setting: str) -> str:
    return f"{holder.name}: {setting}"


def _words(setting: str) -> str:
    return setting.replace("_", " ")
