"""The bundled list against prices worked out by hand from the providers' own pages.

Sources, as read on 2026-11-22 in stored copies of:

* Anthropic: platform.claude.com/docs/en/about-claude/pricing (copies of 2026-02 and 2026-10: model table, cache multiples,
  batch at half the price, prompts above 200K of Sonnet 4 and 4.5) and the pages of Opus 5 and 5.5; Haiku 5.5's two bands
  and Sonnet 5.5's cheaper cache reads as of 2026-10-07 (release notes of two price trackers that read the page then).
* OpenAI: developers.openai.com/api/docs/pricing (read 2026-08-27 and 2026-11-05), openai.com/api-priority-processing, the
  model page of gpt-6.1-sol (long prompts above 272K, flex at half, priority at twice the price).
* Google: ai.google.dev/gemini-api/docs/pricing (2.5 Pro with its step at 200K, Flash, Flash-Lite; batch and flex at half,
  priority at 1.8 times the price; read 2026-03 and 2026-06).

Each figure on the right was added up by hand from the prices in the comment beside it (USD per million tokens).
"""

from __future__ import annotations

from decimal import Decimal

import pytest

from gateway.chat.usage import Usage
from gateway.pricing import PriceTable, cost

TABLE = PriceTable.bundled()

# Fresh 10,000, out 1,000, read 50,000, written for 5 minutes 2,000, for 1 hour 1,000.
CACHED = Usage(10_000, 1_000, 50_000, 2_000, 1_000)
LONG_CACHED = Usage(10_000, 1_000, 100_000, 2_000, 1_000)
BOTH = Usage(1_000_000, 1_000_000)
# Fresh 100,000, out 10,000, read 100,000.
READ = Usage(100_000, 10_000, 100_000)
LONG_READ = Usage(200_000, 10_000, 100_000)
PLAIN = Usage(100_000, 10_000)

