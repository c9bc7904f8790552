"""The configuration as a file `apply` takes. Secrets leave as names of environment variables, keys without their text."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import yaml

from accounts.models import ApiKey, Budget, Team, User
from gateway.configuration import embedding, rules
from gateway.configuration.shapes import AMOUNTS, CACHE, DEADLINES, LOOP_GUARD, PASSES, RATES, SECOND_LOOKS
from gateway.models import ProviderAccount
from routing import tier_maps
from routing.models import CatalogueModel, PriceOverride, RoutingPolicy, TierMap
from routing.tiers import DEFAULT_BOUNDS


def tree() -> dict[str, Any]:
    """Sections without rows are left out; so are revoked keys."""
    defaults = _some(tiers=_tiers(None), policy=_policy(None), rules=rules.tree(None))
    return _some(
        providers=[_provider(row) for row in ProviderAccount.objects.prefetch_related("secrets")],
        defaults=defaults,
        teams=[_team(row) for row in Team.objects.order_by("slug")],
        keys=[_key(row) for row in ApiKey.objects.filter(revoked_at=None).select_related("team", "user")],
        models=[
            _model(row) for row in CatalogueModel.objects.select_related("account").order_by("account__name", "id")
        ],
        prices=_prices(None),
        embedding=embedding.tree(),
    )


def text() -> str:
    head = "# Secrets are not in here: set the variables that secret_env names before applying this elsewhere.\n"
    return head + yaml.dump(tree(), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


def _represent(dumper: _Dumper, amount: Decimal) -> yaml.Node:
    plain = format(amount.normalize(), "f")
    kind = "float" if "." in plain else "int"
    return dumper.represent_scalar(f"tag:yaml.org,2002:{kind}", plain)


_Dumper.add_representer(Decimal, _represent)


def _some(**values: Any) -> dict[str, Any]:
    """Those that say something: False and 0 do."""
    return {name: value for name, value in values.items() if value is not None and value not in ("", [], {})}


def _provider(row: ProviderAccount) -> dict[str, Any]:
    given = {word: getattr(row, f"{word}_seconds") for word in DEADLINES}
    stored = sorted(row.secrets.all(), key=lambda secret: secret.pk)
    names = [
        f"{row.name.upper().replace('-', '_')}_SECRET{f'_{index}' if index else ''}" for index in range(len(stored))
    ]
    secrets: Any = [
        {"secret_env": name, **_some(label=one.label), "weight": one.weight, "enabled": one.enabled}
        for name, one in zip(names, stored, strict=True)
    ]
    plain = len(stored) == 1 and not stored[0].label and stored[0].weight == 1 and stored[0].enabled
    return {
        **_some(name=row.name, vendor=row.vendor, base_url=row.base_url),
        **({"secret_env": names[0]} if plain else _some(secrets=secrets)),
        **_some(options=row.options, weight=row.weight if row.weight != 1 else None),
        **({} if row.enabled else {"enabled": False}),
        **_some(
            deadlines={word: value for word, value in given.items() if value is not None},
            teams=sorted(row.teams.values_list("slug", flat=True)),
        ),
    }


def _team(row: Team) -> dict[str, Any]:
    members = [
        {
            "user": one.user.username,
            "role": one.role,
            **({"service": True} if one.user.is_service else {}),
            **_limits(one.user),
        }
        for one in row.memberships.select_related("user").order_by("user__username")
    ]
    users = {member["user"] for member in members}
    budgets = [_budget(one) for one in row.budgets.order_by("window", "rolling", "model_pattern")]
    taken = Team.objects.filter(slug__lt=row.slug).filter(memberships__isnull=False).values("memberships__user")
    personal = Budget.objects.filter(user__username__in=users, team=None).exclude(user__in=taken).select_related("user")
    return {
        **_some(slug=row.slug, name=row.name, cost_center=row.cost_center),
        **({} if row.is_active else {"active": False}),
        **_some(
            members=members,
            tiers=_tiers(row),
            policy=_policy(row),
            rules=rules.tree(row),
            budgets=budgets
            + [_budget(one) for one in personal.order_by("user__username", "window", "rolling", "model_pattern")],
            prices=_prices(row),
            limits=_numbers(row, (*RATES, *LOOP_GUARD)),
        ),
    }


def _budget(row: Budget) -> dict[str, Any]:
    user = row.user.username if row.user else None
    return {
        **_some(window=row.window, limit=row.limit, soft=row.soft_limit, user=user, models=row.model_pattern),
        **({"rolling": True} if row.rolling else {}),
        **({"time_zone": row.time_zone} if row.time_zone != "UTC" else {}),
        **({"soft_action": row.soft_action, "cap_tier": row.cap_tier} if row.soft_action == "cap_tier" else {}),
    }


def _limits(user: User) -> dict[str, Any]:
    return _some(limits=_numbers(user, RATES))


def _numbers(row: Team | User | ApiKey, names: tuple[str, ...]) -> dict[str, int]:
    return _some(**{name: getattr(row, name) for name in names})


def _tiers(team: Team | None) -> dict[str, list[str]] | None:
    row = TierMap.objects.filter(team=team).first()
    return tier_maps.content_of(row) if row else None


def _policy(team: Team | None) -> dict[str, Any] | None:
    row = RoutingPolicy.objects.filter(team=team).first()
    if row is None:
        return None
    flags = {"fallback": row.fallback, "sticky": row.sticky, "capture_content": row.capture_content}
    bounds = {"SIMPLE": row.simple_up_to, "MEDIUM": row.medium_up_to, "COMPLEX": row.complex_up_to}
    own = bounds if tuple(bounds.values()) != DEFAULT_BOUNDS else None
    fields = {name: RoutingPolicy._meta.get_field(name) for name in (*SECOND_LOOKS, *PASSES, *CACHE)}
    looks = {name: getattr(row, name) for name, column in fields.items() if getattr(row, name) != column.get_default()}
    return {"auto_names": row.auto_names, **flags, **_some(pinned_tier=row.pinned_tier, bounds=own), **looks}


def _key(row: ApiKey) -> dict[str, Any]:
    return _some(
        name=row.name,
        team=row.team.slug,
        user=row.user.username if row.user else None,
        models=row.model_allowlist,
        scopes=row.scopes,
        expires_at=row.expires_at.isoformat() if row.expires_at else None,
        limits=_numbers(row, RATES),
    )


def _model(row: CatalogueModel) -> dict[str, Any]:
    facts = _some(context_window=row.context_window, max_output_tokens=row.max_output_tokens, vision=row.vision)
    return {
        **_some(provider=row.account.name, model=row.model, alias=row.alias),
        **facts,
        **({} if row.enabled else {"enabled": False}),
    }


def _prices(team: Team | None) -> list[dict[str, Any]]:
    return [
        {"model": row.model, "free": True}
        if row.is_free
        else _some(model=row.model, **{word: getattr(row, word) for word in AMOUNTS})
        for row in PriceOverride.objects.filter(team=team).order_by("model")
    ]
