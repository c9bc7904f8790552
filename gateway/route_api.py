"""Calls about routing, by django-ninja, under /v1/route/ (documentation at /v1/route/docs)."""

from __future__ import annotations

from typing import Any

from asgiref.sync import async_to_sync
from django.db import Error as DatabaseError
from django.http import HttpRequest
from ninja import NinjaAPI
from ninja.errors import AuthenticationError

from accounts import keys
from accounts.caller import Caller
from gateway import boot, explaining, sampling, staying
from gateway.chat.errors import BadRequest, Forbidden, GatewayError, Unauthenticated
from gateway.consumers.http import presented_key
from gateway.exchange import Exchange
from gateway.explaining import ASSUMED, Expected
from gateway.sessions import fingerprint, session_of
from gateway.wire.fields import load_object

api = NinjaAPI(title="Lynkr routing", version="1", urls_namespace="lynkr-route", docs_url="/docs")


def key_of(request: HttpRequest) -> Caller:
    """A live key with the scope "chat" or "admin"."""
    text = presented_key(_headers(request))
    caller = boot.snapshot().callers.get(keys.digest(text, boot.pepper())) if keys.well_formed(text) else None
    if caller is None or (caller.expires_at is not None and caller.expires_at <= boot.now()):
        raise Unauthenticated("Send an API key of this gateway, as x-api-key or Authorization: Bearer.")
    if not (caller.may("chat") or caller.may("admin")):
        raise Forbidden("This API key lacks the scope 'chat'.", code="missing_scope")
    return caller


def _headers(request: HttpRequest) -> dict[str, str]:
    return {name.lower(): value for name, value in request.headers.items()}


@api.post(
    "/explain",
    auth=key_of,
    openapi_extra={"requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}}},
)
def explain(request: HttpRequest) -> dict[str, Any]:
    """Send what you would send to /v1/messages, /v1/chat/completions or /v1/responses (`dialect`: anthropic, openai_chat or
    openai_responses, where it cannot be told). Tells features, score, rules hit, tier, targets, and the cost at each tier in
    USD (null: unknown). No provider is called and nothing is kept."""
    caller: Caller = request.auth  # type: ignore[attr-defined]
    snapshot = boot.snapshot()
    team = snapshot.teams.get(caller.team_id)
    if team is None:
        raise Unauthenticated("This API key is not valid. Ask your team lead or admin for one.")
    dialect, asked = explaining.request_of(load_object(request.body), _headers(request))
    world = boot.world()
    cap = world.budgets.cap(snapshot.budgets.of(caller.team_id, caller.user_id, caller.key_id))
    exchange = Exchange(dialect, caller, team, _headers(request), raw=request.body, request=asked)
    exchange.session_id = session_of(exchange.headers) or fingerprint(asked)
    exchange.input_estimate = max(1, len(request.body) // 4)
    async_to_sync(staying.find)(exchange, asked, world)
    kept = exchange.session.kept if exchange.session is not None else None
    found = explaining.explain(
        asked,
        caller,
        team,
        snapshot,
        cap=cap,
        expected=_expected(team.id),
        resting=frozenset(world.breakers.open_targets()),
        scale=world.scales.of,
        staying=staying.staying(exchange, world, cap),
        pin=kept.pin if kept is not None and kept.pin.fresh(boot.now()) else None,
        headers=exchange.headers,
    )
    return {"dialect": dialect, "model": asked.model[:200], **found}


def _expected(team_id: int) -> Expected:
    """The roll-ups make it better; without a database it works all the same."""
    try:
        return sampling.expected_output(team_id)
    except DatabaseError:
        return ASSUMED


@api.exception_handler(GatewayError)
def refused(request: HttpRequest, problem: GatewayError) -> Any:
    error: dict[str, Any] = {"code": problem.error_code, "message": problem.message}
    if isinstance(problem, BadRequest) or problem.param:
        error["field"] = problem.param
    return api.create_response(request, {"error": error}, status=problem.http_status)


@api.exception_handler(AuthenticationError)
def stranger(request: HttpRequest, problem: AuthenticationError) -> Any:
    return refused(request, Unauthenticated("Send an API key of this gateway."))
