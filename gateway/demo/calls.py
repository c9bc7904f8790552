"""What the requests of a sitting become: operations, their attempts and charges, as rows.

Usage is what providers with such a cache report, money is `gateway.pricing`'s. Pure; all chance is a seeded `Random`.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random
from typing import Any

from gateway.chat.ids import uuid7
from gateway.chat.usage import NO_USAGE, Usage
from gateway.demo.asks import judged
from gateway.demo.habits import AGENTS, ASKS, SURFACES, Sitting
from gateway.demo.saving import Saving
from gateway.demo.trouble import FAILED, Trouble, answer, refusal
from gateway.fallback import TRIES_IN_ALL, ladder
from gateway.pricing import PriceTable, cost
from gateway.receipts import Passed
from routing.decision import Step
from routing.names import matches
from routing.passes import Passes
from routing.tiers import TargetRef, Tier

CENT = Decimal("0.0000000001")  # the columns' last digit
LARGEST = 160_000
CACHE_LIVES = dt.timedelta(minutes=5)
_WRITES = frozenset({"anthropic", "bedrock"})  # bill what they write into their cache
_READS = frozenset({"openai", "azure-openai", "gemini", "deepseek"})
_DIFFICULTY = ((Tier.SIMPLE, 30), (Tier.MEDIUM, 46), (Tier.COMPLEX, 19), (Tier.REASONING, 5))
# Milliseconds to the first token and for each further one.
_PACE = {Tier.SIMPLE: (420, 6), Tier.MEDIUM: (900, 13), Tier.COMPLEX: (1700, 20), Tier.REASONING: (5200, 17)}
_LOSSES = (["messages[].thinking"], ["messages[].thinking.signature"], ["context_management", "messages[].thinking"])


@dataclass(frozen=True, slots=True)
class Account:
    vendor: str
    base_url: str
    dialect: str


@dataclass(frozen=True, slots=True)
class Desk:
    """What routing knows of a team. `hour_cache`: it writes Anthropic's 1-hour cache."""

    team_id: int
    targets: Mapping[Tier, tuple[TargetRef, ...]]
    models: Mapping[str, TargetRef]
    prices: PriceTable
    accounts: Mapping[str, Account]
    auto_names: tuple[str, ...]
    pinned: Tier | None = None
    policy_version: str = ""
    map_version: str = ""
    hour_cache: bool = False
    caught: bool = False
    passes: Passes = field(default_factory=Passes)
    _ladders: dict[Tier, tuple[Step, ...]] = field(default_factory=dict)

    def ladder(self, tier: Tier) -> tuple[Step, ...]:
        if tier not in self._ladders:
            self._ladders[tier] = ladder(tier, self.targets, fallback=True)
        return self._ladders[tier]


@dataclass(slots=True)
class Call:
    """An attempt. `cost` None: nothing to charge, or the price is not known."""

    id: uuid.UUID
    at: dt.datetime
    target: TargetRef
    account: Account
    tier: Tier | None
    status: str
    usage: Usage = NO_USAGE
    cost: Decimal | None = None
    version: str = ""
    estimated: bool = False
    accepted: bool = False
    first_ms: int | None = None
    total_ms: int = 0
    upstream_status: int | None = None
    upstream_id: str = ""
    error: tuple[str, str] = ("", "")


@dataclass(slots=True)
class Request:
    """An operation with its attempts."""

    id: uuid.UUID
    at: dt.datetime
    sitting: Sitting
    session: str
    asked: str
    surface: str
    streamed: bool
    mode: str = ""
    tier: Tier | None = None
    score: int | None = None
    reason: str = ""
    steps: tuple[TargetRef, ...] = ()
    calls: list[Call] = field(default_factory=list)
    served: Call | None = None
    status: str = "failed"
    http_status: int = 503
    error: tuple[str, str] = ("", "")
    losses: Sequence[str] = ()
    features: Mapping[str, Any] = field(default_factory=dict)
    passed: Passed | None = None
    cache: str = ""

    @property
    def ends(self) -> dt.datetime:
        return self.at + dt.timedelta(milliseconds=self.total_ms)

    @property
    def total_ms(self) -> int:
        return 4 + sum(call.total_ms for call in self.calls)

    @property
    def cost(self) -> Decimal | None:
        """As `Exchange.total_cost`."""
        used = [call for call in self.calls if call.usage != NO_USAGE]
        if any(call.cost is None for call in used):
            return None
        return sum((call.cost for call in used if call.cost is not None), Decimal(0))


