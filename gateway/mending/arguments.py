"""Arguments of a call that are not a JSON object, and the one repair that is certain. Pure.

A repair is certain where the text can mean one object only. Two repairs at once are a guess, so there are none.
"""

from __future__ import annotations

import ast
import json
import math
import re
from collections.abc import Mapping
from typing import Any

from gateway.wire.fields import dump, load

_STRING = r'"[^"\\]*(?:\\.[^"\\]*)*"'
_COMMA = re.compile(rf"({_STRING})|,(?=\s*[}}\]])", re.DOTALL)
_BRACKETS = re.compile(rf'{_STRING}|[{{}}\[\]"]', re.DOTALL)
_TOKENS = re.compile(r"\[/?TOOL_CALLS\]|\[ARGS\]|\[/?INST\]")
_KEY = re.compile(r"[\"']\s*[:,]|,\s*[\"']")
_CLEAR = re.compile(r"[^{}\[\]]*")
_ODD_ESCAPE = re.compile(r"\\[^nrt\\'\"u]")
_PIECE = re.compile(r"""'[^'\\\n]*(?:\\.[^'\\\n]*)*'|"[^"\\\n]*(?:\\.[^"\\\n]*)*"|\S""")
_CLOSING = {"{": "}", "[": "]"}
_LONGEST_LITERAL = 100_000


def object_of(text: str) -> dict[str, Any] | None:
    """The object that `text` is in JSON; None for anything else."""
    try:
        value = load(text.encode("utf-8", "surrogatepass"))
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def repaired(text: str, required: tuple[str, ...]) -> tuple[str, str] | None:
    """(arguments, what was wrong with `text`), where `text` is no JSON object and what it means is certain. `required`: what
    the tool demands. Nothing is written for no arguments, which is not wrong (TID-6): "". Linear in the length of `text`."""
    stripped = text.strip()
    if not stripped:
        return "{}", ""
    if stripped in ("null", "None") and not required:
        return "{}", "null"
    inner = _inner(stripped)
    if inner is not None:
        return inner, "encoded twice"
    for repair, what in (
        (_with_control_characters, "control characters"),
        (_without_commas, "trailing comma"),
        (_of_python, "Python literals"),
    ):
        found = repair(stripped)
        if found is not None:
            return dump(found).decode(), what
    found = _without_surroundings(stripped)
    if found is not None and all(name in found for name in required):
        return dump(found).decode(), "text around them"
    return None


def in_string(text: str) -> bool:
    """Whether `text`, the beginning of JSON, ends inside a string."""
    return any(match.group() == '"' for match in _BRACKETS.finditer(text))


def closed(text: str, required: tuple[str, ...]) -> str | None:
    """`text` with the closing brackets that it lacks, where it ends behind a whole value and then holds all that is
    `required`. Not for arguments that were cut; a number at the end may be the half of one, so it is no whole value. Values
    are plain, or lists of plain ones: elsewhere it would not be certain which bracket is missing."""
    stripped = text.strip()
    if not required or not stripped.startswith("{") or stripped[-1] not in '"}]el':
        return None
    opened: list[str] = []
    for match in _BRACKETS.finditer(stripped):
        mark = match.group()
        if mark in _CLOSING:
            opened.append(_CLOSING[mark])
            if len(opened) > (2 if mark == "[" else 1):
                return None  # with more inside, one may be missing elsewhere than at the end
        elif mark == '"':
            return None  # ends inside a string
        elif mark in "}]" and (not opened or opened.pop() != mark):
            return None
    whole = stripped + "".join(reversed(opened))
    found = object_of(whole) if opened else None
    return whole if found is not None and all(name in found for name in required) else None


def _inner(text: str) -> str | None:
    if not text.startswith('"'):
        return None
    try:
        value = load(text.encode("utf-8", "surrogatepass"))
    except ValueError:
        return None
    return value if isinstance(value, str) and object_of(value) is not None else None


def _with_control_characters(text: str) -> dict[str, Any] | None:
    """Line breaks and tabs inside strings as they are: they have no other meaning there."""
    return _loaded(text, strict=False)


def _without_surroundings(text: str) -> dict[str, Any] | None:
    """One object in a code fence, in prose, or before tokens of the model's own format that its server left in. Not where
    keys stand around it: then it is a part of another object."""
    text = _TOKENS.sub("", text)
    start = text.find("{")
    if start < 0 or not _CLEAR.fullmatch(text, 0, start) or _KEY.search(text[:start]):
        return None
    try:
        value, end = _DECODER.raw_decode(text, start)
    except (ValueError, RecursionError):
        return None
    rest = text[end:].strip()
    is_all = (rest == "}" and not text[:start].strip()) or (_CLEAR.fullmatch(rest) and not _KEY.search(rest))
    return value if isinstance(value, dict) and is_all else None


def _without_commas(text: str) -> dict[str, Any] | None:
    return _loaded(_COMMA.sub(lambda match: match.group(1) or "", text))


def _of_python(text: str) -> dict[str, Any] | None:
    if not text.startswith("{") or len(text) > _LONGEST_LITERAL or _ODD_ESCAPE.search(text):
        return None
    before = ""
    for match in _PIECE.finditer(text):
        piece = match.group()
        if piece[0] in "'\"" and before not in tuple("{[,:"):
            return None  # Python joins strings that stand side by side, and letters before one change it
        before = piece
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None
    return value if isinstance(value, dict) and _is_plain(value) else None


def _is_plain(value: Any) -> bool:
    """Whether JSON has a form for it."""
    if isinstance(value, dict):
        return all(isinstance(name, str) and _is_plain(item) for name, item in value.items())
    if isinstance(value, list):
        return all(map(_is_plain, value))
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or isinstance(value, str | int)


def _refuse(word: str) -> Any:
    raise ValueError(f"{word} is not JSON")


_DECODER = json.JSONDecoder(parse_constant=_refuse)


def _loaded(text: str, strict: bool = True) -> dict[str, Any] | None:
    try:
        value = json.loads(text, strict=strict, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def decoded(text: str, start: int) -> tuple[Any, int] | None:
    """The JSON value at `start` and where it ends."""
    try:
        return _DECODER.raw_decode(text, start)
    except (ValueError, RecursionError):
        return None


def required_of(schema: Mapping[str, Any] | None) -> tuple[str, ...]:
    """The fields that a tool's schema demands."""
    names = schema.get("required") if schema is not None else None
    return tuple(name for name in names if isinstance(name, str)) if isinstance(names, list | tuple) else ()
