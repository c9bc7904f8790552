"""Vectors of asks, by the embedder that the settings name: the model that comes with Lynkr, or a provider account's.

Which one it is stands in the snapshot, so a change in the admin is in force within a second. What is wrong with an account
costs requests little: nobody waits longer than his own time, and after a failure the account is left alone for a while, in
which a request goes on at once, without a vector.
"""

from __future__ import annotations

import asyncio
import hashlib
import random
from array import array
from collections import OrderedDict, deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol, cast

import structlog

from caching.embedders import Embeddings
from gateway.providers.account import Account
from gateway.providers.upstream import Upstream

from . import metrics
from .ports import Embedding, Reading, Readings, Snapshot, Snapshots
from .vector_calls import NoVectors, ask, maker_of, tag_of

BATCH = 32  # texts a call
AT_ONCE = 2  # calls
WAITING = 256  # texts
LONGEST_TEXT = 8_000  # characters; a longer one would be cut short by most models, and two of them look the same
MEMORY = 16_000_000  # bytes
FIRST_REST, LONGEST_REST = 2.0, 60.0  # seconds after a failure, doubled with each
REFUSALS = 5  # of one text each, in a row: then it is not the texts
TOLD_EVERY = 60.0  # seconds between two log lines that say the same

log = structlog.get_logger("lynkr.embedding")


class _Vector(NamedTuple):
    """A reading of an account's model, which tells no words."""

    vector: Sequence[float]
    words: Sequence[tuple[str, Sequence[float]]] = ()
    whole: bool = True


class Embedded(Protocol):
    """caching.embedders.Embeddings."""

    @property
    def tag(self) -> str: ...

    @property
    def dimension(self) -> int: ...

    @property
    def problem(self) -> str | None: ...

    async def read(self, texts: Sequence[str], within: float) -> Sequence[Reading] | None: ...

    def warm(self) -> None: ...

    def close(self) -> None: ...


class Vectors:
    """A ports.Reader. For one event loop; `warm` and `close` inside it or before it."""

    def __init__(self, snapshots: Snapshots, upstream: Upstream, embedded: Embedded | None = None) -> None:
        self._snapshots, self._upstream = snapshots, upstream
        # A vector of numpy's is a sequence of numbers in all but its type.
        self._embedded = embedded if embedded is not None else cast(Embedded, Embeddings())
        self._memory = _Memory(MEMORY)
        self._dimensions: dict[str, int] = {}  # of each model in this process: it may not change under one tag
        self._remote: _Remote | None = None
        self._of: Snapshot | None = None

    @property
    def patience(self) -> float:
        return self._snapshots.current.embedding.milliseconds / 1000

    @property
    def known(self) -> tuple[str, int] | None:
        """(tag, dimension) of the vectors it would make now, where that is known without a call."""
        if self._snapshots.current.embedding.kind != "embedded":
            return None
        return self._embedded.tag, self._embedded.dimension

    @property
    def problem(self) -> str:
        """Why there are no vectors now, in a sentence for an administrator; "": nothing is known to be wrong."""
        snapshot = self._snapshots.current
        if snapshot.embedding.kind == "embedded":
            return self._embedded.problem or ""
        remote = self._remote_of(snapshot)
        return remote.problem if remote is not None else ""

    async def read(self, texts: list[str], within: float) -> Readings | None:
        """See `ports.Reader`. None also while an account rests after a failure, and when too many texts wait."""
        snapshot = self._snapshots.current
        if snapshot.embedding.kind == "embedded":
            found = await self._embedded.read(texts, within)
            return Readings(self._embedded.tag, found) if found is not None else None
        remote = self._remote_of(snapshot)
        return await remote.read(texts, within) if remote is not None else None

    def warm(self) -> None:
        """Have the embedded model loaded if the configuration has a use for it: it takes some 30 MB."""
        snapshot = self._snapshots.current
        if snapshot.embedding.kind == "embedded" and any(
            team.policy.cache.semantic for team in snapshot.teams.values()
        ):
            self._embedded.warm()

    def close(self) -> None:
        """What waits gets None."""
        self._embedded.close()
        if self._remote is not None:
            self._remote.close()

    def _remote_of(self, snapshot: Snapshot) -> _Remote | None:
        """The account's model; made anew when anything of it changed, so that a mended account is tried at once."""
        if self._of is snapshot:
            return self._remote
        self._of = snapshot
        embedding = snapshot.embedding
        account = snapshot.accounts.get(embedding.account) if embedding.kind == "account" else None
        before, self._remote = self._remote, None
        if account is None:
            return None
        if before is not None and (before.embedding, before.account) == (embedding, account):
            self._remote = before
            return before
        try:
            self._remote = _Remote(embedding, account, self._upstream, self._memory, self._dimensions)
        except Exception as error:  # an account that no vendor can do anything with: a request goes on without
            metrics.defect(error)
        return self._remote


