"""Two configurations compared on a sample of the traffic that they would route or price differently."""

from __future__ import annotations

from typing import Any

from gateway.ports import Snapshot
from gateway.sampling import Sample
from gateway.simulating import simulate
from gateway.snapshot import build

__all__ = ["build", "compared"]


def compared(now: Snapshot, then: Snapshot, days: int) -> dict[str, Any]:
    """Of the teams whose configuration differs in anything that routes or prices."""
    teams = [team_id for team_id in now.teams if team_id in then.teams and _differ(now, then, team_id)]
    sample = Sample(teams, days)
    outcome = simulate(sample.rows(), now, then)
    targets = sorted(outcome.targets.items(), key=lambda item: -max(item[1]))[:12]
    return {
        "outcome": outcome,
        "sample": sample,
        "team_names": sorted(now.teams[team_id].slug for team_id in teams),
        "target_rows": [(name, before, after) for name, (before, after) in targets],
        "unpriced": outcome.unpriced.most_common(8),
        "tiers": ("simple", "medium", "complex", "reasoning"),
    }


def _differ(now: Snapshot, then: Snapshot, team_id: int) -> bool:
    """Prices are not compared by value (a table is no value), but by the rates of what the team can call."""
    before, after = now.teams[team_id], then.teams[team_id]
    if before.tier_map != after.tier_map or before.policy != after.policy or before.rules.rules != after.rules.rules:
        return True
    targets = {entry.target for entry in (*before.models.values(), *after.models.values())}
    for target in targets:
        account = now.accounts.get(target.account) or then.accounts.get(target.account)
        if account is None:
            continue
        asked = (account.vendor, target.model, account.base_url)
        if before.prices.price(*asked) != after.prices.price(*asked):
            return True
    return False
