"""A cheap answer that fails its check is replaced by one of the next tier; both are in the books."""

from __future__ import annotations

import time
from typing import Any

import httpx
import pytest

from accounts.models import Budget, Team
from routing.calibrating import answers_of
from routing.models import PriceOverride
from routing.tiers import Tier
from tests.fakes import script
from tests.fakes.gateway import Gateway
from tests.fakes.upstream import Upstream

from .calls import SURFACES, ask, message_of, stream, streamed_text, text_of, tool
from .climbers import set_policy

LOOP = script.text("The stash keeps your changes. " * 20)
GOOD = script.text("It puts your changes away.")
EMPTY = script.Reply(parts=(script.Text(""),))


@pytest.fixture
def cascading(lynkr: Gateway) -> Gateway:
    set_policy(lynkr, cascade=True)
    return lynkr


def calls_of(row: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(call["account"], call["tier"], call["status"]) for call in row["calls"]]


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (LOOP, "repetition"),
        (EMPTY, "empty"),
        (script.text("I'm sorry, but I can't help with that."), "refusal to try"),
        (script.text("Here:\n```python\ndef f():", stop="length"), "truncated code"),
    ],
)
def test_the_next_tier_answers_and_both_are_paid_for(
    cascading: Gateway, upstream: Upstream, surface: str, bad: script.Reply, why: str
) -> None:
    upstream.play(bad, GOOD)
    answer = ask(cascading, surface, key="climber")
    assert answer.status_code == 200, answer.text
    assert text_of(surface, answer.json()) == "It puts your changes away."
    assert (answer.headers["x-lynkr-tier"], answer.headers["x-lynkr-provider"]) == ("MEDIUM", "anth")
    assert answer.headers["x-lynkr-reason"].endswith(f"escalated: {why}")
    row = cascading.operation(answer)
    assert calls_of(row) == [("oai", "SIMPLE", "settled"), ("anth", "MEDIUM", "settled")]
    assert all(call["cost_usd"] > 0 for call in row["calls"])
    assert row["cost_usd"] == sum(call["cost_usd"] for call in row["calls"])
    assert (row["status"], row["tier"], row["decision"]["cascade"]) == ("completed", "MEDIUM", f"escalated: {why}")
    told = answers_of(row["tier"], row["score"], row["decision"], row["status"], row["error_code"])
    assert [(answer.tier, answer.ok, answer.checked) for answer in told] == [
        (Tier.SIMPLE, False, True),
        (Tier.MEDIUM, True, False),
    ], "what calibration learns of it"


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("raw", ['{"city": "Be', "{}", "[1]"])
def test_a_broken_call_is_not_given_to_the_client(
    cascading: Gateway, upstream: Upstream, surface: str, raw: str
) -> None:
    upstream.play(script.Reply(parts=(script.ToolCall("weather", raw=raw),)), script.call("weather", {"city": "Bern"}))
    answer = ask(cascading, surface, key="climber", tools=[tool(surface)])
    assert answer.headers["x-lynkr-reason"].endswith("escalated: malformed tool call")
    assert "Bern" in answer.text


@pytest.mark.parametrize("surface", SURFACES)
def test_a_good_answer_is_served_as_it_is_and_noted(cascading: Gateway, upstream: Upstream, surface: str) -> None:
    upstream.play(GOOD)
    answer = ask(cascading, surface, key="climber")
    assert len(upstream.chats) == 1
    row = cascading.operation(answer)
    assert calls_of(row) == [("oai", "SIMPLE", "settled")]
    assert row["decision"]["verified"] == "ok"


@pytest.mark.parametrize("policy", [{"cascade": False}, {"cascade": True}])
def test_without_the_policy_or_in_a_stream_nothing_is_checked(
    lynkr: Gateway, upstream: Upstream, policy: dict[str, bool]
) -> None:
    set_policy(lynkr, **policy)
    upstream.play(LOOP)
    if policy["cascade"]:
        with stream(lynkr, "openai_chat", key="climber") as wire:
            text = streamed_text("openai_chat", wire.rest())
    else:
        text = text_of("openai_chat", ask(lynkr, "openai_chat", key="climber").json())
    assert text.startswith("The stash keeps")
    assert len(upstream.chats) == 1


@pytest.mark.parametrize("model", ["simple", "oai/gpt-4o-mini"])
def test_what_the_caller_named_is_not_replaced(cascading: Gateway, upstream: Upstream, model: str) -> None:
    upstream.play(LOOP)
    answer = ask(cascading, "openai_chat", model, key="climber")
    assert text_of("openai_chat", answer.json()).startswith("The stash keeps")


def test_results_of_tools_go_to_the_model_that_asked(cascading: Gateway, upstream: Upstream) -> None:
    upstream.play(LOOP)
    call = {"id": "c1", "type": "function", "function": {"name": "weather", "arguments": '{"city": "Bern"}'}}
    history = [
        {"role": "user", "content": "Weather?"},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": "sunny"},
    ]
    answer = ask(cascading, "openai_chat", key="climber", messages=history, tools=[tool("openai_chat")])
    assert answer.status_code == 200
    assert len(upstream.chats) == 1


