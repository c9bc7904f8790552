"""The three chat surfaces: Anthropic Messages, OpenAI Chat Completions, OpenAI Responses."""

from __future__ import annotations

from typing import ClassVar

from gateway import pipeline
from gateway.chat.errors import BadRequest
from gateway.exchange import Exchange
from gateway.sessions import session_of

from .http import ConnectionReply, DataPlaneConsumer


class ChatConsumer(DataPlaneConsumer):
    async def serve(self, body: bytes, reply: ConnectionReply) -> None:
        exchange = Exchange(self.surface, self.caller, self.team, self.headers, raw=body)
        del body  # the exchange lets go of it while the answer streams (DJG-3)
        exchange.session_id = session_of(self.headers)
        await self.run_once(exchange, reply, pipeline.run)


class MessagesConsumer(ChatConsumer):
    surface: ClassVar[str] = "anthropic"


class CompletionsConsumer(ChatConsumer):
    surface: ClassVar[str] = "openai_chat"


class ResponsesConsumer(ChatConsumer):
    """Codex first asks for a WebSocket: 426 at once makes it fall back to HTTP (clients.md section 3)."""

    surface: ClassVar[str] = "openai_responses"

    def check_method(self) -> None:
        if self.scope["method"] == "GET":
            raise BadRequest(
                "Responses are served over HTTP POST; WebSocket is not offered here.",
                code="upgrade_refused",
                status=426,
            )
        super().check_method()
