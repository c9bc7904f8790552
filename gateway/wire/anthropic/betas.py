"""What an endpoint without Anthropic's beta features does not take (CCD-9, CCD-10, CCD-11).

Sources: the beta headers real clients send, and the difference between the stable and the beta parameters of the official
Python SDK 2.12. A header and its fields travel together: who strips here also does not send `anthropic-beta`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

REQUEST_FIELDS = frozenset(
    {
        "betas",
        "billing_policy",
        "compaction",
        "container",
        "context_management",
        "diagnostics",
        "fallback_credit_token",
        "fallbacks",
        "mcp_servers",
        "speed",
        "thread",
        "user_profile_id",
        "workspace_id",
    }
)
TOOL_FIELDS = frozenset({"allowed_callers", "defer_loading", "eager_input_streaming", "input_examples"})
THINKING_FIELDS = frozenset({"block_binding"})
MARK_FIELDS = frozenset({"type", "ttl"})
"""Of a cache_control mark; `scope` is beta."""
STABLE_BLOCKS = frozenset({"document", "image", "search_result"})
"""Kinds of `Opaque` blocks that need no beta; server tools and containers are a matter of the Claude API itself."""
CLIENT_TOOLS = ("bash_", "text_editor_", "memory_")
"""Tool types without a schema that the client runs: stable on every platform."""


def plain_mark(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Block or tool fields with a cache_control every platform takes (CCH-7: the mark itself stays)."""
    mark = fields.get("cache_control")
    if isinstance(mark, dict) and not MARK_FIELDS.issuperset(mark):
        return {**fields, "cache_control": {name: value for name, value in mark.items() if name in MARK_FIELDS}}
    return dict(fields)
