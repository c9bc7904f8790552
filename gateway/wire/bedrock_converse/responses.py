"""ConverseResponse as a whole, and what the stream shares with it: stop reasons and token counts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.chat.errors import UpstreamBroken
from gateway.chat.events import FinishReason
from gateway.chat.request import NO_EXTRAS, ChatRequest, Document, Image, Opaque, Text, Thinking, ToolResult, ToolUse
from gateway.chat.response import AnswerBlock, ChatResponse
from gateway.chat.usage import Usage, service_tier
from gateway.wire import fields
from gateway.wire.dialect import AnswerContext
from gateway.wire.tool_names import ToolNames
from gateway.wire.turns import arguments_object, own_signature_of_answer

from .blocks import NAME, call_id, closed, image_block, names, reasoning_block
from .messages import decode_content

_REASONS: dict[str, FinishReason] = {
    "end_turn": "stop",
    "tool_use": "tool_use",
    "max_tokens": "length",
    "stop_sequence": "stop_sequence",
    "guardrail_intervened": "refusal",
    "content_filtered": "refusal",
    "refusal": "refusal",
    "pause_turn": "pause_turn",
    "model_context_window_exceeded": "context_length",
}
_BROKEN = frozenset({"malformed_model_output", "malformed_tool_use"})
_WORDS: dict[FinishReason, str] = {
    "stop": "end_turn",
    "tool_use": "tool_use",
    "length": "max_tokens",
    "stop_sequence": "stop_sequence",
    "refusal": "content_filtered",
    "pause_turn": "pause_turn",
    "context_length": "model_context_window_exceeded",
    "unknown": "end_turn",
}
_USAGE = frozenset(
    {"inputTokens", "outputTokens", "totalTokens", "cacheReadInputTokens", "cacheWriteInputTokens", "cacheDetails"}
)


def finish_reason(word: str, called: bool) -> FinishReason:
    """Any toolUse means "tool_use" (PAR-4, PAR-5), unless the answer was filtered. Raises UpstreamBroken where Bedrock says
    that what the model wrote is unusable."""
    if word in _BROKEN:
        raise UpstreamBroken(f"The model's answer was unusable ({word}).", code="malformed_answer", upstream_type=word)
    reason = _REASONS.get(word, "unknown")
    return "tool_use" if called and reason != "refusal" else reason


def finish_word(reason: FinishReason) -> str:
    return _WORDS[reason]


def finish_marks(word: str, reason: FinishReason) -> dict[str, Any]:
    return {} if _WORDS[reason] == word else {"stopReason": word}


def usage(given: Mapping[str, Any], tier: Any = None) -> Usage:
    """inputTokens is what was neither read from nor written to the cache (CCH-1). cacheDetails tells writes by ttl; without
    it all are 5-minute ones (CCH-8). `tier`: the serviceTier object beside the counts."""

    def count(name: str) -> int | None:
        value = given.get(name)
        return value if isinstance(value, int) else None

    five, hour = count("cacheWriteInputTokens"), None
    details = given.get("cacheDetails")
    if isinstance(details, list) and details:
        by_ttl = {"5m": 0, "1h": 0}
        for detail in details:
            ttl = str(detail.get("ttl")) if isinstance(detail, dict) else ""
            if ttl in by_ttl and isinstance(detail.get("inputTokens"), int):
                by_ttl[ttl] += detail["inputTokens"]
        five, hour = by_ttl["5m"], by_ttl["1h"]
    served = service_tier(tier.get("type") if isinstance(tier, dict) else None)
    return Usage(
        count("inputTokens"), count("outputTokens"), count("cacheReadInputTokens"), five, hour, service_tier=served
    )


def usage_object(counted: Usage) -> dict[str, Any]:
    """The inverse; the three counts Converse always sends are 0 where nothing is known."""
    out: dict[str, Any] = {
        "inputTokens": counted.input or 0,
        "outputTokens": counted.output or 0,
        "totalTokens": (counted.prompt or 0) + (counted.output or 0),
    }
    if counted.cache_read is not None:
        out["cacheReadInputTokens"] = counted.cache_read
    if counted.cache_write is not None:
        out["cacheWriteInputTokens"] = counted.cache_write
    if counted.cache_write_1h is not None:
        pairs = (("1h", counted.cache_write_1h), ("5m", counted.cache_write_5m or 0))
        out["cacheDetails"] = [{"ttl": ttl, "inputTokens": tokens} for ttl, tokens in pairs if tokens]
    return out


def usage_marks(given: Mapping[str, Any], counted: Usage) -> dict[str, Any]:
    """What `usage_object` would write otherwise, or not at all."""
    again = usage_object(counted)
    return {name: value for name, value in given.items() if again.get(name) != value}


def decode_response(body: Mapping[str, Any], request: ChatRequest) -> ChatResponse:
    output = body.get("output")
    message = output.get("message") if isinstance(output, dict) else None
    if not isinstance(message, dict):
        raise UpstreamBroken("The provider's answer is not in the Converse dialect: no message.")
    content = message.get("content")
    decoded = decode_content(
        content if isinstance(content, list) else [], "output.message.content", names(request.tools)
    )
    blocks = tuple(block for found in decoded if (block := _answer_block(found)) is not None)
    word = str(body.get("stopReason") or "")
    reason = finish_reason(word, any(isinstance(block, ToolUse) for block in blocks))
    given = body.get("usage")
    given = given if isinstance(given, dict) else {}
    counted = usage(given, body.get("serviceTier"))
    extras: dict[str, Any] = fields.rest(body, frozenset({"output", "stopReason", "usage"}))
    extras.update(finish_marks(word, reason))
    if marks := usage_marks(given, counted):
        extras["usage"] = marks
    return ChatResponse("", "", blocks, reason, counted, extras={NAME: extras} if extras else NO_EXTRAS)


def _answer_block(block: Any) -> AnswerBlock | None:
    """Blank texts of a model go (EMP-2); pictures it draws stay as they came."""
    if isinstance(block, Text):
        return block if block.text else None
    if isinstance(block, Image):
        return Opaque(NAME, "image", image_block(block) or {})
    if isinstance(block, Document | ToolResult):
        return None
    assert isinstance(block, Thinking | ToolUse | Opaque)
    return block


def encode_response(response: ChatResponse, context: AnswerContext) -> dict[str, Any]:
    known = names(context.request.tools)
    content = [written for block in response.blocks if (written := _written(block, known, context)) is not None]
    extras = dict(response.extras.get(NAME, {}))
    body: dict[str, Any] = {
        "output": {"message": {"role": "assistant", "content": content}},
        "stopReason": extras.pop("stopReason", finish_word(response.finish_reason)),
        "usage": {**usage_object(response.usage), **extras.pop("usage", {})},
        "metrics": extras.pop("metrics", {"latencyMs": 0}),
    }
    return {**body, **extras}


def _written(block: AnswerBlock, known: ToolNames, context: AnswerContext) -> dict[str, Any] | None:
    if isinstance(block, Text):
        return {"text": block.text} if block.text else None
    if isinstance(block, ToolUse):
        arguments, _ = arguments_object(block)
        name = known.wire(block.name, block.namespace)
        return {"toolUse": {"toolUseId": call_id(block.id), "name": name, "input": arguments}}
    if isinstance(block, Thinking):
        signature = block.signature
        if signature is not None:
            made, origin = own_signature_of_answer(signature, block.origin or context.origin)
            signature = closed(made, origin, blob=block.redacted)
        return reasoning_block(block.text, signature, block.redacted)
    return dict(block.value) if block.dialect == NAME else None
