"""Which targets to try, in which order, and which of them are resting: ladders, retries and circuit breakers."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from gateway.chat.errors import UpstreamError
from routing.decision import Step
from routing.tiers import TargetRef, Tier

FAILURES_TO_OPEN = 5
OPEN_SECONDS = 60.0
TRIES_PER_TARGET = 2
TRIES_IN_ALL = 6
LONGEST_WAIT = 5.0


def ladder(tier: Tier, targets: Mapping[Tier, tuple[TargetRef, ...]], *, fallback: bool) -> tuple[Step, ...]:
    """The tier's own targets in order, then those of the tiers above, then of those below, nearest first, each target
    once. Without `fallback` only the tier's own first target (the nearest tier's if it has none)."""
    order = [tier, *(t for t in Tier if t > tier), *(t for t in reversed(Tier) if t < tier)]
    steps: list[Step] = []
    seen: set[TargetRef] = set()
    for step_tier in order:
        for target in targets.get(step_tier, ()):
            if target not in seen:
                seen.add(target)
                steps.append(Step(target, step_tier))
    return tuple(steps if fallback else steps[:1])


@dataclass(slots=True)
class _Breaker:
    failures: int = 0
    opened_at: float | None = None
    probing_since: float | None = None


class Breakers:
    """One circuit breaker per target: 5 failures in a row open it; after 60 s one request probes it (half open); a success
    closes it. Only what is the target's making counts: the caller's own 4xx do not, 401/403 of the account do."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._breakers: dict[TargetRef, _Breaker] = {}

    def admits(self, target: TargetRef) -> bool:
        """Whether `target` may be tried now. A True for an open breaker hands out its one probe."""
        breaker = self._breakers.get(target)
        if breaker is None or breaker.opened_at is None:
            return True
        now = self._clock()
        if now - breaker.opened_at < OPEN_SECONDS:
            return False
        if breaker.probing_since is not None and now - breaker.probing_since < OPEN_SECONDS:
            return False
        breaker.probing_since = now
        return True

    def rests(self, target: TargetRef) -> bool:
        """Whether `target` is left alone now; takes no probe."""
        breaker = self._breakers.get(target)
        return (
            breaker is not None and breaker.opened_at is not None and self._clock() - breaker.opened_at < OPEN_SECONDS
        )

    def succeeded(self, target: TargetRef) -> None:
        self._breakers.pop(target, None)

    def failed(self, target: TargetRef, error: UpstreamError) -> None:
        if not error.account_fault:
            self.undecided(target)
            return
        breaker = self._breakers.setdefault(target, _Breaker())
        breaker.failures += 1
        breaker.probing_since = None
        if breaker.failures >= FAILURES_TO_OPEN:
            breaker.opened_at = self._clock()

    def undecided(self, target: TargetRef) -> None:
        """The call ended without saying anything of the target (the caller left): a probe may be tried again."""
        breaker = self._breakers.get(target)
        if breaker is not None:
            breaker.probing_since = None

    def open_targets(self) -> list[str]:
        return sorted(str(target) for target, breaker in self._breakers.items() if breaker.opened_at is not None)

    def reset(self, keep: Iterable[TargetRef] = ()) -> None:
        kept = set(keep)
        self._breakers = {target: state for target, state in self._breakers.items() if target in kept}


def wait_before_retry(error: UpstreamError, tries: int) -> float | None:
    """Seconds to wait before the same target is tried again, or None: do not. `tries` counts those made on it. An asked-for
    wait (Retry-After) is obeyed when it is short, else the next target's turn has come."""
    if not error.retryable or tries >= TRIES_PER_TARGET:
        return None
    if error.retry_after is not None:
        return error.retry_after if error.retry_after <= LONGEST_WAIT else None
    return float(0.2 * 2 ** (tries - 1) * (0.75 + random.random() / 2))  # noqa: S311 (jitter, not a secret)
