"""GenerateContentResponse as a whole, and what its streamed pieces share with it: finish reasons and token counts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.chat.errors import UpstreamBroken
from gateway.chat.events import FinishReason
from gateway.chat.request import NO_EXTRAS, ChatRequest, Document, Image, Opaque, Text, Thinking, ToolUse
from gateway.chat.response import AnswerBlock, ChatResponse
from gateway.chat.usage import Usage, service_tier
from gateway.wire import fields
from gateway.wire.dialect import AnswerContext
from gateway.wire.tool_names import ToolNames
from gateway.wire.turns import arguments_object, own_signature_of_answer

from .errors import error_in_body
from .parts import NAME, ModelBlock, close_signature, function_call, media_part, model_blocks, names, own_mark

_REASONS: dict[str, FinishReason] = {
    "STOP": "stop",
    "MAX_TOKENS": "length",
    **dict.fromkeys(
        [
            "SAFETY",
            "RECITATION",
            "LANGUAGE",
            "BLOCKLIST",
            "PROHIBITED_CONTENT",
            "SPII",
            "IMAGE_SAFETY",
            "IMAGE_PROHIBITED_CONTENT",
            "IMAGE_RECITATION",
            "MODEL_ARMOR",
            "ESCALATION",
            "PUP_LIMITED_DISABLED",
        ],
        "refusal",
    ),
    "CONTINUATION": "pause_turn",
}
_BROKEN = frozenset(
    {
        "MALFORMED_FUNCTION_CALL",
        "UNEXPECTED_TOOL_CALL",
        "TOO_MANY_TOOL_CALLS",
        "MISSING_THOUGHT_SIGNATURE",
        "MALFORMED_RESPONSE",
    }
)
_WORDS: dict[FinishReason, str] = {
    "stop": "STOP",
    "tool_use": "STOP",
    "stop_sequence": "STOP",
    "length": "MAX_TOKENS",
    "context_length": "MAX_TOKENS",
    "refusal": "SAFETY",
    "pause_turn": "CONTINUATION",
    "unknown": "OTHER",
}
_COUNTS = frozenset(
    {"promptTokenCount", "cachedContentTokenCount", "candidatesTokenCount", "thoughtsTokenCount", "totalTokenCount"}
)
_TOP = frozenset({"candidates", "usageMetadata", "modelVersion", "responseId"})
_CANDIDATE = frozenset({"content", "finishReason"})


def finish_reason(word: str, called: bool) -> FinishReason:
    """Any functionCall means "tool_use" (PAR-4, PAR-5). Raises UpstreamBroken where Gemini says that what the model wrote
    is unusable (MALFORMED_FUNCTION_CALL and its kin): there is no answer to relay, another try or target may give one."""
    if word in _BROKEN:
        raise UpstreamBroken(f"The model's answer was unusable ({word}).", code="malformed_answer", upstream_type=word)
    reason = _REASONS.get(word, "unknown")
    return "tool_use" if called and reason != "refusal" else reason


def finish_word(reason: FinishReason) -> str:
    return _WORDS[reason]


def finish_marks(word: str, reason: FinishReason) -> dict[str, Any]:
    """The provider's own word, where it could not be told from the canonical one."""
    return {} if _WORDS[reason] == word else {"finishReason": word}


def _count(meta: Mapping[str, Any], name: str) -> int | None:
    value = meta.get(name)
    return value if isinstance(value, int) else None


def usage(meta: Mapping[str, Any]) -> Usage:
    """promptTokenCount includes cachedContentTokenCount (subtracted here, CCH-1) but not toolUsePromptTokenCount;
    candidatesTokenCount does not include thoughtsTokenCount (added here). Vertex tells the service tier as trafficType."""
    prompt = _count(meta, "promptTokenCount")
    cached = _count(meta, "cachedContentTokenCount")
    thoughts = _count(meta, "thoughtsTokenCount")
    candidates = _count(meta, "candidatesTokenCount")
    fresh = None if prompt is None else max(0, prompt - (cached or 0)) + (_count(meta, "toolUsePromptTokenCount") or 0)
    output = None if candidates is None and thoughts is None else (candidates or 0) + (thoughts or 0)
    tier = service_tier(meta.get("serviceTier") or meta.get("trafficType"))
    return Usage(input=fresh, output=output, cache_read=cached, reasoning=thoughts, service_tier=tier)


def usage_metadata(counted: Usage, rest: Mapping[str, Any]) -> dict[str, Any]:
    """The inverse. Cache writes, which Gemini does not know, count as prompt."""
    meta: dict[str, Any] = {}
    prompt = counted.prompt
    from_tools = _count(rest, "toolUsePromptTokenCount") or 0
    if prompt is not None:
        meta["promptTokenCount"] = prompt - from_tools
    if counted.cache_read is not None:
        meta["cachedContentTokenCount"] = counted.cache_read
    if counted.output is not None:
        answer = counted.output - (counted.reasoning or 0)
        if answer or counted.reasoning is None:
            meta["candidatesTokenCount"] = answer
    if counted.reasoning is not None:
        meta["thoughtsTokenCount"] = counted.reasoning
    if prompt is not None:
        meta["totalTokenCount"] = prompt + (counted.output or 0)
    return {**meta, **rest}


def seed_of(request: ChatRequest, response_id: str) -> str:
    return f"{len(request.messages)}/{response_id}"


