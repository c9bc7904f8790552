"""A JSON answer, both directions. Source: OpenAI API reference, "The response object"; openai Python SDK 3.54."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.chat.errors import BadRequest, UpstreamBroken
from gateway.chat.events import FinishReason
from gateway.chat.request import NO_EXTRAS, ChatRequest, Opaque, Text, Thinking, ToolUse
from gateway.chat.response import AnswerBlock, ChatResponse
from gateway.chat.usage import Usage, service_tier
from gateway.wire.dialect import AnswerContext

from .errors import failed
from .items import decode_item
from .names import NAME, ToolNames, own
from .output import OutputWriter, response_object, status_of, write_usage

_CANONICAL = frozenset(("id", "object", "model", "output", "usage"))
_COUNTED = frozenset(("input_tokens", "output_tokens", "total_tokens"))


def decode_response(body: Mapping[str, Any], request: ChatRequest) -> ChatResponse:
    if body.get("status") == "failed" or (body.get("error") and "output" not in body):
        raise failed(body.get("error"))
    output = body.get("output")
    if not isinstance(output, list):
        raise UpstreamBroken("The provider's answer is not a response object.")
    names = ToolNames(request.tools)
    blocks: list[AnswerBlock] = []
    for number, item in enumerate(output):
        blocks.extend(answer_blocks(item, f"output[{number}]", names))
    return ChatResponse(
        id=_word(body, "id"),
        model=_word(body, "model"),
        blocks=tuple(blocks),
        finish_reason=finish_reason(body, calls=any(isinstance(block, ToolUse) for block in blocks)),
        usage=read_usage(body.get("usage"), body.get("service_tier")),
        extras=answer_extras(body),
    )


def _word(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    return value if isinstance(value, str) else ""


def answer_blocks(item: Any, path: str, names: ToolNames) -> list[AnswerBlock]:
    """The blocks of one output item. Raises UpstreamBroken."""
    try:
        _, blocks = decode_item(item, path, names)
    except BadRequest as error:
        raise UpstreamBroken(f"The provider's answer is not a response object: {error.message}") from error
    return [block for block in blocks if isinstance(block, Text | Thinking | ToolUse | Opaque)]


def finish_reason(body: Mapping[str, Any], *, calls: bool) -> FinishReason:
    """Derived from what the answer holds (PAR-5): there is no stop reason on this wire but for incomplete answers."""
    if body.get("status") == "incomplete":
        details = body.get("incomplete_details")
        reason = details.get("reason") if isinstance(details, dict) else None
        return "refusal" if reason == "content_filter" else "length"
    return "tool_use" if calls else "stop"


def answer_extras(body: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    """All fields without a canonical place, and under "usage" what of it has none."""
    kept = {name: value for name, value in body.items() if name not in _CANONICAL}
    usage = body.get("usage")
    if isinstance(usage, dict):
        rest = {name: value for name, value in usage.items() if name not in _COUNTED}
        for name, counted in _COUNTED_DETAILS.items():
            details = usage.get(name)
            if isinstance(details, dict):
                rest[name] = {key: value for key, value in details.items() if key not in counted}
        if rest:
            kept["usage"] = rest
    return {NAME: kept} if kept else NO_EXTRAS


_COUNTED_DETAILS = {
    "input_tokens_details": ("cached_tokens", "cache_write_tokens"),
    "output_tokens_details": ("reasoning_tokens",),
}


def read_usage(usage: Any, tier: Any = None) -> Usage:
    """Disjoint counts: `input_tokens` includes what was read from and written to the cache (CCH-1, CCH-3). `tier`: the
    service_tier of the finished response; an earlier event only repeats what was asked for."""
    if not isinstance(usage, dict):
        return Usage(service_tier=service_tier(tier))
    details, out_details = (usage.get(name) for name in _COUNTED_DETAILS)
    details = details if isinstance(details, dict) else {}
    out_details = out_details if isinstance(out_details, dict) else {}
    prompt = _count(usage, "input_tokens")
    read = _count(details, "cached_tokens")
    written = _count(details, "cache_write_tokens")
    fresh = None if prompt is None else max(0, prompt - (read or 0) - (written or 0))
    return Usage(
        fresh,
        _count(usage, "output_tokens"),
        read,
        written,
        reasoning=_count(out_details, "reasoning_tokens"),
        service_tier=service_tier(tier),
    )


def _count(usage: Mapping[str, Any], name: str) -> int | None:
    value = usage.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def encode_response(response: ChatResponse, context: AnswerContext) -> dict[str, Any]:
    """An answer made in this dialect keeps its own fields; any other gets a whole response object around it."""
    kept = own(response.extras)
    writer = OutputWriter(context)
    if kept:
        body = {"object": "response", "created_at": context.created, **kept}
        status = str(kept.get("status", "completed"))
    else:
        body = response_object(context)
        status, body["incomplete_details"] = status_of(response.finish_reason)
        body["completed_at"] = context.created if status == "completed" else None
    body["status"] = status
    body["id"] = writer.response_id(response.id)
    body["model"] = context.model or response.model
    body["output"] = output_items(response, writer, "incomplete" if status == "incomplete" else "completed")
    body["usage"] = write_usage(response.usage, kept.get("usage"), exact=bool(kept))
    return body


def output_items(response: ChatResponse, writer: OutputWriter, status: str) -> list[dict[str, Any]]:
    """Consecutive texts are content parts of one message, unless a block remembers to have begun its own. `status` is that
    of the last item; those before are completed."""
    items: list[dict[str, Any]] = []
    content: list[dict[str, Any]] | None = None
    last = len(response.blocks) - 1
    for number, block in enumerate(response.blocks):
        word = status if number == last else "completed"
        if isinstance(block, Text):
            kept = own(block.extras)
            starts = isinstance(kept.get("item"), dict)
            if not block.text and not kept:
                continue  # EMP-2
            if content is None or starts:
                content = []
                item_status = _status(kept, word)
                items.append(writer.message(block, writer.item_id(block, "msg_"), item_status, content))
            elif items[-1]["status"] == "completed":
                items[-1]["status"] = word
            content.append(writer.part(block))
            continue
        content = None
        if isinstance(block, Thinking):
            if block.text or block.signature:
                items.append(writer.reasoning(block, writer.item_id(block, "rs_")))
        elif isinstance(block, ToolUse):
            prefix = "ctc_" if writer.is_custom(block) else "fc_"
            items.append(writer.call(block, writer.item_id(block, prefix), _status(own(block.extras), word)))
        elif block.dialect == NAME:
            items.append(dict(block.value))
    return items


def _status(kept: Mapping[str, Any], word: str) -> str:
    """An item's own final status, else `word`."""
    item = kept.get("item")
    known = item.get("status") if isinstance(item, dict) else None
    return known if isinstance(known, str) and known != "in_progress" else word
