"""The ASGI application: the data plane's paths go to `gateway.urls`, everything else to Django.

Lifespan: `gateway.boot.start()` before the first request, `gateway.boot.stop()` after the last one, in the event loop
that serves. A server that knows no lifespan (daphne) calls `start` and `stop` below itself (`lynkr_site.serve`).
"""

from __future__ import annotations

import traceback
from collections.abc import Awaitable, Callable, MutableMapping
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application

from lynkr_site.env import use_settings
from lynkr_site.logs import redact

use_settings()

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

django_app: App = get_asgi_application()


async def refuse(scope: Scope, receive: Receive, send: Send) -> None:
    """A WebSocket nobody serves: 426 where the server can say so, which makes Codex fall back to HTTP at once."""
    await receive()
    if "websocket.http.response" in scope.get("extensions", {}):
        headers = [(b"content-type", b"text/plain"), (b"upgrade", b"HTTP/1.1"), (b"connection", b"close")]
        await send({"type": "websocket.http.response.start", "status": 426, "headers": headers})
        await send({"type": "websocket.http.response.body", "body": b"WebSocket is not served here: use HTTP.\n"})
    else:
        await send({"type": "websocket.close", "code": 1008})


def routes() -> dict[str, App]:
    """The application of each protocol."""
    if not find_spec("gateway.urls"):
        return {"http": django_app, "websocket": refuse}
    paths: App = import_module("gateway.urls").Paths(django_app)
    return {"http": paths, "websocket": refuse}


async def start() -> None:
    """Everything the data plane needs before the first request."""
    if find_spec("gateway.boot"):
        await import_module("gateway.boot").start()


async def stop() -> None:
    """After the last request: settle, flush, close."""
    if find_spec("gateway.boot"):
        await import_module("gateway.boot").stop()


class Lifespan:
    """Answers the lifespan protocol and hands everything else on."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await self.app(scope, receive, send)
            return
        for step, work in (("startup", start), ("shutdown", stop)):
            await receive()
            try:
                await work()
            except Exception:
                await send({"type": f"lifespan.{step}.failed", "message": redact(traceback.format_exc())})
                return
            await send({"type": f"lifespan.{step}.complete"})


application = Lifespan(ProtocolTypeRouter(routes()))
