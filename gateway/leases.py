"""Budgets as a process spends them: from leases in memory. Pure but for a lock; time is given, the database is a port.

A lease is money of one budget window that the database has set aside for this process (gateway/store/leases.py). A request
holds its estimate in all its budgets or in none, and gives the hold back when it settles its actual cost. So what all
processes have spent and hold never passes a limit by more than what actual costs exceed their estimates by, for requests
open at once (BUD-1, BUD-4, BUD-7).
"""

from __future__ import annotations

import datetime as dt
import threading
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_UP, Decimal

from accounts.windows import Span, Window, span
from routing.names import covers
from routing.tiers import TargetRef, Tier

ZERO = Decimal(0)
SMALLEST = Decimal("0.0000000001")  # the columns' last digit
IDLE_SECONDS = 5.0
USUAL = 4  # estimates in a lease while there is plenty
LOW = Decimal("0.5")  # of the usual lease: below it, more is asked for in the background


@dataclass(frozen=True, slots=True)
class BudgetView:
    """A budget as configured. `entity`: as a refusal names it ("team acme"). `increases`: (USD, until unix seconds)."""

    id: str
    entity: str
    window: Window
    limit: Decimal
    soft_limit: Decimal | None = None
    cap: Tier | None = None
    model_pattern: str = ""
    increases: tuple[tuple[Decimal, float], ...] = ()

    def limit_at(self, now: float) -> Decimal:
        return self.limit + self._more(now)

    def soft_at(self, now: float) -> Decimal | None:
        return None if self.soft_limit is None else self.soft_limit + self._more(now)

    def _more(self, now: float) -> Decimal:
        return sum((amount for amount, until in self.increases if until > now), ZERO)

    def covers(self, target: TargetRef) -> bool:
        return not self.model_pattern or covers(self.model_pattern, target.account, target.model)

    def __str__(self) -> str:
        models = f" for {self.model_pattern}" if self.model_pattern else ""
        rolling = "rolling " if self.window.rolling else ""
        return f"{rolling}{self.window.kind} budget of {self.entity}{models}"


@dataclass(frozen=True, slots=True)
class BudgetBook:
    """All active budgets, by what they are of."""

    organisation: tuple[BudgetView, ...] = ()
    teams: Mapping[int, tuple[BudgetView, ...]] = field(default_factory=dict)
    users: Mapping[int, tuple[BudgetView, ...]] = field(default_factory=dict)
    keys: Mapping[str, tuple[BudgetView, ...]] = field(default_factory=dict)

    def of(self, team_id: int, user_id: int | None, key_id: str) -> tuple[BudgetView, ...]:
        """Those a caller spends from, in the order of their ids, which is the order they are always taken in (BUD-3)."""
        if not (self.organisation or self.teams or self.users or self.keys):
            return ()
        found = (*self.organisation, *self.teams.get(team_id, ()), *self.keys.get(key_id, ()))
        if user_id is not None:
            found += self.users.get(user_id, ())
        return tuple(sorted(found, key=lambda view: view.id))


class Pot:
    """The lease of one budget window. USD. `granted`: leased and not given back; `spent` of it; `held` by open requests;
    `seen`: what all had spent of the window when the database was last asked, and `seen_at` the `spent` of that moment.
    Guarded by the owner's lock."""

    __slots__ = (
        "asked_at",
        "budget",
        "granted",
        "held",
        "holds",
        "in_doubt",
        "lease_id",
        "refilling",
        "seen",
        "seen_at",
        "span",
        "spent",
        "unheld",
        "used_at",
        "usual",
    )

    def __init__(self, budget: BudgetView, when: Span) -> None:
        self.budget, self.span = budget, when
        self.lease_id = str(uuid.uuid4())
        self.granted = self.spent = self.held = self.usual = self.seen = self.seen_at = ZERO
        self.holds = 0
        self.used_at = self.asked_at = 0.0
        self.refilling = self.in_doubt = self.unheld = False

    @property
    def available(self) -> Decimal:
        return self.granted - self.spent - self.held

    def missing(self, estimate: Decimal) -> Decimal:
        """What has to be leased before `estimate` can be held. Even a free request needs a budget that is not used up
        (BUD-14): it must see the smallest amount left."""
        return max(ZERO, max(estimate, SMALLEST) - self.available)

    @property
    def key(self) -> tuple[str, dt.datetime]:
        return self.budget.id, self.span.start


class Reservation:
    """What one request holds. Ended by `settle` or `release`, whichever comes first; later calls change nothing."""

    __slots__ = ("_leases", "ended", "estimate", "pots")

    def __init__(self, leases: Leases, pots: tuple[Pot, ...], estimate: Decimal) -> None:
        self._leases, self.pots, self.estimate = leases, pots, estimate
        self.ended = False

    def lines(self, target: TargetRef) -> list[list[str]]:
        """Where an attempt at `target` is charged: [budget id, window start, lease id] each."""
        return [
            [pot.budget.id, pot.span.start.isoformat(), pot.lease_id] for pot in self.pots if pot.budget.covers(target)
        ]

    def settle(self, costs: Iterable[tuple[TargetRef, Decimal]]) -> None:
        """Gives the hold back and spends what each attempt cost, in the budgets that cover its target."""
        self._leases.end(self, tuple(costs))

    def release(self) -> None:
        """Nothing was spent."""
        self._leases.end(self, ())


