"""Calls that a model wrote as text, in the formats models are trained on. Pure.

    Hermes, Qwen 2.5 and 3    <tool_call>{"name": ..., "arguments": {...}}</tool_call>
                              docs.vllm.ai, tool_parsers/hermes_tool_parser; vllm-project/vllm PR#5649
    Qwen 3 Coder              <tool_call><function=NAME><parameter=KEY>VALUE</parameter></function></tool_call>, also without
                              the outer tag: docs.vllm.ai, parser/qwen3; jundot/omlx#2221
    Llama 3.1                 <function=NAME>{...}</function>: the function-tag format of the Llama 3.1 prompt guide
    Mistral                   [TOOL_CALLS] [{"name": ..., "arguments": {...}}], newer [TOOL_CALLS]NAME[ARGS]{...}
                              docs.vllm.ai, tool_parsers/mistral_tool_parser; vllm-project/vllm PR#10333
    DeepSeek V3 and R1, V3.1  tool_calls_begin, tool_sep and tool_calls_end tokens, arguments in a json fence or bare
                              docs.vllm.ai, tool_parsers/deepseekv3_tool_parser; vllm-project/vllm PR#25405
    DeepSeek V3.2, V4         DSML function_calls or tool_calls with invoke and parameter
                              docs.vllm.ai, tool_parsers/deepseekv32_tool_parser and deepseekv4_tool_parser
    MiniMax, DeepSeek V4      <invoke name="NAME"><parameter name="KEY">VALUE</parameter></invoke>, alone or wrapped
                              earendil-works/pi#368; vellum-ai/vellum-assistant PR#42234

That providers hand them on as text: deepseek-ai/DeepSeek-V3#1244, musistudio/claude-code-router PR#1340.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from gateway.chat.request import Tool
from gateway.wire.fields import dump

from .arguments import decoded, in_string, object_of
from .offered import Offered, fits
from .places import Lines

LIMIT = 64 * 1024
CLOSINGS = 4  # a closing tag may stand inside an argument
_MOST = 16


@dataclass(frozen=True, slots=True)
class Written:
    """A call: `arguments` is JSON text that fits `tool`."""

    tool: Tool
    arguments: str


class Found(NamedTuple):
    calls: tuple[Written, ...]
    end: int


Reader = Callable[[str, Offered], "list[Written] | None"]


@dataclass(frozen=True, slots=True)
class Format:
    """`closing` "": what follows is JSON that ends by itself. `anywhere`: a token of the model's own, which may follow text
    on its line. `word`: what a quotation of it must hold. `inside`: the reader gets the opening and the closing as well."""

    opening: str
    closing: str
    reader: Reader
    word: str
    anywhere: bool = False
    inside: bool = False


def read(text: str, at: int, lines: Lines, offered: Offered, final: bool) -> Found | Literal["maybe"] | None:
    """The calls that a marker at `at` holds, and where it ends. "maybe": more text could make it one; never when `final`, for
    then all of the text is there, and what follows on the line is looked at too."""
    format_, more = _opening(text, at, lines)
    if format_ is None:
        return "maybe" if more and not final else None
    if not format_.closing:
        return _open_ended(text, at, format_, offered) if final else _still(text, at)
    start, end = at + len(format_.opening), at + len(format_.opening)
    for _ in range(CLOSINGS):
        end = text.find(format_.closing, end, at + LIMIT)
        if end < 0:
            return None if final else _still(text, at)
        end += len(format_.closing)
        body = text[at:end] if format_.inside else text[start : end - len(format_.closing)]
        calls = format_.reader(body, offered)
        if calls and (not final or _alone(text, end)) and not offered.quotes(text[at:end], format_.word):
            return Found(tuple(calls), end)
        if not _in_value(body):
            return None
    return None


def _in_value(body: str) -> bool:
    """Whether `body` ends inside an argument, so that what seemed to end the marker is a part of that."""
    opened = max(body.rfind("parameter name="), body.rfind("<parameter="))
    return opened > body.rfind("parameter>") if opened >= 0 else in_string(body)


def format_at(text: str, at: int) -> Format | None:
    """The format whose opening stands at `at`, whole."""
    return next((format_ for format_ in FORMATS if text.startswith(format_.opening, at)), None)


def _opening(text: str, at: int, lines: Lines) -> tuple[Format | None, bool]:
    """The format that begins at `at`; else whether one may, once there is more text."""
    if not lines.open:
        return None, False
    begins = lines.begins
    more = False
    for format_ in FORMATS:
        if not begins and not format_.anywhere:
            continue
        if text.startswith(format_.opening, at):
            return format_, False
        more = more or format_.opening.startswith(text[at : at + len(format_.opening)])
    return None, more


def _still(text: str, at: int) -> Literal["maybe"] | None:
    return "maybe" if len(text) - at < LIMIT else None


def _alone(text: str, end: int) -> bool:
    """Whether nothing but another marker or token follows on the line; at the end of the text that is so for now."""
    rest = text[end : end + 200].lstrip(" \t\r")
    return not rest or rest[0] in "\n<["


def _open_ended(text: str, at: int, format_: Format, offered: Offered) -> Found | None:
    found = _mistral(text[at : at + LIMIT], len(format_.opening), offered)
    if found is None or not _alone(text, at + found.end) or offered.quotes(text[at : at + found.end], format_.word):
        return None
    return Found(found.calls, at + found.end)


def _call(name: str, arguments: Any, offered: Offered) -> Written | None:
    """`arguments` as an object or as its JSON text."""
    tool = offered.written(name.strip())
    if isinstance(arguments, str):
        arguments = object_of(arguments)
    if tool is None or not isinstance(arguments, dict) or not fits(tool, arguments):
        return None
    return Written(tool, dump(arguments).decode())


def _of_object(value: Any, offered: Offered) -> Written | None:
    """{"name": ..., "arguments" or "parameters": {...}}; nothing else but an id and a type."""
    if not isinstance(value, dict) or not isinstance(value.get("name"), str):
        return None
    rest = set(value) - {"name", "id", "type"}
    if len(rest) != 1 or not rest <= {"arguments", "parameters"}:
        return None
    return _call(value["name"], value[rest.pop()], offered)


def _hermes(body: str, offered: Offered) -> list[Written] | None:
    body = body.strip()
    if body.startswith("<function="):
        return _function(body, offered)
    call = _of_object(object_of(body), offered)
    return [call] if call is not None else None


_FUNCTION = re.compile(r"<function=([^<>\s\"]{1,200})>(.*)</function>", re.DOTALL)
_KEYED = re.compile(r"<parameter=([^<>\s\"]{1,200})>(.*?)</parameter>\s*", re.DOTALL)


def _function(text: str, offered: Offered) -> list[Written] | None:
    match = _FUNCTION.fullmatch(text)
    if match is None:
        return None
    name, body = match.group(1), match.group(2).strip()
    if not body.startswith("<"):
        call = _call(name, body, offered)
        return [call] if call is not None else None
    found = _elements(body, _KEYED)
    if found is None:
        return None
    # The template writes each value on lines of its own.
    values = [(m.group(1), m.group(2).removeprefix("\n").removesuffix("\n"), None) for m in found]
    call = _typed(name, values, offered)
    return [call] if call is not None else None


def _mistral(text: str, at: int, offered: Offered) -> Found | None:
    while at < len(text) and text[at].isspace():
        at += 1
    if text.startswith("[", at):
        found = decoded(text, at)
        if found is None or not isinstance(found[0], list) or not 0 < len(found[0]) <= _MOST:
            return None
        calls = [_of_object(item, offered) for item in found[0]]
        return Found(tuple(call for call in calls if call is not None), found[1]) if all(calls) else None
    match = _NAMED.match(text, at)
    found = decoded(text, match.end()) if match is not None else None
    call = _call(match.group(1), found[0], offered) if match is not None and found is not None else None
    return Found((call,), found[1]) if call is not None and found is not None else None


_NAMED = re.compile(r"([\w.-]{1,200})(?:\[CALL_ID\]\w+)?(?:\[ARGS\])?\s*(?=\{)")
_DEEPSEEK = re.compile(r"<｜tool▁call▁begin｜>(.*?)<｜tool▁call▁end｜>\s*", re.DOTALL)
_FENCED = re.compile(
    r"function<｜tool▁sep｜>([^\n`{]{1,200})\n\s*(?:```(?:json)?\s*\n(.*?)\n?```|(\{.*\}))\s*", re.DOTALL
)
_BARE = re.compile(r"([^\n`{<]{1,200})<｜tool▁sep｜>\s*(\{.*\})\s*", re.DOTALL)


def _deepseek(body: str, offered: Offered) -> list[Written] | None:
    calls = []
    for match in _elements(body, _DEEPSEEK) or ():
        inner = match.group(1).strip()
        if (fenced := _FENCED.fullmatch(inner)) is not None:
            call = _call(fenced.group(1), fenced.group(2) or fenced.group(3), offered)
        elif (bare := _BARE.fullmatch(inner)) is not None:
            call = _call(bare.group(1), bare.group(2), offered)
        else:
            return None
        if call is None:
            return None
        calls.append(call)
    return calls


_TAG = r"(?:｜DSML｜|[a-z]{1,20}:)?"
_INVOKE = re.compile(rf'<{_TAG}invoke name="([^"<>]{{1,200}})">(.*?)</{_TAG}invoke>\s*', re.DOTALL)
_PARAMETER = re.compile(
    rf'<{_TAG}parameter name="([^"<>]{{1,200}})"(?: string="(true|false)")?>(.*?)</{_TAG}parameter>\s*', re.DOTALL
)


def _invokes(body: str, offered: Offered) -> list[Written] | None:
    calls = []
    for match in _elements(body, _INVOKE) or ():
        found = _elements(match.group(2), _PARAMETER)
        if found is None:
            return None
        call = _typed(match.group(1), [(m.group(1), m.group(3), m.group(2)) for m in found], offered)
        if call is None:
            return None
        calls.append(call)
    return calls


def _elements(body: str, pattern: re.Pattern[str]) -> list[re.Match[str]] | None:
    """All of `body` as elements that match `pattern`, with white space around them; None if there is anything else."""
    found: list[re.Match[str]] = []
    body = body.strip()
    at = 0
    while at < len(body):
        match = pattern.match(body, at)
        if match is None or len(found) == _MOST * _MOST:
            return None
        found.append(match)
        at = match.end()
    return found


_ENTITY = re.compile(r"&(?:lt|gt|amp|quot|apos|#\d+);")
_KINDS: Mapping[str, tuple[type, ...]] = {
    "integer": (int,), "number": (int, float), "boolean": (bool,), "object": (dict,), "array": (list,), "null": (type(None),),
}  # fmt: skip


def _typed(name: str, values: Sequence[tuple[str, str, str | None]], offered: Offered) -> Written | None:
    """A call whose values (key, text, whether that is a string) are text: the tool's schema says what they are."""
    tool = offered.written(name.strip())
    known = tool.schema.get("properties") if tool is not None and tool.schema is not None else None
    if not isinstance(known, Mapping):
        return None
    arguments: dict[str, Any] = {}
    for key, text, stated in values:
        declared = known.get(key)
        if key in arguments or not isinstance(declared, Mapping) or _ENTITY.search(text):
            return None
        kinds = declared.get("type")
        kinds = set(kinds) if isinstance(kinds, list | tuple) else {kinds}
        if stated == "true" or (stated is None and "string" in kinds):
            arguments[key] = text
            continue
        value = decoded(text.strip(), 0)
        if value is None or value[1] != len(text.strip()):
            return None
        wanted = tuple(kind for word in kinds for kind in _KINDS.get(str(word), ()))
        if not isinstance(value[0], wanted) or (isinstance(value[0], bool) and "boolean" not in kinds):
            return None
        arguments[key] = value[0]
    return _call(name, arguments, offered)


def _nothing(_body: str, _offered: Offered) -> list[Written] | None:
    """For what `_mistral` reads."""
    return None


FORMATS = (
    Format("<tool_call>", "</tool_call>", _hermes, "tool_call"),
    Format("<function=", "</function>", _function, "function=", inside=True),
    Format("<invoke name=", "</invoke>", _invokes, "invoke", inside=True),
    Format("<function_calls>", "</function_calls>", _invokes, "invoke"),
    Format("<tool_calls>", "</tool_calls>", _invokes, "invoke"),
    Format("<minimax:tool_call>", "</minimax:tool_call>", _invokes, "invoke"),
    Format("<｜DSML｜function_calls>", "</｜DSML｜function_calls>", _invokes, "invoke", anywhere=True),
    Format("<｜DSML｜tool_calls>", "</｜DSML｜tool_calls>", _invokes, "invoke", anywhere=True),
    Format("<｜tool▁calls▁begin｜>", "<｜tool▁calls▁end｜>", _deepseek, "tool▁call", anywhere=True),
    Format("[TOOL_CALLS]", "", _nothing, "TOOL_CALLS", anywhere=True),
)
