"""Prices and costs: every kind of token, long context on the whole prompt, no guess for an unknown model."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway import pricing
from gateway.chat.usage import Usage
from gateway.pricing import FREE, Price, PriceTable, Rates, cost

TABLE = PriceTable.bundled()


def price_of(vendor: str, model: str, base_url: str = "") -> Price:
    found = TABLE.price(vendor, model, base_url)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        (Usage(input=1_000_000), "3"),
        (Usage(output=1_000_000), "15"),
        (Usage(cache_read=1_000_000), "0.3"),
        (Usage(cache_write_5m=1_000_000), "3.75"),
        (Usage(cache_write_1h=1_000_000), "6"),
        (Usage(1000, 200, 10_000, 500, 100, 50), "0.0114750"),
        (Usage(input=0, output=0), "0"),
    ],
)
def test_each_kind_of_token_has_its_own_price(usage: Usage, expected: str) -> None:
    """CCH-1, CCH-8: disjoint kinds, a 1-hour write is not a 5-minute one; reasoning is part of output."""
    assert cost(price_of("anthropic", "claude-sonnet-4-5"), usage) == Decimal(expected)


LONG = Price(
    Rates(Decimal(3), Decimal(15), Decimal("0.3"), Decimal("3.75"), Decimal(6)),
    above=((200_000, Rates(Decimal(6), Decimal("22.5"))),),
)


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        (Usage(input=200_000, output=0), "0.6"),
        (Usage(input=200_001, output=0), "1.200006"),
        # Mostly cached, yet long: the whole prompt decides, and all kinds are raised.
        (Usage(input=1, cache_read=200_000), "0.120006"),
        (Usage(input=1, cache_write_5m=200_000), "1.500006"),
        (Usage(input=1, cache_write_1h=200_000), "2.400006"),
        (Usage(input=200_001, output=1000), "1.222506"),
    ],
)
def test_long_context_is_judged_on_the_whole_prompt_and_raises_every_kind(usage: Usage, expected: str) -> None:
    """CCH-8, CCH-9, CCH-10."""
    assert cost(LONG, usage) == Decimal(expected)


def test_the_bundled_long_context_prices_are_used() -> None:
    gpt = price_of("openai", "gpt-5.4")
    assert cost(gpt, Usage(input=272_000)) == Decimal("0.68")
    assert cost(gpt, Usage(input=272_001)) == Decimal("1.360005")


@pytest.mark.parametrize(
    ("vendor", "written", "same_as"),
    [
        ("anthropic", "claude-sonnet-4-5-20250929", "claude-sonnet-4-5"),
        ("anthropic", "Claude-Sonnet-4-5", "claude-sonnet-4-5"),
        ("anthropic", "claude-opus-5-5[1m]", "claude-opus-5-5"),
        ("vertex", "claude-sonnet-4-5@20250929", "claude-sonnet-4-5"),
        ("openai", "gpt-5.4-2026-03-05", "gpt-5.4"),
        ("openai", "gpt-4.1-2099-01-01", "gpt-4.1"),
        ("gemini", "models/gemini-2.5-pro", "gemini-2.5-pro"),
        ("bedrock", "ca.amazon.nova-2-lite-v1:0", "amazon.nova-2-lite-v1:0"),
        (
            "bedrock",
            "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-sonnet-4-5-20250929-v1:0",
            "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
        ),
    ],
)
def test_dates_regions_and_versions_do_not_hide_a_price(vendor: str, written: str, same_as: str) -> None:
    """CCH-2."""
    assert TABLE.price(vendor, written) == price_of(vendor, same_as)


@pytest.mark.parametrize(
    ("vendor", "model"),
    [
        ("anthropic", "claude"),
        ("anthropic", "claude-sonnet-4-5-turbo"),
        ("openai", "my-gpt-4o"),
        ("openai", "gpt-4o-mini-prod"),
        ("openai", "gpt"),
        ("openai", ""),
        ("openai-compatible", "gpt-4o"),
        ("openai-compatible", "llama-3.3-70b"),
        ("atlas", "deepseek-v4-pro"),
        ("openrouter", "meta-llama/llama-3.3-70b-instruct"),
        ("no-such-vendor", "gpt-4o"),
        ("ollama", "qwen3-coder:480b-cloud"),
    ],
)
def test_an_unknown_model_has_no_price_rather_than_a_likely_one(vendor: str, model: str) -> None:
    """UNK-4: NULL and visible, never 0 and never another model's."""
    assert TABLE.price(vendor, model) is None
    assert cost(TABLE.price(vendor, model), Usage(100, 100)) is None


def test_exact_names_win_over_their_shorter_forms() -> None:
    table = PriceTable(
        {"bedrock": {"us.x.m-v1:0": {"input": "11", "output": "1"}, "x.m-v1:0": {"input": "10", "output": "1"}}}
    )
    regional, plain, other = (table.price("bedrock", name) for name in ("us.x.m-v1:0", "x.m-v1:0", "eu.x.m-v1:0"))
    assert regional is not None
    assert regional.rates.input == Decimal(11)
    assert plain == other


