"""The candidate policy's judgement of a request that is about to be served (gateway.shadowing)."""

from __future__ import annotations

from gateway.chat.request import ChatRequest

from . import metrics
from .exchange import Exchange
from .ports import Snapshot
from .shadowing import shadowed, spot_of


def watch(exchange: Exchange, request: ChatRequest, snapshot: Snapshot) -> None:
    """Sets what the candidate would have decided. Never raises: serving does not depend on it."""
    team = exchange.team
    if team.shadow is None or exchange.decision is None:
        return
    try:
        spot = spot_of(exchange.session_id, exchange.id.hex)
        exchange.shadow = shadowed(
            team.shadow, request, exchange.decision, team.tier_map, snapshot.accounts, team.prices, spot
        )
    except Exception as error:
        metrics.defect(error)
