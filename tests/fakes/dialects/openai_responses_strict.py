"""What the Responses API answers 400 to. Messages are the vendor's own, as users reported them (../NOTES.md)."""

from __future__ import annotations

from .base import Json, Refused, Turn

FOREIGN = ("messages", "max_tokens", "system", "stop", "response_format", "stream_options.include_usage", "n")
PARTS = {"user": ("input_text", "input_image", "input_file", "input_audio"), "assistant": ("output_text", "refusal")}
PREFIXES = {"reasoning": "rs", "function_call": "fc", "custom_tool_call": "ctc", "message": "msg"}


def check(turn: Turn) -> None:
    body = turn.body
    for field in FOREIGN:
        if field in body:
            raise Refused(f"Unknown parameter: '{field}'.")
    if body.get("input") in (None, "", []) and not body.get("previous_response_id"):
        raise Refused("Missing required parameter: 'input'.")
    for index, tool in enumerate(body.get("tools") or []):
        if tool.get("type") == "function" and not tool.get("name"):
            raise Refused(f"Missing required parameter: 'tools[{index}].name'.")
    if body.get("max_output_tokens") is not None and body["max_output_tokens"] < 16:
        raise Refused("Invalid 'max_output_tokens': integer below minimum value. Expected a value >= 16.")
    given = body.get("input")
    if isinstance(given, list):
        _items(turn, given)
        if not body.get("previous_response_id"):
            _pairs(given)


def _items(turn: Turn, given: list[Json]) -> None:
    for index, entry in enumerate(given):
        kind = entry.get("type", "message")
        prefix = PREFIXES.get(kind)
        made = entry.get("id")
        if prefix and made and not str(made).startswith(prefix):
            raise Refused(f"Invalid 'input[{index}].id': '{made}'. Expected an ID that begins with '{prefix}'.")
        if kind == "reasoning":
            _thought(turn, index, entry)
        if kind == "message" and isinstance(entry.get("content"), list):
            role = "assistant" if entry.get("role") == "assistant" else "user"
            for part in entry["content"]:
                if part.get("type") not in PARTS[role]:
                    raise Refused(
                        f"Invalid value: '{part.get('type')}'. Supported values are: {', '.join(PARTS[role])}. "
                        f"(input[{index}].content)"
                    )


def _thought(turn: Turn, index: int, entry: Json) -> None:
    sealed = entry.get("encrypted_content")
    if sealed is None:
        if turn.body.get("store") is False:
            raise Refused(
                f"Item with id '{entry.get('id')}' not found. Items are not persisted when `store` is set to false."
            )
    elif turn.signatures.get(sealed) is None:
        raise Refused(f"The encrypted content for item {entry.get('id')} could not be verified.")
    if "summary" not in entry:
        raise Refused(f"Missing required parameter: 'input[{index}].summary'.")


def _pairs(given: list[Json]) -> None:
    """By call_id, wherever they stand."""
    calls = [e.get("call_id") for e in given if e.get("type") in ("function_call", "custom_tool_call")]
    outputs = [e.get("call_id") for e in given if e.get("type") in ("function_call_output", "custom_tool_call_output")]
    for missing in [c for c in calls if c not in outputs]:
        raise Refused(f"No tool output found for function call {missing}.")
    for orphan in [o for o in outputs if o not in calls]:
        raise Refused(f"No tool call found for function call output with call_id {orphan}.")