def test_of_several_dates_the_latest_stands_for_the_undated_name() -> None:
    table = PriceTable(
        {"anthropic": {"m-20250101": {"input": "1", "output": "1"}, "m-20260101": {"input": "2", "output": "1"}}}
    )
    found = table.price("anthropic", "m")
    assert found is not None
    assert found.rates.input == Decimal(2)


def test_a_host_that_is_known_has_its_own_prices() -> None:
    assert TABLE.price("openai-compatible", "grok-4.5", "https://api.x.ai/v1") == price_of("xai", "grok-4.5")
    assert TABLE.price("openai-compatible", "grok-4.5", "https://proxy.acme.com/v1") is None


def test_openrouter_passes_the_makers_price_on() -> None:
    assert TABLE.price("openrouter", "anthropic/claude-sonnet-4.5") == price_of("anthropic", "claude-sonnet-4-5")
    assert TABLE.price("openrouter", "openai/gpt-4o") == price_of("openai", "gpt-4o")


def test_a_local_model_is_free_and_says_so() -> None:
    """UNK-5: free is a statement, not a price of zero."""
    found = TABLE.price("ollama", "qwen3-coder:30b")
    assert found is FREE
    assert cost(found, Usage(1000, 1000)) == 0


def test_ones_own_price_comes_first() -> None:
    mine = Price(Rates(Decimal("0.5"), Decimal("1.5")))
    table = PriceTable.bundled({"my-model": mine, "openai/gpt-4o": mine})
    assert table.price("openai-compatible", "My-Model") == mine
    assert table.price("openai", "gpt-4o") == mine
    assert table.price("azure-openai", "gpt-4o") != mine
    assert cost(mine, Usage(input=10, cache_read=10, output=10)) == Decimal("0.000025")


@pytest.mark.parametrize(
    ("price", "usage"),
    [
        (None, Usage(1, 1)),
        (LONG, None),
        (LONG, Usage()),
        (Price(Rates(input=Decimal(1))), Usage(1, 1)),
        (Price(Rates(Decimal(1), Decimal(1), None, Decimal(9))), Usage(input=1, cache_write_1h=1)),
    ],
)
def test_what_cannot_be_priced_costs_none_and_not_nothing(price: Price | None, usage: Usage | None) -> None:
    """UNK-1, UNK-3."""
    assert cost(price, usage) is None


def test_a_one_hour_write_follows_anthropics_multiple_where_the_list_leaves_it_out() -> None:
    price = Price(Rates(Decimal(4), Decimal(20), Decimal("0.4"), Decimal(5)))
    assert cost(price, Usage(input=0, cache_write_1h=1_000_000)) == Decimal(8)


@given(st.builds(Usage, *[st.integers(0, 500_000)] * 5))
@settings(max_examples=50, deadline=None)
def test_a_cost_is_never_negative_and_grows_with_output(usage: Usage) -> None:
    base = cost(LONG, usage)
    more = cost(
        LONG, Usage(usage.input, (usage.output or 0) + 1, usage.cache_read, usage.cache_write_5m, usage.cache_write_1h)
    )
    assert base is not None
    assert more is not None
    assert 0 <= base < more


def test_every_bundled_price_is_usable() -> None:
    """UNK-3: a row without its required prices is not in the list."""
    groups, source = pricing.bundled_list()
    assert source.startswith("litellm ")
    assert sum(len(group) for group in groups.values()) > 1500
    for group, entries in groups.items():
        for name, entry in entries.items():
            assert name == name.lower()
            assert Decimal(entry["input"]) >= 0, (group, name)
            if entry.get("mode") != "embedding":
                assert Decimal(entry["output"]) >= 0, (group, name)


def test_the_vendors_of_the_registry_find_their_price_groups() -> None:
    cases = {
        "anthropic": "claude-opus-5-5",
        "openai": "gpt-6.1-sol",
        "azure-openai": "gpt-4o",
        "azure-anthropic": "claude-opus-5-5",
        "bedrock": "global.anthropic.claude-opus-4-6-v1",
        "gemini": "gemini-2.5-pro",
        "vertex": "gemini-2.5-pro",
        "databricks": "databricks-claude-sonnet-4-5",
        "deepseek": "deepseek-v4-pro",
        "zai": "glm-5",
        "moonshot": "kimi-k3",
    }
    for vendor, model in cases.items():
        assert TABLE.price(vendor, model) is not None, vendor


def test_reasoning_with_a_price_of_its_own_is_not_charged_as_output_too() -> None:
    """Part of output, so it is taken out of it; never more than there was."""
    price = Price(Rates(Decimal(2), Decimal(8), reasoning=Decimal(3)))
    assert cost(price, Usage(0, 1_000_000, reasoning=400_000)) == Decimal("6.0")
    assert cost(price, Usage(0, 1_000_000, reasoning=2_000_000)) == Decimal(3)
    assert cost(price, Usage(0, 1_000_000)) == Decimal(8)
    plain = Price(Rates(Decimal(2), Decimal(8)))
    assert cost(plain, Usage(0, 1_000_000, reasoning=400_000)) == Decimal(8)


