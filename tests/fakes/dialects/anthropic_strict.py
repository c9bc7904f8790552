"""What the Messages API answers 400 to. Messages are the vendor's own, as users reported them (../NOTES.md)."""

from __future__ import annotations

from typing import Any

from .base import Json, Refused, Turn, digest

BLOCKS = {"text", "image", "document", "search_result", "tool_use", "tool_result", "thinking", "redacted_thinking"}
BLOCKS |= {"server_tool_use", "web_search_tool_result", "container_upload", "mid_conversation_system"}
TOP = {"model", "messages", "max_tokens", "system", "tools", "tool_choice", "temperature", "top_p", "top_k", "stream"}
TOP |= {"stop_sequences", "metadata", "thinking", "service_tier", "container", "mcp_servers", "context_management"}
TOP |= {"output_config", "output_format", "speed", "inference_geo", "cache_control", "safeguards"}
Blocks = list[Json]


def prefix_of(body: Json, count: int) -> str:
    """Everything before message `count` that a thought made there is bound to (THK-5)."""
    return digest([body.get("system"), body.get("tools"), _unmarked((body.get("messages") or [])[:count])])


def _unmarked(value: Any) -> Any:
    """Without cache_control, which may move between turns."""
    if isinstance(value, dict):
        return {k: _unmarked(v) for k, v in value.items() if k != "cache_control"}
    return [_unmarked(v) for v in value] if isinstance(value, list) else value


def check(turn: Turn) -> None:
    body = turn.body
    _fields(turn)
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        raise Refused("messages: at least one message is required")
    _system(body)
    if _marks(body) > 4:
        raise Refused(f"A maximum of 4 blocks with cache_control may be provided. Found {_marks(body)}.")
    for index, message in enumerate(messages):
        _content(turn, index, message, last=index == len(messages) - 1)
    _pairs(messages)
    _thinking_first(body, messages)


def _fields(turn: Turn) -> None:
    body = turn.body
    if not isinstance(body.get("max_tokens"), int):
        raise Refused("max_tokens: Field required")
    if "model" not in body:
        raise Refused("model: Field required")
    for field in sorted(set(body) - TOP):
        raise Refused(f"{field}: Extra inputs are not permitted")
    version = turn.headers.get("anthropic-version", "")
    if not version:
        raise Refused("anthropic-version: header is required")
    if version >= "2026":
        for field in ("temperature", "top_p", "top_k"):
            if field in body:
                raise Refused(f"{field}: Extra inputs are not permitted")
    thinking = body.get("thinking") or {}
    if thinking.get("type") == "enabled" and thinking.get("budget_tokens", 0) >= body["max_tokens"]:
        raise Refused("`max_tokens` must be greater than `thinking.budget_tokens`.")
    if thinking.get("type") in ("enabled", "adaptive"):
        if body.get("temperature", 1) != 1:
            raise Refused("`temperature` may only be set to 1 when thinking is enabled.")
        if (body.get("tool_choice") or {}).get("type") in ("any", "tool"):
            raise Refused("Thinking may not be enabled when tool_choice forces tool use.")
    if body.get("tool_choice") and not body.get("tools"):
        raise Refused("tool_choice may only be specified while providing tools.")
    names = [tool.get("name") for tool in body.get("tools") or []]
    if len(names) != len(set(names)):
        raise Refused("tools: Tool names must be unique.")


def _system(body: Json) -> None:
    system = body.get("system")
    for index, block in enumerate(system if isinstance(system, list) else []):
        if not block.get("text", "").strip():
            raise Refused(f"system.{index}: text content blocks must be non-empty" if not block.get("text")
                          else "system: text content blocks must contain non-whitespace text")  # fmt: skip


def _marks(value: Any) -> int:
    if isinstance(value, dict):
        return int(bool(value.get("cache_control"))) + sum(_marks(v) for v in value.values())
    return sum(_marks(v) for v in value) if isinstance(value, list) else 0


def _blocks(message: Json) -> Blocks:
    content = message.get("content")
    return content if isinstance(content, list) else [{"type": "text", "text": content}]


def _content(turn: Turn, index: int, message: Json, *, last: bool) -> None:
    role = message.get("role")
    if role not in ("user", "assistant", "system"):
        raise Refused(f"messages.{index}.role: Input should be 'user', 'assistant' or 'system'")
    if message.get("content") in ("", [], None) and not (last and role == "assistant"):
        raise Refused(
            f"messages.{index}: all messages must have non-empty content except for the optional final assistant message"
        )
    for at, block in enumerate(_blocks(message)):
        where, kind = f"messages.{index}.content.{at}", block.get("type")
        if kind not in BLOCKS:
            raise Refused(f"{where}: Input tag '{kind}' found using 'type' does not match any of the expected tags")
        if kind == "text" and not block.get("text"):
            raise Refused("messages: text content blocks must be non-empty")
        if kind == "text" and not block["text"].strip():
            raise Refused("messages: text content blocks must contain non-whitespace text")
        if kind in ("thinking", "redacted_thinking"):
            _thought(turn, index, where, block)
        if kind == "tool_use" and not isinstance(block.get("input"), dict):
            raise Refused(f"{where}.tool_use.input: Input should be a valid dictionary")
    if last and role == "assistant" and (turn.body.get("thinking") or {}).get("type") in ("enabled", "adaptive"):
        raise Refused(
            "This model does not support assistant message prefill. The conversation must end with a user message."
        )


