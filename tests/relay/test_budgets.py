"""Budgets end to end: who is refused, how each client reads it, and that the books agree."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import httpx
import pytest

from accounts.models import ApiKey, Budget, Team, User
from routing.models import PriceOverride, RoutingPolicy
from tests.fakes.gateway import Gateway
from tests.fakes.upstream import Upstream

from .calls import SURFACES, ask

USED_UP = {
    "anthropic": {"type": "billing_error"},
    "openai_chat": {"type": "insufficient_quota", "code": "insufficient_quota"},
    "openai_responses": {"type": "usage_limit_reached", "code": "insufficient_quota"},
}


@pytest.fixture(autouse=True)
def clean(lynkr: Gateway) -> Iterator[None]:
    """Money is whole: a token of input or output costs a cent in all models."""
    PriceOverride.objects.update_or_create(
        team=None, model="*", defaults={"input": 10_000, "output": 10_000, "is_free": False}
    )
    lynkr.reload()
    yield
    Budget.objects.all().delete()
    PriceOverride.objects.all().delete()
    lynkr.reload()


def budget(lynkr: Gateway, **fields: Any) -> Budget:
    found = Budget.objects.create(**{"window": "month", "limit": 0, **fields})
    lynkr.reload()
    return found


def entities() -> dict[str, dict[str, Any]]:
    return {
        "the organisation": {},
        "team acme": {"team": Team.objects.get(slug="acme")},
        "user bob": {"user": User.objects.get(username="bob")},
        "key bob": {"key": ApiKey.objects.get(name="bob")},
    }


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("surface", SURFACES)
def test_a_refusal_is_final_for_every_client_and_names_the_budget(
    lynkr: Gateway, upstream: Upstream, surface: str, streamed: bool
) -> None:
    """BUD-5, BUD-8, BUD-11 and clients.md: Claude Code stops on x-should-retry, Codex on 429 without Retry-After."""
    budget(lynkr, **entities()["team acme"])
    answer = ask(lynkr, surface, stream=streamed)
    assert answer.status_code == 429
    error = answer.json()["error"]
    assert USED_UP[surface].items() <= error.items()
    assert "month budget of team acme" in error["message"]
    assert answer.headers["x-should-retry"] == "false"
    if surface == "anthropic":
        assert 1 <= int(answer.headers["retry-after"]) <= 60
    else:
        assert "retry-after" not in answer.headers
    assert upstream.received == []
    row = lynkr.operation(answer)
    assert (row["status"], row["error_code"], row["attempts"]) == ("refused", "budget_exceeded", 0)


@pytest.mark.parametrize("who", ["the organisation", "team acme", "user bob", "key bob"])
def test_each_kind_of_budget_is_enforced_and_for_nobody_else(lynkr: Gateway, who: str) -> None:
    """RST-2, BUD-12."""
    budget(lynkr, **entities()[who])
    refused = ask(lynkr, "openai_chat")
    assert (refused.status_code, who in refused.text) == (429, True)
    other = ask(lynkr, "openai_chat", key="charlie")
    assert other.status_code == (429 if who == "the organisation" else 200)


def test_embeddings_are_not_free_of_budgets(lynkr: Gateway, upstream: Upstream) -> None:
    """BUD-8."""
    budget(lynkr, **entities()["team acme"])
    answer = httpx.post(
        f"{lynkr.base_url}/v1/embeddings",
        json={"model": "chat/text-embedding-3-small", "input": "x"},
        headers={"authorization": f"Bearer {lynkr.key}"},
    )
    assert answer.status_code == 429
    assert upstream.received == []


def test_a_budget_for_some_models_leaves_the_others(lynkr: Gateway) -> None:
    budget(lynkr, model_pattern="claude-*")
    answer = ask(lynkr, "openai_chat")
    assert answer.status_code == 200
    assert lynkr.operation(answer)["account"] == "chat"
    refused = ask(lynkr, "openai_chat", "anth/claude-sonnet-4-5")
    assert refused.status_code == 429
    assert "for claude-*" in refused.text


@pytest.mark.parametrize(
    "more",
    [
        {"n": 50},
        {"n": 50.0},
        {"best_of": 50},
        {"n": 10**18},
        {"max_tokens": 10**30},
        {"max_completion_tokens": 1, "max_tokens": 50_000},
    ],
)
def test_every_answer_asked_for_is_held(lynkr: Gateway, upstream: Upstream, more: dict[str, Any]) -> None:
    """BUD-4: `n` answers cost n times one; numbers beyond all sense are refused like any other that is too dear."""
    budget(lynkr, limit=100, **entities()["team acme"])
    body = {"model": "chat/gpt-4o", "max_tokens": 1_000, "messages": [{"role": "user", "content": "x"}]}

    def status(body: dict[str, Any]) -> int:
        headers = {"authorization": f"Bearer {lynkr.key}"}
        return httpx.post(f"{lynkr.base_url}/v1/chat/completions", json=body, headers=headers).status_code

    assert status({**body, **more}) == 429
    assert upstream.received == []
    assert status(body) == 200


def test_a_price_nobody_knows_holds_what_it_will_be_charged(lynkr: Gateway, upstream: Upstream) -> None:
    """UNK-4, BUD-4: charged like its family's dearest, it must fit like it too."""
    PriceOverride.objects.all().delete()
    RoutingPolicy.objects.update_or_create(team=None, defaults={"unknown_price": "dearest"})
    try:
        budget(lynkr, limit=Decimal("0.01"), **entities()["team acme"])
        assert ask(lynkr, "openai_chat", "anth/claude-sonnet-99", max_tokens=10_000).status_code == 429
        assert upstream.received == []
        assert ask(lynkr, "openai_chat", "anth/claude-sonnet-99", max_tokens=10).status_code == 200
    finally:
        RoutingPolicy.objects.filter(team=None).delete()