class Leases:
    """Of one process. Methods may be called from any thread and never wait for the database."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._pots: dict[str, Pot] = {}  # current, by budget
        self._old: list[Pot] = []  # of windows that ended, or in doubt, until their holds end
        self._spans: dict[Window, Span] = {}

    def reserve(
        self, budgets: Sequence[BudgetView], estimate: Decimal, *, regardless: bool = False
    ) -> Reservation | Pot:
        """Holds `estimate` in all `budgets`, or in none: then the first pot that holds too little. `regardless`: holds it
        even so; the next lease has to make up for it."""
        estimate = max(ZERO, estimate).quantize(SMALLEST, rounding=ROUND_UP)
        with self._lock:
            now = self._clock()
            pots = tuple(self._pot(budget, now) for budget in budgets)
            for pot in pots:
                if not regardless and pot.missing(estimate):
                    return pot
            for pot in pots:
                pot.usual = max(pot.usual, USUAL * estimate)
                pot.held += estimate
                pot.holds += 1
                pot.used_at = now
            return Reservation(self, pots, estimate)

    def end(self, reservation: Reservation, costs: Sequence[tuple[TargetRef, Decimal]]) -> None:
        with self._lock:
            if reservation.ended:
                return
            reservation.ended = True
            for pot in reservation.pots:
                pot.held -= reservation.estimate
                pot.holds -= 1
                pot.spent += sum((cost for target, cost in costs if pot.budget.covers(target)), ZERO)

    def missing(self, pot: Pot, estimate: Decimal) -> Decimal:
        with self._lock:
            return pot.missing(estimate)

    def granted(self, pot: Pot, amount: Decimal) -> None:
        """The database leased `amount` more."""
        with self._lock:
            pot.granted += amount
            pot.asked_at, pot.refilling = self._clock(), False

    def failed(self, pot: Pot) -> None:
        """No more was leased."""
        with self._lock:
            pot.asked_at, pot.refilling = self._clock(), False

    def saw(self, pot: Pot, spent: Decimal) -> None:
        """What all processes together have spent of the window, as far as it is in the books."""
        with self._lock:
            pot.seen, pot.seen_at = spent, pot.spent

    def doubt(self, pot: Pot) -> None:
        """How much is leased is not known (CUT-19): spend from a new lease; this one is ended when nobody holds it."""
        with self._lock:
            pot.in_doubt, pot.refilling = True, False
            if self._pots.get(pot.budget.id) is pot:
                self._old.append(self._pots.pop(pot.budget.id))

    def forgotten(self, pot: Pot) -> bool:
        """Whether nobody holds any of a pot in doubt, and nobody did when this was last asked."""
        with self._lock:
            before, pot.unheld = pot.unheld, pot.in_doubt and not pot.holds
            return before and pot.unheld

    def forget(self, pot: Pot) -> None:
        """The lease of a pot in doubt has ended."""
        with self._lock:
            self._old = [one for one in self._old if one is not pot]

    def thirsty(self, reservation: Reservation) -> list[Pot]:
        """Pots to refill in the background, before they run dry. Each is told once until `granted` or `failed`."""
        found = []
        with self._lock:
            now = self._clock()
            for pot in reservation.pots:
                if pot.refilling or pot.in_doubt or pot.available >= pot.usual * LOW or now < pot.asked_at + 0.05:
                    continue
                pot.refilling = True
                found.append(pot)
        return found

    def spare(self, pot: Pot) -> Decimal:
        """Takes what nobody has used for a while out of the pot, to be given back; 0 if it is in use."""
        with self._lock:
            left = pot.available
            current = self._pots.get(pot.budget.id) is pot and self._clock() < pot.span.end.timestamp()
            if left <= 0 or pot.in_doubt or (current and self._clock() - pot.used_at < IDLE_SECONDS):
                return ZERO
            pot.granted -= left
            return left

    def pots(self) -> list[Pot]:
        """Those whose lease must live on."""
        with self._lock:
            self._old = [pot for pot in self._old if pot.holds or pot.in_doubt or pot.available > 0]
            return [*self._pots.values(), *self._old]

    def cap(self, budgets: Iterable[BudgetView]) -> Tier | None:
        """The highest tier that soft limits which are passed allow; None: any. As known when the database was last asked,
        and what was spent here since."""
        found: Tier | None = None
        for budget in budgets:
            if budget.cap is None:
                continue
            with self._lock:
                now = self._clock()
                pot, soft = self._pot(budget, now), budget.soft_at(now)
                used = pot.seen + pot.spent - pot.seen_at
            if soft is not None and used >= soft:
                found = budget.cap if found is None else min(found, budget.cap)
        return found

    @property
    def held(self) -> Decimal:
        """By open requests, over all pots."""
        with self._lock:
            return sum((pot.held for pot in (*self._pots.values(), *self._old)), ZERO)

    def _pot(self, budget: BudgetView, now: float) -> Pot:
        when = self._spans.get(budget.window)
        if when is None or not when.start.timestamp() <= now < when.end.timestamp():
            when = self._spans[budget.window] = span(budget.window, dt.datetime.fromtimestamp(now, dt.UTC))
        pot = self._pots.get(budget.id)
        if pot is None or pot.span.start != when.start:
            if pot is not None:
                self._old.append(pot)
            pot = self._pots[budget.id] = Pot(budget, when)
        pot.budget = budget
        return pot
