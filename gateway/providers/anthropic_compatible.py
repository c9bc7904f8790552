"""Any server that speaks Anthropic's Messages API: base_url as Claude Code takes it (``ANTHROPIC_BASE_URL``), with or
without ``/v1`` or ``/v1/messages``. The key goes as x-api-key; ``options: {auth: bearer}`` for servers that want it so.

Beta features are stripped (CCD-10, CCD-11) unless ``options: {betas: true}``.
"""

from __future__ import annotations

from typing import ClassVar

from .hosted import Hosted


class AnthropicCompatible(Hosted):
    name: ClassVar[str] = "anthropic-compatible"
    aliases = ("anthropic_compatible",)
    label: ClassVar[str] = "an Anthropic-compatible server"
    dialects = ("anthropic",)
    roots = {"anthropic": ("/v1",)}
    auth = {"anthropic": "x-api-key"}
    needs_secret = False
    purposes = frozenset({"chat", "count_tokens", "models"})
    forwards = {"anthropic": ("x-session-id", "x-session-affinity")}


VENDOR = AnthropicCompatible()
