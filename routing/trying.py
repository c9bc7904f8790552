"""An ask tried on the rules as they are in the database now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gateway.chat.request import ChatRequest, Message, Text
from routing.ask import ask_of
from routing.judgement import Judgement, judge
from routing.models import RoutingPolicy, RoutingRule
from routing.rules import Rule, Rules
from routing.tiers import Bounds, Policy, Tier


@dataclass(frozen=True)
class Outcome:
    """`said`: what of the ask rules read. `matches`: whether the pattern that was typed in does, None without one."""

    judgement: Judgement
    said: str
    matches: bool | None = None


def try_ask(text: str, team: Any = None, pattern: str = "", form: str = "words") -> Outcome:
    request = ChatRequest("anthropic", "auto", (Message("user", (Text(text),)),))
    judged = judge(request, policy_of(team), Rules(rules_of(team)))
    matches = None
    ask = ask_of(request)
    if pattern:
        typed = Rules([Rule("typed", "typed in", "floor", pattern, Tier.SIMPLE, form=form)])
        matches = bool(typed.hits(ask, judged.features))
    return Outcome(judged, ask.reading.said, matches)


def rules_of(team: Any) -> list[Rule]:
    """A team's own before the organisation's; its own takes the place of one of the same name."""
    own = [] if team is None else list(RoutingRule.objects.filter(team=team))
    names = {row.name for row in own}
    rows = own + [row for row in RoutingRule.objects.filter(team=None) if row.name not in names]
    return [found for row in rows if (found := rule_of(row)) is not None]


def rule_of(row: RoutingRule) -> Rule | None:
    tier = Tier.parse(row.tier)
    if tier is None:
        return None
    return Rule(str(row.pk), row.name, row.kind, row.pattern, tier, row.enabled, row.scope, row.form)


def policy_of(team: Any) -> Policy:
    """Its own bounds, else the organisation's; a pinned tier is left out, for the rules are what is tried."""
    rows = {row.team_id: row for row in RoutingPolicy.objects.filter(team__in=[team] if team else [])}
    row = rows.get(team.pk) if team else None
    row = row or RoutingPolicy.objects.filter(team=None).first()
    return Policy(bounds=Bounds(row.simple_up_to, row.medium_up_to, row.complex_up_to)) if row else Policy()
