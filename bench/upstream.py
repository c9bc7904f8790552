"""A fast fake upstream: pre-built bytes, one write for a burst, a timer for each paced event.

``python -m bench.upstream --port N``"""

from __future__ import annotations

import argparse
import asyncio
from typing import cast

from . import bodies
from .loop import run

PACE = 0.02
SLOW = 1.0
JSON_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
SSE_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
LAST = b"0\r\n\r\n"


def framed(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


class Answers:
    """Everything one dialect ever says."""

    def __init__(self, dialect: str) -> None:
        body = bodies.whole(dialect)
        self.whole = JSON_HEAD % len(body) + body
        told = [framed(event) for event in bodies.events(dialect, bodies.WORDS)]
        self.events = told
        self.burst = SSE_HEAD + b"".join(told) + LAST
        self.small = SSE_HEAD + b"".join(framed(event) for event in bodies.events(dialect, bodies.WORDS[:3])) + LAST


ANSWERS = {"openai_chat": Answers("openai_chat"), "anthropic": Answers("anthropic")}


class Connection(asyncio.Protocol):
    def __init__(self) -> None:
        self._buffer = b""
        self._gone = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's are not of asyncio's class
        self._loop = asyncio.get_running_loop()

    def connection_lost(self, exc: Exception | None) -> None:
        self._gone = True

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:end].lower()
            size = 0
            if (at := head.find(b"content-length:")) >= 0:
                size = int(head[at + 15 :].split(b"\r\n", 1)[0])
            if len(self._buffer) < end + 4 + size:
                return
            body = self._buffer[end + 4 : end + 4 + size]
            self._buffer = self._buffer[end + 4 + size :]
            self._answer(head, body)

    def _answer(self, head: bytes, body: bytes) -> None:
        answers = ANSWERS["anthropic" if b"/messages" in head.split(b"\r\n", 1)[0] else "openai_chat"]
        if b"bench-paced" in body:
            self._paced(answers.events, 0, PACE)
        elif b"bench-slow" in body:
            self._paced(answers.events, 0, SLOW)
        elif b'"stream":true' not in body and b'"stream": true' not in body:
            self._transport.write(answers.whole)
        else:
            self._transport.write(answers.burst if b"bench-burst" in body else answers.small)

    def _paced(self, events: list[bytes], index: int, pause: float) -> None:
        if self._gone:
            return
        last = index + 1 == len(events)
        self._transport.write((SSE_HEAD if index == 0 else b"") + events[index] + (LAST if last else b""))
        if not last:
            self._loop.call_later(pause, self._paced, events, index + 1, pause)


async def serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Connection, "127.0.0.1", port, backlog=2048)
    print("ready", flush=True)
    await server.serve_forever()


def main() -> None:
    options = argparse.ArgumentParser(description="A fast fake upstream.")
    options.add_argument("--port", type=int, default=9390)
    run(serve(options.parse_args().port))


if __name__ == "__main__":
    main()
