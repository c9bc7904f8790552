"""Pins shared by all processes, in Redis: written behind the answers, asked for at most once a request and never for long.

Redis is asked when this process does not know a session that has a history, or knows it from before other processes served
it. Without Redis each process goes by what it knows.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import time

import orjson
import structlog
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from gateway import metrics
from gateway.chat.request import Origin
from gateway.pins import WORDS_SECONDS, Kept, LocalPins
from routing.affinity import Pin
from routing.tiers import TargetRef, Tier

log = structlog.get_logger("lynkr.pins")

DEADLINE = 0.02  # seconds a request may wait for Redis
REST = 1.0  # seconds after a failure in which Redis is not asked
CONNECTIONS = 8
MOST_WAITING = 10_000
_AT_ONCE = 200


class SharedPins(LocalPins):
    """gateway.pins.Pins over Redis. `start` and `stop` inside the event loop."""

    def __init__(self, url: str, *, prefix: str = "lynkr", deadline: float = DEADLINE) -> None:
        super().__init__()
        self._pool = BlockingConnectionPool.from_url(
            url,
            max_connections=CONNECTIONS,
            timeout=1,
            socket_timeout=1,
            socket_connect_timeout=1,
            retry=Retry(NoBackoff(), 0),
        )
        self._redis = Redis(connection_pool=self._pool)
        self._prefix = prefix
        self._deadline = deadline
        self._away_until = 0.0
        self._logged = 0.0
        self._waiting: dict[str, Kept] = {}
        self._words_waiting: dict[str, str] = {}
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._behind())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        with contextlib.suppress(RedisError, OSError, TimeoutError):
            await self._tell()
        await self._redis.aclose()
        await self._pool.aclose()

    async def find(self, name: str, turns: int, now: float) -> Kept | None:
        if not turns:
            return None
        here = self.look(name, now)
        if here is not None and turns <= here.pin.turns + 1:
            return here  # nobody else has served it since
        if time.monotonic() < self._away_until:
            return here
        try:
            async with asyncio.timeout(self._deadline):
                found = read(await self._redis.get(self._key(name)))
        except (RedisError, OSError, TimeoutError) as error:
            self._failed(error)
            return here
        if found is None or found.until() <= now or (here is not None and here.pin.used >= found.pin.used):
            return here
        super().put(name, found)
        return found

    def put(self, name: str, kept: Kept) -> None:
        super().put(name, kept)
        if len(self._waiting) < MOST_WAITING or name in self._waiting:
            self._waiting[name] = kept
            self._wake.set()

    async def find_words(self, name: str, turns: int) -> str | None:
        here = await super().find_words(name, turns)
        if here is not None or not turns or time.monotonic() < self._away_until:
            return here
        try:
            async with asyncio.timeout(self._deadline):
                raw = await self._redis.get(self._words_key(name))
        except (RedisError, OSError, TimeoutError) as error:
            self._failed(error)
            return None
        if raw is None:
            return None
        words = str(raw.decode())
        super().learn_words(name, words)
        return words

    def put_words(self, name: str, words: str) -> None:
        if self.learn_words(name, words) and len(self._words_waiting) < MOST_WAITING:
            self._words_waiting[name] = words
            self._wake.set()

    def _key(self, name: str) -> str:
        return f"{self._prefix}:pin:{name}"

    def _words_key(self, name: str) -> str:
        return f"{self._prefix}:passes:{name}"

    def _failed(self, error: BaseException) -> None:
        metrics.PINS_LATE.inc()
        now = time.monotonic()
        self._away_until = now + REST
        if now - self._logged > 30:
            self._logged = now
            log.warning("shared pins unavailable, this process goes by its own", error=type(error).__name__)

    async def _behind(self) -> None:
        with contextlib.suppress(RedisError, OSError, TimeoutError):
            await self._redis.ping()  # connected before the first request waits for it
        while True:
            await self._wake.wait()
            self._wake.clear()
            try:
                await self._tell()
            except (RedisError, OSError, TimeoutError) as error:
                self._failed(error)
                await asyncio.sleep(REST)
            except Exception as error:
                metrics.defect(error)
                await asyncio.sleep(REST)

    async def _tell(self) -> None:
        while self._waiting or self._words_waiting:
            pipeline = self._redis.pipeline(transaction=False)
            for _ in range(min(_AT_ONCE, len(self._words_waiting))):
                name, words = self._words_waiting.popitem()
                pipeline.set(self._words_key(name), words, ex=int(WORDS_SECONDS))
            for _ in range(min(_AT_ONCE, len(self._waiting))):
                name, kept = self._waiting.popitem()
                seconds = int(kept.until() - time.time())
                if seconds > 0:
                    pipeline.set(self._key(name), written(kept), ex=seconds)
            await pipeline.execute()


def written(kept: Kept) -> bytes:
    pin = kept.pin
    makers = [
        [maker.dialect, maker.model, maker.account, base64.b64encode(digests).decode()]
        for maker, digests in kept.makers
    ]
    numbers = [pin.used, pin.ttl, pin.warm, pin.output, pin.asks, pin.calls, pin.below, pin.turns]
    return orjson.dumps([1, pin.target.account, pin.target.model, int(pin.tier), pin.score, numbers, makers])


def read(raw: bytes | None) -> Kept | None:
    """None for nothing, and for what another version of Lynkr wrote."""
    if not raw:
        return None
    try:
        version, account, model, tier, score, numbers, makers = orjson.loads(raw)
        if version != 1:
            return None
        pin = Pin(TargetRef(account, model), Tier(tier), score, *numbers)
        made = tuple((Origin(d, m, a), base64.b64decode(digests)) for d, m, a, digests in makers)
    except (ValueError, TypeError):
        return None
    return Kept(pin, made)
