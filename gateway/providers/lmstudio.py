"""LM Studio (lmstudio.ai/docs/developer): chat and Responses (openai-compat) and Anthropic's messages (anthropic-compat),
all below /v1 on port 1234. A key only with "Require Authentication"."""

from __future__ import annotations

from typing import ClassVar

from .hosted import Hosted


class LmStudio(Hosted):
    name: ClassVar[str] = "lmstudio"
    aliases = ("lm-studio", "lm_studio")
    label: ClassVar[str] = "LM Studio"
    default_base_url = "http://localhost:1234"
    dialects = ("openai_chat", "openai_responses", "anthropic")
    roots = {"openai_chat": ("/v1",), "openai_responses": ("/v1",), "anthropic": ("/v1",)}
    needs_secret = False
    is_local = True
    limits = {"documents": False, "max_tokens_field": "max_tokens"}


VENDOR = LmStudio()
