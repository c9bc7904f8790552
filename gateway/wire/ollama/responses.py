"""Ollama answers (one JSON object) to `ChatResponse` and back. Token counts: ``prompt_eval_count`` (left out when the
whole prompt was cached) and ``eval_count``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from gateway.chat.errors import UpstreamBroken
from gateway.chat.events import FinishReason
from gateway.chat.request import NO_EXTRAS, ChatRequest, Text, Thinking, ToolUse
from gateway.chat.response import AnswerBlock, ChatResponse
from gateway.chat.usage import Usage
from gateway.wire import fields
from gateway.wire.dialect import AnswerContext

from . import notes
from .errors import error_in_answer

_FINISH: dict[str, FinishReason] = {"stop": "stop", "length": "length"}
_WORDS: dict[FinishReason, str] = {"length": "length", "context_length": "length"}
_TOP = frozenset(["model", "message", "done", "done_reason", "prompt_eval_count", "eval_count"])
_MESSAGE = frozenset(["role", "content", "thinking", "tool_calls"])


def finish_reason(word: Any, called: bool) -> FinishReason:
    """Any tool call means "tool_use": Ollama says "stop" for it (PAR-4)."""
    if called:
        return "tool_use"
    return _FINISH.get(word, "unknown") if isinstance(word, str) else "stop"


def finish_extras(word: Any, reason: FinishReason) -> dict[str, Any]:
    return {} if word == _WORDS.get(reason, "stop") else {"done_reason": word}


def decode_usage(body: Mapping[str, Any]) -> Usage | None:
    prompt, output = body.get("prompt_eval_count"), body.get("eval_count")
    if not isinstance(prompt, int) and not isinstance(output, int):
        return None
    return Usage(prompt if isinstance(prompt, int) else None, output if isinstance(output, int) else None)


def encode_usage(usage: Usage | None) -> dict[str, int]:
    counts: dict[str, int] = {}
    if usage is not None and usage.prompt is not None:
        counts["prompt_eval_count"] = usage.prompt
    if usage is not None and usage.output is not None:
        counts["eval_count"] = usage.output
    return counts


def decode_call(call: Any, number: int, request: ChatRequest) -> ToolUse | None:
    function = call.get("function") if isinstance(call, dict) else None
    name = function.get("name") if isinstance(function, dict) else None
    if not isinstance(function, dict) or not isinstance(name, str) or not name:
        return None
    arguments = function.get("arguments")
    text = arguments if isinstance(arguments, str) else fields.dump(arguments or {}).decode()
    name, namespace = notes.names_back(request).get(name, (name, None))
    use_id = call.get("id")
    shape: dict[str, Any] = {}
    if not isinstance(use_id, str) or not use_id:
        use_id = notes.made_id(request, number, name, text)
        shape["made"] = True
    inner = fields.rest(function, frozenset(["name", "arguments"]))
    if inner:
        shape["inner"] = inner
    return ToolUse(use_id, name, text or "{}", namespace=namespace, extras=notes.keep({}, shape))


def decode_response(body: Mapping[str, Any], request: ChatRequest) -> ChatResponse:
    """Raises UpstreamBroken if `body` is no answer, the error it holds if it is one."""
    failure = error_in_answer(body)
    if failure is not None:
        raise failure
    message = body.get("message")
    if not isinstance(message, dict):
        raise UpstreamBroken("The provider's answer holds no message.")
    blocks: list[AnswerBlock] = []
    if isinstance(message.get("thinking"), str) and message["thinking"]:
        blocks.append(Thinking(message["thinking"]))
    if isinstance(message.get("content"), str) and message["content"]:
        blocks.append(Text(message["content"]))
    calls = message.get("tool_calls")
    for number, call in enumerate(calls if isinstance(calls, list) else ()):
        use = decode_call(call, number, request)
        if use is not None:
            blocks.append(use)
    word = body.get("done_reason")
    reason = finish_reason(word, any(isinstance(block, ToolUse) for block in blocks))
    shape = finish_extras(word, reason)
    more = fields.rest(message, _MESSAGE)
    if more:
        shape["message"] = more
    model = body.get("model")
    return ChatResponse(
        "",
        model if isinstance(model, str) else "",
        tuple(blocks),
        reason,
        decode_usage(body) or Usage(),
        extras=notes.keep(fields.rest(body, _TOP), shape),
    )


def encode_call(block: ToolUse, number: int) -> dict[str, Any]:
    """Arguments as an object; what is none goes under "input"."""
    arguments: Any = None
    if block.kind != "custom":
        try:
            arguments = fields.load(block.arguments.encode("utf-8", "surrogatepass") or b"{}")
        except ValueError:
            arguments = None
    if not isinstance(arguments, dict):
        arguments = {"input": block.arguments}
    shape = notes.shape(block.extras)
    function = {"name": block.name, "arguments": arguments}
    if shape.get("made"):
        return {"function": {**function, **shape.get("inner", {})}}
    return {"id": block.id, "function": {**function, **shape.get("inner", {"index": number})}}


def created_at(context: AnswerContext) -> str:
    return datetime.fromtimestamp(context.created, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def encode_finish(reason: FinishReason, usage: Usage | None, shape: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of the last object."""
    ending: dict[str, Any] = {"done": True}
    word = shape.get("done_reason", _WORDS.get(reason, "stop"))
    if word is not None:
        ending["done_reason"] = word
    return {**ending, **encode_usage(usage)}


def encode_response(response: ChatResponse, context: AnswerContext) -> dict[str, Any]:
    shape = notes.shape(response.extras)
    texts = [block.text for block in response.blocks if isinstance(block, Text)]
    thoughts = [block.text for block in response.blocks if isinstance(block, Thinking)]
    uses = [block for block in response.blocks if isinstance(block, ToolUse)]
    message: dict[str, Any] = {"role": "assistant", "content": "".join(texts)}
    if any(thoughts):
        message["thinking"] = "".join(thoughts)
    if uses:
        message["tool_calls"] = [encode_call(use, number) for number, use in enumerate(uses)]
    message.update(shape.get("message", NO_EXTRAS))
    return {
        "model": context.model,
        "created_at": created_at(context),
        "message": message,
        **encode_finish(response.finish_reason, response.usage, shape),
        **notes.own(response.extras),
    }
