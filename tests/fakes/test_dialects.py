"""The fake's wire forms, read by parsers their vendors wrote: a fake that only we can read proves nothing."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from typing import Any

import anthropic
import openai
import pytest
from botocore.eventstream import EventStreamBuffer

from tests.fakes.script import Reply, Text, Thinking, ToolCall, Usage
from tests.fakes.upstream import Upstream

WEATHER = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
USAGE = Usage(input=40, output=20, cache_read=30, cache_write_5m=20, cache_write_1h=10, reasoning=8)
RICH = Reply(
    parts=(
        Thinking("Which city? Düsseldorf."),
        Text("Looking it up: 天气."),
        ToolCall("weather", {"city": "Düsseldorf"}, id="call_a"),
        ToolCall("weather", {"city": "Köln"}, id="call_b"),
    ),
    usage=USAGE,
)


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with Upstream() as running:
        yield running


def post(upstream: Upstream, path: str, body: dict[str, Any]) -> tuple[str, bytes]:
    request = urllib.request.Request(
        upstream.url + path, json.dumps(body).encode(), {"content-type": "application/json"}
    )
    with urllib.request.urlopen(request) as answer:
        return answer.headers["content-type"], answer.read()


@pytest.fixture
def claude(upstream: Upstream) -> Iterator[anthropic.Anthropic]:
    with anthropic.Anthropic(base_url=upstream.url, api_key="k", max_retries=0) as client:
        yield client


@pytest.fixture
def gpt(upstream: Upstream) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{upstream.url}/v1", api_key="k", max_retries=0) as client:
        yield client


def ask_claude() -> dict[str, Any]:
    tool = {"name": "weather", "input_schema": WEATHER}
    return {
        "model": "claude-opus-5-5",
        "max_tokens": 100,
        "tools": [tool],
        "messages": [{"role": "user", "content": "Weather?"}],
    }


def ask_gpt() -> dict[str, Any]:
    tool = {"type": "function", "function": {"name": "weather", "parameters": WEATHER}}
    return {"model": "gpt-4o", "tools": [tool], "messages": [{"role": "user", "content": "Weather?"}]}


def ask_responses() -> dict[str, Any]:
    tool = {"type": "function", "name": "weather", "parameters": WEATHER, "strict": False}
    return {"model": "gpt-5.1", "tools": [tool], "input": "Weather?", "include": ["reasoning.encrypted_content"]}


def test_the_anthropic_sdk_reads_a_message(upstream: Upstream, claude: anthropic.Anthropic) -> None:
    upstream.play(RICH)
    message = claude.messages.create(**ask_claude())
    assert [block.type for block in message.content] == ["thinking", "text", "tool_use", "tool_use"]
    assert message.stop_reason == "tool_use"
    assert message.usage.cache_read_input_tokens == 30
    assert message.usage.cache_creation is not None
    assert message.usage.cache_creation.ephemeral_1h_input_tokens == 10


def test_the_anthropic_sdk_folds_the_stream_into_the_same_message(
    upstream: Upstream, claude: anthropic.Anthropic
) -> None:
    upstream.play(RICH)
    with claude.messages.stream(**ask_claude()) as stream:
        message = stream.get_final_message()
    thought, said, first, second = message.content
    assert thought.type == "thinking"
    assert thought.thinking == "Which city? Düsseldorf."
    assert upstream.signatures.get(thought.signature) is not None
    assert said.type == "text"
    assert said.text == "Looking it up: 天气."
    assert first.type == second.type == "tool_use"
    assert (first.id, first.input, second.input) == ("call_a", {"city": "Düsseldorf"}, {"city": "Köln"})
    assert (message.usage.input_tokens, message.usage.output_tokens) == (40, 20)


@pytest.mark.parametrize("interleave", [False, True])
def test_the_openai_sdk_folds_a_chat_stream(upstream: Upstream, gpt: openai.OpenAI, interleave: bool) -> None:
    """PAR-1: parallel calls, one after the other and interleaved."""
    upstream.play(RICH.but(interleave=interleave))
    with gpt.chat.completions.stream(**ask_gpt(), stream_options={"include_usage": True}) as stream:
        done = stream.get_final_completion()
    message = done.choices[0].message
    assert message.content == "Looking it up: 天气."
    assert [json.loads(c.function.arguments)["city"] for c in message.tool_calls or []] == ["Düsseldorf", "Köln"]
    assert done.choices[0].finish_reason == "tool_calls"
    assert done.usage is not None
    assert done.usage.prompt_tokens == 100
    assert done.usage.prompt_tokens_details is not None
    assert done.usage.prompt_tokens_details.cached_tokens == 30


def test_the_openai_sdk_reads_a_chat_completion(upstream: Upstream, gpt: openai.OpenAI) -> None:
    upstream.play(RICH)
    done = gpt.chat.completions.create(**ask_gpt())
    assert done.choices[0].message.content == "Looking it up: 天气."
    assert len(done.choices[0].message.tool_calls or []) == 2


def test_the_openai_sdk_reads_a_response_whole_and_streamed(upstream: Upstream, gpt: openai.OpenAI) -> None:
    upstream.play(RICH, RICH)
    whole = gpt.responses.create(**ask_responses())
    with gpt.responses.stream(**ask_responses()) as stream:
        kinds = [event.type for event in stream]
        streamed = stream.get_final_response()
    for response in (whole, streamed):
        assert [item.type for item in response.output] == ["reasoning", "message", "function_call", "function_call"]
        assert response.output_text == "Looking it up: 天气."
        assert response.usage is not None
        assert response.usage.input_tokens_details.cached_tokens == 30
    assert kinds[:2] == ["response.created", "response.in_progress"]
    assert kinds[-1] == "response.completed"
    assert "response.reasoning_summary_text.delta" in kinds


def test_the_openai_sdk_reads_embeddings_and_models(gpt: openai.OpenAI) -> None:
    made = gpt.embeddings.create(model="text-embedding-3-small", input=["a", "b"])
    assert [len(entry.embedding) for entry in made.data] == [8, 8]
    assert "gpt-4o" in [model.id for model in gpt.models.list()]


def test_the_anthropic_sdk_counts_tokens_and_lists_models(claude: anthropic.Anthropic) -> None:
    assert claude.messages.count_tokens(model="m", messages=[{"role": "user", "content": "x" * 400}]).input_tokens > 100
    assert "claude-opus-5-5" in [model.id for model in claude.models.list()]


def test_botocore_reads_the_bedrock_event_stream(upstream: Upstream) -> None:
    """botocore checks both CRCs of every message."""
    upstream.play(RICH)
    kind, raw = post(
        upstream,
        "/model/anthropic.claude-opus-5-5/converse-stream",
        {"messages": [{"role": "user", "content": [{"text": "Weather?"}]}]},
    )
    assert kind == "application/vnd.amazon.eventstream"
    buffer = EventStreamBuffer()
    buffer.add_data(raw)
    events = [(event.headers[":event-type"], json.loads(event.payload)) for event in buffer]
    names = [name for name, _ in events]
    assert names[0] == "messageStart"
    assert names[-2:] == ["messageStop", "metadata"]
    arguments = "".join(
        body["delta"]["toolUse"]["input"]
        for name, body in events
        if name == "contentBlockDelta" and body["contentBlockIndex"] == 2
    )
    assert json.loads(arguments) == {"city": "Düsseldorf"}
    assert events[-1][1]["usage"]["cacheDetails"] == [
        {"ttl": "1h", "inputTokens": 10},
        {"ttl": "5m", "inputTokens": 20},
    ]


def test_botocore_accepts_the_converse_answer(upstream: Upstream) -> None:
    """Parsed with the service model botocore ships, unknown members left out by it."""
    import botocore.session
    from botocore.parsers import create_parser

    upstream.play(RICH)
    _, raw = post(upstream, "/model/m/converse", {"messages": [{"role": "user", "content": [{"text": "Weather?"}]}]})
    model = botocore.session.get_session().get_service_model("bedrock-runtime").operation_model("Converse")
    parsed = create_parser("rest-json").parse({"body": raw, "headers": {}, "status_code": 200}, model.output_shape)
    content = parsed["output"]["message"]["content"]
    assert content[0]["reasoningContent"]["reasoningText"]["text"] == "Which city? Düsseldorf."
    assert content[3]["toolUse"]["input"] == {"city": "Köln"}
    assert parsed["stopReason"] == "tool_use"


def test_gemini_streams_as_sse_or_as_one_json_array(upstream: Upstream) -> None:
    upstream.play(RICH, RICH)
    body = {"contents": [{"role": "user", "parts": [{"text": "Weather?"}]}]}
    path = "/v1beta/models/gemini-3-pro:streamGenerateContent"
    kind, array = post(upstream, path, body)
    assert kind == "application/json"
    whole = json.loads(array)
    kind, raw = post(upstream, path + "?alt=sse", body)
    assert kind == "text/event-stream"
    streamed = [json.loads(line[6:]) for line in raw.decode().splitlines() if line.startswith("data: ")]
    for answers in (whole, streamed):
        parts = [part for answer in answers for part in answer["candidates"][0]["content"]["parts"]]
        assert parts[0]["thought"] is True
        signed = [part for part in parts if "functionCall" in part]
        assert ["thoughtSignature" in part for part in signed] == [True, False]
        assert answers[-1]["candidates"][0]["finishReason"] == "STOP"
        assert answers[-1]["usageMetadata"] | {} == {
            "promptTokenCount": 100,
            "candidatesTokenCount": 12,
            "thoughtsTokenCount": 8,
            "cachedContentTokenCount": 30,
            "totalTokenCount": 120,
        }


def test_ollama_streams_lines_and_calls_come_whole(upstream: Upstream) -> None:
    upstream.play(RICH)
    kind, raw = post(
        upstream, "/api/chat", {"model": "llama3.2", "messages": [{"role": "user", "content": "Weather?"}]}
    )
    lines = [json.loads(line) for line in raw.splitlines()]
    assert kind == "application/x-ndjson"
    assert [line["done"] for line in lines] == [False] * (len(lines) - 1) + [True]
    calls = [call for line in lines for call in line["message"].get("tool_calls", [])]
    assert [call["function"]["arguments"] for call in calls] == [{"city": "Düsseldorf"}, {"city": "Köln"}]


@pytest.mark.parametrize(
    ("path", "dialect"),
    [
        ("/anthropic/v1/messages?api-version=x", "anthropic"),
        ("/openai/deployments/my-gpt/chat/completions?api-version=2024-10-21", "openai_chat"),
        ("/openai/v1/responses", "openai_responses"),
        ("/serving-endpoints/my-llama/invocations", "openai_chat"),
        ("/api/v1/chat/completions", "openai_chat"),
        ("/v1/projects/p/locations/l/publishers/google/models/gemini-3-pro:generateContent", "gemini"),
        ("/v1/projects/p/locations/l/publishers/anthropic/models/claude:streamRawPredict", "anthropic"),
        ("/model/arn%3Aaws%3Abedrock%3Aeu%2Fclaude/converse", "bedrock_converse"),
        ("/v1/api/chat", "ollama"),
    ],
)
def test_a_path_is_known_under_any_prefix(path: str, dialect: str) -> None:
    with Upstream(strict=False) as upstream:
        post(upstream, path, {"model": "m", "messages": []})
        assert upstream.last.dialect == dialect
        assert upstream.last.model in ("m", "my-gpt", "my-llama", "gemini-3-pro", "claude", "arn:aws:bedrock:eu/claude")
