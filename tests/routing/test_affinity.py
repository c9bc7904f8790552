"""Whether a session stays on its model: FBK-10, FBK-11, THK-11."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from routing.affinity import HYSTERESIS, LONG, SAVING, SHORT, Pin, Prices, Rates, after, stay_or_move
from routing.features import Features
from routing.judgement import Judgement
from routing.rules import Hit, Rule
from routing.scorer import scored
from routing.tiers import DEFAULT_BOUNDS, Policy, TargetRef, Tier

POLICY = Policy()
OPUS = Rates(5.0, 6.25, 0.5, 25.0)
HAIKU = Rates(1.0, 1.25, 0.1, 5.0)
LARGE = TargetRef("anth", "claude-opus-4-5")
SMALL = TargetRef("anth", "claude-haiku-4-5")
NOW = 1_000_000.0
PIN = Pin(LARGE, Tier.COMPLEX, 60, NOW - 30, SHORT, warm=80_000, output=600, asks=4, calls=20)
DOWN = Prices(OPUS, HAIKU)


def judged(value: int, *hits: Hit, loop: int = 0, cap: Tier | None = None, **features: object) -> Judgement:
    found = scored(value, ("words",))
    floor = max((hit.rule.tier for hit in hits), default=None)
    tier = found.tier if floor is None else max(found.tier, floor)
    return Judgement(tier, found, Features(tool_results=loop, **features), hits, floor, cap)  # type: ignore[arg-type]


def hit(kind: str, tier: Tier) -> Hit:
    return Hit(Rule("r", "payments", kind, "pay", tier), "at least")


def choose(pin: Pin, judgement: Judgement, prices: Prices = DOWN, tokens: int = 81_000, now: float = NOW):
    return stay_or_move(pin, judgement, now, prices, tokens, POLICY)


def test_a_warm_session_stays_for_one_easy_ask() -> None:
    assert choose(PIN, judged(10)) == choose(PIN, judged(10, trivial=True))
    assert choose(PIN, judged(10)).stay
    assert choose(PIN, judged(10)).reason == "cache warm"


def test_a_short_session_moves_down_at_once_and_a_long_one_when_easy_asks_go_on() -> None:
    assert not choose(replace(PIN, warm=0), judged(10), tokens=900).stay
    choices = [choose(replace(PIN, below=below), judged(10)).stay for below in range(12)]
    assert choices[0]
    assert not choices[-1]
    assert choices == sorted(choices, reverse=True)  # once it pays it goes on paying


@pytest.mark.parametrize("kind", ["force", "risk", "agentic", "floor"])
def test_a_rule_that_asks_for_more_moves_a_warm_session(kind: str) -> None:
    assert choose(PIN, judged(10, hit(kind, Tier.REASONING))).reason == "outgrown by a rule"
    assert choose(PIN, judged(80, hit(kind, Tier.REASONING))).reason == "outgrown by a rule"
    assert choose(PIN, judged(10, hit(kind, Tier.COMPLEX)), Prices(OPUS, OPUS)).stay


def test_a_rule_that_caps_moves_a_warm_session() -> None:
    assert not choose(PIN, judged(60, cap=Tier.MEDIUM)).stay


def test_a_harder_ask_moves_a_session_and_a_borderline_one_does_not() -> None:
    bound = DEFAULT_BOUNDS.complex
    assert choose(PIN, judged(bound + HYSTERESIS)).reason == "borderline"
    assert choose(PIN, judged(bound + HYSTERESIS + 1)).reason == "outgrown"
    assert choose(PIN, judged(DEFAULT_BOUNDS.medium - HYSTERESIS + 1)).reason == "borderline"


def test_a_compacted_history_is_another_prompt() -> None:
    assert choose(PIN, judged(10), tokens=12_000).reason == "history cut"


def test_unknown_prices_move_nothing() -> None:
    for prices in (Prices(), Prices(OPUS), Prices(None, HAIKU)):
        assert choose(replace(PIN, below=40), judged(10), prices).stay


def test_an_hour_long_cache_keeps_its_session_for_an_hour() -> None:
    """FBK-10: a pin lives as long as the cache in use, neither shorter nor longer."""
    later = NOW - 30 + SHORT
    assert choose(PIN, judged(10), now=later - 1).stay
    assert choose(PIN, judged(10), now=later).reason == "cache cold"
    hour = replace(PIN, ttl=LONG)
    assert choose(hour, judged(10), now=NOW - 30 + LONG - 1).stay
    assert not choose(hour, judged(10), now=NOW - 30 + LONG).stay


unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
tiers = st.sampled_from(Tier)
rates = st.builds(
    lambda price, write, read, output: Rates(price, price * write, price * read, price * output),
    st.floats(0, 100),
    st.floats(1, 2),
    st.floats(0, 1),
    st.floats(1, 8),
)
pins = st.builds(
    Pin,
    st.just(LARGE),
    tiers,
    st.none() | st.integers(0, 100),
    st.floats(NOW - 5000, NOW + 10),
    st.sampled_from([SHORT, LONG]),
    st.integers(0, 1_000_000),
    st.integers(0, 60_000),
    st.integers(1, 50),
    st.integers(1, 500),
    st.integers(0, 50),
    st.integers(0, 500),
)
hits = st.lists(st.builds(hit, st.sampled_from(["force", "risk", "agentic", "floor"]), tiers), max_size=2)
judgements = st.builds(
    lambda value, hits, loop, cap: judged(value, *hits, loop=loop, cap=cap),
    st.integers(0, 100),
    hits,
    st.sampled_from([0, 0, 3]),
    st.none() | tiers,
)
prices = st.builds(Prices, st.none() | rates, st.none() | rates)
tokens = st.integers(1, 1_500_000)


@unhurried
@given(pins, judgements, prices, tokens)
def test_it_always_chooses_and_says_why(pin: Pin, judgement: Judgement, price: Prices, size: int) -> None:
    choice = choose(pin, judgement, price, size)
    assert choice.reason
    assert choice.reason.isascii()


@unhurried
@given(pins, judgements, prices, tokens)
def test_no_session_moves_inside_a_tool_loop(pin: Pin, judgement: Judgement, price: Prices, size: int) -> None:
    """FBK-11, THK-11: whatever the prices, the rules and the clock say."""
    inside = replace(judgement, features=replace(judgement.features, tool_results=1))
    assert choose(pin, inside, price, size).stay


@unhurried
@given(pins, judgements, prices, tokens)
def test_nothing_holds_a_cold_session_at_a_new_ask(pin: Pin, judgement: Judgement, price: Prices, size: int) -> None:
    asked = replace(judgement, features=replace(judgement.features, tool_results=0))
    assert not stay_or_move(pin, asked, pin.used + pin.ttl, price, size, POLICY).stay


@unhurried
@given(pins, judgements, prices, tokens)
def test_a_floor_above_the_sessions_tier_always_moves_it_at_a_new_ask(
    pin: Pin, judgement: Judgement, price: Prices, size: int
) -> None:
    asked = replace(judgement, features=replace(judgement.features, tool_results=0))
    if any(found.rule.tier > pin.tier for found in asked.hits):
        assert not choose(pin, asked, price, size).stay


@unhurried
@given(pins, judgements, rates, tokens)
def test_equal_prices_never_pay_for_a_move(pin: Pin, judgement: Judgement, price: Rates, size: int) -> None:
    if judgement.tier <= pin.tier:
        assert choose(pin, judgement, Prices(price, price), size).reason != "moving pays"


@unhurried
@given(pins, st.integers(0, 100), rates, rates, tokens, st.integers(0, 500_000))
def test_more_warm_tokens_never_make_a_session_leave(
    pin: Pin, value: int, mine: Rates, other: Rates, size: int, more: int
) -> None:
    """As long as the prompt is the same one, and reading it again saves more here than there: the more of it is warm, the
    less there is to gain."""
    assume((mine.write - mine.read) * SAVING >= other.write - other.read)
    pin = replace(pin, tier=Tier.REASONING, warm=min(pin.warm, size) or 1)
    warmer = replace(pin, warm=min(size, pin.warm + more))
    if choose(pin, judged(value), Prices(mine, other), size).stay:
        assert choose(warmer, judged(value), Prices(mine, other), size).stay or pin.warm * 0.5 > size


@unhurried
@given(st.lists(st.integers(-HYSTERESIS + 1, HYSTERESIS), min_size=2, max_size=30))
def test_scores_around_a_bound_do_not_flip_a_session(offsets: list[int]) -> None:
    """At most the one move of its first ask; measured elsewhere: 18 switches in 412 calls, then none (FBK-11)."""
    bound = DEFAULT_BOUNDS.medium
    first = judged(bound + offsets[0])
    pin = replace(PIN, tier=first.tier)
    for offset in offsets[1:]:
        judgement = judged(bound + offset)
        assert judgement.tier == pin.tier or choose(pin, judgement).stay


def test_a_session_remembers_how_long_it_has_been_too_dear() -> None:
    served = Pin(LARGE, Tier.COMPLEX, 10, NOW, warm=81_000, output=100)
    pin = after(None, served, judged(60, depth=1))
    assert (pin.asks, pin.calls, pin.below, pin.score) == (1, 1, 0, 10)
    pin = after(pin, served, judged(10, depth=2))
    pin = after(pin, served, judged(10, depth=2, loop=4))  # its tool loop counts once
    assert (pin.asks, pin.calls, pin.below) == (2, 3, 1)
    pin = after(pin, served, judged(5, depth=3, trivial=True))  # thanks
    assert pin.below == 1
    pin = after(pin, served, judged(10, depth=4))
    assert pin.below == 2
    assert after(pin, served, judged(60, depth=5)).below == 0


def test_a_move_begins_a_new_count_and_keeps_the_score_that_caused_it() -> None:
    pin = after(replace(PIN, below=3, asks=1), Pin(SMALL, Tier.SIMPLE, 12, NOW), judged(12, depth=5))
    assert (pin.target, pin.score, pin.below) == (SMALL, 12, 0)
    stayed = after(pin, Pin(SMALL, Tier.SIMPLE, 20, NOW), judged(20, depth=6))
    assert stayed.score == 12
