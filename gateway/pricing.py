"""What a call costs. Pure: a price list and token counts in, an exact Decimal in USD out; no price is None, never 0 (UNK-4).

Names are looked up exactly first, then without the marks clouds put around a model (region, date, version), within the vendor
that was called: the same model has another price elsewhere. Never by a part of the name.

Images count as the input tokens a provider reports for them; models that are priced per image, second or page are not in the
list and have no price here.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from gateway.chat.usage import Usage
from routing.names import DATE, REGION, spellings

FILE = Path(__file__).parent / "data" / "prices.json.gz"
_MILLION = Decimal(1_000_000)
_ZERO = Decimal(0)
# Anthropic bills a write to its 5-minute cache 1.25 times, to its 1-hour cache twice the input price
# (platform.claude.com/docs/en/build-with-claude/prompt-caching, pricing).
_WRITE_5M = Decimal("1.25")
_WRITE_1H = Decimal(2)


@dataclass(frozen=True, slots=True)
class Rates:
    """USD per million tokens; None: the list does not say. `reasoning`: only where it costs something else than output."""

    input: Decimal | None = None
    output: Decimal | None = None
    cache_read: Decimal | None = None
    cache_write_5m: Decimal | None = None
    cache_write_1h: Decimal | None = None
    reasoning: Decimal | None = None


@dataclass(frozen=True, slots=True)
class TierRates:
    """A service tier's own rates: as `Price.rates` and `Price.above`."""

    rates: Rates
    above: tuple[tuple[int, Rates], ...] = ()


@dataclass(frozen=True, slots=True)
class Price:
    """`rates` for a prompt of ordinary length; `above` for one longer than so many tokens, ascending. `free`: costs nothing
    by nature (a model on one's own machine), which an unknown price is not (UNK-5). `source` says where it is from.
    `service_tiers`: rates of "batch", "flex" and "priority" where the list has them."""

    rates: Rates
    above: tuple[tuple[int, Rates], ...] = ()
    free: bool = False
    max_input_tokens: int | None = None
    max_output_tokens: int | None = None
    vision: bool = False
    mode: str = "chat"
    source: str = ""
    service_tiers: Mapping[str, TierRates] = field(default_factory=dict)

    def rates_for(self, prompt: int, service_tier: str = "") -> Rates:
        """Judged on the whole prompt, cached or not (CCH-10). Where a long-context price leaves a kind out, that kind is
        raised as much as input is (CCH-9); so is a kind, or a long-context price, that a service tier leaves out (CCH-11).
        A tier the list does not know costs what the standard one does."""
        found = _at(prompt, self.rates, self.above)
        tier = self.service_tiers.get(service_tier)
        if tier is None:
            return found
        tiered = _raised(self.rates, tier.rates)
        long = _reached(prompt, tier.above)
        if long is not None:
            return _raised(tiered, long)
        if _reached(prompt, self.above) is None:
            return tiered
        # The list has a long-context price and this tier, but not both at once: the one raises the other.
        return _scaled(found, tiered, self.rates)


FREE = Price(Rates(_ZERO, _ZERO, _ZERO, _ZERO, _ZERO), free=True, source="local")


def cost(price: Price | None, usage: Usage | None, service_tier: str = "") -> Decimal | None:
    """USD for `usage`; None when the price, or a rate that is needed, or the usage is unknown. Kinds the provider did not
    report count as 0 as long as it reported any. Cache reads without a price of their own cost what input costs; reasoning
    is part of output unless it has a price of its own. `service_tier`: "batch", "flex" or "priority"; others are standard."""
    if price is None or usage is None or (usage.prompt is None and usage.output is None):
        return None
    if price.free:
        return _ZERO
    rates = price.rates_for(usage.prompt or 0, service_tier)
    read = rates.cache_read if rates.cache_read is not None else rates.input
    output = usage.output or 0
    reasoned = min(usage.reasoning or 0, output) if rates.reasoning is not None else 0
    parts = (
        (usage.input, rates.input),
        (output - reasoned, rates.output if price.mode != "embedding" else _ZERO),
        (reasoned, rates.reasoning),
        (usage.cache_read, read),
        (usage.cache_write_5m, rates.cache_write_5m if rates.cache_write_5m is not None else rates.input),
        (usage.cache_write_1h, _one_hour(rates)),
    )
    total = _ZERO
    for tokens, rate in parts:
        if tokens:
            if rate is None:
                return None
            total += tokens * rate
    return total / _MILLION


def _one_hour(rates: Rates) -> Decimal | None:
    """The 1-hour price; derived only where the 5-minute one follows Anthropic's multiple (CCH-8)."""
    if rates.cache_write_1h is not None:
        return rates.cache_write_1h
    if rates.cache_write_5m is None:
        return rates.input
    if rates.input is not None and rates.cache_write_5m == rates.input * _WRITE_5M:
        return rates.input * _WRITE_1H
    return None


def _reached(prompt: int, above: Iterable[tuple[int, Rates]]) -> Rates | None:
    found = None
    for limit, rates in above:
        if prompt > limit:
            found = rates
    return found


