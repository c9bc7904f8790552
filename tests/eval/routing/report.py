"""What `python -m tests.eval` prints about routing."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from gateway.chat.request import ChatRequest
from routing.tiers import Tier

from .asks import DATA, Labelled, labelled, lookalikes, risky
from .counting import Judge, Judged, by, judged, matrix, shares
from .envelopes import ENVELOPES, SCARY, tool_loop
from .judging import DIALECTS, bare, decoded, same, verdict
from .nearness import variants

ENVELOPED = 80
"""Asks that are put into every envelope."""


def tier_of(ask: Labelled) -> Tier:
    return verdict(bare(ask.text, "anthropic")).tier


def lynkr(halves: Iterable[str], wrong: bool = False) -> Iterator[str]:
    """All of it, line by line. `wrong`: name the asks that went wrong, too; never do that with the held-back half."""
    for half in halves:
        yield from _half(half, labelled(half), tier_of, wrong and half == "tuning")
        yield from others(half)
    yield from bounded(tier_of, wrong)
    for name, tiers in recorded().items():
        yield from (f"  {name}: {line.strip()}" for line in bounded(lambda ask, tiers=tiers: tiers[ask.id]))  # type: ignore[misc]
    yield from dialects(halves)
    yield from enveloped(halves)
    yield from cost(halves)


def _half(name: str, asks: list[Labelled], judge: Judge, wrong: bool) -> Iterator[str]:
    results = judged(asks, judge)
    found = shares(results)
    aims = "met" if found.accepted >= 0.9 and found.under <= 0.03 and found.over <= 0.07 else "not met"
    yield f"\n{name}: {found}   (aims: at least 90%, at most 3%, at most 7%: {aims})"
    near = variants(asks) if name == "held_back" else {}
    if near:
        own = shares(result for result in results if result.ask.id not in near)
        yield f"  without the {len(near)} that have a variant among the training texts: {own}"
    yield from matrix(results)
    for key in ("lang", "domain"):
        for group, found in by(results, lambda ask, key=key: str(getattr(ask, key))).items():  # type: ignore[misc]
            yield f"  {key:<7}{group:<9}{found}"
    if wrong:
        for result in results:
            if result.verdict != "accepted":
                yield f"  {result.verdict:<6}{result.tier.name:<10}{result.ask.id}  {result.ask.text[:90]!r}"


def others(half: str) -> Iterator[str]:
    """The same asks by LiteLLM's router, as recorded, and by the number of their words alone."""
    for name, tiers in recorded().items():
        found = judged(labelled(half), lambda ask, tiers=tiers: tiers[ask.id])  # type: ignore[misc]
        yield f"  {name:<28}{shares(found)}"
        yield from (f"    {line}" for line in matrix(found))
    yield f"  {'words alone (8, 25, 80)':<28}{shares(judged(labelled(half), by_words))}"


def recorded() -> dict[str, dict[str, Tier]]:
    """What LiteLLM's router said about each id, by its name and setting."""
    kept = json.loads((DATA / "litellm" / "verdicts.json").read_text(encoding="utf-8"))
    package = kept["package"].split(" from")[0]
    return {
        f"{package} {name}": {key: Tier[word] for key, word in tiers.items()}
        for name, tiers in kept["verdicts"].items()
    }


def by_words(ask: Labelled) -> Tier:
    """The baseline every router has to beat; two CJK characters count as a word."""
    words = len(ask.text.split()) + sum("\u3040" <= char <= "\u9fff" for char in ask.text) // 2
    return Tier(sum(words > bound for bound in (8, 25, 80)))


def bounded(judge: Judge, wrong: bool = False) -> Iterator[str]:
    """Look-alikes above MEDIUM, risky asks below COMPLEX."""
    harmless = judged(lookalikes(), judge)
    high = [result for result in harmless if result.tier > Tier.MEDIUM]
    yield f"\nlook-alikes above MEDIUM: {len(high)} of {len(harmless)} (as labelled: {shares(harmless)})"
    dangerous = judged(risky(), judge)
    low = [result for result in dangerous if result.tier < Tier.COMPLEX]
    yield f"risky asks below COMPLEX: {len(low)} of {len(dangerous)}"
    if wrong:
        for result in [*high, *low]:
            yield f"  {result.tier.name:<10}{result.ask.id}  {result.ask.text[:90]!r}"


