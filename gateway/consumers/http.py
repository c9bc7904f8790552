"""The Channels consumer under all data-plane endpoints.

A stock AsyncHttpConsumer does not notice a hang-up while it streams, so this one overrides `__call__`: the body is read up
to a cap, then a watcher waits for the disconnect beside the work and cancels it (measurements: 30 of 30 upstream streams
stayed open otherwise).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar

from channels.consumer import AsyncConsumer

from accounts.caller import Caller
from accounts.keys import digest, well_formed
from gateway import boot, repeats
from gateway.chat.errors import BadRequest, Forbidden, GatewayError, Overloaded, TooLarge, Unauthenticated
from gateway.exchange import Exchange, new_id
from gateway.ports import Reply, Team, World
from gateway.shedding import Place
from gateway.wire import registry
from gateway.wire.fields import dump

Scope = dict[str, Any]
Run = Callable[[Exchange, Reply, World], Awaitable[None]]
HEADER_LIMIT = 64 * 1024
# A body must come in pieces no further apart than STALL_SECONDS, at SLOWEST bytes/s on average after the first BODY_SECONDS,
# and be there after LONGEST_BODY_SECONDS.
STALL_SECONDS = 15.0
BODY_SECONDS = 30.0
SLOWEST = 16 * 1024
LONGEST_BODY_SECONDS = 300.0
MOST_ABANDONED = 64  # answers a process waits for although nobody will read them, one key's alone half of them (CUT-6)


class ConnectionReply:
    """gateway.ports.Reply over an ASGI `send`."""

    __slots__ = ("_ended", "_loop", "_send", "aborted", "gone", "last_write", "outlive", "started", "writing")

    def __init__(self, send: Any, ended: Callable[[], None] = lambda: None) -> None:
        """`ended` is called when the answer is complete, whatever work is left then."""
        self._send = send
        self._ended = ended
        self._loop = asyncio.get_running_loop()
        self.started = False
        self.aborted = False
        self.gone = False
        self.outlive = 0.0
        self.writing = False
        self.last_write = self._loop.time()

    async def start(self, status: int, headers: list[tuple[str, str]]) -> None:
        self.started = True
        if self.gone:
            return
        await self._send(
            {
                "type": "http.response.start",
                "status": status,
                "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers],
            }
        )

    async def write(self, data: bytes) -> None:
        if self.gone:  # its work goes on for others (gateway.sharing)
            return
        self.writing = True
        try:
            await self._send({"type": "http.response.body", "body": data, "more_body": True})
        finally:
            self.writing = False
            self.last_write = self._loop.time()

    async def finish(self, data: bytes = b"") -> None:
        if not self.gone:
            await self._send({"type": "http.response.body", "body": data, "more_body": False})
        self._ended()

    def abort(self) -> None:
        self.aborted = True


class Aborted(Exception):
    """Raised out of a consumer so that the server drops the connection without ending the body."""


class DataPlaneConsumer(AsyncConsumer):  # type: ignore[misc]
    """`surface`: the dialect errors are written in; `scope_needed`: what the key must allow, None: no key is asked for, and
    then the body is not waited for either: who has no key must not keep a place or memory by sending slowly.
    Subclasses implement `serve`. The key is checked before the body is read."""

    surface: ClassVar[str] = "openai_chat"
    methods: ClassVar[frozenset[str]] = frozenset({"POST"})
    scope_needed: ClassVar[str | None] = "chat"
    caller: Caller
    team: Team
    place: Place
    exchange: Exchange | None = None

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        self.scope = scope
        self.headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        reply = ConnectionReply(send)
        watcher: asyncio.Task[None] | None = None
        place: Place | None = None
        work = asyncio.current_task()
        assert work is not None
        hung_up = False

        async def watch() -> None:
            nonlocal hung_up
            while (await receive())["type"] != "http.disconnect":
                pass
            hung_up = reply.gone = True
            if reply.outlive and self.exchange is not None:
                # Its call goes on, but its caller may come again at once: the place among requests at once is theirs.
                self.exchange.permit.leave()
            await _grace(reply.outlive, self.caller.key_id)
            work.cancel()

        try:
            self.place = place = boot.gate().enter()
            reply = ConnectionReply(send, place.leave)
            self.check_method()
            if self.scope_needed is not None:
                self.caller, self.team = self.authenticate(self.scope_needed)
                place.belongs_to(self.caller.key_id)
            body = await self._read(receive) if self.scope_needed is not None else b""
            if body is None:
                return
            watcher = asyncio.get_running_loop().create_task(watch())
            serving = self.serve(body, reply)
            del body  # else this frame keeps it for as long as the answer streams (DJG-3)
            await serving
        except GatewayError as error:
            await self.refuse(reply, error)
        except asyncio.CancelledError:
            if not hung_up:
                raise
            work.uncancel()
        finally:
            if watcher is not None:
                watcher.cancel()
            if place is not None:
                place.leave()
        if reply.aborted:
            raise Aborted

    def check_method(self) -> None:
        method = self.scope["method"]
        if method not in self.methods:
            raise BadRequest(
                f"{self.scope['path']} takes {' or '.join(sorted(self.methods))}, not {method}.",
                code="method_not_allowed",
                status=405,
            )

    async def _read(self, receive: Any) -> bytes | None:
        """The request's body; None if the caller left before it was complete. Raises BadRequest (408) for one that sends
        so slowly that it only keeps a place that others need."""
        limit = boot.body_limit()
        length = self.headers.get("content-length", "")
        if length.isdigit() and int(length) > limit:
            raise _too_large(limit)
        parts: list[bytes] = []
        size = 0
        began = asyncio.get_running_loop().time()
        while True:
            message = await in_time(receive, began + patience(size))
            if message["type"] == "http.disconnect":
                return None
            part = message.get("body", b"")
            size += len(part)
            if size > limit:
                raise _too_large(limit)
            self.place.hold(len(part))
            parts.append(part)
            if not message.get("more_body", False):
                return parts[0] if len(parts) == 1 else b"".join(parts)

    def authenticate(self, scope_needed: str) -> tuple[Caller, Team]:
        """Who holds the presented key. Raises Unauthenticated with nothing of the key in it (LEK-3, LEK-4), Overloaded while
        no key is known yet: clients give up a key that is called invalid."""
        if not boot.process().snapshots.ready:
            raise Overloaded("Lynkr has not read its configuration yet; try again shortly.", retry_after=2.0)
        snapshot = boot.world().snapshots.current
        presented = presented_key(self.headers)
        if not presented:
            raise Unauthenticated(
                "No API key. Send it as 'Authorization: Bearer lyk_...' or 'x-api-key: lyk_...'.",
                code="missing_api_key",
            )
        caller = snapshot.callers.get(digest(presented, boot.pepper())) if well_formed(presented) else None
        if caller is None:
            raise Unauthenticated("This API key is not valid. Ask your team lead or admin for one.")
        if caller.expires_at is not None and caller.expires_at <= boot.now():
            raise Unauthenticated("This API key has expired.", code="expired_api_key")
        team = snapshot.teams.get(caller.team_id)
        if team is None:
            raise Unauthenticated("This API key is not valid. Ask your team lead or admin for one.")
        if not caller.may(scope_needed):
            raise Forbidden(f"This API key lacks the scope '{scope_needed}'.", code="missing_scope")
        return caller, team

    async def run_once(self, exchange: Exchange, reply: ConnectionReply, run: Run) -> None:
        """`run`s the exchange, once for all requests with its `Idempotency-Key` if it has one (CUT-18)."""
        self.exchange = exchange
        if repeats.HEADER not in self.headers:
            await run(exchange, reply, boot.world())
            return
        client = registry.dialect(self.surface)
        await repeats.serve(exchange, client, reply, boot.world(), boot.process().answers, boot.pepper(), run)

    async def serve(self, body: bytes, reply: ConnectionReply) -> None:
        raise NotImplementedError

    async def refuse(self, reply: ConnectionReply, error: GatewayError) -> None:
        """Answers with `error` in this endpoint's dialect (before a pipeline has taken over)."""
        request_id = "req_" + new_id().hex
        status, headers, body = registry.dialect(self.surface).encode_error(error, request_id)
        ids = [(name, request_id) for name in ("x-lynkr-request-id", "request-id", "x-request-id")]
        await self.send_json(reply, status, body, list(dict([*ids, *headers]).items()))

    async def send_json(
        self, reply: ConnectionReply, status: int, body: Any, headers: list[tuple[str, str]] | None = None
    ) -> None:
        text = dump(body)
        fields = [("content-type", "application/json"), ("content-length", str(len(text))), *(headers or [])]
        await reply.start(status, fields)
        await reply.finish(text if self.scope["method"] != "HEAD" else b"")


