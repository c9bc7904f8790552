"""Answers of any provider as a stream a Responses client reads. The SDK's own types are the judge."""

from __future__ import annotations

from typing import Any

import httpx
import openai
import pytest
from openai.types.responses import ResponseStreamEvent
from pydantic import TypeAdapter

from gateway.chat.errors import BudgetExceeded, UpstreamBroken
from gateway.chat.events import BlockStart, BlockStop, Delta, Failed, Finish, OpaqueDelta, Start, StreamEvent
from gateway.chat.request import Opaque, Origin, Text, Thinking, ToolUse
from gateway.chat.signatures import unseal
from gateway.chat.usage import Usage
from gateway.wire.openai_responses import DIALECT

from .responses_world import ask, context, frames, load, written

SDK_EVENT: TypeAdapter[Any] = TypeAdapter(ResponseStreamEvent)
USAGE = Usage(100, 20, 50, 7, 3, 12)
THOUGHT = [BlockStart(0, Thinking()), Delta(0, "thinking", "Let me "), Delta(0, "thinking", "see."), BlockStop(0)]
SIGNED = [*THOUGHT[:3], Delta(0, "signature", "c2ln"), BlockStop(0)]
TEXT = [BlockStart(1, Text("")), Delta(1, "text", "Hel"), Delta(1, "text", "lo."), BlockStop(1)]
CALL = [
    BlockStart(2, ToolUse("toolu_1", "exec_command", "")),
    Delta(2, "arguments", '{"cmd":'),
    Delta(2, "arguments", '"ls"}'),
    BlockStop(2),
]


def answer(*parts: list[Any], reason: Any = "tool_use") -> list[StreamEvent]:
    return [Start("msg_01", "claude"), *(event for part in parts for event in part), Finish(reason, USAGE)]


def check_grammar(events: list[dict[str, Any]]) -> None:
    """Numbered from 0 without a gap; the SDK's types take each; items open before their events and close after; one
    terminal event, at the end, holding every finished item."""
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    for event in events:
        SDK_EVENT.validate_python(event)
    assert [event["type"] for event in events[:2]] == ["response.created", "response.in_progress"]
    assert events[-1]["type"] in ("response.completed", "response.incomplete", "response.failed")
    open_items: dict[int, str] = {}
    open_parts: set[tuple[int, str, int]] = set()
    done: dict[int, dict[str, Any]] = {}
    for event in events[2:-1]:
        place = event["output_index"]
        kind = event["type"]
        if kind == "response.output_item.added":
            assert place not in open_items
            open_items[place] = event["item"]["id"]
        elif kind == "response.output_item.done":
            assert open_items.pop(place) == event["item"]["id"]
            assert not any(part[0] == place for part in open_parts)
            done[place] = event["item"]
        else:
            assert open_items[place] == event["item_id"]
            name = "summary_index" if "summary_index" in event else "content_index"
            part = (place, name, event.get(name, 0))
            if kind.endswith("part.added"):
                assert part not in open_parts
                open_parts.add(part)
            elif kind.endswith("part.done"):
                open_parts.remove(part)
            elif "text" in kind or "refusal" in kind:
                assert part in open_parts
    if events[-1]["type"] != "response.failed":
        assert not open_items
        assert events[-1]["response"]["output"] == [done[place] for place in sorted(done)]


def test_a_crossed_answer_has_every_event_of_the_grammar() -> None:
    """CDX-1, THK-14: thinking, text, tool; each delta as it comes."""
    events = written(answer(SIGNED, TEXT, CALL))
    check_grammar(events)
    assert [event["type"].removeprefix("response.") for event in events] == [
        "created",
        "in_progress",
        "output_item.added",
        "reasoning_summary_part.added",
        "reasoning_summary_text.delta",
        "reasoning_summary_text.delta",
        "reasoning_summary_text.done",
        "reasoning_summary_part.done",
        "output_item.done",
        "output_item.added",
        "content_part.added",
        "output_text.delta",
        "output_text.delta",
        "output_text.done",
        "content_part.done",
        "output_item.done",
        "output_item.added",
        "function_call_arguments.delta",
        "function_call_arguments.delta",
        "function_call_arguments.done",
        "output_item.done",
        "completed",
    ]
    reasoning, message, call = events[-1]["response"]["output"]
    assert reasoning["id"].startswith("rs_0a1b2c")
    assert message["id"].startswith("msg_0a1b2c")
    assert call["id"].startswith("fc_0a1b2c")
    assert events[-1]["response"]["id"] == "resp_0a1b2c"
    assert (call["call_id"], call["name"], call["arguments"]) == ("toolu_1", "exec_command", '{"cmd":"ls"}')


