"""Certainty rules as the data plane sees them: a team's own rule takes the place of the organisation's of the same name."""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache

from routing.models import RoutingRule
from routing.rules import Rule, Rules
from routing.trying import rule_of


class RulesByTeam:
    """Read once, in one query; teams without rules of their own share the organisation's."""

    def __init__(self) -> None:
        by_team: dict[int | None, list[Rule]] = defaultdict(list)
        for row in RoutingRule.objects.order_by("position", "id"):
            if (rule := rule_of(row)) is not None:
                by_team[row.team_id].append(rule)
        self._common = by_team.pop(None, [])
        self._own = by_team

    def of(self, team_id: int | None) -> Rules:
        own = self._own.get(team_id, []) if team_id is not None else []
        replaced = {rule.name for rule in own}
        return _compiled((*own, *(rule for rule in self._common if rule.name not in replaced)))


@lru_cache(maxsize=64)
def _compiled(rules: tuple[Rule, ...]) -> Rules:
    """Kept over changes of other rows."""
    return Rules(rules)
