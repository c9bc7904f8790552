"""`toolConfig`, both directions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from gateway.chat.request import NO_EXTRAS, ChatRequest, Tool, ToolChoice
from gateway.wire import fields
from gateway.wire.profile import Profile
from gateway.wire.tool_names import ToolNames
from gateway.wire.turns import CUSTOM_SCHEMA, Losses

from .blocks import NAME, cache_point, own_mark
from .messages import CACHE_MARKS, marked

_SPEC = frozenset({"name", "description", "inputSchema", "strict"})
_ANY_OBJECT: dict[str, Any] = {"type": "object", "properties": {}}
_PAST_TOOL = "Was used earlier in this conversation; it cannot be called now."


def decode_tools(given: list[Any]) -> tuple[Tool, ...]:
    found: list[Tool] = []
    for number, entry in enumerate(given):
        path = f"toolConfig.tools[{number}]"
        entry = fields.mapping(entry, path)
        if "cachePoint" in entry and found:
            last = found[-1]
            point = fields.mapping(entry["cachePoint"], f"{path}.cachePoint")
            found[-1] = replace(last, extras=marked(last.extras, "cachePoint", point))
        elif "toolSpec" in entry:
            found.append(_spec(fields.mapping(entry["toolSpec"], f"{path}.toolSpec"), f"{path}.toolSpec."))
        else:
            found.append(Tool(next(iter(entry), "unknown"), kind="hosted", extras={NAME: {"tool": dict(entry)}}))
    return tuple(found)


def _spec(spec: Mapping[str, Any], path: str) -> Tool:
    schema = spec.get("inputSchema")
    declared = schema.get("json") if isinstance(schema, Mapping) else None
    rest = fields.rest(spec, _SPEC)
    return Tool(
        fields.text(spec, "name", path, required=True) or "",
        fields.text(spec, "description", path),
        declared if isinstance(declared, Mapping) else None,
        strict=fields.boolean(spec, "strict", path),
        extras={NAME: {"spec": rest}} if rest else NO_EXTRAS,
    )


def decode_choice(config: Mapping[str, Any]) -> ToolChoice | None:
    given = config.get("toolChoice")
    if not isinstance(given, Mapping) or not given:
        return None
    if isinstance(tool := given.get("tool"), Mapping):
        return ToolChoice("tool", str(tool.get("name") or ""))
    return ToolChoice("any" if "any" in given else "auto")


def encode_tool_config(
    request: ChatRequest,
    profile: Profile,
    names: ToolNames,
    losses: Losses,
    used: tuple[str, ...],
    points: list[dict[str, Any]],
) -> dict[str, Any]:
    """Converse has no choice "none": the tools are left out, unless the history has tool blocks, which need a toolConfig;
    then they stay offered and the choice is lost. When none are offered, the tools the history used are declared."""
    choice = request.tool_choice
    if request.parallel_tool_calls is False:
        losses.add("parallel_tool_calls")
    tools = _tools(request, profile, names, losses, points)
    if choice is not None and choice.mode == "none" and tools:
        if not used:
            points.clear()
            return {}
        losses.add("tool_choice")
        choice = None
    if not tools:
        return {"tools": [_past(name) for name in used]} if used else {}
    config: dict[str, Any] = {"tools": tools}
    if choice is not None:
        losses.foreign("tool_choice", choice.extras, NAME)
        if choice.mode == "tool" and choice.name:
            offered = next((tool for tool in request.tools if tool.name == choice.name), None)
            wire = names.wire(choice.name, offered.namespace if offered else None)
            config["toolChoice"] = {"tool": {"name": wire}}
        elif choice.mode in ("auto", "any"):
            config["toolChoice"] = {choice.mode: {}}
    return config


def _past(name: str) -> dict[str, Any]:
    return {"toolSpec": {"name": name, "description": _PAST_TOOL, "inputSchema": {"json": _ANY_OBJECT}}}


def _tools(
    request: ChatRequest, profile: Profile, names: ToolNames, losses: Losses, points: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    written: list[dict[str, Any]] = []
    for number, tool in enumerate(request.tools):
        path = f"tools[{number}]"
        whole = own_mark(tool.extras, "tool")
        if not profile.tools or (tool.kind == "hosted" and not whole):
            losses.add(path)
            continue
        losses.foreign(path, tool.extras, NAME, CACHE_MARKS if profile.cache_control else frozenset())
        written.append(dict(whole) if whole else {"toolSpec": _written(tool, request, path, names, losses)})
        point = cache_point(tool.extras) if profile.cache_control else own_mark(tool.extras, "cachePoint")
        if point:
            written.append({"cachePoint": dict(point)})
            points.append(written[-1])
    return written


def _written(tool: Tool, request: ChatRequest, path: str, names: ToolNames, losses: Losses) -> dict[str, Any]:
    spec: dict[str, Any] = {"name": names.wire(tool.name, tool.namespace)}
    if tool.description and tool.description.strip():
        spec["description"] = tool.description
    schema: Mapping[str, Any] = CUSTOM_SCHEMA if tool.kind == "custom" else tool.schema or _ANY_OBJECT
    if schema.get("type") != "object":  # anything else is refused
        schema = {**schema, "type": "object"}
    spec["inputSchema"] = {"json": dict(schema)}
    if tool.strict is not None and request.dialect == NAME:
        spec["strict"] = tool.strict
    elif tool.strict:
        losses.add(f"{path}.strict")
    return {**spec, **(own_mark(tool.extras, "spec") or {})}
