"""Moonshot AI, Kimi (platform.moonshot.ai/docs): chat at /v1, Anthropic's dialect at /anthropic; api.moonshot.cn in China.

Sampling parameters of Kimi K2.5 and later are fixed by the platform; `reasoning_content` goes back with tool calls. Kimi
Code's own subscription endpoint (api.kimi.com/coding) takes other keys: use it as anthropic-compatible.
"""

from __future__ import annotations

from typing import ClassVar

from .hosted import Hosted


class Moonshot(Hosted):
    name: ClassVar[str] = "moonshot"
    aliases = ("kimi", "moonshotai")
    label: ClassVar[str] = "Moonshot AI"
    default_base_url = "https://api.moonshot.ai"
    dialects = ("openai_chat", "anthropic")
    roots = {"openai_chat": ("/v1",), "anthropic": ("/anthropic/v1",)}
    limits = {"documents": False}
    purposes = frozenset({"chat", "models"})


VENDOR = Moonshot()
