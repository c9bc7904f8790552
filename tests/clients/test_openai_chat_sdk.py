"""The official `openai` SDK, chat completions, embeddings and models, against every provider dialect."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest

from tests.fakes import brain
from tests.fakes.script import Fault, Pace, Reply, Text, ToolCall, Usage, error, text

from .world import World, assert_image_arrived

CLIENT = "openai_chat"
PICTURE = base64.b64encode(bytes(range(256)) * 6).decode()
IMAGE = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PICTURE}"}}


def function(name: str, *arguments: str) -> dict[str, Any]:
    properties = {argument: {"type": "string"} for argument in arguments}
    schema = {"type": "object", "properties": properties, "required": [*arguments]}
    return {"type": "function", "function": {"name": name, "description": "A tool.", "parameters": schema}}


WEATHER, EDIT = function("weather", "city"), function("edit_file", "path", "old", "new")
PERSON = {
    "type": "object",
    "properties": {"name": {"type": "string"}},
    "required": ["name"],
    "additionalProperties": False,
}


@pytest.fixture
def client(world: World) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{world.lynkr.base_url}/v1", api_key=world.lynkr.key, max_retries=0) as made:
        yield made


def asked(world: World, *messages: Any, **more: Any) -> dict[str, Any]:
    return {"model": world.model, "messages": [*messages] or [user("Hello?")], **more}


def user(content: Any) -> dict[str, Any]:
    return {"role": "user", "content": content}


def finished(client: openai.OpenAI, request: dict[str, Any], *, streamed: bool) -> Any:
    if not streamed:
        return client.chat.completions.create(**request)
    with client.chat.completions.stream(**request, stream_options={"include_usage": True}) as stream:
        return stream.get_final_completion()


@pytest.mark.parametrize("streamed", [False, True])
def test_a_completion_comes_back_with_its_usage(world: World, client: openai.OpenAI, streamed: bool) -> None:
    """CCH-1: here cached tokens are part of the prompt's."""
    world.upstream.play(text("Grüße, 世界.", usage=Usage(input=70, output=9, cache_read=30)))
    done = finished(client, asked(world, {"role": "system", "content": "Be brief."}, user("Hi")), streamed=streamed)
    assert (done.choices[0].message.content, done.choices[0].finish_reason) == ("Grüße, 世界.", "stop")
    assert (done.usage.prompt_tokens, done.usage.completion_tokens, done.usage.total_tokens) == (100, 9, 109)
    if world.dialect != "ollama":
        assert done.usage.prompt_tokens_details.cached_tokens == 30
    assert "Be brief." in world.upstream.last.body.decode()


def test_no_usage_chunk_is_sent_to_who_did_not_ask(world: World, client: openai.OpenAI) -> None:
    """aider and others fail on a chunk without choices."""
    chunks = [*client.chat.completions.create(**asked(world, stream=True))]
    assert all(chunk.choices for chunk in chunks)
    assert chunks[-1].choices[0].finish_reason == "stop"


@pytest.mark.parametrize("streamed", [False, True])
def test_a_tool_loop_edits_a_file(world: World, client: openai.OpenAI, streamed: bool, tmp_path: Path) -> None:
    file = tmp_path / "hello.py"
    file.write_text("print('hello')\n")
    messages: list[Any] = [user(brain.task(str(file), old="hello", new="goodbye"))]
    for _ in range(3):
        message = finished(client, asked(world, *messages, tools=[EDIT]), streamed=streamed).choices[0].message
        if not message.tool_calls:
            break
        messages.append(message.model_dump(exclude_none=True, exclude={"parsed"}))
        for call in message.tool_calls:
            wanted = json.loads(call.function.arguments)
            edited = Path(wanted["path"])
            edited.write_text(edited.read_text().replace(wanted["old"], wanted["new"]))
            messages.append({"role": "tool", "tool_call_id": call.id, "content": "edited"})
    assert file.read_text() == "print('goodbye')\n"
    assert message.content.startswith("Done")
    assert [received.refused for received in world.upstream.chats] == [None, None]


