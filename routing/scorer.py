"""A first, rule-based difficulty score of an ask: 0-100, with its reasons. Pure and fast; reads the human's words only, so
the envelope (system prompt, tools, history, reminders) does not move it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .tiers import Tier

BOUNDS = ((25, Tier.SIMPLE), (50, Tier.MEDIUM), (75, Tier.COMPLEX))


@dataclass(frozen=True, slots=True)
class Score:
    value: int
    tier: Tier
    reasons: tuple[str, ...]


def _words(*parts: str) -> re.Pattern[str]:
    return re.compile(r"\b(?:" + "|".join(parts) + r")\b", re.IGNORECASE)


_TRIVIAL = re.compile(
    r"^\s*(?:hi|hello|hey|thanks|thank you|ok|okay|yes|no|ping|test|good (?:morning|evening))\b[\s\w,]{0,20}[!.?]*\s*$",
    re.I,
)
_ARITHMETIC = re.compile(r"^[\s\d+\-*/().=?x]+$")
_SIMPLE_QUESTION = re.compile(
    r"^\s*(?:what(?:'s| is| does| are)|who|when|where|which|how (?:do|many|much|old)|define|translate|list|is|does|can)\b",
    re.I,
)

_SIGNALS: tuple[tuple[str, int, re.Pattern[str]], ...] = (
    (
        "proof",
        55,
        _words(r"prove(?: that)?(?!\w)", "theorem", "formal(?:ly)? verif(?:y|ication)", "derive", "ultrathink"),
    ),
    (
        "architecture",
        42,
        _words(
            r"architect(?:ure)?(?: review)?",
            "system design",
            "design (?:a|an|the)",
            "distributed",
            "scalab(?:le|ility)",
            "trade-?offs?",
            "migration plan",
            "consensus",
            "race conditions?",
            "deadlocks?",
        ),
    ),
    (
        "security",
        42,
        _words(
            "security (?:audit|review|analysis)",
            "vulnerabilit(?:y|ies)",
            "threat model",
            "exploit",
            "xss",
            "csrf",
            "jwt",
            "oauth2?",
            "encrypt(?:ion|ed)?",
            "auth(?:entication|orization)",
            "payments?",
            "production",
            "credentials?",
        ),
    ),
    (
        "autonomy",
        60,
        _words(
            "autonomous(?:ly)?",
            "until (?:all|every|the|they|it|green)[\\w ]{0,30}(?:pass(?:es)?|green|works?)",
            "iterate until",
            "one by one",
            "keep going",
            "end[- ]to[- ]end",
        ),
    ),
    (
        "refactor",
        46,
        _words(
            r"refactor(?:ing)?\b.{0,40}\b(?:entire|whole|all|pipeline|codebase|module)",
            "rewrite the",
            "re-?architect",
            "across the (?:code ?base|repo(?:sitory)?|project)",
            "whole (?:code ?base|repo)",
        ),
    ),
    (
        "analysis",
        24,
        _words(
            "analy[sz]e",
            "compare",
            "evaluate",
            "root cause",
            "debug",
            "diagnose",
            "investigate",
            "optimi[sz]e",
            "profile",
            "why (?:does|is|do|are)",
            "in depth",
            "step[- ]by[- ]step",
            "reason through",
            "pros and cons",
        ),
    ),
    (
        "coding",
        22,
        _words(
            "implement",
            "refactor",
            "write (?:a|an|the|some|me)",
            "create",
            "build",
            "add (?:a|an|the|support)",
            "fix(?:es)?",
            "review",
            "unit tests?",
            "update",
            "port",
            "convert",
            "function",
            "class",
            "endpoint",
            "script",
            "regex",
            "sql",
        ),
    ),
)
_FILE = re.compile(r"[\w./-]+\.(?:py|js|ts|tsx|go|rs|java|rb|c|cpp|h|sql|ya?ml|toml|json|md)\b")
_RISKY_PATH = re.compile(r"(?:^|[/\s])(?:auth|billing|payments?|security|migrations?|infra|deploy|rbac)[/\s.]", re.I)
_STEPS = re.compile(
    r"\b(?:then|after that|next|finally|and (?:then|also|update|add|write|run))\b|^\s*(?:\d+[.)]|[-*])\s", re.I | re.M
)


def score(text: str, *, images: bool = False) -> Score:
    """`text` is a cleaned ask (routing.ask)."""
    if not text:
        return _scored(20, ["no words"])
    if _TRIVIAL.match(text) or _ARITHMETIC.match(text):
        return _scored(5, ["trivial"])
    words = len(text.split()) + sum("\u3040" <= ch <= "\u9fff" for ch in text[:2000]) // 2
    value = min(24.0, words * 0.22)
    reasons: list[str] = []
    best = 0
    rest = 0
    for name, weight, pattern in _SIGNALS:
        if pattern.search(text):
            reasons.append(name)
            rest += min(best, weight)
            best = max(best, weight)
    value += best + min(18, rest * 0.3)
    steps = len(_STEPS.findall(text[:4000]))
    if steps:
        value += min(14, 3 * steps)
        reasons.append("several steps")
    files = len(set(_FILE.findall(text[:4000])))
    if files:
        value += min(10, 4 * files)
        reasons.append("files")
    if _RISKY_PATH.search(text) and ("coding" in reasons or "refactor" in reasons):
        value += 26
        reasons.append("risky path")
    if "```" in text:
        value += 6
        reasons.append("code")
    if images:
        value += 5
    if words <= 14 and _SIMPLE_QUESTION.match(text) and best < 36:
        value = min(value, 22)
        reasons.append("short question")
    return _scored(round(value), reasons or ["length"])


def _scored(value: int, reasons: list[str]) -> Score:
    value = max(0, min(100, value))
    for bound, tier in BOUNDS:
        if value <= bound:
            return Score(value, tier, tuple(reasons))
    return Score(value, Tier.REASONING, tuple(reasons))
