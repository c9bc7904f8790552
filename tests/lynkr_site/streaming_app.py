"""A small ASGI application to try the web servers with: ``python -m tests.lynkr_site.streaming_app SERVER PORT DRAIN``.

Prints what it notices, one word a line: ``ready``, ``cancelled`` and ``settled`` for a stream that was cut, ``stopped``.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any
from urllib.parse import parse_qs

from lynkr_site.asgi import refuse
from lynkr_site.serve import listen

sent = 0


def note(word: str) -> None:
    print(word, flush=True)


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """``/?n=5&every=0.1&size=10`` streams; ``/?fail=1`` breaks after the first piece; ``/sent`` says how much went out."""
    global sent
    if scope["type"] == "lifespan":
        for step in ("startup", "shutdown"):
            await receive()
            if step == "shutdown":
                note("stopped")
            await send({"type": f"lifespan.{step}.complete"})
        return
    if scope["type"] == "websocket":
        await refuse(scope, receive, send)
        return
    body = b""
    while (message := await receive()).get("more_body"):
        body += message["body"]
    body += message.get("body", b"")
    asked = {key: float(values[0]) for key, values in parse_qs(scope["query_string"].decode()).items()}
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
    if scope["path"] == "/sent":
        await send({"type": "http.response.body", "body": str(sent).encode()})
        return
    piece = b"x" * int(asked.get("size", 10))
    try:
        for _ in range(int(asked.get("n", 1))):
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            sent += len(piece)
            await asyncio.sleep(asked.get("every", 0.0))
            if "fail" in asked:
                raise RuntimeError("broken on purpose")
    except asyncio.CancelledError:
        note("cancelled")
        raise
    finally:
        if asked.get("n", 1) > 1:
            await asyncio.sleep(0.05)
            note("settled")
    await send({"type": "http.response.body", "body": f"received {len(body)}".encode()})


async def nothing() -> None:
    """The start of a server without lifespan."""
    note("ready")


async def stopped() -> None:
    note("stopped")


def main(server: str, port: int, drain: float) -> None:
    listener = listen("127.0.0.1", port)
    if server == "daphne":
        from lynkr_site.serve_daphne import Drained, Request

        Request.body_limit = 1_000_000
        Drained(app, listener, drain, nothing, stopped).run()
    else:
        from lynkr_site.serve_uvicorn import Draining, config

        Draining.drain_seconds = drain
        note("ready")
        Draining(config(app=app)).run(sockets=[listener])


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))
