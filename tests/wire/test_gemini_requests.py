"""Requests to and from Gemini."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gateway.chat.errors import BadRequest
from gateway.chat.request import (
    Image,
    Message,
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
from gateway.wire.gemini import DIALECT
from gateway.wire.profile import Profile

from .gemini_world import FIXTURES, G3, G25, READ, SIGNATURE, asked, encoded, loop, losses, model, user

REQUESTS = sorted((FIXTURES / "requests").glob("*.json"))
CALL = ToolUse("toolu_1", "read_file", '{"path":"a"}')


@pytest.mark.parametrize("path", REQUESTS, ids=lambda path: path.stem)
def test_a_request_is_written_back_as_it_was_read(path: Path) -> None:
    """The identity law within the dialect."""
    body = json.loads(path.read_bytes())
    again, lost = DIALECT.encode_request(DIALECT.decode_request(body), Profile("gemini-2.5-pro"))
    assert again == body
    assert lost == ()


def test_a_result_carries_the_name_of_its_tool_and_the_id_of_its_call() -> None:
    body = encoded(loop(CALL, Text("done")))
    (part,) = body["contents"][2]["parts"]
    assert part == {"functionResponse": {"id": "toolu_1", "name": "read_file", "response": {"output": "done"}}}


def test_a_failed_result_is_written_as_error() -> None:
    request = asked(user(Text("Go")), model(CALL), user(ToolResult("toolu_1", (Text("boom"),), is_error=True)))
    assert encoded(request)["contents"][2]["parts"][0]["functionResponse"]["response"] == {"error": "boom"}


def test_results_come_first_and_in_the_order_of_their_calls() -> None:
    """TID-2."""
    request = asked(
        user(Text("Go")),
        model(ToolUse("a", "read_file"), ToolUse("b", "read_file")),
        user(Text("also this"), ToolResult("b", (Text("2"),))),
        user(ToolResult("a", (Text("1"),)), Image("image/png", data="AAAA")),
    )
    parts = encoded(request)["contents"][2]["parts"]
    assert [part["functionResponse"]["id"] for part in parts[:2]] == ["a", "b"]
    assert parts[2:] == [{"text": "also this"}, {"inlineData": {"mimeType": "image/png", "data": "AAAA"}}]


def test_a_result_without_its_call_is_kept_as_text_and_counted() -> None:
    """TID-3."""
    request = asked(user(ToolResult("gone", (Text("the content"),)), Text("Go on")))
    texts = [part["text"] for part in encoded(request)["contents"][0]["parts"]]
    assert "gone" in texts[0]
    assert texts[1:] == ["the content", "Go on"]
    assert losses(request) == ("messages[0].tool_result",)


def test_a_call_that_was_never_answered_gets_an_error_result() -> None:
    """Gemini refuses a turn whose results are fewer than the calls."""
    request = asked(user(Text("Go")), model(CALL), user(Text("Never mind")))
    first, second = encoded(request)["contents"][2]["parts"]
    assert "error" in first["functionResponse"]["response"]
    assert second == {"text": "Never mind"}


def test_a_call_without_arguments_has_an_empty_object() -> None:
    """TID-6."""
    body = encoded(loop(ToolUse("a", "read_file", "")))
    assert body["contents"][1]["parts"][0]["functionCall"]["args"] == {}


def test_a_missing_signature_is_replaced_for_gemini_3_only_and_on_the_first_call_only() -> None:
    request = asked(
        user(Text("Go")),
        model(ToolUse("a", "read_file"), ToolUse("b", "read_file")),
        user(ToolResult("a"), ToolResult("b")),
    )
    calls = encoded(request, G3)["contents"][1]["parts"]
    assert [call.get("thoughtSignature") for call in calls] == ["skip_thought_signature_validator", None]
    assert all("thoughtSignature" not in call for call in encoded(request, G25)["contents"][1]["parts"])


@pytest.mark.parametrize("sealed", [True, False])
def test_a_signature_that_comes_back_through_another_client_stands_on_its_call_again(sealed: bool) -> None:
    """THK-3: sealed for the client, opened, and returned to the model that made it."""
    origin = Origin("gemini", G3.model)
    thought = Thinking("", seal(origin, SIGNATURE)) if sealed else Thinking("", SIGNATURE, origin=origin)
    (part,) = encoded(loop(CALL, before=(thought,)))["contents"][1]["parts"]
    assert part["thoughtSignature"] == SIGNATURE


def test_a_signed_thought_with_text_gives_its_signature_to_the_call_after_it() -> None:
    thought = Thinking("I should read.", SIGNATURE, origin=Origin("gemini", G3.model))
    first, second = encoded(loop(CALL, before=(thought,)))["contents"][1]["parts"]
    assert first == {"text": "I should read.", "thought": True}
    assert second["thoughtSignature"] == SIGNATURE


@pytest.mark.parametrize(
    "thought",
    [
        Thinking("hm", "sig", origin=Origin("anthropic", "claude-opus-5-5")),
        Thinking("hm", "sig", origin=Origin("gemini", "gemini-2.5-pro")),
        Thinking("hm", "sig"),
        Thinking("", "data", redacted=True),
    ],
)
def test_a_thought_of_another_maker_is_dropped_and_named(thought: Thinking) -> None:
    """THK-2, THK-3, THK-7."""
    request = loop(CALL, before=(thought,))
    (part,) = encoded(request)["contents"][1]["parts"]
    assert part["thoughtSignature"] == "skip_thought_signature_validator"
    assert losses(request) == ("messages[1].thinking",)


def test_a_signature_after_everything_is_written_on_an_empty_text() -> None:
    thought = Thinking("", SIGNATURE, origin=Origin("gemini", G3.model))
    body = encoded(asked(user(Text("Hi")), model(Text("Hello"), thought), user(Text("Bye"))))
    assert body["contents"][1]["parts"] == [{"text": "Hello"}, {"text": "", "thoughtSignature": SIGNATURE}]


def test_a_sealed_signature_of_a_gemini_client_is_opened() -> None:
    """THK-8: what a Gemini client gives back of a Claude turn is a thinking block with its maker."""
    from gateway.wire.gemini.parts import close_signature

    origin = Origin("anthropic", "claude-opus-5-5")
    parts = [
        {"text": "Let me look.", "thought": True},
        {"functionCall": {"id": "t1", "name": "x", "args": {}}, "thoughtSignature": close_signature("EqQB", origin)},
    ]
    decoded = DIALECT.decode_request({"contents": [{"role": "model", "parts": parts}]})
    assert decoded.messages[0].blocks == (Thinking("Let me look.", "EqQB", origin=origin), ToolUse("t1", "x", "{}"))
    redacted = {"text": "Hi", "thoughtSignature": close_signature("data", origin, redacted=True)}
    decoded = DIALECT.decode_request({"contents": [{"role": "model", "parts": [redacted]}]})
    assert decoded.messages[0].blocks == (Thinking("", "data", redacted=True, origin=origin), Text("Hi"))


def test_blank_texts_are_left_out_and_turns_of_one_role_are_joined() -> None:
    """EMP-3, EMP-4."""
    body = encoded(asked(user(Text("A")), user(Text("  ")), user(Text("B")), model(Text("")), user(Text("C"))))
    assert body["contents"] == [{"role": "user", "parts": [{"text": "A"}, {"text": "B"}, {"text": "C"}]}]


def test_a_system_message_in_the_middle_becomes_a_reminder() -> None:
    body = encoded(asked(user(Text("A")), Message("system", (Text("Be kind."),))))
    assert body["contents"][0]["parts"][1]["text"] == "<system-reminder>\nBe kind.\n</system-reminder>"


@pytest.mark.parametrize(("profile", "inside"), [(G3, True), (G25, False)])
def test_a_picture_in_a_result_is_sent_as_a_picture(profile: Profile, inside: bool) -> None:
    """IMG-1, IMG-2, IMG-3, IMG-4."""
    picture = "A" * 2000
    parts = encoded(loop(CALL, Text("shot"), Image("image/png", data=picture)), profile)["contents"][2]["parts"]
    inline = {"inlineData": {"mimeType": "image/png", "data": picture}}
    if inside:
        assert parts[0]["functionResponse"]["parts"] == [inline]
    else:
        assert parts[2] == inline
        assert "toolu_1" in parts[1]["text"]
    assert all(len(part.get("text", "")) < 1024 for part in parts)


def test_a_picture_for_a_model_without_eyes_leaves_a_note_and_a_loss() -> None:
    """IMG-1: never in silence."""
    blind = Profile("gemma-3", vision=False)
    request = asked(user(Image(url="https://example.com/a.png")))
    assert "image" in encoded(request, blind)["contents"][0]["parts"][0]["text"]
    assert losses(request, blind) == ("messages[0].image",)
    assert encoded(request)["contents"][0]["parts"][0]["fileData"]["mimeType"] == "image/png"


def test_sampling_and_stops_are_written_and_the_sixth_stop_is_a_loss() -> None:
    request = asked(sampling=Sampling(0.5, 0.9, 40, 7, 0.1, 0.2, tuple("abcdef")), max_tokens=9)
    assert encoded(request)["generationConfig"] == {
        "temperature": 0.5,
        "topP": 0.9,
        "topK": 40,
        "seed": 7,
        "presencePenalty": 0.1,
        "frequencyPenalty": 0.2,
        "stopSequences": list("abcde"),
        "maxOutputTokens": 9,
    }
    assert losses(request) == ("sampling.stop",)


@pytest.mark.parametrize(
    ("profile", "thinking", "written"),
    [
        (G25, ThinkingConfig("enabled", 4096), {"thinkingBudget": 4096, "includeThoughts": True}),
        (G25, ThinkingConfig("adaptive", summary="omitted"), {"thinkingBudget": -1}),
        (G25, ThinkingConfig("disabled"), {"thinkingBudget": 0}),
        (G25, ThinkingConfig(effort="low"), {"thinkingBudget": 2048, "includeThoughts": True}),
        (G3, ThinkingConfig(effort="max"), {"thinkingLevel": "HIGH", "includeThoughts": True}),
        (G3, ThinkingConfig("enabled", 1000), {"thinkingLevel": "LOW", "includeThoughts": True}),
        (G3, ThinkingConfig("adaptive"), {"includeThoughts": True}),
    ],
)
def test_thinking_is_asked_for_in_the_way_of_the_model_family(
    profile: Profile, thinking: ThinkingConfig, written: dict[str, object]
) -> None:
    assert encoded(asked(thinking=thinking), profile)["generationConfig"]["thinkingConfig"] == written


@pytest.mark.parametrize(
    ("choice", "written"),
    [
        (ToolChoice("auto"), {"mode": "AUTO"}),
        (ToolChoice("any"), {"mode": "ANY"}),
        (ToolChoice("none"), {"mode": "NONE"}),
        (ToolChoice("tool", "read_file"), {"mode": "ANY", "allowedFunctionNames": ["read_file"]}),
    ],
)
def test_tool_choice_is_written(choice: ToolChoice, written: dict[str, object]) -> None:
    body = encoded(asked(tools=(READ,), tool_choice=choice))
    assert body["toolConfig"] == {"functionCallingConfig": written}


def test_a_free_form_tool_becomes_a_function_and_its_past_calls_are_wrapped() -> None:
    call = ToolUse("c1", "exec", "print(1)", kind="custom")
    request = asked(
        user(Text("Go")), model(call), user(ToolResult("c1", kind="custom")), tools=(Tool("exec", kind="custom"),)
    )
    body = encoded(request)
    assert body["contents"][1]["parts"][0]["functionCall"]["args"] == {"input": "print(1)"}
    parameters = body["tools"][0]["functionDeclarations"][0]["parameters"]
    assert parameters == {"type": "OBJECT", "properties": {"input": {"type": "STRING"}}, "required": ["input"]}


def test_hosted_tools_of_other_vendors_and_what_has_no_place_are_losses() -> None:
    """PAR-3."""
    hosted = Tool("web_search", kind="hosted", extras={"anthropic": {"type": "web_search_20250305"}})
    request = asked(tools=(hosted, READ), parallel_tool_calls=False, user="u1", extras={"anthropic": {"metadata": {}}})
    assert set(losses(request)) == {"tools[0]", "parallel_tool_calls", "user", "extras.anthropic.metadata"}
    assert len(encoded(request)["tools"]) == 1


def test_a_name_gemini_refuses_is_replaced_and_found_again_in_the_answer() -> None:
    long = Tool("spawn agent", schema=READ.schema, namespace="multi")
    request = asked(tools=(long,), dialect="openai_responses")
    wire = encoded(request)["tools"][0]["functionDeclarations"][0]["name"]
    assert wire.replace("_", "").isalnum()
    body = {
        "candidates": [{"content": {"parts": [{"functionCall": {"name": wire, "args": {}}}]}, "finishReason": "STOP"}]
    }
    (block,) = DIALECT.decode_response(body, request).blocks
    assert isinstance(block, ToolUse)
    assert (block.name, block.namespace) == ("spawn agent", "multi")


def test_a_json_answer_is_asked_for_but_not_beside_tools_before_gemini_3() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": False}
    answer = ResponseFormat("json_schema", schema)
    config = encoded(asked(response_format=answer), G25)["generationConfig"]
    assert config["responseMimeType"] == "application/json"
    assert config["responseSchema"] == {"type": "OBJECT", "properties": {"a": {"type": "STRING"}}}
    assert losses(asked(response_format=answer, tools=(READ,)), G25) == ("response_format",)
    assert "generationConfig" in encoded(asked(response_format=answer, tools=(READ,)), G3)


def test_ids_are_made_up_the_same_way_each_time_and_differ_between_turns() -> None:
    body = json.loads((FIXTURES / "requests" / "parallel_without_ids.json").read_bytes())
    first, again = DIALECT.decode_request(body), DIALECT.decode_request(body)
    assert first == again
    calls = [block for block in first.messages[1].blocks if isinstance(block, ToolUse)]
    results = [block for block in first.messages[2].blocks if isinstance(block, ToolResult)]
    assert [call.id for call in calls] == [result.tool_use_id for result in results]
    assert calls[0].id != calls[1].id


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "contents"),
        ({"contents": {}}, "contents"),
        ({"contents": ["x"]}, "contents[0]"),
        ({"contents": [{"role": "robot", "parts": []}]}, "contents[0].role"),
        ({"contents": [{"parts": [1]}]}, "contents[0].parts[0]"),
        ({"contents": [], "generationConfig": {"topK": "many"}}, "generationConfig.topK"),
        ({"contents": [], "tools": [{"functionDeclarations": [{}]}]}, "tools[0].functionDeclarations[0].name"),
    ],
)
def test_bad_input_is_refused_with_the_name_of_the_field(body: dict[str, object], field: str) -> None:
    with pytest.raises(BadRequest) as caught:
        DIALECT.decode_request(body)
    assert caught.value.param == field
