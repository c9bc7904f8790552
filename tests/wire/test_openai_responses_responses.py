"""JSON answers of the Responses API, both directions."""

from __future__ import annotations

from typing import Any

import httpx
import openai
import pytest
from openai.types.responses import Response

from gateway.chat.errors import UpstreamBroken, UpstreamError, UpstreamUnavailable
from gateway.chat.request import Origin, Text, Thinking, ToolUse
from gateway.chat.response import ChatResponse
from gateway.chat.usage import Usage
from gateway.wire.dialect import AnswerContext
from gateway.wire.openai_responses import DIALECT

from .responses_world import FIXTURES, ask, context, load

RESPONSES = sorted(path.stem for path in (FIXTURES / "responses").glob("*.json") if "." not in path.stem)
CROSSED = ChatResponse(
    "msg_01",
    "claude",
    (Thinking("Hm.", "c2ln"), Text("Hello."), Text(""), ToolUse("toolu_1", "f", '{"a":1}')),
    "tool_use",
    Usage(10, 5, 3, None, None, None),
)


@pytest.mark.parametrize("name", RESPONSES)
def test_an_answer_comes_out_as_it_went_in(name: str) -> None:
    body = load(f"responses/{name}.json")
    for request in (ask(), DIALECT.decode_request(load("requests/codex_code_mode.json"))):
        response = DIALECT.decode_response(body, request)
        shown = AnswerContext(request, "0a", 1, body["model"], Origin("openai_responses", body["model"]))
        assert DIALECT.encode_response(response, shown) == body


def test_a_crossed_answer_is_a_whole_response_object() -> None:
    """Every field of the SDK's type, nothing of the chat dialect; empty text left out (EMP-2)."""
    request = DIALECT.decode_request(load("requests/every_field.json"))
    body = DIALECT.encode_response(CROSSED, context(request))
    Response.model_validate(body)
    assert not {"choices", "message"} & set(body)
    assert set(body) >= {name for name, field in Response.model_fields.items() if field.is_required()}
    assert [item["type"] for item in body["output"]] == ["reasoning", "message", "function_call"]
    assert body["id"] == "resp_0a1b2c"
    assert body["model"] == "shown-model"
    assert body["status"] == "completed"
    assert body["usage"]["input_tokens"] == 13
    assert body["tools"][0]["name"] == "f"
    assert body["metadata"] == {"a": "b"}


def test_the_official_sdk_reads_the_body() -> None:
    body = DIALECT.encode_response(CROSSED, context())
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json=body))
    http = httpx.Client(transport=transport)
    with openai.OpenAI(api_key="k", base_url="http://127.0.0.1/v1", http_client=http) as client:
        response = client.responses.create(model="m", input="hi")
    assert response.output_text == "Hello."
    assert response.output[2].type == "function_call"
    assert response.usage is not None
    assert response.usage.total_tokens == 18


def test_the_json_answer_holds_what_the_stream_holds() -> None:
    """One meaning, two forms: the same items in the same order."""
    from gateway.chat.response import unfold

    from .responses_world import written

    body = DIALECT.encode_response(CROSSED, context())
    told = written(list(unfold(CROSSED)))[-1]["response"]
    assert told == body


def test_a_provider_without_reported_usage_leaves_it_empty() -> None:
    """None is not 0."""
    body = DIALECT.encode_response(ChatResponse("", "", (Text("x"),), "stop"), context())
    assert body["usage"] is None
    assert DIALECT.decode_response({"output": [], "usage": None}, ask()).usage == Usage()


@pytest.mark.parametrize("body", [{}, {"output": None}, {"output": [5]}, {"output": [{"type": "function_call"}]}])
def test_what_is_no_response_object_is_broken(body: dict[str, Any]) -> None:
    with pytest.raises(UpstreamBroken):
        DIALECT.decode_response(body, ask())


def test_an_error_in_a_200_body_is_an_error() -> None:
    for body in ({"status": "failed", "output": [], "error": {"code": "server_error", "message": "x"}},):
        with pytest.raises(UpstreamUnavailable):
            DIALECT.decode_response(body, ask())
    with pytest.raises(UpstreamError):
        DIALECT.decode_response({"error": {"message": "x"}}, ask())


def test_a_failed_answer_with_calls_and_a_cut_answer_say_so() -> None:
    """PAR-4, PAR-5: a call means tool_use; an answer cut at its limit means length, call or not."""
    call = {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"}
    assert DIALECT.decode_response({"status": "completed", "output": [call]}, ask()).finish_reason == "tool_use"
    cut = {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}, "output": [call]}
    assert DIALECT.decode_response(cut, ask()).finish_reason == "length"
