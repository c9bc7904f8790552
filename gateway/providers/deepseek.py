"""DeepSeek (api-docs.deepseek.com): chat at api.deepseek.com, Anthropic's dialect at api.deepseek.com/anthropic.

Thinking mode wants an assistant's `reasoning_content` back in a tool loop (guides/thinking_mode); strict tools only under
``/beta``. The Anthropic side takes output_config.effort and ignores what it does not know (guides/anthropic_api).
"""

from __future__ import annotations

from typing import ClassVar

from .hosted import Hosted


class DeepSeek(Hosted):
    name: ClassVar[str] = "deepseek"
    label: ClassVar[str] = "DeepSeek"
    default_base_url = "https://api.deepseek.com"
    dialects = ("openai_chat", "anthropic")
    roots = {"openai_chat": ("/v1", "/beta"), "anthropic": ("/anthropic/v1",)}
    auth = {"anthropic": "x-api-key"}
    limits = {"documents": False, "strict_schema": False}
    purposes = frozenset({"chat", "models"})


VENDOR = DeepSeek()
