"""Requests a minute, tokens a minute, requests at once: the arithmetic, in one process and without a framework.

A minute is any 60 seconds, not a calendar minute: in no such span is more admitted than the limit. Everything is checked
before anything is taken (LIM-1); tokens are taken by estimate and corrected when the figures are known (LIM-4). Amounts
are whole numbers and times nanoseconds, so nothing drifts.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

SECOND = 1_000_000_000
MINUTE = 60 * SECOND
GRAIN = SECOND  # takings this close together are kept as one, which leaves with the last of them (MEM-4)
USUAL_OUTPUT = 4096
LONGEST_GUESS = 30.0

Kind = Literal["key", "user", "team"]
What = Literal["requests", "tokens", "parallel"]


@dataclass(frozen=True, slots=True)
class Subject:
    """Somebody whose rates are limited. None: not limited in that. `name` is shown to the caller."""

    kind: Kind
    id: str
    name: str
    requests: int | None = None
    tokens: int | None = None
    parallel: int | None = None

    @property
    def limits_anything(self) -> bool:
        return self.requests is not None or self.tokens is not None or self.parallel is not None


@dataclass(frozen=True, slots=True)
class Estimate:
    """Tokens of a request before it is served: its prompt, and the output it asks room for (None: it does not say)."""

    input: int
    output: int | None = None

    def under(self, subjects: Sequence[Subject]) -> int:
        """Tokens to reserve. A caller that names no limit gets the usual room, or what the tightest allowance has: what we
        guessed must not make a request impossible (BUD-13)."""
        if self.output is not None:
            return self.input + self.output
        tightest = min((one.tokens for one in subjects if one.tokens is not None), default=0)
        return self.input + max(0, min(USUAL_OUTPUT, tightest - self.input))


@dataclass(frozen=True, slots=True)
class Standing:
    """What is left of an allowance, and the seconds until all of it is there again if nothing more is asked."""

    limit: int
    remaining: int
    reset: float


@dataclass(frozen=True, slots=True)
class Standings:
    """The tightest allowance of each sort, for response headers."""

    requests: Standing | None = None
    tokens: Standing | None = None


NOTHING = Standings()


class Refused(Exception):
    """`what` limit of `subject` is passed; in `wait` seconds there is room if nobody else takes it. `wait` None: never,
    the request (`asked`) is larger than the whole allowance (LIM-6)."""

    def __init__(
        self, what: What, subject: Subject, limit: int, asked: int, wait: float | None, standings: Standings = NOTHING
    ) -> None:
        super().__init__(f"{what} of {subject.kind} {subject.id}")
        self.what = what
        self.subject = subject
        self.limit = limit
        self.asked = asked
        self.wait = wait
        self.standings = standings


class Free:
    """The permit of a caller without limits."""

    __slots__ = ()
    standings = NOTHING

    def leave(self) -> None:
        pass

    def settle(self, tokens: int) -> None:
        pass

    def release(self) -> None:
        pass


FREE = Free()


class Window:
    """What was taken in the last minute. An entry is [first, last, amount]."""

    __slots__ = ("entries", "used")

    def __init__(self) -> None:
        self.entries: deque[list[int]] = deque()
        self.used = 0

    def drop(self, now: int) -> None:
        entries = self.entries
        while entries and entries[0][1] + MINUTE <= now:
            gone = entries.popleft()
            self.used -= gone[2]
            gone[2] = 0  # a correction that comes later finds nothing to give back

    def take(self, amount: int, now: int) -> list[int]:
        self.used += amount
        if self.entries:
            newest = self.entries[-1]
            if now - newest[0] < GRAIN:
                newest[1] = now
                newest[2] += amount
                return newest
        entry = [now, now, amount]
        self.entries.append(entry)
        return entry

    def give_back(self, entry: list[int], amount: int) -> None:
        amount = min(amount, entry[2])
        entry[2] -= amount
        self.used -= amount

    def wait(self, amount: int, limit: int, now: int) -> float | None:
        """Seconds until `amount` fits; 0.0: now. None: it never does."""
        if amount > limit:
            return None
        over = self.used + amount - limit
        if over <= 0:
            return 0.0
        for _, last, taken in self.entries:
            over -= taken
            if over <= 0:
                return (last + MINUTE - now) / SECOND
        return None

    def standing(self, limit: int, now: int) -> Standing:
        reset = (self.entries[-1][1] + MINUTE - now) / SECOND if self.entries and self.used else 0.0
        return Standing(limit, max(0, limit - self.used), reset)


class _State:
    __slots__ = ("open", "requests", "seconds", "tokens")

    def __init__(self) -> None:
        self.requests = Window()
        self.tokens = Window()
        self.open = 0
        self.seconds = 1.0  # how long requests last, lately

    def idle(self, now: int) -> bool:
        self.requests.drop(now)
        self.tokens.drop(now)
        return not self.open and not self.requests.entries and not self.tokens.entries


class Permit:
    """Holds its places until `settle` or `release`; the second call of either does nothing."""

    __slots__ = ("_left", "_limits", "_reserved", "_started", "_taken", "standings")

    def __init__(
        self,
        limits: LocalLimits,
        taken: list[tuple[_State, list[int] | None]],
        reserved: int,
        now: int,
        standings: Standings,
    ) -> None:
        self._limits = limits
        self._taken = taken
        self._reserved = reserved
        self._started = now
        self._left = False
        self.standings = standings

    def leave(self) -> None:
        """Its caller is gone: the place is given back, the tokens stay taken until it is known what was used."""
        if not self._left:
            self._left = True
            for state, _ in self._taken:
                state.open -= 1

    def settle(self, tokens: int) -> None:
        """The request ended and used `tokens`. What it used beyond its reservation counts from now."""
        taken, self._taken = self._taken, []
        if not taken:
            return
        now = self._limits.clock()
        lasted = (now - self._started) / SECOND
        for state, entry in taken:
            state.open -= not self._left
            state.seconds += (lasted - state.seconds) * 0.2
            if entry is None:
                continue
            if tokens < self._reserved:
                state.tokens.give_back(entry, self._reserved - tokens)
            elif tokens > self._reserved:
                state.tokens.take(tokens - self._reserved, now)

    def release(self) -> None:
        """The request ended without having used a token."""
        self.settle(0)


class LocalLimits:
    """All limits of one process. Bounded: a subject is forgotten a minute after its last request (MEM-4)."""

    def __init__(self, clock: Callable[[], int] = time.monotonic_ns) -> None:
        self.clock = clock
        self._states: dict[tuple[str, str], _State] = {}

    def __len__(self) -> int:
        return len(self._states)

    async def admit(self, subjects: Sequence[Subject], estimate: Estimate) -> Permit | Free:
        """Takes from every limit of `subjects`, or raises Refused and has taken nothing (LIM-1)."""
        return self.admit_now(subjects, estimate)

    def admit_now(self, subjects: Sequence[Subject], estimate: Estimate) -> Permit | Free:
        if not subjects:
            return FREE
        now = self.clock()
        self._forget(now)
        tokens = estimate.under(subjects)
        refuse_what_never_fits(subjects, tokens)
        states = [self._state(subject, now) for subject in subjects]
        worst: tuple[float, What, Subject, int, int] | None = None
        for subject, state in zip(subjects, states, strict=True):
            for what, limit, asked, wait in (
                ("requests", subject.requests, 1, _wait(state.requests, 1, subject.requests, now)),
                ("tokens", subject.tokens, tokens, _wait(state.tokens, tokens, subject.tokens, now)),
                ("parallel", subject.parallel, 1, self._wait_for_a_place(state, subject)),
            ):
                if wait > 0 and limit is not None and (worst is None or wait > worst[0]):
                    worst = (wait, what, subject, limit, asked)  # type: ignore[assignment]
        if worst is not None:
            wait, what, subject, limit, asked = worst
            raise Refused(what, subject, limit, asked, wait, _standings(subjects, states, now))
        taken: list[tuple[_State, list[int] | None]] = []
        for subject, state in zip(subjects, states, strict=True):
            state.open += 1
            if subject.requests is not None:
                state.requests.take(1, now)
            taken.append((state, state.tokens.take(tokens, now) if subject.tokens is not None else None))
        return Permit(self, taken, tokens, now, _standings(subjects, states, now))

    def _state(self, subject: Subject, now: int) -> _State:
        """The subject's, put last."""
        name = (subject.kind, subject.id)
        state = self._states.pop(name, None)
        if state is None:
            state = _State()
        else:
            state.requests.drop(now)
            state.tokens.drop(now)
        self._states[name] = state
        return state

    def _forget(self, now: int) -> None:
        """Those that were asked for longest ago, if nothing is left of them: more than one request can add."""
        for _ in range(4):
            oldest = next(iter(self._states), None)
            if oldest is None or not self._states[oldest].idle(now):
                break
            del self._states[oldest]

    @staticmethod
    def _wait_for_a_place(state: _State, subject: Subject) -> float:
        if subject.parallel is None or state.open < subject.parallel:
            return 0.0
        return wait_for_a_place(state.seconds, subject.parallel)