def test_one_step_up_and_no_more(cascading: Gateway, upstream: Upstream) -> None:
    upstream.play(LOOP, LOOP, GOOD)
    answer = ask(cascading, "openai_chat", key="climber")
    assert answer.headers["x-lynkr-tier"] == "MEDIUM"
    assert text_of("openai_chat", answer.json()).startswith("The stash keeps")
    assert len(upstream.chats) == 2


@pytest.mark.parametrize("surface", SURFACES)
def test_the_doubted_answer_is_served_when_nothing_better_comes(
    cascading: Gateway, upstream: Upstream, surface: str
) -> None:
    upstream.play(LOOP, script.error(400, "No such thing."), script.error(400, "No such thing."))
    answer = ask(cascading, surface, key="climber")
    assert answer.status_code == 200
    assert text_of(surface, answer.json()).startswith("The stash keeps")
    assert answer.headers["x-lynkr-model"] == "gpt-4o-mini"
    assert answer.headers["x-lynkr-reason"].endswith("kept: repetition, no better answer")
    row = cascading.operation(answer)
    assert calls_of(row) == [("oai", "SIMPLE", "settled"), ("anth", "MEDIUM", "rejected")]
    assert row["tier"] == "SIMPLE"


def test_an_empty_answer_that_nobody_betters_is_an_error(cascading: Gateway, upstream: Upstream) -> None:
    """An error, and not an answer with nothing in it."""
    upstream.play(EMPTY, script.error(400, "No."))
    answer = ask(cascading, "anthropic", key="climber")
    assert answer.status_code == 502
    assert message_of("anthropic", answer.json())
    assert calls_of(cascading.operation(answer)) == [("oai", "SIMPLE", "settled"), ("anth", "MEDIUM", "rejected")]


def test_without_fallback_errors_stay_and_checks_still_climb(lynkr: Gateway, upstream: Upstream) -> None:
    set_policy(lynkr, cascade=True, fallback=False)
    upstream.play(LOOP, GOOD)
    assert ask(lynkr, "openai_chat", key="climber").headers["x-lynkr-tier"] == "MEDIUM"
    upstream.reset()
    upstream.play(script.error(400, "No."), GOOD)
    assert ask(lynkr, "openai_chat", key="climber").status_code == 400


def test_the_time_for_an_answer_is_not_doubled(lynkr: Gateway, upstream: Upstream) -> None:
    """Both answers together have the time that the account of the first allows for one."""
    tiers = {"SIMPLE": ["brief/claude-haiku-4-5"], "MEDIUM": ["anth/claude-sonnet-4-5"]}
    brief = {"name": "brief", "vendor": "anthropic", "secret": "sk-upstream-brief", "deadlines": {"total": 2}}
    lynkr.apply({"providers": [{**brief, "base_url": f"http://127.0.0.1:{upstream.port}"}]})
    set_policy(lynkr, tiers, cascade=True)
    upstream.play(LOOP.but(pace=script.Pace(before_headers=1.0)), GOOD.but(pace=script.Pace(before_headers=8.0)))
    answer = ask(lynkr, "anthropic", key="climber")
    assert answer.elapsed.total_seconds() < 4
    assert text_of("anthropic", answer.json()).startswith("The stash keeps")
    assert answer.headers["x-lynkr-tier"] == "SIMPLE"
    assert calls_of(lynkr.operation(answer)) == [("brief", "SIMPLE", "settled"), ("anth", "MEDIUM", "interrupted")]


def test_budgets_hold_both_answers_and_where_they_cannot_only_one_is_made(
    cascading: Gateway, upstream: Upstream
) -> None:
    """A token costs a cent: one answer of at most 200 tokens fits into 3 USD with its prompt, two do not."""
    PriceOverride.objects.create(team=None, model="*", input=10_000, output=10_000)
    try:
        made = Budget.objects.create(window="month", limit=3, team=Team.objects.get(slug="climbers"))
        cascading.reload()
        upstream.play(LOOP)
        answer = ask(cascading, "anthropic", key="climber")
        assert text_of("anthropic", answer.json()).startswith("The stash keeps")
        assert len(upstream.chats) == 1
        made.limit = 30
        made.save()
        cascading.reload()
        upstream.play(LOOP, GOOD)
        answer = ask(cascading, "anthropic", key="climber")
        assert answer.headers["x-lynkr-tier"] == "MEDIUM"
        row = cascading.operation(answer)
        assert row["cost_usd"] == sum(call["cost_usd"] for call in row["calls"])
    finally:
        Budget.objects.all().delete()
        PriceOverride.objects.all().delete()
        cascading.reload()


def test_a_caller_who_leaves_meanwhile_pays_for_the_first_and_for_what_the_second_took(
    cascading: Gateway, upstream: Upstream
) -> None:
    upstream.play(LOOP, GOOD.but(pace=script.Pace(before_headers=3.0)))
    began = time.time()
    with pytest.raises(httpx.ReadTimeout):
        ask(cascading, "openai_chat", key="climber", timeout=1.5)
    row = cascading.newest_operation(began)
    assert (row["status"], row["http_status"]) == ("interrupted", 499)
    assert calls_of(row) == [("oai", "SIMPLE", "settled"), ("anth", "MEDIUM", "settled")]
    assert all(call["cost_usd"] > 0 for call in row["calls"])
