"""Conversations kept for previous_response_id and item_reference (CDX-5)."""

from __future__ import annotations

from typing import Any

from gateway.wire.openai_responses import DIALECT, referenced_ids, stored_items, with_history, with_references

from .responses_world import load


def test_the_stored_conversation_comes_before_the_new_input() -> None:
    first: dict[str, Any] = {"model": "m", "input": "Call the tool."}
    answer = load("responses/parallel_tools.json")
    items = stored_items(first["input"], answer)
    outputs = [{"type": "function_call_output", "call_id": name, "output": "x"} for name in ("call_p1", "call_p2")]
    body = with_history({"model": "m", "previous_response_id": answer["id"], "input": outputs}, items)
    assert "previous_response_id" not in body
    assert [item["type"] for item in body["input"]] == [
        "message",
        "reasoning",
        "function_call",
        "function_call",
        "function_call_output",
        "function_call_output",
    ]
    assert not any("id" in item for item in body["input"])
    assert body["input"][1]["encrypted_content"] == "gAAAAABx"
    request = DIALECT.decode_request(body)
    assert [message.role for message in request.messages] == ["user", "assistant", "user"]


def test_reasoning_that_is_only_an_id_is_left_out() -> None:
    """CDX-4: another provider could only answer that it is not found."""
    body = with_history({"input": "x"}, stored_items("hi", load("responses/custom_tool.json")))
    assert [item["type"] for item in body["input"]] == ["message", "custom_tool_call", "message"]


def test_nothing_given_is_changed() -> None:
    body = {"input": "x", "previous_response_id": "resp_1"}
    item = {"type": "message", "id": "msg_1", "role": "user", "content": "a"}
    with_history(body, [item])
    assert body == {"input": "x", "previous_response_id": "resp_1"}
    assert item["id"] == "msg_1"


def test_references_are_replaced_by_what_they_name() -> None:
    body = {"input": [{"type": "item_reference", "id": "msg_1"}, {"type": "item_reference", "id": "msg_2"}]}
    assert referenced_ids(body) == ["msg_1", "msg_2"]
    item = {"type": "message", "role": "assistant", "content": "a"}
    assert with_references(body, {"msg_1": item})["input"] == [item, {"type": "item_reference", "id": "msg_2"}]
    assert referenced_ids({"input": "x"}) == []
