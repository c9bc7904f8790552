"""Certainty rules: what must not depend on a score. Compiled once for a snapshot; pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from .ask import Ask
from .features import Features
from .rule import FLOORS, FORMS, KINDS, SCOPES, Hit, Rule
from .shipped_rules import SHIPPED
from .words import Phrases, WordList

__all__ = ["FLOORS", "FORMS", "KINDS", "MOST_READ", "NO_RULES", "SCOPES", "SHIPPED", "Hit", "Rule", "Rules"]

MOST_READ = 1_000
"""Characters of an ask that regular expressions read, a third of them from its end."""
_EFFECTS = {"force": "exactly", "trivial": "may be", "cap": "at most"}
_READS = frozenset(
    [
        "explain",
        "describ",
        "show",
        "read",
        "list",
        "find",
        "search",
        "summariz",
        "summaris",
        "open",
        "what",
        "where",
        "which",
        "who",
        "why",
        "review",
        "understand",
        "walk",
        "look",
        "erklär",
        "erkläre",
        "beschreibe",
        "zeig",
        "zeige",
        "was",
        "wo",
        "welche",
        "lies",
        "explica",
        "muestra",
        "lee",
        "describe",
        "qué",
        "dónde",
    ]
)
_CHANGES = frozenset(
    [
        "fix",
        "chang",
        "updat",
        "add",
        "remov",
        "delet",
        "writ",
        "implement",
        "refactor",
        "renam",
        "edit",
        "creat",
        "mov",
        "replac",
        "rewrit",
        "migrat",
        "deploy",
        "patch",
        "improv",
        "extend",
        "split",
        "mak",
        "simplify",
        "convert",
        "ändere",
        "behebe",
        "füge",
        "lösche",
        "schreibe",
        "cambia",
        "arregla",
        "añade",
        "borra",
        "escribe",
        "actualiza",
    ]
)


class Rules:
    """The enabled ones, in order. A pattern that cannot be compiled is left out: validation keeps it out of the rows."""

    def __init__(self, rules: Iterable[Rule] = ()) -> None:
        self.rules = tuple(rule for rule in rules if rule.enabled)
        self._patterns: list[tuple[Rule, re.Pattern[str] | WordList]] = []
        for rule in self.rules:
            try:
                self._patterns.append((rule, compiled(rule)))
            except (ValueError, re.error):
                continue
        lists = [pattern for _, pattern in self._patterns if isinstance(pattern, WordList)]
        self._phrases = Phrases({"": [item for words in lists for item in words.phrases()]})

    def hits(self, ask: Ask, features: Features) -> tuple[Hit, ...]:
        """In the order of the rules."""
        said = ask.reading.said
        if len(said) > MOST_READ:
            said = f"{said[: MOST_READ * 2 // 3]}\n{said[-MOST_READ // 3 :]}"
        paths = "\n".join(ask.written if only_reads(ask.stems) else (*ask.paths, *ask.written))
        present = self._phrases.found_in(ask.stems).get("", set())
        in_paths: set[str] | None = None
        found = []
        for rule, pattern in self._patterns:
            if isinstance(pattern, WordList):
                if rule.scope == "paths" and in_paths is None:
                    in_paths = self._phrases.found_in(words_of_paths(paths)).get("", set())
                hit = pattern.holds(in_paths or set() if rule.scope == "paths" else present)
            else:
                where = said if rule.scope == "ask" else paths
                hit = bool(where) and pattern.search(where) is not None
            if hit:
                found.append(Hit(rule, f"{_EFFECTS.get(rule.kind, 'at least')} {rule.tier.name}"))
        return tuple(found)


def compiled(rule: Rule) -> re.Pattern[str] | WordList:
    """Raises ValueError or re.error."""
    return WordList(rule.pattern) if rule.form == "words" else re.compile(rule.pattern, re.IGNORECASE)


def only_reads(stems: Sequence[str]) -> bool:
    """Whether an ask wants something shown or explained, and nothing changed."""
    return not _READS.isdisjoint(stems[:4]) and _CHANGES.isdisjoint(stems)


def words_of_paths(paths: str) -> list[str]:
    from .words import stems_of

    return stems_of(paths.replace("_", " "))


NO_RULES = Rules()
