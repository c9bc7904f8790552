"""The embedded model beside the event loop: one thread, a bounded queue, deadlines, and a memory of what was read lately."""

from __future__ import annotations

import asyncio
import hashlib
import threading
from collections import OrderedDict, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

import structlog

from . import weights
from .reading import Embedder, Reading

if TYPE_CHECKING:
    from .minilm import MiniLM

__all__ = ["Embedder", "Embeddings", "Reading"]

BATCH = 16  # texts read together at most,
BATCH_CHARACTERS = (
    300  # and no more once they are this long together: some 70 pieces, where a piece costs half of what it costs
)
# alone, and more would not make it cheaper but have all wait for the last
WAITING = 64  # texts
MEMORY = 16_000_000  # bytes
VECTOR_BYTES = weights.DIMENSION * 4
log = structlog.get_logger("lynkr.embedding")


@dataclass(slots=True, eq=False)
class _Asked:
    """One text that somebody waits for. The future belongs to `loop` and is only ever resolved there."""

    text: str
    digest: bytes
    until: float
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Reading | None] = field(init=False)

    def __post_init__(self) -> None:
        self.future = self.loop.create_future()

    def given_up(self) -> bool:
        return self.future.cancelled() or monotonic() >= self.until


class Embeddings:
    """An `Embedder`. The model is loaded by the thread, at `warm()` or the first use, and never by the caller. Safe to use
    from several event loops. Nothing starts in the constructor, so it may be made before a fork."""

    def __init__(self, folder: Path | None = None, waiting: int = WAITING, memory: int = MEMORY) -> None:
        """`folder`: of the weights, otherwise the installed package. `waiting`: texts, beyond which a call gets None at once.
        `memory`: bytes of readings to keep."""
        self._folder = folder
        self._most_waiting = waiting
        self._memory = _Memory(memory)
        self._queue: deque[_Asked] = deque()
        self._changed = threading.Condition()  # guards all that follows, and the queue
        self._thread: threading.Thread | None = None
        self._problem = weights.lacking(folder or weights.installed())
        self._loaded = False

    @property
    def tag(self) -> str:
        return weights.TAG

    @property
    def dimension(self) -> int:
        return weights.DIMENSION

    @property
    def problem(self) -> str | None:
        """Why every call gives None, in a sentence for an administrator. None: nothing is known to be wrong,
        which is sure only once `ready`."""
        return self._problem

    @property
    def ready(self) -> bool:
        """The model is loaded."""
        return self._loaded

    def warm(self) -> None:
        """Have the model loaded. Returns at once."""
        with self._changed:
            self._start()

    async def read(self, texts: Sequence[str], within: float) -> list[Reading] | None:
        """See `Embedder.read`. None also when too many texts wait already and when the weights are missing. What was not
        begun in time is never read."""
        digests = [hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest() for text in texts]
        known = {digest: reading for digest in digests if (reading := self._memory.get(digest)) is not None}
        missing = {digest: text for text, digest in zip(texts, digests, strict=True) if digest not in known}
        if missing:
            found = await self._ask(missing, within)
            if found is None:
                return None
            known |= found
        return [known[digest] for digest in digests]

    def close(self) -> None:
        """What waits gets None. Does not wait for the thread, which ends after the texts it has in hand."""
        self._shut("The embedded model was closed.")

    def _shut(self, problem: str) -> None:
        with self._changed:
            self._problem = self._problem or problem
            left = list(self._queue)
            self._queue.clear()
            self._changed.notify()
        _tell([(asked, None) for asked in left])

    async def _ask(self, missing: dict[bytes, str], within: float) -> dict[bytes, Reading] | None:
        loop, until = asyncio.get_running_loop(), monotonic() + within
        with self._changed:
            if self._problem or within <= 0:
                return None
            if len(self._queue) + len(missing) > self._most_waiting:
                # Those who gave up still stand in the queue while the thread is busy: they must not keep others out.
                self._queue = deque(asked for asked in self._queue if not asked.given_up())
                if len(self._queue) + len(missing) > self._most_waiting:
                    return None
            asked = [_Asked(text, digest, until, loop) for digest, text in missing.items()]
            self._queue.extend(asked)
            self._start()
            self._changed.notify()
        futures = [one.future for one in asked]
        try:
            await asyncio.wait(futures, timeout=within)
            found = {one.digest: one.future.result() for one in asked if one.future.done()}
        finally:
            for future in futures:
                future.cancel()
        whole = {digest: reading for digest, reading in found.items() if reading is not None}
        return whole if len(whole) == len(missing) else None

    def _start(self) -> None:
        """With the lock held."""
        if self._thread is None and not self._problem:
            self._thread = threading.Thread(target=self._work, name="lynkr-embedding", daemon=True)
            self._thread.start()

    def _work(self) -> None:
        model = self._load()
        while model is not None and (batch := self._next()) is not None:
            if not batch:
                continue
            found = {one.digest: reading for one in batch if (reading := self._memory.get(one.digest)) is not None}
            texts = {one.digest: one.text for one in batch if one.digest not in found}
            try:
                found |= zip(texts, model.read(list(texts.values())), strict=True)
            except Exception:  # a text of a caller's must not end the thread for everybody
                log.exception("embedding_failed", texts=len(texts))
            for digest in texts.keys() & found.keys():
                self._memory.keep(digest, found[digest])
            _tell([(one, found.get(one.digest)) for one in batch])

    def _load(self) -> MiniLM | None:
        try:
            from .minilm import MiniLM  # numpy and its libraries: a tenth of a second, so not before it is wanted

            model = MiniLM(self._folder)
            model.read(["The first reading touches every page of the weights."])
        except Exception as error:
            known = isinstance(error, RuntimeError)
            problem = str(error) if known else f"The embedded model cannot be loaded: {error!r}."
            log.warning("embedding_unavailable", problem=problem)
            self._shut(problem)
            return None
        self._loaded = True
        return model

    def _next(self) -> list[_Asked] | None:
        """What to read together, without those who gave up; waits for something. None: the end."""
        with self._changed:
            while not self._queue and not self._problem:
                self._changed.wait()
            if self._problem:
                return None
            batch: list[_Asked] = []
            characters = 0
            while self._queue and len(batch) < BATCH and characters < BATCH_CHARACTERS:
                asked = self._queue.popleft()
                if not asked.given_up():
                    batch.append(asked)
                    characters += len(asked.text)
            return batch


