"""Certainty rules: what must not depend on a score. Compiled once for a snapshot; pure.

Kinds: "force" (exactly its tier), "trivial" (its tier, when nothing else speaks against it), "risk", "agentic" and "floor"
(at least its tier), "cap" (at most its tier; the last word). `scope`: "ask" is the human's words, "paths" the paths named in
them and those the model is writing since.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from .ask import Ask
from .features import Features
from .tiers import Tier

FLOORS = frozenset({"risk", "agentic", "floor"})
KINDS = ("force", "trivial", "risk", "agentic", "floor", "cap")
SCOPES = ("ask", "paths")
MOST_READ = 8_000
"""Characters of an ask that rules read, half of them from its end."""


@dataclass(frozen=True, slots=True)
class Rule:
    """`pattern`: a regular expression, searched without regard to case."""

    id: str
    name: str
    kind: str
    pattern: str
    tier: Tier
    enabled: bool = True
    scope: str = "ask"


@dataclass(frozen=True, slots=True)
class Hit:
    """`effect` in words, such as "at least COMPLEX"."""

    rule: Rule
    effect: str


_EFFECTS = {"force": "exactly", "trivial": "may be", "cap": "at most"}


def hit(rule: Rule) -> Hit:
    return Hit(rule, f"{_EFFECTS.get(rule.kind, 'at least')} {rule.tier.name}")


class Rules:
    """The enabled ones, in order. A pattern that does not compile is left out: validation keeps it out of the rows."""

    def __init__(self, rules: Iterable[Rule] = ()) -> None:
        self.rules = tuple(rule for rule in rules if rule.enabled)
        self._compiled = [(rule, found) for rule in self.rules if (found := compiled(rule.pattern)) is not None]

    def hits(self, ask: Ask, features: Features) -> tuple[Hit, ...]:
        """In the order of the rules. `features`: what was found out about the ask already."""
        text = (
            ask.text if len(ask.text) <= MOST_READ else f"{ask.text[: MOST_READ // 2]}\n{ask.text[-MOST_READ // 2 :]}"
        )
        paths = "\n".join(ask.paths)
        found = []
        for rule, pattern in self._compiled:
            where = text if rule.scope == "ask" else paths
            if where and pattern.search(where):
                found.append(hit(rule))
        return tuple(found)


def compiled(pattern: str) -> re.Pattern[str] | None:
    try:
        return re.compile(pattern, re.IGNORECASE)
    except re.error:
        return None


NO_RULES = Rules()

SHIPPED: tuple[Rule, ...] = ()
