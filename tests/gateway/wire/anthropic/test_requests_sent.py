"""What leaves for an endpoint of the Messages API."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from gateway.chat.errors import BadRequest
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
from gateway.chat.signatures import seal
from gateway.wire.anthropic import DIALECT
from gateway.wire.dialect import Encoded
from gateway.wire.profile import Profile

PROFILE = Profile("claude-opus-5-5", account="acme")
HELLO = Message("user", (Text("hello"),))
PNG = "iVBORw0KGgoAAAANSUhEUg" + "A" * 2000
BASH = Tool("Bash", schema={"type": "object", "properties": {}})


def crossing(*messages: Message, **given: Any) -> ChatRequest:
    """A request of a chat client."""
    return ChatRequest("openai_chat", "auto", messages or (HELLO,), **given)


def sent(request: ChatRequest, **changes: Any) -> Encoded:
    return DIALECT.encode_request(request, replace(PROFILE, **changes))


def decoded(**body: Any) -> ChatRequest:
    return DIALECT.decode_request(
        {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "x"}], **body}
    )


def call(identity: str, name: str = "Bash", arguments: str = "{}", **given: Any) -> ToolUse:
    return ToolUse(identity, name, arguments, **given)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"messages": [], "max_tokens": 1}, "model"),
        ({"model": "m", "messages": [{"role": "user", "content": "x"}]}, "max_tokens"),
        ({"model": "m", "max_tokens": 1}, "messages"),
        ({"model": "m", "max_tokens": 1, "messages": {}}, "messages"),
        ({"model": "m", "max_tokens": 1, "messages": []}, "messages"),
        ({"model": "m", "max_tokens": 1, "messages": ["x"]}, "messages.0"),
        ({"model": "m", "max_tokens": 1, "messages": [{"role": "tool", "content": "x"}]}, "messages.0.role"),
        ({"model": "m", "max_tokens": 1, "messages": [{"role": "user"}]}, "messages.0.content"),
        ({"model": "m", "max_tokens": 1, "messages": [{"role": "user", "content": ["x"]}]}, "messages.0.content.0"),
        (
            {
                "model": "m",
                "max_tokens": 1,
                "messages": [{"role": "user", "content": [{"type": "tool_use", "name": "n"}]}],
            },
            "messages.0.content.0.id",
        ),
        ({"model": "m", "max_tokens": 1, "messages": [{"role": "user", "content": "x"}], "tools": {}}, "tools"),
        (
            {"model": "m", "max_tokens": 1, "messages": [{"role": "user", "content": "x"}], "tools": [{}]},
            "tools.0.name",
        ),
    ],
)
def test_a_senseless_request_is_refused_by_the_name_of_its_field(body: dict[str, Any], field: str) -> None:
    with pytest.raises(BadRequest) as refused:
        DIALECT.decode_request(body)
    assert refused.value.param == field
    assert field in refused.value.message


def test_a_count_needs_no_max_tokens() -> None:
    """CCD-1"""
    body = {"model": "m", "messages": [{"role": "user", "content": "x"}]}
    assert DIALECT.decode_count(body).messages  # type: ignore[attr-defined]


def test_thinking_goes_back_only_to_its_maker() -> None:
    """THK-2, THK-3, THK-7: another model's, another dialect's, an unsigned one are dropped, and named."""
    mine = Thinking("a", "sig", origin=Origin("anthropic", "claude-opus-5-5", "acme"))
    others = (
        Thinking("b", "sig", origin=Origin("anthropic", "claude-sonnet-4-5", "acme")),
        Thinking("c", "sig", origin=Origin("openai_responses", "claude-opus-5-5", "acme")),
        Thinking("d", None, origin=Origin("anthropic", "claude-opus-5-5", "acme")),
        Thinking("e", "gpt-made"),
    )
    body, losses = sent(crossing(HELLO, Message("assistant", (mine, *others, Text("hi"))), HELLO))
    assert body["messages"][1]["content"] == [
        {"type": "thinking", "thinking": "a", "signature": "sig"},
        {"type": "text", "text": "hi"},
    ]
    assert losses == ("messages[1].thinking",)


def test_a_sealed_signature_is_opened_for_its_maker_and_dropped_for_others() -> None:
    """THK-3, THK-6"""
    sealed = seal(Origin("anthropic", "claude-opus-5-5", "acme"), "real")
    said = [
        {"role": "user", "content": "x"},
        {"role": "assistant", "content": [{"type": "thinking", "thinking": "t", "signature": sealed}]},
        {"role": "user", "content": "y"},
    ]
    request = decoded(messages=said)
    body, losses = sent(request)
    assert body["messages"][1]["content"][0]["signature"] == "real"
    assert losses == ()
    other, dropped = sent(request, model="claude-haiku-5-5")
    assert [message["role"] for message in other["messages"]] == ["user", "user"]
    assert dropped == ("messages[1].thinking",)


def loop(*first: Any) -> tuple[Message, ...]:
    return (HELLO, Message("assistant", (*first, call("c1"))), Message("user", (ToolResult("c1", (Text("r"),)),)))


def test_thinking_is_off_for_a_call_whose_open_turn_has_none() -> None:
    """THK-13"""
    budget = ThinkingConfig("enabled", 2000)
    body, losses = sent(crossing(*loop(), thinking=budget), thinking="budget")
    assert "thinking" not in body
    assert "thinking" in losses
    signed = Thinking("t", "s", origin=Origin("anthropic", "claude-opus-5-5", "acme"))
    body, losses = sent(crossing(*loop(signed), thinking=budget), thinking="budget")
    assert body["thinking"] == {"type": "enabled", "budget_tokens": 2000}
    answered = (*loop(), Message("assistant", (Text("done"),)), HELLO)
    assert "thinking" in sent(crossing(*answered, thinking=budget), thinking="budget").body


@pytest.mark.parametrize(
    ("style", "asked", "thinking", "effort"),
    [
        ("adaptive", ThinkingConfig(effort="medium"), {"type": "adaptive"}, "medium"),
        ("adaptive", ThinkingConfig(effort="none"), {"type": "disabled"}, None),
        ("adaptive", ThinkingConfig("enabled", 3000), {"type": "adaptive"}, "low"),
        ("adaptive", ThinkingConfig(effort="max"), {"type": "adaptive"}, "high"),
        ("budget", ThinkingConfig(effort="high"), {"type": "enabled", "budget_tokens": 24000}, None),
        ("budget", ThinkingConfig("adaptive", effort="low"), {"type": "enabled", "budget_tokens": 4096}, None),
        ("budget", ThinkingConfig(effort="none"), {"type": "disabled"}, None),
        ("none", ThinkingConfig("enabled", 3000, "high"), None, None),
    ],
)
def test_thinking_is_asked_for_as_the_model_takes_it(style: str, asked: Any, thinking: Any, effort: Any) -> None:
    body, _ = sent(crossing(thinking=asked), thinking=style, efforts=("low", "medium", "high"))
    assert body.get("thinking") == thinking
    assert body.get("output_config", {}).get("effort") == effort


def test_a_budget_stays_below_max_tokens_or_is_dropped() -> None:
    body, losses = sent(crossing(thinking=ThinkingConfig("enabled", 9000), max_tokens=4000), thinking="budget")
    assert body["thinking"]["budget_tokens"] == 3999
    assert "thinking.budget_tokens" in losses
    body, losses = sent(crossing(thinking=ThinkingConfig("enabled", 9000), max_tokens=1000), thinking="budget")
    assert "thinking" not in body
    assert "thinking" in losses


def test_results_come_first_and_together_and_images_after() -> None:
    """TID-2, IMG-3: three results in three messages, two images, a text in front."""
    calls = Message("assistant", (call("c1"), call("c2"), call("c3")))
    image = Image("image/png", PNG)
    body, losses = sent(
        crossing(
            HELLO,
            calls,
            Message("user", (Text("look"), ToolResult("c1", (Text("one"), image)))),
            Message("user", (ToolResult("c2", (Text("two"),)),)),
            Message("user", (ToolResult("c3", (Text("three"), image)),)),
            Message("user", (Text("and now?"),)),
        ),
        tool_images=False,
    )
    first, last = body["messages"][2:]
    kinds = [block["type"] for block in first["content"]]
    assert kinds == ["tool_result"] * 3 + ["text", "text", "image", "text", "image"]
    assert [block["tool_use_id"] for block in first["content"][:3]] == ["c1", "c2", "c3"]
    assert last["content"] == [{"type": "text", "text": "and now?"}]
    assert losses == ()
    texts = [block["text"] for block in first["content"] if block["type"] == "text"]
    assert all(len(text) < 1000 for text in texts), "IMG-4: no base64 in a text"


def test_an_image_stays_inside_its_result_where_that_is_taken() -> None:
    """IMG-1, IMG-2"""
    result = Message("user", (ToolResult("c1", (Image("image/png", PNG),)),))
    body, _ = sent(crossing(HELLO, Message("assistant", (call("c1"),)), result))
    assert body["messages"][2]["content"][0]["content"][0]["source"] == {
        "type": "base64",
        "media_type": "image/png",
        "data": PNG,
    }


def test_an_image_for_a_model_without_eyes_is_named_not_dropped() -> None:
    """IMG-1, IMG-4, IMG-5"""
    choice = ToolChoice("any")
    said = Message("user", (Text("see"), Image("image/png", PNG), Document("application/pdf", data="JVBE")))
    body, losses = sent(crossing(said, tools=(BASH,), tool_choice=choice), vision=False, documents=False)
    assert [block["type"] for block in body["messages"][0]["content"]] == ["text"] * 3
    assert "omitted" in body["messages"][0]["content"][1]["text"]
    assert losses == ("messages[0].image", "messages[0].document")
    assert body["tool_choice"] == {"type": "any"}


def test_a_result_without_its_call_is_kept_as_text() -> None:
    """TID-1, TID-3: and one answered twice."""
    body, losses = sent(
        crossing(HELLO, Message("assistant", (Text("hm"),)), Message("user", (ToolResult("gone", (Text("42"),)),)))
    )
    (block,) = body["messages"][2]["content"]
    assert block["type"] == "text"
    assert "gone" in block["text"]
    assert "42" in block["text"]
    assert losses == ("messages[2].tool_result",)


def test_a_call_without_a_result_gets_one() -> None:
    body, _ = sent(crossing(HELLO, Message("assistant", (call("c1"), call("c2"))), *loop()[2:]))
    results = body["messages"][2]["content"]
    assert {block["tool_use_id"] for block in results} == {"c1", "c2"}
    assert all(block["type"] == "tool_result" for block in results)


def test_ids_and_names_the_api_refuses_are_rewritten_alike_every_time() -> None:
    """TID-4, CMP-3"""
    messages = (
        HELLO,
        Message("assistant", (call("call:1|fc", "do.it", '{"a":1}'),)),
        Message("user", (ToolResult("call:1|fc", (Text("r"),)),)),
        Message("assistant", (call("call:1|fc", "do.it"),)),
        Message("user", (ToolResult("call:1|fc", (Text("r2"),)),)),
    )
    request = crossing(*messages, tools=(Tool("do.it"),), tool_choice=ToolChoice("tool", "do.it"))
    body, _ = sent(request)
    assert body == sent(request).body
    turns = body["messages"]
    ids = [turns[1]["content"][0]["id"], turns[3]["content"][0]["id"]]
    assert len(set(ids)) == 2, "ids are unique in a conversation"
    assert [turns[2]["content"][0]["tool_use_id"], turns[4]["content"][0]["tool_use_id"]] == ids
    assert all(identity.replace("_", "").isalnum() for identity in ids)
    name = body["tools"][0]["name"]
    assert turns[1]["content"][0]["name"] == name == body["tool_choice"]["name"]
    answer = {"content": [{"type": "tool_use", "id": "t", "name": name, "input": {}}], "stop_reason": "tool_use"}
    (block,) = DIALECT.decode_response(answer, request).blocks
    assert isinstance(block, ToolUse)
    assert block.name == "do.it"


def test_tools_of_a_namespace_come_back_under_it() -> None:
    tool = Tool("spawn", namespace="agents", schema={"type": "object"})
    request = crossing(tools=(tool,))
    body, _ = sent(request)
    assert body["tools"][0]["name"] == "agents__spawn"
    answer = {"content": [{"type": "tool_use", "id": "t", "name": "agents__spawn", "input": {}}]}
    (block,) = DIALECT.decode_response(answer, request).blocks
    assert isinstance(block, ToolUse)
    assert (block.namespace, block.name) == ("agents", "spawn")


@pytest.mark.parametrize(
    ("written", "given"), [("", {}), ("  ", {}), ("[1]", {"input": [1]}), ("{bro", {"input": "{bro"})]
)
def test_arguments_are_always_an_object(written: str, given: dict[str, Any]) -> None:
    """TID-6, TID-7"""
    body, losses = sent(crossing(HELLO, Message("assistant", (call("c1", arguments=written),)), *loop()[2:]))
    assert body["messages"][1]["content"][0]["input"] == given
    assert ("messages[1].arguments" in losses) == bool(written.strip())


def test_blank_texts_never_leave() -> None:
    """EMP-3, EMP-4: a blank beside a call, in a result, a message of blanks alone."""
    body, _ = sent(
        crossing(
            HELLO,
            Message("assistant", (Text(""), call("c1"))),
            Message("user", (ToolResult("c1", (Text(" "),)),)),
            Message("assistant", (Text("\n"),)),
            Message("user", (Text("go on"),)),
        )
    )
    assert [block["type"] for block in body["messages"][1]["content"]] == ["tool_use"]
    assert body["messages"][2]["content"][0].get("content", "") == ""
    assert [message["role"] for message in body["messages"]] == ["user", "assistant", "user", "user"]
    with pytest.raises(BadRequest):
        sent(crossing(Message("user", (Text(""),))))


def test_a_filler_stands_where_a_provider_wants_words() -> None:
    """EMP-5"""
    body, _ = sent(crossing(Message("user", (Text(""),))), filler="(empty)")
    assert body["messages"][0]["content"] == [{"type": "text", "text": "(empty)"}]


BETA = {
    "tools": [
        {"name": "a", "input_schema": {"type": "object"}, "defer_loading": True, "eager_input_streaming": True},
        {"type": "web_search_20250305", "name": "web_search"},
    ],
    "context_management": {"edits": []},
    "messages": [
        {
            "role": "user",
            "content": [{"type": "text", "text": "x", "cache_control": {"type": "ephemeral", "scope": "g"}}],
        },
        {"role": "assistant", "content": [{"type": "tool_use", "id": "t1", "name": "a", "input": {}}]},
        {
            "role": "user",
            "content": [
                {
                    "type": "tool_result",
                    "tool_use_id": "t1",
                    "content": [{"type": "tool_reference", "tool_name": "NotebookEdit"}],
                }
            ],
        },
    ],
}


def test_beta_features_are_expanded_or_stripped_where_they_are_refused() -> None:
    """CCD-9, CCD-10, CCD-11, CCD-14, CCH-7"""
    body, losses = sent(decoded(**BETA), betas=False)
    assert body["tools"] == [{"name": "a", "input_schema": {"type": "object"}}]
    assert "context_management" not in body
    assert body["messages"][0]["content"][0]["cache_control"] == {"type": "ephemeral"}
    (result,) = body["messages"][2]["content"]
    assert result["content"] == [{"type": "text", "text": "Tool loaded: NotebookEdit"}]
    assert set(losses) == {"context_management", "tools[1].web_search"}


def test_fields_outside_the_allowlist_stay_here_but_safeguards_never_silently() -> None:
    """SCH-3"""
    body, losses = sent(decoded(speed="fast", service_tier="auto"), fields=frozenset({"service_tier"}))
    assert "speed" not in body
    assert body["service_tier"] == "auto"
    assert losses == ("speed",)
    with pytest.raises(BadRequest) as refused:
        sent(decoded(safeguards={}), fields=frozenset())
    assert refused.value.param == "safeguards"


def test_a_system_message_becomes_a_reminder_where_the_role_is_unknown() -> None:
    said = [{"role": "user", "content": "x"}, {"role": "system", "content": "be brief"}]
    body, _ = sent(decoded(messages=said), system_in_messages=False)
    assert body["messages"][1]["role"] == "user"
    assert body["messages"][1]["content"] == "<system-reminder>\nbe brief\n</system-reminder>"
    kept, _ = sent(decoded(messages=said))
    assert kept["messages"] == said


def test_a_system_message_between_a_call_and_its_result_moves_behind_it() -> None:
    messages = (HELLO, loop()[1], Message("system", (Text("be brief"),)), loop()[2])
    body, _ = sent(crossing(*messages))
    assert [message["role"] for message in body["messages"]] == ["user", "assistant", "user"]
    assert [block["type"] for block in body["messages"][2]["content"]] == ["tool_result", "text"]


def test_at_most_four_cache_marks_leave_the_newest_of_them() -> None:
    """CCH-6"""
    mark = {"cache_control": {"type": "ephemeral"}}
    said = [{"role": "user", "content": [{"type": "text", "text": str(n), **mark}]} for n in range(5)]
    body, losses = sent(decoded(system=[{"type": "text", "text": "s", **mark}], messages=said))
    assert "cache_control" in body["system"][0]
    assert ["cache_control" in message["content"][0] for message in body["messages"]] == [
        False,
        False,
        True,
        True,
        True,
    ]
    assert losses == ("cache_control",)


def test_a_cache_mark_set_in_the_chat_dialect_counts() -> None:
    """CCH-7"""
    marked = Text("long", {"openai_chat": {"cache_control": {"type": "ephemeral"}}})
    body, losses = sent(crossing(system=(marked,)))
    assert body["system"][0]["cache_control"] == {"type": "ephemeral"}
    assert losses == ()


def test_one_call_at_a_time_is_said_in_this_dialects_words() -> None:
    """PAR-3"""
    body, _ = sent(crossing(tools=(BASH,), parallel_tool_calls=False))
    assert body["tool_choice"] == {"type": "auto", "disable_parallel_tool_use": True}


def test_a_custom_tool_becomes_a_function_with_one_text() -> None:
    grammar = {"openai_responses": {"format": {"type": "grammar", "syntax": "lark", "definition": "start: /.+/"}}}
    tool = Tool("exec", "Runs code.", kind="custom", extras=grammar)
    used = Message("assistant", (call("c1", "exec", "print(1)", kind="custom"),))
    body, _ = sent(crossing(HELLO, used, loop()[2], tools=(tool,)))
    assert body["tools"][0]["input_schema"] == {
        "type": "object",
        "properties": {"input": {"type": "string"}},
        "required": ["input"],
    }
    assert "start: /.+/" in body["tools"][0]["description"]
    assert body["messages"][1]["content"][0]["input"] == {"input": "print(1)"}


def test_sampling_is_bent_to_what_the_api_takes_and_says_so() -> None:
    given = Sampling(temperature=1.7, top_p=0.9, seed=1, frequency_penalty=0.1, stop=("\n", "END"))
    body, losses = sent(crossing(sampling=given))
    assert body["temperature"] == 1
    assert "top_p" not in body
    assert body["stop_sequences"] == ["END"]
    assert {"sampling.temperature", "sampling.top_p", "sampling.seed", "sampling.stop"} <= set(losses)
    body, losses = sent(crossing(sampling=given), sampling=False)
    assert "temperature" not in body
    assert "sampling.temperature" in losses


def test_a_json_schema_goes_to_output_config_closed() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "object", "properties": {}}}}
    wanted = ResponseFormat("json_schema", schema, "answer")
    body, losses = sent(crossing(response_format=wanted))
    found = body["output_config"]["format"]
    assert found["type"] == "json_schema"
    assert found["schema"]["additionalProperties"] is False
    assert found["schema"]["properties"]["a"]["additionalProperties"] is False
    assert losses == ()
    body, losses = sent(crossing(response_format=wanted), response_format=False)
    assert "output_config" not in body
    assert "JSON schema" in body["system"][-1]["text"]
    assert losses == ("response_format",)


def test_what_only_another_dialect_understands_is_left_out_and_named() -> None:
    said = Message("user", (Text("x"), Opaque("openai_responses", "web_search_call", {"id": "ws"})))
    hosted = Tool("web_search", kind="hosted", extras={"openai_responses": {"type": "web_search"}})
    body, losses = sent(crossing(said, tools=(hosted,), extras={"openai_chat": {"logit_bias": {}}}))
    assert body["messages"][0]["content"] == [{"type": "text", "text": "x"}]
    assert "tools" not in body
    assert set(losses) == {"messages[0].web_search_call", "tools[0].web_search", "logit_bias"}


def test_max_tokens_is_always_written_and_capped() -> None:
    assert sent(crossing(), default_max_tokens=123).body["max_tokens"] == 123
    body, losses = sent(crossing(max_tokens=9000), max_output_tokens=8192)
    assert body["max_tokens"] == 8192
    assert losses == ("max_tokens",)


def test_a_schema_inside_a_tool_result_is_only_text() -> None:
    """SCH-2"""
    quoted = '{"$ref": "#/definitions/x", "$schema": "y"}'
    body, _ = sent(crossing(*loop()[:2], Message("user", (ToolResult("c1", (Text(quoted),)),))), strict_schema=True)
    assert body["messages"][2]["content"][0]["content"] == [{"type": "text", "text": quoted}]


def test_history_of_calls_becomes_text_where_tools_are_unknown() -> None:
    body, losses = sent(crossing(*loop(), tools=(BASH,)), tools=False)
    kinds = [block["type"] for message in body["messages"] for block in message["content"]]
    assert set(kinds) == {"text"}
    assert losses == ("tools",)
