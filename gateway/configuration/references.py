"""Whether what a file names exists, in the file or in the database."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping

from accounts.models import Membership, Team, User
from gateway.configuration import vendors
from gateway.configuration.shapes import Document, Secret
from gateway.models import ProviderAccount, ProviderSecret
from lynkr_site.env import variable


def check(document: Document) -> list[str]:
    """Every problem, each with its path."""
    problems = [
        *_providers(document),
        *_targets(document),
        *_keys(document),
    ]
    for row in document.models or ():
        if row.provider not in _accounts(document):
            problems.append(f"{row.path}.provider: {_unknown('provider', row.provider, _accounts(document))}")
    made = document.embedding
    if made is not None and made.account and made.account not in _accounts(document):
        problems.append(f"{made.path}.account: {_unknown('provider', made.account, _accounts(document))}")
    return problems


def secret_text(secret: Secret) -> str | None:
    """The secret itself; None while its variable is not set."""
    return secret.value if secret.env is None else variable(secret.env)


def _providers(document: Document) -> Iterable[str]:
    stored = {
        name: ProviderSecret.objects.filter(account__name=name).count()
        for name in ProviderAccount.objects.values_list("name", flat=True)
    }
    teams = {row.slug for row in document.teams or ()} | set(Team.objects.values_list("slug", flat=True))
    for row in document.providers or ():
        for slug in row.teams or ():
            if slug not in teams:
                yield f"{row.path}.teams: {_unknown('team', slug, teams)}"
        if row.vendor and vendors.canonical(row.vendor) is None:
            yield f"{row.path}.vendor: {_unknown('vendor', row.vendor, vendors.names())}"
        missing = [secret.env for secret in row.secrets or () if secret.env and secret_text(secret) is None]
        if len(row.secrets or ()) > stored.get(row.name, 0):
            for name in missing:
                yield f"{row.path}.secret_env: the environment variable {name} is not set"


def _accounts(document: Document) -> set[str]:
    return {row.name for row in document.providers or ()} | set(ProviderAccount.objects.values_list("name", flat=True))


def _targets(document: Document) -> Iterable[str]:
    accounts = _accounts(document)
    maps: list[tuple[str, Mapping[str, tuple[str, ...]]]] = [("defaults", document.tiers or {})]
    maps += [(team.path, team.tiers or {}) for team in document.teams or ()]
    for path, tiers in maps:
        for tier, refs in tiers.items():
            for index, ref in enumerate(refs):
                if (name := ref.partition("/")[0]) not in accounts:
                    yield f"{path}.tiers.{tier}[{index}]: {_unknown('provider', name, accounts)}"


def _keys(document: Document) -> Iterable[str]:
    """A key's user must be a member of its team: without membership the key would not work."""
    teams = {row.slug for row in document.teams or ()} | set(Team.objects.values_list("slug", flat=True))
    members = {(team.slug, member.user) for team in document.teams or () for member in team.members or ()}
    members |= set(Membership.objects.values_list("team__slug", "user__username"))
    users = {user for _, user in members} | set(User.objects.values_list("username", flat=True))
    for row in document.keys or ():
        if row.team not in teams:
            yield f"{row.path}.team: {_unknown('team', row.team, teams)}"
        elif row.user and row.user not in users:
            yield f"{row.path}.user: {_unknown('user', row.user, users)}"
        elif row.user and (row.team, row.user) not in members:
            yield f"{row.path}.user: {row.user} is not a member of {row.team}; add a member to that team"
    for team in document.teams or ():
        for index, budget in enumerate(team.budgets or ()):
            if budget.user and (team.slug, budget.user) not in members:
                yield f"{team.path}.budgets[{index}].user: {budget.user} is not a member of {team.slug}"


def _unknown(what: str, word: str, known: Iterable[str]) -> str:
    names = sorted(known)
    close = difflib.get_close_matches(word, names, 1)
    more = f"; did you mean {close[0]}?" if close else f"; known: {', '.join(names[:40]) or 'none yet'}"
    return f"no {what} is called {word}{more}"