ANTHROPIC = [
    # input, write 5m, write 1h, read, output
    ("claude-opus-4-5", CACHED, "", "0.1225"),  # 5, 6.25, 10, 0.50, 25
    ("claude-opus-4-5-20251101", CACHED, "", "0.1225"),
    ("claude-opus-4-6", CACHED, "", "0.1225"),
    ("claude-opus-4-7", CACHED, "", "0.1225"),
    ("claude-opus-4-8", CACHED, "", "0.1225"),
    ("claude-opus-5", CACHED, "", "0.1225"),
    ("claude-opus-5-5", CACHED, "", "0.088"),  # 4, 5, 8, 0.20, 20
    ("claude-sonnet-4-5", CACHED, "", "0.0735"),  # 3, 3.75, 6, 0.30, 15
    ("claude-sonnet-4-5-20250929", CACHED, "", "0.0735"),
    ("claude-sonnet-4-6", CACHED, "", "0.0735"),
    ("claude-sonnet-5", CACHED, "", "0.049"),  # 2, 2.50, 4, 0.20, 10
    ("claude-sonnet-5-5", CACHED, "", "0.044"),  # 2, 2.50, 4, 0.10, 10
    ("claude-haiku-4-5", CACHED, "", "0.0245"),  # 1, 1.25, 2, 0.10, 5
    ("claude-fable-5", CACHED, "", "0.245"),  # 10, 12.50, 20, 1, 50
    ("claude-fable-5-1", CACHED, "", "0.2075"),  # 10, 12.50, 20, 0.25, 50
    ("claude-haiku-5-5", CACHED, "", "0.00245"),  # 0.10, 0.125, 0.20, 0.01, 0.50
    ("claude-haiku-5-5", LONG_CACHED, "", "0.01475"),  # above 100K: 0.50, 0.625, 1, 0.05, 2.50
    ("claude-opus-5", BOTH, "batch", "15"),  # 2.50, 12.50
    ("claude-sonnet-4-5", BOTH, "batch", "9"),  # 1.50, 7.50
    ("claude-sonnet-4-6", BOTH, "batch", "9"),
    ("claude-haiku-4-5", BOTH, "batch", "3"),  # 0.50, 2.50
    ("claude-sonnet-4-5", CACHED, "batch", "0.03675"),  # every kind at half
    ("claude-opus-4-6", CACHED, "batch", "0.06125"),
]
OPENAI = [
    # input, read, output
    ("gpt-4o", READ, "", "0.475"),  # 2.50, 1.25, 10
    ("gpt-4o-2024-05-13", PLAIN, "", "0.65"),  # 5, -, 15
    ("gpt-4o-mini", READ, "", "0.0285"),  # 0.15, 0.075, 0.60
    ("gpt-4.1", READ, "", "0.33"),  # 2, 0.50, 8
    ("gpt-4.1-mini", READ, "", "0.066"),  # 0.40, 0.10, 1.60
    ("gpt-4.1-nano", READ, "", "0.0165"),  # 0.10, 0.025, 0.40
    ("o1", READ, "", "2.85"),  # 15, 7.50, 60
    ("o3", READ, "", "0.33"),  # 2, 0.50, 8
    ("o4-mini", READ, "", "0.1815"),  # 1.10, 0.275, 4.40
    ("gpt-5", READ, "", "0.2375"),  # 1.25, 0.125, 10
    ("gpt-5-mini", READ, "", "0.0475"),  # 0.25, 0.025, 2
    ("gpt-5-nano", READ, "", "0.0095"),  # 0.05, 0.005, 0.40
    ("gpt-5.4", READ, "", "0.425"),  # 2.50, 0.25, 15
    ("gpt-5.4-2026-03-05", READ, "", "0.425"),
    ("gpt-5.4-mini", READ, "", "0.1275"),  # 0.75, 0.075, 4.50
    ("gpt-5.4-nano", READ, "", "0.0345"),  # 0.20, 0.02, 1.25
    ("gpt-5.4-pro", PLAIN, "", "4.8"),  # 30, -, 180
    ("gpt-5.5", READ, "", "0.85"),  # 5, 0.50, 30
    ("gpt-5.6-sol", READ, "", "0.64"),  # 4, 0.40, 20
    ("gpt-5.6-terra", READ, "", "0.34"),  # 2, 0.20, 12
    ("gpt-5.6-luna", READ, "", "0.034"),  # 0.20, 0.02, 1.20
    ("gpt-6-astra", READ, "", "1.6"),  # 10, 1, 50
    ("gpt-6-sol", READ, "", "0.32"),  # 2, 0.20, 10
    ("gpt-6-luna", READ, "", "0.016"),  # 0.10, 0.01, 0.50
    ("gpt-6.1-sol", READ, "", "0.31"),  # 2, 0.10, 10
    ("gpt-6.1-sol", LONG_READ, "", "0.97"),  # above 272K: 4, 0.20, 15
    ("gpt-6.1-sol", READ, "flex", "0.155"),
    ("gpt-6.1-sol", READ, "priority", "0.62"),
    ("gpt-6.1-sol", LONG_READ, "flex", "0.485"),
    ("gpt-4.1", BOTH, "batch", "5"),  # 1, 4
    ("gpt-4o", BOTH, "batch", "6.25"),  # 1.25, 5
    ("gpt-5", PLAIN, "batch", "0.1125"),  # 0.625, 5
    ("gpt-5", READ, "priority", "0.475"),  # 2.50, 0.25, 20
    ("gpt-5-mini", READ, "priority", "0.0855"),  # 0.45, 0.045, 3.60
    ("gpt-5.1", READ, "priority", "0.475"),  # 2.50, 0.25, 20
    ("gpt-5.2", READ, "priority", "0.665"),  # 3.50, 0.35, 28
    ("gpt-5.4", READ, "priority", "0.85"),  # 5, 0.50, 30
    ("gpt-5.4-mini", READ, "priority", "0.255"),  # 1.50, 0.15, 9
    ("gpt-5.5", READ, "priority", "2.125"),  # 12.50, 1.25, 75
    ("gpt-4.1", READ, "priority", "0.5775"),  # 3.50, 0.875, 14
    # The standard price for a tier nobody sells.
    ("gpt-5.4", READ, "default", "0.425"),
]
GEMINI = [
    ("gemini-2.5-pro", READ, "", "0.2375"),  # 1.25, 0.125, 10: just not above 200K
    ("gemini-2.5-pro", LONG_READ, "", "0.675"),  # 2.50, 0.25, 15
    ("gemini-2.5-pro", PLAIN, "batch", "0.1125"),  # 0.625, 5
    ("gemini-2.5-pro", PLAIN, "priority", "0.405"),  # 2.25, 18
    ("gemini-2.5-flash", READ, "", "0.058"),  # 0.30, 0.03, 2.50
    ("gemini-2.5-flash", PLAIN, "flex", "0.0275"),  # 0.15, 1.25
    ("gemini-2.5-flash", PLAIN, "priority", "0.099"),  # 0.54, 4.50
    ("gemini-2.5-flash-lite", READ, "", "0.015"),  # 0.10, 0.01, 0.40
]
CASES = [
    (vendor, *case)
    for vendor, cases in (("anthropic", ANTHROPIC), ("openai", OPENAI), ("gemini", GEMINI))
    for case in cases
]


@pytest.mark.parametrize(("vendor", "model", "usage", "service_tier", "expected"), CASES)
def test_a_published_price_is_charged(vendor: str, model: str, usage: Usage, service_tier: str, expected: str) -> None:
    """CCH-1, CCH-8, CCH-9, CCH-10, CCH-11."""
    assert cost(TABLE.price(vendor, model), usage, service_tier) == Decimal(expected)


def test_there_are_sixty_and_more() -> None:
    assert len(CASES) >= 60


SONNET = "anthropic.claude-sonnet-4-5-20250929-v1:0"


@pytest.mark.parametrize("model", [SONNET, f"us.{SONNET}", f"eu.{SONNET}"])
@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        # Sonnet 4.5 where long prompts have a price of their own: 3 and 15 become 6 and 22.50 above 200K.
        (Usage(0, 0, 100_000, 100_000), "0.405"),  # read 0.30, 5m 3.75
        (Usage(0, 0, 100_000, None, 100_000), "0.63"),  # read 0.30, 1h 6
        (Usage(1, 0, 100_000, 100_000), "0.810006"),  # read 0.60, 5m 7.50, fresh 6
        (Usage(1, 0, 100_000, None, 100_000), "1.260006"),  # read 0.60, 1h 12
    ],
)
def test_writes_of_both_lives_below_and_above_the_step(model: str, usage: Usage, expected: str) -> None:
    """CCH-2, CCH-8, CCH-9, CCH-10: {5m, 1h} x {up to 200K, above}; Bedrock's regional names add a tenth."""
    regional = Decimal("1.1") if not model.startswith("anthropic.") else Decimal(1)
    assert cost(TABLE.price("bedrock", model), usage) == Decimal(expected) * regional
