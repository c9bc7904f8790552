"""What the `model` of a request means (issue: `auto`, a tier, a target, a catalogue name; else unknown)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import translate
from functools import lru_cache


@lru_cache(maxsize=4096)
def _compiled(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{translate(pattern.lower())})" for pattern in patterns) or r"(?!)")


def matches(name: str, patterns: Iterable[str]) -> bool:
    """Whether `name` matches one of the fnmatch `patterns`, in any case."""
    return _compiled(tuple(patterns)).match(name.lower()) is not None
