"""Whether each team is served near matches, as far as its checks show."""

from __future__ import annotations

from caching.bounds import Standing, proven_good
from caching.models import CacheStanding
from gateway.ports import NearMatches

UNCHECKED = NearMatches()


class Standings:
    """Of all teams, in one query."""

    def __init__(self) -> None:
        fields = ("team_id", "off_since", "checks", "wrong", "raised_floor")
        self._rows = {team: row for team, *row in CacheStanding.objects.values_list(*fields)}

    def of(self, team_id: int, budget: float) -> NearMatches:
        """`budget`: the share (0 to 1) of wrong ones that the team's policy bears. A change of it tells at once."""
        row = self._rows.get(team_id)
        if row is None:
            return UNCHECKED
        off_since, checks, wrong, raised = row
        return NearMatches(off_since is not None, proven_good(Standing(checks, wrong), budget), raised)
