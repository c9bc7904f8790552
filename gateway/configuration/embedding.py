"""What turns asks into vectors, in a file: `embedding` with a kind, and for the kind "account" its account and model."""

from __future__ import annotations

from typing import Any

from caching.models import LARGEST_DIMENSION, EmbeddingSettings
from gateway.configuration.diff import Diff, update
from gateway.configuration.nodes import Node
from gateway.configuration.shapes import Embedding
from gateway.models import ProviderAccount

FIELDS = ("kind", "account", "model", "dimension", "milliseconds")
KINDS = tuple(EmbeddingSettings.Kind.values)
_PLAIN = EmbeddingSettings()


def read(root: Node) -> Embedding | None:
    node = root.node("embedding", FIELDS)
    if node is None:
        return None
    account = EmbeddingSettings.Kind.ACCOUNT
    kind = node.text("kind", choices=KINDS) or (account if node.has("account") else None)
    if kind is None:
        node.note("kind", "is required")
        return None
    given = Embedding(
        path=node.path,
        kind=kind,
        account=node.slug("account") if kind == account else None,
        model=node.text("model", required=True) or "" if kind == account else "",
        dimension=node.whole("dimension", 1, LARGEST_DIMENSION),
        milliseconds=node.whole("milliseconds", 1, 10_000),
    )
    if kind != account:
        for name in ("account", "model", "dimension"):
            if node.has(name):
                node.note(name, f"belongs to kind: {account}")
    return given


def write(diff: Diff, wanted: Embedding | None) -> None:
    """All of it but the milliseconds: another model with the old one's dimension would be a mixture nobody asked for."""
    if wanted is None:
        return
    values: dict[str, Any] = {
        "kind": wanted.kind,
        "account": ProviderAccount.objects.get(name=wanted.account) if wanted.account else None,
        "model": wanted.model,
        "dimension": wanted.dimension,
    }
    if wanted.milliseconds is not None:
        values["milliseconds"] = wanted.milliseconds
    row = EmbeddingSettings.objects.select_related("account").filter(pk=_PLAIN.pk).first()
    if row is None:
        if any(getattr(_PLAIN, name) != value for name, value in values.items()):
            row = EmbeddingSettings.objects.create(**values)
            diff.added("embedding", str(row))
    else:
        update(diff, "embedding", row, values)


def tree() -> dict[str, Any] | None:
    """What `read` takes; None for what is so without saying it."""
    row = EmbeddingSettings.in_force()
    values = {
        "account": row.account.name if row.account is not None else None,
        "model": row.model or None,
        "dimension": row.dimension,
        "milliseconds": row.milliseconds if row.milliseconds != _PLAIN.milliseconds else None,
    }
    given = {name: value for name, value in values.items() if value is not None}
    return {"kind": str(row.kind), **given} if given or row.kind != _PLAIN.kind else None


def used_by(account: ProviderAccount) -> bool:
    return EmbeddingSettings.objects.filter(account=account).exists()
