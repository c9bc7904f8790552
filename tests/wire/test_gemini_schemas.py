"""The schema subset of Gemini (SCH-1), on schemas real tools declare."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.chat.request import Text, Tool
from gateway.wire.gemini.schemas import sanitise, to_json_schema

from .gemini_world import asked, encoded, loop, losses

KNOWN = {"type", "format", "description", "nullable", "enum", "items", "properties", "required", "anyOf"} | {
    *("minimum", "maximum", "minItems", "maxItems", "minLength", "maxLength", "minProperties", "maxProperties"),
    *("pattern", "propertyOrdering"),
}


def unknown(schema: dict[str, Any]) -> set[str]:
    found = set(schema) - KNOWN
    for child in schema.get("properties", {}).values():
        found |= unknown(child)
    for child in schema.get("anyOf", []):
        found |= unknown(child)
    return found | (unknown(schema["items"]) if "items" in schema else set())


@pytest.mark.parametrize(
    ("schema", "written"),
    [
        ({"type": "integer", "exclusiveMinimum": 0, "maximum": 9}, {"type": "INTEGER", "maximum": 9, "minimum": 1}),
        ({"type": "number", "exclusiveMaximum": 1.5}, {"type": "NUMBER", "maximum": 1.5}),
        ({"const": "x"}, {"type": "STRING", "enum": ["x"]}),
        ({"type": ["string", "null"]}, {"type": "STRING", "nullable": True}),
        ({"type": ["string", "integer"]}, {"anyOf": [{"type": "STRING"}, {"type": "INTEGER"}]}),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, {"type": "STRING", "nullable": True}),
        (
            {"oneOf": [{"type": "string"}, {"type": "boolean"}], "description": "Either."},
            {"anyOf": [{"type": "STRING", "description": "Either."}, {"type": "BOOLEAN"}]},
        ),
        ({"enum": [1, 2]}, {"type": "INTEGER", "description": "(one of: 1, 2)"}),
        ({"enum": ["", "a", "a"], "type": "string"}, {"type": "STRING", "enum": ["a"], "description": "(may be empty)"}),
        ({"type": "string", "format": "uri"}, {"type": "STRING", "description": "(format: uri)"}),
        ({"type": "string", "format": "date-time"}, {"type": "STRING", "format": "date-time"}),
        ({"type": "array"}, {"type": "ARRAY", "items": {"type": "STRING"}}),
        ({"type": "array", "prefixItems": [{"type": "number"}] * 2}, {"type": "ARRAY", "items": {"type": "NUMBER"}}),
        (
            {"allOf": [{"properties": {"a": {}}, "required": ["a"]}, {"properties": {"b": {"type": "number"}}}]},
            {"type": "OBJECT", "properties": {"a": {"type": "STRING"}, "b": {"type": "NUMBER"}}, "required": ["a"]},
        ),
        (
            {"type": "object", "additionalProperties": {"type": "number"}},
            {"type": "OBJECT", "description": "(further keys are allowed, values of type number)"},
        ),
        (
            {"type": "object", "properties": {"a": {}}, "required": ["a", "b"]},
            {"type": "OBJECT", "properties": {"a": {"type": "STRING"}}, "required": ["a"]},
        ),
    ],
)  # fmt: skip
def test_a_keyword_is_translated(schema: dict[str, Any], written: dict[str, Any]) -> None:
    """SCH-1."""
    assert sanitise(schema)[0] == written


def test_references_are_resolved_and_a_recursive_one_ends() -> None:
    """SCH-1: pydantic and zod declare through $defs."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": {
            "tree": {"$ref": "#/$defs/Node"},
            "tag": {"$ref": "#/definitions/a~1b", "description": "A tag."},
        },
        "$defs": {
            "Node": {
                "type": "object",
                "properties": {"name": {"type": "string"}, "next": {"$ref": "#/$defs/Node"}},
            }
        },
        "definitions": {"a/b": {"type": "string", "description": "Else."}},
    }
    written, dropped = sanitise(schema)
    node = {"type": "OBJECT", "properties": {"name": {"type": "STRING"}, "next": {"type": "OBJECT"}}}
    assert written["properties"] == {"tree": node, "tag": {"type": "STRING", "description": "A tag."}}
    assert dropped == ()


