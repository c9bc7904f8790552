"""Broken tool calls over real sockets, as the official SDKs read them."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import anthropic
import httpx
import openai
import pytest

from tests.fakes import script
from tests.fakes.gateway import Gateway
from tests.fakes.upstream import Upstream

from . import calls
from .calls import ASK, SURFACES, failure_in, payloads, streamed_text, text_of, tool
from .climbers import set_policy
from .test_histories import calls_of

CARELESS = ["chat/qwen3-coder", "oll/llama3.2", "deep/deepseek-chat"]
NATIVE = {"anthropic": "anth/claude-opus-4-5", "openai_chat": "oai/gpt-4.1", "openai_responses": "resp/gpt-4.1"}
HERMES = '<tool_call>\n{"name": "weather", "arguments": {"city": "Bern"}}\n</tool_call>'
TEXT = f"Let me see.\n{HERMES}"
# Models of this file alone: what they bill teaches the gateway how they count.
TIERS = {"SIMPLE": ["chat/qwen3-coder"], "MEDIUM": ["anth/claude-opus-4-5"]}
ask = partial(calls.ask, key="climber")
stream = partial(calls.stream, key="climber")


@pytest.fixture
def lynkr(lynkr: Gateway) -> Gateway:
    """With a policy, all of whose passes are as they come."""
    set_policy(lynkr, TIERS)
    return lynkr


class Heard:
    """What an SDK made of an answer: its texts joined, its calls as (name, arguments), why it stopped."""

    def __init__(self, texts: list[str], calls: list[tuple[str, Any]], stop: str) -> None:
        self.text, self.calls, self.stop = "".join(texts), calls, stop


def by_sdk(lynkr: Gateway, surface: str, model: str, streamed: bool) -> Heard:
    key = lynkr.keys["climber"]
    if surface == "anthropic":
        with anthropic.Anthropic(base_url=lynkr.base_url, api_key=key, max_retries=0) as client:
            return _anthropic(client, model, streamed)
    heard = _chat if surface == "openai_chat" else _responses
    with openai.OpenAI(base_url=f"{lynkr.base_url}/v1", api_key=key, max_retries=0) as other:
        return heard(other, model, streamed)


def _anthropic(client: anthropic.Anthropic, model: str, streamed: bool) -> Heard:
    asked: dict[str, Any] = {
        "model": model,
        "max_tokens": 200,
        "messages": [{"role": "user", "content": ASK}],
        "tools": [tool("anthropic")],
    }
    if streamed:
        with client.messages.stream(**asked) as events:
            message = events.get_final_message()
    else:
        message = client.messages.create(**asked)
    texts = [block.text for block in message.content if block.type == "text"]
    calls = [(block.name, block.input) for block in message.content if block.type == "tool_use"]
    return Heard(texts, calls, str(message.stop_reason))


def _chat(client: openai.OpenAI, model: str, streamed: bool) -> Heard:
    asked: dict[str, Any] = {
        "model": model,
        "messages": [{"role": "user", "content": ASK}],
        "tools": [tool("openai_chat")],
    }
    if streamed:
        with client.chat.completions.stream(**asked) as events:
            for _ in events:
                pass
            choice = events.get_final_completion().choices[0]
    else:
        choice = client.chat.completions.create(**asked).choices[0]
    calls = [(call.function.name, json.loads(call.function.arguments)) for call in choice.message.tool_calls or ()]
    return Heard([choice.message.content or ""], calls, choice.finish_reason)


def _responses(client: openai.OpenAI, model: str, streamed: bool) -> Heard:
    asked: dict[str, Any] = {"model": model, "input": ASK, "tools": [tool("openai_responses")], "store": False}
    if streamed:
        with client.responses.stream(**asked) as events:
            for _ in events:
                pass
            response = events.get_final_response()
    else:
        response = client.responses.create(**asked)
    calls = [(item.name, json.loads(item.arguments)) for item in response.output if item.type == "function_call"]
    return Heard([response.output_text], calls, str(response.status))


STOPS = {"anthropic": "tool_use", "openai_chat": "tool_calls", "openai_responses": "completed"}


@pytest.fixture
def deep(lynkr: Gateway, upstream: Upstream) -> Gateway:
    address = f"http://127.0.0.1:{upstream.port}"
    account = {"name": "deep", "vendor": "deepseek", "base_url": address, "secret": "sk-upstream-deep"}
    lynkr.apply({"providers": [{**account, "options": {"dialects": ["openai_chat"]}}]})
    upstream.strict = False
    return lynkr


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("target", CARELESS)
@pytest.mark.parametrize("surface", SURFACES)
def test_a_call_written_as_text_reaches_the_client_as_a_call(
    deep: Gateway, upstream: Upstream, surface: str, target: str, streamed: bool
) -> None:
    """CUR-4."""
    upstream.play(script.Reply(parts=(script.Text(TEXT, fragments=len(TEXT)),)))
    heard = by_sdk(deep, surface, target, streamed)
    assert heard.calls == [("weather", {"city": "Bern"})]
    assert heard.text.strip() == "Let me see."
    assert heard.stop == STOPS[surface]


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("Weather", '{"city": "Bern"}'),
        ("functions.weather", '{"city": "Bern"}'),
        ("weather", '{"city": "Bern",}'),
        ("weather", "{'city': 'Bern'}"),
        ("weather", '"{\\"city\\": \\"Bern\\"}"'),
        ("weather", '{"city": "Bern"}</tool_call>'),
        ("weather", '{"city": "Bern"'),
    ],
)
@pytest.mark.parametrize("surface", SURFACES)
def test_a_call_with_a_flaw_reaches_the_client_without(
    lynkr: Gateway, upstream: Upstream, surface: str, name: str, raw: str, streamed: bool
) -> None:
    upstream.strict = False
    upstream.play(script.Reply(parts=(script.Text("So:"), script.ToolCall(name, raw=raw))))
    heard = by_sdk(lynkr, surface, "chat/qwen3-coder", streamed)
    assert heard.calls == [("weather", {"city": "Bern"})]
    assert heard.stop == STOPS[surface]


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("surface", SURFACES)
def test_what_was_mended_is_in_the_record_without_content(
    lynkr: Gateway, upstream: Upstream, surface: str, streamed: bool
) -> None:
    upstream.play(script.Reply(parts=(script.ToolCall("WEATHER", raw='{"city": "Zollikofen",}'),)))
    answer = ask(lynkr, surface, "chat/qwen3-coder", tools=[tool(surface)], stream=streamed)
    row = lynkr.operation(answer)
    assert [words for words in row["losses"] if "mended" in words] == [
        "tool call mended: name",
        "tool call mended: trailing comma",
    ]
    assert "Zollikofen" not in json.dumps(row, default=str)


@pytest.mark.parametrize("streamed", [False, True])
def test_what_cannot_be_mended_is_text_where_the_dialect_takes_objects_only(
    lynkr: Gateway, upstream: Upstream, streamed: bool
) -> None:
    """TID-7: the user and the model see what went wrong; nothing is called with arguments nobody wrote."""
    upstream.play(script.Reply(parts=(script.Text("Looking."), script.ToolCall("weather", raw='{"city": "Be'))))
    heard = by_sdk(lynkr, "anthropic", "chat/qwen3-coder", streamed)
    assert heard.calls == []
    assert heard.stop == "end_turn"
    assert heard.text.startswith("Looking.")
    assert '"weather" was not called' in heard.text
    assert heard.text.endswith('{"city": "Be')


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("surface", ["openai_chat", "openai_responses"])
def test_what_cannot_be_mended_goes_to_the_client_where_its_dialect_can_carry_it(
    lynkr: Gateway, upstream: Upstream, surface: str, streamed: bool
) -> None:
    upstream.play(script.Reply(parts=(script.ToolCall("wetter", raw='{"city": "Be'),)))
    answer = ask(lynkr, surface, "chat/qwen3-coder", tools=[tool(surface)], stream=streamed)
    assert answer.status_code == 200, answer.text
    assert '"wetter"' in answer.text
    if not streamed:
        assert json.dumps('{"city": "Be') in answer.text
    assert not [words for words in lynkr.operation(answer)["losses"] if "mended" in words]


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("surface", SURFACES)
def test_a_call_that_is_cut_by_length_is_not_completed(
    lynkr: Gateway, upstream: Upstream, surface: str, streamed: bool
) -> None:
    """TID-7."""
    upstream.play(script.Reply(parts=(script.ToolCall("weather", raw='{"city": "Bern"'),), stop="length"))
    answer = ask(lynkr, surface, "chat/qwen3-coder", tools=[tool(surface)], stream=streamed)
    assert not [words for words in lynkr.operation(answer)["losses"] if "tool call" in words]


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("surface", SURFACES)
def test_a_call_in_a_code_fence_and_one_that_the_user_wrote_stay_text(
    lynkr: Gateway, upstream: Upstream, surface: str, streamed: bool
) -> None:
    fenced = f"It looks so:\n```\n{HERMES}\n```\n"
    upstream.play(script.Reply(parts=(script.Text(fenced, fragments=30),)))
    heard = by_sdk(lynkr, surface, "chat/qwen3-coder", streamed)
    assert (heard.text, heard.calls) == (fenced, [])
    upstream.play(script.Reply(parts=(script.Text(TEXT, fragments=30),)))
    field = "input" if surface == "openai_responses" else "messages"
    said = [{"role": "user", "content": f"Repeat this line by line:\n{HERMES}"}]
    answer = ask(lynkr, surface, "chat/qwen3-coder", tools=[tool(surface)], stream=streamed, **{field: said})
    told = streamed_text(surface, answer.content) if streamed else text_of(surface, answer.json())
    assert told == TEXT


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("surface", SURFACES)
def test_the_makers_own_answers_are_untouched(lynkr: Gateway, upstream: Upstream, surface: str, streamed: bool) -> None:
    upstream.play(script.Reply(parts=(script.Text(TEXT), script.ToolCall("Weather", {"city": "Bern"}))))
    heard = by_sdk(lynkr, surface, NATIVE[surface], streamed)
    assert heard.text == TEXT
    assert heard.calls == [("Weather", {"city": "Bern"})]


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("surface", SURFACES)
def test_a_policy_can_switch_it_off(lynkr: Gateway, upstream: Upstream, surface: str, streamed: bool) -> None:
    for policy in ({"repair_calls": False}, {"repair_calls": True}):
        set_policy(lynkr, TIERS, **policy)
        upstream.play(script.Reply(parts=(script.Text(TEXT),)))
        heard = by_sdk(lynkr, surface, "chat/qwen3-coder", streamed)
        assert bool(heard.calls) == policy["repair_calls"]
        assert (heard.text == TEXT) != policy["repair_calls"]


def test_a_caller_can_switch_it_off(lynkr: Gateway, upstream: Upstream) -> None:
    upstream.play(script.text(TEXT))
    headers = {"x-api-key": lynkr.keys["climber"], "x-lynkr-passthrough": "1"}
    sent = calls.body("anthropic", "chat/qwen3-coder", tools=[tool("anthropic")])
    answer = httpx.post(lynkr.base_url + "/v1/messages", json=sent, headers=headers)
    assert text_of("anthropic", answer.json()) == TEXT


def test_without_tools_and_with_the_choice_of_none_nothing_is_read_into_a_text(
    lynkr: Gateway, upstream: Upstream
) -> None:
    upstream.play(script.text(TEXT), script.text(TEXT))
    assert text_of("openai_chat", ask(lynkr, "openai_chat", "chat/qwen3-coder").json()) == TEXT
    none = ask(lynkr, "openai_chat", "chat/qwen3-coder", tools=[tool("openai_chat")], tool_choice="none")
    assert text_of("openai_chat", none.json()) == TEXT


def test_streams_that_can_only_be_relayed_are(lynkr: Gateway, upstream: Upstream) -> None:
    """Several answers at once, and logprobs: their chunks keep their bytes."""
    for more in ({"n": 2}, {"logprobs": True}):
        upstream.play(script.text(TEXT))
        answer = ask(lynkr, "openai_chat", "chat/qwen3-coder", tools=[tool("openai_chat")], stream=True, **more)
        assert streamed_text("openai_chat", answer.content) == TEXT


def test_a_body_with_nothing_to_mend_keeps_its_bytes(lynkr: Gateway, upstream: Upstream) -> None:
    raw = (
        b'{ "id":"chatcmpl-1","object":"chat.completion","created":1,"model":"gpt-4o","odd":1.50,"choices":[{"index":0,'
    )
    raw += b'"message":{"role":"assistant","content":"Stashes.","x":[ ]},"finish_reason":"stop"}]}'
    upstream.play(script.Reply(raw=raw, content_type="application/json"))
    assert ask(lynkr, "openai_chat", "chat/qwen3-coder", tools=[tool("openai_chat")]).content == raw


def test_text_streams_as_it_comes_and_a_silent_call_is_kept_alive(lynkr: Gateway, upstream: Upstream) -> None:
    """CCD-12: arguments are held until they are whole."""
    pace = script.Pace(between=0.4)
    call = script.ToolCall("weather", {"city": "B" * 40}, fragments=6)
    upstream.play(script.Reply(parts=(script.Text("aaa bbb ccc ", fragments=3), call), pace=pace))
    with stream(lynkr, "anthropic", "chat/qwen3-coder", tools=[tool("anthropic")]) as wire:
        raw = wire.rest()
    assert wire.proper
    moments = {part: next(at for at, data in wire.arrived if part in data) for part in (b"aaa", b"ccc", b"tool_use")}
    assert moments[b"ccc"] - moments[b"aaa"] > 0.3
    assert moments[b"tool_use"] - moments[b"ccc"] > 1.0
    assert any(b"ping" in data for at, data in wire.arrived if moments[b"ccc"] < at < moments[b"tool_use"])
    assert payloads(raw)[-1]["type"] == "message_stop"


def test_a_stored_conversation_holds_the_mended_call(lynkr: Gateway, upstream: Upstream) -> None:
    for streamed in (False, True):
        upstream.play(script.Reply(parts=(script.Text(TEXT, fragments=20),)), script.text("Rain."))
        first = ask(lynkr, "openai_responses", "chat/qwen3-coder", tools=[tool("openai_responses")], stream=streamed)
        body = payloads(first.content)[-1]["response"] if streamed else first.json()
        ((_, call_id, _),) = [(item["name"], item["call_id"], 0) for item in body["output"] if "call_id" in item]
        result = [{"type": "function_call_output", "call_id": call_id, "output": "rain"}]
        again = ask(
            lynkr,
            "openai_responses",
            "chat/qwen3-coder",
            tools=[tool("openai_responses")],
            previous_response_id=body["id"],
            input=result,
        )
        assert again.status_code == 200, again.text
        assert upstream.last.refused is None
        sent = upstream.last.json["messages"]
        assert [call["id"] for turn in sent for call in turn.get("tool_calls") or ()] == [call_id]
        assert "<tool_call>" not in json.dumps(sent)


def test_a_stream_that_breaks_inside_a_call_is_no_whole_answer(lynkr: Gateway, upstream: Upstream) -> None:
    """CUT-9: what was held is not told as if it were complete."""
    fault = script.Fault(cut_after_events=12)
    upstream.play(script.Reply(parts=(script.Text("Well. " + TEXT, fragments=30),), fault=fault))
    with stream(lynkr, "anthropic", "chat/qwen3-coder", tools=[tool("anthropic")]) as wire:
        raw = wire.rest()
    assert not wire.proper
    assert failure_in("anthropic", raw)
    assert b"tool_use" not in raw


def test_a_mended_answer_needs_no_second_look(lynkr: Gateway, upstream: Upstream) -> None:
    """A check that knows the calls sees them mended; one that cannot be mended still climbs."""
    set_policy(lynkr, TIERS, cascade=True)
    upstream.strict = False
    upstream.play(script.Reply(parts=(script.ToolCall("Weather", raw='{"city": "Bern",}'),)))
    answer = ask(lynkr, "anthropic", "auto", tools=[tool("anthropic")])
    assert answer.headers["x-lynkr-provider"] == "chat"
    assert [arguments for _, _, arguments in calls_of("anthropic", answer.json())] == [{"city": "Bern"}]
    good = script.call("weather", {"city": "Bern"})
    upstream.play(script.Reply(parts=(script.ToolCall("weather", raw='{"city": "Be'),)), good)
    answer = ask(lynkr, "anthropic", "auto", tools=[tool("anthropic")])
    assert answer.headers["x-lynkr-provider"] == "anth"


def test_it_is_counted_by_what_was_wrong(lynkr: Gateway, upstream: Upstream) -> None:
    upstream.play(script.Reply(parts=(script.ToolCall("weather", raw="{'city': 'Bern'}"),)))
    ask(lynkr, "openai_chat", "chat/qwen3-coder", tools=[tool("openai_chat")])
    told = httpx.get(f"{lynkr.base_url}/metrics").text
    assert 'lynkr_tool_calls_mended_total{what="Python literals"}' in told
