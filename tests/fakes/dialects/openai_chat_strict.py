"""What Chat Completions answers 400 to. Messages are the vendor's own, as users reported them (../NOTES.md)."""

from __future__ import annotations

from .base import Json, Refused, Turn

REASONING = ("gpt-5", "gpt-6", "o1", "o3", "o4")
ROLES = ("system", "developer", "user", "assistant", "tool", "function")
FOREIGN = ("system", "thinking", "stop_sequences", "top_k", "anthropic_version", "input", "contents")
USER_PARTS = ("text", "image_url", "input_audio", "file")


def check(turn: Turn) -> None:
    body = turn.body
    for field in FOREIGN:
        if field in body:
            raise Refused(f"Unknown parameter: '{field}'.")
    if turn.model.startswith(REASONING):
        if "max_tokens" in body:
            raise Refused(
                "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
            )
        if body.get("temperature", 1) != 1:
            raise Refused(
                f"Unsupported value: 'temperature' does not support {body['temperature']} with this model. "
                "Only the default (1) value is supported."
            )
    if body.get("stream_options") and not body.get("stream"):
        raise Refused("The 'stream_options' parameter is only allowed when 'stream' is enabled.")
    if body.get("tools") == []:
        raise Refused(
            "Invalid 'tools': empty array. Expected an array with minimum length 1, but got an empty array instead."
        )
    if body.get("tool_choice") and not body.get("tools"):
        raise Refused("Invalid value for 'tool_choice': 'tool_choice' is only allowed when 'tools' are specified.")
    for index, tool in enumerate(body.get("tools") or []):
        if tool.get("type") not in ("function", "custom"):
            raise Refused(f"Invalid value: '{tool.get('type')}'. Supported values are: 'function' and 'custom'.")
        if tool["type"] == "function" and not (tool.get("function") or {}).get("name"):
            raise Refused(f"Missing required parameter: 'tools[{index}].function.name'.")
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        raise Refused("Invalid 'messages': empty array. Expected an array with minimum length 1.")
    _pairs(messages)
    for index, message in enumerate(messages):
        _message(index, message)


def _pairs(messages: list[Json]) -> None:
    waiting: list[str] = []
    for index, message in enumerate(messages):
        if message.get("role") == "tool":
            if message.get("tool_call_id") not in waiting:
                raise Refused(
                    "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with "
                    "'tool_calls'."
                )
            waiting.remove(message["tool_call_id"])
            continue
        if waiting:
            break
        waiting = [call["id"] for call in message.get("tool_calls") or []]
        if message.get("tool_calls") == []:
            raise Refused(f"Invalid 'messages[{index}].tool_calls': empty array.")
    if waiting:
        raise Refused(
            "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. "
            f"The following tool_call_ids did not have response messages: {', '.join(waiting)}"
        )


def _message(index: int, message: Json) -> None:
    role, content = message.get("role"), message.get("content")
    if role not in ROLES:
        raise Refused(f"Invalid value: '{role}'. Supported values are: {', '.join(ROLES)}.")
    if role == "assistant" and content is None and not (message.get("tool_calls") or message.get("refusal")):
        raise Refused(f"Invalid value for 'content': expected a string, got null. (messages[{index}].content)")
    if role in ("user", "system", "developer", "tool") and content is None:
        raise Refused(f"Invalid value for 'content': expected a string, got null. (messages[{index}].content)")
    for part in content if isinstance(content, list) else []:
        kind = part.get("type")
        allowed = USER_PARTS if role == "user" else ("text", "refusal") if role == "assistant" else ("text",)
        if kind not in allowed:
            raise Refused(
                f"Invalid 'messages[{index}]'. Image URLs are only allowed for messages with role 'user', but this message "
                f"with role '{role}' contains an image URL."
                if kind == "image_url"
                else f"Invalid value: '{kind}'. Supported values are: {', '.join(allowed)}."
            )
    for call in message.get("tool_calls") or []:
        if call.get("type") == "function" and not isinstance(call["function"].get("arguments"), str):
            raise Refused(f"Invalid type for 'messages[{index}].tool_calls[0].function.arguments': expected a string.")
        if len(call["id"]) > 40:
            raise Refused(f"Invalid 'messages[{index}].tool_calls[0].id': string too long. Expected maximum length 40.")
