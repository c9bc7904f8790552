"""Tool declarations, both directions.

Codex declares tools in namespaces, and in its code mode in an `additional_tools` input item instead of the `tools` field
(clients.md, section 3). All of them become plain tools, told apart by namespace and name, so that any provider can be
offered them; how they were laid out is remembered in the request's extras under "_layout" and restored for this dialect:

    {"tools": [entry, ...], "additional": [{"at": index in input, "item": {...}, "tools": [entry, ...]}]}
    entry = "name" | {"raw": declaration} | {"namespace": {name, description, ...}, "tools": [entry, ...]}
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from gateway.chat.errors import BadRequest
from gateway.chat.request import NO_EXTRAS, Tool
from gateway.wire import fields

from .names import NAME, flat_name, own, short_name

CUSTOM_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {"input": {"type": "string"}},
    "required": ["input"],
}
_TAKEN = {
    "function": ("type", "name", "description", "parameters", "strict"),
    "custom": ("type", "name", "description"),
}


class ToolReader:
    """Collects the declarations of one request. `nested`: there was something a plain list of tools cannot tell."""

    def __init__(self) -> None:
        self.tools: list[Tool] = []
        self._seen: dict[tuple[str | None, str], Mapping[str, Any]] = {}
        self.nested = False

    def read(self, declarations: list[Any], path: str, namespace: str | None = None) -> list[Any]:
        """The layout entries of `declarations`; the tools themselves are added to `tools`."""
        entries: list[Any] = []
        for number, declaration in enumerate(declarations):
            where = f"{path}[{number}]"
            declaration = fields.mapping(declaration, where)
            kind = fields.text(declaration, "type", f"{where}.", required=True)
            if kind == "namespace" and namespace is None:
                entries.append(self._namespace(declaration, where))
            elif kind in _TAKEN:
                entries.append(self._tool(declaration, where, namespace))
            else:
                entries.append(self._hosted(declaration))
        return entries

    def _namespace(self, declaration: Mapping[str, Any], where: str) -> Any:
        name = fields.text(declaration, "name", f"{where}.", required=True)
        inner = fields.listing(declaration, "tools", f"{where}.", required=True) or []
        self.nested = True
        if not inner:
            return {"raw": declaration}
        rest = {field: value for field, value in declaration.items() if field != "tools"}
        return {"namespace": rest, "tools": self.read(inner, f"{where}.tools", name)}

    def _tool(self, declaration: Mapping[str, Any], where: str, namespace: str | None) -> Any:
        name = fields.text(declaration, "name", f"{where}.", required=True) or ""
        known = self._seen.get((namespace, name))
        if known is not None:  # the same tool again (Codex repeats declarations as the conversation grows)
            self.nested = True
            return name if known == declaration else {"raw": declaration}
        self._seen[namespace, name] = declaration
        self.tools.append(_tool(declaration, where, name, namespace))
        return name

    def _hosted(self, declaration: Mapping[str, Any]) -> str:
        name = declaration.get("name")
        tool = Tool(name if isinstance(name, str) else declaration["type"], kind="hosted", extras={NAME: declaration})
        self.tools.append(tool)
        return tool.name


def _tool(declaration: Mapping[str, Any], where: str, name: str, namespace: str | None) -> Tool:
    kind = declaration["type"]
    kept = {field: value for field, value in declaration.items() if field not in _TAKEN[kind] or value is None}
    extras = {NAME: kept} if kept else NO_EXTRAS
    description = fields.text(declaration, "description", f"{where}.")
    if kind == "custom":
        return Tool(name, description, kind="custom", namespace=namespace, extras=extras)
    schema = declaration.get("parameters")
    if schema is not None and not isinstance(schema, dict):
        raise BadRequest(f"{where}.parameters: must be an object", param=f"{where}.parameters")
    strict = fields.boolean(declaration, "strict", f"{where}.")
    return Tool(name, description, schema, strict=strict, namespace=namespace, extras=extras)


def encode_tool(tool: Tool, *, same: bool, custom: bool = True, flat: bool = False) -> dict[str, Any] | None:
    """One declaration; None for a hosted tool of another dialect. `same`: the request came in this dialect. Functions of
    other dialects say ``strict: false``, because here strict is what a missing field means. A custom tool where they
    are not taken (`custom` False) becomes a function of one string, its grammar told in the description."""
    kept = own(tool.extras)
    if tool.kind == "hosted":
        return dict(kept) if kept else None
    name = flat_name(tool.name, tool.namespace) if flat else short_name(tool.name)
    declared: dict[str, Any] = {"type": tool.kind, "name": name}
    if tool.description is not None:
        declared["description"] = tool.description
    declared.update(kept)
    if tool.kind == "custom":
        return declared if custom else _custom_as_function(tool, declared)
    if tool.schema is not None:
        declared["parameters"] = tool.schema
    elif not same:
        declared["parameters"] = {"type": "object", "properties": {}}
    if tool.strict is not None:
        declared["strict"] = tool.strict
    elif not same:
        declared["strict"] = False
    return declared


def _custom_as_function(tool: Tool, declared: Mapping[str, Any]) -> dict[str, Any]:
    description = tool.description or ""
    grammar = declared.get("format")
    if isinstance(grammar, dict) and isinstance(grammar.get("definition"), str):
        syntax = grammar.get("syntax", "grammar")
        description += f"\n\nThe input must follow this {syntax} grammar:\n{grammar['definition']}"
    function: dict[str, Any] = {"type": "function", "name": declared["name"], "strict": False}
    if description:
        function["description"] = description.strip()
    function["parameters"] = dict(CUSTOM_SCHEMA)
    return function


class ToolLayout:
    """Puts the tools of a request back where its client had declared them. Tools that were taken away stay away, tools
    that were added come last."""

    def __init__(self, tools: Iterable[Tool], *, custom: bool) -> None:
        self._custom = custom
        self._left: dict[tuple[str | None, str], list[Tool]] = {}
        self._used: set[int] = set()
        self._all = list(tools)
        for tool in self._all:
            self._left.setdefault((tool.namespace, tool.name), []).append(tool)

    def entries(self, entries: Iterable[Any], namespace: str | None = None) -> list[dict[str, Any]]:
        placed: list[dict[str, Any]] = []
        for entry in entries:
            if isinstance(entry, str):
                tool = self._take(namespace, entry)
                declared = encode_tool(tool, same=True, custom=self._custom) if tool else None
                if declared is not None:
                    placed.append(declared)
            elif "raw" in entry:
                placed.append(entry["raw"])
            else:
                inner = self.entries(entry["tools"], entry["namespace"]["name"])
                if inner:
                    placed.append({**entry["namespace"], "tools": inner})
        return placed

    def _take(self, namespace: str | None, name: str) -> Tool | None:
        named = self._left.get((namespace, name)) or (self._left.get((None, name)) if namespace else None)
        if not named:
            return None
        tool = named.pop(0) if len(named) > 1 else named[0]
        self._used.add(id(tool))
        return tool

    def added(self) -> list[dict[str, Any]]:
        """The declarations of tools no entry named; call it last."""
        new = [tool for tool in self._all if id(tool) not in self._used]
        declared = (encode_tool(tool, same=True, custom=self._custom) for tool in new)
        return [one for one in declared if one is not None]
