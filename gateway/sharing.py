"""Requests that are the same at the same time share one call: the first leads, the others are told its answer as it comes.

In one process, within a scope, and only for what may be cached at all: who samples wants answers of their own.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Protocol

from gateway.chat.events import StreamEvent
from gateway.chat.request import Origin
from gateway.chat.usage import Usage
from routing.tiers import TargetRef, Tier

MOST_FOLLOWERS = 200
FOLLOWED_SECONDS = 600.0
MOST_EVENTS = 50_000  # of one answer: who comes later asks for itself
Name = tuple[str, bytes]


class Writable(Protocol):
    """gateway.ports.Reply, as far as it is needed here."""

    outlive: float

    @property
    def gone(self) -> bool: ...

    @property
    def writing(self) -> bool: ...

    async def write(self, data: bytes) -> None: ...


@dataclass(slots=True)
class Shared:
    """An answer while it comes. `state`: "open", "whole", "broken" (nobody should wait for it any longer). `task`: the
    leader's. `patience`: seconds that its call goes on after its caller has left, if nobody else needs it."""

    name: Name
    events: list[StreamEvent] = field(default_factory=list)
    state: str = "open"
    followers: int = 0
    leader: Writable | None = None
    task: asyncio.Task[Any] | None = None
    patience: float = 0.0
    tokens: int = 0
    cost: Decimal | None = None
    target: TargetRef | None = None
    tier: Tier | None = None
    origin: Origin = field(default_factory=lambda: Origin("", ""))
    model: str = ""
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def serves(self, target: TargetRef, tier: Tier | None, origin: Origin, model: str) -> None:
        """Before the first event."""
        self.target, self.tier, self.origin, self.model = target, tier, origin, model

    def took(self, usage: Usage, cost: Decimal | None) -> None:
        """What the one call came to: what each follower saved."""
        self.tokens, self.cost = (usage.prompt or 0) + (usage.output or 0), cost

    def join(self) -> None:
        """Its leader's call goes on from now on although the leader's caller leaves."""
        self.followers += 1
        if self.leader is not None:
            self.leader.outlive = max(self.leader.outlive, FOLLOWED_SECONDS)

    def leave(self) -> None:
        """With the last of them its leader's call is for its own caller again; where that one has left, it ends."""
        self.followers -= 1
        leader = self.leader
        if self.followers or leader is None:
            return
        leader.outlive = self.patience
        if leader.gone and not self.patience and self.state == "open" and self.task is not None:
            self.task.cancel()

    def put(self, events: Iterable[StreamEvent]) -> None:
        self.events.extend(events)
        self._wake()

    def end(self, *, whole: bool) -> None:
        """The first call counts."""
        if self.state == "open":
            self.state = "whole" if whole else "broken"
            self._wake()

    async def batches(self) -> AsyncIterator[list[StreamEvent]]:
        """All events from the first on, as they come; ends when the answer does."""
        told = 0
        while True:
            if told < len(self.events):
                batch = self.events[told:]
                told += len(batch)
                yield batch
                continue
            if self.state != "open":
                return
            await self._changed.wait()

    def _wake(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()


class Paced:
    """What a leader's caller is sent, at its own pace: while others follow, it holds nobody up, and what it does not take
    waits here (it waits for the followers anyway)."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self._waiting: list[bytes] = []
        self._task: asyncio.Task[None] | None = None

    async def write(self, reply: Writable, data: bytes) -> None:
        if self._task is None and not self._shared.followers:
            await reply.write(data)
            return
        self._waiting.append(data)
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._write(reply))
        if not self._shared.followers:
            await self.written()

    async def written(self) -> None:
        """All that waited is with the caller, or it has left."""
        if self._task is not None:
            await asyncio.wait([self._task])

    def close(self) -> None:
        if self._task is not None:
            self._task.cancel()

    async def _write(self, reply: Writable) -> None:
        try:
            while self._waiting:
                waiting, self._waiting = self._waiting, []
                await reply.write(b"".join(waiting))
        finally:
            self._task = None


class Sharing:
    """The open answers of a process, by scope and key."""

    def __init__(self) -> None:
        self._open: dict[Name, Shared] = {}

    def find(self, name: Name) -> Shared | None:
        """One to follow. Not one whose caller reads slower than it is sent to: its call waits for it."""
        found = self._open.get(name)
        if found is None or found.followers >= MOST_FOLLOWERS or len(found.events) > MOST_EVENTS:
            return None
        return None if found.leader is not None and found.leader.writing else found

    def lead(self, name: Name, leader: Writable) -> Shared | None:
        """None: somebody leads already."""
        if name in self._open:
            return None
        shared = self._open[name] = Shared(name, leader=leader, task=asyncio.current_task())
        return shared

    def leave(self, shared: Shared, *, whole: bool) -> None:
        """The leader is done."""
        shared.end(whole=whole)
        if self._open.get(shared.name) is shared:
            del self._open[shared.name]
