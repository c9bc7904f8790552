"""Bodies of other shapes sent to the chat endpoint (CUR-1, CUR-2, CUR-3)."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.chat.errors import BadRequest
from gateway.chat.request import Image, Text, Tool, ToolResult, ToolUse
from gateway.wire.profile import Profile

from .chat_fixtures import CHAT, chat_request

SCHEMA = {"type": "object", "properties": {"path": {"type": "string"}}}


def test_a_responses_shaped_body_is_read_as_chat() -> None:
    """CUR-1."""
    body: dict[str, Any] = {
        "model": "auto",
        "instructions": "Be brief.",
        "input": [
            {
                "role": "user",
                "content": [
                    {"type": "input_text", "text": "read a"},
                    {"type": "input_image", "image_url": "data:image/png;base64,iVBO"},
                ],
            },
            {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "gAAA"},
            {"type": "function_call", "call_id": "c1", "name": "read", "arguments": '{"path":"a"}'},
            {"type": "function_call", "call_id": "c2", "name": "read", "arguments": '{"path":"b"}'},
            {"type": "function_call_output", "call_id": "c1", "output": "A"},
            {"type": "function_call_output", "call_id": "c2", "output": [{"type": "input_text", "text": "B"}]},
        ],
        "tools": [{"type": "function", "name": "read", "description": "d", "parameters": SCHEMA, "strict": False}],
        "max_output_tokens": 99,
        "reasoning": {"effort": "high", "summary": "auto"},
        "text": {"verbosity": "low", "format": {"type": "json_schema", "name": "n", "schema": SCHEMA}},
        "stream": True,
        "include": ["reasoning.encrypted_content"],
    }
    request = CHAT.decode_request(body)
    assert [text.text for text in request.system] == ["Be brief."]
    user, calls, results = request.messages
    assert isinstance(user.blocks[1], Image)
    assert [block.id for block in calls.blocks if isinstance(block, ToolUse)] == ["c1", "c2"]
    assert [block.tool_use_id for block in results.blocks if isinstance(block, ToolResult)] == ["c1", "c2"]
    assert request.tools == (Tool("read", "d", SCHEMA, strict=False),)
    assert (request.max_tokens, request.stream) == (99, True)
    assert request.thinking is not None
    assert request.thinking.effort == "high"
    assert request.response_format is not None
    assert request.response_format.name == "n"
    written = CHAT.encode_request(request, Profile("m")).body
    assert written["tools"][0]["function"]["name"] == "read"
    assert written["verbosity"] == "low"
    assert "input" not in written
    assert "include" not in written


def test_a_previous_response_id_is_refused_with_a_way_out() -> None:
    """CDX-5."""
    with pytest.raises(BadRequest, match="/v1/responses"):
        CHAT.decode_request({"model": "m", "input": "hi", "previous_response_id": "resp_1"})


@pytest.mark.parametrize(
    "flat",
    [
        {"type": "function", "name": "read", "description": "d", "parameters": SCHEMA},
        {"name": "read", "description": "d", "input_schema": SCHEMA},
        {"type": "custom", "name": "read", "description": "d", "input_schema": SCHEMA},
        {"name": "read", "description": "d", "parameters": SCHEMA},
    ],
)
def test_flat_tools_are_nested_on_the_way_out(flat: dict[str, Any]) -> None:
    """CUR-1, CUR-3."""
    request = chat_request(tools=[flat])
    assert request.tools == (Tool("read", "d", SCHEMA),)
    expected = {"type": "function", "function": {"name": "read", "description": "d", "parameters": SCHEMA}}
    assert CHAT.encode_request(request, Profile("m")).body["tools"] == [expected]


def test_anthropic_tool_blocks_in_messages_become_tool_messages() -> None:
    """CUR-2."""
    request = chat_request(
        messages=[
            {"role": "user", "content": "go"},
            {
                "role": "assistant",
                "content": [
                    {"type": "text", "text": "Reading."},
                    {"type": "tool_use", "id": "toolu_1", "name": "read", "input": {"path": "a"}},
                ],
            },
            {
                "role": "user",
                "content": [
                    {"type": "tool_result", "tool_use_id": "toolu_1", "content": [{"type": "text", "text": "A"}]},
                    {"type": "text", "text": "and?"},
                ],
            },
        ]
    )
    assert request.messages[1].blocks == (Text("Reading."), ToolUse("toolu_1", "read", '{"path":"a"}'))
    sent = CHAT.encode_request(request, Profile("m")).body["messages"]
    assert sent[1]["tool_calls"][0]["function"] == {"name": "read", "arguments": '{"path":"a"}'}
    assert sent[2] == {"role": "tool", "tool_call_id": "toolu_1", "content": "A"}
    assert sent[3] == {"role": "user", "content": "and?"}
