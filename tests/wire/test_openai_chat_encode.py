"""Requests of other dialects written for chat targets, under the target's profile."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from gateway.chat.request import (
    Document,
    Image,
    Message,
    Opaque,
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
from gateway.wire.profile import Profile

from .chat_fixtures import CHAT, chat_request, foreign

BIG = "iVBORw0KGgo" * 200
PLAIN = Profile("m", tool_images=False)


def called(*results: Any, ids: tuple[str, ...] = ("t1", "t2", "t3")) -> tuple[Message, ...]:
    calls = tuple(ToolUse(use_id, "read") for use_id in ids)
    return (Message("user", (Text("go"),)), Message("assistant", calls), Message("user", results))


def test_tool_results_stand_first_and_images_follow_naming_the_call() -> None:
    """TID-2, IMG-3, IMG-4."""
    request = foreign(
        *called(
            Text("by the way"),
            ToolResult("t1", (Text("one"), Image("image/png", BIG))),
            ToolResult("t2", (Image("image/png", BIG),)),
            ToolResult("t3", (Text("three"),)),
        )
    )
    body, losses = CHAT.encode_request(request, PLAIN)
    sent = body["messages"][2:]
    assert [message["role"] for message in sent] == ["tool", "tool", "tool", "user", "user"]
    assert [message.get("tool_call_id") for message in sent[:3]] == ["t1", "t2", "t3"]
    assert all(isinstance(message["content"], str) and message["content"] for message in sent[:3])
    carried = sent[3]["content"]
    assert [part["type"] for part in carried] == ["text", "image_url", "text", "image_url"]
    assert "t1" in carried[0]["text"]
    assert "t2" in carried[2]["text"]
    assert sent[4]["content"] == "by the way"
    assert all(BIG not in part.get("text", "") for part in carried)
    assert "messages[2].tool_result.place" in losses


def test_a_model_without_vision_gets_a_note_and_the_loss_is_recorded() -> None:
    """IMG-1, IMG-2."""
    request = foreign(Message("user", (Text("see"), Image("image/png", BIG))))
    body, losses = CHAT.encode_request(request, replace(PLAIN, vision=False))
    assert BIG not in json.dumps(body)
    assert len(body["messages"][0]["content"]) == 2
    assert losses == ("messages[0].image",)


def test_an_orphan_result_is_kept_as_text_with_a_note() -> None:
    """TID-3."""
    request = foreign(Message("user", (ToolResult("gone", (Text("42"),)),)))
    body, losses = CHAT.encode_request(request, PLAIN)
    (message,) = body["messages"]
    assert message["role"] == "user"
    assert "gone" in message["content"][0]["text"]
    assert message["content"][1]["text"] == "42"
    assert losses == ("messages[0].tool_result.call",)


def test_a_failed_tool_says_so_in_its_text() -> None:
    request = foreign(*called(ToolResult("t1", (Text("no such file"),), True), ids=("t1",)))
    body, losses = CHAT.encode_request(request, PLAIN)
    assert body["messages"][2]["content"] == "Error: no such file"
    assert "messages[2].tool_result.is_error" in losses


def test_blank_texts_and_empty_turns_are_left_out() -> None:
    """EMP-3, EMP-4."""
    request = foreign(
        Message("user", (Text(" \n"), Text("hi"))),
        Message("assistant", (Text(""), ToolUse("t1", "f"))),
        Message("user", ()),
    )
    sent = CHAT.encode_request(request, PLAIN).body["messages"]
    assert sent[0] == {"role": "user", "content": "hi"}
    assert sent[1]["content"] is None
    assert len(sent) == 2


def test_a_filler_goes_only_where_the_provider_demands_text() -> None:
    """EMP-5."""
    request = foreign(*called(ToolResult("t1"), ids=("t1",)))
    assert CHAT.encode_request(request, PLAIN).body["messages"][2]["content"] == ""
    assert CHAT.encode_request(request, replace(PLAIN, filler="-")).body["messages"][2]["content"] == "-"


def test_thinking_goes_back_only_where_wanted_and_signatures_never() -> None:
    """THK-3, THK-6."""
    request = foreign(Message("assistant", (Thinking("hmm", "sig"), Text("4"))), Message("user", (Text("ok"),)))
    plain = CHAT.encode_request(request, PLAIN)
    assert "reasoning_content" not in plain.body["messages"][0]
    assert plain.losses == ("messages[0].thinking",)
    wanted = CHAT.encode_request(request, replace(PLAIN, reasoning_content=True))
    assert wanted.body["messages"][0]["reasoning_content"] == "hmm"
    assert "sig" not in json.dumps(wanted.body)
    assert wanted.losses == ("messages[0].thinking.signature",)


def test_long_and_odd_tool_names_are_shortened_and_found_again() -> None:
    names = ("mcp__" + "x" * 70, "web.fetch", "fine")
    request = foreign(
        *called(ToolResult("t1"), ids=("t1",)),
        tools=(*(Tool(name) for name in names), Tool("spawn", namespace="agents")),
        tool_choice=ToolChoice("tool", names[1]),
    )
    body = CHAT.encode_request(request, PLAIN).body
    wire = [tool["function"]["name"] for tool in body["tools"]]
    assert all(len(name) <= 64 and name.replace("_", "").replace("-", "").isalnum() for name in wire)
    assert len(set(wire)) == 4
    assert body["tool_choice"]["function"]["name"] == wire[1]
    calls = [{"id": str(n), "type": "function", "function": {"name": name}} for n, name in enumerate(wire)]
    answer = CHAT.decode_response({"choices": [{"message": {"tool_calls": calls}}]}, request)
    back = [(block.name, block.namespace) for block in answer.blocks if isinstance(block, ToolUse)]
    assert back == [(names[0], None), (names[1], None), (names[2], None), ("spawn", "agents")]


def test_long_tool_ids_are_shortened_alike_in_call_and_result() -> None:
    long = "toolu_" + "y" * 100
    sent = CHAT.encode_request(foreign(*called(ToolResult(long), ids=(long,))), PLAIN).body["messages"]
    assert sent[1]["tool_calls"][0]["id"] == sent[2]["tool_call_id"]
    assert len(sent[2]["tool_call_id"]) <= 64


def test_a_custom_tool_becomes_a_function_of_one_string() -> None:
    request = foreign(
        Message("assistant", (ToolUse("c", "exec", "ls -l", "custom"),)),
        Message("user", (ToolResult("c", (Text("ok"),), kind="custom"),)),
        tools=(Tool("exec", kind="custom"), Tool("web_search", kind="hosted", extras={"anthropic": {"type": "w"}})),
    )
    body, losses = CHAT.encode_request(request, replace(PLAIN, custom_tools=False))
    (tool,) = body["tools"]
    assert tool["function"]["parameters"]["required"] == ["input"]
    assert json.loads(body["messages"][0]["tool_calls"][0]["function"]["arguments"]) == {"input": "ls -l"}
    assert {"tools[0].custom", "tools[1]"} <= set(losses)
    kept = CHAT.encode_request(request, PLAIN).body
    assert kept["tools"][0]["type"] == "custom"
    assert kept["messages"][0]["tool_calls"][0]["custom"] == {"name": "exec", "input": "ls -l"}


@pytest.mark.parametrize(
    ("thinking", "efforts", "word"),
    [
        (ThinkingConfig("enabled", 4096), ("low", "medium", "high"), "low"),
        (ThinkingConfig("enabled", 16_000), ("low", "medium", "high"), "medium"),
        (ThinkingConfig("enabled", 31_999), ("low", "medium", "high"), "high"),
        (ThinkingConfig("adaptive", effort="max"), ("low", "medium", "high"), "high"),
        (ThinkingConfig(effort="xhigh"), ("low", "high", "xhigh"), "xhigh"),
        (ThinkingConfig("disabled"), ("none", "low"), "none"),
        (ThinkingConfig("disabled"), ("minimal", "low"), "minimal"),
        (ThinkingConfig("adaptive"), ("low",), None),
    ],
)
def test_effort_is_the_nearest_the_model_knows(thinking: Any, efforts: Any, word: str | None) -> None:
    body = CHAT.encode_request(foreign(thinking=thinking), Profile("m", efforts=efforts)).body
    assert body.get("reasoning_effort") == word


def test_the_profile_rules_what_is_sent() -> None:
    """SCH-3, PAR-3."""
    request = foreign(
        system=(Text("a"), Text("b")),
        sampling=Sampling(0.5, 0.9, 40, 7, stop=("1", "2", "3", "4", "5")),
        max_tokens=128_000,
        stream=True,
        tools=(Tool("f"),),
        parallel_tool_calls=False,
        response_format=ResponseFormat("json_object"),
    )
    profile = Profile(
        "m",
        sampling=False,
        max_tokens_field="max_completion_tokens",
        max_output_tokens=8192,
        system_role="developer",
        parallel_tools=False,
        response_format=False,
    )
    body, losses = CHAT.encode_request(request, profile)
    assert body["max_completion_tokens"] == 8192
    assert "max_tokens" not in body
    assert body["messages"][0]["role"] == "developer"
    assert body["stop"] == ["1", "2", "3", "4"]
    assert body["stream_options"] == {"include_usage": True}
    assert not {"temperature", "top_p", "top_k", "parallel_tool_calls", "response_format"} & set(body)
    assert body["seed"] == 7
    expected = {"sampling.temperature", "sampling.top_p", "sampling.top_k", "sampling.stop[4:]"}
    assert expected | {"parallel_tool_calls", "response_format"} == set(losses)
    assert "stream_options" not in CHAT.encode_request(request, replace(profile, stream_usage=False)).body


def test_unknown_fields_follow_the_allowlist() -> None:
    """SCH-3."""
    request = chat_request(verbosity="low", logit_bias={}, n=2)
    body, losses = CHAT.encode_request(request, Profile("m", fields=frozenset({"n"})))
    assert body["n"] == 2
    assert set(losses) == {"extras.verbosity", "extras.logit_bias"}


def test_cache_marks_survive_where_they_are_understood() -> None:
    """CCH-7."""
    mark = {"anthropic": {"cache_control": {"type": "ephemeral"}}}
    request = foreign(Message("user", (Text("hi", mark),)), system=(Text("s", mark),))
    sent = CHAT.encode_request(request, Profile("m", cache_control=True)).body["messages"]
    assert [message["content"][0]["cache_control"] for message in sent] == [{"type": "ephemeral"}] * 2
    without = CHAT.encode_request(request, Profile("m"))
    assert without.body["messages"][1]["content"] == "hi"
    assert without.losses == ("cache_control",)


def test_system_messages_within_the_conversation_become_user_text_where_refused() -> None:
    request = foreign(Message("user", (Text("a"),)), Message("system", (Text("b"),)), Message("user", (Text("c"),)))
    body, losses = CHAT.encode_request(request, Profile("m", system_in_messages=False, merge_roles=True))
    (message,) = body["messages"]
    assert message["role"] == "user"
    assert message["content"].index("a") < message["content"].index("b") < message["content"].index("c")
    assert losses == ("messages[1].role",)


def test_documents_go_as_files_or_in_words() -> None:
    blocks = (
        Document("application/pdf", "JVBE", title="r.pdf"),
        Document(text="plain", title="n"),
        Opaque("anthropic", "x", {}),
    )
    request = foreign(Message("user", blocks))
    sent = CHAT.encode_request(request, Profile("m"))
    file, text = sent.body["messages"][0]["content"]
    assert file["file"] == {"filename": "r.pdf", "file_data": "data:application/pdf;base64,JVBE"}
    assert "plain" in text["text"]
    assert sent.losses == ("messages[0].x",)
    without = CHAT.encode_request(request, Profile("m", documents=False))
    assert "JVBE" not in json.dumps(without.body)
    assert "messages[0].document" in without.losses


def test_encoding_is_the_same_each_time() -> None:
    """CMP-3: same input, same bytes."""
    request = foreign(*called(ToolResult("t1", (Text("x"), Text("y")))), tools=(Tool("a.b"),))
    assert json.dumps(CHAT.encode_request(request, PLAIN).body) == json.dumps(CHAT.encode_request(request, PLAIN).body)
