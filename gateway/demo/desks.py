"""What the invented traffic is decided and priced by: the configuration as it is in the database."""

from __future__ import annotations

from django.utils import timezone

from accounts.models import Team
from gateway.demo.calls import Account, Desk
from gateway.models import ProviderAccount
from gateway.snapshot.policies import policy_of
from gateway.snapshot.prices import PricesByTeam, in_force
from routing import tier_maps
from routing.models import CatalogueModel, PriceOverride, RoutingPolicy, TierMap
from routing.tiers import TargetRef, Tier

_ANTHROPIC = frozenset({"anthropic", "bedrock"})


def desks() -> dict[int, Desk]:
    """By team id."""
    prices = PricesByTeam(PriceOverride.objects.all(), in_force(timezone.now()))
    accounts = {
        row.name: Account(row.vendor, row.base_url, _dialect(row.vendor)) for row in ProviderAccount.objects.all()
    }
    maps = {row.team_id: row for row in TierMap.objects.all()}
    policies = {row.team_id: row for row in RoutingPolicy.objects.all()}
    models = {
        row.name: TargetRef(row.account.name, row.model) for row in CatalogueModel.objects.select_related("account")
    }
    found = {}
    for team in Team.objects.all():
        content = {**tier_maps.content_of(maps[None])}
        if team.pk in maps:
            content |= {tier: refs for tier, refs in tier_maps.content_of(maps[team.pk]).items() if refs}
        policy = policies.get(team.pk) or policies[None]
        found[team.pk] = Desk(
            team.pk,
            {Tier[name]: tuple(_target(ref) for ref in refs) for name, refs in content.items()},
            models,
            prices.of(team.pk),
            accounts,
            tuple(policy.auto_names),
            Tier.parse(policy.pinned_tier),
            hour_cache=team.slug == "platform",
            caught=team.slug == "support",
            passes=policy_of(policy, "").passes,
        )
    return found


def _target(ref: str) -> TargetRef:
    account, _, model = ref.partition("/")
    return TargetRef(account, model)


def _dialect(vendor: str) -> str:
    return "anthropic" if vendor in _ANTHROPIC else "openai_chat"