def dialects(halves: Iterable[str]) -> Iterator[str]:
    differ = 0
    asks = [ask for half in halves for ask in labelled(half)]
    for ask in asks:
        first, *others = (verdict(bare(ask.text, name)) for name in DIALECTS)
        differ += not all(same(first, other) for other in others)
    yield f"\njudged alike in {', '.join(DIALECTS)}: {len(asks) - differ} of {len(asks)}"


def sample(halves: Iterable[str]) -> list[Labelled]:
    """Asks that stand alone, evenly from the halves."""
    asks = [ask for half in halves for ask in labelled(half) if not ask.follows]
    return asks[:: max(1, len(asks) // ENVELOPED)]


def enveloped(halves: Iterable[str]) -> Iterator[str]:
    asks = sample(halves)
    moved = {envelope.__name__: 0 for envelope in ENVELOPES}
    for ask in asks:
        alone = verdict(bare(ask.text, "anthropic"))
        for envelope in ENVELOPES:
            moved[envelope.__name__] += not same(alone, verdict(envelope(ask.text)))
    total = len(asks) * len(ENVELOPES)
    kept = total - sum(moved.values())
    what = f"{kept} of {total}: {len(asks)} asks in {len(ENVELOPES)}"
    yield f"envelopes that leave the score as it is: {kept / total:.1%} ({what})"
    for name, count in moved.items():
        if count:
            yield f"  {name}: {count} moved"


def cost(halves: Iterable[str]) -> Iterator[str]:
    """CPU time of the whole judgement, decoding apart."""
    small = [bare(ask.text, "anthropic") for half in halves for ask in labelled(half)]
    large = [tool_loop(asked, 25, SCARY * 10) for asked in ("fix the date in the footer", "why?")] * 20
    for name, requests in (("small requests", small), ("Claude Code, 150 kB", large)):
        spent = sorted(_milliseconds(request) for request in requests)
        yield f"CPU per judgement, {name}: median {spent[len(spent) // 2]:.3f} ms, 95% {spent[len(spent) * 95 // 100]:.3f} ms"


def _milliseconds(request: ChatRequest) -> float:
    begun = time.process_time_ns()
    verdict(request)
    return (time.process_time_ns() - begun) / 1e6


def also(folder: Path) -> Iterator[str]:
    """Other people's labelled prompts: every *.jsonl in `folder` whose rows hold accepted tiers and a text or messages."""
    for path in sorted(folder.glob("*.jsonl")):
        results = [
            Judged(ask, verdict(request).tier)
            for line in path.read_text(encoding="utf-8").splitlines()
            for ask, request in foreign(json.loads(line))
        ]
        if results:
            yield f"{path.name:<32}{shares(results)}"
            for result in results:
                if result.verdict != "accepted":
                    yield f"  {result.verdict:<6}{result.tier.name:<10}{result.ask.id}  {result.ask.text[:90]!r}"


def foreign(row: dict[str, Any]) -> Iterator[tuple[Labelled, ChatRequest]]:
    """A row of another set as an ask of ours and a request; nothing when it holds no accepted tiers."""
    tiers = row.get("acceptable") or row.get("accept") or []
    accept = frozenset(found for name in tiers if (found := Tier.parse(str(name))) is not None)
    messages = row.get("messages") or [{"role": "user", "content": row.get("prompt") or row.get("text") or ""}]
    if accept:
        body = {"model": "auto", "max_tokens": 1024, "messages": messages, "tools": row.get("tools") or []}
        text = str(row.get("prompt") or row.get("text") or messages[-1]["content"])
        yield Labelled(str(row.get("id", "")), text, accept, min(accept)), decoded(body, "anthropic")
