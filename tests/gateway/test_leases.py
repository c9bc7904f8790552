"""Spending from leases in memory: the accounting law, without a database."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.windows import Window
from gateway.leases import BudgetBook, BudgetView, Leases, Pot, Reservation
from routing.tiers import TargetRef, Tier

TARGET = TargetRef("cloud", "big-model")
NOON = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC).timestamp()
MONTH = BudgetView("a", "team acme", Window("month"), Decimal(10))
BIG_ONLY = BudgetView("b", "user bob", Window("day"), Decimal(5), model_pattern="big-*")
SMALL_ONLY = BudgetView("c", "key ci", Window("day"), Decimal(5), model_pattern="small-*")
ALL = (MONTH, BIG_ONLY, SMALL_ONLY)


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> float:
        return self.now


def held(leases: Leases, estimate: str, *budgets: BudgetView) -> Reservation:
    """A reservation, leasing exactly what is missing."""
    while True:
        found = leases.reserve(budgets or (MONTH,), Decimal(estimate))
        if isinstance(found, Reservation):
            return found
        leases.granted(found, leases.missing(found, Decimal(estimate)))


_steps = st.lists(
    st.tuples(
        st.sampled_from(["reserve", "settle", "release", "again", "hour"]),
        st.integers(0, 5),
        st.decimals(0, 3, places=6, allow_nan=False),
    ),
    max_size=40,
)


@settings(max_examples=50, deadline=None)
@given(_steps)
def test_whatever_happens_nothing_stays_held_and_all_is_spent_once(steps: list[tuple[str, int, Decimal]]) -> None:
    """The accounting law (BUD-4, DJG-4, CUT-12): any script of reserve, settle, release, twice or over a window's end."""
    clock, spent = Clock(), Decimal(0)
    leases = Leases(clock)
    opened: list[Reservation] = []
    granted = Decimal(0)
    pots: dict[int, Pot] = {}
    for what, which, amount in steps:
        if what == "reserve":
            while isinstance(found := leases.reserve(ALL, amount), Pot):
                more = leases.missing(found, amount)
                granted += more
                leases.granted(found, more)
            opened.append(found)
            pots |= {id(pot): pot for pot in found.pots}
        elif what == "hour":
            clock.now += 3600 * 7
        elif opened:
            one = opened[which % len(opened)]
            if what == "settle" and not one.ended:
                spent += amount
            if what == "again":
                one.release()
                one.release()
            elif what == "settle":
                one.settle([(TARGET, amount)])
            else:
                one.release()
    for one in opened:
        one.settle([])
    assert leases.held == 0
    assert all(pot.held == 0 and pot.holds == 0 for pot in pots.values())
    by = {view.id: sum((p.spent for p in pots.values() if p.budget.id == view.id), Decimal(0)) for view in ALL}
    assert by["a"] == by["b"] == spent
    assert by["c"] == 0
    assert sum((pot.granted for pot in pots.values()), Decimal(0)) == granted


def test_all_budgets_hold_or_none_does() -> None:
    """BUD-3."""
    leases = Leases(Clock())
    held(leases, "1", MONTH).release()
    found = leases.reserve((MONTH, BIG_ONLY), Decimal(1))
    assert isinstance(found, Pot)
    assert found.budget == BIG_ONLY
    assert leases.held == 0


def test_a_free_request_still_needs_a_budget_that_is_not_used_up() -> None:
    """BUD-14: a price of zero does not skip the check."""
    leases = Leases(Clock())
    assert isinstance(leases.reserve((MONTH,), Decimal(0)), Pot)


def test_what_cost_more_than_it_held_is_made_up_for_by_the_next_lease() -> None:
    """BUD-7: one estimate's error, no more."""
    leases = Leases(Clock())
    held(leases, "1").settle([(TARGET, Decimal(3))])
    found = leases.reserve((MONTH,), Decimal(1))
    assert isinstance(found, Pot)
    assert leases.missing(found, Decimal(1)) == 3


def test_a_new_window_starts_with_nothing_spent_and_open_requests_end_in_theirs() -> None:
    """RST-1, RST-5."""
    clock = Clock()
    leases = Leases(clock)
    day = BudgetView("d", "team acme", Window("day"), Decimal(5))
    before = held(leases, "1", day)
    clock.now += 86400
    after = held(leases, "1", day)
    before.settle([(TARGET, Decimal(1))])
    assert before.pots[0].span.end == after.pots[0].span.start
    assert (before.pots[0].spent, after.pots[0].spent) == (1, 0)


def test_a_lease_in_doubt_is_spent_no_more() -> None:
    """CUT-19: whether the database moved before the connection was lost is not known, so nothing is asked twice for it."""
    leases = Leases(Clock())
    one = held(leases, "1")
    pot = one.pots[0]
    leases.doubt(pot)
    found = leases.reserve((MONTH,), Decimal(1))
    assert isinstance(found, Pot)
    assert found.lease_id != pot.lease_id
    one.settle([(TARGET, Decimal(1))])
    assert pot in leases.pots()  # its row lives on until it is given back, which takes two looks without a hold
    assert [leases.forgotten(pot), leases.forgotten(pot)] == [False, True]


def test_more_is_asked_for_before_the_lease_runs_dry_and_once() -> None:
    leases = Leases(Clock())
    one = held(leases, "1")
    assert leases.thirsty(one) == []  # asked just now
    leases._clock.now += 1  # type: ignore[attr-defined]
    assert leases.thirsty(one) == [one.pots[0]]
    assert leases.thirsty(one) == []
    leases.granted(one.pots[0], Decimal(4))
    assert leases.thirsty(one) == []


def test_what_is_idle_is_given_back() -> None:
    clock = Clock()
    leases = Leases(clock)
    one = held(leases, "1")
    pot = one.pots[0]
    leases.granted(pot, Decimal(4))
    assert leases.spare(pot) == 0
    clock.now += 6
    assert leases.spare(pot) == 4
    assert leases.spare(pot) == 0
    assert pot.available == 0


def test_a_soft_limit_caps_the_tier_by_its_own_budget_only() -> None:
    """BUD-10: each rule reads the budget it is of. An increase raises both limits until it ends."""
    clock = Clock()
    leases = Leases(clock)
    more = (Decimal(2), NOON + 60)
    soft = BudgetView("s", "team acme", Window("month"), Decimal(10), Decimal(1), Tier.SIMPLE, increases=(more,))
    other = BudgetView("t", "user bob", Window("month"), Decimal(10), Decimal(9), Tier.MEDIUM)
    held(leases, "2", soft, other).settle([(TARGET, Decimal(2))])
    assert leases.cap((soft, other)) is None
    clock.now += 61
    assert leases.cap((soft, other)) is Tier.SIMPLE
    leases.saw(held(leases, "0", other).pots[0], Decimal(20))
    assert leases.cap((other,)) is Tier.MEDIUM
    assert (soft.limit_at(NOON), soft.limit_at(clock.now)) == (12, 10)


def test_a_caller_spends_from_all_that_are_his_and_from_no_others() -> None:
    """RST-3: a key's budget does not depend on its team's; RST-2: one code for every entity."""
    book = BudgetBook((MONTH,), {1: (BIG_ONLY,)}, {7: (SMALL_ONLY,)}, {"k": ()})
    assert book.of(1, 7, "k") == (MONTH, BIG_ONLY, SMALL_ONLY)
    assert book.of(2, None, "x") == (MONTH,)