@pytest.mark.parametrize("streamed", [False, True])
def test_parallel_calls_keep_their_own_ids_and_arguments(world: World, client: openai.OpenAI, streamed: bool) -> None:
    """PAR-1, PAR-2, PAR-5."""
    calls = (ToolCall("weather", {"city": "Ulm"}), ToolCall("weather", {"city": "Köln"}))
    world.upstream.play(Reply(parts=calls, interleave=True), text("Rain in both."))
    question = user("Ulm and Köln?")
    done = finished(client, asked(world, question, tools=[WEATHER]), streamed=streamed)
    message = done.choices[0].message
    assert done.choices[0].finish_reason == "tool_calls"
    assert [json.loads(call.function.arguments)["city"] for call in message.tool_calls] == ["Ulm", "Köln"]
    assert len({call.id for call in message.tool_calls}) == 2
    results = [{"role": "tool", "tool_call_id": call.id, "content": "rain"} for call in message.tool_calls]
    said = message.model_dump(exclude_none=True, exclude={"parsed"})
    final = client.chat.completions.create(**asked(world, question, said, *results, tools=[WEATHER]))
    assert final.choices[0].message.content == "Rain in both."


def test_json_is_asked_of_the_provider(world: World, client: openai.OpenAI) -> None:
    world.upstream.play(text('{"name": "Ada"}'))
    schema = {"type": "json_schema", "json_schema": {"name": "person", "schema": PERSON, "strict": True}}
    done = client.chat.completions.create(**asked(world, response_format=schema))
    assert json.loads(done.choices[0].message.content or "") == {"name": "Ada"}
    if world.dialect != "bedrock_converse":
        assert '"name"' in world.upstream.last.body.decode()


def test_an_image_reaches_the_provider_as_an_image(world: World, client: openai.OpenAI) -> None:
    """IMG-1, IMG-4, IMG-6."""
    client.chat.completions.create(**asked(world, user([{"type": "text", "text": "What is this?"}, IMAGE])))
    assert_image_arrived(world.upstream, PICTURE)


def test_models_are_listed(world: World, client: openai.OpenAI) -> None:
    assert [model.id for model in client.models.list()]


def test_embeddings_come_back_as_numbers(world: World, client: openai.OpenAI) -> None:
    if world.dialect not in ("openai_chat", "openai_responses"):
        pytest.skip("embeddings are asked of an OpenAI-like provider")
    made = client.embeddings.create(model=world.model, input=["a", "b"])
    assert [len(entry.embedding) for entry in made.data] == [8, 8]


@pytest.mark.parametrize("status", [429, 503])
def test_a_providers_refusal_raises_the_sdks_own_error(world: World, client: openai.OpenAI, status: int) -> None:
    world.upstream.when(lambda _: error(status, "busy", retry_after="1"))
    with pytest.raises(openai.APIStatusError) as caught:
        client.chat.completions.create(**asked(world))
    assert caught.value.status_code in (429, 503)
    body: Any = caught.value.body
    assert body["message"]


def test_a_cut_stream_never_looks_complete(world: World, client: openai.OpenAI) -> None:
    """CUT-9."""
    world.upstream.when(lambda _: Reply(parts=(Text("a b c d e f", fragments=6),), fault=Fault(cut_after_events=6)))
    reasons: list[Any] = []
    try:
        for chunk in client.chat.completions.create(**asked(world, stream=True)):
            reasons += [choice.finish_reason for choice in chunk.choices]
    except Exception as broken:
        reasons.append(broken)
    assert isinstance(reasons[-1], Exception)
    assert "stop" not in reasons


def test_a_hang_up_reaches_the_provider_within_a_second(world: World, client: openai.OpenAI) -> None:
    """DJG-2."""
    world.upstream.play(Reply(parts=(Text("a b c d e f g h", fragments=8),), pace=Pace(between=0.3)))
    stream = client.chat.completions.create(**asked(world, stream=True))
    next(iter(stream))
    stream.close()
    left = time.monotonic()
    received = world.upstream.last.wait(3)
    assert received.hung_up_at is not None
    assert received.hung_up_at - left < 1.0
