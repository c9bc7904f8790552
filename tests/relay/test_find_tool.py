"""A tool that selection left out is brought back by `find_tool`, which the gateway answers and no client ever sees."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import anthropic
import httpx
import httpx2
import openai
import pytest

from accounts.models import Budget, Team
from routing.models import PriceOverride
from tests.fakes import script
from tests.fakes.gateway import Gateway
from tests.fakes.script import Fault, Pace, Reply, Thinking, ToolCall, Usage
from tests.fakes.upstream import Upstream

from .calls import PATHS, SURFACES, failure_in, is_complete, payloads, streamed_text, text_of
from .calls import Wire as Socket
from .climbers import set_policy
from .conftest import TARGETS

ASK = "Read src/app.py and fix the failing unit test in it"
SLACK, STRIPE, FIGMA = "mcp__slack__post_message", "mcp__stripe__create_refund", "mcp__figma__get_file"
OFFERED = ("Bash", "Read", SLACK, STRIPE, FIGMA, "Grep")
KEPT = ["Bash", "Read", "Grep"]
TEXT = {"type": "string", "description": "what it is about " * 20}
SCHEMA = {"type": "object", "properties": {"text": TEXT}, "required": ["text"]}
STREAMED = pytest.mark.parametrize("streamed", [False, True])
EACH = pytest.mark.parametrize("surface", SURFACES)
FOUND = script.call(SLACK, {"text": "done"}, usage=Usage(input=40, output=9))


@pytest.fixture
def lynkr(lynkr: Gateway) -> Gateway:
    tiers = {"SIMPLE": ["anth/claude-sonnet-4-5"]}
    set_policy(lynkr, tiers, tool_selection="strict", hold_out_percent=0, cache_marks="off")
    return lynkr


def look(query: str = "post a message to slack", *before: Any, **more: Any) -> Reply:
    """The model says `before` and calls find_tool."""
    return Reply(parts=(*before, ToolCall("find_tool", {"query": query})), **more)


def tool(surface: str, name: str) -> dict[str, Any]:
    if surface == "anthropic":
        return {"name": name, "description": f"Tool {name}.", "input_schema": SCHEMA}
    function = {"name": name, "description": f"Tool {name}.", "parameters": SCHEMA}
    return {"type": "function", "function": function} if surface == "openai_chat" else {"type": "function", **function}


def asked(surface: str, ask: str = ASK, **more: Any) -> dict[str, Any]:
    body: dict[str, Any] = {"tools": [tool(surface, name) for name in OFFERED]}
    said = [{"role": "user", "content": ask}]
    if surface == "anthropic":
        return {**body, "messages": said, "max_tokens": 200, **more}
    return {**body, "messages": said, **more} if surface == "openai_chat" else {**body, "input": said, **more}


class Heard:
    def __init__(self, row: dict[str, Any], raw: bytes) -> None:
        self.row, self.raw = row, raw
        self.text, self.stop, self.prompt, self.output = "", "", 0, 0
        self.calls: list[tuple[str, Any]] = []
        self.kinds: list[str] = []


def send(lynkr: Gateway, surface: str, streamed: bool, target: str = "", **more: Any) -> Heard:
    """Asked by the official SDK, whose parser builds up what is heard; the raw bytes never name find_tool."""
    raws: list[bytes] = []

    class Kept(httpx2.HTTPTransport):
        def handle_request(self, request: httpx2.Request) -> httpx2.Response:
            answer = super().handle_request(request)
            raws.append(answer.read())
            return httpx2.Response(answer.status_code, headers=answer.headers, content=raws[-1], request=request)

    ids: list[str] = []
    hooks = {"response": [lambda answer: ids.append(answer.headers["x-lynkr-request-id"])]}
    http = httpx2.Client(transport=Kept(), event_hooks=hooks, timeout=20)
    body = {"model": target or TARGETS[surface], **asked(surface, **more)}
    key = lynkr.keys["climber"]
    heard = Heard({}, b"")
    if surface == "anthropic":
        with anthropic.Anthropic(base_url=lynkr.base_url, api_key=key, max_retries=0, http_client=http) as client:
            _anthropic(client, body, streamed, heard)
    else:
        with openai.OpenAI(base_url=f"{lynkr.base_url}/v1", api_key=key, max_retries=0, http_client=http) as other:
            (_chat if surface == "openai_chat" else _responses)(other, body, streamed, heard)
    heard.raw, heard.row = raws[-1], lynkr.operation(ids[-1])
    assert b"find_tool" not in heard.raw
    return heard


def _anthropic(client: anthropic.Anthropic, body: dict[str, Any], streamed: bool, heard: Heard) -> None:
    if streamed:
        with client.messages.stream(**body) as events:
            message = events.get_final_message()
    else:
        message = client.messages.create(**body)
    heard.kinds = [block.type for block in message.content]
    heard.text = "".join(block.text for block in message.content if block.type == "text")
    heard.calls = [(block.name, block.input) for block in message.content if block.type == "tool_use"]
    heard.stop = str(message.stop_reason)
    heard.prompt, heard.output = message.usage.input_tokens, message.usage.output_tokens


def _chat(client: openai.OpenAI, body: dict[str, Any], streamed: bool, heard: Heard) -> None:
    if streamed:
        with client.chat.completions.stream(**body, stream_options={"include_usage": True}) as events:
            for _ in events:
                pass
            done = events.get_final_completion()
    else:
        done = client.chat.completions.create(**body)
    choice = done.choices[0]
    heard.text, heard.stop = choice.message.content or "", choice.finish_reason
    made = choice.message.tool_calls or ()
    heard.calls = [(call.function.name, json.loads(call.function.arguments)) for call in made]
    heard.prompt, heard.output = done.usage.prompt_tokens, done.usage.completion_tokens


def _responses(client: openai.OpenAI, body: dict[str, Any], streamed: bool, heard: Heard) -> None:
    body = {"store": False, "include": ["reasoning.encrypted_content"], **body}
    if streamed:
        with client.responses.stream(**body) as events:
            for _ in events:
                pass
            done = events.get_final_response()
    else:
        done = client.responses.create(**body)
    heard.kinds = [item.type for item in done.output]
    heard.text, heard.stop = done.output_text, str(done.status)
    heard.calls = [(item.name, json.loads(item.arguments)) for item in done.output if item.type == "function_call"]
    heard.prompt, heard.output = done.usage.input_tokens, done.usage.output_tokens


def names_sent(upstream: Upstream, place: int) -> list[str]:
    body = json.loads(upstream.chats[place].body)
    tools = body.get("tools") or [{"toolSpec": one["toolSpec"]} for one in body["toolConfig"]["tools"]]
    if "functionDeclarations" in tools[0]:
        tools = tools[0]["functionDeclarations"]
    return [one.get("name") or (one.get("function") or one.get("toolSpec"))["name"] for one in tools]


def totals(row: dict[str, Any]) -> tuple[int, int]:
    return row["input_tokens"], row["output_tokens"]


@STREAMED
@pytest.mark.parametrize("target", list(TARGETS.values()))
@EACH
def test_a_tool_that_was_left_out_is_called_as_if_it_had_been_there(
    lynkr: Gateway, upstream: Upstream, surface: str, target: str, streamed: bool
) -> None:
    upstream.play(look("post a message to slack", script.Text("Let me see.")), FOUND)
    heard = send(lynkr, surface, streamed, target)
    assert heard.text.strip() == "Let me see."
    assert heard.calls == [(SLACK, {"text": "done"})]
    assert (
        heard.stop == {"anthropic": "tool_use", "openai_chat": "tool_calls", "openai_responses": "completed"}[surface]
    )
    assert [received.refused for received in upstream.chats] == [None, None]
    assert names_sent(upstream, 0) == [*KEPT, "find_tool"]
    assert names_sent(upstream, 1) == [*KEPT, "find_tool", SLACK]
    assert SLACK in json.dumps(json.loads(upstream.chats[1].body).get("messages") or upstream.chats[1].body.decode())
    assert (heard.prompt, heard.output) == (65, 21), "the usage of both calls"
    assert totals(heard.row) == (65, 21)
    calls = heard.row["calls"]
    assert [(call["status"], *totals(call)) for call in calls] == [("settled", 25, 12), ("settled", 40, 9)]
    assert heard.row["cost_usd"] == sum(call["cost_usd"] or 0 for call in calls) or heard.row["cost_usd"] is None
    assert "tools looked for: 1 found" in heard.row["losses"]
    assert heard.row["status"] == "completed"


@STREAMED
@EACH
def test_what_comes_next_goes_on_in_the_same_answer(
    lynkr: Gateway, upstream: Upstream, surface: str, streamed: bool
) -> None:
    after = Reply(parts=(script.Text("Found it."), ToolCall(SLACK, {"text": "a"}), ToolCall("Bash", {"text": "b"})))
    upstream.play(look("slack", script.Text("Let me see.")), after)
    heard = send(lynkr, surface, streamed)
    if surface == "openai_chat":
        assert heard.text == "Let me see.\n\nFound it."
    else:
        assert heard.text == "Let me see.Found it."
    assert [name for name, _ in heard.calls] == [SLACK, "Bash"]
    if streamed and surface == "anthropic":
        events = payloads(heard.raw)
        assert [event["index"] for event in events if event["type"] == "content_block_start"] == [0, 1, 2, 3]
        for kind in ("message_start", "message_delta", "message_stop"):
            assert sum(event["type"] == kind for event in events) == 1


@STREAMED
@EACH
def test_where_none_fits_the_model_is_told_and_goes_on(
    lynkr: Gateway, upstream: Upstream, surface: str, streamed: bool
) -> None:
    upstream.play(look("teleport a giraffe"), script.text("Then without."))
    heard = send(lynkr, surface, streamed)
    assert (heard.text, heard.calls) == ("Then without.", [])
    assert names_sent(upstream, 1) == [*KEPT, "find_tool"]
    assert b"No other tool fits" in upstream.chats[1].body
    assert "tools looked for: 0 found" in heard.row["losses"]


@STREAMED
@EACH
def test_beside_another_call_it_is_left_out(lynkr: Gateway, upstream: Upstream, surface: str, streamed: bool) -> None:
    both = (ToolCall("find_tool", {"query": "slack"}), ToolCall("Bash", {"text": "ls"}))
    upstream.play(Reply(parts=both))
    heard = send(lynkr, surface, streamed)
    assert heard.calls == [("Bash", {"text": "ls"})]
    assert len(upstream.chats) == 1
    assert len(heard.row["calls"]) == 1


@STREAMED
@EACH
def test_it_is_offered_twice_and_no_more(lynkr: Gateway, upstream: Upstream, surface: str, streamed: bool) -> None:
    upstream.play(look("slack"), look("figma file"), script.call(FIGMA, {"text": "x"}))
    heard = send(lynkr, surface, streamed)
    assert heard.calls == [(FIGMA, {"text": "x"})]
    assert names_sent(upstream, 1) == [*KEPT, "find_tool", SLACK]
    assert names_sent(upstream, 2) == [*KEPT, SLACK, FIGMA]
    assert [call["status"] for call in heard.row["calls"]] == ["settled"] * 3
    assert totals(heard.row) == (75, 36)
    upstream.reset()
    upstream.play(look("slack"), look("figma file"), look("stripe"))
    heard = send(lynkr, surface, streamed)
    assert heard.calls == []
    assert "Another tool would be needed to go on: stripe" in heard.text
    assert heard.stop == {"anthropic": "end_turn", "openai_chat": "stop", "openai_responses": "completed"}[surface]
    assert len(upstream.chats) == 3


@EACH
@pytest.mark.parametrize("target", ["anth/claude-sonnet-4-5", "resp/gpt-4o"])
@STREAMED
def test_a_thought_is_told_only_where_a_provider_takes_it_back(
    lynkr: Gateway, upstream: Upstream, surface: str, target: str, streamed: bool
) -> None:
    """One that came before nothing but the call: its signature stands alone at Anthropic, and not in Responses."""
    upstream.play(
        look("slack", Thinking("Hm, slack.")), Reply(parts=(Thinking("Here."), ToolCall(SLACK, {"text": "x"})))
    )
    more: dict[str, Any] = {}
    if surface == "anthropic":
        more = {"thinking": {"type": "enabled", "budget_tokens": 1024}, "max_tokens": 3000}
    elif surface == "openai_responses":
        more = {"reasoning": {"effort": "low", "summary": "auto"}}
    if target.startswith("resp"):
        target = "resp/gpt-5"
    heard = send(lynkr, surface, streamed, target, **more)
    assert heard.calls == [(SLACK, {"text": "x"})]
    assert [received.refused for received in upstream.chats] == [None, None]
    assert (b"Hm," in heard.raw) == streamed
    if surface == "anthropic":
        assert heard.kinds == (["thinking"] if streamed else []) + ["thinking", "tool_use"]


@EACH
def test_the_next_turn_has_the_tool_back_and_nothing_of_the_search(
    lynkr: Gateway, upstream: Upstream, surface: str
) -> None:
    upstream.play(look("slack"), script.Reply(parts=(ToolCall(SLACK, {"text": "x"}, id="toolu_1"),)))
    send(lynkr, surface, True)
    first = json.loads(upstream.chats[0].body)
    said: list[dict[str, Any]] = [{"role": "user", "content": ASK}]
    if surface == "anthropic":
        use = {"type": "tool_use", "id": "toolu_1", "name": SLACK, "input": {"text": "x"}}
        done = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "ok"}
        said += [{"role": "assistant", "content": [use]}, {"role": "user", "content": [done]}]
    elif surface == "openai_chat":
        call = {"id": "toolu_1", "type": "function", "function": {"name": SLACK, "arguments": '{"text": "x"}'}}
        said += [{"role": "assistant", "content": None, "tool_calls": [call]}]
        said += [{"role": "tool", "tool_call_id": "toolu_1", "content": "ok"}]
    else:
        said += [{"type": "function_call", "call_id": "toolu_1", "name": SLACK, "arguments": '{"text": "x"}'}]
        said += [{"type": "function_call_output", "call_id": "toolu_1", "output": "ok"}]
    field = "input" if surface == "openai_responses" else "messages"
    upstream.play(script.text("Done."))
    assert send(lynkr, surface, False, **{field: said}).text == "Done."
    assert names_sent(upstream, 2) == ["Bash", "Read", SLACK, "Grep", "find_tool"]
    upstream.play(script.text("Hm."))
    send(lynkr, surface, False)
    assert json.loads(upstream.last.body)["tools"] == first["tools"], "the same on every turn"


def test_the_receipt_counts_it_and_no_request_that_forces_a_tool_gets_it(lynkr: Gateway, upstream: Upstream) -> None:
    upstream.play(script.text("Yes."), script.text("Yes."))
    heard = send(lynkr, "anthropic", False)
    receipt = heard.row["passes"]["receipts"]["selection"]
    assert 0 < receipt["after"] < receipt["before"]
    for choice in ({"type": "tool", "name": "Bash"}, {"type": "any"}, {"type": "none"}):
        upstream.play(script.call("Bash", {"text": "x"}))
        send(lynkr, "anthropic", False, tool_choice=choice)
        assert names_sent(upstream, -1) == KEPT


def test_a_client_that_has_a_tool_of_that_name_keeps_it(lynkr: Gateway, upstream: Upstream) -> None:
    own = [tool("anthropic", name) for name in (*OFFERED, "find_tool")]
    body = {"model": TARGETS["anthropic"], **asked("anthropic"), "tools": own}
    upstream.play(Reply(parts=(ToolCall("find_tool_2", {"query": "slack"}),)), script.call("find_tool", {"text": "x"}))
    headers = {"x-api-key": lynkr.keys["climber"]}
    answer = httpx.post(lynkr.base_url + PATHS["anthropic"], json=body, headers=headers, timeout=20)
    assert names_sent(upstream, 0) == [*KEPT, "find_tool", "find_tool_2"]
    assert [part["name"] for part in answer.json()["content"]] == ["find_tool"]


@STREAMED
@EACH
def test_a_second_call_that_fails_before_anything_was_told_is_the_usual_error(
    lynkr: Gateway, upstream: Upstream, surface: str, streamed: bool
) -> None:
    upstream.play(look(), script.error(400, "No such thing."))
    body = {"model": TARGETS[surface], **asked(surface, stream=streamed)}
    headers = {"x-api-key": lynkr.keys["climber"]}
    answer = httpx.post(lynkr.base_url + PATHS[surface], json=body, headers=headers, timeout=20)
    assert answer.status_code == 400
    assert "No such thing." in answer.text
    row = lynkr.operation(answer)
    assert [call["status"] for call in row["calls"]] == ["settled", "rejected"]
    assert row["cost_usd"] == row["calls"][0]["cost_usd"]


def test_another_target_may_answer_while_nothing_was_told(lynkr: Gateway, upstream: Upstream) -> None:
    ladder = {"SIMPLE": ["anth/claude-sonnet-4-5", "chat/gpt-4o"]}
    set_policy(lynkr, ladder, tool_selection="strict", hold_out_percent=0, cache_marks="off")
    broken = script.error(500)
    upstream.play(look(), broken, broken, look("slack"), FOUND)
    heard = send(lynkr, "anthropic", True, "auto")
    assert heard.calls == [(SLACK, {"text": "done"})]
    assert heard.row["status"] == "completed"


@pytest.mark.parametrize("after", [script.error(500), FOUND.but(fault=Fault(cut_after_events=1))])
@EACH
def test_a_second_call_that_fails_after_something_was_told_breaks_the_stream(
    lynkr: Gateway, upstream: Upstream, surface: str, after: Reply
) -> None:
    upstream.play(look("slack", script.Text("Let me see.")), after)
    body = {"model": TARGETS[surface], **asked(surface, stream=True)}
    with Socket(lynkr, PATHS[surface], body, key="climber") as wire:
        raw = wire.rest()
    assert streamed_text(surface, raw) == "Let me see."
    assert failure_in(surface, raw)["message"]
    assert not is_complete(surface, raw)
    assert not wire.proper
    assert b"find_tool" not in raw
    assert len(upstream.chats) == 2
    row = lynkr.operation(wire.headers["x-lynkr-request-id"])
    assert row["status"] == "truncated"
    assert row["calls"][0]["status"] == "settled"
    assert row["calls"][1]["status"] in ("failed", "truncated")


@EACH
def test_a_hang_up_ends_the_second_call_and_both_are_on_the_books(
    lynkr: Gateway, upstream: Upstream, surface: str
) -> None:
    slow = Reply(parts=(script.Text("Stashes your changes. " * 40, fragments=40),), pace=Pace(between=0.2))
    upstream.play(look("slack", script.Text("Let me see.")), slow)
    body = {"model": TARGETS[surface], **asked(surface, stream=True)}
    with Socket(lynkr, PATHS[surface], body, key="climber") as wire:
        wire.until(b"Stashes")
    left = time.monotonic()
    received = upstream.last.wait(2)
    assert received.hung_up_at is not None
    assert received.hung_up_at - left < 1
    row = lynkr.operation(wire.headers["x-lynkr-request-id"])
    assert (row["status"], row["http_status"]) == ("interrupted", 499)
    assert [call["status"] for call in row["calls"]] == ["settled", "interrupted"]
    assert all(call["input_tokens"] > 0 for call in row["calls"])


@EACH
def test_who_leaves_an_answer_that_is_not_streamed_gets_both_calls_on_the_books(
    lynkr: Gateway, upstream: Upstream, surface: str
) -> None:
    upstream.play(look(), FOUND.but(pace=Pace(before_headers=1.0)))
    begun = time.time()
    with Socket(lynkr, PATHS[surface], {"model": TARGETS[surface], **asked(surface)}, key="climber"):
        upstream.wait_for(2)
        time.sleep(0.1)
    row = lynkr.newest_operation(begun)
    assert (row["status"], row["http_status"]) == ("interrupted", 499)
    assert [(call["status"], *totals(call)) for call in row["calls"]] == [("settled", 25, 12), ("settled", 40, 9)]


def test_who_leaves_before_the_search_has_none_made(lynkr: Gateway, upstream: Upstream) -> None:
    upstream.play(look(pace=Pace(before_headers=1.0)), FOUND)
    begun = time.time()
    with Socket(lynkr, PATHS["anthropic"], {"model": TARGETS["anthropic"], **asked("anthropic")}, key="climber"):
        upstream.wait_for(1)
        time.sleep(0.1)
    assert [call["status"] for call in lynkr.newest_operation(begun)["calls"]] == ["settled"]
    assert len(upstream.chats) == 1


@STREAMED
def test_a_second_call_has_the_deadlines_of_any(lynkr: Gateway, upstream: Upstream, streamed: bool) -> None:
    """What was not told yet is tried once more, from its first call on."""
    late = FOUND.but(pace=Pace(before_headers=8.0))
    upstream.play(look("slack", script.Text("Let me see.")), late, script.text("Again."))
    body = {"model": "hasty/claude-sonnet-4-5", **asked("anthropic", stream=streamed)}
    begun = time.monotonic()
    with Socket(lynkr, PATHS["anthropic"], body, key="climber") as wire:
        raw = wire.rest()
    assert time.monotonic() - begun < 5
    assert (b"did not answer in time" if streamed else b"Again.") in raw
    row = lynkr.operation(wire.headers["x-lynkr-request-id"])
    assert [call["status"] for call in row["calls"]] == ["settled", "failed"] + ["settled"] * (not streamed)


@pytest.fixture
def priced(lynkr: Gateway) -> Iterator[Gateway]:
    """A token costs a cent; the budget holds one call of at most 200 tokens, and not two."""
    PriceOverride.objects.create(team=None, model="*", input=10_000, output=10_000)
    try:
        yield lynkr
    finally:
        Budget.objects.all().delete()
        PriceOverride.objects.all().delete()
        lynkr.reload()


@STREAMED
@EACH
def test_a_budget_that_does_not_allow_the_second_call_leaves_the_first(
    priced: Gateway, upstream: Upstream, surface: str, streamed: bool
) -> None:
    limit = {"max_output_tokens" if surface == "openai_responses" else "max_tokens": 200}
    made = Budget.objects.create(window="month", limit=10, team=Team.objects.get(slug="climbers"))
    priced.reload()
    upstream.play(look("slack", script.Text("Let me see.")), FOUND)
    heard = send(priced, surface, streamed, **limit)
    assert len(upstream.chats) == 1, "not enough for a second"
    assert heard.text.startswith("Let me see.")
    assert "Another tool would be needed to go on: slack" in heard.text
    assert heard.calls == []
    assert heard.row["status"] == "completed"
    made.limit = 200
    made.save()
    priced.reload()
    upstream.reset()
    upstream.play(look("slack"), FOUND)
    heard = send(priced, surface, streamed, **limit)
    assert heard.calls == [(SLACK, {"text": "done"})]
    assert heard.row["cost_usd"] == sum(call["cost_usd"] for call in heard.row["calls"])


def test_a_stream_that_a_provider_answers_with_json_is_told_all_the_same(lynkr: Gateway, upstream: Upstream) -> None:
    message = {"id": "msg_1", "type": "message", "role": "assistant", "model": "m", "stop_reason": "tool_use"}
    usage = {"input_tokens": 5, "output_tokens": 5}
    calls = [("find_tool", {"query": "slack"}), (SLACK, {"text": "x"})]
    for number, (name, given) in enumerate(calls):
        block = {"type": "tool_use", "id": f"toolu_{number}", "name": name, "input": given}
        raw = json.dumps({**message, "content": [block], "usage": usage}).encode()
        upstream.play(Reply(raw=raw, content_type="application/json"))
    heard = send(lynkr, "anthropic", True)
    assert heard.calls == [(SLACK, {"text": "x"})]
    assert (heard.prompt, heard.output) == (10, 10)


def test_without_selection_nothing_is_offered_and_bytes_go_through(lynkr: Gateway, upstream: Upstream) -> None:
    set_policy(lynkr, {"SIMPLE": ["anth/claude-sonnet-4-5"]}, tool_selection="off", cache_marks="off")
    upstream.play(script.text("As it came."))
    heard = send(lynkr, "anthropic", False, ask=f"{ASK}, in a session of its own")
    assert names_sent(upstream, 0) == list(OFFERED)
    assert text_of("anthropic", json.loads(heard.raw)) == "As it came."
