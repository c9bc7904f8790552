"""What a file does not list any more goes, section by section; a section the file does not have is not touched.

Nothing that history hangs on is deleted: teams are deactivated, keys revoked, a provider that a tier map or
the embedding settings still name is disabled.
"""

from __future__ import annotations

from django.db.models import Model, QuerySet
from django.utils import timezone

from accounts.models import ApiKey, Budget, Team
from gateway.configuration import embedding, rules
from gateway.configuration.diff import Diff
from gateway.configuration.shapes import Document
from gateway.configuration.shapes import Team as WantedTeam
from gateway.models import ProviderAccount
from routing.models import CatalogueModel, PriceOverride


def prune(diff: Diff, document: Document) -> None:
    if document.keys is not None:
        kept = {(row.team, row.name) for row in document.keys}
        for key in ApiKey.objects.filter(revoked_at=None).select_related("team"):
            if (key.team.slug, key.name) not in kept:
                key.revoked_at = timezone.now()
                key.save(update_fields=["revoked_at"])
                diff.removed(f"key {key.name} of {key.team.slug}, revoked")
    if document.prices is not None:
        _delete(diff, "price of", PriceOverride.objects.filter(team=None).exclude(model__in=_models(document.prices)))
    if document.rules is not None:
        _delete(diff, "rule", rules.gone(None, document.rules))
    if document.models is not None:
        listed = {(row.provider, row.model, row.alias) for row in document.models}
        for model in CatalogueModel.objects.select_related("account"):
            if (model.account.name, model.model, model.alias) not in listed:
                diff.removed(f"model {model.name} of {model.account.name}")
                model.delete()
    if document.teams is not None:
        for wanted in document.teams:
            _team(diff, wanted)
        for team in Team.objects.filter(is_active=True).exclude(slug__in=[row.slug for row in document.teams]):
            team.is_active = False
            team.save(update_fields=["is_active"])
            diff.removed(f"team {team.slug}, deactivated")
    if document.providers is not None:
        _providers(diff, document)


def _team(diff: Diff, wanted: WantedTeam) -> None:
    team = Team.objects.get(slug=wanted.slug)
    if wanted.members is not None:
        gone = team.memberships.exclude(user__username__in=[row.user for row in wanted.members])
        _delete(diff, "member", gone.select_related("team", "user"))
    if wanted.prices is not None:
        _delete(diff, "price of", team.price_overrides.exclude(model__in=_models(wanted.prices)))
    if wanted.rules is not None:
        _delete(diff, "rule", rules.gone(team, wanted.rules))
    if wanted.budgets is not None:
        kept = {(row.window, row.rolling, row.models) for row in wanted.budgets if row.user is None}
        rows = Budget.objects.filter(team=team)
        gone = [row.pk for row in rows if (row.window, row.rolling, row.model_pattern) not in kept]
        _delete(diff, "budget of", rows.filter(pk__in=gone).select_related("team"))


def _providers(diff: Diff, document: Document) -> None:
    for account in ProviderAccount.objects.exclude(name__in=[row.name for row in document.providers or ()]):
        if not account.tier_targets.exists() and not embedding.used_by(account):
            diff.removed(f"provider {account.name}")
            account.delete()
        elif account.enabled:
            account.enabled = False
            account.save(update_fields=["enabled"])
            diff.removed(f"provider {account.name}, disabled: it is still named")


def _delete(diff: Diff, what: str, rows: QuerySet[Model]) -> None:
    for row in rows:
        diff.removed(f"{what} {row}")
        row.delete()


def _models(prices: object) -> list[str]:
    return [price.model for price in prices]  # type: ignore[attr-defined]
