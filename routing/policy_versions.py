"""Policies as content: checked, compared, brought back, and candidates made live."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction

from routing import tier_maps
from routing.models import PolicyVersion, RoutingPolicy, RoutingRule, ShadowPolicy, TierMap

BESIDE = ("rules", "tier_map")  # parts of a content that are not settings of the policy's own row
MISSING = "–"


class Difference(NamedTuple):
    """`before` or `after` is MISSING where there is none."""

    name: str
    before: Any
    after: Any


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """What changed, by name; of lists only what came and went, of mappings their entries."""
    found: list[Difference] = []
    for name in [*before, *(name for name in after if name not in before)]:
        old, new = before.get(name, MISSING), after.get(name, MISSING)
        if old == new:
            continue
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            found += [Difference(f"{name} {part}", *values) for part, *values in differences(old, new)]
        elif isinstance(old, list) and isinstance(new, list):
            gone = [item for item in old if item not in new]
            come = [item for item in new if item not in old]
            found.append(Difference(name, gone, come) if gone or come else Difference(name, old, new))
        else:
            found.append(Difference(name, old, new))
    return found


def told(changes: list[Difference]) -> str:
    """In one line, for lists."""
    return "; ".join(f"{name.replace('_', ' ')}: {text_of(old)} → {text_of(new)}" for name, old, new in changes)


def text_of(value: Any) -> str:
    """A value for people."""
    if isinstance(value, list):
        return ", ".join(map(text_of, value)) or MISSING
    if isinstance(value, Mapping):
        return str(value.get("name") or value.get("id") or dict(value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return MISSING if value is None or value == "" else str(value)


def live_row(team_id: int) -> RoutingPolicy:
    """The row in force for the team: its own, else the organisation's, else that of a new policy."""
    found = RoutingPolicy.objects.filter(team_id=team_id).first() or RoutingPolicy.objects.filter(team=None).first()
    return found or RoutingPolicy()


def row_of(content: Mapping[str, Any], live: RoutingPolicy) -> RoutingPolicy:
    """An unsaved row with the settings of `content`, and those of `live` where it says nothing. Raises ValidationError naming
    a setting there is none of, or that is wrong."""
    known = live.content()
    strange = sorted(set(content) - set(known) - set(BESIDE))
    if strange:
        raise ValidationError({"content": f"There are no settings called {', '.join(strange)[:200]}."})
    row = RoutingPolicy(**{name: content.get(name, value) for name, value in known.items()})
    try:
        row.clean_fields(exclude=["team"])
        row.clean()
    except ValidationError as wrong:
        words = [f"{name}: {' '.join(texts)}" for name, texts in wrong.message_dict.items()]
        raise ValidationError({"content": words}) from None
    return row


def rules_in(value: Any) -> list[RoutingRule]:
    """Unsaved rows of a content's "rules". Raises ValidationError naming the rule that is none."""
    if not isinstance(value, list):
        raise ValidationError({"content": "rules: must be a list."})
    names = set(RoutingRule().content())
    rows = []
    for place, given in enumerate(value):
        if not isinstance(given, Mapping) or not set(given) <= names:
            raise ValidationError({"content": f"rules[{place}]: an object with {', '.join(sorted(names))}."})
        row = RoutingRule(**given)
        try:
            row.clean_fields(exclude=["team"])
            row.clean()
        except ValidationError as wrong:
            words = "; ".join(f"{name}: {' '.join(texts)}" for name, texts in wrong.message_dict.items())
            raise ValidationError({"content": f"rules[{place}]: {words}"}) from None
        rows.append(row)
    if len({row.name for row in rows}) != len(rows):
        raise ValidationError({"content": "rules: two have the same name."})
    return rows


def _put_rules(team_id: int | None, rows: list[RoutingRule]) -> bool:
    """Makes `rows` the rules of the team, by name, so that a rule that stays keeps its id; whether anything is different."""
    now = {row.name: row for row in RoutingRule.objects.filter(team_id=team_id)}
    changed = False
    for row in rows:
        known = now.pop(row.name, None)
        if known is not None and known.content() == row.content():
            continue
        changed = True
        row.team_id, row.pk = team_id, known.pk if known is not None else None
        row._state.adding = known is None
        row.save()
    for row in now.values():
        changed = True
        row.delete()
    return changed


@transaction.atomic
def roll_back(version: PolicyVersion, author: Any = None) -> bool:
    """Make the policy what it was then, as a new version; whether that changed anything. Settings that did not exist then
    stay. Raises ValidationError for a value that is not allowed any more."""
    policy = RoutingPolicy.objects.get(pk=version.policy_id)
    changed = _take(policy, version.content)
    if "rules" in version.content:
        changed = _put_rules(policy.team_id, rules_in(version.content["rules"])) or changed
    if not changed:
        return False
    policy.full_clean(exclude=["team"], validate_constraints=False)
    policy.by, policy.why = author, f"back to version {version.number}"
    policy.save()
    return True


def _take(policy: RoutingPolicy, content: Mapping[str, Any]) -> bool:
    """Sets what `content` says; whether anything is different now."""
    before = policy.content()
    for name in before:
        if name in content:
            setattr(policy, name, content[name])
    return policy.content() != before


@transaction.atomic
def promote(shadow: ShadowPolicy, author: Any = None) -> None:
    """Make the candidate the team's live policy (its own, where it had the organisation's), and its tier map if it has one;
    the candidate is gone then. Raises ValidationError, or tier_maps.UnknownAccount."""
    wanted = row_of(shadow.content, live_row(shadow.team_id))
    why = f"candidate of {shadow.started_at:%Y-%m-%d} made live"
    policy = RoutingPolicy.objects.filter(team=shadow.team).first() or RoutingPolicy(team=shadow.team)
    _take(policy, wanted.content())
    if "rules" in shadow.content:
        _put_rules(shadow.team_id, rules_in(shadow.content["rules"]))
    policy.by, policy.why = author, why
    policy.save()
    targets = shadow.content.get("tier_map")
    if targets:
        tier_map, _ = TierMap.objects.get_or_create(team=shadow.team)
        tier_maps.replace(tier_map, targets, author, why)
    shadow.delete()


def changed_at(policy: RoutingPolicy, names: Sequence[str]) -> dt.datetime | None:
    """When one of these settings last became another; the first version is a change too. None: the policy has no history.
    A version from before a setting existed counts as its default."""
    usual = RoutingPolicy()
    found, before = None, None
    if policy.pk is None:
        return None
    versions = policy.versions.order_by("number")
    for at, *kept in versions.values_list("created_at", *(f"content__{name}" for name in names)):
        values = [getattr(usual, name) if one is None else one for name, one in zip(names, kept, strict=True)]
        if values != before:
            found, before = at, values
    return found
