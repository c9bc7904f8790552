"""From rows to the snapshot: a dozen queries in one consistent transaction, however many keys there are."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

import structlog
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from accounts.caller import Caller
from accounts.limits import Kind, Subject
from accounts.models import ApiKey, Membership
from accounts.models import Team as TeamRow
from caching.models import EmbeddingSettings
from gateway import secrets
from gateway.models import ProviderAccount, ProviderSecret
from gateway.ports import CatalogueEntry, Embedding, Snapshot, Team
from gateway.pricing import Price, PriceTable
from gateway.providers.account import Account, Deadlines, Secret
from gateway.shadowing import Shadow
from gateway.snapshot.budgets import book
from gateway.snapshot.policies import candidates, policy_of, texts
from gateway.snapshot.prices import PricesByTeam, in_force
from gateway.snapshot.rules import RulesByTeam
from gateway.snapshot.standings import Standings
from routing.answer_cache import AnswerCache
from routing.models import CatalogueModel, PriceOverride, RoutingPolicy, TierTarget, default_auto_names
from routing.models import TierMap as TierMapRow
from routing.passes import Passes
from routing.tiers import Policy, TargetRef, Tier, TierMap

log = structlog.get_logger("lynkr.snapshot")

RATES = ("requests_per_minute", "tokens_per_minute", "parallel_requests")
NO_TIERS = TierMap()
NO_POLICY = Policy(
    auto_names=tuple(default_auto_names()), passes=Passes(), cache=AnswerCache()
)  # as a new one in the admin


def build() -> Snapshot:
    """The configuration as of now; `epoch` is exactly the one it was read at. Raises `django.db.Error`."""
    nested = connection.in_atomic_block
    with transaction.atomic():
        with connection.cursor() as cursor:
            if not nested:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute("SELECT coalesce(max(epoch), 0) FROM gateway_config_epoch")
            epoch = cursor.fetchone()[0]
        accounts = _accounts()
        listed = in_force(timezone.now())
        prices = PricesByTeam(PriceOverride.objects.order_by("id"), listed)
        teams = _teams(accounts, prices, listed)
        return Snapshot(
            epoch=epoch,
            callers=_callers(),
            teams=teams,
            accounts=accounts,
            loaded_at=time.time(),
            prices=prices.of(None),
            budgets=book(),
            embedding=_embedding(accounts),
        )


def _callers() -> dict[bytes, Caller]:
    """Live keys only. A user's key lives as long as the user is active and a member of the key's team."""
    now = timezone.now()
    membership = Membership.objects.filter(team_id=OuterRef("team_id"), user_id=OuterRef("user_id"))
    rows = (
        ApiKey.objects.filter(revoked_at=None, team__is_active=True)
        .filter(Q(expires_at=None) | Q(expires_at__gt=now), Q(grace_until=None) | Q(grace_until__gt=now))
        .filter(Q(user=None) | Q(user__is_active=True) & Exists(membership))
        .order_by()
        .values_list(
            "digest", "id", "prefix", "name", "team_id", "team__slug", "user_id", "user__username",
            "scopes", "model_allowlist", "passthrough", "expires_at", "grace_until", *RATES,
            *(f"user__{rate}" for rate in RATES),
        )
    )  # fmt: skip
    callers = {}
    for (
        digest,
        key,
        prefix,
        name,
        team,
        slug,
        user,
        username,
        scopes,
        models,
        passthrough,
        expires,
        grace,
        *rates,
    ) in rows.iterator():
        ends = [moment.timestamp() for moment in (expires, grace) if moment is not None]
        callers[bytes(digest)] = Caller(
            key_id=str(key),
            key_prefix=prefix,
            key_name=name,
            team_id=team,
            team_slug=slug,
            user_id=user,
            username=username or "",
            scopes=frozenset(texts(scopes)),
            models=texts(models),
            expires_at=min(ends, default=None),
            limits=_limits("key", key, name, rates[:3]) + _limits("user", user, username, rates[3:]),
            passthrough=passthrough,
        )
    return callers


def _limits(kind: Kind, id_: Any, name: str | None, rates: Iterable[int | None]) -> tuple[Subject, ...]:
    """One, or none where nothing is limited: most callers cost nothing."""
    subject = Subject(kind, str(id_), name or "", *rates)
    return (subject,) if subject.limits_anything else ()


def _accounts() -> dict[str, Account]:
    """Enabled accounts by name with their enabled secrets. A secret that cannot be opened is left out and logged."""
    by_account: dict[int, list[Secret]] = defaultdict(list)
    rows = ProviderSecret.objects.filter(enabled=True, account__enabled=True).order_by("id")
    for id_, account, sealed, weight in rows.values_list("id", "account_id", "sealed", "weight"):
        try:
            by_account[account].append(Secret(id_, secrets.open_sealed(sealed), weight))
        except secrets.CannotOpen as error:
            log.error("secret left out", secret_id=id_, account_id=account, problem=str(error))
    return {
        row.name: Account(
            id=row.id,
            name=row.name,
            vendor=row.vendor,
            base_url=row.base_url,
            secrets=tuple(by_account[row.id]),
            options=row.options if isinstance(row.options, dict) else {},
            weight=row.weight,
            deadlines=deadlines(row),
        )
        for row in ProviderAccount.objects.filter(enabled=True).order_by("name")
    }


def _embedding(accounts: Mapping[str, Account]) -> Embedding:
    """What makes vectors; nothing does while its account is switched off."""
    row = EmbeddingSettings.in_force()
    name = row.account.name if row.account is not None else ""
    if row.kind == EmbeddingSettings.Kind.ACCOUNT:
        if name not in accounts or not row.model:
            return Embedding(milliseconds=row.milliseconds)
        return Embedding("account", name, row.model, row.dimension, row.milliseconds)
    return Embedding(row.kind, milliseconds=row.milliseconds)


def deadlines(row: ProviderAccount) -> Deadlines:
    """Those of `row`, the common ones where it sets none."""
    given = {
        "connect": row.connect_seconds,
        "first_token": row.first_token_seconds,
        "idle": row.idle_seconds,
        "total": row.total_seconds,
    }
    return Deadlines(**{name: seconds for name, seconds in given.items() if seconds is not None})


def _tier_maps(accounts: Mapping[str, Account]) -> dict[int | None, TierMap]:
    """By team (None: the default), without targets of disabled accounts."""
    targets: dict[int, dict[Tier, list[TargetRef]]] = defaultdict(lambda: defaultdict(list))
    rows = TierTarget.objects.order_by("tier_map", "tier", "position", "id")
    for tier_map, tier, account, model in rows.values_list("tier_map_id", "tier", "account__name", "model"):
        if account in accounts and (parsed := Tier.parse(tier)) is not None:
            targets[tier_map][parsed].append(TargetRef(account, model))
    return {
        team_id: TierMap(
            version=f"{slug or 'default'}:{version}",
            targets={tier: tuple(refs) for tier, refs in sorted(targets[id_].items())},
        )
        for id_, team_id, slug, version in TierMapRow.objects.values_list("id", "team_id", "team__slug", "version")
    }


def _policies(rows: Mapping[int | None, RoutingPolicy]) -> dict[int | None, Policy]:
    return {
        team_id: policy_of(row, f"{row.team.slug if row.team else 'default'}:{row.version}")
        for team_id, row in rows.items()
    }


def _teams(accounts: Mapping[str, Account], prices: PricesByTeam, listed: PriceTable) -> dict[int, Team]:
    tier_maps, barred_of, rules, standings = _tier_maps(accounts), _barred(), RulesByTeam(), Standings()
    policy_rows = {row.team_id: row for row in RoutingPolicy.objects.select_related("team")}
    policies, shadows = _policies(policy_rows), candidates(rules, policy_rows)
    catalogue = [
        row
        for row in CatalogueModel.objects.filter(enabled=True).select_related("account").order_by("account__name", "id")
        if row.account.name in accounts
    ]
    models_of: dict[tuple[int, frozenset[str]], Mapping[str, CatalogueEntry]] = {}
    teams = {}
    fields = ("id", "slug", "max_session_steps", "max_session_tool_calls", *RATES)
    for id_, slug, steps, tool_calls, *rates in TeamRow.objects.filter(is_active=True).values_list(*fields):
        tier_map = tier_maps.get(id_) or tier_maps.get(None) or NO_TIERS
        barred = barred_of(id_)
        policy = policies.get(id_) or policies.get(None) or NO_POLICY
        kind = (id(tier_map), barred)
        if barred:
            tier_map = _without(tier_map, barred)
        if kind not in models_of:
            open_to_it = [row for row in catalogue if row.account.name not in barred]
            models_of[kind] = _models(tier_map, open_to_it, accounts, listed)
        teams[id_] = Team(
            id=id_,
            slug=slug,
            tier_map=tier_map,
            policy=policy,
            models=models_of[kind],
            prices=prices.of(id_),
            limits=_limits("team", id_, slug, rates),
            max_session_steps=steps,
            max_session_tool_calls=tool_calls,
            barred=barred,
            shadow=_open_to(shadows.get(id_), barred),
            rules=rules.of(id_),
            near=standings.of(id_, policy.cache.budget),
        )
    return teams


def _open_to(shadow: Shadow | None, barred: frozenset[str]) -> Shadow | None:
    """A candidate's targets are those the team may call."""
    if shadow is None or shadow.tier_map is None or not barred:
        return shadow
    return replace(shadow, tier_map=_without(shadow.tier_map, barred))


