"""CCH-7: a mark that a chat client sets on a whole message (as OpenRouter's own SDK does) is kept."""

from __future__ import annotations

from typing import Any

from gateway.wire.profile import Profile
from gateway.wire.registry import dialect

MARK = {"type": "ephemeral"}
CALL = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
BODY: dict[str, Any] = {
    "model": "m",
    "messages": [
        {"role": "user", "content": "Look."},
        {"role": "assistant", "content": "So.", "tool_calls": [CALL], "cache_control": MARK},
        {"role": "tool", "tool_call_id": "c1", "content": "found", "cache_control": MARK},
        {"role": "user", "content": "And?", "cache_control": MARK},
    ],
}


def test_it_goes_back_where_it_was_and_is_a_loss_where_it_is_not_taken() -> None:
    chat = dialect("openai_chat")
    asked = chat.decode_request(BODY)
    assert chat.encode_request(asked, Profile("m", cache_control=True)).body["messages"] == BODY["messages"]
    plain = chat.encode_request(asked, Profile("m"))
    assert "cache_control" not in str(plain.body)
    assert "cache_control" in plain.losses


def test_claude_gets_it_on_the_last_block_where_alone_it_is_taken() -> None:
    asked = dialect("openai_chat").decode_request(BODY)
    sent = dialect("anthropic").encode_request(asked, Profile("m", cache_control=True)).body["messages"]
    assert all(set(message) == {"role", "content"} for message in sent)
    assert sent[1]["content"][-1]["cache_control"] == MARK
    assert [block["cache_control"] for message in sent[2:] for block in message["content"]] == [MARK, MARK]
