"""Patterns and the names clouds put around a model."""

from __future__ import annotations

import pytest

from gateway.pricing import PriceTable
from routing.names import called, covers, spellings

CLAUDE = [
    ("anth", "claude-sonnet-4-5"),
    ("anth", "claude-sonnet-4-5-20250929"),
    ("anth", "claude-sonnet-4-5[1m]"),
    ("aws", "anthropic.claude-sonnet-4-5-20250929-v1:0"),
    ("aws", "us.anthropic.claude-sonnet-4-5-20250929-v1:0"),
    ("aws", "arn:aws:bedrock:us-east-1:123456789012:inference-profile/eu.anthropic.claude-sonnet-4-5-20250929-v1:0"),
    ("gcp", "claude-sonnet-4-5@20250929"),
    ("gcp", "publishers/anthropic/models/claude-sonnet-4-5@20250929"),
    ("bricks", "databricks-claude-sonnet-4-5"),
    ("router", "anthropic/claude-sonnet-4.5"),
    ("router", "anthropic/claude-sonnet-4.5:thinking"),
    ("router", "Anthropic/Claude-Sonnet-4.5"),
]


@pytest.mark.parametrize(("account", "model"), CLAUDE)
@pytest.mark.parametrize(
    "pattern", ["claude-*", "claude-sonnet-4-5", "CLAUDE-sonnet-*", "{account}/claude-*", "{account}/*"]
)
def test_a_pattern_covers_a_model_wherever_it_is_sold(account: str, model: str, pattern: str) -> None:
    assert covers(pattern.format(account=account), account, model)


@pytest.mark.parametrize(
    ("pattern", "account", "model"),
    [
        ("gemini-*", "google", "models/gemini-2.5-pro"),
        ("gemini-2.5-pro", "google", "models/gemini-2.5-pro"),
        ("anthropic/claude-*", "router", "anthropic/claude-sonnet-4.5"),
        ("router/anthropic/*", "router", "anthropic/claude-sonnet-4.5"),
        ("us.anthropic.*", "aws", "us.anthropic.claude-opus-4-1-20250805-v1:0"),
        ("o3", "router", "openai/o3"),
        ("gpt-oss-*", "aws", "openai.gpt-oss-120b-1:0"),
        ("nova-pro", "aws", "eu.amazon.nova-pro-v1:0"),
    ],
)
def test_other_makers_and_patterns_with_a_path(pattern: str, account: str, model: str) -> None:
    assert covers(pattern, account, model)


@pytest.mark.parametrize(
    ("pattern", "account", "model"),
    [
        ("claude-*", "oai", "gpt-5"),
        ("claude-opus-*", "aws", "us.anthropic.claude-sonnet-4-5-20250929-v1:0"),
        ("claude-sonnet-4", "anth", "claude-sonnet-4-5"),
        ("gpt-5", "oai", "gpt-5-mini"),
        ("gpt-4o-2024-08-06", "oai", "gpt-4o"),
        ("anth/claude-*", "aws", "anthropic.claude-opus-4-1-20250805-v1:0"),
        ("4o", "oai", "gpt-4o"),
        ("5-coder", "local", "qwen2.5-coder"),
    ],
)
def test_no_part_of_a_name_is_enough(pattern: str, account: str, model: str) -> None:
    assert not covers(pattern, account, model)


def test_a_price_is_still_looked_up_where_it_is_sold() -> None:
    """The maker before a name and a reseller's path stay for prices: the same model costs something else there."""
    assert "claude-opus-4-1" not in set(spellings("anthropic.claude-opus-4-1-20250805-v1:0"))
    assert "claude-opus-4-1" in set(called("anthropic.claude-opus-4-1-20250805-v1:0"))
    entry = {"input": "1", "output": "2"}
    table = PriceTable({"anthropic": {"claude-x": entry}, "bedrock": {"anthropic.claude-y-v1:0": entry}})
    assert table.price("bedrock", "us.anthropic.claude-y-v1:0") is not None
    assert table.price("anthropic", "anthropic.claude-x") is None


def test_a_model_is_compared_once() -> None:
    covers.cache_clear()
    for _ in range(100):
        covers("claude-*", "aws", "us.anthropic.claude-opus-4-1-20250805-v1:0")
    assert (covers.cache_info().misses, covers.cache_info().hits) == (1, 99)
