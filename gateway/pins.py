"""Which model serves which session: pins in this process, bounded, forgotten once nothing of the session can be warm.

A pin's name is scoped to a team and one of its users or keys, so that a session id somebody else sends finds nothing.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Protocol

from gateway.chat.request import ChatRequest, Origin, Text
from gateway.origins import SIZE
from routing.affinity import LONG, Pin

MOST = 50_000
MOST_BYTES = 24 * 1024 * 1024
MOST_SIGNATURES = 200
MOST_WORDS = 100_000
WORDS_SECONDS = 24 * 3600.0  # a session may rest overnight and go on
REMIND_SECONDS = 900.0
_EACH = 700  # bytes of an entry without its texts, measured with tracemalloc


@dataclass(frozen=True, slots=True)
class Kept:
    """`makers`: who made the last signatures of the session, with their digests (gateway.origins) one after another."""

    pin: Pin
    makers: tuple[tuple[Origin, bytes], ...] = ()

    def size(self) -> int:
        """Bytes, about."""
        target = self.pin.target
        made = sum(len(digests) + len(maker.model) + 300 for maker, digests in self.makers)
        return _EACH + len(target.account) + len(target.model) + made

    def until(self) -> float:
        """Wall clock. A tool may run for long: within its loop the model is kept although the prompt is cold."""
        return self.pin.used + max(self.pin.ttl, LONG)


@dataclass(slots=True)
class Session:
    """What one request knows of its session. `turns` of the model in it; `made`: signatures of the answer, by maker."""

    name: str
    turns: int
    ttl: float
    kept: Kept | None = None
    made: list[tuple[Origin, list[bytes]]] = field(default_factory=list)


class Pins(Protocol):
    async def find(self, name: str, turns: int, now: float) -> Kept | None:
        """What is known of session `name`, whose request holds so many turns of the model. Never raises, never waits long."""
        ...

    def put(self, name: str, kept: Kept) -> None:
        """Returns at once."""
        ...

    async def find_words(self, name: str, turns: int) -> str | None:
        """What the passes of session `name` are pinned to (gateway.passing), as `find`."""
        ...

    def put_words(self, name: str, words: str) -> None:
        """Returns at once."""
        ...


class LocalPins:
    """Pins of this process alone; those not used for longest go first."""

    def __init__(self, most: int = MOST, most_bytes: int = MOST_BYTES) -> None:
        self._most = most
        self._most_bytes = most_bytes
        self._kept: OrderedDict[str, Kept] = OrderedDict()
        self._words: OrderedDict[str, tuple[str, float]] = OrderedDict()
        self.bytes = 0

    def __len__(self) -> int:
        return len(self._kept)

    async def find(self, name: str, turns: int, now: float) -> Kept | None:
        return self.look(name, now) if turns else None

    def look(self, name: str, now: float) -> Kept | None:
        kept = self._kept.get(name)
        if kept is not None and kept.until() <= now:
            self._drop(name)
            return None
        return kept

    def put(self, name: str, kept: Kept) -> None:
        self._drop(name)
        self._kept[name] = kept
        self.bytes += kept.size() + len(name)
        while len(self._kept) > self._most or self.bytes > self._most_bytes:
            self._drop(next(iter(self._kept)))

    async def find_words(self, name: str, turns: int) -> str | None:
        found = self._words.get(name)
        return found[0] if found is not None else None

    def put_words(self, name: str, words: str) -> None:
        self.learn_words(name, words)

    def learn_words(self, name: str, words: str) -> bool:
        """Whether others should be told: it is news, or long ago that they were."""
        if not name:
            return False
        before = self._words.pop(name, None)
        now = time.monotonic()
        fresh = before is not None and before[0] == words and now - before[1] < REMIND_SECONDS
        self._words[name] = before if fresh and before is not None else (words, now)
        while len(self._words) > MOST_WORDS:
            self._words.popitem(last=False)
        return not fresh

    def _drop(self, name: str) -> None:
        kept = self._kept.pop(name, None)
        if kept is not None:
            self.bytes -= kept.size() + len(name)


def name_of(
    team_id: int, user_id: int | None, key_id: str, session_id: str, agent_id: str, request: ChatRequest
) -> str:
    """Of the pin of one conversation. A subagent has its own, and so has what begins with another text: another prompt is
    warm there. A user's keys share it, a key without user is alone."""
    owner = f"u{user_id}" if user_id is not None else f"k{key_id}"
    digest = blake2b(f"{team_id}\0{owner}\0{session_id}\0{agent_id}".encode("utf-8", "surrogatepass"), digest_size=18)
    first = next((message for message in request.messages if message.role == "user"), None)
    for block in first.blocks if first is not None else ():
        if isinstance(block, Text):
            digest.update(b"\0" + block.text.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def with_signatures(
    makers: tuple[tuple[Origin, bytes], ...], maker: Origin, digests: list[bytes]
) -> tuple[tuple[Origin, bytes], ...]:
    """`makers` and the new `digests` of `maker`: the latest maker last, the oldest signatures dropped."""
    if not digests:
        return makers
    known = dict(makers)
    mine = known.pop(maker, b"") + b"".join(digests)
    known[maker] = mine[-MOST_SIGNATURES * SIZE :]
    while sum(map(len, known.values())) > MOST_SIGNATURES * SIZE and len(known) > 1:
        known.pop(next(iter(known)))
    return tuple(known.items())
