"""What clients ask besides chat: status, reachability, telemetry sinks; and wrong paths, answered with the right one."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import ClassVar

from gateway.chat.errors import NotFound

from .http import ConnectionReply, DataPlaneConsumer

VERSION = "0.1.0"


class StatusConsumer(DataPlaneConsumer):
    """`GET /` and `HEAD /`, `/api/hello`: no key needed."""

    methods: ClassVar[frozenset[str]] = frozenset({"GET", "HEAD"})

    scope_needed: ClassVar[str | None] = None

    async def serve(self, body: bytes, reply: ConnectionReply) -> None:
        await self.send_json(reply, 200, {"service": "Lynkr", "version": VERSION, "status": "running"})


class SinkConsumer(DataPlaneConsumer):
    """Claude Code's telemetry: taken and dropped unread."""

    scope_needed: ClassVar[str | None] = None

    async def serve(self, body: bytes, reply: ConnectionReply) -> None:
        await self.send_json(reply, 200, {})


class WrongPathConsumer(DataPlaneConsumer):
    """A path that looks like the data plane's but is none of it."""

    methods: ClassVar[frozenset[str]] = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

    @property
    def surface(self) -> str:  # type: ignore[override]
        anthropic = "anthropic-version" in self.headers or "message" in self.scope["path"]
        return "anthropic" if anthropic else "openai_chat"

    scope_needed: ClassVar[str | None] = None

    async def serve(self, body: bytes, reply: ConnectionReply) -> None:
        raise NotFound(advice(self.scope["path"]), code="unknown_path")


PATHS = (
    "/v1/messages",
    "/v1/messages/count_tokens",
    "/v1/chat/completions",
    "/v1/responses",
    "/v1/embeddings",
    "/v1/models",
)


_KEY = re.compile(r"(?:lyk_|sk-)[^/]*")  # a key pasted into an address is not said again (LEK-4, LEK-8)


def advice(path: str) -> str:
    """What to do about a wrong `path`."""
    shown = _KEY.sub("[redacted]", path)[:120]
    tail = "/" + "/".join(part for part in path.split("/") if part and part not in ("v1", "api", "openai", "anthropic"))
    right = next((known for known in PATHS if known == "/v1" + tail), None)
    if right is None and tail != "/":
        right = next((known for known in PATHS if known.startswith("/v1" + tail + "/")), None)
    if right is None:
        close = get_close_matches("/v1" + tail, PATHS, n=1, cutoff=0.6)
        right = close[0] if close else None
    if right is None:
        return f"There is nothing at {shown}. Lynkr serves {', '.join(PATHS)}."
    hint = "without /v1" if right.startswith("/v1/messages") else "ending in /v1"
    address = f"this server's address {hint}"
    return f"There is nothing at {shown}; the right path is {right}. Set the client's base URL to {address}."
