"""Every client surface over every provider dialect: text, streams, tools, and the row each request leaves."""

from __future__ import annotations

import json

import httpx
import pytest

from tests.fakes import script
from tests.fakes.gateway import Gateway
from tests.fakes.upstream import Upstream

from .conftest import TARGETS

PATHS = {
    "anthropic": "/v1/messages",
    "openai_chat": "/v1/chat/completions",
    "openai_responses": "/v1/responses",
}
ASK = "What does git stash do?"


def body(surface: str, model: str = "auto", **more: object) -> dict[str, object]:
    if surface == "anthropic":
        return {"model": model, "max_tokens": 200, "messages": [{"role": "user", "content": ASK}], **more}
    if surface == "openai_chat":
        return {"model": model, "messages": [{"role": "user", "content": ASK}], **more}
    return {"model": model, "input": ASK, **more}


def text_of(surface: str, answer: dict[str, object]) -> str:
    if surface == "anthropic":
        return "".join(part["text"] for part in answer["content"] if part["type"] == "text")  # type: ignore[index, attr-defined]
    if surface == "openai_chat":
        return answer["choices"][0]["message"]["content"]  # type: ignore[index, no-any-return]
    return "".join(
        part["text"]
        for item in answer["output"]
        if item["type"] == "message"
        for part in item["content"]  # type: ignore[attr-defined]
    )


@pytest.mark.parametrize("provider", TARGETS)
@pytest.mark.parametrize("surface", PATHS)
def test_an_answer_crosses_and_leaves_its_row(lynkr: Gateway, upstream: Upstream, surface: str, provider: str) -> None:
    upstream.play(script.text("Stashes your changes.", usage=script.Usage(input=31, output=7, cache_read=11)))
    answer = httpx.post(
        lynkr.base_url + PATHS[surface], json=body(surface, TARGETS[provider]), headers={"x-api-key": lynkr.key}
    )
    assert answer.status_code == 200, answer.text
    assert text_of(surface, answer.json()) == "Stashes your changes."
    account, _, model = TARGETS[provider].partition("/")
    assert answer.headers["x-lynkr-provider"] == account
    assert answer.headers["x-lynkr-model"] == model
    row = lynkr.operation(answer)
    assert (row["status"], row["http_status"], row["surface"]) == ("completed", 200, surface)
    assert (row["account"], row["model"], row["output_tokens"]) == (account, model, 7)
    assert row["is_estimate"] is False
    if provider != "ollama":
        assert (row["input_tokens"], row["cache_read_tokens"]) == (31, 11)
    assert [call["dialect"] for call in row["calls"]] == [provider]


@pytest.mark.parametrize("provider", TARGETS)
@pytest.mark.parametrize("surface", PATHS)
def test_a_stream_crosses_and_ends_properly(lynkr: Gateway, upstream: Upstream, surface: str, provider: str) -> None:
    upstream.play(script.text("Stashes your changes.", usage=script.Usage(input=31, output=7)))
    last = {"anthropic": "message_stop", "openai_chat": "[DONE]", "openai_responses": "response.completed"}[surface]
    with httpx.stream(
        "POST",
        lynkr.base_url + PATHS[surface],
        json=body(surface, TARGETS[provider], stream=True),
        headers={"authorization": f"Bearer {lynkr.key}"},
    ) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = list(answer.iter_lines())
    payloads = [line[6:] for line in lines if line.startswith("data: ")]
    assert last in payloads[-1]
    texts = []
    for payload in payloads:
        if payload == "[DONE]":
            continue
        event = json.loads(payload)
        if surface == "anthropic" and event["type"] == "content_block_delta":
            texts.append(event["delta"]["text"])
        elif surface == "openai_chat" and event["choices"]:
            texts.append(event["choices"][0]["delta"].get("content") or "")
        elif surface == "openai_responses" and event["type"] == "response.output_text.delta":
            texts.append(event["delta"])
    assert "".join(texts) == "Stashes your changes."
    row = lynkr.operation(answer)
    assert (row["status"], row["output_tokens"], row["streamed"]) == ("completed", 7, True)
    assert row["first_token_ms"] is not None