class Session:
    """One sitting at `desk`: the conversation grows, and what a model was sent is in its provider's cache for a while."""

    def __init__(self, sitting: Sitting, desk: Desk, now: dt.datetime, rng: Random) -> None:
        self.sitting, self.desk, self.now, self.rng = sitting, desk, now, rng
        self.context = sitting.context
        self.cached: dict[TargetRef, tuple[int, dt.datetime]] = {}
        self.name = str(uuid.UUID(int=rng.getrandbits(128), version=4))
        self.agent = sitting.worker.client in AGENTS
        self.saving = Saving(self.name, desk.passes) if self.agent else None
        self.indexing = sitting.worker.machine == "indexer"

    def requests(self) -> Iterator[Request]:
        at = self.sitting.at
        for _ in range(self.sitting.steps):
            made = self._request(at)
            yield made
            think = self.rng.lognormvariate(2.2 if self.agent else 3.2, 0.9)
            at = made.ends + dt.timedelta(seconds=min(think, 1500))
            more = int(self.rng.lognormvariate(6.9, 0.8))
            room = max(0, LARGEST - self.context)
            self.context += self.saving.grow(more, room) if self.saving else min(more, room)

    def _request(self, at: dt.datetime) -> Request:
        rng, worker = self.rng, self.sitting.worker
        asked = "openai/text-embedding-3-large" if self.indexing else _one_of(ASKS[worker.client], rng)
        surface = "embeddings" if self.indexing else SURFACES[worker.client]
        made = Request(
            self._id(at), at, self.sitting, self.name if self.agent else "", asked, surface,
            not self.indexing and (self.agent or rng.random() < 0.6),
        )  # fmt: skip
        steps = self._decide(made)
        if refused := refusal(at, self.now, self.desk.caught, rng):
            made.status, made.http_status, made.error = "refused", refused.status, (refused.code, refused.message)
            return made
        now = at + dt.timedelta(milliseconds=4)
        for target, tier in steps[:TRIES_IN_ALL]:
            call = self._call(made, target, tier, now)
            made.calls.append(call)
            now += dt.timedelta(milliseconds=call.total_ms)
            if call.status != FAILED:
                break
        self._conclude(made)
        return made

    def _decide(self, made: Request) -> list[tuple[TargetRef, Tier | None]]:
        desk, rng = self.desk, self.rng
        tier = Tier.parse(made.asked)
        if matches(made.asked, desk.auto_names):
            made.mode, made.reason = "pinned", "pinned by policy"
            tier = desk.pinned
            if tier is None:
                made.mode, tier = "auto", _one_of(_DIFFICULTY, rng)
                ask = rng.choice(judged()[tier])
                made.score, made.reason, made.features = ask.score, ask.reason, ask.features
        elif tier is not None:
            made.mode, made.reason = "tier", "named by the caller"
        else:
            made.mode, made.reason = "target", "named by the caller"
            account, _, model = made.asked.partition("/")
            target = desk.models.get(made.asked) or TargetRef(account, model)
            made.steps = (target,)
            return [(target, None), (target, None)]
        made.tier = tier
        found = desk.ladder(tier)
        made.steps = tuple(step.target for step in found)
        return [(step.target, step.tier) for step in found]

    def _call(self, made: Request, target: TargetRef, tier: Tier | None, at: dt.datetime) -> Call:
        rng, account = self.rng, self.desk.accounts[target.account]
        call = Call(self._id(at), at, target, account, tier, FAILED)
        trouble = answer(target.account, at, self.now, made.streamed, rng)
        if trouble.status == FAILED:
            call.total_ms, call.upstream_status = trouble.after_ms, trouble.upstream_status
            call.error = (trouble.code, trouble.message)
            return call
        call.status, call.upstream_id = trouble.status, f"req_{rng.getrandbits(80):020x}"
        call.upstream_status = trouble.upstream_status or 200
        call.error = (trouble.code, trouble.message)
        if trouble.status == "rejected":
            call.total_ms = trouble.after_ms
            return call
        self._answered(call, made, trouble, Tier.MEDIUM if tier is None else tier)
        return call

    def _answered(self, call: Call, made: Request, trouble: Trouble, tier: Tier) -> None:
        rng = self.rng
        call.accepted, call.estimated = True, trouble.status != "settled"
        first, each = _PACE[tier]
        output = int(rng.lognormvariate(6.1 if self.agent else 5.4, 0.85))
        reasoning = int(output * rng.uniform(0.5, 2.5)) if tier is Tier.REASONING else None
        output = int((output + (reasoning or 0)) * trouble.part)
        call.usage = self._usage(call, output, reasoning if trouble.part == 1 else None)
        began = int(rng.lognormvariate(0, 0.35) * (first + (call.usage.prompt or 0) / 90))
        call.first_ms = began if made.streamed else None
        call.total_ms = began + int(each * output * rng.uniform(0.8, 1.3))
        price = self.desk.prices.charged(call.account.vendor, call.target.model, call.account.base_url)
        found = cost(price, call.usage)
        if self.saving is not None:
            made.passed = self.saving.of(price, call.usage)
        if price is not None and found is not None:
            call.cost, call.version = found.quantize(CENT), (price.source or self.desk.prices.version)[:60]

    def _usage(self, call: Call, output: int, reasoning: int | None) -> Usage:
        if self.indexing:
            return Usage(self.rng.randint(2_000, 8_000))
        until = dt.timedelta(hours=1) if self.desk.hour_cache else CACHE_LIVES
        known, when = self.cached.get(call.target, (0, call.at))
        known = known if call.at - when < until else 0
        prompt, vendor = self.context, call.account.vendor
        self.cached[call.target] = (prompt, call.at)
        if vendor in _WRITES and self.agent:
            rest = self.rng.randint(4, 90)
            known = min(known, prompt - rest)
            written = prompt - known - rest
            if self.desk.hour_cache:
                return Usage(rest, output, known, 0, written, reasoning)
            return Usage(rest, output, known, written, 0, reasoning)
        if vendor in _READS:
            read = min(known, prompt) // 128 * 128 if prompt > 1024 else 0
            return Usage(prompt - read, output, read, reasoning=reasoning)
        return Usage(prompt, output, reasoning=reasoning)

    def _conclude(self, made: Request) -> None:
        last = made.calls[-1]
        made.error = last.error
        if last.status == FAILED:
            made.status, made.http_status = "failed", 503 if last.upstream_status else 504
        elif last.status == "rejected":
            made.status, made.http_status = "rejected", 400
        else:
            made.status, made.http_status, made.served = last.status, 200, last
            if last.status == "settled":
                made.status = "completed"
            if made.surface == "anthropic" and last.account.dialect != "anthropic" and self.rng.random() < 0.6:
                made.losses = self.rng.choice(_LOSSES)

    def _id(self, at: dt.datetime) -> uuid.UUID:
        return uuid7(int(at.timestamp() * 1000), self.rng.getrandbits(80).to_bytes(10, "big"))


def _one_of(words: Sequence[tuple[object, int]], rng: Random):  # type: ignore[no-untyped-def]
    return rng.choices([word for word, _ in words], [often for _, often in words])[0]