def test_what_was_spent_reaches_the_window_with_the_attempt(lynkr: Gateway) -> None:
    """Spent is exactly what the attempts cost; nothing stays held."""
    made = budget(lynkr, limit=100_000, **entities()["team acme"])
    answers = [ask(lynkr, surface, max_tokens=50) for surface in ("anthropic", "openai_chat")]
    costs = [lynkr.operation(answer)["cost_usd"] for answer in answers]
    assert all(cost > 0 for cost in costs)
    until = time.monotonic() + 5
    while True:
        [window] = lynkr.rows("SELECT * FROM accounts_budgetwindow WHERE budget_id = %s", made.id)
        if window["spent"] == sum(costs) or time.monotonic() > until:
            break
        time.sleep(0.1)
    assert window["spent"] == sum(costs)
    [lease] = lynkr.rows("SELECT sum(amount) AS amount FROM accounts_budgetlease")
    assert lease["amount"] == window["leased"]


def test_a_hundred_at_once_never_pass_a_budget_for_ten(lynkr: Gateway) -> None:
    """BUD-2: an answer that costs no more than it held cannot pass the limit, however many come at once (BUD-7)."""
    body = {"model": "chat/gpt-4o", "max_tokens": 200, "messages": [{"role": "user", "content": "x" * 400}]}

    def one(_: int) -> httpx.Response:
        return httpx.post(
            f"{lynkr.base_url}/v1/chat/completions",
            json=body,
            headers={"authorization": f"Bearer {lynkr.key}"},
            timeout=30,
        )

    cost = lynkr.operation(one(0))["cost_usd"]
    hold = Decimal(len(httpx.Request("POST", "http://x", json=body).content) // 4 + 200) / 100
    assert hold / 80 < cost <= hold
    made = budget(lynkr, limit=hold + 9 * cost, **entities()["team acme"])
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(one, range(100)))
    assert {answer.status_code for answer in answers} == {200, 429}
    served = [answer for answer in answers if answer.status_code == 200]
    assert len(served) * cost <= hold + 9 * cost
    lynkr.operation(served[-1])
    time.sleep(1)
    [window] = lynkr.rows("SELECT * FROM accounts_budgetwindow WHERE budget_id = %s", made.id)
    assert window["spent"] == len(served) * cost
    assert window["spent"] + window["leased"] <= made.limit


def test_a_soft_limit_caps_the_tier(lynkr: Gateway) -> None:
    """The next request of the same kind goes to a cheaper tier, and says why."""
    budget(lynkr, limit=100_000, soft_limit=0, soft_action="cap_tier", cap_tier="SIMPLE", **entities()["team acme"])
    answer = ask(lynkr, "openai_chat", "reasoning")
    row = lynkr.operation(answer)
    assert row["tier"] == "SIMPLE"
    assert "capped to simple by a budget" in row["reason"]


def test_an_unknown_price_holds_nothing_and_shows_and_a_used_up_budget_refuses_it(lynkr: Gateway) -> None:
    """UNK-4, BUD-14: 0 held, cost NULL in the books, and no way around the check."""
    PriceOverride.objects.all().delete()
    made = budget(lynkr, limit=1, **entities()["team acme"])
    answer = ask(lynkr, "openai_chat", "chat/nobody-knows-its-price")
    assert answer.status_code == 200
    assert lynkr.operation(answer)["cost_usd"] is None
    [window] = lynkr.rows("SELECT * FROM accounts_budgetwindow WHERE budget_id = %s", made.id)
    assert window["spent"] == 0
    budget(lynkr, **entities()["key bob"])
    assert ask(lynkr, "openai_chat", "chat/nobody-knows-its-price").status_code == 429
    assert ask(lynkr, "openai_chat", "oll/llama3.2").status_code == 429


def test_a_request_that_failed_holds_nothing_any_more(lynkr: Gateway) -> None:
    """BUD-4, DJG-4: the budget has room for one at a time, and each finds it."""
    budget(lynkr, limit=3, **entities()["team acme"])
    statuses = [ask(lynkr, "openai_chat", "gone/gpt-4o", max_tokens=200).status_code for _ in range(3)]
    assert 429 not in statuses
    assert min(statuses) >= 500
