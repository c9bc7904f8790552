"""Token counts. Units: tokens. None means "not reported", which is not 0."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

_TIERS = frozenset({"batch", "flex", "priority"})


def service_tier(word: Any) -> str | None:
    """What a provider says it served by, in the words prices are kept under: "batch", "flex", "priority", else "standard".
    None: it did not say; "auto" is what was asked for, not what was served. Vertex says it as "ON_DEMAND_FLEX"."""
    if not isinstance(word, str) or not word or word == "auto":
        return None
    last = word.lower().rpartition("_")[2]
    return last if last in _TIERS else "standard"


@dataclass(frozen=True, slots=True)
class Usage:
    """Disjoint kinds: `input` is what was neither read from nor written to the provider's prompt cache, so the whole
    prompt is ``input + cache_read + cache_write_5m + cache_write_1h``. Dialects whose figures are inclusive
    (OpenAI, Gemini) are subtracted by their decoder (CCH-1). `reasoning` is part of `output`. `service_tier` is what the
    counts are charged by (see the function); it is no count, so it does not make two usages differ."""

    input: int | None = None
    output: int | None = None
    cache_read: int | None = None
    cache_write_5m: int | None = None
    cache_write_1h: int | None = None
    reasoning: int | None = None
    service_tier: str | None = field(default=None, compare=False)

    @property
    def cache_write(self) -> int | None:
        if self.cache_write_5m is None and self.cache_write_1h is None:
            return None
        return (self.cache_write_5m or 0) + (self.cache_write_1h or 0)

    @property
    def prompt(self) -> int | None:
        """All prompt tokens, cached or not; None if the provider reported no input at all."""
        parts = (self.input, self.cache_read, self.cache_write_5m, self.cache_write_1h)
        known = [part for part in parts if part is not None]
        return sum(known) if known else None

    def merge(self, later: Usage | None) -> Usage:
        """Later figures win where they are reported; what they leave out stays (CCH-4)."""
        if later is None:
            return self
        return Usage(
            later.input if later.input is not None else self.input,
            later.output if later.output is not None else self.output,
            later.cache_read if later.cache_read is not None else self.cache_read,
            later.cache_write_5m if later.cache_write_5m is not None else self.cache_write_5m,
            later.cache_write_1h if later.cache_write_1h is not None else self.cache_write_1h,
            later.reasoning if later.reasoning is not None else self.reasoning,
            later.service_tier if later.service_tier is not None else self.service_tier,
        )


NO_USAGE = Usage()


def summed(one: Usage, other: Usage) -> Usage:
    """Of two calls together. What neither reported stays unknown."""
    counts: dict[str, Any] = {}
    for kind in fields(Usage):
        mine, its = getattr(one, kind.name), getattr(other, kind.name)
        if kind.name == "service_tier" or mine is None:
            counts[kind.name] = mine if its is None else its
        else:
            counts[kind.name] = mine + (its or 0)
    return Usage(**counts)
