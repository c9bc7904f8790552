"""Lynkr before llama.cpp's own server: every client surface, every dialect that the server speaks, vendors `llamacpp` and
`openai-compatible`. What the scripted upstreams cannot show: that a server which nobody here wrote is understood."""

from __future__ import annotations

from collections.abc import Iterator

import anthropic
import httpx
import openai
import pytest

from tests.fakes.gateway import Gateway
from tests.relay.calls import Wire, body, message_of, stream
from tests.relay.calls import ask as post

from .asking import SURFACES, Asker, asker
from .conftest import ACCOUNTS
from .llama import CONTEXT, MODEL, LlamaServer
from .tiny_model import LOOK_TEXT, SENTENCE_TEXT, THOUGHT_TEXT

LAST = {
    "anthropic": ("end_turn", "max_tokens", "tool_use"),
    "openai_chat": ("stop", "length", "tool_calls"),
    "openai_responses": ("completed", "incomplete:max_output_tokens", "completed"),
}
LIMITED = [account for account, dialect in ACCOUNTS.items() if dialect != "openai_responses"]
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


@pytest.fixture(params=SURFACES)
def client(request: pytest.FixtureRequest, lynkr: Gateway) -> Iterator[Asker]:
    with asker(lynkr, request.param) as made:
        yield made


@pytest.fixture(params=ACCOUNTS)
def account(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture(params=[False, True], ids=["whole", "streamed"])
def streamed(request: pytest.FixtureRequest) -> bool:
    given: bool = request.param
    return given


def test_an_answer_arrives_whole_and_is_billed_as_the_server_counted_it(
    server: LlamaServer, lynkr: Gateway, client: Asker, account: str, streamed: bool
) -> None:
    """USE-1. The server's own counters are the witness; what it found in its prompt cache is no fresh input."""
    before = server.totals()
    answer = client.ask(f"{account}/{MODEL}", "Say it.", streamed=streamed)
    processed, predicted = server.totals().since(before)
    assert answer.text.strip() == SENTENCE_TEXT.strip()
    assert answer.stop == LAST[client.surface][0]
    assert (answer.input - answer.cached, answer.output) == (processed, predicted)
    row = lynkr.operation(answer.request_id)
    recorded = (row["input_tokens"], row["cache_read_tokens"] or 0, row["output_tokens"], row["is_estimate"])
    assert recorded == (answer.input - answer.cached, answer.cached, answer.output, False)
    assert (row["status"], row["account"], row["model"], row["losses"]) == ("completed", account, MODEL, [])
    (call,) = row["calls"]
    assert (call["dialect"], call["upstream_status"]) == (ACCOUNTS[account], 200)


@pytest.mark.parametrize("limited", LIMITED)
def test_an_answer_cut_by_the_limit_says_so(client: Asker, limited: str, streamed: bool) -> None:
    answer = client.ask(f"{limited}/{MODEL}", "Say it.", streamed=streamed, limit=4)
    assert answer.text.strip() == "A stash keeps half"
    assert answer.stop == LAST[client.surface][1]
    assert answer.output == 4


def test_a_tool_is_called_and_its_result_read(client: Asker, account: str, streamed: bool) -> None:
    """The server parses what its model says into a call, under the template's grammar."""
    model = f"{account}/{MODEL}"
    history = [{"role": "user", "content": "What is it like outside"}]
    called = client.ask(model, history, streamed=streamed, tools=True)
    assert called.calls == [("weather", {"city": "Ulm"})]
    assert called.stop == LAST[client.surface][2]
    after = [*history, *client.result(called, "9 degrees, fog")]
    answer = client.ask(model, after, streamed=streamed, tools=True)
    assert answer.text.strip() == SENTENCE_TEXT.strip()
    assert answer.input > called.input


def test_text_before_a_call_stays_before_it(client: Asker, account: str, streamed: bool) -> None:
    """TID-7: two items of one answer, which the server's Responses stream does not number."""
    answer = client.ask(f"{account}/{MODEL}", "What is it like yonder", streamed=streamed, tools=True)
    assert answer.text.strip() == LOOK_TEXT.strip()
    assert answer.calls == [("weather", {"city": "Ulm"})]
    assert answer.stop == LAST[client.surface][2]


def test_thinking_and_text_are_kept_apart(client: Asker, account: str, streamed: bool) -> None:
    """THK: the server's `reasoning_content` (or its own form of thinking) reaches each client in the client's form, and can
    be sent back."""
    model = f"{account}/{MODEL}"
    asked = {"role": "user", "content": "Say it thoughtfully"}
    answer = client.ask(model, [asked], streamed=streamed)
    assert answer.text.strip() == SENTENCE_TEXT.strip()
    assert answer.thinking.strip() == THOUGHT_TEXT.strip()
    again = client.ask(model, [asked, *answer.back, {"role": "user", "content": "And again."}], streamed=streamed)
    assert again.text.strip() == SENTENCE_TEXT.strip()


def test_a_conversation_beyond_the_context_is_the_callers_mistake(
    lynkr: Gateway, client: Asker, account: str, streamed: bool
) -> None:
    """A 400 with the server's own words, in the SDK's own class and with the word on which clients compact; no second try."""
    with pytest.raises((anthropic.BadRequestError, openai.BadRequestError)) as caught:
        client.ask(f"{account}/{MODEL}", "x" * (CONTEXT + 100), streamed=streamed)
    assert "exceeds the available context size" in str(caught.value)
    row = lynkr.operation(caught.value.response)
    assert (row["http_status"], row["attempts"], row["error_code"]) == (400, 1, "context_length_exceeded")


def test_what_the_model_cannot_do_is_no_outage(lynkr: Gateway, account: str) -> None:
    """Seen: the server's 500 for a picture was tried twice, told as "overloaded", and after five pictures the breaker had
    shut out everybody."""
    picture = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PIXEL}}
    for _ in range(6):
        answer = post(lynkr, "anthropic", f"{account}/{MODEL}", messages=[{"role": "user", "content": [picture]}])
        assert answer.status_code == 400
        assert "not supported" in message_of("anthropic", answer.json())
        assert lynkr.operation(answer)["attempts"] == 1
    assert post(lynkr, "anthropic", f"{account}/{MODEL}").status_code == 200


