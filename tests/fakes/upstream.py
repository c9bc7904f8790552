"""A scripted provider on 127.0.0.1 that speaks every dialect.

    with Upstream() as upstream:
        upstream.play(text("hi"), error(529, retry_after="1"))
        ...                                             # something calls upstream.url + "/v1/messages"
        assert upstream.last.json["model"] == "claude-opus-5-5"

Answers come from, in this order: replies queued with `play`, the function given to `when`, the agent brain. It runs in a
thread with its own event loop, so it serves sync and async tests alike; ``python -m tests.fakes.upstream --port 9000`` runs
it alone. Nothing of the product is imported: the wire forms are written by hand (NOTES.md).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from . import brain, delivery, side
from .dialects.base import Refused, Seen, Signatures, Turn, dumps
from .http import Connection, Head, HungUp
from .routes import DIALECTS, find
from .script import Received, Reply

Answer = Callable[[Received], Reply | None]


class Upstream:
    """`strict`: refuse what the vendor refuses. `bind_prefix`: thoughts are valid only after the prefix they were made with
    (THK-5). `received` holds every request in order; `url` has no trailing slash."""

    def __init__(self, port: int = 0, *, strict: bool = True, bind_prefix: bool = False) -> None:
        self.strict, self.bind_prefix = strict, bind_prefix
        self.received: list[Received] = []
        self.signatures = Signatures()
        self._queue: deque[Reply] = deque()
        self._side_queue: deque[Reply] = deque()
        self._answer: Answer | None = None
        self._side_answer: Answer | None = None
        self._connections: set[Connection] = set()
        self._loop = asyncio.new_event_loop()
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("127.0.0.1", port))
        self.port: int = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._run, name="scripted-upstream", daemon=True)
        self._server: asyncio.Server | None = None

    # ---- life

    def start(self) -> Self:
        ready = threading.Event()
        self._loop.call_soon(lambda: self._loop.create_task(self._listen(ready)))
        self._thread.start()
        if not ready.wait(10):
            raise RuntimeError("the scripted upstream did not start")
        return self

    def stop(self) -> None:
        if self._thread.is_alive():
            asyncio.run_coroutine_threadsafe(self._shut(), self._loop).result(10)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(10)
        self._loop.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    async def _listen(self, ready: threading.Event) -> None:
        self._server = await self._loop.create_server(
            lambda: Connection(self._serve, self._connections), sock=self._socket, backlog=1024
        )
        ready.set()

    async def _shut(self) -> None:
        if self._server is not None:
            self._server.close()
        for connection in list(self._connections):
            connection.drop(reset=False)
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    # ---- script

    def play(self, *replies: Reply) -> None:
        """The next chat answers, in order."""
        self._queue.extend(replies)

    def play_beside(self, *replies: Reply) -> None:
        """The next answers to calls that are no chat (models, embeddings, counting); a status < 400 means the usual one."""
        self._side_queue.extend(replies)

    def when(self, answer: Answer | None) -> None:
        """`answer` decides for each chat request once the queue is empty; None falls through to the agent brain. It runs on
        the upstream's own thread."""
        self._answer = answer

    def when_beside(self, answer: Answer | None) -> None:
        """The same for calls that are no chat. A reply with `raw` is sent as it is, with its status."""
        self._side_answer = answer

    def reset(self) -> None:
        """Forgets script, requests and signatures."""
        self._queue.clear()
        self._side_queue.clear()
        self._answer = self._side_answer = None
        self.received.clear()
        self.signatures = Signatures()

    # ---- assertions

    @property
    def chats(self) -> list[Received]:
        return [received for received in self.received if received.purpose == "chat"]

    @property
    def last(self) -> Received:
        if not self.chats:
            raise AssertionError("the scripted upstream got no chat request")
        return self.chats[-1]

    @property
    def open_connections(self) -> int:
        return len(self._connections)

    def wait_for(self, count: int, timeout: float = 5.0) -> list[Received]:
        """Until `count` chat requests have arrived."""
        until = time.monotonic() + timeout
        while len(self.chats) < count:
            if time.monotonic() > until:
                raise AssertionError(f"{len(self.chats)} of {count} requests after {timeout} s")
            time.sleep(0.005)
        return self.chats

    # ---- serving

    async def _serve(self, connection: Connection, head: Head, body: bytes) -> None:
        route = find(head)
        received = Received(head.method, head.path, head.query, head.headers, body, time.monotonic())
        received.dialect, received.purpose, received.model = route.dialect, route.purpose, route.model
        self.received.append(received)
        try:
            await self._respond(connection, received, route.streams)
            received.finished_at = time.monotonic()
        except HungUp:
            received.hung_up_at = time.monotonic()
            raise
        finally:
            received.over.set()

    async def _respond(self, connection: Connection, received: Received, streams: bool | None) -> None:
        dialect = DIALECTS[received.dialect]
        if received.headers.get("upgrade", "").lower() == "websocket":
            return await self._refuse(connection, received, Reply(status=426, message="No WebSocket here."))
        if received.method not in ("POST", "PUT"):
            if received.purpose == "chat":
                return await self._refuse(connection, received, Reply(status=405, message="Method not allowed."))
            return await self._beside(connection, received)
        try:
            parsed: Any = received.json or {}
        except ValueError:
            parsed = {} if received.purpose == "other" else None
        if not isinstance(parsed, dict):
            return await self._refuse(connection, received, Reply(status=400, message="The body is no JSON object."))
        received.model = received.model or str(parsed.get("model", ""))
        received.stream = streams if streams is not None else bool(parsed.get("stream", dialect.name == "ollama"))
        if received.purpose != "chat":
            return await self._beside(connection, received)
        turn = self._turn(received, parsed)
        try:
            if self.strict:
                dialect.check(turn)
            seen = dialect.seen(turn.body)
        except (Refused, KeyError, TypeError, AttributeError, ValueError, IndexError) as refused:
            received.refused = str(refused) if isinstance(refused, Refused) else f"malformed body: {refused!r}"
            return await self._refuse(connection, received, Reply(status=400, message=received.refused))
        return await self._say(connection, received, self._choose(received, seen), turn)

    def _turn(self, received: Received, body: dict[str, Any]) -> Turn:
        headers = received.headers
        if received.path.endswith(("rawPredict", "streamRawPredict")):
            body = dict(body)
            headers = {**headers, "anthropic-version": body.pop("anthropic_version", "")}
            body.setdefault("model", received.model)
        return Turn(received.model, body, headers, self.signatures, received.query, self.bind_prefix)

    def _choose(self, received: Received, seen: Seen) -> Reply:
        if self._queue:
            return self._queue.popleft()
        reply = self._answer(received) if self._answer is not None else None
        return reply if reply is not None else brain.answer(seen)

    async def _say(self, connection: Connection, received: Received, reply: Reply, turn: Turn) -> None:
        dialect = DIALECTS[received.dialect]
        if reply.fault.close_before_headers:
            await connection.sleep(reply.pace.before_headers)
            return connection.drop(reset=reply.fault.reset)
        if reply.status >= 400:
            return await self._refuse(connection, received, reply)
        extra = list(reply.headers)
        if reply.raw is not None:
            kind = reply.content_type or (dialect.stream_type if received.stream else "application/json")
            return await delivery.whole(connection, reply, reply.status, [("content-type", kind), *extra], reply.raw)
        if not received.stream:
            kind = reply.content_type or "application/json"
            return await delivery.whole(
                connection, reply, reply.status, [("content-type", kind), *extra], dumps(dialect.whole(reply, turn))
            )
        kind = reply.content_type or dialect.stream_type
        if dialect.name == "gemini" and "alt=sse" not in received.query:
            kind = "application/json"
        frames = dialect.frames(reply, turn)
        headers = [("content-type", kind), ("cache-control", "no-cache"), *extra]
        return await delivery.stream(connection, reply, headers, frames, dialect.stream_error, dialect.unknown_event)

    async def _refuse(self, connection: Connection, received: Received, reply: Reply) -> None:
        headers, body = DIALECTS[received.dialect].error(reply.status, reply.message, reply.error_type)
        raw = reply.raw if reply.raw is not None else dumps(body)
        kind = reply.content_type or "application/json"
        await delivery.whole(connection, reply, reply.status, [("content-type", kind), *headers, *reply.headers], raw)

    async def _beside(self, connection: Connection, received: Received) -> None:
        scripted = self._side_queue.popleft() if self._side_queue else None
        if scripted is None and self._side_answer is not None:
            scripted = self._side_answer(received)
        scripted = scripted or Reply()
        if scripted.raw is not None and scripted.status < 400:
            headers = [("content-type", "application/json"), *scripted.headers]
            await delivery.whole(connection, scripted, scripted.status, headers, scripted.raw)
            return
        if scripted.status >= 400:
            await self._refuse(connection, received, scripted)
            return
        try:
            found = side.answer(received)
        except ValueError:
            found = None
        if found is None:
            await self._refuse(connection, received, Reply(status=404, message=f"Nothing at {received.path}"))
            return
        body = b"" if received.method == "HEAD" else json.dumps(found).encode()
        await delivery.whole(connection, scripted, 200, [("content-type", "application/json")], body)


def refusing_address() -> tuple[str, socket.socket]:
    """An address where connections are refused, and the socket that keeps the port from anybody else: close it at the end."""
    held = socket.socket()
    held.bind(("127.0.0.1", 0))
    return f"http://127.0.0.1:{held.getsockname()[1]}", held


def main() -> None:
    options = argparse.ArgumentParser(description="A scripted provider for every dialect, with the agent brain.")
    options.add_argument("--port", type=int, default=9099)
    options.add_argument("--lenient", action="store_true", help="do not refuse what the vendors refuse")
    options.add_argument("--log", action="store_true", help="print a line for every request")
    chosen = options.parse_args()
    with Upstream(chosen.port, strict=not chosen.lenient) as upstream:
        print(f"listening on {upstream.url}", flush=True)
        told = 0
        while True:
            time.sleep(0.2)
            for received in upstream.received[told:] if chosen.log else []:
                print(received.method, received.path, received.model, received.refused or "", flush=True)
                told += 1


if __name__ == "__main__":
    main()
