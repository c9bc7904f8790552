"""What served traffic would have cost under another configuration: judged again from stored features, sent to the first
target of its tier, its tokens priced anew. Pure.

What it leaves out, and pages say so: sessions that stay on their model, targets that were down, other models writing
longer or shorter answers and having to fill their cache first; and patterns of new rules, for no words were kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from gateway.chat.usage import Usage
from gateway.fallback import ladder
from gateway.pricing import cost
from gateway.providers.account import Account
from routing.recording import judged_again
from routing.tiers import TargetRef, Tier

from .ports import Snapshot, Team

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Served:
    """One request as it was served. `record` as routing.recording made it; `paid` None: its price was unknown."""

    mode: str
    tier: Tier | None
    target: TargetRef
    record: Mapping[str, Any]
    usage: Usage
    paid: Decimal | None = None
    team_id: int = 0


@dataclass(frozen=True, slots=True)
class _Setting:
    """A team's configuration, and the accounts there are."""

    team: Team
    accounts: Mapping[str, Account]

    def place(self, row: Served) -> tuple[Tier | None, TargetRef]:
        """Where `row` would go: by its features if it was routed by difficulty, else as it was asked for."""
        tier = row.tier
        if row.mode in ("auto", "pinned"):
            judged = judged_again(row.record, self.team.policy, self.team.rules.rules)
            tier = judged.tier if judged is not None else row.tier
        if row.mode == "target" or tier is None:
            return None, row.target
        for step in ladder(tier, self.team.tier_map.targets, fallback=True):
            if step.target.account in self.accounts:
                return tier, step.target
        return tier, row.target

    def cost(self, target: TargetRef, usage: Usage) -> Decimal | None:
        account = self.accounts.get(target.account)
        if account is None:
            return None
        unknown = self.team.policy.unknown_price
        return cost(self.team.prices.charged(account.vendor, target.model, account.base_url, unknown), usage)


@dataclass(slots=True)
class Outcome:
    """`now` and `then`: USD of the `priced` requests whose price is known under both; `paid`: what these did cost. `moved`
    by (tier now, tier then). `unpriced`: models nobody knows the price of, with requests that would go there. `unjudged`:
    requests without stored features, left where they were."""

    requests: int = 0
    priced: int = 0
    paid: Decimal = ZERO
    now: Decimal = ZERO
    then: Decimal = ZERO
    tier_changes: int = 0
    model_changes: int = 0
    unjudged: int = 0
    moved: Counter[tuple[str, str]] = field(default_factory=Counter)
    targets: dict[str, list[int]] = field(default_factory=dict)
    unpriced: Counter[str] = field(default_factory=Counter)

    @property
    def difference(self) -> Decimal:
        return self.then - self.now

    @property
    def change(self) -> float | None:
        return float(self.difference / self.now) if self.now else None

    def share(self, number: int) -> float | None:
        return number / self.requests if self.requests else None

    @property
    def tier_share(self) -> float | None:
        return self.share(self.tier_changes)

    @property
    def model_share(self) -> float | None:
        return self.share(self.model_changes)

    def matrix(self) -> list[tuple[str, list[int]]]:
        """Rows: the tier now; columns: the tier then, both in order."""
        names = [tier.name for tier in Tier]
        return [(name, [self.moved[(name, other)] for other in names]) for name in names]


def simulate(rows: Iterable[Served], now: Snapshot, then: Snapshot) -> Outcome:
    """`rows` of teams that are in both."""
    found = Outcome()
    settings: dict[int, tuple[_Setting, _Setting]] = {}
    for row in rows:
        if row.team_id not in settings:
            settings[row.team_id] = (_setting(now, row.team_id), _setting(then, row.team_id))
        before, after = settings[row.team_id]
        found.requests += 1
        if row.mode in ("auto", "pinned") and not row.record.get("values"):
            found.unjudged += 1
        tier_now, target_now = before.place(row)
        tier_then, target_then = after.place(row)
        if tier_now is not None and tier_then is not None:
            found.moved[(tier_now.name, tier_then.name)] += 1
            found.tier_changes += tier_now != tier_then
        found.model_changes += target_now != target_then
        found.targets.setdefault(str(target_now), [0, 0])[0] += 1
        found.targets.setdefault(str(target_then), [0, 0])[1] += 1
        _money(found, row, before.cost(target_now, row.usage), after.cost(target_then, row.usage), target_then)
    return found


def _setting(snapshot: Snapshot, team_id: int) -> _Setting:
    return _Setting(snapshot.teams[team_id], snapshot.accounts)


def _money(found: Outcome, row: Served, now: Decimal | None, then: Decimal | None, target: TargetRef) -> None:
    if then is None:
        found.unpriced[str(target)] += 1
    if now is None or then is None:
        return
    found.priced += 1
    found.paid += row.paid or ZERO
    found.now += now
    found.then += then
