"""`ChatResponse` to one Chat Completions body, and what a streamed answer shares with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.chat.request import NO_EXTRAS, ChatRequest, Opaque, Text, Thinking, ToolUse
from gateway.chat.response import ChatResponse
from gateway.chat.signatures import seal
from gateway.wire import fields
from gateway.wire.dialect import AnswerContext

from . import notes, usage
from .responses import finish_word


def unwrap(arguments: str) -> str:
    """The free text a custom tool is called with, out of the JSON of the function that stood in for it."""
    try:
        value = fields.load(arguments.encode("utf-8", "surrogatepass"))
    except ValueError:
        return arguments
    inner = value.get("input") if isinstance(value, dict) else None
    return inner if isinstance(inner, str) else arguments


def encode_response(response: ChatResponse, context: AnswerContext) -> dict[str, Any]:
    """The whole body. Text blocks are joined without a gap, as a stream's deltas are."""
    shape = notes.shape(response.extras)
    own = notes.own(response.extras)
    message = _encode_message(response, context, shape)
    choice: dict[str, Any] = {
        "index": 0,
        "message": message,
        "finish_reason": "function_call" if "function_call" in message else finish_word(response.finish_reason, shape),
    }
    same = context.origin.dialect == notes.NAME
    if not same:
        message.setdefault("refusal", None)
        choice["logprobs"] = None
    choice.update(shape.get("choice", {}))
    body: dict[str, Any] = {
        "id": response.id if same and response.id else f"chatcmpl-{context.answer_id}",
        "object": "chat.completion",
        "created": own.pop("created", context.created),
        "model": context.model,
        "choices": [choice, *shape.get("choices", ())],
    }
    counted = usage.encode(response.usage, shape.get("usage"))
    if counted is not None:
        body["usage"] = counted
    body.update(own)
    return body


def _encode_message(response: ChatResponse, context: AnswerContext, shape: Mapping[str, Any]) -> dict[str, Any]:
    texts: list[str] = []
    refusals: list[str] = []
    thoughts: list[Thinking] = []
    calls: list[dict[str, Any]] = []
    for block in response.blocks:
        if isinstance(block, Text):
            (refusals if notes.shape(block.extras).get("refusal") else texts).append(block.text)
        elif isinstance(block, Thinking):
            thoughts.append(block)
        elif isinstance(block, ToolUse):
            calls.append(encode_call(block, context.request))
        else:
            assert isinstance(block, Opaque)
    message: dict[str, Any] = {"role": "assistant", "content": "".join(texts) or None}
    _encode_thoughts(thoughts, message, context)
    if refusals:
        message["refusal"] = "".join(refusals)
    if calls and uses_functions(context.request):
        message["function_call"] = calls[0]["function"]
    elif calls:
        message["tool_calls"] = calls
    rest = dict(shape.get("message", NO_EXTRAS))
    if message["content"] is None and "content" in rest:
        message["content"] = rest["content"]
    rest.pop("content", None)
    for name, value in rest.items():
        message.setdefault(name, value)
    return message


def _encode_thoughts(thoughts: list[Thinking], message: dict[str, Any], context: AnswerContext) -> None:
    if not thoughts:
        return
    field = notes.shape(thoughts[0].extras).get("reasoning", False)
    text = "".join(thought.text for thought in thoughts)
    if text and field is not None:
        message["reasoning" if field else "reasoning_content"] = text
    details: list[Any] = []
    for thought in thoughts:
        kept = notes.own(thought.extras).get("reasoning_details")
        if kept:
            details.extend(kept)
        elif thought.signature is not None:
            details.append(reasoning_detail(thought.signature, thought.redacted, context, thought.text))
    if details:
        message["reasoning_details"] = details


def reasoning_detail(signature: str, redacted: bool, context: AnswerContext, text: str | None = None) -> dict[str, Any]:
    """OpenRouter's form of a signature or of sealed reasoning; another dialect's is wrapped with its origin (THK-3)."""
    if context.origin.dialect != notes.NAME:
        signature = seal(context.origin, signature)
    if redacted:
        return {"type": "reasoning.encrypted", "data": signature, "index": 0}
    return {"type": "reasoning.text", **({"text": text} if text else {}), "signature": signature, "index": 0}


def uses_functions(request: ChatRequest) -> bool:
    """The client declared its tools in the deprecated ``functions`` field and reads ``function_call``."""
    return bool(notes.shape(request.extras).get("functions"))


def custom_names(request: ChatRequest) -> frozenset[str]:
    return frozenset(tool.name for tool in request.tools if tool.kind == "custom")


def encode_call(block: ToolUse, request: ChatRequest) -> dict[str, Any]:
    extras = notes.own(block.extras)
    if block.kind == "custom" or block.name in custom_names(request):
        text = block.arguments if block.kind == "custom" else unwrap(block.arguments)
        return {"id": block.id, "type": "custom", "custom": {"name": block.name, "input": text}, **extras}
    function = {"name": block.name, "arguments": block.arguments or "{}"}
    return {"id": block.id, "type": "function", "function": function, **extras}
