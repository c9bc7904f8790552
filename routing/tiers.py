"""Tiers, targets and tier maps as the data plane sees them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import NamedTuple

from .answer_cache import NO_CACHE, AnswerCache
from .passes import NO_PASSES, Passes


class Tier(IntEnum):
    """How hard a request is; ordered, so that a floor is `max` and a cap is `min`."""

    SIMPLE = 0
    MEDIUM = 1
    COMPLEX = 2
    REASONING = 3

    @classmethod
    def parse(cls, word: str) -> Tier | None:
        """The tier called `word` in any case, or None."""
        return cls.__members__.get(word.upper())


@dataclass(frozen=True, slots=True)
class TargetRef:
    """A provider account (by name) and a model it serves; written "account/model"."""

    account: str
    model: str

    def __str__(self) -> str:
        return f"{self.account}/{self.model}"


@dataclass(frozen=True, slots=True)
class TierMap:
    """Ordered targets of each tier. A tier without targets borrows from its neighbours (`fallback.ladder`)."""

    version: str = ""
    targets: Mapping[Tier, tuple[TargetRef, ...]] = field(default_factory=dict)


class Bounds(NamedTuple):
    """The highest score of each tier but the last."""

    simple: int = 25
    medium: int = 50
    complex: int = 75


DEFAULT_BOUNDS = Bounds()


@dataclass(frozen=True, slots=True)
class SecondLooks:
    """What a policy may do beside the score, all off at first. `cascade`: a cheap answer that fails a check is replaced by
    one of the next tier. `judge`: a model asked how hard a borderline ask is, `judge_milliseconds` long. `borderline`: a
    score this near to a bound, in points. `explore_percent`: the share of borderline asks that goes to the neighbouring tier.
    `badge`: a visible line at the end of an answer that says who gave it."""

    cascade: bool = False
    badge: bool = False
    judge: TargetRef | None = None
    judge_milliseconds: int = 800
    borderline: int = 5
    explore_percent: int = 0


NO_SECOND_LOOKS = SecondLooks()


@dataclass(frozen=True, slots=True)
class Policy:
    """A team's routing rules. `auto_names`: fnmatch patterns of model names that mean tier routing. `fallback`: whether
    other targets may serve when the first cannot. `pinned_tier`: all "auto" traffic goes there.
    `unknown_price`: what happens to a model whose price nobody knows (UNK-4): "allow", "block", or "dearest" (charged like
    the dearest of its family; refused if no such family is known).
    `sticky`: whether a session stays on its model while the provider holds its prompt.
    `passes`: what is taken out of requests, `cache`: which answers are served again (a policy of nobody has none)."""

    version: str = ""
    auto_names: tuple[str, ...] = ("auto", "claude-*")
    fallback: bool = True
    pinned_tier: Tier | None = None
    capture_content: bool = False
    unknown_price: str = "allow"
    bounds: Bounds = DEFAULT_BOUNDS
    sticky: bool = True
    second_looks: SecondLooks = NO_SECOND_LOOKS
    passes: Passes = NO_PASSES
    cache: AnswerCache = NO_CACHE
