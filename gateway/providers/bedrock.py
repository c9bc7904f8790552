"""Amazon Bedrock: Converse and ConverseStream
(docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html).

Credentials, by what the account's secret holds:

* a Bedrock API key (``ABSK...`` or short-term ``bedrock-api-key-...``): a Bearer token (.../userguide/api-keys-use.html);
* ``ACCESS_KEY_ID:SECRET_ACCESS_KEY[:SESSION_TOKEN]``, or the same as JSON ``{"access_key_id", "secret_access_key",
  "session_token"}``: requests are signed with SigV4;
* no secret: the standard AWS chain (environment, profile, container or instance role), with option ``profile``.

Options: ``region`` (else the region of an ARN, else us-east-1), ``profile``. base_url for a VPC endpoint or a proxy.
A model's id or ARN is one percent-encoded path segment. Beta features of the Messages API do not exist here (CCD-10).
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from gateway.chat.errors import NotFound, UpstreamRejected
from gateway.wire.envelope import REMOVE

from . import addresses, headers
from .account import Account, Secret
from .hosted import Hosted
from .vendor import Call, Purpose, TokenFetcher

_ARN_REGION = re.compile(r"arn:aws[a-z-]*:bedrock:([a-z0-9-]+):")
_REGION = re.compile(r"[a-z]{2}(?:-[a-z]+)+-\d")
_ACCESS_KEY = re.compile(r"(?:AKIA|ASIA)[A-Z0-9]{12,28}")
_DEFAULT_REGION = "us-east-1"


class Bedrock(Hosted):
    name: ClassVar[str] = "bedrock"
    aliases = ("aws-bedrock", "aws_bedrock", "amazon-bedrock")
    label: ClassVar[str] = "Amazon Bedrock"
    dialects = ("bedrock_converse",)
    roots = {"bedrock_converse": ("",)}
    needs_secret = False
    purposes = frozenset({"chat"})

    def __init__(self) -> None:
        self._chains: dict[tuple[int, str], Any] = {}
        self._loading = asyncio.Lock()

    def base_url(self, account: Account) -> str:
        given = super().base_url(account).partition("/model/")[0]
        return given or endpoint(region(account, ""))

    def url(self, account: Account, model: str, dialect: str, purpose: Purpose, *, stream: bool) -> str:
        if purpose != "chat" or dialect != "bedrock_converse":
            raise NotFound(f"{self.label} has no endpoint for {dialect} {purpose}.", code="not_supported_by_provider")
        name = self.model_id(account, model)
        given = super().base_url(account).partition("/model/")[0]
        base = given.rstrip("/") or endpoint(region(account, name))
        return f"{base}/model/{addresses.segment(name, safe='')}/{'converse-stream' if stream else 'converse'}"

    def headers(
        self, account: Account, secret: Secret | None, dialect: str, client: Mapping[str, str]
    ) -> dict[str, str]:
        made = {"content-type": "application/json", "user-agent": headers.USER_AGENT, **headers.static(account)}
        if secret is not None and _keys(secret) is None:
            made.update(headers.credential(secret, "bearer"))
        return made

    def adapt(
        self, account: Account, model: str, dialect: str, body: dict[str, Any], purpose: Purpose = "chat"
    ) -> dict[str, Any] | None:
        """The address names the model and says whether to stream."""
        return {"model": REMOVE, "modelId": REMOVE, "stream": REMOVE}

    async def authorize(self, call: Call, account: Account, secret: Secret | None, fetch: TokenFetcher) -> Call:
        if "authorization" in call.headers:
            return call
        explicit = _keys(secret) if secret is not None else None
        credentials = await self._credentials(account, explicit)
        return _signed(call, credentials, _region_of(call.url) or region(account, ""))

    async def _credentials(self, account: Account, explicit: Mapping[str, str] | None) -> Any:
        """botocore's frozen credentials. Loading and refreshing may touch files and the network: in a thread."""
        if explicit is not None:
            if "botocore.auth" in sys.modules:
                return _frozen(explicit)
            return await asyncio.to_thread(_frozen, explicit)
        profile = account.options.get("profile")
        key = (account.id, profile if isinstance(profile, str) else "")
        chain = self._chains.get(key)
        if chain is None:
            async with self._loading:
                chain = self._chains.get(key)
                if chain is None:
                    chain = await asyncio.to_thread(_load, key[1])
                    if chain is None:
                        raise _no_credentials(account)
                    self._chains[key] = chain
        refresh = getattr(chain, "refresh_needed", None)
        try:
            if refresh is not None and refresh():
                return await asyncio.to_thread(chain.get_frozen_credentials)
            return chain.get_frozen_credentials()
        except Exception as error:
            self._chains.pop(key, None)
            raise _no_credentials(account) from error

    def check(self, account: Account) -> list[str]:
        problems = super().check(account)
        given = account.options.get("region")
        if not given:
            problems.append(f"{account.name}: set options.region; {_DEFAULT_REGION} is assumed.")
        elif not isinstance(given, str) or not _REGION.fullmatch(given):
            problems.append(f"{account.name}: options.region must look like us-east-1.")
        return problems


