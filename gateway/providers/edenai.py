"""Eden AI (edenai.co/docs/v3/llms/chat-completions): chat below api.edenai.run/v3, Bearer key, models as provider/model.
Its older documentation has /v3/llm, which is kept when given as base_url."""

from __future__ import annotations

from typing import ClassVar

from .hosted import Hosted


class EdenAI(Hosted):
    name: ClassVar[str] = "edenai"
    aliases = ("eden-ai", "eden")
    label: ClassVar[str] = "Eden AI"
    default_base_url = "https://api.edenai.run/v3"
    dialects = ("openai_chat",)
    roots = {"openai_chat": ("/v3", "/v3/llm")}


VENDOR = EdenAI()