def wait_for_a_place(seconds: float, places: int) -> float:
    """When the next of `places` requests, each lasting about `seconds`, is likely to end."""
    return min(LONGEST_GUESS, max(1.0, seconds / max(1, places)))


def refuse_what_never_fits(subjects: Sequence[Subject], tokens: int) -> None:
    """Raises Refused without a wait for what no wait helps (LIM-6)."""
    for subject in subjects:
        if subject.tokens is not None and tokens > subject.tokens:
            raise Refused("tokens", subject, subject.tokens, tokens, None)
        if subject.requests == 0:
            raise Refused("requests", subject, 0, 1, None)
        if subject.parallel == 0:
            raise Refused("parallel", subject, 0, 1, None)


def tightest(standings: Sequence[Standing]) -> Standing | None:
    return min(standings, key=lambda one: one.remaining, default=None)


def _wait(window: Window, amount: int, limit: int | None, now: int) -> float:
    return (window.wait(amount, limit, now) or 0.0) if limit is not None else 0.0


def _standings(subjects: Sequence[Subject], states: Sequence[_State], now: int) -> Standings:
    pairs = list(zip(subjects, states, strict=True))
    return Standings(
        tightest([state.requests.standing(one.requests, now) for one, state in pairs if one.requests is not None]),
        tightest([state.tokens.standing(one.tokens, now) for one, state in pairs if one.tokens is not None]),
    )
