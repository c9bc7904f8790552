"""What the pipeline needs from the outside: the snapshot of all configuration, and the doors to journal and stores.

The pipeline imports this and nothing of Django; `gateway.snapshot`, `gateway.journal` and `gateway.store` fill it in.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple, Protocol

from accounts.caller import Caller
from accounts.limits import Estimate, LocalLimits, Standings, Subject
from caching.entry import Entry, Kept, Pair
from gateway.calibration import Scales
from gateway.chat.errors import Overloaded, UpstreamError
from gateway.chat.request import ChatRequest
from gateway.compress.results import Job
from gateway.fallback import Breakers
from gateway.leases import BudgetBook, BudgetView, Reservation
from gateway.origins import Origins
from gateway.pins import LocalPins, Pins
from gateway.pricing import PriceTable
from gateway.providers.account import Account, Secret
from gateway.providers.registry import vendor as vendor_of
from gateway.providers.upstream import Upstream
from gateway.requestlog import RequestLog
from gateway.shadowing import Shadow
from gateway.sharing import Sharing
from gateway.wire.profile import Profile
from routing.rules import NO_RULES, Rules
from routing.second_opinion import Verdicts
from routing.tiers import Policy, TargetRef, Tier, TierMap


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """A model callers may name. `context_window` and `max_output_tokens` in tokens, None: unknown."""

    name: str
    target: TargetRef
    context_window: int | None = None
    max_output_tokens: int | None = None
    vision: bool | None = None


class NearMatches(NamedTuple):
    """What checks have shown of a team's near matches: `off`: too many were wrong; `proven`: few enough are;
    `raised_floor`: added to the least cosine after wrong ones."""

    off: bool = False
    proven: bool = False
    raised_floor: float = 0.0


ON_TRUST = NearMatches()


@dataclass(frozen=True, slots=True)
class Team:
    """What routing needs of a team. `models`: catalogue by name: entries of the catalogue and all targets of its tier map,
    by bare model name (first in tier order wins) and by "account/model". `limits`: of the team itself, if it has any;
    `max_session_*`: its loop guard, None: off. `barred`: accounts that are other teams' alone; neither its tiers nor its
    models have any of their targets. `rules`: its own before the organisation's. `shadow`: a candidate policy, watched.
    `near`: whether it is served near matches."""

    id: int
    slug: str
    tier_map: TierMap
    policy: Policy
    models: Mapping[str, CatalogueEntry]
    prices: PriceTable
    limits: tuple[Subject, ...] = ()
    max_session_steps: int | None = None
    max_session_tool_calls: int | None = None
    barred: frozenset[str] = frozenset()
    rules: Rules = NO_RULES
    shadow: Shadow | None = None
    near: NearMatches = ON_TRUST

    def may_call(self, account: str) -> bool:
        """Whether the account is open to this team, by whatever name it is asked for."""
        return account not in self.barred


@dataclass(frozen=True, slots=True)
class Embedding:
    """What turns asks into vectors. `kind`: "embedded" (the model that comes with Lynkr), "account" (`model` of `account`) or
    "off". `dimension` None: the model's own. `milliseconds` a request waits for its vector."""

    kind: str = "off"
    account: str = ""
    model: str = ""
    dimension: int | None = None
    milliseconds: int = 150


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All configuration, immutable; replaced as a whole. `callers` by key digest (accounts.keys.digest)."""

    epoch: int
    callers: Mapping[bytes, Caller]
    teams: Mapping[int, Team]
    accounts: Mapping[str, Account]
    loaded_at: float = 0.0
    prices: PriceTable = field(default_factory=PriceTable)
    budgets: BudgetBook = field(default_factory=BudgetBook)
    embedding: Embedding = Embedding()


class Budgets(Protocol):
    """Leases of this process (gateway/store/purse.py)."""

    def cap(self, budgets: Sequence[BudgetView]) -> Tier | None:
        """The highest tier passed soft limits allow; None: any. Never waits."""
        ...

    async def reserve(self, budgets: Sequence[BudgetView], estimate: Decimal) -> Reservation:
        """Holds `estimate` (USD) in all `budgets` or raises BudgetExceeded (its `param` is the budget's id) or
        Overloaded."""
        ...


class NoBudgets:
    """Before there are any: what has a budget is not served."""

    def cap(self, budgets: Sequence[BudgetView]) -> Tier | None:
        return None

    async def reserve(self, budgets: Sequence[BudgetView], estimate: Decimal) -> Reservation:
        raise Overloaded("Budgets cannot be checked yet.", retry_after=1.0)


class Permit(Protocol):
    """What a request holds of its limits until one of `settle` and `release` is called; neither waits, the second call does
    nothing."""

    @property
    def standings(self) -> Standings: ...

    def leave(self) -> None:
        """Gives the place back and nothing else: the caller is gone, the call goes on."""
        ...

    def settle(self, tokens: int) -> None:
        """Gives the place back and puts what was really used in place of the estimate."""
        ...

    def release(self) -> None:
        """Gives the place and all tokens back."""
        ...


class Limits(Protocol):
    async def admit(self, subjects: Sequence[Subject], estimate: Estimate) -> Permit:
        """Takes from all limits of `subjects`, or from none and raises accounts.limits.Refused."""
        ...


class LoopGuard(Protocol):
    """gateway.admission.Loops."""

    def check(self, exchange: Any, request: ChatRequest) -> None: ...

    def count(self, exchange: Any, request: ChatRequest) -> None: ...


class Journal(Protocol):
    """Where finished and opened attempts and operations are written. `append` never blocks for more than a write to the
    page cache and never raises because Postgres is away. A record is a flat mapping: ``kind`` is "attempt" or
    "operation", the other fields are the columns of `gateway.models.Attempt` / `Operation` (ids and dates as
    text). An attempt is appended twice: with status "open" at dispatch, and closed; the later record wins."""

    def append(self, record: Mapping[str, Any]) -> None: ...


class ResponseStore(Protocol):
    """Conversations for `previous_response_id`, per team (CDX-5)."""

    async def load(self, team_id: int, response_id: str) -> list[dict[str, Any]] | None: ...

    def save(self, team_id: int, response_id: str, items: list[dict[str, Any]]) -> None:
        """Returns at once; the write happens behind."""
        ...


# How long an answer that is not streamed is waited for after its caller has left: it is billed whole, and only it tells how
# much (CUT-5, CUT-6). A stream tells on the way, so a hang-up ends it at once.
OUTLIVE_SECONDS = 60.0


class Reply(Protocol):
    """The caller's connection. A caller that has left shows as cancellation of the task that serves it."""

    @property
    def started(self) -> bool: ...

    @property
    def last_write(self) -> float:
        """Loop time of the last write that ended, or of the beginning."""
        ...

    @property
    def writing(self) -> bool: ...

    @property
    def gone(self) -> bool:
        """Whether the caller has left although the task goes on, because of `outlive`."""
        ...

    outlive: float
    """Seconds that the task may go on after the caller has left, to learn what a call in flight costs (CUT-5, CUT-6)."""

    async def start(self, status: int, headers: list[tuple[str, str]]) -> None: ...

    async def write(self, data: bytes) -> None:
        """Waits while the caller reads slower than it is sent to (backpressure)."""
        ...

    async def finish(self, data: bytes = b"") -> None:
        """Ends the body properly, with `data` as its last part."""
        ...

    def abort(self) -> None:
        """Drop the connection without ending the body: a broken answer never looks complete."""
        ...


@dataclass(frozen=True, slots=True)
class Made:
    """What the passes made of a tool's result: `text` None: it is sent as it came. Tokens before and after."""

    text: str | None = None
    name: str = ""
    before: int = 0
    after: int = 0


class Maker(Protocol):
    """gateway.passing.Making."""

    async def made(self, jobs: Sequence[Job]) -> list[Made]: ...

    async def tokens(self, text: str) -> int: ...


class NoMaker:
    """Before there is one: everything is sent as it came."""

    async def made(self, jobs: Sequence[Job]) -> list[Made]:
        return [Made()] * len(jobs)

    async def tokens(self, text: str) -> int:
        return len(text) // 4


class Snapshots(Protocol):
    @property
    def current(self) -> Snapshot: ...


class Memory(Protocol):
    """The kept answers (gateway/store/memory.py). Nothing of it raises or waits long: what cannot be had is not there."""

    @property
    def resting(self) -> bool:
        """Nothing would be found just now."""
        ...

    async def find(self, scope: str, exact: bytes) -> Kept | None: ...

    async def any_near(self, scope: str, context: bytes) -> bool:
        """Whether anything is kept there that `near` could find."""
        ...

    async def near(
        self, scope: str, context: bytes, tag: str, vector: Sequence[float], most: int = 5, floor: float = 0.8
    ) -> list[Kept]: ...

    def keep(self, entry: Entry, tag: str = "", vector: Sequence[float] | None = None) -> None:
        """Returns at once; the write happens behind."""
        ...

    def hit(self, id_: str, scope: str) -> None: ...

    def note(self, pair: Pair) -> None:
        """A near match, with a verdict or without; the team's standing follows from verdicts. Returns at once."""
        ...


class Reading(Protocol):
    """What an embedder makes of a text: a vector of length 1, and vectors of its words where it can tell them."""

    @property
    def vector(self) -> Sequence[float]: ...

    @property
    def words(self) -> Sequence[tuple[str, Sequence[float]]]: ...

    @property
    def whole(self) -> bool:
        """False: the text was longer than what was read of it."""
        ...


class Readings(NamedTuple):
    """What one call of an embedder made. `tag` names what made them and is stored with each vector. It comes with them, since
    the settings may change meanwhile, and vectors of two tags must never be compared (SEM-8)."""

    tag: str
    each: Sequence[Reading]


class Reader(Protocol):
    """gateway.vectors.Vectors."""

    @property
    def patience(self) -> float:
        """Seconds that a request may wait for a vector, as the settings say."""
        ...

    async def read(self, texts: list[str], within: float) -> Readings | None:
        """One reading a text, in order; None where they are not there `within` seconds. Never raises."""
        ...


class NoReader:
    """Before there is one: nothing is near."""

    patience = 0.0

    async def read(self, texts: list[str], within: float) -> Readings | None:
        return None


class NoMemory:
    """Before there is one: nothing is kept."""

    resting = True

    async def find(self, scope: str, exact: bytes) -> Kept | None:
        return None

    async def any_near(self, scope: str, context: bytes) -> bool:
        return False

    async def near(
        self, scope: str, context: bytes, tag: str, vector: Sequence[float], most: int = 5, floor: float = 0.8
    ) -> list[Kept]:
        return []

    def keep(self, entry: Entry, tag: str = "", vector: Sequence[float] | None = None) -> None: ...

    def hit(self, id_: str, scope: str) -> None: ...

    def note(self, pair: Pair) -> None: ...


MOST_BESIDE = 8
MOST_OF_ONE = 3


@dataclass(slots=True)
class World:
    """All that the pipeline reaches, one in each process. `refused_dialects`: dialects that an account's address answered
    404 to, so that they are not asked again (until the snapshot changes). `keepalive_seconds`: silence on a stream after
    which the caller gets a keepalive."""

    snapshots: Snapshots
    journal: Journal
    upstream: Upstream
    breakers: Breakers
    responses: ResponseStore
    tokens: TokenCounter
    request_log: RequestLog
    loops: LoopGuard
    limits: Limits = field(default_factory=LocalLimits)
    scales: Scales = field(default_factory=Scales)
    origins: Origins = field(default_factory=Origins)
    pins: Pins = field(default_factory=LocalPins)
    verdicts: Verdicts = field(default_factory=Verdicts)
    refused_dialects: dict[str, frozenset[str]] = field(default_factory=dict)
    keepalive_seconds: float = 10.0
    budgets: Budgets = field(default_factory=NoBudgets)
    maker: Maker = field(default_factory=NoMaker)
    memory: Memory = field(default_factory=NoMemory)
    reader: Reader = field(default_factory=NoReader)
    sharing: Sharing = field(default_factory=Sharing)
    embedders: dict[str, bool | None] = field(default_factory=dict)
    embedder: str = ""
    _turn: int = 0
    _beside: dict[asyncio.Task[None], object] = field(default_factory=dict)
    _profiles: dict[tuple[TargetRef, str], Profile] = field(default_factory=dict)
    _profiles_of: Snapshot | None = None

    def beside(self, work: Coroutine[Any, Any, None], whose: object = None) -> bool:
        """Runs `work` after the request; at most a few at once, and no more than `MOST_OF_ONE` for the same `whose`. The rest
        is dropped (False): nothing may depend on it."""
        if len(self._beside) >= MOST_BESIDE or (
            whose is not None and sum(one == whose for one in self._beside.values()) >= MOST_OF_ONE
        ):
            work.close()
            return False
        task = asyncio.get_running_loop().create_task(work)
        self._beside[task] = whose
        task.add_done_callback(self._beside.pop)
        return True

    @property
    def distrusted(self) -> bool:
        """The embedder used last was found not to tell texts apart (gateway/unrelated.py)."""
        return self.embedders.get(self.embedder) is False

    async def end_beside(self, seconds: float = 2.0) -> None:
        """Ends what still runs beside requests, and waits so long for it to close its books."""
        for task in tuple(self._beside):
            task.cancel()
        if self._beside:
            await asyncio.wait(set(self._beside), timeout=seconds)

    def profile(self, target: TargetRef, dialect: str = "") -> Profile | None:
        """The profile of `target`, remembered while the configuration stays the same; None for an unknown account."""
        snapshot = self.snapshots.current
        if self._profiles_of is not snapshot:
            self._profiles_of = snapshot
            self._profiles = {}
            self.refused_dialects.clear()
        key = (target, dialect)
        found = self._profiles.get(key)
        if found is None:
            account = snapshot.accounts.get(target.account)
            if account is None:
                return None
            found = self._profiles[key] = vendor_of(account.vendor).profile(account, target.model, dialect)
        return found

    def pick_secret(self, account: Account, session_id: str) -> Secret | None:
        """One of the account's keys by weight: the same for a session, so that its prompt cache stays warm (FBK-6)."""
        secrets = account.secrets
        if len(secrets) <= 1:
            return secrets[0] if secrets else None
        total = sum(secret.weight for secret in secrets)
        if session_id:
            spot = zlib.crc32(session_id.encode()) % total
        else:
            self._turn += 1
            spot = self._turn % total
        for secret in secrets:
            spot -= secret.weight
            if spot < 0:
                return secret
        return secrets[-1]

    def remember_refused_dialect(self, account: Account, dialect: str, error: UpstreamError, spoken: int) -> bool:
        """Whether `error` says that the address does not know this dialect's path (404, 405, 501 without a word on the
        model) while the account has others: many "OpenAI-compatible" servers have no /responses."""
        if error.upstream_status not in (404, 405, 501) or spoken < 2 or "model" in error.message.lower():
            return False
        self.refused_dialects[account.name] = self.refused_dialects.get(account.name, frozenset()) | {dialect}
        return True


class TokenCounter(Protocol):
    async def count(self, texts: list[str]) -> int:
        """Tokens of all `texts`; off the event loop."""
        ...
