"""Client bodies of the Responses API to canonical requests."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.chat.errors import BadRequest
from gateway.chat.request import Image, Opaque, Origin, Text, Thinking, ToolResult, ToolUse
from gateway.chat.signatures import seal
from gateway.wire.openai_responses import DIALECT
from gateway.wire.profile import Profile

from .responses_world import FIXTURES, ask, load

REQUESTS = sorted(path.stem for path in (FIXTURES / "requests").glob("*.json") if "." not in path.stem)


@pytest.mark.parametrize("name", REQUESTS)
def test_a_body_comes_out_as_it_went_in(name: str) -> None:
    """Identity law, codex shapes among them (CDX-3: encrypted items untouched)."""
    body = load(f"requests/{name}.json")
    encoded = DIALECT.encode_request(DIALECT.decode_request(body), Profile(model=body["model"]))
    assert encoded.body == body
    assert encoded.losses == ()


def test_what_was_one_turn_of_the_model_is_one_message() -> None:
    """PAR-1, THK-12: reasoning, text and parallel calls of one turn stay together, in order; so do their outputs."""
    request = DIALECT.decode_request(load("requests/codex_function_tools.json"))
    assert [text.text for text in request.system] == ["You are a coding agent.", "<permissions instructions>"]
    assert [message.role for message in request.messages] == ["user", "user", "assistant", "user"]
    kinds = [type(block) for block in request.messages[2].blocks]
    assert kinds == [Thinking, Text, ToolUse, ToolUse]
    assert [type(block) for block in request.messages[3].blocks] == [ToolResult, ToolResult]


def test_an_image_in_a_tool_output_is_an_image() -> None:
    """IMG-6."""
    request = DIALECT.decode_request(load("requests/codex_function_tools.json"))
    result = request.messages[3].blocks[1]
    assert isinstance(result, ToolResult)
    image = result.content[1]
    assert isinstance(image, Image)
    assert (image.media_type, image.data) == ("image/png", "iVBORw0KGgo=")


def test_tools_of_code_mode_are_usable_by_any_provider() -> None:
    """CDX: no `tools` field, everything in an additional_tools item; told apart by namespace and name."""
    request = DIALECT.decode_request(load("requests/codex_code_mode.json"))
    offered = [(tool.name, tool.kind, tool.namespace) for tool in request.tools]
    assert offered == [
        ("exec", "custom", "functions"),
        ("wait", "function", "functions"),
        ("wait", "function", "agents"),
    ]
    calls = [block for message in request.messages for block in message.blocks if isinstance(block, ToolUse)]
    assert [(call.name, call.kind, call.namespace) for call in calls] == [
        ("exec", "custom", "functions"),
        ("wait", "function", "agents"),
    ]
    assert request.system[0].text == "You are Codex."
    assert not any(isinstance(block, Opaque) for message in request.messages for block in message.blocks)


def test_a_pruned_tool_leaves_the_rest_of_its_namespace_in_place() -> None:
    """The layout is restored around what a compression pass took away."""
    from dataclasses import replace

    request = DIALECT.decode_request(load("requests/codex_code_mode.json"))
    fewer = replace(
        request, tools=tuple(tool for tool in request.tools if (tool.namespace, tool.name) != ("functions", "wait"))
    )
    item = DIALECT.encode_request(fewer, Profile(model="m")).body["input"][0]
    assert [tool["name"] for tool in item["tools"]] == ["functions", "collaboration", "agents"]
    assert [tool["name"] for tool in item["tools"][0]["tools"]] == ["exec"]


def test_a_tool_declared_twice_is_offered_once() -> None:
    tool = {"type": "function", "name": "f", "parameters": {"type": "object"}}
    body = {
        "model": "m",
        "input": [{"type": "additional_tools", "role": "developer", "tools": [tool]}, {"role": "user", "content": "x"}],
        "tools": [tool],
    }
    request = DIALECT.decode_request(body)
    assert [one.name for one in request.tools] == ["f"]
    assert DIALECT.encode_request(request, Profile(model="m")).body == body


def test_a_server_that_knows_no_namespaces_gets_flat_tools() -> None:
    """Quirk flat_tools: many compatible servers refuse additional_tools and namespace."""
    request = DIALECT.decode_request(load("requests/codex_code_mode.json"))
    profile = Profile(model="m", quirks=frozenset({"flat_tools"}), custom_tools=False)
    body = DIALECT.encode_request(request, profile).body
    assert [(tool["type"], tool["name"]) for tool in body["tools"]] == [
        ("function", "functions__exec"),
        ("function", "functions__wait"),
        ("function", "agents__wait"),
    ]
    assert "start: " in body["tools"][0]["description"]
    types = [item["type"] for item in body["input"]]
    assert "additional_tools" not in types
    assert "custom_tool_call" not in types
    assert not any("namespace" in item for item in body["input"])


def test_sealed_reasoning_is_opened_and_knows_its_origin() -> None:
    """THK-3: what another dialect made comes back with its maker's name."""
    origin = Origin("anthropic", "claude-opus-5-5", "a")
    item = {
        "type": "reasoning",
        "summary": [{"type": "summary_text", "text": "Hm."}],
        "encrypted_content": seal(origin, "sig=="),
    }
    block = ask(input=[item, {"role": "user", "content": "x"}]).messages[0].blocks[0]
    assert isinstance(block, Thinking)
    assert (block.text, block.signature, block.origin) == ("Hm.", "sig==", origin)


