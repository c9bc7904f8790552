"""`tools` and `toolConfig`, both directions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.chat.request import NO_EXTRAS, ChatRequest, Tool, ToolChoice
from gateway.wire import fields
from gateway.wire.profile import Profile
from gateway.wire.tool_names import ToolNames
from gateway.wire.turns import CUSTOM_SCHEMA, Losses

from .parts import NAME, own_mark
from .schemas import sanitise, to_json_schema

_DECLARATION = frozenset({"name", "description", "parameters", "parametersJsonSchema"})


def decode_tools(given: list[Any]) -> tuple[Tool, ...]:
    """Function declarations, and whatever else a tool entry holds (googleSearch, codeExecution, ...) as hosted tools."""
    found: list[Tool] = []
    for position, entry in enumerate(given):
        path = f"tools[{position}]"
        entry = fields.mapping(entry, path)
        for key, value in entry.items():
            if key not in ("functionDeclarations", "function_declarations"):
                found.append(Tool(key, kind="hosted", extras={NAME: {key: value}}))
                continue
            for number, declared in enumerate(fields.listing(entry, key, f"{path}.") or []):
                where = f"{path}.functionDeclarations[{number}]"
                found.append(_declared(fields.mapping(declared, where), where))
    return tuple(found)


def _declared(declared: Mapping[str, Any], path: str) -> Tool:
    extras = fields.rest(declared, _DECLARATION)
    schema: Mapping[str, Any] | None = None
    if isinstance(json_schema := declared.get("parametersJsonSchema"), Mapping):
        schema = json_schema
        extras["schemaField"] = "parametersJsonSchema"
    elif isinstance(parameters := declared.get("parameters"), Mapping):
        schema = to_json_schema(parameters)
    name = fields.text(declared, "name", f"{path}.", required=True) or ""
    description = fields.text(declared, "description", f"{path}.")
    return Tool(name, description, schema, extras={NAME: extras} if extras else NO_EXTRAS)


def encode_tools(request: ChatRequest, profile: Profile, names: ToolNames, losses: Losses) -> list[dict[str, Any]]:
    declared: list[dict[str, Any]] = []
    hosted: list[dict[str, Any]] = []
    for position, tool in enumerate(request.tools):
        path = f"tools[{position}]"
        if not profile.tools:
            losses.add(path)
        elif tool.kind == "hosted":
            own = tool.extras.get(NAME)
            if own:
                hosted.append(dict(own))
            else:
                losses.add(path)
        else:
            declared.append(_declaration(tool, path, names, losses))
    return ([{"functionDeclarations": declared}] if declared else []) + hosted


def _declaration(tool: Tool, path: str, names: ToolNames, losses: Losses) -> dict[str, Any]:
    """A schema that came as `parametersJsonSchema` goes back there; any other goes to `parameters`, sanitised (SCH-1)."""
    losses.foreign(path, tool.extras, NAME)
    own = dict(tool.extras.get(NAME, {}))
    field = own.pop("schemaField", None)
    out: dict[str, Any] = {"name": names.wire(tool.name, tool.namespace)}
    if tool.description:
        out["description"] = tool.description
    schema = CUSTOM_SCHEMA if tool.kind == "custom" else tool.schema
    if tool.strict:
        losses.add(f"{path}.strict")
    if schema is not None:
        if field:
            out[field] = dict(schema)
        else:
            parameters, dropped = sanitise(schema)
            for word in dropped:
                losses.add(f"{path}.schema.{word}")
            if parameters.get("type") != "OBJECT" or parameters.get("properties"):  # empty objects are refused here
                out["parameters"] = parameters
    return {**out, **own}


_MODES = {"AUTO": "auto", "ANY": "any", "NONE": "none"}


def decode_choice(config: Mapping[str, Any]) -> ToolChoice | None:
    calling = config.get("functionCallingConfig")
    if not isinstance(calling, Mapping):
        return None
    mode = str(calling.get("mode") or "AUTO").upper()
    allowed = calling.get("allowedFunctionNames")
    extras = fields.rest(calling, frozenset({"mode"}))
    if mode == "ANY" and isinstance(allowed, list) and len(allowed) == 1:
        del extras["allowedFunctionNames"]
        return ToolChoice("tool", str(allowed[0]), {NAME: extras} if extras else NO_EXTRAS)
    if mode not in _MODES:
        extras["mode"] = mode
    return ToolChoice(_MODES.get(mode, "auto"), None, {NAME: extras} if extras else NO_EXTRAS)  # type: ignore[arg-type]


def encode_choice(request: ChatRequest, names: ToolNames, losses: Losses) -> dict[str, Any]:
    config: dict[str, Any] = dict(own_mark(request.extras, "toolConfig") or {})
    choice = request.tool_choice
    if request.parallel_tool_calls is False:
        losses.add("parallel_tool_calls")
    if choice is None:
        return config
    losses.foreign("tool_choice", choice.extras, NAME)
    calling: dict[str, Any] = {"mode": {"tool": "ANY"}.get(choice.mode, choice.mode.upper())}
    if choice.mode == "tool" and choice.name:
        offered = next((tool for tool in request.tools if tool.name == choice.name), None)
        calling["allowedFunctionNames"] = [names.wire(choice.name, offered.namespace if offered else None)]
    calling.update(choice.extras.get(NAME, {}))
    config["functionCallingConfig"] = calling
    return config
