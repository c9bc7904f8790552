"""Requests that are the same at the same time share one call: the first leads, the others are told its answer as it comes.

In one process, within a scope, and only for what may be cached at all: who samples wants answers of their own.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol

from gateway.chat.events import StreamEvent
from gateway.chat.request import Origin
from gateway.chat.usage import Usage
from routing.tiers import TargetRef, Tier

MOST_FOLLOWERS = 200
FOLLOWED_SECONDS = 600.0
MOST_EVENTS = 50_000  # of one answer: who comes later asks for itself
Name = tuple[str, bytes]


class Outliving(Protocol):
    """gateway.ports.Reply, as far as it is needed here."""

    outlive: float


@dataclass(slots=True)
class Shared:
    """An answer while it comes. `state`: "open", "whole", "broken" (nobody should wait for it any longer)."""

    name: Name
    events: list[StreamEvent] = field(default_factory=list)
    state: str = "open"
    followers: int = 0
    leader: Outliving | None = None
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
        self.followers -= 1

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


class Sharing:
    """The open answers of a process, by scope and key."""

    def __init__(self) -> None:
        self._open: dict[Name, Shared] = {}

    def find(self, name: Name) -> Shared | None:
        """One to follow."""
        found = self._open.get(name)
        if found is None or found.followers >= MOST_FOLLOWERS or len(found.events) > MOST_EVENTS:
            return None
        return found

    def lead(self, name: Name, leader: Outliving) -> Shared | None:
        """None: somebody leads already."""
        if name in self._open:
            return None
        shared = self._open[name] = Shared(name, leader=leader)
        return shared

    def leave(self, shared: Shared, *, whole: bool) -> None:
        """The leader is done."""
        shared.end(whole=whole)
        if self._open.get(shared.name) is shared:
            del self._open[shared.name]
