"""What a policy says about answers from the cache (docs/answer-cache.md)."""

from __future__ import annotations

from dataclasses import dataclass

MODES = ("off", "exact", "shadow", "semantic")
SCOPES = ("user", "team", "organisation")
GATES = ("strict", "balanced")


@dataclass(frozen=True, slots=True)
class AnswerCache:
    """`mode`: "exact" serves the same request again, "semantic" an ask that means the same too, "shadow" looks for those and
    only compares them with the fresh answer. `scope`: who shares answers. `seconds` an answer may be served. `temperature`:
    the highest that is cached; a request that names none has the providers' 1. `gate`: how sure a near match must be.
    `judge` ("account/model" or ""): asked about those in between. `check`: percent of near matches that are asked again
    behind the answer. `budget`: the share (0 to 1) of wrong ones a team bears before they are switched off. `prove`: nothing
    near is served before checks have shown that the share is below that. `most`: entries a team keeps; `most_bytes`: of
    one answer."""

    mode: str = "exact"
    scope: str = "user"
    seconds: int = 24 * 3600
    temperature: float = 0.0
    gate: str = "balanced"
    judge: str = ""
    check: int = 5
    budget: float = 0.005
    prove: bool = False
    most: int = 50_000
    most_bytes: int = 256 * 1024

    @property
    def semantic(self) -> bool:
        return self.mode in ("shadow", "semantic")


NO_CACHE = AnswerCache(mode="off")