def _tell(answers: Sequence[tuple[_Asked, Reading | None]]) -> None:
    """From any thread; one call into each event loop."""

    def resolve(mine: Sequence[tuple[_Asked, Reading | None]]) -> None:
        for asked, reading in mine:
            if not asked.future.done():
                asked.future.set_result(reading)

    loops: dict[asyncio.AbstractEventLoop, list[tuple[_Asked, Reading | None]]] = {}
    for asked, reading in answers:
        loops.setdefault(asked.loop, []).append((asked, reading))
    for loop, mine in loops.items():
        try:
            loop.call_soon_threadsafe(resolve, mine)
        except RuntimeError:  # that loop is closed: nobody waits
            continue


class _Memory:
    """Readings by digest, the least lately used forgotten first. Safe to use from many threads."""

    def __init__(self, most: int) -> None:
        self._most, self._bytes = most, 0
        self._kept: OrderedDict[bytes, tuple[Reading, int]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, digest: bytes) -> Reading | None:
        with self._lock:
            if digest not in self._kept:
                return None
            self._kept.move_to_end(digest)
            return self._kept[digest][0]

    def keep(self, digest: bytes, reading: Reading) -> None:
        # 300: what Python's objects for a vector, a word and their pair take beside the figures.
        size = VECTOR_BYTES + 300 + sum(VECTOR_BYTES + 300 + len(word) for word, _ in reading.words)
        with self._lock:
            if digest in self._kept:
                return
            self._kept[digest] = (reading, size)
            self._bytes += size
            while self._bytes > self._most:
                _, (_, gone) = self._kept.popitem(last=False)
                self._bytes -= gone
