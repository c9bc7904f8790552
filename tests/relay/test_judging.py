"""A model that judges borderline asks: in little time, at a price that is in the books, and never with more than the ask."""

from __future__ import annotations

import itertools
import json
import time
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest

from accounts.models import Budget, Team
from routing.models import PriceOverride
from tests.fakes import script
from tests.fakes.gateway import Gateway
from tests.fakes.upstream import Upstream

from .calls import SURFACES, ask, text_of
from .climbers import set_policy

JUDGE = "oai/gpt-4.1-nano"
GOOD = script.text("It puts your changes away.")
_numbers = itertools.count()


@pytest.fixture
def judged(lynkr: Gateway) -> Gateway:
    """Everything is borderline; the first target of each tier says which it is."""
    set_policy(lynkr, judge=JUDGE, borderline=50)
    return lynkr


def fresh(surface: str, **more: Any) -> dict[str, Any]:
    """An ask that nobody has asked before."""
    said = f"How does git stash treat file{next(_numbers)}.txt, and why?"
    asked = [{"role": "user", "content": said}]
    return {"input" if surface == "openai_responses" else "messages": asked, **more}


def is_question(received: script.Received) -> bool:
    return "nano" in received.model


def spent(lynkr: Gateway, budget: Budget) -> Decimal:
    [window] = lynkr.rows("SELECT spent FROM accounts_budgetwindow WHERE budget_id = %s", budget.id)
    amount: Decimal = window["spent"]
    return amount


def answers(upstream: Upstream, word: str, **more: Any) -> None:
    said = script.text(word, **more)
    upstream.when(lambda received: said if is_question(received) else GOOD)


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("surface", SURFACES)
def test_its_word_counts_and_its_cost_is_in_the_books(
    judged: Gateway, upstream: Upstream, surface: str, streamed: bool
) -> None:
    answers(upstream, "MEDIUM")
    answer = ask(judged, surface, key="climber", stream=streamed, **fresh(surface, system="The secret plan."))
    assert (answer.headers["x-lynkr-tier"], answer.headers["x-lynkr-provider"]) == ("MEDIUM", "anth")
    assert answer.headers["x-lynkr-reason"].endswith("judged medium")
    row = judged.operation(answer)
    calls = [(call["model"], call["tier"], call["status"]) for call in row["calls"]]
    assert calls == [("gpt-4.1-nano", "", "settled"), ("claude-sonnet-4-5", "MEDIUM", "settled")]
    assert all(call["cost_usd"] > 0 for call in row["calls"])
    assert row["cost_usd"] == sum(call["cost_usd"] for call in row["calls"])
    assert row["decision"]["judge"] == "MEDIUM"
    asked = upstream.chats[0]
    assert b"git stash" in asked.body
    assert b"secret plan" not in asked.body
    assert "git stash" not in json.dumps(row, default=str)


def test_the_same_ask_is_judged_once_and_another_ask_again(judged: Gateway, upstream: Upstream) -> None:
    answers(upstream, "MEDIUM")
    same = fresh("openai_chat")
    assert ask(judged, "openai_chat", key="climber", **same).headers["x-lynkr-tier"] == "MEDIUM"
    assert ask(judged, "openai_chat", key="climber", **same).headers["x-lynkr-tier"] == "MEDIUM"
    assert [is_question(received) for received in upstream.chats] == [True, False, False]
    ask(judged, "openai_chat", key="climber", **fresh("openai_chat"))
    assert is_question(upstream.chats[3])


@pytest.mark.parametrize(
    "reply",
    [
        script.text("I would say MEDIUM."),
        script.text(""),
        script.error(500, "Broken."),
        script.error(401, "No."),
        script.text("MEDIUM", fault=script.Fault(garbage_after=0)),
    ],
)
def test_without_a_clear_word_the_score_counts(judged: Gateway, upstream: Upstream, reply: script.Reply) -> None:
    upstream.when(lambda received: reply if is_question(received) else GOOD)
    answer = ask(judged, "openai_chat", key="climber", **fresh("openai_chat"))
    assert answer.status_code == 200
    assert answer.headers["x-lynkr-tier"] == "SIMPLE"
    assert text_of("openai_chat", answer.json()) == "It puts your changes away."
    assert sum(is_question(received) for received in upstream.chats) == 1
    row = judged.operation(answer)
    assert (row["status"], row["account"], row["decision"]["judge"]) == ("completed", "oai", "none")


