"""Make gateway/data/prices.json.gz from the price list in a litellm wheel (MIT; the package itself is not installed).

    pip download litellm --no-deps --dest wheels
    python deploy/make_price_file.py wheels/litellm-*.whl

Keeps what pricing and capabilities need, for chat, Responses and embedding models of the vendors Lynkr knows; prices become
USD per million tokens as decimal strings. The result is the same bytes for the same wheel.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent.parent / "gateway" / "data"
LIST = "litellm/model_prices_and_context_window_backup.json"
MODES = {"chat": "chat", "responses": "chat", "completion": "chat", "embedding": "embedding"}
KINDS = {
    "input": "input_cost_per_token",
    "output": "output_cost_per_token",
    "cache_read": "cache_read_input_token_cost",
    "cache_write_5m": "cache_creation_input_token_cost",
    "cache_write_1h": "cache_creation_input_token_cost_above_1hr",
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


PROVENANCE = """# prices.json.gz

{count} models, trimmed by `deploy/make_price_file.py` from `model_prices_and_context_window` of the Python package
litellm {version}. Prices are a convenience, not an offer: check them against your providers' pages and override them where
you have others.

The list is from the part of that package which is under the MIT licence (its `enterprise` folder, under another, is not
used):

> MIT License
>
> Copyright (c) 2023 Berri AI
>
> Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation
> files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy,
> modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the
> Software is furnished to do so, subject to the following conditions:
>
> The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
> Software.
>
> THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
> WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
> COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE,
> ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""


def group_of(provider: str) -> str | None:
    return "vertex" if provider.startswith("vertex_ai") else GROUPS.get(provider)


def per_million(value: Any) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        return None
    amount = (Decimal(repr(value)) * 1_000_000).normalize()
    return format(amount, "f")


def entry_of(given: dict[str, Any]) -> dict[str, Any] | None:
    """The trimmed entry, or None when it has no price per token for both directions, or only zeros (UNK-2)."""
    mode = MODES.get(given.get("mode", ""))
    prices = {kind: per_million(given.get(field)) for kind, field in KINDS.items()}
    if mode is None or prices["input"] is None or (prices["output"] is None and mode != "embedding"):
        return None
    if not any(Decimal(price) for price in (prices["input"], prices["output"]) if price):
        return None  # zero in the list means a preview or a gap, not a gift
    entry: dict[str, Any] = {kind: price for kind, price in prices.items() if price is not None}
    above: dict[int, dict[str, str]] = {}
    for field, value in given.items():
        found = ABOVE.search(field)
        kind = next((kind for kind, name in KINDS.items() if found and field == name + found.group(0)), None)
        price = per_million(value)
        if found and kind and price is not None:
            above.setdefault(int(found.group(1)) * 1000, {})[kind] = price
    if above:
        entry["above"] = {str(limit): above[limit] for limit in sorted(above)}
    for name in ("max_input_tokens", "max_output_tokens"):
        if isinstance(given.get(name), int) and given[name] > 0:
            entry[name] = given[name]
    if given.get("supports_vision"):
        entry["vision"] = True
    if mode != "chat":
        entry["mode"] = mode
    return entry


def name_of(key: str) -> str:
    name = key.strip().lower()
    for prefix in PREFIXES:
        if name.startswith(prefix):
            return name[len(prefix) :]
    return name


def table(listed: dict[str, Any]) -> dict[str, dict[str, Any]]:
    groups: dict[str, dict[str, Any]] = {}
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


def main() -> None:
    wheel = Path(sys.argv[1])
    version = wheel.name.split("-")[1]
    with zipfile.ZipFile(wheel) as archive:
        listed = json.loads(archive.read(LIST))
    models = table(listed)
    document = {"source": f"litellm {version}", "licence": "MIT", "unit": "USD per 1M tokens", "models": models}
    packed = gzip.compress(json.dumps(document, separators=(",", ":"), sort_keys=True).encode(), 9, mtime=0)
    HERE.mkdir(parents=True, exist_ok=True)
    (HERE / "prices.json.gz").write_bytes(packed)
    count = sum(len(group) for group in models.values())
    (HERE / "PROVENANCE.md").write_text(PROVENANCE.format(count=count, version=version))
    print(f"{count} models, {len(packed)} bytes")


if __name__ == "__main__":
    main()
