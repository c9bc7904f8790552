"""Chat Completions answers (one JSON body) to `ChatResponse`; the way back is in `responses_out`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from gateway.chat.errors import UpstreamBroken
from gateway.chat.events import FinishReason
from gateway.chat.request import ChatRequest, Text, Thinking, ToolUse
from gateway.chat.response import AnswerBlock, ChatResponse
from gateway.chat.usage import NO_USAGE, Usage, service_tier
from gateway.wire import fields

from . import notes, tools, usage
from .errors import error_in_answer

_FINISH: dict[str, FinishReason] = {
    "stop": "stop",
    "eos": "stop",
    "end_turn": "stop",
    "length": "length",
    "max_tokens": "length",
    "tool_calls": "stop",
    "function_call": "stop",
    "tool_use": "stop",
    "stop_sequence": "stop_sequence",
    "content_filter": "refusal",
    "refusal": "refusal",
    "sensitive": "refusal",
    "model_context_window_exceeded": "context_length",
    "model_length": "length",
}
_WORDS: dict[FinishReason, str] = {
    "tool_use": "tool_calls",
    "length": "length",
    "context_length": "length",
    "refusal": "content_filter",
}
_TOP = frozenset({"id", "model", "choices", "usage", "object"})
_CHOICE = frozenset({"index", "message", "finish_reason"})
_MESSAGE = frozenset(
    {"role", "content", "tool_calls", "function_call", "reasoning_content", "reasoning", "reasoning_details", "refusal"}
)


def finish_reason(word: Any, calls: Iterable[str], refused: bool) -> FinishReason:
    """From content where the word lies (PAR-5): `calls` are the arguments of the tool calls made. A last call cut by the
    token limit stays "length" (TID-7)."""
    reason = _FINISH.get(word, "unknown") if isinstance(word, str) else "unknown"
    made = list(calls)
    if made and not (reason == "length" and not is_json(made[-1])):
        return "tool_use"
    return "refusal" if refused and reason == "stop" else reason


def finish_word(reason: FinishReason, extras: Mapping[str, Any]) -> str:
    """The chat word; the provider's own where it said the same in other words."""
    word = extras.get("finish_reason")
    return word if isinstance(word, str) else _WORDS.get(reason, "stop")


def is_json(text: str) -> bool:
    try:
        fields.load(text.encode("utf-8", "surrogatepass"))
    except ValueError:
        return False
    return True


def text_of(value: Mapping[str, Any], name: str) -> str:
    """A provider's text field; "" for anything else."""
    found = value.get(name)
    return found if isinstance(found, str) else ""


def own_word(word: Any, reason: FinishReason) -> dict[str, Any]:
    return {} if not isinstance(word, str) or word == _WORDS.get(reason, "stop") else {"finish_reason": word}


def decode_response(body: Mapping[str, Any], request: ChatRequest) -> ChatResponse:
    """Raises UpstreamBroken if `body` is no answer, the error it holds if it is one."""
    failure = error_in_answer(body)
    if failure is not None:
        raise failure
    choices = body.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    message = choice.get("message") if isinstance(choice, dict) else None
    if not isinstance(choice, dict) or not isinstance(message, dict):
        raise UpstreamBroken("The provider's answer holds no message.")
    identity, model = text_of(body, "id"), text_of(body, "model")
    blocks = _blocks(message, request, identity)
    uses = [block for block in blocks if isinstance(block, ToolUse)]
    refused = bool(message.get("refusal"))
    word = choice.get("finish_reason")
    reason = finish_reason(word, (use.arguments for use in uses if use.kind == "function"), refused)
    if uses and reason not in ("tool_use", "length"):
        reason = "tool_use"
    counted, usage_rest = usage.decode(body.get("usage"))
    rest = fields.rest(body, _TOP)
    shape: dict[str, Any] = dict(own_word(word, reason))
    if isinstance(choices, list) and len(choices) > 1:
        shape["choices"] = choices[1:]
    for name, value in (
        ("usage", usage_rest),
        ("choice", fields.rest(choice, _CHOICE)),
        ("message", _message_rest(message)),
    ):
        if value:
            shape[name] = value
    counted = (counted or NO_USAGE).merge(Usage(service_tier=service_tier(body.get("service_tier"))))
    return ChatResponse(identity, model, tuple(blocks), reason, counted, extras=notes.keep(rest, shape))