def answer_block(block: ModelBlock) -> AnswerBlock:
    """Pictures a model draws have no canonical form in answers: they stay as they came."""
    if isinstance(block, Image | Document):
        part = media_part(block) or {}
        return Opaque(NAME, next(iter(part), "unknown"), part)
    return block


def decode_response(body: Mapping[str, Any], request: ChatRequest) -> ChatResponse:
    """The first candidate. A blocked prompt is a refusal without blocks."""
    if "error" in body:
        raise error_in_body(body)
    candidates = body.get("candidates")
    candidate = (
        candidates[0] if isinstance(candidates, list) and candidates and isinstance(candidates[0], dict) else None
    )
    blocked = isinstance(body.get("promptFeedback"), dict) and body["promptFeedback"].get("blockReason")
    if candidate is None and not blocked:
        raise UpstreamBroken("The provider's answer is not in the Gemini dialect: no candidates.")
    candidate = candidate or {}
    content = candidate.get("content")
    parts = content.get("parts") if isinstance(content, dict) else None
    response_id = str(body.get("responseId") or "")
    blocks = tuple(
        answer_block(block)
        for block in model_blocks(
            parts if isinstance(parts, list) else [], seed_of(request, response_id), names(request.tools)
        )
    )
    word = str(candidate.get("finishReason") or ("SAFETY" if blocked else ""))
    reason = finish_reason(word, any(isinstance(block, ToolUse) for block in blocks))
    meta = body.get("usageMetadata")
    meta = meta if isinstance(meta, dict) else {}
    extras: dict[str, Any] = fields.rest(body, _TOP)
    if rest := fields.rest(candidate, _CANDIDATE):
        extras["candidate"] = rest
    if rest := fields.rest(meta, _COUNTS):
        extras["usageMetadata"] = rest
    if candidate:
        extras.update(finish_marks(word, reason))
    elif blocked:
        extras["finishReason"] = None
    return ChatResponse(
        id=response_id,
        model=str(body.get("modelVersion") or ""),
        blocks=blocks,
        finish_reason=reason,
        usage=usage(meta),
        extras={NAME: extras} if extras else NO_EXTRAS,
    )


class PartsWriter:
    """Writes the blocks of an answer as parts; signatures go on the part after their thought (see `parts`)."""

    __slots__ = ("_known", "_origin", "_pending", "parts")

    def __init__(self, context: AnswerContext) -> None:
        self._origin = context.origin
        self._known: ToolNames = names(context.request.tools)
        self._pending: str | None = None
        self.parts: list[dict[str, Any]] = []

    def take(self) -> list[dict[str, Any]]:
        parts, self.parts = self.parts, []
        return parts

    def text(self, value: str, own_signature: str | None = None) -> None:
        self._add({"text": value}, own_signature)

    def thought(self, value: str) -> None:
        self.parts.append({"text": value, "thought": True})

    def signature(self, value: str, block: Thinking) -> None:
        self.flush()
        made, maker = own_signature_of_answer(value, block.origin or self._origin)
        signature = close_signature(made, maker, redacted=block.redacted)
        if own_mark(block.extras, "signed") and self.parts and self.parts[-1].get("thought"):
            self.parts[-1]["thoughtSignature"] = signature
        else:
            self._pending = signature

    def call(self, block: ToolUse) -> None:
        arguments, _ = arguments_object(block)
        name = self._known.wire(block.name, block.namespace)
        self._add({"functionCall": function_call(block, name, arguments)}, own_mark(block.extras, "thoughtSignature"))

    def opaque(self, block: Opaque) -> None:
        if block.dialect == NAME:
            self._add(dict(block.value), None)

    def _add(self, part: dict[str, Any], own_signature: str | None) -> None:
        if own_signature and self._pending not in (None, own_signature):
            self.flush()
        signature = own_signature or self._pending
        self._pending = None
        if signature and "thoughtSignature" not in part:
            part["thoughtSignature"] = signature
        self.parts.append(part)

    def flush(self) -> None:
        if self._pending is not None:
            self.parts.append({"text": "", "thoughtSignature": self._pending})
            self._pending = None


def encode_response(response: ChatResponse, context: AnswerContext) -> dict[str, Any]:
    writer = PartsWriter(context)
    for block in response.blocks:
        if isinstance(block, Text):
            if block.text:
                writer.text(block.text, own_mark(block.extras, "thoughtSignature"))
        elif isinstance(block, Thinking):
            if block.text:
                writer.thought(block.text)
            if block.signature:
                writer.signature(block.signature, block)
        elif isinstance(block, ToolUse):
            writer.call(block)
        else:
            writer.opaque(block)
    writer.flush()
    extras = dict(response.extras.get(NAME, {}))
    candidate: dict[str, Any] = {"content": {"role": "model", "parts": writer.parts}} if writer.parts else {}
    word = extras.pop("finishReason", finish_word(response.finish_reason))
    if word:
        candidate["finishReason"] = word
    candidate.update(extras.pop("candidate", {}))
    meta = usage_metadata(response.usage, extras.pop("usageMetadata", {}))
    body: dict[str, Any] = {"candidates": [candidate]} if candidate else {}
    if meta:
        body["usageMetadata"] = meta
    body["modelVersion"] = context.model
    body["responseId"] = response.id or context.answer_id
    return {**body, **extras}
