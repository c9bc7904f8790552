"""The older product's ``.env`` as a configuration tree that `document.parse` takes."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from gateway.configuration.dotenv import Variable, read
from gateway.configuration.older_providers import BY_NAME, NOT_NEEDED, NOT_NEEDED_BEGINNINGS, PROVIDERS, Older
from gateway.configuration.shapes import TIERS

_PLACEHOLDERS = ("your-", "<", "sk-or-v1-your", "changeme")
_INVOCATIONS = re.compile(r"/serving-endpoints/([^/]+)/invocations")
_PRICES = {
    "input": "input",
    "output": "output",
    "cache_read": "cache_read",
    "cacheRead": "cache_read",
    "cache_write": "cache_write_5m",
    "cacheWrite": "cache_write_5m",
}


@dataclass
class Imported:
    """`tree` for `document.parse`; `remarks`: one line a variable that was not used or not understood; never a value."""

    tree: dict[str, Any] = field(default_factory=dict, repr=False)
    remarks: list[str] = field(default_factory=list)


def translate(text: str) -> Imported:
    variables, remarks = read(text)
    work = _Work(variables, remarks)
    tiers = work.tiers()
    tree: dict[str, Any] = {"providers": work.providers()} if work.named else {}
    if tiers:
        tree["defaults"] = {"tiers": tiers}
    if models := work.embeddings():
        tree["models"] = models
    if prices := work.prices():
        tree["prices"] = prices
    work.remark_the_rest()
    return Imported(tree, sorted(work.remarks, key=_line))


def _line(remark: str) -> int:
    found = re.match(r"line (\d+)", remark)
    return int(found[1]) if found else 0


class _Work:
    def __init__(self, variables: Mapping[str, Variable], remarks: list[str]) -> None:
        self._variables, self.remarks = variables, remarks
        self._used: set[str] = set()
        self.named: dict[str, Older] = {}
        for older in PROVIDERS:
            if self._first((*older.keys, *older.endpoints)):
                self.named[older.name] = older

    def _text(self, name: str) -> str:
        variable = self._variables.get(name)
        return variable.value if variable else ""

    def _first(self, names: tuple[str, ...]) -> str:
        """The value of the first variable that is set; all of them count as used."""
        self._used.update(names)
        return next(
            (value for name in names if (value := self._text(name)) and not value.startswith(_PLACEHOLDERS)), ""
        )

    def _remark(self, name: str, words: str) -> None:
        self._used.add(name)
        line = self._variables[name].line if name in self._variables else 0
        self.remarks.append(f"line {line}: {name}: {words}")

    def _provider(self, variable: str, word: str) -> Older | None:
        older = BY_NAME.get(word.strip().lower())
        if older is None:
            self._remark(variable, f"not understood: no provider is called {word[:40]!r}")
        else:
            self.named.setdefault(older.name, older)
        return older

    def _model(self, older: Older) -> str:
        model = self._first(older.models)
        path = _INVOCATIONS.search(model) or _INVOCATIONS.search(self._first(older.endpoints))
        return path[1] if path else (model or older.default_model)

    def tiers(self) -> dict[str, list[str]]:
        """All four tiers. One that is not set takes the static provider, else the nearest one that is, cheaper first."""
        static = fallback = None
        if word := self._first(("MODEL_PROVIDER",)):
            static = self._provider("MODEL_PROVIDER", word)
        if (word := self._first(("FALLBACK_PROVIDER",))) and self._text("FALLBACK_ENABLED").lower() != "false":
            fallback = self._provider("FALLBACK_PROVIDER", word)
        self._used.add("FALLBACK_ENABLED")
        found = {tier: ref for tier in TIERS if (ref := self._tier(f"TIER_{tier}"))}
        if static is not None and (ref := self._ref(static, self._model(static))):
            found = {tier: found.get(tier, ref) for tier in TIERS}
        if not found and self.named:
            first = next(iter(self.named.values()))
            if ref := self._ref(first, self._model(first)):
                found = dict.fromkeys(TIERS, ref)
        last = self._ref(fallback, self._model(fallback)) if fallback else None
        full = {}
        for index, tier in enumerate(TIERS if found else ()):
            nearest = min(found, key=lambda other: (abs(TIERS.index(other) - index), TIERS.index(other)))
            full[tier] = [found[nearest]] + ([last] if last and last != found[nearest] else [])
        return full

    def _tier(self, name: str) -> str | None:
        """``provider:model``; a model may hold more colons."""
        value = self._first((name,))
        word, colon, model = value.partition(":")
        if not value:
            return None
        if not colon or not model:
            self._remark(name, "not understood: must be provider:model")
            return None
        older = self._provider(name, word)
        return self._ref(older, model.strip()) if older else None

    def _ref(self, older: Older, model: str) -> str | None:
        return f"{older.name}/{model}" if model else None

    def providers(self) -> list[dict[str, Any]]:
        found = []
        for older in self.named.values():
            key, endpoint = self._first(older.keys), self._first(older.endpoints)
            if endpoint and "://" not in endpoint:
                self._remark(next(n for n in older.endpoints if self._text(n)), "not understood: not an http address")
                endpoint = ""
            row: dict[str, Any] = {"name": older.name, "vendor": self._vendor(older, endpoint)}
            if endpoint or older.base_url:
                row["base_url"] = endpoint or older.base_url
            if key:
                row["secret"] = key
            options: dict[str, str] = {}
            for variable, option in older.options.items():
                if value := self._first((variable,)):
                    options.setdefault(option, value)
            if options:
                row["options"] = options
            found.append(row)
            self._used.update(older.variables)
        return found

    def _vendor(self, older: Older, endpoint: str) -> str:
        """Its azure-anthropic also was how to reach Anthropic itself."""
        host = urlsplit(endpoint).hostname or ""
        return "anthropic" if older.name == "azure-anthropic" and host.endswith("anthropic.com") else older.vendor

    def embeddings(self) -> list[dict[str, Any]]:
        rows = [(older.name, self._first((older.embeddings,))) for older in self.named.values() if older.embeddings]
        return [{"provider": provider, "model": model} for provider, model in rows if model]

    def prices(self) -> list[dict[str, Any]]:
        """``{"model": {"input": 0.5, "output": 1.5}}`` in USD per 1M tokens."""
        name = "MODEL_PRICE_OVERRIDES"
        text = self._first((name,))
        if not text:
            return []
        try:
            given = json.loads(text, parse_float=str)
        except ValueError:
            given = None
        if not isinstance(given, dict):
            self._remark(name, "not understood: not a JSON object on one line")
            return []
        found = []
        for model, amounts in given.items():
            if not isinstance(amounts, dict) or "input" not in amounts or "output" not in amounts:
                self._remark(name, f"not understood for {model[:80]!r}: needs input and output")
                continue
            found.append({"model": model, **{_PRICES[word]: amounts[word] for word in amounts if word in _PRICES}})
            if unknown := sorted(set(amounts) - set(_PRICES)):
                self._remark(name, f"for {model[:80]!r} not understood: {', '.join(unknown)}")
        return found

    def remark_the_rest(self) -> None:
        """Every variable that did nothing gets a line, and why."""
        owners = {name: older for older in PROVIDERS for name in older.variables}
        unused = {name for older in PROVIDERS for name in older.unused}
        for name, variable in self._variables.items():
            if name in self._used and variable.value.startswith(_PLACEHOLDERS):
                self._remark(name, "is still a placeholder, ignored")
            elif name in self._used:
                continue
            elif name in NOT_NEEDED:
                self._remark(name, f"not needed: {NOT_NEEDED[name]}")
            elif name in unused:
                self._remark(name, "not needed: built in here, deadlines and limits are set on the provider")
            elif name in owners:
                self._remark(name, f"not used: {owners[name].name} has neither key nor endpoint and no tier names it")
            else:
                why = next((why for starts, why in NOT_NEEDED_BEGINNINGS if name.startswith(starts)), "")
                self._remark(name, f"not needed: {why}" if why else "not understood")
