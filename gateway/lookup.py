"""What the answer cache has to do with one request: a plain record, written by gateway.remembering."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from caching.entry import Kept
from routing.answer_cache import AnswerCache
from routing.tiers import TargetRef, Tier


@dataclass(slots=True)
class Lookup:
    """`outcome`: "" (the policy has no cache), "skip" (`why` it may not be cached), "miss", "exact", "semantic", "shared"
    (given the answer that another request was getting), "near" (a near match that was not served: `why`).
    `exact` is its key. `split`, `readings`: of the ask, where near matches may be looked for. `kept`: what was found.
    `shared`: told to who asks the same meanwhile (gateway.sharing),
    `pace`: at which its own caller is told meanwhile. `later`: the vector of the ask is made behind the answer."""

    policy: AnswerCache
    scope: str = ""
    exact: bytes = b""
    target: TargetRef | None = None
    outcome: str = ""
    why: str = ""
    split: Any = None
    readings: Any = None
    kept: Kept | None = None
    gate: str = ""
    later: bool = False
    shared: Any = None
    pace: Any = None
    tags: tuple[str, ...] = ()
    tier: str = ""

    def skipped(self, why: str) -> Lookup:
        self.outcome, self.why = "skip", why
        return self

    def served_by(self, target: TargetRef | None, tier: Tier | None, word: str = "") -> None:
        """Whose answer it is."""
        self.target = target
        self.tier = tier.name if tier is not None else word

    @property
    def served(self) -> bool:
        """Whether the answer came from here."""
        return self.outcome in ("exact", "semantic", "shared")

    def as_word(self) -> str:
        """For the record: bounded, no content."""
        if self.why == "off":
            return ""
        return f"{self.outcome}:{self.why}"[:40] if self.why and self.outcome in ("skip", "near") else self.outcome

    def as_header(self) -> str:
        """What was looked for and with which settings (SEM-5)."""
        if not self.outcome or self.why == "off":
            return ""
        parts = [self.outcome]
        if self.why:
            parts.append(f"why={self.why}")
        if self.kept is not None:
            if self.outcome in ("semantic", "near"):
                parts.append(f"similarity={self.kept.similarity:.3f}")
                parts.append(f"gate={self.policy.gate}")
            parts.append(f"age={round(self.kept.age)}")
        if self.outcome != "skip":
            parts += [f"mode={self.policy.mode}", f"scope={self.policy.scope}", f"ttl={self.policy.seconds}"]
        return "; ".join(parts)