def test_keywords_without_a_counterpart_are_dropped_and_named() -> None:
    """SCH-1."""
    schema = {
        "type": "object",
        "propertyNames": {"pattern": "^a"},
        "patternProperties": {"^x": {}},
        "properties": {
            "n": {"type": "number", "multipleOf": 2},
            "l": {"type": "array", "uniqueItems": True, "items": {}},
        },
        "if": {},
        "not": {},
    }
    written, dropped = sanitise(schema)
    assert unknown(written) == set()
    assert dropped == ("if", "multipleOf", "not", "patternProperties", "propertyNames", "uniqueItems")


def test_alternatives_of_what_is_required_do_not_hide_the_properties() -> None:
    schema = {
        "type": "object",
        "properties": {"a": {"type": "string"}, "b": {"type": "string"}},
        "anyOf": [{"required": ["a"]}, {"required": ["b"]}],
    }
    assert set(sanitise(schema)[0]["properties"]) == {"a", "b"}


def test_a_reference_in_a_past_result_is_not_touched() -> None:
    """SCH-2."""
    from gateway.chat.request import ToolUse

    text = '{"$ref":"#/$defs/X","const":1,"exclusiveMinimum":0}'
    body = encoded(loop(ToolUse("a", "read_file", text), Text(text)))
    assert body["contents"][2]["parts"][0]["functionResponse"]["response"] == {"output": text}
    assert body["contents"][1]["parts"][0]["functionCall"]["args"]["$ref"] == "#/$defs/X"


def test_a_dropped_keyword_of_a_tool_is_a_loss() -> None:
    tool = Tool("t", schema={"type": "object", "properties": {"n": {"type": "number", "multipleOf": 2}}})
    assert losses(asked(tools=(tool,))) == ("tools[0].schema.multipleOf",)


def test_a_tool_without_parameters_has_none() -> None:
    body = encoded(asked(tools=(Tool("now", schema={"type": "object", "properties": {}}),)))
    assert body["tools"][0]["functionDeclarations"] == [{"name": "now"}]


def test_geminis_own_schemas_are_read_as_json_schema_and_back() -> None:
    own = {
        "type": "OBJECT",
        "properties": {
            "a": {"type": "STRING", "nullable": True, "minLength": "2"},
            "b": {"anyOf": [{"type": "STRING", "nullable": True}, {"type": "INTEGER"}]},
        },
    }
    schema = to_json_schema(own)
    assert schema["properties"]["a"] == {"type": ["string", "null"], "minLength": 2}
    assert sanitise(schema)[0]["properties"] == {
        "a": {"type": "STRING", "nullable": True, "minLength": 2},
        "b": {"anyOf": [{"type": "STRING", "nullable": True}, {"type": "INTEGER"}]},
    }


WORDS = st.sampled_from(
    ["type", "anyOf", "oneOf", "allOf", "items", "properties", "enum", "const", "$ref", "required", "format", "not"]
)
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.sampled_from(["string", "object", "null", "#", "#/$defs/x", "uri"])
)
SCHEMAS = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4), max_leaves=20
)


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(WORDS, SCHEMAS, max_size=5))
def test_nonsense_still_gives_a_schema_gemini_can_parse(schema: dict[str, Any]) -> None:
    """SCH-1: a tool with an odd schema costs its oddness, not the request."""
    assert unknown(sanitise(schema)[0]) == set()


def test_a_schema_nested_absurdly_deep_ends_instead_of_exhausting_the_stack() -> None:
    deep: dict[str, Any] = {"type": "string"}
    for _ in range(900):
        deep = {"type": "object", "properties": {"a": deep}}
    assert sanitise(deep)[0]["type"] == "OBJECT"
    assert to_json_schema(deep)["type"] == "object"


def test_references_that_double_at_every_level_do_not_explode() -> None:
    definitions = {f"n{i}": {"properties": {w: {"$ref": f"#/$defs/n{i + 1}"} for w in "ab"}} for i in range(40)}
    written, _ = sanitise({"$ref": "#/$defs/n0", "$defs": definitions})
    assert len(str(written)) < 2_000_000
