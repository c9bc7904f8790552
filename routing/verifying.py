"""Whether an answer can be seen to have failed. Pure; reads shape and wording, not truth.

It is strict where a stronger model would do better and lenient elsewhere: a false alarm costs a second answer, a miss costs
what it would have cost without a check. What a provider declines for safety is no failure: asking another would go around it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from gateway.chat.request import ChatRequest, Text, Thinking, ToolUse
from gateway.chat.response import ChatResponse

from .tongues import foreign

EMPTY = "empty"
REPETITION = "repetition"
TRUNCATED = "truncated code"
MALFORMED_CALL = "malformed tool call"
UNKNOWN_TOOL = "unknown tool"
NOT_JSON = "not the JSON asked for"
WRONG_LANGUAGE = "wrong language"
REFUSAL = "refusal to try"

_TAIL = 3_000
_LOOP_CHARACTERS = 160
_LOOP_ROUNDS = 6
_FENCE = re.compile(r"^[ \t]*(```|~~~)", re.MULTILINE)
_CODE_END = re.compile(r"(?:[{};(\[,]|=>|\):?)[ \t]*$", re.MULTILINE)
_STRINGS = re.compile(r"\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'")
_SHORT = 500
_REFUSES = re.compile(
    r"(?:i(?:'|’)?m sorry|sorry|unfortunately|i apologi[sz]e|es tut mir leid|leider|lo siento|por desgracia|"
    r"抱歉|对不起|很遗憾|क्षमा करें)[\s\S]{0,40}?"
    r"(?:can(?:not|(?:'|’)t)|unable|not able|kann (?:ich )?(?:\w+ ){0,4}nicht|no puedo|无法|不能|नहीं)|"
    r"as an ai(?: language)? model\b|als (?:ki|sprachmodell)\b|como (?:una )?(?:ia|modelo de lenguaje)\b|"
    r"作为(?:一个)?(?:ai|人工智能|语言模型)|i(?:(?:'|’)m| am) (?:unable|not able) to\b|"
    r"i (?:cannot|can(?:'|’)t) (?:help|assist|do|complete|write|create|generate|access|implement|provide|perform)\b|"
    r"this (?:task )?is (?:too complex|beyond)|ich kann (?:dir |ihnen )?(?:das|dabei|diese\w*|hier)\b[^.]{0,40}\bnicht\b|"
    r"no puedo (?:ayudar|hacer|completar|escribir)|我(?:无法|不能)(?:完成|帮助|执行|提供|编写)",
    re.IGNORECASE,
)


def verify(request: ChatRequest, ask: str, answer: ChatResponse) -> str | None:
    """What is wrong with `answer` to `request`, whose newest ask is `ask`; None: nothing to be seen."""
    if answer.finish_reason in ("refusal", "pause_turn", "context_length"):
        return None
    calls = [block for block in answer.blocks if isinstance(block, ToolUse)]
    for call in calls:
        if problem := _wrong_call(request, call):
            return problem
    text = "".join(block.text for block in answer.blocks if isinstance(block, Text))
    if not text.strip():
        return EMPTY if all(isinstance(block, Text | Thinking) for block in answer.blocks) else None
    if repeats(text):
        return REPETITION
    if answer.finish_reason == "length" and not _at_own_limit(request, answer) and in_code(text):
        return TRUNCATED
    if calls:
        return None
    if request.response_format is not None and request.response_format.kind != "text":
        return None if _is_json(text) else NOT_JSON
    if len(text) <= _SHORT and _REFUSES.match(text.strip()):
        return REFUSAL
    return WRONG_LANGUAGE if foreign(ask, text, _around(request)) else None


def _at_own_limit(request: ChatRequest, answer: ChatResponse) -> bool:
    """Whether the caller's own limit cut the answer: then it cuts every other one as well."""
    written = answer.usage.output
    return request.max_tokens is not None and written is not None and written >= request.max_tokens


def _wrong_call(request: ChatRequest, call: ToolUse) -> str | None:
    offered = [tool for tool in request.tools if tool.name == call.name and tool.namespace in (call.namespace, None)]
    if not offered and request.tools:
        return UNKNOWN_TOOL
    if call.kind != "function":
        return None
    try:
        arguments = json.loads(call.arguments)
    except (ValueError, RecursionError):
        return MALFORMED_CALL
    if not isinstance(arguments, dict):
        return MALFORMED_CALL
    schema = offered[0].schema if offered else None
    required = schema.get("required") if isinstance(schema, Mapping) else None
    if isinstance(required, list) and any(isinstance(name, str) and name not in arguments for name in required):
        return MALFORMED_CALL
    return None


def repeats(text: str) -> bool:
    """Whether `text` ends in a loop: the same words over and over up to its end. One pass over the last characters, for any
    script; rules of dashes, tables and runs of numbers are no loop."""
    tail = text.rstrip(" \t\r\n`*")[-_TAIL:][::-1]
    if len(tail) < _LOOP_CHARACTERS:
        return False
    borders = [0] * len(tail)
    length = 0
    for position in range(1, len(tail)):
        while length and tail[position] != tail[length]:
            length = borders[length - 1]
        length += tail[position] == tail[length]
        borders[position] = length
        size = position + 1
        period = size - length
        if size >= _LOOP_CHARACTERS and period * _LOOP_ROUNDS <= size:
            return sum(ch.isalpha() for ch in tail[:period]) >= min(3, period)
    return False


def in_code(text: str) -> bool:
    """Whether `text` stops inside code: in a fence that is not closed, or, where the whole reads as code, with a bracket
    open."""
    fences = _FENCE.findall(text)
    if fences:
        return len(fences) % 2 == 1
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) < 3 or 2 * sum(_CODE_END.search(line) is not None for line in lines) < len(lines):
        return False
    bare = _STRINGS.sub("", text)
    return any(bare.count(opening) > bare.count(closing) for opening, closing in ("{}", "()", "[]"))


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _around(request: ChatRequest) -> str:
    """Where a language may be asked for besides the ask: system texts and the first and newest user turns."""
    users = [message for message in request.messages if message.role != "assistant"]
    near = [*users[:1], *users[-1:]]
    texts = [text.text[:20_000] for text in request.system]
    texts += [block.text[:20_000] for message in near for block in message.blocks if isinstance(block, Text)]
    return "\n".join(texts)