_abandoned: dict[str, int] = {}  # by key


async def _grace(seconds: float, key: str) -> None:
    """How long a call may go on that nobody waits for: a provider bills an answer that is not streamed whole, whether it is
    read or not, and only the answer tells how much (CUT-5). Bounded in time and number (CUT-6): a key may leave as many as
    are free beside them, so that who leaves all of theirs takes nobody else's."""
    mine = _abandoned.get(key, 0)
    if seconds <= 0 or mine >= MOST_ABANDONED - sum(_abandoned.values()):
        return
    _abandoned[key] = mine + 1
    try:
        await asyncio.sleep(seconds)
    finally:
        _abandoned[key] -= 1
        if not _abandoned[key]:
            del _abandoned[key]


def presented_key(headers: dict[str, str]) -> str:
    """The key under any of the names clients use; the first that looks like one of ours wins, since SDKs may send a
    placeholder beside it."""
    authorization = headers.get("authorization", "")
    bearer = authorization[7:].strip() if authorization[:7].lower() == "bearer " else ""
    found = [value for value in (headers.get("x-api-key", ""), bearer, headers.get("api-key", "")) if value]
    for value in found:
        if value.startswith("lyk_"):
            return value
    return found[0] if found else ""


def patience(size: int) -> float:
    """Seconds after its beginning that a body may go on of which `size` bytes are here."""
    return min(LONGEST_BODY_SECONDS, BODY_SECONDS + size / SLOWEST)


async def in_time(receive: Any, until: float) -> Scope:
    """The next message of a body, which must come within STALL_SECONDS and before `until` (loop time)."""
    try:
        async with asyncio.timeout_at(min(until, asyncio.get_running_loop().time() + STALL_SECONDS)):
            message: Scope = await receive()
            return message
    except TimeoutError:
        raise BadRequest("The request body did not arrive in time.", code="request_timeout", status=408) from None


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"The request body is larger than {limit // (1024 * 1024)} MB, the most this gateway takes.")
