"""Google Vertex AI: Gemini models by generateContent, Claude models by rawPredict, others by its OpenAI-compatible endpoint
(cloud.google.com/vertex-ai/generative-ai/docs/partner-models/claude/use-claude and .../docs/migrate/openai/overview;
platform.claude.com/docs/en/build-with-claude/claude-on-vertex-ai).

Claude: no `model` in the body but ``anthropic_version: vertex-2023-10-16``; counting posts to the model "count-tokens".

The account's secret is a service account's JSON, an access token (``ya29....``) or an express-mode API key; none means
Google's application default credentials. Options: ``project`` (else the service account's), ``location`` (default global;
a region, us or eu).
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any, ClassVar

from gateway.chat.errors import BadRequest, NotFound, UpstreamRejected, UpstreamUnavailable
from gateway.wire.envelope import REMOVE

from . import addresses, google_tokens, headers
from .account import Account, Secret
from .hosted import Hosted
from .vendor import Call, Purpose, TokenFetcher

_VERSION = "vertex-2023-10-16"
_LOCATION = re.compile(r"global|us|eu|[a-z]+-[a-z]+\d{1,2}")
_EARLY = 300.0


class Vertex(Hosted):
    name: ClassVar[str] = "vertex"
    aliases = ("vertex-ai", "vertex_ai", "google-vertex")
    label: ClassVar[str] = "Vertex AI"
    dialects = ("gemini",)
    roots = {"gemini": ("",), "anthropic": ("",), "openai_chat": ("",)}
    needs_secret = False
    purposes = frozenset({"chat", "count_tokens"})

    def __init__(self) -> None:
        self._tokens: dict[tuple[int, int], tuple[str, float]] = {}
        self._locks: dict[tuple[int, int], asyncio.Lock] = {}

    def base_url(self, account: Account) -> str:
        given = super().base_url(account).partition("/projects/")[0]
        return given or f"{endpoint(location(account))}/v1"

    def dialects_of(self, account: Account, model: str) -> tuple[str, ...]:
        if account.options.get("dialects"):
            return super().dialects_of(account, model)
        kind = self.family(account, model).name
        if kind == "claude":
            return ("anthropic",)
        return ("gemini",) if kind in ("gemini", "gemma", "unknown") else ("openai_chat",)

    def offers(self, account: Account, model: str, purpose: Purpose) -> bool:
        if purpose == "count_tokens":
            return self.family(account, model).name == "claude"
        return super().offers(account, model, purpose)

    def url(self, account: Account, model: str, dialect: str, purpose: Purpose, *, stream: bool) -> str:
        if not self.offers(account, model, purpose):
            raise NotFound(f"{self.label} has no endpoint for {purpose}.", code="not_supported_by_provider")
        base = self.base_url(account)
        place = f"projects/{addresses.segment(project(account))}/locations/{location(account)}"
        name = addresses.segment(self.model_id(account, model).rpartition("/")[2])
        if purpose == "count_tokens":
            return f"{base}/{place}/publishers/anthropic/models/count-tokens:rawPredict"
        if dialect == "anthropic":
            return f"{base}/{place}/publishers/anthropic/models/{name}:{'streamRawPredict' if stream else 'rawPredict'}"
        if dialect == "gemini":
            verb = "streamGenerateContent?alt=sse" if stream else "generateContent"
            return f"{base}/{place}/publishers/google/models/{name}:{verb}"
        if dialect == "openai_chat":
            return f"{base}/{place}/endpoints/openapi/chat/completions"
        raise NotFound(f"{self.label} does not speak {dialect}.", code="not_supported_by_provider")

    def headers(
        self, account: Account, secret: Secret | None, dialect: str, client: Mapping[str, str]
    ) -> dict[str, str]:
        made = {"content-type": "application/json", "user-agent": headers.USER_AGENT}
        if dialect == "anthropic" and self.betas(account):
            made.update(headers.forwarded(client, ("anthropic-beta",)))
        made.update(headers.static(account))
        value = secret.value.strip() if secret is not None else ""
        if value.startswith("ya29."):
            made["authorization"] = f"Bearer {value}"
        elif value and not value.startswith("{"):
            made["x-goog-api-key"] = value
        return made

    def adapt(
        self, account: Account, model: str, dialect: str, body: dict[str, Any], purpose: Purpose = "chat"
    ) -> dict[str, Any] | None:
        if dialect == "gemini":
            return {"model": REMOVE, "stream": REMOVE}
        if dialect != "anthropic":
            return None
        changes = super().adapt(account, model, dialect, body, purpose) or {}
        changes["anthropic_version"] = _VERSION
        if purpose == "chat":
            changes["model"] = REMOVE
        return changes

    async def authorize(self, call: Call, account: Account, secret: Secret | None, fetch: TokenFetcher) -> Call:
        if "authorization" in call.headers or "x-goog-api-key" in call.headers:
            return call
        token = await self._token(account, secret, fetch)
        return replace(call, headers={**call.headers, "authorization": f"Bearer {token}"})

    async def _token(self, account: Account, secret: Secret | None, fetch: TokenFetcher) -> str:
        """An access token with at least five minutes to live; fetched once for all who wait for it."""
        key = (account.id, secret.id if secret is not None else 0)
        known = self._tokens.get(key)
        if known is not None and known[1] - _EARLY > time.time():
            return known[0]
        async with self._locks.setdefault(key, asyncio.Lock()):
            known = self._tokens.get(key)
            if known is None or known[1] - _EARLY <= time.time():
                try:
                    known = await google_tokens.access_token(secret.value if secret is not None else "", fetch)
                except google_tokens.Refused as error:
                    raise _refused(account, error) from error
                self._tokens[key] = known
        return known[0]

    def check(self, account: Account) -> list[str]:
        problems = super().check(account)
        if not _project(account):
            problems.append(f"{account.name}: set options.project, or use a service account's JSON as the key.")
        given = account.options.get("location")
        if given is not None and not _LOCATION.fullmatch(str(given)):
            problems.append(
                f"{account.name}: options.location must be global, us, eu or a region such as europe-west1."
            )
        return problems


def location(account: Account) -> str:
    given = account.options.get("location") or account.options.get("region")
    return given if isinstance(given, str) and _LOCATION.fullmatch(given) else "global"


def endpoint(place: str) -> str:
    """The host that serves a location."""
    if place == "global":
        return "https://aiplatform.googleapis.com"
    if place in ("us", "eu"):
        return f"https://aiplatform.{place}.rep.googleapis.com"
    return f"https://{place}-aiplatform.googleapis.com"


def project(account: Account) -> str:
    found = _project(account)
    if not found:
        raise BadRequest(
            f"The provider {account.name} names no project (options.project).", code="provider_misconfigured"
        )
    return found


def _project(account: Account) -> str:
    given = account.options.get("project")
    if isinstance(given, str) and given:
        return given
    for secret in account.secrets:
        if found := _project_in(secret.value):
            return found
    return ""


@lru_cache(maxsize=256)
def _project_in(value: str) -> str:
    try:
        found = json.loads(value).get("project_id") if value.lstrip().startswith("{") else ""
    except (ValueError, AttributeError):
        return ""
    return found if isinstance(found, str) else ""


def _refused(account: Account, error: google_tokens.Refused) -> UpstreamRejected | UpstreamUnavailable:
    if error.passing:
        return UpstreamUnavailable(f"Google gave no access token for the provider {account.name}.")
    made = UpstreamRejected(
        f"Google refused the credentials of the provider {account.name}.", code="provider_misconfigured", status=502
    )
    made.account_fault = True
    return made


VENDOR = Vertex()
