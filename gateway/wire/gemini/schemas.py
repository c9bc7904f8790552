"""JSON schema to the subset of OpenAPI 3.0 that Gemini takes in `parameters` and `responseSchema`, and back.

Source: Schema in the reference of generativelanguage v1beta and aiplatform v1. Any other keyword is answered with 400
``Unknown name ...: Cannot find field`` for the whole request (SCH-1). Only declared schemas are ever given to this module,
never the content of messages (SCH-2).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

_TYPES = {"string", "number", "integer", "boolean", "array", "object"}
_FORMATS = {
    "STRING": {"enum", "date-time"},
    "NUMBER": {"float", "double"},
    "INTEGER": {"int32", "int64"},
}
_KEPT = {
    "STRING": ("pattern", "minLength", "maxLength"),
    "NUMBER": ("minimum", "maximum"),
    "INTEGER": ("minimum", "maximum"),
    "ARRAY": ("minItems", "maxItems"),
    "OBJECT": ("minProperties", "maxProperties"),
    "BOOLEAN": (),
}
_SILENT = frozenset(
    [
        "$schema",
        "$id",
        "$anchor",
        "$comment",
        "$defs",
        "definitions",
        "$ref",
        "title",
        "default",
        "examples",
        "example",
        "description",
        "type",
        "nullable",
        "enum",
        "const",
        "anyOf",
        "oneOf",
        "allOf",
        "properties",
        "required",
        "items",
        "prefixItems",
        "additionalProperties",
        "propertyOrdering",
        "format",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "additionalItems",
        "readOnly",
        "writeOnly",
        "deprecated",
        "strict",
    ]
)
_MOST_NODES = 20_000
_DEEPEST = 60


def sanitise(schema: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """(the schema in Gemini's subset, the keywords that were left out). References are resolved in place; where one
    contains itself it ends in a plain object."""
    sanitiser = _Sanitiser(schema)
    return sanitiser.node(schema, ()), tuple(sorted(sanitiser.dropped))


class _Sanitiser:
    def __init__(self, root: Mapping[str, Any]) -> None:
        self.root = root
        self.dropped: set[str] = set()
        self.nodes = 0
        self.depth = 0

    def node(self, schema: Any, stack: tuple[str, ...]) -> dict[str, Any]:
        if not isinstance(schema, Mapping) or self.depth > _DEEPEST or self.nodes > _MOST_NODES:
            return {"type": "OBJECT"} if isinstance(schema, Mapping) else {"type": "STRING"}
        self.depth += 1
        found = self._node(schema, stack)
        self.depth -= 1
        return found

    def _node(self, schema: Mapping[str, Any], stack: tuple[str, ...]) -> dict[str, Any]:
        schema, stack = self._resolve(schema, stack)
        if isinstance(schema.get("allOf"), list):
            schema, stack = self._merge(schema, stack, 0)
        types, nullable = _types(schema)
        options = schema.get("anyOf") or schema.get("oneOf")
        if isinstance(options, list) and options and "properties" not in schema:
            if not types or not all(isinstance(option, Mapping) and "required" in option for option in options):
                return self._any_of(options, schema, nullable, stack)
        elif options:
            self.dropped.add("anyOf")
        if len(types) > 1:
            alone = {name: value for name, value in schema.items() if name not in ("type", "description")}
            return self._any_of([{**alone, "type": name} for name in types], schema, nullable, stack)
        return self._single(schema, types[0] if types else _guess(schema), nullable, stack)

    def _resolve(self, schema: Mapping[str, Any], stack: tuple[str, ...]) -> tuple[Mapping[str, Any], tuple[str, ...]]:
        self.nodes += 1
        while isinstance(reference := schema.get("$ref"), str):
            beside = {name: value for name, value in schema.items() if name != "$ref"}
            if reference in stack or len(stack) > 64:
                return {"type": "object", **{k: v for k, v in beside.items() if k == "description"}}, stack
            target = self._target(reference)
            stack = (*stack, reference)
            if target is None:
                self.dropped.add("$ref")
                return {"type": "object", **beside}, stack
            schema = {**target, **beside}
        return schema, stack

    def _target(self, reference: str) -> Mapping[str, Any] | None:
        if not reference.startswith("#"):
            return None
        found: Any = self.root
        for step in reference[1:].split("/")[1:]:
            step = step.replace("~1", "/").replace("~0", "~")
            found = found.get(step) if isinstance(found, Mapping) else None
        return found if isinstance(found, Mapping) else None

    def _merge(
        self, schema: Mapping[str, Any], stack: tuple[str, ...], depth: int
    ) -> tuple[dict[str, Any], tuple[str, ...]]:
        merged: dict[str, Any] = {}
        for part in (*schema["allOf"], {name: value for name, value in schema.items() if name != "allOf"}):
            if not isinstance(part, Mapping) or depth > _DEEPEST or self.nodes > _MOST_NODES:
                continue
            part, stack = self._resolve(part, stack)
            if isinstance(part.get("allOf"), list):
                part, stack = self._merge(part, stack, depth + 1)
            for name, value in part.items():
                if name == "properties" and isinstance(merged.get(name), dict) and isinstance(value, Mapping):
                    merged[name] = {**merged[name], **value}
                elif name == "required" and isinstance(merged.get(name), list) and isinstance(value, list):
                    merged[name] = [*merged[name], *value]
                else:
                    merged[name] = value
        return merged, stack

    def _any_of(
        self, options: list[Any], schema: Mapping[str, Any], nullable: bool, stack: tuple[str, ...]
    ) -> dict[str, Any]:
        """`anyOf` must stand alone there, so what stands beside it moves into the options."""
        kept: list[dict[str, Any]] = []
        for option in options:
            if isinstance(option, Mapping) and (option.get("type") == "null" or option.get("enum") == [None]):
                nullable = True
                continue
            found = self.node(option, stack)
            if found not in kept:
                kept.append(found)
        if not kept:
            kept = [{"type": "STRING"}]
        words = schema.get("description")
        if isinstance(words, str) and words:
            kept[0] = {**kept[0], "description": kept[0].get("description") or words}
            if len(kept) == 1:
                kept[0]["description"] = words
        if nullable:
            kept[0] = {**kept[0], "nullable": True}
        flat: list[dict[str, Any]] = []
        for found in kept:
            flat.extend(found["anyOf"] if set(found) == {"anyOf"} else [found])
        return flat[0] if len(flat) == 1 else {"anyOf": flat}

    def _single(self, schema: Mapping[str, Any], name: str, nullable: bool, stack: tuple[str, ...]) -> dict[str, Any]:
        kind = name.upper()
        out: dict[str, Any] = {"type": kind}
        notes: list[str] = []
        if nullable:
            out["nullable"] = True
        self._limits(schema, kind, out)
        self._values(schema, out, notes)
        wanted = schema.get("format")
        if isinstance(wanted, str) and wanted:
            if wanted in _FORMATS.get(kind, ()):
                out["format"] = wanted
            else:
                notes.append(f"format: {wanted}")
        if kind == "OBJECT":
            self._object(schema, out, notes, stack)
        elif kind == "ARRAY":
            out["items"] = self._items(schema, stack)
        self.dropped.update(
            word
            for word in schema
            if word not in _SILENT and word not in _KEPT.get(kind, ()) and not word.startswith("x-")
        )
        words = [schema["description"]] if isinstance(schema.get("description"), str) else []
        if notes:
            words.append(f"({'; '.join(notes)})")
        if words and any(words):
            out["description"] = " ".join(word for word in words if word)
        return out

    def _limits(self, schema: Mapping[str, Any], kind: str, out: dict[str, Any]) -> None:
        for word in _KEPT.get(kind, ()):
            value = schema.get(word)
            if word == "pattern":
                if isinstance(value, str) and "(?" not in value:
                    out[word] = value
                elif value is not None:
                    self.dropped.add(word)
            elif isinstance(value, int | float) and not isinstance(value, bool):
                out[word] = value
        if kind not in ("INTEGER", "NUMBER"):
            return
        step = 1 if kind == "INTEGER" else 0
        low, high = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
        if isinstance(low, int | float) and not isinstance(low, bool):
            out["minimum"] = max(low + step, out.get("minimum", low + step))
        if isinstance(high, int | float) and not isinstance(high, bool):
            out["maximum"] = min(high - step, out.get("maximum", high - step))

    def _values(self, schema: Mapping[str, Any], out: dict[str, Any], notes: list[str]) -> None:
        values = schema.get("enum")
        values = list(values) if isinstance(values, list) else [schema["const"]] if "const" in schema else []
        if None in values:
            out["nullable"] = True
        values = [value for value in dict.fromkeys(map(_hashable, values)) if value is not None]
        if not values:
            return
        if out["type"] == "STRING" and all(isinstance(value, str) for value in values):
            texts = [value for value in values if value]
            if texts:
                out["enum"] = texts
            if len(texts) < len(values):
                notes.append("may be empty")
        else:  # enum holds strings only
            notes.append(f"one of: {', '.join(str(value) for value in values)}")

    def _object(self, schema: Mapping[str, Any], out: dict[str, Any], notes: list[str], stack: tuple[str, ...]) -> None:
        properties = schema.get("properties")
        if isinstance(properties, Mapping) and properties:
            out["properties"] = {name: self.node(value, stack) for name, value in properties.items()}
            required = schema.get("required")
            if isinstance(required, list):
                known = list(dict.fromkeys(n for n in required if isinstance(n, str) and n in out["properties"]))
                if known:
                    out["required"] = known
            order = schema.get("propertyOrdering")
            if isinstance(order, list):
                out["propertyOrdering"] = order
        extra = schema.get("additionalProperties")
        if isinstance(extra, Mapping) and extra:
            found = self.node(extra, stack)
            notes.append(f"further keys are allowed, values of type {str(found.get('type', 'any')).lower()}")

    def _items(self, schema: Mapping[str, Any], stack: tuple[str, ...]) -> dict[str, Any]:
        items = schema.get("items")
        places = schema.get("prefixItems") or (items if isinstance(items, list) else None)
        if isinstance(places, list) and places:
            return self._any_of(places, {}, False, stack)
        return self.node(items, stack) if isinstance(items, Mapping) else {"type": "STRING"}


def _hashable(value: Any) -> Any:
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def _types(schema: Mapping[str, Any]) -> tuple[list[str], bool]:
    given = schema.get("type")
    names: Iterable[Any] = given if isinstance(given, list) else [given]
    lower = [name.lower() for name in names if isinstance(name, str)]
    nullable = "null" in lower or schema.get("nullable") is True
    return [name for name in dict.fromkeys(lower) if name in _TYPES], nullable


def _guess(schema: Mapping[str, Any]) -> str:
    if "properties" in schema or "additionalProperties" in schema:
        return "object"
    if "items" in schema or "prefixItems" in schema:
        return "array"
    values = schema.get("enum") or ([schema["const"]] if "const" in schema else [])
    if isinstance(values, list) and values and not any(isinstance(value, str) for value in values):
        first = values[0]
        if isinstance(first, bool):
            return "boolean"
        return "integer" if isinstance(first, int) else "number" if isinstance(first, float) else "string"
    if any(word in schema for word in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")):
        return "number"
    return "string"


_COUNTS = ("minItems", "maxItems", "minLength", "maxLength", "minProperties", "maxProperties")


def to_json_schema(schema: Any, depth: int = 0) -> dict[str, Any]:
    """Gemini's Schema (types in capitals, `nullable`, int64 as strings) as JSON schema."""
    if not isinstance(schema, Mapping) or depth > _DEEPEST:
        return {}
    out: dict[str, Any] = {}
    for name, value in schema.items():
        if name == "type" and isinstance(value, str):
            out[name] = value.lower()
        elif name == "properties" and isinstance(value, Mapping):
            out[name] = {key: to_json_schema(child, depth + 1) for key, child in value.items()}
        elif name == "items":
            out[name] = to_json_schema(value, depth + 1)
        elif name == "anyOf" and isinstance(value, list):
            out[name] = [to_json_schema(child, depth + 1) for child in value]
        elif name in _COUNTS and isinstance(value, str) and value.isdigit():
            out[name] = int(value)
        elif name != "nullable":
            out[name] = value
    if schema.get("nullable") is True:
        if isinstance(out.get("type"), str):
            out["type"] = [out["type"], "null"]
        elif "anyOf" in out:
            out["anyOf"] = [*out["anyOf"], {"type": "null"}]
    return out
