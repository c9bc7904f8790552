"""llama.cpp's llama-server (github.com/ggml-org/llama.cpp, tools/server/README.md): chat, Responses and, since
January 2026, Anthropic's messages with count_tokens, all below /v1. A key only if it was started with ``--api-key``."""

from __future__ import annotations

from typing import ClassVar

from .hosted import Hosted


class LlamaCpp(Hosted):
    name: ClassVar[str] = "llamacpp"
    aliases = ("llama.cpp", "llama-cpp", "llama_cpp")
    label: ClassVar[str] = "llama.cpp"
    default_base_url = "http://localhost:8080"
    dialects = ("openai_chat",)
    roots = {"openai_chat": ("/v1",), "openai_responses": ("/v1",), "anthropic": ("/v1",)}
    needs_secret = False
    is_local = True
    limits = {"documents": False, "thinking": "none", "max_tokens_field": "max_tokens"}


VENDOR = LlamaCpp()
