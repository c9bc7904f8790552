"""Requests of other dialects to a provider that speaks Responses."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from gateway.chat.request import (
    ChatRequest,
    Document,
    Image,
    Message,
    Opaque,
    Origin,
    ResponseFormat,
    Sampling,
    Text,
    Thinking,
    ThinkingConfig,
    Tool,
    ToolChoice,
    ToolResult,
    ToolUse,
)
from gateway.wire.dialect import Encoded
from gateway.wire.openai_responses import DIALECT
from gateway.wire.profile import Profile

from .responses_world import ask, load

PROFILE = Profile(model="gpt-5.1", account="acme")


def crossed(*messages: Message, profile: Profile = PROFILE, **fields: Any) -> Encoded:
    request = ChatRequest("anthropic", "auto", messages or (Message("user", (Text("hi"),)),), **fields)
    return DIALECT.encode_request(request, profile)


def test_a_crossed_request_is_stateless() -> None:
    """CDX-2: nothing is stored, encrypted reasoning is asked for, the system text is the stable prefix."""
    body, losses = crossed(system=(Text("A."), Text("B.")), stream=True)
    assert body == {
        "model": "gpt-5.1",
        "instructions": "A.\n\nB.",
        "input": [{"type": "message", "role": "user", "content": [{"type": "input_text", "text": "hi"}]}],
        "stream": True,
        "store": False,
        "include": ["reasoning.encrypted_content"],
    }
    assert losses == ()


def test_a_model_that_does_not_reason_is_not_asked_for_reasoning() -> None:
    """OpenAI answers 400 to encrypted content and effort on such models."""
    profile = replace(PROFILE, thinking="none")
    body, losses = crossed(profile=profile, thinking=ThinkingConfig("enabled", 8000))
    assert "include" not in body
    assert "reasoning" not in body
    assert losses == ("thinking",)


def test_a_whole_tool_turn_crosses() -> None:
    """TID-2, PAR-2: two calls, their outputs contiguous and before anything else of the turn."""
    body, losses = crossed(
        Message("user", (Text("go"),)),
        Message("assistant", (Text("ok"), ToolUse("toolu_1", "f", '{"a":1}'), ToolUse("toolu_2", "g"))),
        Message(
            "user",
            (Text("and now"), ToolResult("toolu_1", (Text("one"),)), ToolResult("toolu_2", (Text("two"), Text("2")))),
        ),
    )
    assert body["input"][1:] == [
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "ok"}]},
        {"type": "function_call", "call_id": "toolu_1", "name": "f", "arguments": '{"a":1}'},
        {"type": "function_call", "call_id": "toolu_2", "name": "g", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "toolu_1", "output": "one"},
        {"type": "function_call_output", "call_id": "toolu_2", "output": "two\n2"},
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "and now"}]},
    ]
    assert losses == ()


def test_images_in_tool_results_are_sent_or_moved_or_named_as_lost() -> None:
    """IMG-1, IMG-3, IMG-4, IMG-6."""
    turn = (
        Message("assistant", (ToolUse("t1", "shot"),)),
        Message("user", (ToolResult("t1", (Text("seen"), Image("image/png", data="QUJD"))),)),
    )
    picture = {"type": "input_image", "detail": "auto", "image_url": "data:image/png;base64,QUJD"}
    body, losses = crossed(*turn)
    assert body["input"][1]["output"] == [{"type": "input_text", "text": "seen"}, picture]
    assert losses == ()
    body, losses = crossed(*turn, profile=replace(PROFILE, tool_images=False))
    assert body["input"][1]["output"] == "seen"
    note, moved = body["input"][2]["content"]
    assert "t1" in note["text"]
    assert moved == picture
    body, losses = crossed(*turn, profile=replace(PROFILE, vision=False))
    assert body["input"][1]["output"] == "seen"
    assert losses == ("messages[1].tool_result.image",)


def test_a_document_crosses() -> None:
    pdf = Document("application/pdf", data="JVBERi0=", title="a.pdf")
    body, _ = crossed(Message("user", (pdf, Document(text="plain", title="n.txt"))))
    assert body["input"][0]["content"] == [
        {"type": "input_file", "filename": "a.pdf", "file_data": "data:application/pdf;base64,JVBERi0="},
        {"type": "input_text", "text": "n.txt\nplain"},
    ]
    body, losses = crossed(Message("user", (pdf, Text("x"))), profile=replace(PROFILE, documents=False))
    assert losses == ("messages[0].document",)


def test_thinking_goes_back_only_to_its_maker() -> None:
    """THK-2, THK-3, THK-7, CDX-8: origin model and account decide; the foreign and the unknown are dropped, and said."""
    mine = Thinking("a", "gAAA", origin=Origin("openai_responses", "gpt-5.1", "acme"))
    turn = Message(
        "assistant",
        (
            mine,
            replace(mine, origin=Origin("openai_responses", "gpt-4.1", "acme")),
            replace(mine, origin=Origin("openai_responses", "gpt-5.1", "other")),
            Thinking("b", "sig", origin=None),
            Thinking(signature="gBBB", redacted=True, origin=Origin("openai_responses", "gpt-5.1", "acme")),
            Text("x"),
        ),
    )
    body, losses = crossed(turn)
    assert body["input"][:-1] == [
        {"type": "reasoning", "summary": [{"type": "summary_text", "text": "a"}], "encrypted_content": "gAAA"},
        {"type": "reasoning", "summary": [], "encrypted_content": "gBBB"},
    ]
    assert losses == ("messages[0].thinking",)


def test_an_orphan_tool_result_is_kept_as_text_and_counted() -> None:
    """TID-3: the provider would refuse an output without its call."""
    body, losses = crossed(Message("user", (ToolResult("gone", (Text("42"),)),)))
    texts = [part["text"] for part in body["input"][0]["content"]]
    assert "gone" in texts[0]
    assert texts[1] == "42"
    assert losses == ("messages[0].tool_result",)


def test_blank_text_is_left_out() -> None:
    """EMP-3, EMP-4."""
    body, _ = crossed(
        Message("assistant", (Text(""), ToolUse("t", "f"))), Message("user", (Text(" "), ToolResult("t")))
    )
    assert [item["type"] for item in body["input"]] == ["function_call", "function_call_output"]


def test_ids_are_stripped_when_nothing_is_stored() -> None:
    """CDX-4: `rs_`, `msg_` and `fc_` ids are looked up by the provider, and not found."""
    items: list[dict[str, Any]] = [
        {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "gAAA"},
        {"type": "reasoning", "id": "rs_2", "summary": [{"type": "summary_text", "text": "x"}]},
        {"type": "message", "id": "msg_1", "role": "assistant", "content": [{"type": "output_text", "text": "x"}]},
        {"type": "function_call", "id": "fc_1", "call_id": "c", "name": "f", "arguments": "{}"},
        {"type": "function_call_output", "id": "fco_1", "call_id": "c", "output": "x"},
        {"type": "item_reference", "id": "msg_9"},
    ]
    body, losses = DIALECT.encode_request(ask(input=items, store=False), PROFILE)
    assert not any("id" in item for item in body["input"])
    assert [item["type"] for item in body["input"]] == ["reasoning", "message", "function_call", "function_call_output"]
    assert losses == ("messages[0].thinking", "messages[2].item_reference")
    assert DIALECT.encode_request(ask(input=items), PROFILE).body["input"] == items


def test_function_tools_are_declared_non_strict() -> None:
    """SCH-1: here a missing `strict` means true, and most schemas of other dialects are not in the strict subset."""
    body, losses = crossed(
        tools=(
            Tool("f", "F.", {"type": "object"}),
            Tool("g"),
            Tool("web_search", kind="hosted", extras={"anthropic": {"type": "web_search_20250305"}}),
        ),
        tool_choice=ToolChoice("tool", "f"),
        parallel_tool_calls=False,
    )
    assert body["tools"] == [
        {"type": "function", "name": "f", "description": "F.", "parameters": {"type": "object"}, "strict": False},
        {"type": "function", "name": "g", "parameters": {"type": "object", "properties": {}}, "strict": False},
    ]
    assert body["tool_choice"] == {"type": "function", "name": "f"}
    assert body["parallel_tool_calls"] is False
    assert losses == ("tools[2].web_search",)


def test_long_tool_names_find_their_way_back() -> None:
    name = "mcp__a-very-long-server-name__" + "x" * 60
    request = ChatRequest(
        "anthropic",
        "auto",
        (Message("assistant", (ToolUse("i" * 90, name),)), Message("user", (ToolResult("i" * 90),))),
        tools=(Tool(name), Tool("dotted.name")),
    )
    body = DIALECT.encode_request(request, PROFILE).body
    names = [tool["name"] for tool in body["tools"]]
    assert all(len(one) <= 64 and "." not in one for one in names)
    assert body["input"][0]["name"] == names[0]
    assert body["input"][0]["call_id"] == body["input"][1]["call_id"]
    assert len(body["input"][0]["call_id"]) <= 64
    answer = {
        "id": "resp_1",
        "output": [{"type": "function_call", "call_id": "c", "name": one, "arguments": "{}"} for one in names],
    }
    blocks = DIALECT.decode_response(answer, request).blocks
    assert [block.name for block in blocks if isinstance(block, ToolUse)] == [name, "dotted.name"]


def test_custom_tools_become_functions_where_there_are_none() -> None:
    profile = replace(PROFILE, custom_tools=False)
    body, _ = DIALECT.encode_request(DIALECT.decode_request(load("requests/codex_code_mode.json")), profile)
    declared = body["input"][0]["tools"][0]["tools"][0]
    assert declared["parameters"]["required"] == ["input"]
    call = next(item for item in body["input"] if item.get("name") == "exec")
    assert call["type"] == "function_call"
    assert call["arguments"] == '{"input":"await tools.exec_command({cmd: \\"echo hi\\"})"}'
    assert any(item["type"] == "function_call_output" for item in body["input"])


def test_settings_cross_or_are_named_as_lost() -> None:
    body, losses = crossed(
        sampling=Sampling(0.5, 0.9, 40, 7, stop=("END",)),
        max_tokens=1,
        thinking=ThinkingConfig("enabled", 31_999, summary="summarized"),
        response_format=ResponseFormat("json_schema", {"type": "object"}, strict=True),
        user="u" * 200,
        extras={"anthropic": {"context_management": {}}},
    )
    assert (body["temperature"], body["top_p"]) == (0.5, 0.9)
    assert body["max_output_tokens"] == 16
    assert body["reasoning"] == {"effort": "high", "summary": "auto"}
    assert body["text"]["format"] == {
        "type": "json_schema",
        "name": "response",
        "schema": {"type": "object"},
        "strict": True,
    }
    assert len(body["user"]) == 64
    assert set(losses) == {"max_tokens", "sampling.top_k", "sampling.seed", "sampling.stop", "context_management"}
    body, losses = crossed(sampling=Sampling(0.5), profile=replace(PROFILE, sampling=False))
    assert "temperature" not in body
    assert losses == ("sampling.temperature",)


def test_an_effort_the_model_does_not_take_becomes_the_nearest() -> None:
    body, losses = crossed(thinking=ThinkingConfig(effort="max"))
    assert body["reasoning"] == {"effort": "high"}
    assert losses == ("thinking.effort",)
    body, _ = crossed(thinking=ThinkingConfig("disabled"), profile=replace(PROFILE, efforts=("minimal", "low")))
    assert body["reasoning"] == {"effort": "minimal"}


def test_fields_an_endpoint_does_not_take_are_left_out() -> None:
    """SCH-3."""
    request = ask(client_metadata={"a": "b"}, store=False)
    body, losses = DIALECT.encode_request(request, replace(PROFILE, fields=frozenset({"store"})))
    assert "client_metadata" not in body
    assert losses == ("client_metadata",)


def test_opaque_blocks_of_others_and_system_turns() -> None:
    body, losses = crossed(
        Message("user", (Text("a"),)),
        Message("system", (Text("be kind"),)),
        Message("assistant", (Opaque("anthropic", "server_tool_use", {}), Text("b"))),
    )
    assert [item["role"] for item in body["input"]] == ["user", "system", "assistant"]
    assert losses == ("messages[2].server_tool_use",)
