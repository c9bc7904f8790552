"""OpenRouter (openrouter.ai/docs): chat and Anthropic's dialect below /api/v1, Bearer key; Claude Code's base URL is
``https://openrouter.ai/api`` (openrouter.ai/docs, Claude Code guide).

Marks of Anthropic's prompt cache are understood on chat as well (docs/features/prompt-caching). X-Title names the
application (docs/api-reference/overview, headers); its companion HTTP-Referer, the address of your installation, goes
into ``options: {headers: {HTTP-Referer: ...}}``. `x-session-id` keeps a conversation with one provider.
"""

from __future__ import annotations

from typing import ClassVar

from .hosted import Hosted


class OpenRouter(Hosted):
    session_header = "x-session-id"
    name: ClassVar[str] = "openrouter"
    label: ClassVar[str] = "OpenRouter"
    default_base_url = "https://openrouter.ai/api/v1"
    dialects = ("openai_chat", "anthropic")
    roots = {"openai_chat": ("/api/v1",), "openai_responses": ("/api/v1",), "anthropic": ("/api/v1",)}
    extra_headers = {"x-title": "Lynkr"}
    limits = {"cache_control": True, "max_tokens_field": "max_tokens"}
    forwards = {"openai_chat": ("x-session-id",), "anthropic": ("x-session-id",)}


VENDOR = OpenRouter()
