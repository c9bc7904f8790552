"""Requests to and from Bedrock Converse."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gateway.chat.errors import BadRequest
from gateway.chat.request import (
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
from gateway.chat.signatures import seal
from gateway.wire.bedrock_converse import DIALECT
from gateway.wire.profile import Profile

from .bedrock_world import FIXTURES, MODEL, READ, asked, encoded, judge, loop, losses, model, user

REQUESTS = sorted((FIXTURES / "requests").glob("*.json"))
CALL = ToolUse("toolu_1", "read_file", '{"path":"a"}')
MARK = {"anthropic": {"cache_control": {"type": "ephemeral"}}}
HOUR = {"anthropic": {"cache_control": {"type": "ephemeral", "ttl": "1h"}}}
MINE = Origin("bedrock_converse", MODEL)


@pytest.mark.parametrize("path", REQUESTS, ids=lambda path: path.stem)
def test_a_request_is_written_back_as_it_was_read(path: Path) -> None:
    """The identity law within the dialect; the fixture itself is judged by the service model."""
    body = json.loads(path.read_bytes())
    judge(body)
    again, lost = DIALECT.encode_request(DIALECT.decode_request(body), Profile(MODEL))
    assert again == body
    assert lost == ()


def test_two_calls_of_one_turn_and_their_results_stay_together() -> None:
    """PAR-2, TID-2."""
    request = asked(
        user(Text("Go")),
        model(Text("Both."), ToolUse("a", "read_file"), ToolUse("b", "read_file")),
        user(Text("also"), ToolResult("b", (Text("2"),))),
        user(ToolResult("a", (Text("1"),), is_error=True)),
        tools=(READ,),
    )
    messages = encoded(request)["messages"]
    assert [message["role"] for message in messages] == ["user", "assistant", "user"]
    assert messages[1]["content"][1:] == [
        {"toolUse": {"toolUseId": "a", "name": "read_file", "input": {}}},
        {"toolUse": {"toolUseId": "b", "name": "read_file", "input": {}}},
    ]
    assert messages[2]["content"] == [
        {"toolResult": {"toolUseId": "a", "content": [{"text": "1"}], "status": "error"}},
        {"toolResult": {"toolUseId": "b", "content": [{"text": "2"}]}},
        {"text": "also"},
    ]


def test_blank_texts_go_and_an_empty_result_is_filled() -> None:
    """EMP-3, EMP-4: Converse refuses blank texts beside thinking, and an error without words."""
    thought = Thinking("Hm.", "sig", origin=MINE)
    body = encoded(loop(CALL, before=(thought, Text(" \n"))))
    assert [next(iter(block)) for block in body["messages"][1]["content"]] == ["reasoningContent", "toolUse"]
    assert body["messages"][2]["content"][0]["toolResult"]["content"] == [{"text": ""}]
    failed = asked(
        user(Text("Go")), model(CALL), user(ToolResult("toolu_1", (Text(""),), is_error=True)), tools=(READ,)
    )
    assert encoded(failed)["messages"][2]["content"][0]["toolResult"]["content"] == [{"text": "(no output)"}]


@pytest.mark.parametrize("thought", [Thinking("Hm.", "sig", origin=MINE), Thinking("Hm.", seal(MINE, "sig"))])
def test_a_signature_goes_back_to_the_model_that_made_it(thought: Thinking) -> None:
    """THK-1, THK-2, THK-12."""
    content = encoded(loop(CALL, before=(thought,)))["messages"][1]["content"]
    assert content[0] == {"reasoningContent": {"reasoningText": {"text": "Hm.", "signature": "sig"}}}


@pytest.mark.parametrize(
    "thought",
    [
        Thinking("Hm.", "sig"),
        Thinking("Hm.", "sig", origin=Origin("anthropic", MODEL)),
        Thinking("Hm.", "sig", origin=Origin("bedrock_converse", "another")),
        Thinking("Hm."),
        Thinking("", "data", redacted=True),
    ],
)
def test_a_thought_of_another_maker_is_dropped_and_named(thought: Thinking) -> None:
    """THK-3, THK-6, THK-7."""
    request = loop(CALL, before=(thought,))
    assert [next(iter(block)) for block in encoded(request)["messages"][1]["content"]] == ["toolUse"]
    assert losses(request) == ("messages[1].thinking",)


def test_thinking_is_off_for_a_call_that_goes_on_without_its_thought() -> None:
    """THK-13: with a budget, Claude wants the thought before the call it goes on from."""
    old = Profile("anthropic.claude-sonnet-4-5", thinking="budget")
    wanted = {"thinking": ThinkingConfig("enabled", 4096), "max_tokens": 10_000, "sampling": Sampling(temperature=0.5)}
    lost = loop(CALL, before=(Thinking("Hm.", "sig", origin=Origin("openai_responses", "x")),), **wanted)
    assert "additionalModelRequestFields" not in encoded(lost, old)
    assert "thinking" in losses(lost, old)
    kept = loop(CALL, before=(Thinking("Hm.", "sig", origin=Origin("bedrock_converse", old.model)),), **wanted)
    body = encoded(kept, old)
    assert body["additionalModelRequestFields"] == {"thinking": {"type": "enabled", "budget_tokens": 4096}}
    assert body["inferenceConfig"] == {"maxTokens": 10_000}  # thinking excludes temperature


@pytest.mark.parametrize(
    ("way", "asked_for", "fields", "effort"),
    [
        ("adaptive", ThinkingConfig("adaptive", effort="high"), {"thinking": {"type": "adaptive"}}, "high"),
        ("adaptive", ThinkingConfig("enabled", 2000), {"thinking": {"type": "adaptive"}}, "low"),
        ("budget", ThinkingConfig(effort="low"), {"thinking": {"type": "enabled", "budget_tokens": 2048}}, None),
        ("budget", ThinkingConfig("disabled"), None, None),
        ("none", ThinkingConfig("enabled", 2000), None, None),
    ],
)
def test_thinking_is_asked_for_in_the_way_of_the_model_family(way, asked_for, fields, effort) -> None:  # type: ignore[no-untyped-def]
    body = encoded(asked(thinking=asked_for, max_tokens=9000), Profile("m", thinking=way))
    assert body.get("additionalModelRequestFields") == fields
    assert body.get("outputConfig", {}).get("effort") == effort


def test_cache_marks_become_cache_points_and_never_more_than_four() -> None:
    """CCH-6, CCH-7."""
    request = asked(
        *[user(Text(f"part {number}", MARK)) for number in range(3)],
        system=(Text("Be kind.", HOUR),),
        tools=(Tool("read_file", "Reads.", READ.schema, extras=MARK),),
    )
    body = encoded(request)
    point = {"cachePoint": {"type": "default"}}
    assert body["toolConfig"]["tools"][1:] == []  # the fifth, at the very front, gives way
    assert body["system"] == [{"text": "Be kind."}, {"cachePoint": {"type": "default", "ttl": "1h"}}]
    assert body["messages"][0]["content"].count(point) == 3
    assert losses(request) == ("cache_control",)
    plain = Profile("amazon.nova", cache_control=False)
    assert "cachePoint" not in json.dumps(encoded(request, plain))
    assert "messages[0].cache_control" in losses(request, plain)


def test_a_history_with_calls_but_no_tools_gets_declarations() -> None:
    """Converse wants a toolConfig as soon as the history has tool blocks."""
    body = encoded(loop(CALL, Text("x"), tools=()))
    (tool,) = body["toolConfig"]["tools"]
    assert tool["toolSpec"]["name"] == "read_file"


def test_a_choice_of_none_leaves_the_tools_out_or_is_a_loss() -> None:
    none = ToolChoice("none")
    assert "toolConfig" not in encoded(asked(tools=(READ,), tool_choice=none))
    kept = loop(CALL, Text("x"), tool_choice=none)
    assert encoded(kept)["toolConfig"] == {
        "tools": [{"toolSpec": {"name": "read_file", "description": "Reads.", "inputSchema": {"json": READ.schema}}}]
    }
    assert losses(kept) == ("tool_choice",)


@pytest.mark.parametrize(
    ("choice", "written"),
    [
        (ToolChoice("auto"), {"auto": {}}),
        (ToolChoice("any"), {"any": {}}),
        (ToolChoice("tool", "read_file"), {"tool": {"name": "read_file"}}),
    ],
)
def test_tool_choice_is_written(choice: ToolChoice, written: dict[str, object]) -> None:
    assert encoded(asked(tools=(READ,), tool_choice=choice))["toolConfig"]["toolChoice"] == written


def test_names_and_ids_are_made_to_fit_on_both_sides_alike() -> None:
    call = ToolUse("call|1:" + "x" * 80, "run.it", "{}", namespace="multi")
    body = encoded(loop(call, Text("ok"), tools=(Tool("run.it", schema={}, namespace="multi"),)))
    used, result = body["messages"][1]["content"][0]["toolUse"], body["messages"][2]["content"][0]["toolResult"]
    assert used["toolUseId"] == result["toolUseId"]
    assert len(used["toolUseId"]) <= 64
    assert used["name"] == body["toolConfig"]["tools"][0]["toolSpec"]["name"]


def test_a_result_without_its_call_is_kept_as_text_and_counted() -> None:
    """TID-3."""
    request = asked(user(ToolResult("gone", (Text("the content"),)), Text("Go on")))
    texts = [block["text"] for block in encoded(request)["messages"][0]["content"]]
    assert texts[1:] == ["the content", "Go on"]
    assert losses(request) == ("messages[0].tool_result",)


def test_arguments_that_are_no_object_are_wrapped_and_named() -> None:
    """TID-6, TID-7."""
    assert encoded(loop(ToolUse("a", "read_file", "")))["messages"][1]["content"][0]["toolUse"]["input"] == {}
    cut = loop(ToolUse("a", "read_file", '{"path": "a'))
    assert encoded(cut)["messages"][1]["content"][0]["toolUse"]["input"] == {"input": '{"path": "a'}
    assert losses(cut) == ("messages[1].tool_use.arguments",)


def test_a_free_form_tool_becomes_a_function_and_its_past_calls_are_wrapped() -> None:
    body = encoded(loop(ToolUse("c1", "exec", "print(1)", kind="custom"), tools=(Tool("exec", kind="custom"),)))
    assert body["messages"][1]["content"][0]["toolUse"]["input"] == {"input": "print(1)"}
    assert body["toolConfig"]["tools"][0]["toolSpec"]["inputSchema"]["json"]["required"] == ["input"]


@pytest.mark.parametrize("inside", [True, False])
def test_a_picture_in_a_result_is_sent_as_a_picture(inside: bool) -> None:
    """IMG-1, IMG-2, IMG-3, IMG-4."""
    profile = Profile("m", tool_images=inside)
    content = encoded(loop(CALL, Text("shot"), Image("image/png", data="AAAA")), profile)["messages"][2]["content"]
    picture = {"image": {"format": "png", "source": {"bytes": "AAAA"}}}
    if inside:
        assert content[0]["toolResult"]["content"] == [{"text": "shot"}, picture]
    else:
        assert content[2] == picture
        assert "toolu_1" in content[1]["text"]


def test_a_picture_at_an_address_leaves_a_note_and_a_loss() -> None:
    """IMG-1, IMG-6: Converse takes bytes and S3 only; never in silence."""
    request = asked(user(Image(url="https://example.com/a.png"), Image("image/png", url="s3://b/a.png")))
    note, picture = encoded(request)["messages"][0]["content"]
    assert "image" in note["text"]
    assert picture["image"]["source"] == {"s3Location": {"uri": "s3://b/a.png"}}
    assert losses(request) == ("messages[0].image",)


def test_documents_get_names_converse_takes_each_once_and_a_text_beside_them() -> None:
    pdf = Document("application/pdf", data="AAAA", title="Q3/report_v2.pdf")
    content = encoded(asked(user(pdf, pdf, Document(text="words"))))["messages"][0]["content"]
    names = [block["document"]["name"] for block in content if "document" in block]
    assert names == ["Q3-report-v2-pdf", "Q3-report-v2-pdf (2)", "document"]
    assert "text" in content[-1]
    assert content[2]["document"] == {"format": "txt", "name": "document", "source": {"bytes": "d29yZHM="}}


@pytest.mark.parametrize("kept", [True, False])
def test_a_system_message_in_the_middle_is_kept_or_becomes_a_reminder(kept: bool) -> None:
    request = asked(user(Text("A")), Message("system", (Text("Be kind."),)), user(Text("B")))
    messages = encoded(request, Profile("m", system_in_messages=kept))["messages"]
    if kept:
        assert messages[1] == {"role": "system", "content": [{"text": "Be kind."}]}
    else:
        assert messages[0]["content"][1] == {"text": "<system-reminder>\nBe kind.\n</system-reminder>"}


def test_what_has_no_place_is_a_loss() -> None:
    """PAR-3."""
    request = asked(
        user(Text("Hi"), Opaque("anthropic", "server_tool_use", {"type": "server_tool_use"})),
        sampling=Sampling(temperature=1.5, seed=1, presence_penalty=0.1, frequency_penalty=0.1, top_k=5),
        parallel_tool_calls=False,
        user="u",
        tools=(Tool("web_search", kind="hosted"), Tool("t", schema={"type": "object"}, strict=True)),
        extras={"anthropic": {"context_management": {}, "betas": ["x-1"]}},
        response_format=ResponseFormat("json_object"),
    )
    assert set(losses(request, Profile("m", betas=False))) == {
        "extras.anthropic.context_management",
        "extras.anthropic.betas",
        "messages[0].server_tool_use",
        "sampling.temperature",
        "sampling.seed",
        "sampling.presence_penalty",
        "sampling.frequency_penalty",
        "parallel_tool_calls",
        "user",
        "tools[0]",
        "tools[1].strict",
        "response_format",
    }
    assert encoded(request)["additionalModelRequestFields"] == {"top_k": 5, "anthropic_beta": ["x-1"]}


def test_a_json_answer_is_asked_for_with_its_schema() -> None:
    wanted = ResponseFormat("json_schema", {"type": "object"}, "answer")
    declared = encoded(asked(response_format=wanted))["outputConfig"]["textFormat"]["structure"]["jsonSchema"]
    assert declared == {"schema": '{"type":"object"}', "name": "answer"}


def test_a_model_without_tools_reads_past_calls_as_text() -> None:
    request = loop(CALL, Text("x"))
    body = encoded(request, Profile("m", tools=False))
    assert "toolConfig" not in body
    assert "toolUse" not in json.dumps(body)
    assert losses(request, Profile("m", tools=False)) == ("messages[1].tool_use", "messages[2].tool_result", "tools[0]")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"messages": {}}, "messages"),
        ({"messages": [1]}, "messages[0]"),
        ({"messages": [{"content": []}]}, "messages[0].role"),
        ({"messages": [{"role": "robot", "content": []}]}, "messages[0].role"),
        ({"messages": [{"role": "user", "content": "x"}]}, "messages[0].content"),
        ({"messages": [], "inferenceConfig": {"maxTokens": 0}}, "inferenceConfig.maxTokens"),
        ({"messages": [], "toolConfig": {"tools": [{"toolSpec": {}}]}}, "toolConfig.tools[0].toolSpec.name"),
    ],
)
def test_bad_input_is_refused_with_the_name_of_the_field(body: dict[str, object], field: str) -> None:
    with pytest.raises(BadRequest) as caught:
        DIALECT.decode_request(body)
    assert caught.value.param == field
