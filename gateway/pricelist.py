"""Public price lists, trimmed to what pricing and capabilities need. Pure: parsed JSON in, {group: {model: entry}} out.

Two forms are known: the `model_prices_and_context_window` of litellm (USD per token) and the `api.json` of models.dev (USD
per million tokens). An entry holds prices in USD per million tokens as decimal strings: `input`, `output`, `cache_read`,
`cache_write_5m`, `cache_write_1h`, `reasoning` (where it differs from output), `above` ({limit in tokens: prices}) and
`service_tiers` ({"batch" | "flex" | "priority": prices, with their own `above`}).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

Groups = dict[str, dict[str, dict[str, Any]]]

MODES = {"chat": "chat", "responses": "chat", "completion": "chat", "embedding": "embedding"}
KINDS = {
    "input": "input_cost_per_token",
    "output": "output_cost_per_token",
    "cache_read": "cache_read_input_token_cost",
    "cache_write_5m": "cache_creation_input_token_cost",
    "cache_write_1h": "cache_creation_input_token_cost_above_1hr",
    "reasoning": "output_cost_per_reasoning_token",
}
ABOVE = re.compile(r"_above_(\d+)k_tokens$")
# The list's provider -> the group of prices a vendor of ours looks into.
GROUPS = {
    "anthropic": "anthropic",
    "openai": "openai",
    "text-completion-openai": "openai",
    "azure": "azure",
    "azure_text": "azure",
    "azure_ai": "azure_ai",
    "bedrock": "bedrock",
    "bedrock_converse": "bedrock",
    "gemini": "gemini",
    "databricks": "databricks",
    "deepseek": "deepseek",
    "moonshot": "moonshot",
    "zai": "zai",
    "bigmodel": "zai",
    "xai": "xai",
    "mistral": "mistral",
    "groq": "groq",
    "together_ai": "together_ai",
    "fireworks_ai": "fireworks_ai",
    "deepinfra": "deepinfra",
    "cerebras": "cerebras",
    "dashscope": "dashscope",
    "minimax": "minimax",
    "perplexity": "perplexity",
    "cohere_chat": "cohere",
}
PREFIXES = tuple(f"{name}/" for name in (*GROUPS, "vertex_ai"))
# models.dev's provider -> our group. Those with a plan's or another currency's prices are left out.
DEV_GROUPS = {
    "anthropic": "anthropic",
    "openai": "openai",
    "google": "gemini",
    "google-vertex": "vertex",
    "google-vertex-anthropic": "vertex",
    "amazon-bedrock": "bedrock",
    "azure": "azure",
    "databricks": "databricks",
    "deepseek": "deepseek",
    "moonshotai": "moonshot",
    "zai": "zai",
    "xai": "xai",
    "mistral": "mistral",
    "groq": "groq",
    "togetherai": "together_ai",
    "fireworks-ai": "fireworks_ai",
    "deepinfra": "deepinfra",
    "cerebras": "cerebras",
    "alibaba": "dashscope",
    "minimax": "minimax",
    "perplexity": "perplexity",
    "cohere": "cohere",
}
DEV_KINDS = {
    "input": "input",
    "output": "output",
    "cache_read": "cache_read",
    "cache_write_5m": "cache_write",
    "reasoning": "reasoning",
}
TIERS = {"_batches": "batch", "_flex": "flex", "_priority": "priority"}
_MOST = Decimal(100_000)  # USD per million tokens; more is a mistake in the list


class NotAList(ValueError):
    """The document is in no form we know, or holds no usable price."""


def groups_of(document: Any) -> Groups:
    """The usable entries of a price list in either form. Raises `NotAList`."""
    if not isinstance(document, Mapping):
        raise NotAList("not a JSON object")
    own = document.get("models")
    if isinstance(own, Mapping) and document.get("unit") == "USD per 1M tokens":
        found: Groups = {group: dict(entries) for group, entries in own.items()}
    elif any(isinstance(value, Mapping) and isinstance(value.get("models"), Mapping) for value in document.values()):
        found = dev_table(document)
    else:
        found = table({key: value for key, value in document.items() if isinstance(value, Mapping)})
    if not count_of(found):
        raise NotAList("no usable price in it")
    return found


def merged(lists: Iterable[Groups]) -> Groups:
    """All lists as one; of several prices of a model the first list's stands."""
    result: Groups = {}
    for groups in lists:
        for group, entries in groups.items():
            into = result.setdefault(group, {})
            for name, entry in entries.items():
                into.setdefault(name, entry)
    return {group: dict(sorted(result[group].items())) for group in sorted(result)}


def count_of(groups: Groups) -> int:
    return sum(len(entries) for entries in groups.values())


def group_of(provider: str) -> str | None:
    return "vertex" if provider.startswith("vertex_ai") else GROUPS.get(provider)


