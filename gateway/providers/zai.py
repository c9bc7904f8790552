"""Z.ai (docs.z.ai): chat at /api/paas/v4, the coding plan's chat at /api/coding/paas/v4 (give it as base_url), Anthropic's
dialect at /api/anthropic (docs.z.ai/devpack/tool/claude, where the key goes as a Bearer token).

GLM keeps reasoning apart in `reasoning_content` and wants it back between tool calls
(docs.z.ai/guides/capabilities/thinking-mode).
"""

from __future__ import annotations

from typing import ClassVar

from .hosted import Hosted


class Zai(Hosted):
    name: ClassVar[str] = "zai"
    aliases = ("z.ai", "z-ai", "zhipu", "bigmodel")
    label: ClassVar[str] = "Z.ai"
    default_base_url = "https://api.z.ai"
    dialects = ("openai_chat", "anthropic")
    roots = {"openai_chat": ("/api/paas/v4", "/api/coding/paas/v4"), "anthropic": ("/api/anthropic/v1",)}
    limits = {"documents": False}


VENDOR = Zai()