TIERED = Price(
    Rates(Decimal(2), Decimal(10), Decimal("0.2"), Decimal("2.5"), Decimal(4)),
    above=((272_000, Rates(Decimal(4), Decimal(15), Decimal("0.4"))),),
    service_tiers={
        "batch": pricing.TierRates(
            Rates(Decimal(1), Decimal(5)), above=((272_000, Rates(Decimal(2), Decimal("7.5"))),)
        ),
        "priority": pricing.TierRates(Rates(Decimal(4), Decimal(20))),
    },
)


@pytest.mark.parametrize(
    ("usage", "service_tier", "expected"),
    [
        (Usage(100_000, 10_000), "batch", "0.15"),
        # A kind the tier leaves out is changed as much as its input is: cached batch tokens cost half.
        (Usage(0, 0, 100_000), "batch", "0.01"),
        (Usage(0, 0, None, 100_000), "batch", "0.125"),
        (Usage(0, 0, None, None, 100_000), "batch", "0.2"),
        (Usage(272_000, 0), "batch", "0.272"),
        (Usage(272_001, 10_000), "batch", "0.619002"),
        (Usage(1, 0, 300_000), "batch", "0.060002"),
        (Usage(100_000, 10_000), "priority", "0.6"),
        # Long and in a tier without a long-context price: the one raises the other.
        (Usage(300_000, 10_000), "priority", "2.7"),
        (Usage(100_000, 10_000), "standard", "0.3"),
        (Usage(100_000, 10_000), "no-such-tier", "0.3"),
    ],
)
def test_a_service_tier_has_its_own_prices_long_or_cached(usage: Usage, service_tier: str, expected: str) -> None:
    """CCH-11: batch above the step, cached batch."""
    assert cost(TIERED, usage, service_tier) == Decimal(expected)


FAMILIES = PriceTable(
    {
        "anthropic": {
            "claude-opus-4": {"input": "15", "output": "75"},
            "claude-sonnet-4": {"input": "3", "output": "15"},
            "claude-sonnet-5": {"input": "2", "output": "16"},
        },
        "openai": {"gpt-5": {"input": "1", "output": "10"}, "gpt-5-pro": {"input": "15", "output": "120"}},
        "together_ai": {"meta-llama/llama-4": {"input": "1", "output": "1"}},
    },
    source="test",
)


@pytest.mark.parametrize(
    ("vendor", "model", "like"),
    [
        ("anthropic", "claude-sonnet-9", "claude-sonnet-5"),
        ("anthropic", "claude-opus-9-20270101", "claude-opus-4"),
        ("anthropic", "claude-novella-1", "claude-opus-4"),
        ("openai", "gpt-9-mini", "gpt-5-pro"),
        # Not sold where it is called: the makers' own.
        ("openai-compatible", "gpt-9", "gpt-5-pro"),
        ("openrouter", "anthropic/claude-sonnet-9", "claude-sonnet-5"),
    ],
)
def test_the_dearest_of_a_family_is_found_by_whole_words(vendor: str, model: str, like: str) -> None:
    """UNK-4: a careful guess for the policy that wants one; it says whose price it is."""
    assert FAMILIES.price(vendor, model) is None
    found = FAMILIES.dearest_of_family(vendor, model)
    assert found is not None
    assert found.source == f"as {like}, test"
    assert FAMILIES.charged(vendor, model, unknown="dearest") == found
    assert FAMILIES.charged(vendor, model, unknown="block") is None
    assert FAMILIES.charged(vendor, model) is None


@pytest.mark.parametrize("model", ["", "9", "homemade-model", "claudette-1", "gp", "llama-9"])
def test_a_model_of_no_family_has_no_dearest(model: str) -> None:
    for vendor in ("anthropic", "openai", "openai-compatible", "azure-openai", "no-such-vendor"):
        assert FAMILIES.dearest_of_family(vendor, model) is None


def test_no_bare_name_is_priced_like_another_providers_model_of_that_name() -> None:
    """The known trap: a careless look-up (any provider's entry whose name ends like that) prices bare names wrongly. Each
    bare name is priced as its own group says, or not at all."""
    groups, _ = pricing.bundled_list()
    sellers: dict[str, set[str]] = {}
    for group, entries in groups.items():
        for name in entries:
            sellers.setdefault(name.rpartition("/")[2], set()).add(group)
    ambiguous = [name for name, found in sellers.items() if len(found) > 1]
    assert len(ambiguous) > 80
    own = {"anthropic": "anthropic", "openai": "openai", "gemini": "gemini", "deepseek": "deepseek", "xai": "xai"}
    for vendor, group in own.items():
        for name in ambiguous:
            found = TABLE.price(vendor, name)
            if name in groups[group]:
                assert found is not None
                assert found.rates.input == Decimal(groups[group][name]["input"])
                assert found.rates.output == Decimal(groups[group][name].get("output", 0)) or found.mode == "embedding"
    for name in ambiguous:
        assert TABLE.price("openai-compatible", name, "https://proxy.acme.com/v1") is None, name
