"""Which consumer serves which path of the data plane. A dictionary look-up, no pattern matching on the request path."""

from __future__ import annotations

from typing import Any

from gateway.consumers.catalogue import ModelsConsumer
from gateway.consumers.chat import CompletionsConsumer, MessagesConsumer, ResponsesConsumer
from gateway.consumers.counting import CountTokensConsumer
from gateway.consumers.embeddings import EmbeddingsConsumer
from gateway.consumers.http import DataPlaneConsumer
from gateway.consumers.status import SinkConsumer, StatusConsumer, WrongPathConsumer

DATA_PLANE: dict[str, type[DataPlaneConsumer]] = {
    "/": StatusConsumer,
    "/api/hello": StatusConsumer,
    "/api/event_logging/batch": SinkConsumer,
    "/api/event_logging/v2/batch": SinkConsumer,
    "/v1/messages": MessagesConsumer,
    "/v1/messages/count_tokens": CountTokensConsumer,
    "/v1/chat/completions": CompletionsConsumer,
    "/v1/responses": ResponsesConsumer,
    "/v1/embeddings": EmbeddingsConsumer,
    "/v1/models": ModelsConsumer,
}
CONTROL_PLANE = (
    "/admin",
    "/static",
    "/health",
    "/metrics",
    "/api",
    "/accounts",
    "/v1/admin",
    "/v1/route",
    "/portal",
    "/media",
)
_MISTAKEN = tuple(
    f"/api/{version}{word}"
    for version in ("", "v1/")
    for word in ("chat", "messages", "responses", "completions", "embeddings", "models")
)


CONTROL_PLANE_BODY = 8 * 1024 * 1024  # bytes: forms of the admin and files for it


class Paths:
    """The ASGI application: data-plane paths to their consumers, the rest to Django."""

    def __init__(self, django_app: Any) -> None:
        self._django = django_app

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        path: str = scope["path"]
        consumer = DATA_PLANE.get(path)
        if consumer is None:
            if path.startswith("/v1/models/"):
                consumer = ModelsConsumer
            elif len(path) > 1 and path.endswith("/") and path[:-1] in DATA_PLANE:
                consumer = DATA_PLANE[path[:-1]]
            elif path.startswith(CONTROL_PLANE) and not _mistaken(path):
                await self._django(scope, _capped(receive), send)
                return
            else:
                consumer = WrongPathConsumer
        await consumer()(scope, receive, send)


def _capped(receive: Any) -> Any:
    """`receive` for Django, which writes a body to disk whole before it asks who sends it: past the cap it hears that the
    caller has left."""
    taken = 0

    async def capped() -> dict[str, Any]:
        nonlocal taken
        message: dict[str, Any] = await receive()
        taken += len(message.get("body", b""))
        return message if taken <= CONTROL_PLANE_BODY else {"type": "http.disconnect"}

    return capped


def _mistaken(path: str) -> bool:
    """/api/... paths of other products' base URLs that are none of ours; the rest of /api/v1/ is the control plane's API."""
    return path.startswith(_MISTAKEN)
