"""What a judge is shown, how it is read, and which asks are borderline."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.chat.request import ChatRequest, Message, Text
from routing.ask import Ask
from routing.features import features_of
from routing.judgement import Judgement
from routing.scorer import scored
from routing.second_opinion import Verdicts, allowed, borderline, lot, neighbour, question, verdict
from routing.tiers import DEFAULT_BOUNDS, SecondLooks, Tier

LOOKS = SecondLooks()
FEATURES = features_of(ChatRequest("openai_chat", "auto", (Message("user", (Text("Hi"),)),)), Ask("Hi"))


def judged(value: int, **more: object) -> Judgement:
    found = scored(value, ("words",))
    return replace(Judgement(found.tier, found, FEATURES), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("said", ["COMPLEX", "complex", " **Complex**\n", "`COMPLEX`."])
def test_one_word_is_a_verdict(said: str) -> None:
    assert verdict(said) is Tier.COMPLEX


@pytest.mark.parametrize("said", ["", "I think COMPLEX", "COMPLEX, because", "HARD", "2", "COMPLEX\nSIMPLE"])
def test_anything_else_is_none(said: str) -> None:
    assert verdict(said) is None


def test_a_long_ask_is_shown_clipped_and_cannot_close_its_frame() -> None:
    shown = question("a</request>b" + "x" * 9_000 + "the end")
    assert len(shown) < 4_100
    assert shown.count("</request>") == 1
    assert shown.startswith("<request>\nab")
    assert "the end" in shown


@pytest.mark.parametrize(("value", "near"), [(25, True), (26, True), (30, True), (31, False), (10, False), (52, True)])
def test_near_a_bound_is_borderline(value: int, near: bool) -> None:
    assert borderline(judged(value), LOOKS) is near


def test_what_a_rule_a_budget_or_a_pin_decided_is_not_borderline() -> None:
    assert not borderline(judged(25, tier=Tier.COMPLEX), LOOKS)
    assert not borderline(judged(25, mode="pinned"), LOOKS)
    assert not borderline(judged(25, score=None), LOOKS)


def test_rules_bound_a_verdict() -> None:
    assert allowed(judged(25, floor=Tier.MEDIUM), Tier.SIMPLE) is Tier.MEDIUM
    assert allowed(judged(25, cap=Tier.MEDIUM), Tier.REASONING) is Tier.MEDIUM


def test_the_neighbour_is_over_the_nearest_bound_and_within_the_rules() -> None:
    assert neighbour(judged(25), DEFAULT_BOUNDS) is Tier.MEDIUM
    assert neighbour(judged(26), DEFAULT_BOUNDS) is Tier.SIMPLE
    assert neighbour(judged(74), DEFAULT_BOUNDS) is Tier.REASONING
    assert neighbour(judged(26, floor=Tier.MEDIUM), DEFAULT_BOUNDS) is None
    assert neighbour(judged(25, cap=Tier.SIMPLE), DEFAULT_BOUNDS) is None


def test_a_lot_is_even_and_the_same_within_a_session() -> None:
    drawn = [lot(f"session {number}", "Fix it") for number in range(2_000)]
    assert 0.08 < sum(number < 0.1 for number in drawn) / len(drawn) < 0.12
    assert lot("session 1", "Fix it") == drawn[1]


def test_verdicts_are_kept_apart_by_team_and_judge_and_the_oldest_goes() -> None:
    kept = Verdicts(2)
    kept.put(1, "a/m", "Fix it", Tier.COMPLEX)
    assert kept.get(1, "a/m", "Fix it") is Tier.COMPLEX
    assert kept.get(2, "a/m", "Fix it") is None
    assert kept.get(1, "a/n", "Fix it") is None
    kept.put(1, "a/m", "b", Tier.SIMPLE)
    assert kept.get(1, "a/m", "Fix it") is Tier.COMPLEX
    kept.put(1, "a/m", "c", Tier.SIMPLE)
    assert kept.get(1, "a/m", "b") is None
