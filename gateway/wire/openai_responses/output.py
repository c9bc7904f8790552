"""Canonical answers as `output` items and response objects, shared by the JSON body and the stream."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from gateway.chat import signatures
from gateway.chat.events import FinishReason
from gateway.chat.request import Opaque, Origin, Text, Thinking, ToolUse
from gateway.chat.response import AnswerBlock
from gateway.chat.usage import NO_USAGE, Usage
from gateway.wire.dialect import AnswerContext

from .input_items import split_joined
from .items import SEPARATOR
from .names import NAME, ToolNames, own
from .parts import encode_text
from .tools import encode_tool

ANNOTATION = "response.output_text.annotation.added"
PART_BREAK = "response.reasoning_summary_part.added"
"""An opaque delta inside a reasoning block: its next part begins, "at" so many characters; a separator follows."""


class OutputWriter:
    """Items for one client: knows its tools, and gives items the ids of this answer."""

    def __init__(self, context: AnswerContext) -> None:
        self._context = context
        self._names = ToolNames(context.request.tools)
        self._count = 0

    def response_id(self, given: str) -> str:
        return given if given.startswith("resp") else f"resp_{self._context.answer_id}"

    def item_id(self, block: AnswerBlock, prefix: str) -> str:
        """The provider's own id in this dialect, else prefix + answer id + number."""
        self._count += 1
        if not isinstance(block, Opaque):
            item = own(block.extras).get("item")
            if isinstance(item, dict) and isinstance(item.get("id"), str) and item["id"]:
                return str(item["id"])
        return f"{prefix}{self._context.answer_id}{self._count - 1}"

    def is_custom(self, block: ToolUse) -> bool:
        """Whether the client takes this call as free text: it offered the tool so, whatever the provider was offered."""
        tool = self._names.find(block.namespace, block.name)
        return block.kind == "custom" if tool is None else tool.kind == "custom"

    def call(self, block: ToolUse, item_id: str, status: str) -> dict[str, Any]:
        """A function_call or custom_tool_call item under the name, in the namespace, the client gave the tool."""
        tool = self._names.find(block.namespace, block.name)
        kept = _kept_item(block)
        custom = self.is_custom(block)
        item: dict[str, Any] = {
            **kept,
            "id": item_id,
            "type": "custom_tool_call" if custom else "function_call",
            "call_id": block.id or f"call_{item_id}",
            "name": tool.name if tool is not None else block.name,
        }
        if "status" in kept or not kept:
            item["status"] = status
        namespace = tool.namespace if tool is not None else block.namespace
        if namespace is not None:
            item["namespace"] = namespace
        if custom:
            item["input"] = block.arguments if block.kind == "custom" else unwrap_input(block.arguments)
        else:
            item["arguments"] = block.arguments
        return item

    def reasoning(self, block: Thinking, item_id: str, lengths: list[int] | None = None) -> dict[str, Any]:
        """`lengths` of the parts of the text, where they are known otherwise than from the block."""
        kept = own(block.extras)
        item: dict[str, Any] = {"summary": [], **_kept_item(block), "id": item_id, "type": "reasoning"}
        if block.text:
            source = "content" if kept.get("source") == "content" else "summary"
            kind = "reasoning_text" if source == "content" else "summary_text"
            texts = split_joined(block.text, lengths or part_lengths(block))
            item[source] = [{"type": kind, "text": text} for text in texts]
        if block.signature:
            item["encrypted_content"] = self.sealed(block)
        return item

    def sealed(self, block: Thinking) -> str:
        """The signature as it is when it was made in this dialect, else sealed with its origin (THK-3, CDX-8)."""
        origin: Origin = block.origin or self._context.origin
        signature = block.signature or ""
        return signature if origin.dialect == NAME else signatures.seal(origin, signature)

    @staticmethod
    def message(block: Text | None, item_id: str, status: str, content: list[dict[str, Any]]) -> dict[str, Any]:
        kept = _kept_item(block) if block is not None else {}
        return {**kept, "id": item_id, "type": "message", "status": status, "role": "assistant", "content": content}

    @staticmethod
    def part(block: Text) -> dict[str, Any]:
        """A finished content part; annotations of this dialect that came as events are put into it."""
        part = encode_text(block, "assistant")
        if part["type"] == "output_text":
            added = [
                value.get("annotation") for event, value in own(block.extras).get("deltas", ()) if event == ANNOTATION
            ]
            part["annotations"] = [*part.get("annotations", ()), *added]
            if "part" not in own(block.extras):
                part["logprobs"] = []
        return part


def _kept_item(block: Text | Thinking | ToolUse) -> dict[str, Any]:
    item = own(block.extras).get("item")
    return dict(item) if isinstance(item, dict) else {}


