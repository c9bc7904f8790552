"""`POST /v1/embeddings`, OpenAI's shape."""

from __future__ import annotations

from typing import ClassVar

from gateway import embedding
from gateway.exchange import Exchange
from gateway.sessions import session_of

from .http import ConnectionReply, DataPlaneConsumer


class EmbeddingsConsumer(DataPlaneConsumer):
    scope_needed: ClassVar[str | None] = "embeddings"

    async def serve(self, body: bytes, reply: ConnectionReply) -> None:
        exchange = Exchange("embeddings", self.caller, self.team, self.headers, raw=body)
        exchange.session_id = session_of(self.headers)
        await self.run_once(exchange, reply, embedding.run)
