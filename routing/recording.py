"""What is kept of a decision: numbers and ids, never a word of the ask. Read back to judge the same request anew. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

from .decision import Decision
from .features import Features, Value
from .judgement import Judgement, concluded
from .rules import Hit, Rule, hit_by
from .tiers import Policy

_NUMBERS = {field.name: field.default for field in fields(Features) if field.name != "why"}
MOST_HITS = 30


def recorded(decision: Decision | None) -> dict[str, Any]:
    """``{"values": {...}, "hits": [rule ids], "side": word}``, without what is as usual: some dozen bytes. Empty for a
    target the caller named, which nobody judged."""
    judged = decision.judgement if decision is not None else None
    if judged is None:
        return {}
    record: dict[str, Any] = {"values": compact(judged.features)}
    if judged.hits:
        record["hits"] = [found.rule.id for found in judged.hits[:MOST_HITS]]
    if judged.side_request:
        record["side"] = judged.side_request
    return record


def compact(features: Features) -> dict[str, Value]:
    """Those that differ from their defaults, rounded."""
    found = {}
    for name, usual in _NUMBERS.items():  # not `as_record`, which copies: this is on the way of every request
        value = getattr(features, name)
        if value != usual:
            found[name] = round(value, 2) if isinstance(value, float) else value
    return found


def features_of_record(record: Mapping[str, Any]) -> Features | None:
    """None where nothing was recorded. Names this release does not know are passed over."""
    values = record.get("values")
    if not isinstance(values, Mapping):
        return None
    known: dict[str, Any] = {
        name: value for name, value in values.items() if name in _NUMBERS and isinstance(value, bool | int | float)
    }
    return Features(**known)


def hits_of_record(record: Mapping[str, Any], rules: Iterable[Rule]) -> tuple[Hit, ...]:
    """The rules of `rules` that were hit then, as they are now: one that was taken away hits no more, one that is new is not
    known to hit."""
    by_id = {rule.id: rule for rule in rules if rule.enabled}
    ids = record.get("hits")
    return tuple(hit_by(by_id[id_]) for id_ in ids if id_ in by_id) if isinstance(ids, list) else ()


def judged_again(record: Mapping[str, Any], policy: Policy, rules: Iterable[Rule]) -> Judgement | None:
    """What `policy` and `rules` make of a request of which only `record` is left; None where that cannot be said."""
    features = features_of_record(record)
    if features is None or record.get("side"):
        return None
    return concluded(features, hits_of_record(record, rules), policy)