def test_empty_arguments_become_an_empty_object() -> None:
    """TID-6."""
    call = {"type": "function_call", "call_id": "c", "name": "f", "arguments": ""}
    block = ask(input=[call]).messages[0].blocks[0]
    assert isinstance(block, ToolUse)
    assert block.arguments == "{}"


def test_fields_the_pipeline_needs_are_in_extras() -> None:
    """CDX-5: previous_response_id is resolved by the pipeline."""
    request = DIALECT.decode_request(load("requests/previous_response.json"))
    assert request.extras["openai_responses"]["previous_response_id"] == "resp_1"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "model"),
        ({"model": "m"}, "input"),
        ({"model": "m", "input": 5}, "input"),
        ({"model": "m", "input": []}, "input"),
        ({"model": 5, "input": "x"}, "model"),
        ({"model": "m", "input": ["x"]}, "input[0]"),
        ({"model": "m", "input": [{}]}, "input[0].type"),
        ({"model": "m", "input": [{"type": 5}]}, "input[0].type"),
        ({"model": "m", "input": [{"role": "tool", "content": "x"}]}, "input[0].role"),
        ({"model": "m", "input": [{"role": "user"}]}, "input[0].content"),
        ({"model": "m", "input": [{"role": "user", "content": [{"text": "x"}]}]}, "input[0].content[0].type"),
        ({"model": "m", "input": [{"role": "user", "content": [{"type": "input_text"}]}]}, "input[0].content[0].text"),
        (
            {"model": "m", "input": [{"role": "user", "content": [{"type": "input_image"}]}]},
            "input[0].content[0].image_url",
        ),
        ({"model": "m", "input": [{"type": "function_call", "name": "f", "arguments": "{}"}]}, "input[0].call_id"),
        ({"model": "m", "input": [{"type": "function_call_output", "call_id": "c"}]}, "input[0].output"),
        ({"model": "m", "input": [{"type": "reasoning", "summary": "x"}]}, "input[0].summary"),
        ({"model": "m", "input": [{"type": "additional_tools", "role": "developer"}]}, "input[0].tools"),
        ({"model": "m", "input": "x", "tools": {}}, "tools"),
        ({"model": "m", "input": "x", "tools": [5]}, "tools[0]"),
        ({"model": "m", "input": "x", "tools": [{"type": "function"}]}, "tools[0].name"),
        ({"model": "m", "input": "x", "tools": [{"type": "namespace", "name": "n"}]}, "tools[0].tools"),
        (
            {"model": "m", "input": "x", "tools": [{"type": "function", "name": "f", "parameters": []}]},
            "tools[0].parameters",
        ),
        ({"model": "m", "input": "x", "tool_choice": "maybe"}, "tool_choice"),
        ({"model": "m", "input": "x", "tool_choice": {"type": "function"}}, "tool_choice.name"),
        ({"model": "m", "input": "x", "max_output_tokens": 0}, "max_output_tokens"),
        ({"model": "m", "input": "x", "temperature": "hot"}, "temperature"),
        ({"model": "m", "input": "x", "stream": "yes"}, "stream"),
        ({"model": "m", "input": "x", "reasoning": "high"}, "reasoning"),
        ({"model": "m", "input": "x", "reasoning": {"effort": 3}}, "reasoning.effort"),
        ({"model": "m", "input": "x", "text": {"format": {"type": "json_schema", "name": "n"}}}, "text.format.schema"),
        ({"model": "m", "input": "x", "instructions": ["x"]}, "instructions"),
    ],
)
def test_senseless_input_is_refused_with_the_name_of_the_field(body: dict[str, Any], field: str) -> None:
    with pytest.raises(BadRequest) as refused:
        DIALECT.decode_request(body)
    assert refused.value.param == field
    assert field in refused.value.message
    assert refused.value.http_status == 400
