"""Any server that speaks OpenAI's chat completions: vLLM, SGLang, LiteLLM, TGI, a colleague's proxy.

base_url as OpenAI's SDKs take it; a bare host gets ``/v1``, a pasted endpoint loses its ending. Responses or Anthropic
messages, where the server has them: ``options: {dialects: [openai_chat, openai_responses, anthropic]}``.
"""

from __future__ import annotations

from typing import ClassVar

from .hosted import Hosted


class OpenAICompatible(Hosted):
    name: ClassVar[str] = "openai-compatible"
    aliases = ("openai_compatible", "compatible", "vllm", "custom")
    label: ClassVar[str] = "an OpenAI-compatible server"
    dialects = ("openai_chat",)
    roots = {"openai_chat": ("/v1",), "openai_responses": ("/v1",), "anthropic": ("/v1",)}
    exact_paths = True
    needs_secret = False
    forwards = {"openai_chat": ("x-session-id", "x-session-affinity")}


VENDOR = OpenAICompatible()