def test_embeddings_the_server_was_not_started_for_are_refused_in_its_words(lynkr: Gateway) -> None:
    asked = {"model": f"llama/{MODEL}", "input": "A stash."}
    answer = httpx.post(f"{lynkr.base_url}/v1/embeddings", json=asked, headers={"x-api-key": lynkr.key})
    assert answer.status_code == 400
    assert "--embeddings" in message_of("openai_chat", answer.json())


def test_what_crossing_cost_is_written_down(lynkr: Gateway) -> None:
    """The server's chat dialect has no `top_k` among its words here, and its model was not asked to think."""
    more = {"thinking": {"type": "enabled", "budget_tokens": 1024}, "max_tokens": 2000, "top_k": 5}
    answer = post(lynkr, "anthropic", f"llama/{MODEL}", **more)
    assert answer.status_code == 200
    assert lynkr.operation(answer)["losses"] == ["sampling.top_k", "thinking"]


def test_a_caller_who_leaves_before_an_answer_in_one_piece_frees_the_server(
    server: LlamaServer, lynkr: Gateway, account: str
) -> None:
    """CUT-5."""
    asked = body("openai_chat", f"{account}/{MODEL}", messages=[{"role": "user", "content": "Go on endlessly"}])
    with Wire(lynkr, "/v1/chat/completions", asked):
        server.await_busy(1, seconds=5)
    server.await_busy(0, seconds=2)


def test_a_hang_up_frees_the_server(server: LlamaServer, lynkr: Gateway, client: Asker, account: str) -> None:
    """DJG-2, CUT-2: the model would go on to the end of its context, some twenty seconds."""
    more = {"max_tokens": 16_000} if client.surface == "anthropic" else {}
    content = [{"role": "user", "content": "Go on endlessly"}]
    said = {"input" if client.surface == "openai_responses" else "messages": content}
    before = server.totals()
    with stream(lynkr, client.surface, f"{account}/{MODEL}", **said, **more) as wire:
        wire.until(b"round")
        assert server.busy_slots() == 1
    server.await_busy(0, seconds=2)
    _, predicted = server.totals().since(before)
    assert predicted < CONTEXT / 2
    row = lynkr.operation(wire.headers["x-lynkr-request-id"])
    assert (row["status"], row["http_status"], row["is_estimate"]) == ("interrupted", 499, True)
    assert row["output_tokens"] > 0


def test_a_key_the_server_refuses_is_told_without_the_key(lynkr: Gateway, client: Asker) -> None:
    answer = post(lynkr, client.surface, f"locked/{MODEL}")
    assert answer.status_code == 502
    assert "account" in message_of(client.surface, answer.json())
    assert "not-the-servers-key" not in answer.text


def test_a_stop_sequence_ends_the_answer(client: Asker, account: str, streamed: bool) -> None:
    if client.surface == "openai_responses" or ACCOUNTS[account] == "openai_responses":
        pytest.skip("Responses has no stop sequences")
    named = {"stop_sequences": ["work"]} if client.surface == "anthropic" else {"stop": ["work"]}
    answer = client.ask(f"{account}/{MODEL}", "Say it.", streamed=streamed, **named)
    assert answer.text.strip() == "A stash keeps half-done"
