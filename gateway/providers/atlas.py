"""Atlas Cloud (atlascloud.ai/docs/en/llm-protocols): chat, Responses and Anthropic's messages below api.atlascloud.ai/v1,
one Bearer key. Not every model speaks every protocol; chat has the widest coverage, so it alone is on by default, and
``options: {dialects: [...]}`` adds the others."""

from __future__ import annotations

from typing import ClassVar

from .hosted import Hosted


class Atlas(Hosted):
    name: ClassVar[str] = "atlas"
    aliases = ("atlascloud", "atlas-cloud")
    label: ClassVar[str] = "Atlas Cloud"
    default_base_url = "https://api.atlascloud.ai/v1"
    dialects = ("openai_chat",)
    roots = {"openai_chat": ("/v1",), "openai_responses": ("/v1",), "anthropic": ("/v1",)}


VENDOR = Atlas()
