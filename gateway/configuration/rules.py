"""Certainty rules of routing in a file. A rule that is as Lynkr ships it is not exported; a shipped one is changed by naming
it and what is different about it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from accounts.models import Team
from gateway.configuration.diff import Diff, given, update
from gateway.configuration.nodes import Node
from gateway.configuration.shapes import TIERS, Rule
from routing.models import RoutingRule
from routing.patterns import problem_of
from routing.rule import FORMS, KINDS, SCOPES
from routing.shipped_rules import SHIPPED

FIELDS = ("name", "kind", "tier", "pattern", "scope", "form", "enabled", "position", "note")
_SHIPPED = {rule.name: rule for rule in SHIPPED}


def read(node: Node) -> Rule | None:
    name = node.text("name", required=True, longest=80)
    if name and not (name.isascii() and name.isprintable()):
        node.note("name", "must be plain ASCII: it is sent in a response header")
    form = node.text("form", choices=FORMS)
    pattern = node.text("pattern", longest=12_000)
    shipped = _SHIPPED.get(name or "")
    if pattern and (problem := problem_of(form or (shipped.form if shipped else "words"), pattern)):
        node.note("pattern", problem[0].lower() + problem[1:].rstrip("."))
    row = Rule(
        path=node.path,
        name=name or "",
        kind=node.text("kind", required=shipped is None, choices=KINDS),
        tier=node.text("tier", required=shipped is None, choices=TIERS),
        pattern=pattern,
        scope=node.text("scope", choices=SCOPES),
        form=form,
        enabled=node.flag("enabled"),
        position=node.whole("position", 0, 32_767),
        note=node.text("note", longest=300),
    )
    if shipped is None and not pattern:
        node.note("pattern", "is required")
    return row if name else None


def write(diff: Diff, team: Team | None, wanted: Iterable[Rule]) -> None:
    for rule in wanted:
        what = f"rule {rule.name}{f' of {team.slug}' if team else ''}"
        values = given(**{name: getattr(rule, name) for name in FIELDS[1:]})
        row = RoutingRule.objects.filter(team=team, name=rule.name).first()
        if row is None:
            RoutingRule.objects.create(team=team, name=rule.name, **(_as_shipped(rule.name) | values))
            diff.added(what, f"{values.get('kind', '')} {values.get('tier', '')}".strip())
        else:
            update(diff, what, row, values)


def tree(team: Team | None) -> list[dict[str, Any]]:
    """Of the rules that are not as shipped, what `read` takes."""
    found = []
    for row in RoutingRule.objects.filter(team=team).order_by("position", "id"):
        values = {name: getattr(row, name) for name in FIELDS}
        plain = {"scope": "ask", "form": "words", "enabled": True, "position": 100, "note": ""}
        if team is None and row.name in _SHIPPED:
            plain = _as_shipped(row.name)
        different = {name: value for name, value in values.items() if name == "name" or plain.get(name) != value}
        if team is not None or row.name not in _SHIPPED or len(different) > 1:
            found.append(different)
    return found


def gone(team: Team | None, kept: Iterable[Rule]) -> Any:
    """Rows that a pruned file does not list; those that are shipped stay."""
    rows = RoutingRule.objects.filter(team=team).exclude(name__in=[rule.name for rule in kept])
    return rows.exclude(name__in=list(_SHIPPED)) if team is None else rows


def _as_shipped(name: str) -> dict[str, Any]:
    rule = _SHIPPED.get(name)
    if rule is None:
        return {}
    return {
        "kind": rule.kind,
        "tier": rule.tier.name,
        "pattern": rule.pattern,
        "scope": rule.scope,
        "form": rule.form,
        "enabled": rule.enabled,
        "position": (list(_SHIPPED).index(name) + 1) * 10,
        "note": "shipped with Lynkr",
    }