def _at(prompt: int, base: Rates, above: Iterable[tuple[int, Rates]]) -> Rates:
    long = _reached(prompt, above)
    return _raised(base, long) if long is not None else base


def _scaled(long: Rates, tier: Rates, base: Rates) -> Rates:
    """`long` changed by what `tier` is to `base`, kind by kind."""

    def of(given: Decimal | None, numerator: Decimal | None, denominator: Decimal | None) -> Decimal | None:
        if given is None or numerator is None or not denominator:
            return given
        return given * numerator / denominator

    return Rates(
        of(long.input, tier.input, base.input),
        of(long.output, tier.output, base.output),
        of(long.cache_read, tier.cache_read, base.cache_read),
        of(long.cache_write_5m, tier.cache_write_5m, base.cache_write_5m),
        of(long.cache_write_1h, tier.cache_write_1h, base.cache_write_1h),
        of(long.reasoning, tier.reasoning, base.reasoning),
    )


def _raised(base: Rates, long: Rates) -> Rates:
    """`long`, with the kinds it leaves out changed as much as its input is."""
    factor = long.input / base.input if long.input is not None and base.input else None

    def of(given: Decimal | None, usual: Decimal | None) -> Decimal | None:
        if given is not None:
            return given
        return usual * factor if usual is not None and factor is not None else usual

    return Rates(
        of(long.input, base.input),
        of(long.output, base.output),
        of(long.cache_read, base.cache_read),
        of(long.cache_write_5m, base.cache_write_5m),
        of(long.cache_write_1h, base.cache_write_1h),
        of(long.reasoning, base.reasoning),
    )


# Our vendor -> groups of the price file, in order. Resellers have none: their prices are their own.
_GROUPS: Mapping[str, tuple[str, ...]] = {
    "azure-openai": ("azure", "azure_ai"),
    "azure-anthropic": ("azure_ai",),
    "openai-compatible": (),
    "anthropic-compatible": (),
}
_FREE = frozenset({"ollama", "llamacpp", "lmstudio"})
_HOSTS: Mapping[str, str] = {
    "api.openai.com": "openai",
    "api.anthropic.com": "anthropic",
    "api.x.ai": "xai",
    "api.mistral.ai": "mistral",
    "api.groq.com": "groq",
    "api.together.xyz": "together_ai",
    "api.together.ai": "together_ai",
    "api.fireworks.ai": "fireworks_ai",
    "api.deepinfra.com": "deepinfra",
    "api.cerebras.ai": "cerebras",
    "api.deepseek.com": "deepseek",
    "api.moonshot.ai": "moonshot",
    "api.z.ai": "zai",
    "api.minimax.io": "minimax",
    "api.perplexity.ai": "perplexity",
    "api.cohere.com": "cohere",
    "dashscope-intl.aliyuncs.com": "dashscope",
}
# OpenRouter passes the makers' prices on (openrouter.ai/docs/faq); only makers who are their models' one seller are taken.
_MAKERS: Mapping[str, str] = {"anthropic": "anthropic", "openai": "openai", "google": "gemini", "x-ai": "xai"}


