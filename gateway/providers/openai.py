"""OpenAI's own API (developers.openai.com/api/reference): chat completions and Responses, Bearer key.

Options: ``organization`` and ``project`` (headers OpenAI-Organization, OpenAI-Project).

Reasoning models prefer Responses when a request crosses dialects: chat refuses function tools beside reasoning from GPT-5.4
on (community.openai.com/t/1386454), and codex and pro models exist on Responses only. Sampling parameters are refused while
a model reasons (developers.openai.com, latest-model guide).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from .account import Account, Secret
from .families import Family
from .hosted import AFFINITY, Hosted


class OpenAI(Hosted):
    session_field = "prompt_cache_key"
    name: ClassVar[str] = "openai"
    label: ClassVar[str] = "OpenAI"
    default_base_url = "https://api.openai.com/v1"
    dialects = ("openai_chat", "openai_responses")
    roots = {"openai_chat": ("/v1",), "openai_responses": ("/v1",)}
    exact_paths = True
    forwards = {"openai_chat": ("openai-beta",), "openai_responses": ("openai-beta", *AFFINITY)}

    def dialects_of(self, account: Account, model: str) -> tuple[str, ...]:
        if account.options.get("dialects"):
            return super().dialects_of(account, model)
        return ranked(self.family(account, model))

    def headers(
        self, account: Account, secret: Secret | None, dialect: str, client: Mapping[str, str]
    ) -> dict[str, str]:
        made = super().headers(account, secret, dialect, client)
        for option, header in (("organization", "openai-organization"), ("project", "openai-project")):
            value = account.options.get(option)
            if isinstance(value, str) and value.isprintable():
                made[header] = value
        return made

    def narrow(self, account: Account, kind: Family, dialect: str) -> dict[str, Any]:
        return narrowed(kind, dialect)


def ranked(kind: Family) -> tuple[str, ...]:
    """The dialects of OpenAI's models, preferred first."""
    if "responses_only" in kind.quirks:
        return ("openai_responses",)
    if kind.prefers_responses:
        return ("openai_responses", "openai_chat")
    return ("openai_chat", "openai_responses")


def narrowed(kind: Family, dialect: str) -> dict[str, Any]:
    """Profile fields of OpenAI's models at OpenAI and Azure."""
    if kind.name not in ("gpt", "gpt-5", "gpt-6", "codex", "gpt-pro", "openai-reasoning"):
        return {}
    found: dict[str, Any] = {"system_role": "developer" if kind.developer_role else "system"}
    if dialect == "openai_chat":
        found["efforts"] = tuple(effort for effort in kind.efforts if effort != "max")
    return found


VENDOR = OpenAI()
