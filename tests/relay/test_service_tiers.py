"""A flex or priority answer is charged by its own price, in the books to the last digit."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.fakes import script
from tests.fakes.gateway import Gateway
from tests.fakes.upstream import Upstream

from .calls import SURFACES, ask

# USD per million tokens, by hand from openai.com/api/pricing: gpt-5.1 standard 1.25 / 10, flex half, priority twice that.
PRICES = {"": ("1.25", "10"), "flex": ("0.625", "5"), "priority": ("2.5", "20")}
USAGE = script.Usage(input=1000, output=200)


def charged(lynkr: Gateway, answer: object) -> tuple[str, str, Decimal, Decimal]:
    """(attempt's tier, charge's tier, attempt's cost, charge)."""
    [call] = lynkr.operation(answer)["calls"]  # type: ignore[arg-type]
    [entry] = lynkr.rows("SELECT * FROM gateway_ledgerentry WHERE attempt_id = %s", call["id"])
    return call["service_tier"], entry["service_tier"], call["cost_usd"], entry["amount_usd"]


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("tier", PRICES)
@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("account", ["oai", "resp"])
def test_an_answer_is_charged_by_the_tier_it_was_served_in(
    lynkr: Gateway, upstream: Upstream, account: str, surface: str, tier: str, streamed: bool
) -> None:
    """CCH-11."""
    upstream.play(script.text("Stashes.", usage=script.Usage(input=1000, output=200, tier=tier)))
    answer = ask(lynkr, surface, f"{account}/gpt-5.1", stream=streamed)
    assert answer.status_code == 200
    into, out = map(Decimal, PRICES[tier])
    cost = (1000 * into + 200 * out) / 1_000_000
    assert charged(lynkr, answer) == (tier or "standard", tier or "standard", cost, cost)


def test_gemini_tells_its_tier_in_a_header(lynkr: Gateway, upstream: Upstream) -> None:
    upstream.play(script.text("Stashes.", usage=USAGE, headers=(("x-gemini-service-tier", "priority"),)))
    answer = ask(lynkr, "openai_chat", "gem/gemini-2.5-pro", stream=True)
    assert charged(lynkr, answer)[:2] == ("priority", "priority")


def test_charges_priced_anew_keep_their_tier(lynkr: Gateway, upstream: Upstream) -> None:
    """CCH-12: what was right stays as it is."""
    from gateway.repricing import reprice

    upstream.play(script.text("Stashes.", usage=script.Usage(input=1000, output=200, tier="flex")))
    answer = ask(lynkr, "openai_chat", "oai/gpt-5.1")
    charged(lynkr, answer)
    day = lynkr.operation(answer)["day"]
    [call] = lynkr.operation(answer)["calls"]
    reprice(day, day)
    rows = lynkr.rows("SELECT kind FROM gateway_ledgerentry WHERE attempt_id = %s", call["id"])
    assert [row["kind"] for row in rows] == ["charge"]


@pytest.mark.parametrize(("asked", "status"), [("auto", 200), ("flex", 200), ("priority", 429)])
def test_a_budget_holds_what_the_tier_that_is_asked_for_costs(
    lynkr: Gateway, upstream: Upstream, asked: str, status: int
) -> None:
    """BUD-13. 2000 output tokens of gpt-5.1 cost 0.02 USD, or 0.04 in the priority tier."""
    from accounts.models import Budget, Team

    made = Budget.objects.create(team=Team.objects.get(slug="acme"), window="month", limit="0.03")
    try:
        lynkr.reload()
        answer = ask(lynkr, "openai_chat", "oai/gpt-5.1", max_completion_tokens=2000, service_tier=asked)
        assert answer.status_code == status, answer.text
    finally:
        made.delete()
        lynkr.reload()
