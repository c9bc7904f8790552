"""Notes on form are no losses; fields are, whichever dialect they come from."""

from __future__ import annotations

import pytest

from gateway.wire import registry
from gateway.wire.losses import foreign_fields
from gateway.wire.profile import Profile

PLAIN = {
    "anthropic": {
        "model": "m",
        "max_tokens": 90,
        "system": "Be brief.",
        "messages": [
            {"role": "user", "content": "hi"},
            {"role": "assistant", "content": [{"type": "tool_use", "id": "t1", "name": "f", "input": {}}]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": "done"}]},
        ],
    },
    "openai_chat": {
        "model": "m",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "hi"},
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [{"id": "t1", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
            },
            {"role": "tool", "tool_call_id": "t1", "content": "done"},
        ],
    },
    "openai_responses": {
        "model": "m",
        "instructions": "Be brief.",
        "store": False,
        "input": [
            {"type": "message", "role": "user", "content": "hi"},
            {
                "type": "function_call",
                "id": "fc_1",
                "call_id": "t1",
                "name": "f",
                "arguments": "{}",
                "status": "completed",
            },
            {"type": "function_call_output", "call_id": "t1", "output": "done"},
        ],
    },
}


@pytest.mark.parametrize(
    "target", ["anthropic", "openai_chat", "openai_responses", "gemini", "bedrock_converse", "ollama"]
)
@pytest.mark.parametrize("source", PLAIN)
def test_a_plain_conversation_with_a_tool_loses_nothing(source: str, target: str) -> None:
    """A row once told of losses such as messages[0].item and messages[0].string: how the client had written them."""
    request = registry.dialect(source).decode_request(PLAIN[source])
    assert registry.dialect(target).encode_request(request, Profile(model="m")).losses == ()


def test_a_field_inside_what_a_block_came_from_is_a_loss() -> None:
    extras = {"openai_responses": {"item": {"type": "message", "id": "m", "phase": "final"}, "string": True}}
    assert list(foreign_fields(extras, "anthropic")) == [("openai_responses", "phase", "final")]
    assert list(foreign_fields(extras, "openai_responses")) == []