def test_a_foreign_signature_is_sealed_with_its_origin_and_an_own_one_is_not() -> None:
    """THK-3, THK-8, CDX-8; without a signature there is no encrypted content (THK-6)."""
    sealed = written(answer(SIGNED))[-1]["response"]["output"][0]["encrypted_content"]
    assert unseal(sealed) == (Origin("anthropic", "claude-opus-5-5", "our-anthropic"), "c2ln")
    own = Origin("openai_responses", "gpt-5.1")
    assert written(answer(SIGNED), origin=own)[-1]["response"]["output"][0]["encrypted_content"] == "c2ln"
    assert "encrypted_content" not in written(answer(THOUGHT))[-1]["response"]["output"][0]


def test_redacted_thinking_crosses_as_encrypted_content_alone() -> None:
    events = written(answer([BlockStart(0, Thinking(signature="cmVk", redacted=True)), BlockStop(0)], TEXT))
    check_grammar(events)
    item = events[-1]["response"]["output"][0]
    assert item["summary"] == []
    assert unseal(item["encrypted_content"])[1] == "cmVk"


def test_no_empty_item_is_ever_written() -> None:
    """EMP-2: empty text and thinking blocks leave nothing behind."""
    empty = [BlockStart(0, Text("")), BlockStop(0), BlockStart(3, Thinking()), BlockStop(3)]
    events = written(answer(empty, TEXT))
    check_grammar(events)
    assert [item["type"] for item in events[-1]["response"]["output"]] == ["message"]


def test_consecutive_texts_are_parts_of_one_message() -> None:
    second = [BlockStart(5, Text("")), Delta(5, "text", " Bye."), BlockStop(5)]
    events = written(answer(TEXT, second, CALL))
    check_grammar(events)
    message = events[-1]["response"]["output"][0]
    assert [part["text"] for part in message["content"]] == ["Hello.", " Bye."]


def test_interleaved_calls_stay_apart() -> None:
    """PAR-1."""
    events = written(
        answer(
            [BlockStart(0, ToolUse("a", "f", "")), BlockStart(1, ToolUse("b", "g", ""))],
            [Delta(0, "arguments", '{"x"'), Delta(1, "arguments", '{"y"'), Delta(0, "arguments", ":1}")],
            [Delta(1, "arguments", ":2}"), BlockStop(0), BlockStop(1)],
        )
    )
    check_grammar(events)
    assert [item["arguments"] for item in events[-1]["response"]["output"]] == ['{"x":1}', '{"y":2}']


def test_a_call_without_arguments_has_an_empty_object() -> None:
    """TID-6."""
    events = written(answer([BlockStart(0, ToolUse("a", "f", "")), BlockStop(0)]))
    check_grammar(events)
    assert events[-1]["response"]["output"][0]["arguments"] == "{}"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [('{"input":"text(\\"é\\")"}', 'text("é")'), ("plain", "plain"), ('{"code":"x"}', "x"), ("", "")],
)
def test_a_custom_tool_called_as_a_function_is_a_custom_tool_call(arguments: str, told: str) -> None:
    """Codex code mode: the provider answered with {"input": ...}; Codex gets free text, name and namespace as it expects."""
    request = DIALECT.decode_request(load("requests/codex_code_mode.json"))
    pieces = [Delta(0, "arguments", arguments[:5]), Delta(0, "arguments", arguments[5:])]
    events = written(answer([BlockStart(0, ToolUse("toolu_1", "exec", "")), *pieces, BlockStop(0)]), request)
    check_grammar(events)
    item = events[-1]["response"]["output"][0]
    assert item["id"].startswith("ctc_")
    assert {name: item[name] for name in ("type", "name", "namespace", "call_id", "input")} == {
        "type": "custom_tool_call",
        "name": "exec",
        "namespace": "functions",
        "call_id": "toolu_1",
        "input": told,
    }
    deltas = [event["delta"] for event in events if event["type"] == "response.custom_tool_call_input.delta"]
    assert "".join(deltas) == told


def test_a_custom_call_of_a_provider_that_has_them_streams() -> None:
    request = DIALECT.decode_request(load("requests/codex_code_mode.json"))
    call = [BlockStart(0, ToolUse("c", "exec", "", "custom")), Delta(0, "arguments", "a"), Delta(0, "arguments", "b")]
    events = written(answer(call, [BlockStop(0)]), request)
    check_grammar(events)
    assert [event.get("delta") for event in events if event["type"].endswith("input.delta")] == ["a", "b"]
    assert events[-1]["response"]["output"][0]["input"] == "ab"


@pytest.mark.parametrize("use", [ToolUse("c", "wait", "", namespace="agents"), ToolUse("c", "agents__wait", "")])
def test_a_tool_is_told_in_its_namespace(use: ToolUse) -> None:
    """Codex looks a tool up by namespace and name; other dialects call it ``namespace__name``."""
    request = DIALECT.decode_request(load("requests/codex_code_mode.json"))
    events = written(answer([BlockStart(0, use), BlockStop(0)]), request)
    for event in events:
        if event["type"].startswith("response.output_item"):
            assert (event["item"]["namespace"], event["item"]["name"]) == ("agents", "wait")