def region(account: Account, model: str) -> str:
    """The account's region, else the one an ARN names, else us-east-1."""
    given = account.options.get("region")
    if isinstance(given, str) and _REGION.fullmatch(given):
        return given
    found = _ARN_REGION.match(model)
    return found.group(1) if found else _DEFAULT_REGION


def endpoint(name: str) -> str:
    domain = "amazonaws.com.cn" if name.startswith("cn-") else "amazonaws.com"
    return f"https://bedrock-runtime.{name}.{domain}"


def _region_of(url: str) -> str:
    found = re.match(r"https://bedrock-runtime(?:-fips)?\.([a-z0-9-]+)\.", url)
    return found.group(1) if found else ""


def _keys(secret: Secret) -> dict[str, str] | None:
    """Access keys written in a secret, by botocore's names; None for a Bedrock API key."""
    value = secret.value.strip()
    if value.startswith("{"):
        try:
            given = json.loads(value)
        except ValueError:
            return None
        lower = {str(name).lower().removeprefix("aws_"): str(text) for name, text in given.items() if text}
        names = {"access_key": "access_key_id", "secret_key": "secret_access_key", "token": "session_token"}
        found = {ours: lower.get(theirs, "") for ours, theirs in names.items()}
        return found if found["access_key"] and found["secret_key"] else None
    parts = value.split(":")
    if _ACCESS_KEY.fullmatch(parts[0]) and len(parts) in (2, 3):
        return {"access_key": parts[0], "secret_key": parts[1], "token": parts[2] if len(parts) == 3 else ""}
    return None


def _frozen(keys: Mapping[str, str]) -> Any:
    import botocore.auth  # noqa: F401 - heavy: loaded here, in a thread, and not on the event loop
    from botocore.credentials import ReadOnlyCredentials

    return ReadOnlyCredentials(keys["access_key"], keys["secret_key"], keys["token"] or None)


def _load(profile: str) -> Any:
    import botocore.auth
    import botocore.session

    return botocore.session.Session(profile=profile or None).get_credentials()


def _signed(call: Call, credentials: Any, name: str) -> Call:
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest

    request = AWSRequest(
        method=call.method,
        url=call.url,
        data=call.body,
        headers={"content-type": call.headers.get("content-type", "application/json")},
    )
    SigV4Auth(credentials, "bedrock", name).add_auth(request)
    signed = {key.lower(): value for key, value in request.headers.items()}
    return replace(call, headers={**call.headers, **signed})


def _no_credentials(account: Account) -> UpstreamRejected:
    error = UpstreamRejected(
        f"No AWS credentials were found for the provider {account.name}.", code="provider_misconfigured", status=502
    )
    error.account_fault = True
    return error


VENDOR = Bedrock()
