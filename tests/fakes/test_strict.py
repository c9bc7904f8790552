"""Strict mode: the upstream refuses what its vendor refuses, and takes what its vendor takes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.fakes.script import Reply, Text, Thinking, ToolCall
from tests.fakes.upstream import Upstream

Json = dict[str, Any]
MESSAGES, CHAT, RESPONSES = "/v1/messages", "/v1/chat/completions", "/v1/responses"
GEMINI, BEDROCK, OLLAMA = "/v1beta/models/gemini-3-pro:generateContent", "/model/claude/converse", "/api/chat"
HEADERS = {"anthropic-version": "2023-06-01"}
PIXEL = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with Upstream() as running:
        yield running


def post(upstream: Upstream, path: str, body: Json, headers: Json = HEADERS) -> httpx.Response:
    return httpx.post(upstream.url + path, json=body, headers=headers)


def claude(*messages: Json, **more: Any) -> Json:
    return {"model": "claude-opus-5-5", "max_tokens": 100, "messages": [*messages], **more}


def user(*content: Any) -> Json:
    return {"role": "user", "content": [*content]}


def model(*content: Any) -> Json:
    return {"role": "assistant", "content": [*content]}


ASK = user({"type": "text", "text": "Weather?"})
USE = {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {}}
RESULT = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "rain"}
CALL = {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": "{}"}}
THINK = {"thinking": {"type": "enabled", "budget_tokens": 50}}


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"model": "m", "messages": [ASK]}, "max_tokens: Field required"),
        (claude(user({"type": "text", "text": ""})), "text content blocks must be non-empty"),
        (claude(user({"type": "text", "text": " \n"})), "non-whitespace"),
        (claude(user(RESULT)), "unexpected `tool_use_id`"),
        (claude(ASK, model(USE), user({"type": "text", "text": "x"})), "without `tool_result` blocks"),
        (claude(ASK, model(USE), user({"type": "text", "text": "x"}, RESULT)), "must come first"),
        (claude(ASK, model(USE)), "without `tool_result` blocks"),
        (claude(ASK, model({"type": "thinking", "thinking": "a", "signature": "made up"}), ASK), "Invalid `signature`"),
        (claude(ASK, model(USE), user(RESULT), **THINK), "Expected `thinking`"),
        (claude(ASK, frequency_penalty=1), "Extra inputs"),
        (claude(ASK, tool_choice={"type": "auto"}), "while providing tools"),
        (claude(user(*[{"type": "text", "text": "x", "cache_control": {"type": "ephemeral"}}] * 5)), "maximum of 4"),
    ],
)
def test_anthropic_refuses(upstream: Upstream, body: Json, says: str) -> None:
    """THK-3, THK-6, THK-13, TID-1 to TID-3, EMP-2, CCH-6."""
    answer = post(upstream, MESSAGES, body)
    assert (answer.status_code, answer.json()["error"]["type"]) == (400, "invalid_request_error")
    assert says in answer.json()["error"]["message"]
    assert upstream.last.refused is not None


def test_anthropic_version_2026_refuses_temperature(upstream: Upstream) -> None:
    body = claude(ASK, temperature=0.5)
    assert post(upstream, MESSAGES, body).status_code == 200
    assert post(upstream, MESSAGES, body, {"anthropic-version": "2026-10-21"}).status_code == 400


def thought_of(upstream: Upstream, **more: Any) -> Json:
    """An assistant message with a genuine thought and a tool call."""
    upstream.play(Reply(parts=(Thinking("Rain, surely."), ToolCall("weather", {}, id="toolu_1"))))
    answer = post(upstream, MESSAGES, claude(ASK, **more))
    assert answer.status_code == 200, answer.text
    return model(*answer.json()["content"])


def test_a_genuine_signature_is_taken_back_only_byte_for_byte(upstream: Upstream) -> None:
    """THK-1, THK-2."""
    said = thought_of(upstream, **THINK)
    follow = claude(ASK, said, user(RESULT), **THINK)
    assert post(upstream, MESSAGES, follow).status_code == 200
    assert post(upstream, MESSAGES, {**follow, "model": "claude-haiku-5-5"}).status_code == 400
    changed = model({**said["content"][0], "thinking": "Rain, surely"}, *said["content"][1:])
    assert post(upstream, MESSAGES, claude(ASK, changed, user(RESULT), **THINK)).status_code == 400


def test_a_signature_of_another_account_is_unknown(upstream: Upstream) -> None:
    """THK-4."""
    with Upstream() as other:
        said = thought_of(other, **THINK)
    assert post(upstream, MESSAGES, claude(ASK, said, user(RESULT), **THINK)).status_code == 400


def test_a_bound_thought_refuses_another_prefix_unless_told_to_drop() -> None:
    """THK-5: moving a cache mark is no change, another system prompt is."""
    with Upstream(bind_prefix=True) as upstream:
        said = thought_of(upstream, **THINK)
        marked = user({"type": "text", "text": "Weather?", "cache_control": {"type": "ephemeral"}})
        assert post(upstream, MESSAGES, claude(marked, said, user(RESULT), **THINK)).status_code == 200
        moved = claude(ASK, said, user(RESULT), system="New.", **THINK)
        assert post(upstream, MESSAGES, moved).status_code == 400
        moved["thinking"] = {**THINK["thinking"], "block_binding": {"prefix_mismatch_behavior": "drop_block"}}
        assert post(upstream, MESSAGES, moved).status_code == 200


def gpt(*messages: Json, **more: Any) -> Json:
    return {"model": "gpt-5.1", "messages": [*messages], **more}


HI = {"role": "user", "content": "hi"}
CALLED = {"role": "assistant", "content": None, "tool_calls": [CALL]}
TOLD = {"role": "tool", "tool_call_id": "call_1", "content": "rain"}


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (gpt(HI, max_tokens=10), "max_completion_tokens"),
        (gpt(HI, temperature=0), "Only the default (1)"),
        (gpt(HI, TOLD), "must be a response to a preceeding message"),
        (gpt(HI, CALLED, HI), "did not have response messages: call_1"),
        (gpt(HI, CALLED, {**TOLD, "content": [PIXEL]}), "only allowed for messages with role 'user'"),
        (gpt(HI, tools=[]), "empty array"),
        (gpt(HI, tool_choice="auto"), "only allowed when 'tools'"),
        (gpt(HI, stream_options={"include_usage": True}), "only allowed when 'stream'"),
        (gpt(HI, top_k=5), "Unknown parameter"),
        (gpt(HI, {"role": "assistant", "content": None}), "got null"),
    ],
)
def test_openai_chat_refuses(upstream: Upstream, body: Json, says: str) -> None:
    """IMG-3, TID-1."""
    answer = post(upstream, CHAT, body)
    assert answer.status_code == 400
    assert says in answer.json()["error"]["message"]


def test_openai_chat_takes_a_proper_tool_loop(upstream: Upstream) -> None:
    body = gpt(HI, CALLED, TOLD, {"role": "user", "content": [{"type": "text", "text": "x"}, PIXEL]})
    assert post(upstream, CHAT, body).status_code == 200


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ([{"type": "function_call_output", "call_id": "c", "output": ""}], "No tool call found"),
        ([{"type": "function_call", "call_id": "c", "name": "n", "arguments": ""}], "No tool output found"),
        ([{"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "zzz"}], "could not be verified"),
        ([{"type": "reasoning", "id": "rs_1", "summary": []}], "not persisted"),
        ([{"type": "message", "role": "user", "content": [{"type": "text", "text": "x"}]}], "Supported values"),
        ([{"type": "function_call", "id": "call_9", "call_id": "c", "name": "n", "arguments": ""}], "begins with 'fc'"),
    ],
)
def test_openai_responses_refuses(upstream: Upstream, given: list[Json], says: str) -> None:
    """CDX-3, CDX-4, CDX-8."""
    answer = post(upstream, RESPONSES, {"model": "gpt-5.1", "store": False, "input": given})
    assert answer.status_code == 400
    assert says in answer.json()["error"]["message"]


def test_openai_responses_takes_its_own_sealed_reasoning_back(upstream: Upstream) -> None:
    upstream.play(Reply(parts=(Thinking("hm"), Text("yes"))))
    ask = {"model": "gpt-5.1", "store": False, "include": ["reasoning.encrypted_content"]}
    said = post(upstream, RESPONSES, {**ask, "input": "hi"}).json()["output"]
    assert post(upstream, RESPONSES, {**ask, "input": [*said, {"role": "user", "content": "go on"}]}).status_code == 200


def google(*contents: Json, schema: Json | None = None) -> Json:
    declared = {"name": "weather", "parameters": schema or {"type": "object"}}
    return {"contents": [*contents], "tools": [{"functionDeclarations": [declared]}]}


def said(role: str, *parts: Json) -> Json:
    return {"role": role, "parts": [*parts]}


ASKED, FUNCTION = said("user", {"text": "Weather?"}), {"functionCall": {"name": "weather", "args": {}}}
ANSWERED = said("user", {"functionResponse": {"name": "weather", "response": {"result": "rain"}}})


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (google(ASKED, said("model", FUNCTION), ANSWERED), "missing a thought_signature"),
        (google(ASKED, said("model", {**FUNCTION, "thoughtSignature": "bad"}), ANSWERED), "Corrupted"),
        (google(ASKED, ASKED), "alternate"),
        (google(ASKED, schema={"type": "object", "additionalProperties": False}), "additionalProperties"),
        (google(ASKED, schema={"type": "object", "properties": {"n": {"const": 1}}}), "const"),
        (google(ASKED, schema={"type": "array"}), "items: missing field"),
        (google(ASKED, ANSWERED | {"role": "model"}), "number of function response parts"),
        ({"contents": []}, "not specified"),
    ],
)
def test_gemini_refuses(upstream: Upstream, body: Json, says: str) -> None:
    """SCH-1 and thought signatures."""
    answer = post(upstream, GEMINI, body)
    assert answer.json()["error"]["status"] == "INVALID_ARGUMENT"
    assert says in answer.json()["error"]["message"]


def test_gemini_takes_its_own_signature_and_the_documented_filler(upstream: Upstream) -> None:
    upstream.play(Reply(parts=(ToolCall("weather", {}),)))
    content = post(upstream, GEMINI, google(ASKED)).json()["candidates"][0]["content"]
    assert post(upstream, GEMINI, google(ASKED, content, ANSWERED)).status_code == 200
    filler = said("model", {**FUNCTION, "thoughtSignature": "skip_thought_signature_validator"})
    assert post(upstream, GEMINI, google(ASKED, filler, ANSWERED)).status_code == 200


B_USE = {"role": "assistant", "content": [{"toolUse": {"toolUseId": "t1", "name": "w", "input": {}}}]}
B_RESULT = {"role": "user", "content": [{"toolResult": {"toolUseId": "t1", "content": [{"text": ""}]}}]}
B_ASK = {"role": "user", "content": [{"text": "hi"}]}
B_TOOLS = {"toolConfig": {"tools": [{"toolSpec": {"name": "w", "inputSchema": {"json": {"type": "object"}}}}]}}


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"messages": [{"role": "user", "content": [{"text": " "}]}]}, "is blank"),
        ({"messages": [B_ASK, B_USE, B_RESULT]}, "toolConfig field must be defined"),
        ({"messages": [B_ASK, B_USE], **B_TOOLS}, "Expected toolResult"),
        ({"messages": [B_ASK, B_RESULT], **B_TOOLS}, "alternate"),
        ({"messages": [B_ASK], "max_tokens": 1}, "max_tokens"),
        ({"messages": [{"role": "user", "content": [{"image": {"format": "png"}}]}]}, "Missing required parameter"),
        ({"messages": [B_ASK], "inferenceConfig": {"maxTokens": "5"}}, "Invalid type"),
    ],
)
def test_bedrock_refuses(upstream: Upstream, body: Json, says: str) -> None:
    """EMP-3."""
    answer = post(upstream, BEDROCK, body)
    assert answer.status_code == 400
    assert answer.headers["x-amzn-errortype"].startswith("ValidationException")
    assert says in answer.json()["message"]


def test_bedrock_takes_a_blank_tool_result(upstream: Upstream) -> None:
    """Measured against the live service by others (NOTES.md): only message texts must not be blank."""
    assert post(upstream, BEDROCK, {"messages": [B_ASK, B_USE, B_RESULT], **B_TOOLS}).status_code == 200


def test_ollama_refuses_wrong_types(upstream: Upstream) -> None:
    for message in (
        {"role": "user", "content": [{"type": "text", "text": "x"}]},
        {"role": "assistant", "tool_calls": [{"function": {"name": "w", "arguments": "{}"}}]},
        {"role": "user", "content": "x", "images": ["data:image/png;base64,AAAA"]},
    ):
        assert post(upstream, OLLAMA, {"model": "m", "messages": [message]}).status_code == 400


def test_a_malformed_body_is_refused_and_told(upstream: Upstream) -> None:
    answer = post(upstream, MESSAGES, claude(user("not a block")))
    assert answer.status_code == 400
    assert "malformed body" in (upstream.last.refused or "")


def test_gemini_takes_its_signature_in_the_other_base64_alphabet(upstream: Upstream) -> None:
    """Google's own SDK sends it back that way."""
    upstream.play(Reply(parts=(ToolCall("weather", {}),)))
    (part,) = post(upstream, GEMINI, google(ASKED)).json()["candidates"][0]["content"]["parts"]
    part["thoughtSignature"] = part["thoughtSignature"].translate(str.maketrans("+/", "-_"))
    assert post(upstream, GEMINI, google(ASKED, said("model", part), ANSWERED)).status_code == 200