def test_usage_counts_all_input_tokens() -> None:
    """CCH-1, CCH-3."""
    assert written(answer(TEXT))[-1]["response"]["usage"] == {
        "input_tokens": 160,
        "input_tokens_details": {"cached_tokens": 50, "cache_write_tokens": 10},
        "output_tokens": 20,
        "output_tokens_details": {"reasoning_tokens": 12},
        "total_tokens": 180,
    }


@pytest.mark.parametrize(
    ("reason", "kind", "details"),
    [
        ("stop", "completed", None),
        ("tool_use", "completed", None),
        ("stop_sequence", "completed", None),
        ("length", "incomplete", {"reason": "max_output_tokens"}),
        ("refusal", "incomplete", {"reason": "content_filter"}),
    ],
)
def test_the_terminal_event_tells_why_it_ended(reason: Any, kind: str, details: Any) -> None:
    events = written(answer(TEXT, reason=reason))
    check_grammar(events)
    assert events[-1]["type"] == f"response.{kind}"
    assert events[-1]["response"]["status"] == kind
    assert events[-1]["response"]["incomplete_details"] == details
    assert events[-1]["response"]["output"][-1]["status"] == kind


def test_a_failure_is_the_last_event_and_keeps_no_half_items() -> None:
    """CDX-1, THK-9: an open item gets no output_item.done, nothing follows the failure."""
    encoder = DIALECT.stream_encoder(context())
    raw = encoder.encode([Start(), *SIGNED, *TEXT[:2]]) + encoder.fail(UpstreamBroken("cut"))
    assert encoder.fail(UpstreamBroken("again")) == b""
    assert encoder.encode([Delta(1, "text", "x"), Finish("stop")]) == b""
    events = frames(raw)
    check_grammar(events)
    assert events[-1]["type"] == "response.failed"
    assert events[-1]["response"]["error"] == {"code": "server_error", "message": "cut"}
    assert [item["type"] for item in events[-1]["response"]["output"]] == ["reasoning"]


def test_a_failure_before_anything_is_still_a_whole_stream() -> None:
    check_grammar(frames(DIALECT.stream_encoder(context()).fail(UpstreamBroken("cut"))))
    events = frames(DIALECT.stream_encoder(context()).fail(BudgetExceeded("The team's budget is used up.")))
    assert events[-1]["response"]["error"]["code"] == "insufficient_quota"  # the word on which Codex gives up
    check_grammar(written([Failed(UpstreamBroken("cut"))]))


def test_items_and_citations_of_this_dialect_pass_through() -> None:
    item = {"id": "ws_1", "type": "web_search_call", "status": "completed", "action": {"type": "search", "query": "q"}}
    note = {"type": "url_citation", "start_index": 0, "end_index": 1, "title": "t", "url": "https://example.com"}
    name = "response.output_text.annotation.added"
    cited = [*TEXT[:3], OpaqueDelta("openai_responses", name, {"annotation": note}, 1), TEXT[3]]
    opaque = [BlockStart(0, Opaque("openai_responses", "web_search_call", item)), BlockStop(0)]
    foreign = [BlockStart(7, Opaque("anthropic", "server_tool_use", {})), BlockStop(7)]
    events = written(answer(opaque, foreign, cited))
    check_grammar(events)
    assert events[-1]["response"]["output"][0] == item
    assert events[-1]["response"]["output"][1]["content"][0]["annotations"] == [note]


def test_a_keepalive_is_a_comment() -> None:
    assert DIALECT.stream_encoder(context()).keepalive() == b": keepalive\n\n"


def test_blocks_left_open_are_closed_at_the_end() -> None:
    """PAR-6: whatever a decoder forgot, the grammar holds."""
    events = written(
        [BlockStart(0, Text("")), Delta(0, "text", "x"), BlockStart(1, ToolUse("c", "f", "")), Finish("stop")]
    )
    check_grammar(events)
    assert len(events[-1]["response"]["output"]) == 2


def test_the_official_sdk_reads_the_stream() -> None:
    """The accumulating helper of the openai SDK: every event parsed, `output_text` whole."""
    encoder = DIALECT.stream_encoder(context(ask(stream=True)))
    raw = encoder.keepalive() + encoder.encode(answer(SIGNED, TEXT, CALL))
    headers = {"content-type": "text/event-stream"}
    transport = httpx.MockTransport(lambda _: httpx.Response(200, headers=headers, content=raw))
    http = httpx.Client(transport=transport)
    with (
        openai.OpenAI(api_key="k", base_url="http://127.0.0.1/v1", http_client=http) as client,
        client.responses.stream(model="m", input="hi") as told,
    ):
        kinds = [event.type for event in told]
        final = told.get_final_response()
    assert kinds[-1] == "response.completed"
    assert final.output_text == "Hello."
    assert final.output[2].type == "function_call"
    assert final.usage is not None
    assert final.usage.input_tokens_details.cached_tokens == 50
