"""What was decided for a request, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .features import Features
from .judgement import Judgement
from .rules import Hit
from .tiers import TargetRef, Tier


@dataclass(frozen=True, slots=True)
class Step:
    """A target to try, and the tier it stands for (None for a target the caller named)."""

    target: TargetRef
    tier: Tier | None


@dataclass(frozen=True, slots=True)
class Decision:
    """`mode`: "auto" (scored), "tier" (the caller named it), "target" (the caller named the model), "pinned" (by policy),
    "side" (a request the client makes for itself).
    `score` 0-100 or None; `reason` one short line for headers and logs (ASCII); `steps` in the order they are tried."""

    mode: str
    tier: Tier | None
    steps: tuple[Step, ...]
    score: int | None = None
    reason: str = ""
    policy_version: str = ""
    map_version: str = ""
    judgement: Judgement | None = None

    @property
    def features(self) -> Features | None:
        """None for a target the caller named."""
        return self.judgement.features if self.judgement is not None else None

    @property
    def hits(self) -> tuple[Hit, ...]:
        return self.judgement.hits if self.judgement is not None else ()

    def as_record(self) -> dict[str, Any]:
        return {
            "mode": self.mode,
            "policy": self.policy_version,
            "map": self.map_version,
            "targets": [str(step.target) for step in self.steps],
        }
