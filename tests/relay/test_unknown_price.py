"""A model whose price nobody knows: allowed, refused before anything is sent, or charged like its family's dearest."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import httpx
import pytest

from gateway.pricing import PriceTable
from tests.fakes.gateway import Gateway
from tests.fakes.upstream import Upstream

NOBODY_KNOWS = "anth/claude-sonnet-99"


@pytest.fixture
def policy(lynkr: Gateway) -> Iterator[Any]:
    """Sets the organisation's policy on unknown prices until the test is over."""
    from routing.models import RoutingPolicy

    def use(unknown_price: str) -> None:
        RoutingPolicy.objects.update_or_create(team=None, defaults={"unknown_price": unknown_price})
        lynkr.reload()

    yield use
    RoutingPolicy.objects.filter(team=None).delete()
    lynkr.reload()


def ask(lynkr: Gateway, model: str) -> httpx.Response:
    body = {"model": model, "max_tokens": 100, "messages": [{"role": "user", "content": "Say hello"}]}
    return httpx.post(f"{lynkr.base_url}/v1/messages", json=body, headers={"x-api-key": lynkr.key}, timeout=30)


def test_an_allowed_unknown_price_is_null_and_not_zero(lynkr: Gateway, upstream: Upstream, policy: Any) -> None:
    """UNK-4."""
    policy("allow")
    answer = ask(lynkr, NOBODY_KNOWS)
    assert answer.status_code == 200, answer.text
    operation = lynkr.operation(answer)
    assert operation["cost_usd"] is None
    assert operation["calls"][0]["cost_usd"] is None
    assert operation["calls"][0]["output_tokens"]


def test_a_blocked_unknown_price_is_refused_before_anything_is_sent(
    lynkr: Gateway, upstream: Upstream, policy: Any
) -> None:
    """UNK-4: 403 that names the model; a model whose price is known goes on."""
    policy("block")
    answer = ask(lynkr, NOBODY_KNOWS)
    assert answer.status_code == 403
    assert NOBODY_KNOWS in answer.json()["error"]["message"]
    operation = lynkr.operation(answer)
    assert (operation["status"], operation["error_code"], operation["calls"]) == ("refused", "price_unknown", [])
    assert ask(lynkr, "anth/claude-sonnet-4-5").status_code == 200


def test_blocked_targets_of_a_tier_are_passed_over(lynkr: Gateway, upstream: Upstream, policy: Any) -> None:
    """`chat` is at an address whose prices nobody knows; the tier's first target is not."""
    policy("block")
    answer = ask(lynkr, "simple")
    assert answer.status_code == 200, answer.text
    assert lynkr.operation(answer)["account"] == "anth"


def test_a_free_model_is_never_blocked(lynkr: Gateway, upstream: Upstream, policy: Any) -> None:
    """UNK-5: free is a statement, not an unknown price."""
    policy("block")
    answer = ask(lynkr, "oll/llama3.2")
    assert answer.status_code == 200, answer.text
    assert lynkr.operation(answer)["cost_usd"] == 0


def test_the_dearest_of_the_family_is_charged(lynkr: Gateway, upstream: Upstream, policy: Any) -> None:
    """UNK-4."""
    policy("dearest")
    answer = ask(lynkr, NOBODY_KNOWS)
    assert answer.status_code == 200, answer.text
    call = lynkr.operation(answer)["calls"][0]
    dearest = PriceTable.bundled().dearest_of_family("anthropic", "claude-sonnet-99")
    assert dearest is not None
    assert dearest.rates.input is not None
    assert dearest.rates.output is not None
    spent = call["input_tokens"] * dearest.rates.input + call["output_tokens"] * dearest.rates.output
    assert call["cost_usd"] == spent / Decimal(1_000_000)
    assert call["price_version"].startswith("as claude-")


def test_a_model_of_no_known_family_is_refused_where_the_dearest_should_be_charged(
    lynkr: Gateway, upstream: Upstream, policy: Any
) -> None:
    """UNK-4: without a family there is no bound, so it is refused like "block" does."""
    policy("dearest")
    assert ask(lynkr, "chat/homemade-model").status_code == 403
