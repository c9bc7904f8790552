"""Taking Anthropic's beta features out of a body for servers that refuse them.

Header and fields go together (CCD-11); what a model of such a server could not use is left out, nothing is invented.
Fields: platform.claude.com/docs/en/api/beta-headers and the client captures of November 2026.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.wire.envelope import REMOVE

TOP_LEVEL = frozenset(
    {
        "betas",
        "container",
        "context_management",
        "diagnostics",
        "fallbacks",
        "inference_geo",
        "mcp_servers",
        "safeguards",
        "speed",
        "task_budget",
        "user_profile_id",
    }
)
_TOOL = frozenset(["defer_loading", "eager_input_streaming", "allowed_callers", "input_examples"])
_CACHE = frozenset({"type", "ttl"})


def without(body: Mapping[str, Any]) -> dict[str, Any] | None:
    """Changes for the top level of an Anthropic `body` (field -> value or REMOVE); None when it has no such field.
    `body` itself is not changed."""
    changes: dict[str, Any] = {name: REMOVE for name in body if name in TOP_LEVEL}
    thinking = body.get("thinking")
    if isinstance(thinking, Mapping) and any(_beta_thinking(name, value) for name, value in thinking.items()):
        changes["thinking"] = {name: value for name, value in thinking.items() if not _beta_thinking(name, value)}
    tools = body.get("tools")
    if isinstance(tools, list) and any(_beta_tool(tool) for tool in tools):
        changes["tools"] = [
            _plain_tool(tool) for tool in tools if not (isinstance(tool, Mapping) and _search_tool(tool))
        ]
    messages = body.get("messages")
    if isinstance(messages, list) and any(_has_reference(message) for message in messages):
        changes["messages"] = [_plain_message(message) for message in messages]
    return changes or None


def _beta_thinking(name: str, value: Any) -> bool:
    return name == "block_binding" or (name == "display" and value == "updates")


def _search_tool(tool: Mapping[str, Any]) -> bool:
    """The server's own search over deferred tools; without deferral all tools are in sight."""
    return str(tool.get("type", "")).startswith("tool_search_tool_")


def _beta_tool(tool: Any) -> bool:
    if not isinstance(tool, Mapping):
        return False
    mark = tool.get("cache_control")
    extra = isinstance(mark, Mapping) and not _CACHE.issuperset(mark)
    return extra or not _TOOL.isdisjoint(tool) or _search_tool(tool)


def _plain_tool(tool: Any) -> Any:
    if not isinstance(tool, Mapping):
        return tool
    plain = {name: value for name, value in tool.items() if name not in _TOOL}
    mark = plain.get("cache_control")
    if isinstance(mark, Mapping):
        plain["cache_control"] = {name: value for name, value in mark.items() if name in _CACHE}
    return plain


def _has_reference(message: Any) -> bool:
    content = message.get("content") if isinstance(message, Mapping) else None
    return isinstance(content, list) and any(
        isinstance(block, Mapping)
        and isinstance(block.get("content"), list)
        and any(isinstance(part, Mapping) and part.get("type") == "tool_reference" for part in block["content"])
        for block in content
    )


def _plain_message(message: Any) -> Any:
    if not _has_reference(message):
        return message
    return {**message, "content": [_plain_block(block) for block in message["content"]]}


def _plain_block(block: Any) -> Any:
    if not isinstance(block, Mapping) or not isinstance(block.get("content"), list):
        return block
    parts = [
        {"type": "text", "text": f"Tool loaded: {part.get('tool_name', '')}"}
        if isinstance(part, Mapping) and part.get("type") == "tool_reference"
        else part
        for part in block["content"]
    ]
    return {**block, "content": parts}
