"""`GET /v1/models` in the dialect the caller speaks, filtered to what its key may use (CCD-7)."""

from __future__ import annotations

from typing import Any, ClassVar

from accounts.caller import Caller
from gateway.chat.errors import NotFound
from gateway.deciding import may_use
from gateway.ports import CatalogueEntry, Team
from routing.tiers import Tier

from .http import ConnectionReply, DataPlaneConsumer

CREATED = 1_767_225_600
CREATED_AT = "2026-01-01T00:00:00Z"


class ModelsConsumer(DataPlaneConsumer):
    methods: ClassVar[frozenset[str]] = frozenset({"GET", "HEAD"})
    scope_needed: ClassVar[str | None] = "models"

    @property
    def surface(self) -> str:  # type: ignore[override]
        """An Anthropic client always names its API version."""
        return "anthropic" if "anthropic-version" in self.headers else "openai_chat"

    async def serve(self, body: bytes, reply: ConnectionReply) -> None:
        entries = listed(self.caller, self.team)
        wanted = self.scope["path"].partition("/models/")[2]
        shape = _anthropic if self.surface == "anthropic" else _openai
        if wanted:
            entry = next((entry for entry in entries if entry.name == wanted), None)
            if entry is None:
                raise NotFound(
                    f"The model '{wanted[:120]}' does not exist or this key may not use it.", code="model_not_found"
                )
            await self.send_json(reply, 200, shape(entry))
            return
        data = [shape(entry) for entry in entries]
        if self.surface == "anthropic":
            answer: dict[str, Any] = {
                "data": data,
                "has_more": False,
                "first_id": data[0]["id"] if data else None,
                "last_id": data[-1]["id"] if data else None,
            }
        else:
            answer = {"object": "list", "data": data}
        await self.send_json(reply, 200, answer)


def listed(caller: Caller, team: Team) -> list[CatalogueEntry]:
    """`auto` and the tiers first, with the limits of their smallest model; then the catalogue by name."""
    entries = []
    for name, tiers in (("auto", tuple(Tier)), *((tier.name.lower(), (tier,)) for tier in Tier)):
        targets = [
            target for tier in tiers for target in team.tier_map.targets.get(tier, ()) if may_use(caller, target, tier)
        ]
        known = [team.models[str(target)] for target in targets if str(target) in team.models]
        if known:
            entries.append(
                CatalogueEntry(
                    name,
                    known[0].target,
                    min((k.context_window for k in known if k.context_window), default=None),
                    min((k.max_output_tokens for k in known if k.max_output_tokens), default=None),
                )
            )
    for name in sorted(team.models):
        if may_use(caller, team.models[name].target, alias=name):
            entry = team.models[name]
            entries.append(
                CatalogueEntry(name, entry.target, entry.context_window, entry.max_output_tokens, entry.vision)
            )
    return entries


def _anthropic(entry: CatalogueEntry) -> dict[str, Any]:
    return {
        "type": "model",
        "id": entry.name,
        "display_name": entry.name,
        "created_at": CREATED_AT,
        "max_input_tokens": entry.context_window,
        "max_tokens": entry.max_output_tokens,
        "context_window": entry.context_window,
        "max_output_tokens": entry.max_output_tokens,
    }


def _openai(entry: CatalogueEntry) -> dict[str, Any]:
    return {
        "id": entry.name,
        "object": "model",
        "created": CREATED,
        "owned_by": entry.target.account,
        "context_window": entry.context_window,
        "context_length": entry.context_window,
        "max_output_tokens": entry.max_output_tokens,
    }
