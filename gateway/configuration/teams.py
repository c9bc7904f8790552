"""Teams, their members, keys, tier maps, policies, prices and budgets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from accounts.models import ApiKey, Budget, Membership, Team, User
from gateway.configuration import rules
from gateway.configuration.diff import Diff, given, update
from gateway.configuration.shapes import AMOUNTS, LOOP_GUARD, RATES, Document
from gateway.configuration.shapes import Budget as WantedBudget
from gateway.configuration.shapes import Key as WantedKey
from gateway.configuration.shapes import Member as WantedMember
from gateway.configuration.shapes import Policy as WantedPolicy
from gateway.configuration.shapes import Price as WantedPrice
from gateway.configuration.shapes import Team as WantedTeam
from routing import tier_maps
from routing.models import PriceOverride, RoutingPolicy, TierMap


def write(diff: Diff, document: Document, author: Any, reason: str) -> dict[str, str]:
    """The texts of the keys made."""
    if document.tiers is not None:
        _tiers(diff, None, document.tiers, author, reason)
    if document.policy is not None:
        _policy(diff, None, document.policy)
    rules.write(diff, None, document.rules or ())
    for price in document.prices or ():
        _price(diff, None, price)
    for team in document.teams or ():
        _team(diff, team, author, reason)
    made: dict[str, str] = {}
    for wanted in document.keys or ():
        if (text := _key(diff, wanted)) is not None:
            made[wanted.name if wanted.name not in made else f"{wanted.team}/{wanted.name}"] = text
    return made


def _team(diff: Diff, wanted: WantedTeam, author: Any, reason: str) -> None:
    what = f"team {wanted.slug}"
    values = given(name=wanted.name, cost_center=wanted.cost_center, is_active=wanted.active)
    values |= _limits(wanted.limits, (*RATES, *LOOP_GUARD))
    row = Team.objects.filter(slug=wanted.slug).first()
    if row is None:
        row = Team.objects.create(slug=wanted.slug, **values)
        diff.added(what)
    else:
        update(diff, what, row, values)
    for member in wanted.members or ():
        _member(diff, row, member)
    if wanted.tiers is not None:
        _tiers(diff, row, wanted.tiers, author, reason)
    if wanted.policy is not None:
        _policy(diff, row, wanted.policy)
    rules.write(diff, row, wanted.rules or ())
    for price in wanted.prices or ():
        _price(diff, row, price)
    for budget in wanted.budgets or ():
        _budget(diff, row, budget, author)


def _limits(wanted: Mapping[str, int] | None, names: tuple[str, ...]) -> dict[str, Any]:
    return {} if wanted is None else {name: wanted.get(name) for name in names}


def _member(diff: Diff, team: Team, wanted: WantedMember) -> None:
    user = User.objects.filter(username=wanted.user).first()
    values = {**given(is_service=wanted.service), **_limits(wanted.limits, RATES)}
    if user is None:
        user = User(username=wanted.user, **values)
        user.set_unusable_password()
        user.save()
        diff.added(f"user {user.username}", "a service account" if user.is_service else "without a password yet")
    else:
        update(diff, f"user {user.username}", user, values)
    what = f"member {user.username} of {team.slug}"
    row = Membership.objects.filter(team=team, user=user).first()
    if row is None:
        row = Membership.objects.create(team=team, user=user, **given(role=wanted.role))
        diff.added(what, str(row.role))
    else:
        update(diff, what, row, given(role=wanted.role))


def _tiers(diff: Diff, team: Team | None, wanted: Mapping[str, tuple[str, ...]], author: Any, reason: str) -> None:
    """Tiers the file does not name stay as they are; an empty list empties one."""
    row, created = TierMap.objects.get_or_create(team=team)
    before = tier_maps.content_of(row)
    after = {**before, **wanted}
    if not tier_maps.replace(row, after, author, reason):
        return
    what = f"tier map of {team.slug if team else 'the organisation'}"
    if created:
        diff.added(what)
    for tier, refs in wanted.items():
        if list(refs) != before.get(tier, []):
            old = ", ".join(before.get(tier, [])) or "none"
            diff.changed(f"{what} {tier}", f"{old} -> {', '.join(refs) or 'none'}")


def _policy(diff: Diff, team: Team | None, wanted: WantedPolicy) -> None:
    what = f"policy of {team.slug if team else 'the organisation'}"
    values = given(
        auto_names=None if wanted.auto_names is None else list(wanted.auto_names),
        fallback=wanted.fallback,
        pinned_tier=wanted.pinned_tier,
        sticky=wanted.sticky,
        capture_content=wanted.capture_content,
        **{f"{tier.lower()}_up_to": bound for tier, bound in (wanted.bounds or {}).items()},
        **(wanted.second_looks or {}),
        **(wanted.passes or {}),
        **(wanted.cache or {}),
    )
    row = RoutingPolicy.objects.filter(team=team).first()
    if row is None:
        RoutingPolicy.objects.create(team=team, **values)
        diff.added(what)
    else:
        update(diff, what, row, values)


def _price(diff: Diff, team: Team | None, wanted: WantedPrice) -> None:
    """The whole price: an amount the file does not give is not known any more."""
    what = f"price of {wanted.model}{f' for {team.slug}' if team else ''}"
    values = {**{word: wanted.amounts.get(word) for word in AMOUNTS}, "is_free": wanted.free}
    row = PriceOverride.objects.filter(team=team, model=wanted.model).first()
    if row is None:
        PriceOverride.objects.create(team=team, model=wanted.model, **values)
        diff.added(
            what, "free" if wanted.free else f"{wanted.amounts['input']}/{wanted.amounts['output']} USD per 1M tokens"
        )
    else:
        update(diff, what, row, values)


def _budget(diff: Diff, team: Team, wanted: WantedBudget, author: Any) -> None:
    """With `user`: what that user may spend, whichever team's key it is. It is an administrator's from now on."""
    entity = {"user": User.objects.get(username=wanted.user)} if wanted.user else {"team": team}
    for_models = f" for {wanted.models}" if wanted.models else ""
    what = f"budget of {wanted.user or team.slug} a {'rolling ' if wanted.rolling else ''}{wanted.window}{for_models}"
    values = {
        "limit": wanted.limit,
        "soft_limit": wanted.soft,
        "time_zone": wanted.time_zone,
        "soft_action": wanted.soft_action,
        "cap_tier": wanted.cap_tier,
        "set_by_admin": True,
    }
    same = {"window": wanted.window, "rolling": wanted.rolling, "model_pattern": wanted.models}
    row = Budget.objects.filter(**{"team": None, "user": None, "key": None, **entity}, **same).first()
    if row is None:
        Budget.objects.create(**same, **entity, **values, set_by=author)
        diff.added(what, f"{wanted.limit} USD")
    else:
        if any(getattr(row, name) != value for name, value in values.items()):
            row.set_by = author
        update(diff, what, row, values)


def _key(diff: Diff, wanted: WantedKey) -> str | None:
    """A key is made once; later runs change what it may do, never its text."""
    what = f"key {wanted.name} of {wanted.team}"
    team = Team.objects.get(slug=wanted.team)
    user = User.objects.get(username=wanted.user) if wanted.user else None
    values = given(
        user=user,
        model_allowlist=None if wanted.models is None else list(wanted.models),
        scopes=None if wanted.scopes is None else list(wanted.scopes),
        expires_at=wanted.expires_at,
    )
    values |= _limits(wanted.limits, RATES)
    row = ApiKey.objects.filter(team=team, name=wanted.name).select_related("user").first()
    if row is None:
        row, text = ApiKey.mint(team=team, name=wanted.name, **values)
        row.save()
        diff.added(what, row.prefix)
        return text
    if row.revoked_at is not None:
        diff.noted(f"{what} is revoked and stays so; a new key needs another name")
    update(diff, what, row, values)
    return None