def per_million(value: Any, factor: int = 1_000_000) -> str | None:
    """`value` as a plain decimal string, or None when it cannot be a price."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
        return None
    amount = (Decimal(repr(value)) * factor).normalize()
    return format(amount, "f") if amount <= _MOST else None


def entry_of(given: Mapping[str, Any]) -> dict[str, Any] | None:
    """The trimmed entry of litellm's list, or None when it has no price per token for both directions, or only zeros
    (UNK-2, UNK-3)."""
    mode = MODES.get(given.get("mode", ""))
    prices = {kind: per_million(given.get(field)) for kind, field in KINDS.items()}
    if mode is None or not _complete(prices, mode):
        return None
    entry = _standard(prices)
    entry.update(_above(given, ""))
    tiers = {name: tier for suffix, name in TIERS.items() if (tier := _tier(given, suffix))}
    if tiers:
        entry["service_tiers"] = tiers
    for name in ("max_input_tokens", "max_output_tokens"):
        if isinstance(given.get(name), int) and given[name] > 0:
            entry[name] = given[name]
    if given.get("supports_vision"):
        entry["vision"] = True
    if mode != "chat":
        entry["mode"] = mode
    return entry


def _complete(prices: Mapping[str, str | None], mode: str) -> bool:
    if prices["input"] is None or (prices["output"] is None and mode != "embedding"):
        return False
    # Zero in a list means a preview or a gap, not a gift.
    return any(Decimal(price) for price in (prices["input"], prices["output"]) if price)


def _standard(prices: Mapping[str, str | None]) -> dict[str, Any]:
    found = {kind: price for kind, price in prices.items() if price is not None}
    if not Decimal(found.get("reasoning", "0")) or found["reasoning"] == found.get("output"):
        found.pop("reasoning", None)
    return found


def _above(given: Mapping[str, Any], suffix: str) -> dict[str, Any]:
    """Prices of long prompts: fields such as ``input_cost_per_token_above_200k_tokens`` with the tier's `suffix` behind."""
    above: dict[int, dict[str, str]] = {}
    for field, value in given.items():
        name = field.removesuffix(suffix)
        found = ABOVE.search(name) if field.endswith(suffix) else None
        kind = next((kind for kind, start in KINDS.items() if found and name == start + found.group(0)), None)
        price = per_million(value)
        if found and kind and price is not None:
            above.setdefault(int(found.group(1)) * 1000, {})[kind] = price
    return {"above": {str(limit): above[limit] for limit in sorted(above)}} if above else {}


def _tier(given: Mapping[str, Any], suffix: str) -> dict[str, Any]:
    """A service tier's prices; nothing without a price of its own for input."""
    prices = {kind: per_million(given.get(field + suffix)) for kind, field in KINDS.items()}
    if prices["input"] is None or not Decimal(prices["input"]):
        return {}
    return _standard(prices) | _above(given, suffix)


def name_of(key: str) -> str:
    name = key.strip().lower()
    for prefix in PREFIXES:
        if name.startswith(prefix):
            return name[len(prefix) :]
    return name


def table(listed: Mapping[str, Mapping[str, Any]]) -> Groups:
    """The groups of litellm's list."""
    groups: Groups = {}
    for key in sorted(listed):
        given = listed[key]
        group = group_of(str(given.get("litellm_provider", "")))
        entry = entry_of(given) if group else None
        if group and entry and "month-commitment" not in key and "claude_platform" not in key:
            name = name_of(key)
            # A model may be listed with and without its provider's prefix: the plain name is the one kept up to date.
            if name == key.lower() or name not in groups.setdefault(group, {}):
                groups.setdefault(group, {})[name] = entry
    return {group: groups[group] for group in sorted(groups)}


def dev_table(listed: Mapping[str, Any]) -> Groups:
    """The groups of models.dev's list."""
    groups: Groups = {}
    for provider in sorted(listed):
        group = DEV_GROUPS.get(provider)
        models = listed[provider].get("models") if isinstance(listed[provider], Mapping) else None
        if group is None or not isinstance(models, Mapping):
            continue
        for key in sorted(models):
            entry = dev_entry(models[key])
            if entry is not None:
                groups.setdefault(group, {}).setdefault(str(key).strip().lower(), entry)
    return groups


def dev_entry(given: Any) -> dict[str, Any] | None:
    """The trimmed entry of models.dev's list (schema: models.dev, README), or None as in `entry_of`."""
    cost = given.get("cost") if isinstance(given, Mapping) else None
    if not isinstance(cost, Mapping):
        return None
    prices = {kind: per_million(cost.get(field), 1) for kind, field in DEV_KINDS.items()}
    if not _complete(prices, "chat"):
        return None
    entry = _standard(prices)
    long = cost.get("context_over_200k")
    if isinstance(long, Mapping):
        over = {kind: price for kind, field in DEV_KINDS.items() if (price := per_million(long.get(field), 1))}
        if over:
            entry["above"] = {"200000": over}
    limits = given.get("limit")
    for name, field in (("max_input_tokens", "context"), ("max_output_tokens", "output")):
        limit = limits.get(field) if isinstance(limits, Mapping) else None
        if isinstance(limit, int) and limit > 0:
            entry[name] = limit
    modalities = given.get("modalities")
    seen = modalities.get("input") if isinstance(modalities, Mapping) else None
    if isinstance(seen, list) and "image" in seen:
        entry["vision"] = True
    return entry
