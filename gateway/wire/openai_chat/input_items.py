"""A Responses-shaped body sent to the chat endpoint, as Cursor's agent mode does (CUR-1), rewritten as a chat body.

Only the shape is changed; what it says is checked by the decoder of chat bodies. Reasoning items and traces of hosted tools
have no chat form and are left out; an item of any other unknown type is refused by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.chat.errors import BadRequest
from gateway.wire import fields

_LEFT_OUT = frozenset({"reasoning", "item_reference", "compaction", "compaction_summary", "mcp_list_tools"})
_RESPONSES_ONLY = frozenset(
    [
        "input",
        "instructions",
        "max_output_tokens",
        "reasoning",
        "text",
        "include",
        "truncation",
        "background",
        "max_tool_calls",
        "prompt",
        "client_metadata",
        "context_management",
        "conversation",
    ]
)


def chat_body(body: Mapping[str, Any]) -> dict[str, Any]:
    """`body` with ``messages`` in place of ``input`` and the other fields under their chat names."""
    if body.get("previous_response_id") is not None:
        raise BadRequest(
            "previous_response_id: not kept on this endpoint; send the whole conversation, or use /v1/responses",
            param="previous_response_id",
        )
    chat = fields.rest(body, _RESPONSES_ONLY | {"previous_response_id"})
    chat["messages"] = _messages(body)
    if body.get("max_output_tokens") is not None:
        chat.setdefault("max_completion_tokens", body["max_output_tokens"])
    reasoning = body.get("reasoning")
    if isinstance(reasoning, dict) and reasoning.get("effort") is not None:
        chat.setdefault("reasoning_effort", reasoning["effort"])
    text = body.get("text")
    if isinstance(text, dict):
        _text_options(text, chat)
    return chat


def _text_options(text: dict[str, Any], chat: dict[str, Any]) -> None:
    if text.get("verbosity") is not None:
        chat.setdefault("verbosity", text["verbosity"])
    wanted = text.get("format")
    if not isinstance(wanted, dict):
        return
    if wanted.get("type") == "json_schema" and "json_schema" not in wanted:
        inner = {name: value for name, value in wanted.items() if name != "type"}
        wanted = {"type": "json_schema", "json_schema": inner}
    chat.setdefault("response_format", wanted)


def _messages(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = []
    instructions = fields.text(body, "instructions")
    if instructions:
        messages.append({"role": "system", "content": instructions})
    items = body["input"]
    if isinstance(items, str):
        return [*messages, {"role": "user", "content": items}]
    if not isinstance(items, list):
        raise BadRequest("input: must be a string or a list of items", param="input")
    for number, value in enumerate(items):
        _item(fields.mapping(value, f"input[{number}]"), f"input[{number}]", messages)
    return messages


def _item(item: dict[str, Any], path: str, messages: list[dict[str, Any]]) -> None:
    kind = item.get("type", "message")
    if kind == "message" or "role" in item:
        messages.append({name: item[name] for name in item if name not in ("type", "id", "status", "phase")})
    elif kind in ("function_call", "custom_tool_call"):
        _caller(messages).setdefault("tool_calls", []).append(_call(item, path))
    elif kind in ("function_call_output", "custom_tool_call_output"):
        call_id = fields.text(item, "call_id", f"{path}.", required=True)
        messages.append({"role": "tool", "tool_call_id": call_id, "content": item.get("output")})
    elif not isinstance(kind, str) or not (kind in _LEFT_OUT or kind.endswith(("_call", "_call_output"))):
        raise BadRequest(f"{path}.type: not known on this endpoint", param=f"{path}.type")


def _caller(messages: list[dict[str, Any]]) -> dict[str, Any]:
    """The assistant message a call belongs to: the last message, or a new one."""
    if not messages or messages[-1].get("role") != "assistant":
        messages.append({"role": "assistant", "content": None})
    return messages[-1]


def _call(item: dict[str, Any], path: str) -> dict[str, Any]:
    call_id = fields.text(item, "call_id", f"{path}.") or fields.text(item, "id", f"{path}.")
    name = fields.text(item, "name", f"{path}.", required=True)
    if item["type"] == "custom_tool_call":
        return {"id": call_id, "type": "custom", "custom": {"name": name, "input": item.get("input") or ""}}
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": item.get("arguments") or ""}}
