"""Claude in Microsoft Foundry (platform.claude.com/docs/en/build-with-claude/claude-in-microsoft-foundry): Anthropic's
dialect at https://<resource>.services.ai.azure.com/anthropic/v1/messages, key as x-api-key (and api-key), or an Entra
token with ``options: {auth: bearer}``. The model is the deployment's name (``options.deployments`` maps). Both API versions
are live there (.../api/versioning); of the betas only some, so they are off unless ``options: {betas: true}``.

base_url: the resource's address or the whole pasted endpoint; or ``options: {resource: NAME}``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from .account import Account, Secret
from .hosted import Hosted


class AzureAnthropic(Hosted):
    name: ClassVar[str] = "azure-anthropic"
    aliases = ("azure_anthropic", "foundry-anthropic")
    label: ClassVar[str] = "Claude on Azure"
    dialects = ("anthropic",)
    roots = {"anthropic": ("/anthropic/v1",)}
    auth = {"anthropic": "x-api-key"}
    purposes = frozenset({"chat", "count_tokens"})
    takes_versions = True

    def base_url(self, account: Account) -> str:
        resource = account.options.get("resource")
        if not account.base_url and isinstance(resource, str) and resource:
            return f"https://{resource}.services.ai.azure.com"
        return super().base_url(account)

    def headers(
        self, account: Account, secret: Secret | None, dialect: str, client: Mapping[str, str]
    ) -> dict[str, str]:
        made = super().headers(account, secret, dialect, client)
        if "x-api-key" in made:
            made["api-key"] = made["x-api-key"]
        return made


VENDOR = AzureAnthropic()
