"""Ollama (docs.ollama.com): its own /api/chat, OpenAI's chat at /v1 and, from 0.14 on, Anthropic's at /v1/messages
(docs.ollama.com/api/anthropic-compatibility). No key on one's own machine; ollama.com takes a Bearer key.

Options: ``num_ctx`` the context to load the model with (its default cuts an agent's prompt short) and ``keep_alive``; only
Ollama's own dialect can carry them, so with either of them it is the only one used. For an Ollama older than 0.14:
``options: {dialects: [ollama, openai_chat]}``.
"""

from __future__ import annotations

from typing import Any, ClassVar

from .account import Account
from .families import Family
from .hosted import Hosted
from .vendor import Purpose


class Ollama(Hosted):
    name: ClassVar[str] = "ollama"
    label: ClassVar[str] = "Ollama"
    default_base_url = "http://localhost:11434"
    dialects = ("ollama", "openai_chat", "anthropic")
    roots = {"ollama": ("",), "openai_chat": ("/v1",), "anthropic": ("/v1",)}
    needs_secret = False
    is_local = True
    limits = {"documents": False}

    def dialects_of(self, account: Account, model: str) -> tuple[str, ...]:
        if not account.options.get("dialects") and _loading(account):
            return ("ollama",)
        return super().dialects_of(account, model)

    def adapt(
        self, account: Account, model: str, dialect: str, body: dict[str, Any], purpose: Purpose = "chat"
    ) -> dict[str, Any] | None:
        if dialect != "ollama":
            return super().adapt(account, model, dialect, body, purpose)
        changes: dict[str, Any] = {}
        loading = _loading(account)
        if "num_ctx" in loading:
            given = body.get("options")
            changes["options"] = {"num_ctx": loading["num_ctx"], **(given if isinstance(given, dict) else {})}
        if "keep_alive" in loading and "keep_alive" not in body:
            changes["keep_alive"] = loading["keep_alive"]
        return changes or None

    def narrow(self, account: Account, kind: Family, dialect: str) -> dict[str, Any]:
        loaded = account.options.get("num_ctx")
        return {"context_window": loaded} if isinstance(loaded, int) else {}


def _loading(account: Account) -> dict[str, Any]:
    return {name: account.options[name] for name in ("num_ctx", "keep_alive") if account.options.get(name) is not None}


VENDOR = Ollama()