def _thought(turn: Turn, index: int, where: str, block: Json) -> None:
    signature = block.get("signature") if block["type"] == "thinking" else block.get("data")
    issued = turn.signatures.get(signature)
    if issued is None or (block["type"] == "thinking" and issued.text != block.get("thinking")):
        raise Refused(f"{where}: Invalid `signature` in `{block['type']}` block")
    if issued.model != turn.model:
        raise Refused(f"{where}: Invalid `signature` in `{block['type']}` block")
    binding = ((turn.body.get("thinking") or {}).get("block_binding") or {}).get("prefix_mismatch_behavior")
    if turn.bind_prefix and binding != "drop_block" and issued.prefix != prefix_of(turn.body, index):
        raise Refused(f"{where}: `{block['type']}` block does not match the prefix it was created with")


def _pairs(messages: list[Json]) -> None:
    spoken = [m for m in messages if m.get("role") != "system"]
    for index, message in enumerate(spoken):
        blocks = _blocks(message)
        before = spoken[index - 1] if index else {"role": "user", "content": "x"}
        offered = [b["id"] for b in _blocks(before) if b.get("type") == "tool_use"] if index else []
        answered = [b.get("tool_use_id") for b in blocks if b.get("type") == "tool_result"]
        for orphan in [a for a in answered if a not in offered]:
            raise Refused(
                f"messages.{index}.content.0: unexpected `tool_use_id` found in `tool_result` blocks: {orphan}. Each "
                "`tool_result` block must have a corresponding `tool_use` block in the previous message."
            )
        missing = [o for o in offered if o not in answered]
        if missing or (offered and message.get("role") != "user"):
            raise Refused(
                f"messages.{index - 1}: `tool_use` ids were found without `tool_result` blocks immediately after: "
                f"{', '.join(missing)}. Each `tool_use` block must have a corresponding `tool_result` block in the next "
                "message."
            )
        kinds = [b.get("type") == "tool_result" for b in blocks]
        if offered and kinds != sorted(kinds, reverse=True):
            raise Refused(f"messages.{index}: `tool_result` blocks must come first in the content")
        if len(set(answered)) != len(answered):
            raise Refused(
                f"messages.{index}: each tool_use must have a single result. Found multiple `tool_result` blocks."
            )
    if spoken and any(b.get("type") == "tool_use" for b in _blocks(spoken[-1])):
        raise Refused(
            f"messages.{len(spoken) - 1}: `tool_use` ids were found without `tool_result` blocks immediately after"
        )


def _begins(messages: list[Json]) -> Any:
    """The type of the first block of the open tool loop. A loop is one assistant turn (platform.claude.com, thinking in tool
    and multi-turn workflows): without interleaved thinking only its first message has a thought."""
    begin = max((i for i, m in enumerate(messages) if m.get("role") == "user" and not _brings_results(m)), default=-1)
    first = next((m for m in messages[begin + 1 :] if m.get("role") == "assistant"), None)
    return _blocks(first)[0].get("type") if first is not None else "thinking"


def _brings_results(message: Json) -> bool:
    return any(block.get("type") == "tool_result" for block in _blocks(message))


def _thinking_first(body: Json, messages: list[Json]) -> None:
    """In a tool loop with thinking enabled the final assistant turn begins with its thought (THK-13)."""
    if (body.get("thinking") or {}).get("type") != "enabled":
        return
    if not any(b.get("type") == "tool_result" for b in _blocks(messages[-1])):
        return
    at = max((i for i, m in enumerate(messages) if m.get("role") == "assistant"), default=-1)
    first = _blocks(messages[at])[0].get("type") if at >= 0 else "thinking"
    if first not in ("thinking", "redacted_thinking"):
        first = _begins(messages)
    if first not in ("thinking", "redacted_thinking"):
        raise Refused(
            f"messages.{at}.content.0.type: Expected `thinking` or `redacted_thinking`, but found `{first}`. When `thinking` "
            "is enabled, a final `assistant` message must start with a thinking block (preceding the lastmost set of "
            "`tool_use` and `tool_result` blocks)."
        )
