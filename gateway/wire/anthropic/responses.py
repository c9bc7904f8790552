"""A whole answer of the Messages API, both directions (docs.claude.com/en/api/messages, "Returns")."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from gateway.chat.errors import UpstreamBroken
from gateway.chat.request import NO_EXTRAS, ChatRequest, Extras, Opaque, Text, Thinking, Tool, ToolUse
from gateway.chat.response import AnswerBlock, ChatResponse
from gateway.chat.signatures import seal
from gateway.chat.usage import NO_USAGE

from ..dialect import AnswerContext
from .blocks import NAME, decode_block, own
from .errors import error_of_event
from .naming import tool_name, tool_names_back
from .usage import decode_usage, encode_usage, finish_reason, stop_word, usage_rest
from .writing import Wire, arguments_of, wire_fields

_KNOWN = frozenset({"id", "type", "role", "model", "content", "stop_reason", "stop_sequence", "usage"})
USAGE_REST = "usage"
FINAL_USAGE_REST = "final_usage"
STOP_REASON = "stop_reason"
"""Response extras: a stop reason without a canonical word."""
NOTHING = "The model's answer was empty."
BAD_ARGUMENTS = "The model's tool call was cut: its arguments are not valid JSON."


def decode_response(body: Mapping[str, Any], request: ChatRequest) -> ChatResponse:
    """Raises UpstreamBroken for a body that is no message, and the error of an error body."""
    if body.get("type") == "error" or ("error" in body and "content" not in body):
        raise error_of_event(body)
    content = body.get("content")
    if not isinstance(content, list):
        raise UpstreamBroken("The provider's answer is not a message.")
    names = tool_names_back(request.tools)
    blocks = tuple(_answer_block(item, index, names) for index, item in enumerate(content))
    calls = any(isinstance(block, ToolUse) for block in blocks)
    word, sequence = body.get("stop_reason"), body.get("stop_sequence")
    reason = finish_reason(word, calls=calls)
    rest = {name: value for name, value in body.items() if name not in _KNOWN}
    usage_left = usage_rest(body.get("usage"))
    if usage_left:
        rest[USAGE_REST] = usage_left
    if reason == "unknown" and word is not None:
        rest[STOP_REASON] = word
    return ChatResponse(
        id=str(body.get("id") or ""),
        model=str(body.get("model") or ""),
        blocks=blocks,
        finish_reason=reason,
        usage=decode_usage(body.get("usage"), request) or NO_USAGE,
        stop_sequence=sequence if isinstance(sequence, str) else None,
        extras={NAME: rest} if rest else NO_EXTRAS,
    )


def _answer_block(item: Any, index: int, names: Mapping[str, Tool]) -> AnswerBlock:
    try:
        block = decode_block(item, f"content.{index}")
    except Exception as error:
        raise UpstreamBroken("The provider's answer holds a block that is none.") from error
    if isinstance(block, ToolUse):
        return named_back(block, names)
    if isinstance(block, Text | Thinking | Opaque):
        return block
    return Opaque(NAME, str(item.get("type")), item)


def named_back(block: ToolUse, names: Mapping[str, Tool]) -> ToolUse:
    """The call under the name (and namespace) its tool was declared with."""
    tool = names.get(block.name)
    return block if tool is None else replace(block, name=tool.name, namespace=tool.namespace)


def encode_response(response: ChatResponse, context: AnswerContext) -> dict[str, Any]:
    """Raises UpstreamBroken where there is nothing to show (EMP-1) or a call's arguments are no JSON (TID-7)."""
    native = context.origin.dialect == NAME
    content: list[Wire] = []
    for block in response.blocks:
        content.extend(_encode_block(block, response, context))
    if not content and not native and response.finish_reason != "refusal":
        raise UpstreamBroken(NOTHING)
    extras = own(response.extras)
    calls = any(str(block.get("type")) == "tool_use" for block in content)
    rest = {**(extras.get(USAGE_REST) or {}), **(extras.get(FINAL_USAGE_REST) or {})}
    return {
        "id": message_id(response.id, context),
        "type": "message",
        "role": "assistant",
        "model": context.model or response.model,
        "content": content,
        "stop_reason": stop_word(response.finish_reason, calls=calls, raw=extras.get(STOP_REASON), native=native),
        "stop_sequence": response.stop_sequence,
        "usage": encode_usage(
            response.usage
            if response.usage.input is not None
            else replace(response.usage, input=context.input_estimate),
            rest,
        ),
        **{name: value for name, value in extras.items() if name not in (USAGE_REST, FINAL_USAGE_REST, STOP_REASON)},
    }


def message_id(given: str, context: AnswerContext) -> str:
    """The provider's id if it is one of this dialect; clients hang without one."""
    return given if given.startswith("msg_") else f"msg_{context.answer_id}"


def _encode_block(block: AnswerBlock, response: ChatResponse, context: AnswerContext) -> list[Wire]:
    if isinstance(block, Text):
        if not block.text.strip():
            return []
        return [{"type": "text", "text": block.text, **answer_fields(block.extras)}]
    if isinstance(block, Thinking):
        fields = answer_fields(block.extras)
        if block.redacted:
            return [{"type": "redacted_thinking", "data": proof(block, context), **fields}]
        return [{"type": "thinking", "thinking": block.text, "signature": proof(block, context), **fields}]
    if isinstance(block, ToolUse):
        given, sound = arguments_of(block)
        if not sound:
            if response.finish_reason != "length":
                raise UpstreamBroken(BAD_ARGUMENTS)
            given = {}
        name = tool_name(block.name, block.namespace)
        return [{"type": "tool_use", "id": block.id, "name": name, "input": given, **answer_fields(block.extras)}]
    return [dict(block.value)] if block.dialect == NAME else []


def proof(block: Thinking, context: AnswerContext) -> str:
    """The signature a client of this dialect gets. One of another dialect, or of a known other maker, is sealed with its
    origin, even when there is none: so the text finds its way back to its maker, and to nobody else (THK-3)."""
    origin = block.origin or context.origin
    if origin.dialect == NAME and block.origin is None:
        return block.signature or ""
    return seal(origin, block.signature or "")


def answer_fields(extras: Extras) -> Wire:
    """`wire_fields`, and the citations that came as deltas."""
    fields = wire_fields(extras)
    cited = [value.get("citation") for event, value in own(extras).get("deltas", ()) if event == "citations_delta"]
    if cited:
        fields["citations"] = [*(fields.get("citations") or []), *cited]
    return fields
