"""Tools, tool choice and tool names, both directions.

Declarations come nested (OpenAI), flat (Responses, Cursor: CUR-1) or with ``input_schema`` (Anthropic shape: CUR-3).
Names leave with at most 64 of ``a-z A-Z 0-9 _ -``: others are shortened to a form that depends on the name alone, so that
the answer's decoder finds the way back from the tools of the client's request.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any, Literal

from gateway.chat.errors import BadRequest
from gateway.chat.request import NO_EXTRAS, ChatRequest, Tool, ToolChoice, ToolKind
from gateway.wire import fields
from gateway.wire.profile import Profile

from . import notes

_PLAIN = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_OTHER = re.compile(r"[^a-zA-Z0-9_-]")
_WORDS: dict[str, Literal["auto", "any", "none"]] = {
    "auto": "auto",
    "none": "none",
    "required": "any",
    "any": "any",
}
_INPUT_SCHEMA = {"type": "object", "properties": {"input": {"type": "string"}}, "required": ["input"]}


def wire_name(name: str, namespace: str | None = None) -> str:
    """The name a tool goes by on the wire; a namespace (Codex) is written in front of it."""
    full = f"{namespace}__{name}" if namespace else name
    if _PLAIN.fullmatch(full):
        return full
    digest = hashlib.sha256(full.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{_OTHER.sub('_', full)[:55]}_{digest}"


def wire_id(tool_use_id: str) -> str:
    """An id of at most 64 characters; the same for a call and its result."""
    if len(tool_use_id) <= 64:
        return tool_use_id
    digest = hashlib.sha256(tool_use_id.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return f"{tool_use_id[:31]}_{digest}"


def names_back(request: ChatRequest) -> Mapping[str, tuple[str, str | None]]:
    """Wire name -> (name, namespace) of those tools the client calls otherwise than the wire does."""
    found: dict[str, tuple[str, str | None]] = {}
    if request.dialect == notes.NAME:
        return found
    for tool in request.tools:
        wire = wire_name(tool.name, tool.namespace)
        if wire != tool.name:
            found[wire] = (tool.name, tool.namespace)
    return found


def made_id(request: ChatRequest, answer_id: str, number: int, name: str) -> str:
    """An id for a call its maker gave none: the same for the same answer, another in each turn of a conversation."""
    seed = f"{answer_id}\0{len(request.messages)}\0{number}\0{name}"
    return "call_" + hashlib.sha256(seed.encode("utf-8", "surrogatepass")).hexdigest()[:24]


def decode_tool(value: Any, path: str) -> Tool:
    tool = fields.mapping(value, path)
    kind = tool.get("type", "function")
    inner = tool.get(kind) if isinstance(kind, str) else None
    if isinstance(inner, dict) and kind in ("function", "custom"):
        outer = fields.rest(tool, frozenset({"type", kind}))
        return _declared(inner, f"{path}.{kind}.", kind, outer)
    if kind == "custom" and "input_schema" not in tool:
        return _declared(tool, f"{path}.", "custom", {})
    if kind in ("function", "custom", None) or "input_schema" in tool:
        return _declared(tool, f"{path}.", "function", {})
    if not isinstance(kind, str):
        raise BadRequest(f"{path}.type: must be a string", param=f"{path}.type")
    name = tool.get("name")
    return Tool(name if isinstance(name, str) else kind, kind="hosted", extras={notes.NAME: tool})


def _declared(inner: dict[str, Any], path: str, kind: ToolKind, outer: dict[str, Any]) -> Tool:
    name = fields.text(inner, "name", path, required=True) or ""
    if not name:
        raise BadRequest(f"{path}name: must not be empty", param=f"{path}name")
    schema = inner.get("parameters", inner.get("input_schema"))
    if schema is not None:
        schema = fields.mapping(schema, f"{path}parameters")
    rest = fields.rest(
        inner, frozenset({"type", "name", "description", "parameters", "input_schema", "strict", "cache_control"})
    )
    extras = dict(outer)
    if "cache_control" in inner:
        extras["cache_control"] = inner["cache_control"]
    if kind == "custom":
        return Tool(name, fields.text(inner, "description", path), None, "custom", extras=_with(extras, rest))
    return Tool(
        name,
        fields.text(inner, "description", path),
        schema,
        strict=fields.boolean(inner, "strict", path),
        extras=_with(extras, rest),
    )


def _with(outer: dict[str, Any], inner: dict[str, Any]) -> Any:
    return notes.keep(outer, {"inner": inner} if inner else None)


def encode_tools(request: ChatRequest, profile: Profile, losses: dict[str, None]) -> list[dict[str, Any]]:
    """Hosted tools of other dialects are left out; custom tools become a function of one string where the target has
    none. Both are recorded as losses."""
    written = []
    for number, tool in enumerate(request.tools):
        body = _encode_tool(tool, request.dialect == notes.NAME, profile, f"tools[{number}]", losses)
        if body is not None:
            written.append(body)
    return written


def _encode_tool(tool: Tool, same: bool, profile: Profile, path: str, losses: dict[str, None]) -> dict[str, Any] | None:
    own = notes.own(tool.extras)
    if tool.kind == "hosted":
        if own:
            return own
        losses[path] = None
        return None
    inner: dict[str, Any] = {"name": tool.name if same else wire_name(tool.name, tool.namespace)}
    if tool.description is not None:
        inner["description"] = tool.description
    rest = notes.shape(tool.extras).get("inner", {})
    kind = tool.kind
    if kind == "custom" and not profile.custom_tools:
        losses[f"{path}.custom"] = None
        inner["parameters"] = _INPUT_SCHEMA
        kind, rest = "function", {}
    elif kind == "custom":
        foreign = next((values["format"] for values in tool.extras.values() if "format" in values), None)
        if foreign is not None and "format" not in rest:
            inner["format"] = _nested_format(foreign)
    else:
        if tool.schema is not None:
            inner["parameters"] = tool.schema
        elif not same:
            inner["parameters"] = {"type": "object", "properties": {}}
        if tool.strict is not None:
            inner["strict"] = tool.strict
    inner.update(rest)
    body: dict[str, Any] = {"type": kind, kind: inner, **own}
    mark = notes.cache_mark(tool.extras)
    if mark is not None:
        if profile.cache_control:
            body["cache_control"] = mark
        else:
            losses["cache_control"] = None
    return body


def _nested_format(value: Any) -> Any:
    """Responses writes a grammar flat, chat nests it under "grammar"."""
    if isinstance(value, dict) and value.get("type") == "grammar" and "grammar" not in value:
        return {"type": "grammar", "grammar": {k: v for k, v in value.items() if k != "type"}}
    return value


def decode_choice(value: Any) -> ToolChoice | None:
    if value is None:
        return None
    if isinstance(value, str):
        if value not in _WORDS:
            raise BadRequest("tool_choice: must be auto, none, required or name a tool", param="tool_choice")
        return ToolChoice(_WORDS[value])
    choice = fields.mapping(value, "tool_choice")
    kind = choice.get("type")
    if kind == "allowed_tools":
        allowed = choice.get("allowed_tools", choice)
        mode = allowed.get("mode") if isinstance(allowed, dict) else None
        return ToolChoice("any" if mode == "required" else "auto", extras={notes.NAME: {"allowed_tools": allowed}})
    if isinstance(kind, str) and kind in _WORDS:
        return ToolChoice(_WORDS[kind])
    inner = choice.get(kind) if isinstance(kind, str) else None
    name = inner.get("name") if isinstance(inner, dict) else choice.get("name")
    if not isinstance(name, str) or not name:
        raise BadRequest("tool_choice: must name a tool", param="tool_choice")
    return ToolChoice("tool", name, {notes.NAME: {notes.SHAPE: {"custom": True}}} if kind == "custom" else NO_EXTRAS)


def encode_choice(request: ChatRequest, profile: Profile) -> Any:
    """The ``tool_choice`` value; None to leave it out."""
    choice = request.tool_choice
    if choice is None:
        return None
    allowed = notes.own(choice.extras).get("allowed_tools")
    if allowed is not None:
        return {"type": "allowed_tools", "allowed_tools": allowed}
    if choice.mode != "tool" or choice.name is None:
        return "required" if choice.mode in ("any", "tool") else choice.mode
    tool = next((tool for tool in request.tools if tool.name == choice.name), None)
    name = choice.name
    if request.dialect != notes.NAME:
        name = wire_name(name, tool.namespace if tool else None)
    custom = (tool is not None and tool.kind == "custom") or bool(notes.shape(choice.extras).get("custom"))
    kind = "custom" if custom and profile.custom_tools else "function"
    return {"type": kind, kind: {"name": name}}
