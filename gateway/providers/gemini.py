"""Google's Gemini API (ai.google.dev/api/generate-content): /v1beta/models/<model>:generateContent, streamed as SSE with
``alt=sse``; the key in the header x-goog-api-key, never in the address (LEK-2). Embeddings and the models list through its
OpenAI-compatible side, /v1beta/openai (ai.google.dev/gemini-api/docs/openai), which takes the key as a Bearer token.
"""

from __future__ import annotations

from typing import Any, ClassVar

from gateway.chat.errors import NotFound
from gateway.wire.envelope import REMOVE

from . import addresses
from .account import Account
from .hosted import Hosted
from .vendor import Purpose

_VERSIONS = ("/v1beta", "/v1alpha", "/v1")


class Gemini(Hosted):
    name: ClassVar[str] = "gemini"
    aliases = ("google", "google-ai-studio", "google-gemini")
    label: ClassVar[str] = "Google Gemini"
    default_base_url = "https://generativelanguage.googleapis.com"
    dialects = ("gemini",)
    roots = {"gemini": _VERSIONS, "openai_chat": ("/v1beta/openai",)}
    auth = {"gemini": "x-goog-api-key"}
    forwards = {"gemini": ("x-goog-api-client",)}

    def base_url(self, account: Account) -> str:
        return super().base_url(account).partition("/models/")[0]

    def url(self, account: Account, model: str, dialect: str, purpose: Purpose, *, stream: bool) -> str:
        if purpose != "chat" or dialect != "gemini":
            return super().url(account, model, dialect, purpose, stream=stream)
        if not self.model_id(account, model):
            raise NotFound("No model was named.")
        verb = "streamGenerateContent?alt=sse" if stream else "generateContent"
        name = addresses.segment(self.model_id(account, model).removeprefix("models/"))
        return f"{self.address(account, 'gemini')}/models/{name}:{verb}"

    def adapt(
        self, account: Account, model: str, dialect: str, body: dict[str, Any], purpose: Purpose = "chat"
    ) -> dict[str, Any] | None:
        """The model and streaming are said in the address; the body refuses unknown fields."""
        return {"model": REMOVE, "stream": REMOVE} if dialect == "gemini" else None


VENDOR = Gemini()
