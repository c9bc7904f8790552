"""What the passes of a request saved: tokens before and after, and what those tokens would have been billed at (CMP-2)."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from gateway.chat.usage import Usage
from gateway.compress.find_tool import Way
from gateway.pricing import Rates
from routing.passes import Passes

MILLION = Decimal(1_000_000)


@dataclass(slots=True)
class Receipt:
    """Tokens of our tokenizer. `new`: of texts that no provider has seen before this request; `old`: of those it may hold."""

    new_before: int = 0
    new_after: int = 0
    old_before: int = 0
    old_after: int = 0

    @property
    def saved(self) -> int:
        return self.new_before - self.new_after + self.old_before - self.old_after


@dataclass(slots=True)
class Passed:
    """`name` of the session's pin, the `words` it is pinned to, and what of the policy that leaves. `held_out`: nothing is
    taken out, to measure by. `marked`: the prompt got cache marks of ours.
    `usd`: what each pass saved, once the answer's usage is known. `way`: to the tools that were left out."""

    name: str
    words: str
    passes: Passes
    held_out: bool = False
    receipts: dict[str, Receipt] = field(default_factory=dict)
    scale: float = 1.0
    marked: bool = False
    usd: dict[str, Decimal] = field(default_factory=dict)
    way: Way | None = None

    def add(self, name: str, before: int, after: int, *, new: bool) -> None:
        receipt = self.receipts.setdefault(name, Receipt())
        if new:
            receipt.new_before += before
            receipt.new_after += after
        else:
            receipt.old_before += before
            receipt.old_after += after

    @property
    def tokens_saved(self) -> int:
        """In tokens as the model that served counts them; negative where the passes added more than they took."""
        return round(self.scale * sum(receipt.saved for receipt in self.receipts.values()))

    def price(self, rates: Rates, usage: Usage) -> None:
        """What would have been billed for the tokens that were not sent, in USD: `old` ones at the price of reading the cache
        if it was read, `new` ones at that of writing it if it was written, else both as input."""
        plain = rates.input
        if plain is None:
            return
        write = plain
        if usage.cache_write_1h:
            write = rates.cache_write_1h or plain
        elif usage.cache_write_5m:
            write = rates.cache_write_5m or plain
        read = rates.cache_read if usage.cache_read and rates.cache_read is not None else write
        for name, receipt in self.receipts.items():
            new = (receipt.new_before - receipt.new_after) * write
            old = (receipt.old_before - receipt.old_after) * read
            self.usd[name] = Decimal(str(self.scale)) * (new + old) / MILLION
        if self.marked:
            self._price_marks(rates, plain, usage)

    def _price_marks(self, rates: Rates, plain: Decimal, usage: Usage) -> None:
        """What reading saved against input, less what writing cost more than input: negative where nothing comes again."""
        read = usage.cache_read or 0
        saved = read * (plain - rates.cache_read) if rates.cache_read is not None else Decimal(0)
        for written, price in (
            (usage.cache_write_5m, rates.cache_write_5m),
            (usage.cache_write_1h, rates.cache_write_1h),
        ):
            if written and price is not None:
                saved -= written * (price - plain)
        self.usd["marks"] = saved / MILLION

    def total_usd(self) -> Decimal | None:
        """None: nothing was taken out, or there is no price."""
        return sum(self.usd.values(), Decimal(0)) if self.usd else None

    def as_record(self) -> dict[str, Any]:
        """Of the operation: no text. "name" and "pin" are read at a start (gateway.store.words)."""
        record: dict[str, Any] = {"name": self.name, "pin": self.words} if self.name else {}
        if self.receipts or self.usd:
            record["receipts"] = {
                name: {
                    "before": round(self.scale * (receipt.new_before + receipt.old_before)),
                    "after": round(self.scale * (receipt.new_after + receipt.old_after)),
                    "usd": str(round(self.usd[name], 10)) if name in self.usd else None,
                }
                for name, receipt in {"marks": Receipt(), **self.receipts}.items()
                if name != "marks" or "marks" in self.usd
            }
        return record
