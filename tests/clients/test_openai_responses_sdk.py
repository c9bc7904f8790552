"""The official `openai` SDK, Responses, against every provider dialect."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest

from tests.fakes import brain
from tests.fakes.script import Fault, Reply, Text, Thinking, ToolCall, Usage, text

from .world import World, assert_image_arrived

CLIENT = "openai_responses"
PICTURE = base64.b64encode(bytes(range(256)) * 6).decode()


def function(name: str, *arguments: str) -> dict[str, Any]:
    schema = {"type": "object", "properties": {argument: {"type": "string"} for argument in arguments}}
    return {"type": "function", "name": name, "description": "A tool.", "parameters": schema, "strict": False}


WEATHER, EDIT = function("weather", "city"), function("edit_file", "path", "old", "new")


@pytest.fixture
def client(world: World) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{world.lynkr.base_url}/v1", api_key=world.lynkr.key, max_retries=0) as made:
        yield made


def finished(client: openai.OpenAI, request: dict[str, Any], *, streamed: bool) -> Any:
    if not streamed:
        return client.responses.create(**request)
    with client.responses.stream(**request) as stream:
        return stream.get_final_response()


def given_back(response: Any) -> list[Any]:
    """Output items as Codex sends them back."""
    return [item.model_dump(exclude_none=True, exclude={"parsed", "parsed_arguments"}) for item in response.output]


@pytest.mark.parametrize("streamed", [False, True])
def test_a_response_comes_back_with_its_usage(world: World, client: openai.OpenAI, streamed: bool) -> None:
    world.upstream.play(text("Grüße, 世界.", usage=Usage(input=70, output=9, cache_read=30)))
    request = {"model": world.model, "instructions": "Be brief.", "input": "Hi", "store": False}
    response = finished(client, request, streamed=streamed)
    assert (response.output_text, response.status) == ("Grüße, 世界.", "completed")
    assert (response.usage.input_tokens, response.usage.output_tokens) == (100, 9)
    if world.dialect != "ollama":
        assert response.usage.input_tokens_details.cached_tokens == 30
    assert "Be brief." in world.upstream.last.body.decode()


def test_the_stream_follows_the_named_event_grammar(world: World, client: openai.OpenAI) -> None:
    """CDX-1, CDX-6: strictly rising sequence numbers, every opened item closed, one terminal event."""
    world.upstream.play(Reply(parts=(Thinking("Hm."), Text("So."), ToolCall("weather", {"city": "Ulm"}))))
    events = [*client.responses.create(model=world.model, input="Ulm?", tools=[WEATHER], stream=True, store=False)]  # type: ignore[list-item]
    kinds = [event.type for event in events]
    assert kinds[0] == "response.created"
    assert kinds[-1] == "response.completed"
    assert kinds.count("response.output_item.added") == kinds.count("response.output_item.done")
    numbers = [event.sequence_number for event in events]
    assert numbers == sorted(set(numbers))


@pytest.mark.parametrize("streamed", [False, True])
def test_a_stateless_tool_loop_edits_a_file(
    world: World, client: openai.OpenAI, streamed: bool, tmp_path: Path
) -> None:
    """CDX-2, CDX-3, CDX-8: store false, reasoning sent back sealed as it came."""
    file = tmp_path / "hello.py"
    file.write_text("print('hello')\n")
    items: list[Any] = [{"role": "user", "content": brain.task(str(file), old="hello", new="goodbye")}]
    for _ in range(3):
        request = {"model": world.model, "input": items, "tools": [EDIT], "store": False}
        response = finished(client, request | {"include": ["reasoning.encrypted_content"]}, streamed=streamed)
        calls = [item for item in response.output if item.type == "function_call"]
        if not calls:
            break
        items = items + given_back(response)
        for call in calls:
            wanted = json.loads(call.arguments)
            edited = Path(wanted["path"])
            edited.write_text(edited.read_text().replace(wanted["old"], wanted["new"]))
            items.append({"type": "function_call_output", "call_id": call.call_id, "output": "edited"})
    assert file.read_text() == "print('goodbye')\n"
    assert response.output_text.startswith("Done")
    assert [received.refused for received in world.upstream.chats] == [None, None]


def test_a_conversation_continues_from_a_previous_response(world: World, client: openai.OpenAI) -> None:
    """CDX-5: stored per team by the gateway, whatever the provider keeps."""
    world.upstream.play(Reply(parts=(ToolCall("weather", {"city": "Ulm"}),)), text("Rain."))
    first: Any = client.responses.create(model=world.model, input="Ulm?", tools=[WEATHER])  # type: ignore[list-item]
    answer: Any = [{"type": "function_call_output", "call_id": first.output[-1].call_id, "output": "rain"}]
    second = client.responses.create(model=world.model, input=answer, previous_response_id=first.id)
    assert second.output_text == "Rain."
    if not world.direct:
        assert "Ulm?" in world.upstream.last.body.decode()


@pytest.mark.parametrize("place", ["message", "tool output"])
def test_an_image_reaches_the_provider_as_an_image(world: World, client: openai.OpenAI, place: str) -> None:
    """IMG-6."""
    picture = {"type": "input_image", "image_url": f"data:image/png;base64,{PICTURE}", "detail": "auto"}
    items: list[Any] = [{"role": "user", "content": [{"type": "input_text", "text": "What is this?"}, picture]}]
    if place == "tool output":
        if world.dialect == "gemini" and not world.direct:
            pytest.skip(
                "a call from elsewhere has no thought signature; the gateway's filler is judged in the wire tests"
            )
        call = {"type": "function_call", "call_id": "call_1", "name": "weather", "arguments": "{}"}
        output = {"type": "function_call_output", "call_id": "call_1", "output": [picture]}
        items = [{"role": "user", "content": "Look."}, call, output]
    client.responses.create(model=world.model, input=items, tools=[WEATHER], store=False)  # type: ignore[list-item]
    assert_image_arrived(world.upstream, PICTURE)


def test_a_cut_stream_never_looks_complete(world: World, client: openai.OpenAI) -> None:
    """CDX-1: response.failed or a broken connection."""
    world.upstream.when(lambda _: Reply(parts=(Text("a b c d e f", fragments=6),), fault=Fault(cut_after_events=6)))
    kinds: list[str] = []
    try:
        for event in client.responses.create(model=world.model, input="hi", stream=True, store=False):
            kinds.append(event.type)
    except Exception:
        kinds.append("raised")
    assert kinds[-1] in ("response.failed", "error", "raised")
    assert "response.completed" not in kinds