def part_lengths(block: Thinking) -> list[int] | None:
    """How long the parts are that the text was joined from; None for one part."""
    kept = own(block.extras)
    ends = [value["at"] for event, value in kept.get("deltas", ()) if event == PART_BREAK]
    if not ends:
        return kept.get("lengths")
    starts = [0, *(end + len(SEPARATOR) for end in ends)]
    return [end - start for start, end in zip(starts, [*ends, len(block.text)], strict=True)]


def unwrap_input(arguments: str) -> str:
    """The free text inside ``{"input": "..."}``, which is how a custom tool is offered where there are none. A model that
    wrote something else is taken at its word."""
    try:
        value = json.loads(arguments)
    except ValueError:
        return arguments
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        found = value.get("input")
        if found is None and len(value) == 1:
            found = next(iter(value.values()))
        if isinstance(found, str):
            return found
        if not value:
            return ""
    return arguments


def write_usage(
    usage: Usage | None, rest: Mapping[str, Any] | None = None, *, exact: bool = False
) -> dict[str, Any] | None:
    """Usage with inclusive input tokens, as this API counts. `exact`: leave out what was not reported (an answer of this
    dialect); else 0 stands for it, as the fields are required. None when nothing was reported."""
    usage = usage or NO_USAGE
    prompt = usage.prompt
    if prompt is None and usage.output is None:
        return None
    written: dict[str, Any] = dict(rest or {})
    details = dict(written.get("input_tokens_details") or {})
    for name, value in (("cached_tokens", usage.cache_read), ("cache_write_tokens", usage.cache_write)):
        if value is not None or not exact:
            details[name] = value or 0
    out_details = dict(written.get("output_tokens_details") or {})
    if usage.reasoning is not None or not exact:
        out_details["reasoning_tokens"] = usage.reasoning or 0
    written["input_tokens"] = prompt or 0
    written["output_tokens"] = usage.output or 0
    if details or not exact:
        written["input_tokens_details"] = details
    if out_details or not exact:
        written["output_tokens_details"] = out_details
    written["total_tokens"] = written["input_tokens"] + written["output_tokens"]
    return written


def status_of(reason: FinishReason) -> tuple[str, dict[str, str] | None]:
    """(status, incomplete_details)."""
    if reason in ("length", "context_length"):
        return "incomplete", {"reason": "max_output_tokens"}
    if reason == "refusal":
        return "incomplete", {"reason": "content_filter"}
    return "completed", None


def response_object(context: AnswerContext) -> dict[str, Any]:
    """A response object as the SDK's type has it, without output, with the request's own settings echoed."""
    request = context.request
    kept = own(request.extras)
    thinking = request.thinking
    text: dict[str, Any] = {"format": {"type": "text"}}
    if request.response_format is not None:
        wanted = request.response_format
        text["format"] = {"type": wanted.kind}
        if wanted.kind == "json_schema":
            text["format"].update(name=wanted.name or "response", schema=wanted.schema, strict=wanted.strict)
    if isinstance(kept.get("text"), dict) and "verbosity" in kept["text"]:
        text["verbosity"] = kept["text"]["verbosity"]
    tools = [] if "_layout" in kept else [encode_tool(tool, same=True) for tool in request.tools]
    instructions = [block.text for block in request.system if not block.extras]
    return {
        "id": f"resp_{context.answer_id}",
        "object": "response",
        "created_at": context.created,
        "status": "in_progress",
        "background": False,
        "error": None,
        "incomplete_details": None,
        "instructions": instructions[0] if instructions else None,
        "max_output_tokens": request.max_tokens,
        "max_tool_calls": kept.get("max_tool_calls"),
        "model": context.model,
        "output": [],
        "parallel_tool_calls": request.parallel_tool_calls is not False,
        "previous_response_id": kept.get("previous_response_id"),
        "prompt_cache_key": kept.get("prompt_cache_key"),
        "reasoning": {
            "effort": thinking.effort if thinking else None,
            "summary": thinking.summary if thinking else None,
        },
        "safety_identifier": kept.get("safety_identifier"),
        "service_tier": kept.get("service_tier") or "default",
        "store": kept.get("store") is not False,
        "temperature": 1.0 if request.sampling.temperature is None else request.sampling.temperature,
        "text": text,
        "tool_choice": _tool_choice(context),
        "tools": [tool for tool in tools if tool is not None],
        "top_logprobs": kept.get("top_logprobs") or 0,
        "top_p": 1.0 if request.sampling.top_p is None else request.sampling.top_p,
        "truncation": kept.get("truncation") or "disabled",
        "usage": None,
        "user": request.user,
        "metadata": kept.get("metadata") or {},
    }


def _tool_choice(context: AnswerContext) -> Any:
    choice = context.request.tool_choice
    if choice is None:
        return "auto"
    raw = own(choice.extras).get("raw")
    if raw is not None:
        return raw
    if choice.mode == "tool":
        return {"type": "function", "name": choice.name}
    return "required" if choice.mode == "any" else choice.mode
