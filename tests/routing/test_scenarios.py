"""Every scenario comes out inside its tiers: in each dialect, with fallback on and off, five times the same. The decision is
pure; `test_scenarios_served` asks a running gateway, before an empty and a filled database."""

from __future__ import annotations

import builtins
import io
import socket
from dataclasses import replace

import pytest

from gateway.wire.registry import dialect
from routing.ask import ask_of
from routing.features import features_of
from routing.judgement import Judgement
from routing.tiers import Policy, Tier
from tests.eval.routing.judging import DIALECTS, verdict

from .scenarios import BENCHMARK, CODING_TOOLS, OWN_TOOLS, SCENARIOS, Scenario, body, user

POLICIES = {"fallback": Policy(), "no fallback": replace(Policy(), fallback=False)}


def judged(scenario: Scenario, name: str = "anthropic", policy: Policy = POLICIES["fallback"]) -> Judgement:
    return verdict(dialect(name).decode_request(body(scenario, name)), policy)


def named(scenario_id: str) -> Scenario:
    return next(scenario for scenario in SCENARIOS if scenario.id == scenario_id)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.id)
def test_a_scenario_gets_a_tier_that_will_do(scenario: Scenario) -> None:
    tiers = {judged(scenario, name, policy).tier for name in DIALECTS for policy in POLICIES.values() for _ in range(5)}
    assert len(tiers) == 1, f"{scenario.id} is judged in several ways"
    assert tiers <= scenario.accept, f"{scenario.id}: {judged(scenario).reason}"


def test_there_are_the_nineteen() -> None:
    assert len({scenario.id for scenario in BENCHMARK}) == 19


def test_reminders_tools_and_an_earlier_turn_do_not_move_the_score() -> None:
    """IV1 and IV2."""
    alone, wrapped = judged(named("IV1")), judged(named("IV2"))
    assert alone.score is not None
    assert wrapped.score is not None
    assert (alone.tier, alone.score.value) == (wrapped.tier, wrapped.score.value)


def test_what_a_client_asks_for_itself_is_told_apart() -> None:
    """SR1: it must not touch the session."""
    found = judged(named("SR1"))
    assert (found.mode, found.tier) == ("side", Tier.SIMPLE)
    assert found.side_request
    assert {judged(scenario).mode for scenario in SCENARIOS if not scenario.side} == {"auto"}


def test_more_work_after_a_greeting_gets_more_than_the_greeting() -> None:
    """P1 and P2: the tier of the opener is no ceiling."""
    assert judged(named("P1")).tier < judged(named("P2")).tier


@pytest.mark.parametrize(("baseline", "extra"), [((), 14), (CODING_TOOLS, 0)])
def test_only_tools_beyond_the_clients_own_are_counted(baseline: tuple[str, ...], extra: int) -> None:
    for own, more in (((), 0), (OWN_TOOLS[:5], 5), (OWN_TOOLS, 12)):
        asked = Scenario("tools", user("hi"), frozenset(), CODING_TOOLS + own)
        request = dialect("anthropic").decode_request(body(asked, "anthropic"))
        features = features_of(request, ask_of(request), frozenset(baseline))
        assert (features.tools, features.extra_tools) == (14 + more, extra + more)


def test_the_decision_reads_no_file_and_opens_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is warm or empty cannot matter to it."""
    judged(named("S1"))  # what is loaded once

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the decision is not pure")

    monkeypatch.setattr(builtins, "open", refuse)
    monkeypatch.setattr(io, "open", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    assert [judged(scenario).tier for scenario in SCENARIOS]
