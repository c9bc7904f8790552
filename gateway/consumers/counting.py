"""`POST /v1/messages/count_tokens`: counted here for every tier, tools and images included (CCD-1..5)."""

from __future__ import annotations

from typing import ClassVar

from gateway import boot
from gateway.counting import count
from gateway.deciding import decide
from gateway.decoding import decode_to_count
from gateway.exchange import Exchange
from gateway.passing import as_sent
from gateway.sessions import fingerprint, session_of
from gateway.wire import registry

from .http import ConnectionReply, DataPlaneConsumer


class CountTokensConsumer(DataPlaneConsumer):
    surface: ClassVar[str] = "anthropic"

    async def serve(self, body: bytes, reply: ConnectionReply) -> None:
        request = await decode_to_count(registry.dialect("anthropic"), body)
        world = boot.world()
        accounts = world.snapshots.current.accounts
        decision = decide(request, self.caller, self.team, accounts, world.profile, max(1, len(body) // 4))
        exchange = Exchange(self.surface, self.caller, self.team, self.headers)
        exchange.session_id = session_of(self.headers) or fingerprint(request)
        request = await as_sent(exchange, request, world)
        scale = world.scales.of(decision.steps[0].target)
        await self.send_json(reply, 200, {"input_tokens": round(scale * await count(request, world.tokens))})
