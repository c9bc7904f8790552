"""Chat bodies read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.chat.errors import BadRequest
from gateway.chat.request import Document, Image, Opaque, Text, Thinking, ToolResult, ToolUse
from gateway.wire.profile import Profile

from .chat_fixtures import CHAT, OLLAMA, chat_request, load, paths, permissive


@pytest.mark.parametrize("path", paths("openai_chat", "requests"), ids=lambda path: path.stem)
def test_a_captured_request_is_written_back_as_it_came(path: Path) -> None:
    body = load(path)
    encoded = CHAT.encode_request(CHAT.decode_request(body), permissive(body["model"]))
    assert encoded.body == body
    assert encoded.losses == ()


def test_leading_system_messages_leave_the_conversation_and_later_ones_stay() -> None:
    request = chat_request(
        messages=[
            {"role": "system", "content": "one"},
            {"role": "developer", "content": [{"type": "text", "text": "two"}]},
            {"role": "user", "content": "hi"},
            {"role": "system", "content": "three"},
        ]
    )
    assert [text.text for text in request.system] == ["one", "two"]
    assert [message.role for message in request.messages] == ["user", "system"]


def test_results_of_parallel_calls_become_one_user_turn() -> None:
    request = chat_request(
        messages=[
            {"role": "user", "content": "go"},
            {
                "role": "assistant",
                "tool_calls": [
                    {"id": "a", "type": "function", "function": {"name": "f", "arguments": ""}},
                    {"id": "b", "type": "function", "function": {"name": "f", "arguments": '{"x":1}'}},
                ],
            },
            {"role": "tool", "tool_call_id": "a", "content": "1"},
            {"role": "tool", "tool_call_id": "b", "content": "2"},
        ]
    )
    calls, results = request.messages[1].blocks, request.messages[2].blocks
    assert [block.arguments for block in calls if isinstance(block, ToolUse)] == ["{}", '{"x":1}']
    assert [block.tool_use_id for block in results if isinstance(block, ToolResult)] == ["a", "b"]


def test_empty_arguments_become_an_empty_object() -> None:
    """TID-6."""
    call = {"id": "a", "type": "function", "function": {"name": "f", "arguments": ""}}
    request = chat_request(messages=[{"role": "assistant", "content": None, "tool_calls": [call]}])
    assert request.messages[0].blocks == (ToolUse("a", "f", "{}"),)


def test_parts_find_their_canonical_place() -> None:
    body = load(next(path for path in paths("openai_chat", "requests") if path.stem == "multimodal"))
    kinds = [type(block) for block in CHAT.decode_request(body).messages[0].blocks]
    assert kinds == [Text, Image, Image, Opaque, Document, Document]
    image = CHAT.decode_request(body).messages[0].blocks[1]
    assert isinstance(image, Image)
    assert (image.media_type, image.detail, image.url) == ("image/png", "low", None)


def test_reasoning_content_becomes_thinking() -> None:
    request = chat_request(messages=[{"role": "assistant", "content": "4", "reasoning_content": "2+2"}])
    assert request.messages[0].blocks == (Thinking("2+2"), Text("4"))


def test_the_deprecated_functions_are_tools() -> None:
    request = chat_request(functions=[{"name": "f", "parameters": {"type": "object"}}], function_call="auto")
    assert [tool.name for tool in request.tools] == ["f"]
    assert request.tool_choice is not None
    assert request.tool_choice.mode == "auto"


@pytest.mark.parametrize(
    ("body", "mode", "name"),
    [
        ("required", "any", None),
        ("none", "none", None),
        ({"type": "function", "function": {"name": "f"}}, "tool", "f"),
        ({"type": "custom", "custom": {"name": "f"}}, "tool", "f"),
        ({"type": "function", "name": "f"}, "tool", "f"),
        ({"type": "tool", "name": "f"}, "tool", "f"),
        ({"type": "any"}, "any", None),
        ({"type": "allowed_tools", "allowed_tools": {"mode": "required", "tools": []}}, "any", None),
    ],
)
def test_every_form_of_tool_choice_is_read(body: Any, mode: str, name: str | None) -> None:
    choice = chat_request(tool_choice=body).tool_choice
    assert choice is not None
    assert (choice.mode, choice.name) == (mode, name)


def test_either_token_limit_counts_and_the_newer_one_wins() -> None:
    assert chat_request(max_tokens=5).max_tokens == 5
    assert chat_request(max_completion_tokens=6).max_tokens == 6
    both = chat_request(max_tokens=5, max_completion_tokens=6)
    assert CHAT.encode_request(both, Profile("m")).body["max_completion_tokens"] == 6


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"messages": None}, "messages"),
        ({"messages": []}, "messages"),
        ({"messages": "hi"}, "messages"),
        ({"messages": ["hi"]}, "messages[0]"),
        ({"messages": [{"role": "king", "content": "x"}]}, "messages[0].role"),
        ({"messages": [{"role": "user"}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": 3}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": [{"text": "x"}]}]}, "messages[0].content[0].type"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, "messages[0].content[0].image_url"),
        ({"messages": [{"role": "tool", "content": "x"}]}, "messages[0].tool_call_id"),
        ({"messages": [{"role": "assistant", "tool_calls": [{}]}]}, "messages[0].tool_calls[0].function"),
        ({"model": None}, "model"),
        ({"model": 3}, "model"),
        ({"stream": "yes"}, "stream"),
        ({"stop": 3}, "stop"),
        ({"temperature": "hot"}, "temperature"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"tools": {}}, "tools"),
        ({"tools": [{"type": "function", "function": {}}]}, "tools[0].function.name"),
        ({"tool_choice": "maybe"}, "tool_choice"),
        ({"stream_options": []}, "stream_options"),
        ({"response_format": {"type": "json_schema"}}, "response_format.json_schema"),
    ],
)
def test_senseless_input_is_refused_by_the_name_of_its_field(changes: dict[str, Any], named: str) -> None:
    with pytest.raises(BadRequest) as caught:
        chat_request(**changes)
    assert caught.value.param == named
    assert named in caught.value.message


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, child in inner for place in _places(child, (*path, key)))]


@pytest.mark.parametrize(("speaker", "name"), [(CHAT, "openai_chat"), (OLLAMA, "ollama")])
@given(data=st.data())
@settings(max_examples=50, deadline=None)
def test_a_spoilt_request_is_read_or_refused_and_never_breaks_anything(
    speaker: Any, name: str, data: st.DataObject
) -> None:
    body = load(data.draw(st.sampled_from(paths(name, "requests"))))
    for _ in range(data.draw(st.integers(1, 3))):
        *way, last = data.draw(st.sampled_from([place for place in _places(body) if place]))
        target = body
        for step in way:
            target = target[step]
        target[last] = data.draw(VALUES)
    try:
        request = speaker.decode_request(body)
    except BadRequest:
        return
    speaker.encode_request(request, permissive("m"))