@dataclass(slots=True, eq=False)
class _Asked:
    """One text, and the loop time until which the most patient waits for it. The future is None where there is no vector."""

    text: str
    digest: bytes
    until: float
    future: asyncio.Future[array[float] | None]

    def tell(self, vector: array[float] | None) -> None:
        if not self.future.done():
            self.future.set_result(vector)


class _Remote:
    """The model of an account. Texts that wait at the same moment go in one call. A call may take as long as a request waits,
    from its own beginning: a text that stood in the queue is not the server's fault."""

    def __init__(
        self,
        embedding: Embedding,
        account: Account,
        upstream: Upstream,
        memory: _Memory,
        dimensions: dict[str, int],
    ) -> None:
        self.embedding, self.account = embedding, account
        self.problem = ""
        self._upstream, self._memory, self._dimensions = upstream, memory, dimensions
        self._maker = maker_of(account, embedding)
        self._pending: dict[bytes, _Asked] = {}
        self._queue: deque[_Asked] = deque()
        self._calls: set[asyncio.Task[None]] = set()
        self._failures = self._refused = 0
        self._rests_until = 0.0
        self._told = ("", 0.0)

    async def read(self, texts: Sequence[str], within: float) -> Readings | None:
        if within <= 0 or not texts or any(len(text) > LONGEST_TEXT for text in texts):
            return None
        digests = [self._digest(text) for text in texts]
        known = {digest: vector for digest in digests if (vector := self._memory.get(digest)) is not None}
        missing = {digest: text for digest, text in zip(digests, texts, strict=True) if digest not in known}
        if missing:
            found = await self._wait(missing, within)
            if found is None:
                return None
            known |= found
        vectors = [_Vector(known[digest]) for digest in digests]
        return Readings(tag_of(self._maker, self.embedding, len(vectors[0].vector)), vectors)

    def close(self) -> None:
        self._drop()
        for call in self._calls:
            call.cancel()

    async def _wait(self, missing: dict[bytes, str], within: float) -> dict[bytes, array[float]] | None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        # After a failure one call alone tries whether it is over: nobody else waits for it.
        if now < self._rests_until or (self._failures and self._pending):
            metrics.EMBEDDINGS.labels("resting").inc()
            return None
        if len(self._pending) + len(missing) > WAITING:
            metrics.EMBEDDINGS.labels("too many").inc()
            return None
        futures = {}
        for digest, text in missing.items():
            asked = self._pending.get(digest)
            if asked is None:
                asked = self._pending[digest] = _Asked(text, digest, now + within, loop.create_future())
                self._queue.append(asked)
            asked.until = max(asked.until, now + within)
            futures[digest] = asked.future
        loop.call_soon(self._begin)  # not now: who asks in this same moment comes along
        await asyncio.wait(futures.values(), timeout=within)
        found = {digest: future.result() for digest, future in futures.items() if future.done()}
        whole = {digest: vector for digest, vector in found.items() if vector is not None}
        return whole if len(whole) == len(missing) else None

    def _begin(self) -> None:
        """As many calls as may be under way."""
        loop = asyncio.get_running_loop()
        while self._queue and len(self._calls) < (1 if self._failures else AT_ONCE):
            batch: list[_Asked] = []
            while self._queue and len(batch) < BATCH:
                asked = self._queue.popleft()
                if asked.until > loop.time():
                    batch.append(asked)
                else:
                    self._leave(asked, None)
            if batch:
                call = loop.create_task(self._call(batch))
                self._calls.add(call)
                call.add_done_callback(self._ended)

    def _ended(self, call: asyncio.Task[None]) -> None:
        self._calls.discard(call)
        if self._queue:
            self._begin()

    async def _call(self, batch: list[_Asked]) -> None:
        try:
            if await self._try(batch):
                return
            for asked in batch:  # one of the texts may be the reason, and the others need not suffer for it
                now = asyncio.get_running_loop().time()
                if asked.until > now >= self._rests_until:
                    await self._try([asked])
        finally:
            for asked in batch:
                self._leave(asked, None)

    async def _try(self, batch: list[_Asked]) -> bool:
        """False: several texts together were refused."""
        now = asyncio.get_running_loop().time()
        seconds = max(self.embedding.milliseconds / 1000, max(asked.until for asked in batch) - now)
        secrets = self.account.secrets
        secret = random.choices(secrets, [one.weight for one in secrets])[0] if secrets else None  # noqa: S311
        try:
            async with asyncio.timeout(seconds):
                texts = [asked.text for asked in batch]
                vectors = await ask(self.account, self.embedding, secret, self._upstream, texts)
            if self._dimensions.setdefault(self._maker, len(vectors[0])) != len(vectors[0]):
                raise NoVectors("other dimension")
        except TimeoutError:
            self._failed("timeout")
        except NoVectors as no:
            if no.refused and len(batch) > 1:
                return False
            self._refused += no.refused
            if no.refused and self._refused < REFUSALS:
                metrics.EMBEDDINGS.labels("refused").inc()
            else:
                self._failed(no.word)
        else:
            self._worked()
            for asked, vector in zip(batch, vectors, strict=True):
                self._memory.keep(asked.digest, vector)
                self._leave(asked, vector)
        return True

    def _failed(self, word: str) -> None:
        metrics.EMBEDDINGS.labels(word).inc()
        now = asyncio.get_running_loop().time()
        rest = min(LONGEST_REST, FIRST_REST * 2.0 ** min(self._failures, 10))
        self._failures += 1
        self._rests_until = now + rest
        self.problem = f"the account {self.account.name} makes no vectors with {self.embedding.model} ({word})."
        self._drop()
        if self._told[0] != word or now - self._told[1] > TOLD_EVERY:
            self._told = (word, now)
            log.warning(
                "embedding_account_fails",
                account=self.account.name,
                model=self.embedding.model,
                problem=word,
                rest=rest,
            )

    def _worked(self) -> None:
        metrics.EMBEDDINGS.labels("made").inc()
        if self._failures:
            log.info("embedding_account_works_again", account=self.account.name, model=self.embedding.model)
        self._failures = self._refused = 0
        self._rests_until, self.problem, self._told = 0.0, "", ("", 0.0)

    def _drop(self) -> None:
        while self._queue:
            self._leave(self._queue.popleft(), None)

    def _leave(self, asked: _Asked, vector: array[float] | None) -> None:
        asked.tell(vector)
        if self._pending.get(asked.digest) is asked:
            del self._pending[asked.digest]

    def _digest(self, text: str) -> bytes:
        return hashlib.sha256(f"{self._maker}\0{text}".encode("utf-8", "surrogatepass")).digest()


class _Memory:
    """Vectors by digest of model and text, the least lately used forgotten first."""

    def __init__(self, most: int) -> None:
        self._most, self._bytes = most, 0
        self._kept: OrderedDict[bytes, array[float]] = OrderedDict()

    def get(self, digest: bytes) -> array[float] | None:
        vector = self._kept.get(digest)
        if vector is not None:
            self._kept.move_to_end(digest)
        return vector

    def keep(self, digest: bytes, vector: array[float]) -> None:
        gone = self._kept.pop(digest, None)
        self._kept[digest] = vector
        self._bytes += _size(vector) - (_size(gone) if gone is not None else 0)
        while self._bytes > self._most:
            self._bytes -= _size(self._kept.popitem(last=False)[1])


def _size(vector: array[float]) -> int:
    return 4 * len(vector) + 250  # beside the figures: objects, digest and place in the dictionary
