"""Access tokens for Google Cloud: a service account's signed assertion exchanged over our own transport (RFC 7523;
developers.google.com/identity/protocols/oauth2/service-account), everything else through google-auth in a thread."""

from __future__ import annotations

import asyncio
import json
import time
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from .vendor import Call, TokenFetcher

SCOPE = "https://www.googleapis.com/auth/cloud-platform"
_TOKEN_URI = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address, not a secret
_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_LIFETIME = 3600


class Refused(Exception):
    """No token. `passing`: the token server was busy or out of reach, later it may work."""

    def __init__(self, *, passing: bool) -> None:
        super().__init__("no access token")
        self.passing = passing


async def access_token(credentials: str, fetch: TokenFetcher) -> tuple[str, float]:
    """(token, unix time it expires) for a service account's JSON, another kind of credentials JSON, or "" for the
    application default credentials. Raises `Refused`."""
    info: dict[str, Any] = {}
    if credentials:
        try:
            info = json.loads(credentials)
        except ValueError as error:
            raise Refused(passing=False) from error
    if info.get("type") == "service_account":
        return await _exchange(info, fetch)
    return await asyncio.to_thread(_by_library, info)


async def _exchange(info: dict[str, Any], fetch: TokenFetcher) -> tuple[str, float]:
    address = str(info.get("token_uri") or _TOKEN_URI)
    try:
        assertion = await asyncio.to_thread(_assertion, info, address)
    except Exception as error:
        raise Refused(passing=False) from error
    body = urlencode({"grant_type": _GRANT, "assertion": assertion}).encode()
    call = Call("POST", address, {"content-type": "application/x-www-form-urlencoded"}, body)
    status, answer = await fetch(call)
    if status != 200:
        raise Refused(passing=status == 429 or status >= 500)
    try:
        given = json.loads(answer)
        return str(given["access_token"]), time.time() + float(given.get("expires_in", _LIFETIME))
    except (ValueError, KeyError, TypeError) as error:
        raise Refused(passing=True) from error


def _assertion(info: dict[str, Any], audience: str) -> str:
    from google.auth import crypt, jwt

    now = int(time.time())
    claims = {"iss": info["client_email"], "scope": SCOPE, "aud": audience, "iat": now, "exp": now + _LIFETIME}
    signed: bytes = jwt.encode(crypt.RSASigner.from_service_account_info(info), claims)
    return signed.decode()


def _by_library(info: dict[str, Any]) -> tuple[str, float]:
    """Blocking: files, the metadata server, Google's token endpoints."""
    import google.auth
    from google.auth.exceptions import GoogleAuthError, TransportError
    from google.auth.transport.requests import Request

    try:
        if info:
            found, _ = google.auth.load_credentials_from_dict(info, scopes=[SCOPE])
        else:
            found, _ = google.auth.default(scopes=[SCOPE])
        found.refresh(Request())
    except TransportError as error:
        raise Refused(passing=True) from error
    except (GoogleAuthError, ValueError) as error:
        raise Refused(passing=False) from error
    expiry: datetime | None = found.expiry  # naive, in UTC
    expires = expiry.replace(tzinfo=UTC).timestamp() if expiry else time.time() + _LIFETIME
    return str(found.token), expires
