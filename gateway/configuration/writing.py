"""A checked document as rows: adds and changes what differs, in one transaction, and says what."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from accounts import audit
from accounts.models import Team
from gateway.configuration import embedding, pruning, teams
from gateway.configuration.diff import Diff, given, update
from gateway.configuration.document import read
from gateway.configuration.nodes import Invalid
from gateway.configuration.references import check, secret_text
from gateway.configuration.shapes import DEADLINES, CatalogueModel, Document, Provider
from gateway.configuration.vendors import canonical
from gateway.models import ProviderAccount, ProviderSecret
from routing.models import CatalogueModel as CatalogueRow


@dataclass
class Outcome:
    """`keys`: the text of each key this run made, by name; of a name made in two teams, "team/name"."""

    lines: list[str]
    changes: int
    keys: dict[str, str] = field(default_factory=dict, repr=False)


def apply(tree: Any, **options: Any) -> Outcome:
    """`write` a file's plain values. Raises `Invalid` with the problems of shape and of references together."""
    document, problems = read(tree)
    if problems:
        raise Invalid([*problems, *check(document)])
    return write(document, **options)


def write(
    document: Document, *, dry_run: bool = False, prune: bool = False, author: Any = None, reason: str = "apply"
) -> Outcome:
    """Raises `Invalid`, before the first write, with everything that is wrong. `dry_run`: all of it, then undone.
    `prune`: what sections of the file do not list any more goes (see `pruning`)."""
    if problems := check(document):
        raise Invalid(problems)
    diff = Diff()
    with audit.unless_known("apply", author, reason), transaction.atomic():
        for provider in document.providers or ():
            _provider(diff, provider)
        for model in document.models or ():
            _model(diff, model)
        embedding.write(diff, document.embedding)
        keys = teams.write(diff, document, author, reason)
        for provider in document.providers or ():
            _open_to(diff, provider)
        if prune:
            pruning.prune(diff, document)
        if dry_run:
            transaction.set_rollback(True)
    return Outcome(diff.lines, diff.changes, {} if dry_run else keys)


def _provider(diff: Diff, wanted: Provider) -> None:
    what = f"provider {wanted.name}"
    values = given(
        vendor=canonical(wanted.vendor or ""),
        base_url=wanted.base_url,
        options=None if wanted.options is None else dict(wanted.options),
        weight=wanted.weight,
        enabled=wanted.enabled,
    )
    if wanted.deadlines is not None:
        values |= {f"{word}_seconds": wanted.deadlines.get(word) for word in DEADLINES}
    row = ProviderAccount.objects.filter(name=wanted.name).first()
    if row is None:
        row = ProviderAccount.objects.create(name=wanted.name, **values)
        diff.added(what, f"{row.vendor}{f' at {row.base_url}' if row.base_url else ''}")
    else:
        update(diff, what, row, values)
    if wanted.secrets is not None:
        _secrets(diff, what, row, wanted)


def _open_to(diff: Diff, wanted: Provider) -> None:
    """The teams of an account; they may be made by the same file."""
    if wanted.teams is None:
        return
    account = ProviderAccount.objects.get(name=wanted.name)
    before = sorted(account.teams.values_list("slug", flat=True))
    if before == sorted(set(wanted.teams)):
        return
    account.teams.set(Team.objects.filter(slug__in=wanted.teams))
    after = ", ".join(sorted(set(wanted.teams))) or "all"
    diff.changed(f"provider {wanted.name}", f"teams {', '.join(before) or 'all'} -> {after}")


def _secrets(diff: Diff, what: str, account: ProviderAccount, wanted: Provider) -> None:
    """Secrets have no name: they are told apart by what they are. A variable that is not set leaves one as it is."""
    stored = list(account.secrets.order_by("id"))
    texts = [secret_text(secret) for secret in wanted.secrets or ()]
    places: list[ProviderSecret | None] = []
    for text in texts:
        same = next((row for row in stored if text is not None and row.opens_to(text)), None)
        places.append(same)
        if same is not None:
            stored.remove(same)
    for index, (secret, text) in enumerate(zip(wanted.secrets or (), texts, strict=True)):
        row = places[index]
        label = f"{what} secret {secret.label or index + 1}"
        if row is None and text is None:
            if stored:
                row = stored.pop(0)
            diff.noted(f"{label}: the environment variable {secret.env} is not set, the stored secret stays")
        extras = given(label=secret.label, weight=secret.weight, enabled=secret.enabled)
        if row is not None:
            update(diff, label, row, extras)
        elif text is not None:
            row = ProviderSecret(account=account, **extras)
            row.seal(text)
            row.save()
            diff.added(label)
    for row in stored:
        row.delete()
        diff.removed(f"{what} secret {row.label or row.pk}")


def _model(diff: Diff, wanted: CatalogueModel) -> None:
    account = ProviderAccount.objects.get(name=wanted.provider)
    what = f"model {wanted.alias or wanted.model} of {wanted.provider}"
    key = {"account": account, "model": wanted.model, "alias": wanted.alias}
    row = CatalogueRow.objects.filter(**key).first()
    if row is None:
        CatalogueRow.objects.create(**key, **wanted.facts)
        diff.added(what)
    else:
        update(diff, what, row, wanted.facts)
