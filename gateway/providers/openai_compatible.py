"""Any server that speaks OpenAI's chat completions: vLLM, SGLang, LiteLLM, TGI, a colleague's proxy.

base_url as OpenAI's SDKs take it; a bare host gets ``/v1``, a pasted endpoint loses its ending. Responses or Anthropic
messages, where the server has them: ``options: {dialects: [openai_chat, openai_responses, anthropic]}``.

Two hosts document how a session finds its prompt cache: api.x.ai (docs.x.ai, prompt caching, maximizing cache hits: a header
on chat, a field on Responses) and api.mistral.ai (docs.mistral.ai, prompt caching: a field).
"""

from __future__ import annotations

from typing import ClassVar
from urllib.parse import urlsplit

from .account import Account
from .hosted import Hosted

_SESSIONS = {
    ("api.x.ai", "openai_chat"): ("", "x-grok-conv-id"),
    ("api.x.ai", "openai_responses"): ("prompt_cache_key", ""),
    ("api.mistral.ai", "openai_chat"): ("prompt_cache_key", ""),
}


class OpenAICompatible(Hosted):
    name: ClassVar[str] = "openai-compatible"
    aliases = ("openai_compatible", "compatible", "vllm", "custom")
    label: ClassVar[str] = "an OpenAI-compatible server"
    dialects = ("openai_chat",)
    roots = {"openai_chat": ("/v1",), "openai_responses": ("/v1",), "anthropic": ("/v1",)}
    exact_paths = True
    needs_secret = False
    forwards = {"openai_chat": ("x-session-id", "x-session-affinity")}

    def session_places(self, account: Account, dialect: str) -> tuple[str, str]:
        return _SESSIONS.get((urlsplit(self.base_url(account)).hostname or "", dialect), ("", ""))


VENDOR = OpenAICompatible()