def _barred() -> Callable[[int], frozenset[str]]:
    """Names of the accounts a team may not call: those that name teams, and not it."""
    allowed: dict[str, set[int]] = defaultdict(set)
    for name, team in ProviderAccount.objects.exclude(teams=None).order_by().values_list("name", "teams"):
        allowed[name].add(team)
    return lambda team: frozenset(name for name, teams in allowed.items() if team not in teams)


def _without(tier_map: TierMap, barred: frozenset[str]) -> TierMap:
    kept = {tier: tuple(ref for ref in refs if ref.account not in barred) for tier, refs in tier_map.targets.items()}
    return TierMap(tier_map.version, kept)


def _models(
    tier_map: TierMap, catalogue: Iterable[CatalogueModel], accounts: Mapping[str, Account], listed: PriceTable
) -> dict[str, CatalogueEntry]:
    """Names callers may use: first those of the catalogue, then bare models in tier order, then "account/model"."""
    facts: dict[TargetRef, CatalogueModel] = {}
    for row in catalogue:
        facts.setdefault(TargetRef(row.account.name, row.model), row)
    found: dict[str, CatalogueEntry] = {}

    for row in catalogue:
        if row.name not in found:
            found[row.name] = _entry(row.name, TargetRef(row.account.name, row.model), row, accounts, listed)
    refs = [ref for targets in tier_map.targets.values() for ref in targets]
    named = [(ref.model, ref) for ref in refs] + [(str(ref), ref) for ref in (*facts, *refs)]
    for name, ref in named:
        if name not in found:
            found[name] = _entry(name, ref, facts.get(ref), accounts, listed)
    return found


def _entry(
    name: str, target: TargetRef, row: CatalogueModel | None, accounts: Mapping[str, Account], listed: PriceTable
) -> CatalogueEntry:
    """What an admin says of the model, else what the price list knows."""
    account = accounts[target.account]
    known = listed.price(account.vendor, target.model, account.base_url)
    window, output, vision = (row.context_window, row.max_output_tokens, row.vision) if row else (None, None, None)
    return CatalogueEntry(
        name=name,
        target=target,
        context_window=window or (known.max_input_tokens if known else None),
        max_output_tokens=output or (known.max_output_tokens if known else None),
        vision=vision if vision is not None else _sees(known),
    )


def _sees(known: Price | None) -> bool | None:
    """A model on one's own machine costs nothing whatever it is, so its price tells nothing else of it."""
    return known.vision if known is not None and not known.free else None