def _message_rest(message: dict[str, Any]) -> dict[str, Any]:
    rest = fields.rest(message, _MESSAGE)
    for name in ("refusal", "tool_calls", "function_call", "reasoning_content", "reasoning"):
        if name in message and message[name] in (None, []):
            rest[name] = message[name]
    if message.get("content") == "":
        rest["content"] = ""
    return rest


def content_items(content: Any) -> Iterable[tuple[str, str]]:
    """("text" | "thinking", value) of a content field: a string, or Mistral's list of typed parts."""
    if isinstance(content, str):
        if content:
            yield "text", content
        return
    for part in content if isinstance(content, list) else ():
        if not isinstance(part, dict):
            continue
        inner = part.get("thinking")
        if isinstance(inner, list):
            text = "".join(p.get("text") or "" for p in inner if isinstance(p, dict))
        else:
            text = inner if isinstance(inner, str) else text_of(part, "text")
        if text:
            yield ("text" if inner is None else "thinking"), text


def _blocks(message: dict[str, Any], request: ChatRequest, answer_id: str) -> list[AnswerBlock]:
    blocks: list[AnswerBlock] = list(_thoughts(message))
    for kind, text in content_items(message.get("content")):
        blocks.append(Text(text) if kind == "text" else Thinking(text))
    if isinstance(message.get("refusal"), str) and message["refusal"]:
        blocks.append(Text(message["refusal"], notes.keep({}, {"refusal": "field"})))
    names = tools.names_back(request)
    calls = message.get("tool_calls")
    for number, call in enumerate(calls if isinstance(calls, list) else ()):
        if isinstance(call, dict):
            blocks.append(_use(call, number, request, answer_id, names))
    function = message.get("function_call")
    if isinstance(function, dict):
        use = _use({"function": function}, len(blocks), request, answer_id, names)
        blocks.append(ToolUse(use.id, use.name, use.arguments, extras=notes.keep({}, {"function_call": True})))
    return blocks


def _thoughts(message: dict[str, Any]) -> Iterable[Thinking]:
    text = message.get("reasoning_content")
    shape: dict[str, Any] = {}
    if not isinstance(text, str) or not text:
        text = message.get("reasoning")
        shape["reasoning"] = True
    details = message.get("reasoning_details")
    details = details if isinstance(details, list) and details else None
    signature = None
    for detail in details or ():
        if not isinstance(detail, dict):
            continue
        if isinstance(detail.get("signature"), str):
            signature = detail["signature"]
        if not text and isinstance(detail.get("text"), str):
            text = detail["text"]
            shape["reasoning"] = None
    rest = {"reasoning_details": details} if details else {}
    if isinstance(text, str) and text:
        yield Thinking(text, signature, extras=notes.keep(dict(rest), shape))
    elif details:
        data = next((d["data"] for d in details if isinstance(d, dict) and isinstance(d.get("data"), str)), None)
        yield Thinking("", data, True, extras=notes.keep(dict(rest), {"reasoning": None}))


def _use(
    call: dict[str, Any],
    number: int,
    request: ChatRequest,
    answer_id: str,
    names: Mapping[str, tuple[str, str | None]],
) -> ToolUse:
    custom = call.get("custom")
    function = call.get("function")
    inner: dict[str, Any] = custom if isinstance(custom, dict) else function if isinstance(function, dict) else {}
    wire = text_of(inner, "name")
    name, namespace = names.get(wire, (wire, None))
    use_id = call.get("id")
    if not isinstance(use_id, str) or not use_id:
        use_id = tools.made_id(request, answer_id, number, name)
    extras = notes.keep(fields.rest(call, frozenset({"id", "type", "function", "custom"})))
    if inner is custom:
        return ToolUse(use_id, name, str(inner.get("input") or ""), "custom", namespace, extras)
    arguments = inner.get("arguments")
    if isinstance(arguments, dict):
        arguments = fields.dump(arguments).decode()
    return ToolUse(
        use_id, name, arguments if isinstance(arguments, str) and arguments else "{}", "function", namespace, extras
    )