class PriceTable:
    """`groups`: {group: {model: entry}} as in the price file. `overrides`: prices of one's own, by exact
    "vendor/model" or "model", which come first. `version` names the list for the books."""

    def __init__(
        self,
        groups: Mapping[str, Mapping[str, Mapping[str, Any]]] | None = None,
        overrides: Mapping[str, Price] | None = None,
        source: str = "",
    ) -> None:
        self._groups = groups or {}
        self._overrides = {name.lower(): price for name, price in (overrides or {}).items()}
        self._undated: dict[str, dict[str, str]] = {}
        self._known: dict[tuple[str, str, str], Price | None] = {}
        self._families: dict[tuple[str, str, str], Price | None] = {}
        self.source = source

    @property
    def version(self) -> str:
        return self.source[:60]

    @classmethod
    def bundled(cls, overrides: Mapping[str, Price] | None = None) -> PriceTable:
        """With the price file of this release."""
        groups, source = bundled_list()
        return cls(groups, overrides, source)

    def price(self, vendor: str, model: str, base_url: str = "") -> Price | None:
        """What `model` costs at `vendor` (a vendor's name as in `providers.registry`); None if that is not known.
        `base_url` tells which host an openai-compatible account is at."""
        key = (vendor, model, base_url)
        if key not in self._known:
            if len(self._known) > 10_000:
                self._known.clear()
            self._known[key] = self._find(vendor, model.strip().lower(), base_url)
        return self._known[key]

    def dearest_of_family(self, vendor: str, model: str, base_url: str = "") -> Price | None:
        """The dearest listed model (by output, then input price) of the family `model` is of: the words its name begins
        with, without numbers ("claude-sonnet-9": the Sonnets; "gpt-9": every gpt), ever fewer of them until one is listed.
        Looked for where `vendor` sells, else at the makers. None if nobody knows such a family. A careful guess, never a
        price (UNK-4): `source` names the model it is of."""
        key = (vendor, model, base_url)
        if key not in self._families:
            if len(self._families) > 1_000:
                self._families.clear()
            self._families[key] = self._dearest(vendor, model.strip().lower(), base_url)
        return self._families[key]

    def _dearest(self, vendor: str, model: str, base_url: str) -> Price | None:
        places = list(_places(vendor, model, base_url))
        own = [(group, name) for group, name in places if group in self._groups]
        bare = model.rpartition("/")[2]
        for found in (own, [(group, bare) for group in _MAKERS.values() if group in self._groups]):
            words = _words(found[0][1]) if found else ()
            while words:
                listed = [
                    (_price(entry, self.source), name)
                    for group, _ in found
                    for name, entry in self._groups[group].items()
                    if _words(name)[: len(words)] == words
                ]
                if listed:
                    dearest, name = max(listed, key=_dearness)
                    return replace(dearest, source=f"as {name}, {self.source}")
                words = words[:-1]
        return None

    def charged(self, vendor: str, model: str, base_url: str = "", unknown: str = "allow") -> Price | None:
        """The price a call is charged by when unknown prices are treated as `unknown` says (allow | block | dearest)."""
        found = self.price(vendor, model, base_url)
        if found is None and unknown == "dearest":
            return self.dearest_of_family(vendor, model, base_url)
        return found

    def _find(self, vendor: str, model: str, base_url: str) -> Price | None:
        for name in (f"{vendor}/{model}", model):
            if name in self._overrides:
                return self._overrides[name]
        if vendor in _FREE:
            return None if model.endswith(("-cloud", ":cloud")) else FREE
        for group, name in _places(vendor, model, base_url):
            entries = self._groups.get(group)
            found = self._entry(group, entries, name) if entries else None
            if found is not None:
                return _price(found, self.source)
        return None

    def _entry(self, group: str, entries: Mapping[str, Mapping[str, Any]], model: str) -> Mapping[str, Any] | None:
        for name in spellings(model):
            if name in entries:
                return entries[name]
        undated = self._undated.get(group)
        if undated is None:
            # Sorted by name, so that of several dates the latest stays.
            undated = {DATE.sub("", name): name for name in sorted(entries) if DATE.search(name)}
            self._undated[group] = undated
        for name in spellings(model):
            if name in undated:
                return entries[undated[name]]
        return None


def _places(vendor: str, model: str, base_url: str) -> Iterator[tuple[str, str]]:
    """(group, name there) where a price may stand."""
    if vendor == "openrouter":
        maker, _, name = model.partition("/")
        if maker in _MAKERS:
            yield _MAKERS[maker], name.replace(".", "-") if maker == "anthropic" else name
        return
    groups = _GROUPS.get(vendor, (vendor,))
    host = (urlsplit(base_url).hostname or "") if base_url else ""
    if vendor in ("openai-compatible", "anthropic-compatible") and host in _HOSTS:
        groups = (_HOSTS[host],)
    for group in groups:
        yield group, model


_WORD = re.compile(r"[a-z]+")


def _words(model: str) -> tuple[str, ...]:
    """What a family is called: the words before the first number ("claude", "sonnet"; "o" for o3-mini)."""
    name = REGION.sub("", model.rpartition("/")[2] if "arn:" in model or "models/" in model else model)
    words: list[str] = []
    for part in re.split(r"[-./:_@ ]+", name):
        word = _WORD.match(part)
        if word is None or (word[0] != part and words):
            break
        words.append(word[0])
        if word[0] != part:
            break
    return tuple(words)


def _dearness(item: tuple[Price, str]) -> tuple[Decimal, Decimal, str]:
    price, name = item
    return price.rates.output or _ZERO, price.rates.input or _ZERO, name


def _price(entry: Mapping[str, Any], source: str) -> Price:
    return Price(
        _rates(entry),
        _above(entry),
        max_input_tokens=entry.get("max_input_tokens"),
        max_output_tokens=entry.get("max_output_tokens"),
        vision=bool(entry.get("vision")),
        mode=entry.get("mode", "chat"),
        source=source,
        service_tiers={
            name: TierRates(_rates(rates), _above(rates)) for name, rates in entry.get("service_tiers", {}).items()
        },
    )


def _above(entry: Mapping[str, Any]) -> tuple[tuple[int, Rates], ...]:
    return tuple((int(limit), _rates(rates)) for limit, rates in sorted(entry.get("above", {}).items(), key=_by_limit))


def _by_limit(item: tuple[str, Any]) -> int:
    return int(item[0])


def _rates(entry: Mapping[str, Any]) -> Rates:
    def of(kind: str) -> Decimal | None:
        given = entry.get(kind)
        return Decimal(given) if given is not None else None

    return Rates(
        of("input"), of("output"), of("cache_read"), of("cache_write_5m"), of("cache_write_1h"), of("reasoning")
    )


@lru_cache(maxsize=1)
def bundled_list() -> tuple[dict[str, dict[str, dict[str, Any]]], str]:
    """The groups of this release's price file, and its source."""
    document = json.loads(gzip.decompress(FILE.read_bytes()))
    return document["models"], document["source"]
