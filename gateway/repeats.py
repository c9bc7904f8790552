"""A request with an `Idempotency-Key` that is sent again gets the answer of the first, which is not paid for twice (CUT-18).

Only requests with that header come here. What is kept, where and how is behind `Answers` (gateway/store/answers.py).
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from gateway.chat.errors import BadRequest, GatewayError
from gateway.wire.dialect import Dialect
from gateway.wire.fields import dump
from routing.decision import Decision

from .exchange import Exchange
from .headers import refusal_headers, request_id_headers
from .ports import Reply, World
from .settling import settle

HEADER = "idempotency-key"
LONGEST_KEY = 255
LARGEST_BYTES = 4 * 1024 * 1024
WAIT_SECONDS = 60.0  # for a first request that is still being served
MOST_WAITING = 32  # requests of one API key in a process: each asks Postgres twice a second, on threads that all share
SAVE_SECONDS = 2.0  # that the end of an answer may wait until it is kept
REASON = "idempotent replay"
_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 0.5
_LARGE_BODY = 1024 * 1024
_PIECE = 64 * 1024
# Of the first request alone: the repeat has an id and limits of its own.
_OWN = ("x-lynkr-request-id", "request-id", "x-request-id")
_LIMITS = ("x-ratelimit-", "anthropic-ratelimit-")


@dataclass(frozen=True, slots=True)
class Name:
    """`id` stands for API key and `Idempotency-Key`, `fingerprint` for what was asked. Keyed digests: they tell nothing."""

    id: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Claim:
    """This request is the one that is served; `token` tells it from those before it."""

    name: Name
    token: str


@dataclass(frozen=True, slots=True)
class Kept:
    """A complete answer. `head` is what `Recorded` wrote of it."""

    head: bytes
    body: bytes


class InUse:
    """The first request is being served."""


class Reused:
    """The key stands for another request."""


class Unavailable:
    """Nobody can say: Postgres is away."""


Found = Claim | Kept | InUse | Reused | Unavailable


class Answers(Protocol):
    async def claim(self, name: Name, *, again: bool) -> Found:
        """One atomic claim of `name`, or why there is none. `again`: it was in use a moment ago. Never raises, answers within
        seconds. A claim ends with `save` or `release`, or within seconds of the death of its process."""
        ...

    def save(self, claim: Claim, head: bytes, body: bytes) -> Awaitable[None]:
        """Begins at once, and goes on although its awaiting is given up. Never raises."""
        ...

    def release(self, claim: Claim) -> None:
        """The next may claim it. Returns at once; the write happens behind."""
        ...


async def serve(
    exchange: Exchange,
    client: Dialect,
    reply: Reply,
    world: World,
    answers: Answers,
    pepper: bytes,
    run: Callable[[Exchange, Reply, World], Awaitable[None]],
) -> None:
    """`run`s the exchange if it is the first of its key, else answers as the first was answered. Errors are written in the
    words of `client`."""
    try:
        found = await _find(exchange, answers, pepper)
    except GatewayError as error:
        await _refuse(exchange, client, reply, world, error)
        return
    except asyncio.CancelledError:
        exchange.status, exchange.http_status = "interrupted", 499
        settle(exchange, world)
        raise
    if isinstance(found, Kept):
        await _replay(exchange, found, reply, world)
    elif isinstance(found, Claim):
        recorded = Recorded(exchange, reply, answers, found)
        try:
            await run(exchange, recorded, world)
        finally:
            recorded.close()
    else:
        await run(exchange, Unkept(reply), world)


def name_of(exchange: Exchange, pepper: bytes) -> Name:
    """Raises BadRequest for a key of no length, or of too much."""
    key = exchange.headers[HEADER]
    if not 1 <= len(key) <= LONGEST_KEY:
        raise BadRequest(
            f"Idempotency-Key must have 1 to {LONGEST_KEY} characters.", code="invalid_idempotency_key", param=HEADER
        )
    whose = f"{exchange.caller.key_id}\0{key}"
    asked = hmac.new(pepper, exchange.surface.encode() + b"\0", hashlib.sha256)
    asked.update(exchange.raw)
    return Name(hmac.new(pepper, whose.encode(), hashlib.sha256).hexdigest(), asked.hexdigest())


_waiting: dict[str, int] = {}  # by API key


async def _find(exchange: Exchange, answers: Answers, pepper: bytes) -> Kept | Claim | Unavailable:
    if len(exchange.raw) > _LARGE_BODY:
        name = await asyncio.to_thread(name_of, exchange, pepper)
    else:
        name = name_of(exchange, pepper)
    found = await _found(answers, name, again=False)
    if not isinstance(found, InUse):
        return found
    key = exchange.caller.key_id
    waiting = _waiting.get(key, 0)
    if waiting >= MOST_WAITING:
        raise _in_use()
    _waiting[key] = waiting + 1
    try:
        return await _wait(answers, name)
    finally:
        _waiting[key] -= 1
        if not _waiting[key]:
            del _waiting[key]


async def _wait(answers: Answers, name: Name) -> Kept | Claim:
    """For the answer to the first request, or its claim."""
    loop = asyncio.get_running_loop()
    until = loop.time() + WAIT_SECONDS
    pause = _FIRST_PAUSE
    while loop.time() + pause <= until:
        await asyncio.sleep(pause)
        pause = min(pause * 1.5, _LONGEST_PAUSE)
        found = await _found(answers, name, again=True)
        # Though Postgres went away meanwhile: it is being paid for.
        if not isinstance(found, InUse | Unavailable):
            return found
    raise _in_use()


async def _found(answers: Answers, name: Name, *, again: bool) -> Kept | Claim | InUse | Unavailable:
    found = await answers.claim(name, again=again)
    if isinstance(found, Reused):
        raise BadRequest(
            "This Idempotency-Key was used with another request. Give each request a key of its own.",
            code="idempotency_key_reused",
            status=422,
            param=HEADER,
        )
    return found


def _in_use() -> BadRequest:
    return BadRequest(
        "The first request with this Idempotency-Key is still being served; try again shortly.",
        code="idempotency_key_in_use",
        status=409,
        retry_after=5.0,
        should_retry=True,
        param=HEADER,
    )


async def _replay(exchange: Exchange, kept: Kept, reply: Reply, world: World) -> None:
    """The whole answer again. On the books as an operation of no calls and no cost."""
    head = json.loads(kept.head)
    exchange.requested_model, exchange.streamed = head["model"], head["streamed"]
    exchange.decision = Decision("target", None, (), reason=REASON)
    exchange.status, exchange.http_status = "completed", 200
    settle(exchange, world)  # in the journal before the caller's last byte
    headers = [(name, value) for name, value in head["headers"]]
    headers += [*request_id_headers(exchange), ("x-lynkr-idempotent-replay", "true")]
    await reply.start(200, [*headers, ("x-lynkr-original-request-id", head["request_id"])])
    for start in range(0, len(kept.body), _PIECE):
        await reply.write(kept.body[start : start + _PIECE])
    await reply.finish()


async def _refuse(exchange: Exchange, client: Dialect, reply: Reply, world: World, error: GatewayError) -> None:
    status, headers, body = client.encode_error(error, exchange.request_id)
    exchange.error, exchange.status, exchange.http_status = error, "refused", status
    settle(exchange, world)
    text = dump(body)
    fields = [("content-type", "application/json"), ("content-length", str(len(text)))]
    await reply.start(status, [*fields, *refusal_headers(exchange, headers)])
    await reply.finish(text)


class _Through:
    """A Reply before another."""

    def __init__(self, reply: Reply) -> None:
        self._reply = reply

    @property
    def started(self) -> bool:
        return self._reply.started

    @property
    def last_write(self) -> float:
        return self._reply.last_write

    @property
    def writing(self) -> bool:
        return self._reply.writing

    @property
    def gone(self) -> bool:
        return self._reply.gone

    @property
    def outlive(self) -> float:
        return self._reply.outlive

    @outlive.setter
    def outlive(self, seconds: float) -> None:
        self._reply.outlive = seconds

    async def start(self, status: int, headers: list[tuple[str, str]]) -> None:
        await self._reply.start(status, headers)

    async def write(self, data: bytes) -> None:
        await self._reply.write(data)

    async def finish(self, data: bytes = b"") -> None:
        await self._reply.finish(data)

    def abort(self) -> None:
        self._reply.abort()


class Unkept(_Through):
    """Tells the caller that a repeat would be another request."""

    async def start(self, status: int, headers: list[tuple[str, str]]) -> None:
        await super().start(status, [*headers, ("x-lynkr-idempotency", "unavailable")])


class Recorded(_Through):
    """Keeps what was sent, if it is a complete answer of 200 and no larger than LARGEST_BYTES. Who sends an
    `Idempotency-Key` comes back for the answer: one that has left is not `gone` for the work that may outlive it."""

    def __init__(self, exchange: Exchange, reply: Reply, answers: Answers, claim: Claim) -> None:
        super().__init__(reply)
        self._exchange = exchange
        self._answers = answers
        self._claim: Claim | None = claim
        self._headers: list[tuple[str, str]] = []
        self._parts: list[bytes] | None = None
        self._size = 0

    @property
    def gone(self) -> bool:
        return False

    async def start(self, status: int, headers: list[tuple[str, str]]) -> None:
        if status == 200:
            self._headers = headers
            self._parts = []
        await super().start(status, headers)

    async def write(self, data: bytes) -> None:
        self._take(data)
        await super().write(data)

    async def finish(self, data: bytes = b"") -> None:
        """An answer is kept before its last byte goes out: no death of this process makes a repeat of it cost anything."""
        self._take(data)
        parts, claim = self._parts, self._claim
        if parts is not None and claim is not None:
            self._parts = self._claim = None
            saved = asyncio.ensure_future(self._answers.save(claim, self._head(), b"".join(parts)))
            await asyncio.wait([saved], timeout=SAVE_SECONDS)
        await super().finish(data)

    def abort(self) -> None:
        self._parts = None
        super().abort()

    def close(self) -> None:
        """Of an answer that did not come to its end nothing is kept; the repeat is served as a new request."""
        claim, self._claim, self._parts = self._claim, None, None
        if claim is not None:
            self._answers.release(claim)

    def _take(self, data: bytes) -> None:
        if self._parts is None or not data:
            return
        self._size += len(data)
        if self._size > LARGEST_BYTES:
            self._parts = None
        else:
            self._parts.append(data)

    def _head(self) -> bytes:
        exchange = self._exchange
        headers = [pair for pair in self._headers if pair[0] not in _OWN and not pair[0].startswith(_LIMITS)]
        return dump(
            {
                "headers": headers,
                "model": exchange.requested_model,
                "streamed": exchange.streamed,
                "request_id": exchange.request_id,
            }
        )
