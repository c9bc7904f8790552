"""Azure OpenAI (learn.microsoft.com/azure/foundry/openai): chat and Responses, key in the header api-key.

base_url, whichever of these people paste:

* ``https://<resource>.openai.azure.com`` (or ``.cognitiveservices.`` or ``.services.ai.``), with or without ``/openai/v1``:
  the v1 API, no api-version, the deployment in the body (.../api-version-lifecycle);
* ``.../openai/deployments/<name>/chat/completions?api-version=...``: the older form, the deployment in the address;
* ``.../openai/responses?api-version=...`` or ``.../models/chat/completions?api-version=...``.

Options: ``api_version`` (a date selects the older form), ``deployments`` our model names to deployments, ``deployment``
the one for all models, ``auth`` "bearer" for an Entra token, ``family`` for deployments whose names do not tell the model.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, ClassVar

from gateway.chat.errors import BadRequest, NotFound
from gateway.wire.envelope import REMOVE
from gateway.wire.profile import Profile

from . import addresses
from .account import Account
from .families import UNKNOWN, Family, family
from .hosted import AFFINITY, Hosted
from .openai import narrowed, ranked
from .vendor import Purpose

_DEPLOYMENT = re.compile(r"/openai/deployments/([^/]+)")
_DATE = re.compile(r"20\d\d-\d\d-\d\d(?:-preview)?")


class AzureOpenAI(Hosted):
    session_field = "prompt_cache_key"
    name: ClassVar[str] = "azure-openai"
    aliases = ("azure", "azure_openai")
    label: ClassVar[str] = "Azure OpenAI"
    dialects = ("openai_chat", "openai_responses")
    roots = {"openai_chat": ("/openai/v1",), "openai_responses": ("/openai/v1",)}
    auth = {"openai_chat": "api-key", "openai_responses": "api-key"}
    forwards = {"openai_responses": AFFINITY}

    def session_places(self, account: Account, dialect: str) -> tuple[str, str]:
        """A dated api-version may be older than the field, and refuses what it does not know."""
        dated = _DATE.fullmatch(self._version(account)) is not None
        return ("", "") if dated else super().session_places(account, dialect)

    def base_url(self, account: Account) -> str:
        resource = account.options.get("resource")
        if not account.base_url and isinstance(resource, str) and resource:
            return f"https://{resource}.openai.azure.com"
        return super().base_url(account)

    def dialects_of(self, account: Account, model: str) -> tuple[str, ...]:
        if account.options.get("dialects"):
            return super().dialects_of(account, model)
        path = self._parts(account)[1]
        if _DEPLOYMENT.search(path) or "/models" in path:
            return ("openai_chat",)
        return ranked(self.family(account, model))

    def family(self, account: Account, model: str) -> Family:
        found = super().family(account, model)
        return found if found is not UNKNOWN else family(self.model_id(account, model))

    def model_id(self, account: Account, model: str) -> str:
        mapped = super().model_id(account, model)
        if mapped != model:
            return mapped
        one = account.options.get("deployment")
        if isinstance(one, str) and one:
            return one
        pasted = _DEPLOYMENT.search(self._parts(account)[1])
        return pasted.group(1) if pasted else model

    def profile(self, account: Account, model: str, dialect: str = "") -> Profile:
        made = super().profile(account, model, dialect)
        name = self.model_id(account, model)
        return made if made.model == name else replace(made, model=name)

    def url(self, account: Account, model: str, dialect: str, purpose: Purpose, *, stream: bool) -> str:
        if not self.offers(account, model, purpose):
            raise NotFound(f"{self.label} has no endpoint for {purpose}.", code="not_supported_by_provider")
        path = addresses.PATHS.get((dialect, purpose)) or f"/{purpose}"
        host, pasted, _ = self._parts(account)
        version = self._version(account)
        before = pasted.partition("/openai")[0] if "/openai" in pasted else ""
        if "/models" in pasted and "/openai" not in pasted:
            return f"{host}{pasted.partition('/models')[0]}/models{path}?api-version={version or '2024-05-01-preview'}"
        if not _DATE.fullmatch(version):
            query = f"?api-version={version}" if version else ""
            return f"{host}{before}/openai/v1{path}{query}"
        if dialect == "openai_responses" and purpose == "chat":
            return f"{host}{before}/openai/responses?api-version={version}"
        if purpose == "models":
            return f"{host}{before}/openai/models?api-version={version}"
        name = addresses.segment(self.model_id(account, model))
        return f"{host}{before}/openai/deployments/{name}{path}?api-version={version}"

    def adapt(
        self, account: Account, model: str, dialect: str, body: dict[str, Any], purpose: Purpose = "chat"
    ) -> dict[str, Any] | None:
        if "/deployments/" in self.url(account, model, dialect, "chat", stream=False):
            return {"model": REMOVE}
        return None

    def auth_style(self, account: Account, dialect: str) -> str:
        given = account.options.get("auth")
        return "bearer" if given == "bearer" else "api-key"

    def narrow(self, account: Account, kind: Family, dialect: str) -> dict[str, Any]:
        return narrowed(kind, dialect)

    def _parts(self, account: Account) -> tuple[str, str, str]:
        try:
            return addresses.split(self.base_url(account))
        except ValueError as error:
            raise BadRequest(
                f"The provider {account.name} has no usable base_url: {error}.", code="provider_misconfigured"
            ) from error

    def _version(self, account: Account) -> str:
        """The dated api-version that selects the older form; "" or "preview" for v1."""
        given = account.options.get("api_version")
        if isinstance(given, str) and given:
            return "" if given == "v1" else given
        host, path, query = self._parts(account)
        pasted = addresses.query_value(f"{host}{path}?{query}", "api-version")
        if pasted:
            return "" if pasted == "v1" else pasted
        return "2024-10-21" if _DEPLOYMENT.search(path) else ""

    def check(self, account: Account) -> list[str]:
        problems = super().check(account)
        version = account.options.get("api_version")
        if version is not None and version not in ("v1", "preview", "latest") and not _DATE.fullmatch(str(version)):
            problems.append(f"{account.name}: options.api_version must look like 2024-10-21, or be v1 or preview.")
        return problems


VENDOR = AzureOpenAI()