def test_a_slow_judge_is_not_waited_for(lynkr: Gateway, upstream: Upstream) -> None:
    set_policy(lynkr, judge=JUDGE, borderline=50, judge_milliseconds=300)
    answers(upstream, "MEDIUM", pace=script.Pace(before_headers=5.0))
    answer = ask(lynkr, "openai_chat", key="climber", **fresh("openai_chat"))
    assert answer.elapsed.total_seconds() < 2.5
    assert answer.headers["x-lynkr-tier"] == "SIMPLE"
    row = lynkr.operation(answer)
    assert [call["status"] for call in row["calls"]] == ["failed", "settled"]
    assert 250 <= row["decision"]["judge_ms"] < 1500


@pytest.mark.parametrize("policy", [{"borderline": 0}, {"judge": ""}, {"judge": "nobody/here"}])
def test_what_is_clear_or_has_no_judge_is_not_judged(
    lynkr: Gateway, upstream: Upstream, policy: dict[str, Any]
) -> None:
    set_policy(lynkr, **{"judge": JUDGE, "borderline": 50, **policy})
    answers(upstream, "MEDIUM")
    answer = ask(lynkr, "openai_chat", key="climber", **fresh("openai_chat"))
    assert answer.headers["x-lynkr-tier"] == "SIMPLE"
    assert len(upstream.chats) == 1


@pytest.mark.parametrize("model", ["simple", "oai/gpt-4o-mini"])
def test_what_the_caller_named_is_not_judged(judged: Gateway, upstream: Upstream, model: str) -> None:
    answers(upstream, "MEDIUM")
    ask(judged, "openai_chat", model, key="climber", **fresh("openai_chat"))
    assert len(upstream.chats) == 1


def test_a_budget_counts_the_judge_and_goes_without_where_it_is_short(judged: Gateway, upstream: Upstream) -> None:
    """A token costs a cent: 10 USD hold an answer of 200 tokens, but not the 1,500 of a question as well."""
    PriceOverride.objects.create(team=None, model="*", input=10_000, output=10_000)
    answers(upstream, "MEDIUM")
    began = datetime.now(UTC)
    try:
        made = Budget.objects.create(window="month", limit=10, team=Team.objects.get(slug="climbers"))
        judged.reload()
        answer = ask(judged, "openai_chat", key="climber", **fresh("openai_chat", max_tokens=200))
        assert (answer.status_code, len(upstream.chats)) == (200, 1)
        made.limit = 100
        made.save()
        judged.reload()
        answer = ask(judged, "openai_chat", key="climber", **fresh("openai_chat", max_tokens=200))
        assert answer.headers["x-lynkr-tier"] == "MEDIUM"
        row = judged.operation(answer)
        assert len(row["calls"]) == 2
        every = "SELECT sum(a.cost_usd) AS cost FROM gateway_attempt a WHERE a.team_id = %s AND a.started_at > %s"
        until = time.monotonic() + 5
        while (
            spent(judged, made) != (cost := judged.rows(every, made.team_id, began)[0]["cost"])
            and time.monotonic() < until
        ):
            time.sleep(0.1)
        assert spent(judged, made) == cost
    finally:
        Budget.objects.all().delete()
        PriceOverride.objects.all().delete()
        judged.reload()


def test_a_share_explores_and_the_record_says_how_likely_it_was(lynkr: Gateway, upstream: Upstream) -> None:
    set_policy(lynkr, borderline=50, explore_percent=50)
    rows = []
    for number in range(12):
        answer = ask(lynkr, "openai_chat", key="climber", **fresh("openai_chat", user=f"u{number}"))
        rows.append(lynkr.operation(answer))
    taken = [row["decision"]["explored"]["taken"] for row in rows]
    assert {True, False} == set(taken)
    assert {row["decision"]["explored"]["propensity"] for row in rows} == {0.5}
    assert all((row["tier"] == "MEDIUM") is explored for row, explored in zip(rows, taken, strict=True))


def test_a_caller_who_leaves_while_it_is_judged_was_served_by_nobody(judged: Gateway, upstream: Upstream) -> None:
    set_policy(judged, judge=JUDGE, borderline=50, judge_milliseconds=8000)
    answers(upstream, "MEDIUM", pace=script.Pace(before_headers=6.0))
    began = time.time()
    with pytest.raises(httpx.ReadTimeout):
        ask(judged, "openai_chat", key="climber", timeout=1.5, **fresh("openai_chat"))
    row = judged.newest_operation(began)
    assert (row["status"], row["account"]) == ("interrupted", "")
    assert [call["status"] for call in row["calls"]] == ["interrupted"]
