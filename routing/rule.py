"""One certainty rule, and what it may say. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from .tiers import Tier

KINDS = ("force", "trivial", "risk", "agentic", "floor", "cap")
FLOORS = frozenset({"risk", "agentic", "floor"})
SCOPES = ("ask", "paths")
FORMS = ("words", "regex")


@dataclass(frozen=True, slots=True)
class Rule:
    """`kind`: "force" (exactly its tier), "trivial" (its tier, when nothing speaks against it), "risk", "agentic" and
    "floor" (at least its tier), "cap" (at most its tier; the last word). `scope`: "ask" is what the human says, without
    what is pasted or quoted; "paths" the paths named in it, unless it only wants to read, and those the model has been
    writing since. `form` of `pattern`: "regex" (searched without regard to case) or "words" (routing.words.WordList)."""

    id: str
    name: str
    kind: str
    pattern: str
    tier: Tier
    enabled: bool = True
    scope: str = "ask"
    form: str = "regex"


@dataclass(frozen=True, slots=True)
class Hit:
    """`effect` in words, such as "at least COMPLEX"."""

    rule: Rule
    effect: str
