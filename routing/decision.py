"""What was decided for a request, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
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
    "side" (a request the client makes for itself), "here" (one that Lynkr answers itself: no steps).
    `score` 0-100 or None; `reason` one short line for headers and logs (ASCII); `steps` in the order they are tried.
    `cascade`: the answer is checked, and the next tier asked if it fails; `judge`: a model that is asked how hard this is;
    both are paid for beside the steps. `notes` go into the record: words and numbers, nothing of the ask."""

    mode: str
    tier: Tier | None
    steps: tuple[Step, ...]
    score: int | None = None
    reason: str = ""
    policy_version: str = ""
    map_version: str = ""
    judgement: Judgement | None = None
    cascade: bool = False
    judge: TargetRef | None = None
    notes: Mapping[str, Any] = field(default_factory=dict)

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
            **self.notes,
        }
