"""Limits shared by all processes, in Redis: one call before a request is dispatched (LAT-4), none that waits after it. Who
is refused is asked for again a moment later.

Places are leased: a process renews those of its open requests, so that those of a dead one come back by themselves (LIM-2).
While Redis is away the installation's policy holds (BUD-15): "open" serves within the limits of this process alone, "closed"
refuses. Either is counted and logged.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
import uuid
from collections import defaultdict, deque
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import structlog
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from accounts.limits import (
    FREE,
    NOTHING,
    Estimate,
    LocalLimits,
    Refused,
    Standing,
    Standings,
    Subject,
    What,
    refuse_what_never_fits,
    tightest,
    wait_for_a_place,
)
from gateway import metrics
from gateway.chat.errors import Overloaded
from gateway.ports import Permit

log = structlog.get_logger("lynkr.limits")

LEASE = 12.0
HEARTBEAT = 3.0
PATIENCE = 1.0  # seconds a request may wait for Redis
REST = 1.0  # seconds after a failure in which Redis is not asked
MOST_WAITING = 20_000
CONNECTIONS = 16
# Seconds until a refused request is looked at again: Redis is told of an end behind the answer, so a client that asks again
# at once, maybe another process, would be refused for its own last request.
MOMENTS = (0.015, 0.06)
_AT_ONCE = 200
_SCRIPTS = Path(__file__).parent


class SharedPermit:
    """What a request holds in Redis. `ids` are the key prefixes of its subjects."""

    __slots__ = ("_left", "_limits", "_started", "ended", "id", "names", "reserved", "second", "standings", "subjects")

    def __init__(self, limits: SharedLimits, subjects: Sequence[Subject], reserved: int) -> None:
        self._limits = limits
        self._started = time.monotonic()
        self.id = uuid.uuid4().hex
        self.subjects = subjects
        self.names = [limits.name(subject) for subject in subjects]
        self.reserved = reserved
        self.second = 0
        self.standings: Standings = NOTHING
        self.ended = self._left = False

    def leave(self) -> None:
        if not (self.ended or self._left):
            self._left = True
            self._limits.leave(self)

    def settle(self, tokens: int) -> None:
        """Returns at once; Redis is told behind."""
        if self.ended:
            return
        self.ended = True
        self._limits.end(self, tokens, time.monotonic() - self._started)

    def release(self) -> None:
        self.settle(0)


class SharedLimits:
    """gateway.ports.Limits over Redis. `start` and `stop` inside the event loop."""

    def __init__(
        self,
        url: str,
        policy: Literal["open", "closed"] = "open",
        *,
        prefix: str = "lynkr",
        lease: float = LEASE,
        patience: float = PATIENCE,
    ) -> None:
        self._pool = BlockingConnectionPool.from_url(
            url,
            max_connections=CONNECTIONS,
            timeout=patience,
            socket_timeout=patience,
            socket_connect_timeout=patience,
            retry=Retry(NoBackoff(), 0),  # a taking must not be sent twice
        )
        self._redis = Redis(connection_pool=self._pool)
        self._take, self._end, self._renew = (
            self._redis.register_script((_SCRIPTS / name).read_text())
            for name in ("limits.lua", "limits_end.lua", "limits_renew.lua")
        )
        self._policy = policy
        self._prefix = prefix
        self._lease = lease
        self._patience = patience
        self._alone = LocalLimits()
        self._away_until = 0.0
        self._logged = 0.0
        self._open: dict[str, SharedPermit] = {}
        self._ended: deque[tuple[SharedPermit, int]] = deque(maxlen=MOST_WAITING)
        self._wake = asyncio.Event()
        self._seconds = 1.0
        self._task: asyncio.Task[None] | None = None
        self._stopping = False

    def start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._behind())

    async def stop(self) -> None:
        """Tells Redis of what ended; what it cannot be told lapses with its lease."""
        if self._task is not None:
            # Asked, not only cancelled: a cancellation that meets the end of a time-out inside the client can be lost.
            self._stopping = True
            self._wake.set()
            await asyncio.wait([self._task], timeout=self._patience)
            self._task.cancel()
            await asyncio.wait([self._task], timeout=self._patience)
        with contextlib.suppress(RedisError, OSError, TimeoutError):
            await self._tell()
        await self._redis.aclose()
        await self._pool.aclose()

    def name(self, subject: Subject) -> str:
        return f"{{{self._prefix}:limits}}:{subject.kind}:{subject.id}"  # braces: one slot of a cluster

    async def admit(self, subjects: Sequence[Subject], estimate: Estimate) -> Permit:
        if not subjects:
            return FREE
        tokens = estimate.under(subjects)
        refuse_what_never_fits(subjects, tokens)
        if time.monotonic() < self._away_until:
            return self._without_redis(subjects, estimate)
        permit = SharedPermit(self, subjects, tokens)
        answer = await self._answer(permit)
        for moment in MOMENTS:
            if answer is None or not _may_be_given_back(answer):
                break
            await asyncio.sleep(moment)
            answer = await self._answer(permit)
        return self._without_redis(subjects, estimate) if answer is None else self._judged(permit, answer)

    async def _answer(self, permit: SharedPermit) -> list[int] | None:
        """Of limits.lua; None when it cannot be had."""
        call = asyncio.ensure_future(self._ask(permit))
        try:
            return await asyncio.shield(call)
        except asyncio.CancelledError:
            call.add_done_callback(lambda done: self._given_to_nobody(done, permit))
            raise
        except (RedisError, OSError, TimeoutError) as error:
            self._failed(error)
            self._ended.append((permit, 0))  # it may have been taken all the same
            return None

    async def _ask(self, permit: SharedPermit) -> list[int]:
        keys = [f"{name}:{what}" for name in permit.names for what in "rtp"]
        rates = [
            -1 if rate is None else rate
            for subject in permit.subjects
            for rate in (subject.requests, subject.tokens, subject.parallel)
        ]
        async with asyncio.timeout(self._patience):
            answer: list[int] = await self._take(keys, [permit.id, permit.reserved, int(self._lease * 1000), *rates])
        return answer

    def _given_to_nobody(self, call: asyncio.Future[list[int]], permit: SharedPermit) -> None:
        """The caller left while Redis was being asked: what it was given goes back (DJG-4)."""
        if not call.cancelled() and call.exception() is None and call.result()[0]:
            permit.second = call.result()[1]
            permit.release()

    def _judged(self, permit: SharedPermit, answer: list[int]) -> Permit:
        """The permit, or raises Refused with the longest wait of all limits that are passed."""
        admitted, permit.second = bool(answer[0]), answer[1]
        requests: list[Standing] = []
        tokens: list[Standing] = []
        worst: tuple[float, What, Subject, int, int] | None = None
        for index, subject in enumerate(permit.subjects):
            r_used, r_reset, r_wait, t_used, t_reset, t_wait, full = answer[2 + 7 * index : 9 + 7 * index]
            passed: list[tuple[float, What, int | None, int]] = [
                (r_wait / 1000, "requests", subject.requests, 1),
                (t_wait / 1000, "tokens", subject.tokens, permit.reserved),
                (
                    wait_for_a_place(self._seconds, subject.parallel or 1) if full else 0.0,
                    "parallel",
                    subject.parallel,
                    1,
                ),
            ]
            for wait, what, limit, asked in passed:
                if wait > 0 and limit is not None and (worst is None or wait > worst[0]):
                    worst = (wait, what, subject, limit, asked)
            if subject.requests is not None:
                requests.append(_standing(subject.requests, r_used + admitted, 60_000 if admitted else r_reset))
            if subject.tokens is not None:
                used = t_used + permit.reserved * admitted
                tokens.append(_standing(subject.tokens, used, 60_000 if admitted else t_reset))
        permit.standings = Standings(tightest(requests), tightest(tokens))
        if admitted:
            self._open[permit.id] = permit
            return permit
        assert worst is not None
        wait, what, subject, limit, asked = worst
        raise Refused(what, subject, limit, asked, wait, permit.standings)

    def leave(self, permit: SharedPermit) -> None:
        self._open.pop(permit.id, None)
        self._ended.append((permit, 0))
        self._wake.set()

    def end(self, permit: SharedPermit, tokens: int, seconds: float) -> None:
        self._open.pop(permit.id, None)
        self._seconds += (seconds - self._seconds) * 0.1
        self._ended.append((permit, tokens - permit.reserved))
        self._wake.set()

    # ---- without Redis

    def _failed(self, error: BaseException) -> None:
        now = time.monotonic()
        self._away_until = now + REST
        if now - self._logged > 30:
            self._logged = now
            log.error("shared limits unavailable", policy=self._policy, error=type(error).__name__)

    def _without_redis(self, subjects: Sequence[Subject], estimate: Estimate) -> Permit:
        metrics.LIMITS_BLIND.labels(self._policy).inc()
        if self._policy == "closed":
            raise Overloaded(
                "Lynkr cannot check this key's limits right now; try again shortly.",
                code="limits_unavailable",
                retry_after=REST,
            )
        return self._alone.admit_now(subjects, estimate)

    # ---- behind the requests

    async def _behind(self) -> None:
        """Tells Redis what ended and which requests live. In one task, so that no renewal overtakes an end."""
        beat = time.monotonic() + HEARTBEAT
        while not self._stopping:
            try:
                async with asyncio.timeout(max(0.0, beat - time.monotonic())):
                    await self._wake.wait()
            except TimeoutError:
                pass
            self._wake.clear()
            try:
                await self._tell()
                if time.monotonic() >= beat:
                    beat = time.monotonic() + HEARTBEAT
                    await self._live()
            except (RedisError, OSError, TimeoutError) as error:
                self._failed(error)
                beat = time.monotonic() + REST
                await asyncio.sleep(REST)
            except Exception as error:
                metrics.defect(error)
                await asyncio.sleep(REST)

    async def _tell(self) -> None:
        while self._ended:
            batch = [self._ended.popleft() for _ in range(min(_AT_ONCE, len(self._ended)))]
            pipeline = self._redis.pipeline(transaction=False)
            for permit, more in batch:
                for subject, name in zip(permit.subjects, permit.names, strict=True):
                    if subject.tokens is not None or subject.parallel is not None:
                        change = more if subject.tokens is not None else 0
                        await self._end([f"{name}:t", f"{name}:p"], [permit.id, permit.second, change], client=pipeline)
            try:
                await pipeline.execute()
            except BaseException:
                # It may have got through: told again, it must not give the same tokens back twice.
                self._ended.extendleft((permit, max(0, more)) for permit, more in reversed(batch))
                self._wake.set()
                raise

    async def _live(self) -> None:
        places: dict[str, list[str]] = defaultdict(list)
        for permit in self._open.values():
            for subject, name in zip(permit.subjects, permit.names, strict=True):
                if subject.parallel is not None:
                    places[f"{name}:p"].append(permit.id)
        pipeline = self._redis.pipeline(transaction=False)
        for key, ids in places.items():
            for start in range(0, len(ids), _AT_ONCE):
                arguments: list[Any] = [int(self._lease * 1000), *ids[start : start + _AT_ONCE]]
                await self._renew([key], arguments, client=pipeline)
        await pipeline.execute()


def _may_be_given_back(answer: list[int]) -> bool:
    """Refused, but not by a rate of requests: those are never given back."""
    return not answer[0] and not any(answer[4::7])


def _standing(limit: int, used: int, reset: int) -> Standing:
    return Standing(limit, max(0, limit - used), reset / 1000 if used else 0.0)
