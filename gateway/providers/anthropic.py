"""Anthropic's own API (platform.claude.com/docs/en/api/overview, .../versioning): x-api-key, anthropic-version.

Two API versions are live (2023-06-01 and 2026-10-21): a client's own is forwarded with its betas, as its body was written
for it. The session header lets Anthropic route a conversation to its cache.
"""

from __future__ import annotations

from typing import ClassVar

from .hosted import Hosted


class Anthropic(Hosted):
    name: ClassVar[str] = "anthropic"
    aliases = ("claude",)
    label: ClassVar[str] = "Anthropic"
    default_base_url = "https://api.anthropic.com"
    dialects = ("anthropic",)
    roots = {"anthropic": ("/v1",)}
    auth = {"anthropic": "x-api-key"}
    purposes = frozenset({"chat", "count_tokens", "models"})
    takes_betas = True
    takes_versions = True
    forwards = {"anthropic": ("x-claude-code-session-id", "x-claude-code-agent-id")}


VENDOR = Anthropic()
