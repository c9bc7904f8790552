"""`POST /v1/messages/count_tokens`: counted here for every tier, tools and images included (CCD-1..5)."""

from __future__ import annotations

from typing import ClassVar

from gateway import boot
from gateway.counting import count
from gateway.wire import registry
from gateway.wire.fields import load_object

from .http import ConnectionReply, DataPlaneConsumer


class CountTokensConsumer(DataPlaneConsumer):
    surface: ClassVar[str] = "anthropic"

    async def serve(self, body: bytes, reply: ConnectionReply) -> None:
        fields = load_object(body)
        fields.setdefault("max_tokens", 1)
        request = registry.dialect("anthropic").decode_request(fields)
        await self.send_json(reply, 200, {"input_tokens": await count(request, boot.world().tokens)})
