"""Patterns for names of models, as people write them. Pure."""

from __future__ import annotations

from fnmatch import translate

_NEVER = "(?!)"  # what fnmatch makes of a set that holds nothing


def problem_with(pattern: str) -> str:
    """Why an fnmatch `pattern` can match no model, or means something else than it seems to; empty if nothing is wrong. An
    empty pattern is none."""
    if pattern != pattern.strip() or not pattern.isprintable():
        return "Has a space at an end or an invisible character, which no model's name has."
    if pattern.startswith("/") or pattern.endswith("/"):
        return "Has a slash at an end, which no model's name has: write openai/* for all models of an account."
    if "," in pattern or ";" in pattern:
        return "Takes one pattern, such as claude-*; models of several need a budget each."
    at = pattern.find("[")
    while at >= 0:
        end = pattern.find("]", at + 1)
        held = pattern[at + 1 : end].removeprefix("!") if end > 0 else ""
        if not held:
            return "Has a bracket that is empty or not closed: write [ab] for one of some letters, [a-f] for a range."
        if any(low > high for low, dash, high in zip(held, held[1:], held[2:], strict=False) if dash == "-"):
            return f"Has a range that runs backwards: [{held}]."
        at = pattern.find("[", end)
    return "Can match no model." if _NEVER in translate(pattern.lower()) else ""
