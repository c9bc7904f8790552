"""Whole chat answers, both directions, and token counts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gateway.chat.errors import UpstreamBroken, UpstreamError, UpstreamUnavailable
from gateway.chat.events import FinishReason
from gateway.chat.request import Text, Thinking, Tool, ToolUse
from gateway.chat.response import ChatResponse
from gateway.chat.signatures import unseal
from gateway.chat.usage import Usage
from gateway.wire.openai_chat import usage

from .chat_fixtures import CHAT, chat_request, context, foreign, load, paths


@pytest.mark.parametrize("path", paths("openai_chat", "responses"), ids=lambda path: path.stem)
def test_a_captured_answer_is_written_back_as_it_came(path: Path) -> None:
    body, request = load(path), chat_request()
    answer = CHAT.decode_response(body, request)
    assert CHAT.encode_response(answer, context(request, "openai_chat", body["model"])) == body


@pytest.mark.parametrize(
    ("reported", "expected"),
    [
        ({"prompt_tokens": 10, "completion_tokens": 2}, Usage(10, 2)),
        ({"prompt_tokens": 10, "prompt_tokens_details": {"cached_tokens": 8}}, Usage(2, None, 8)),
        (
            {"prompt_tokens": 10, "prompt_tokens_details": {"cached_tokens": 4, "cache_write_tokens": 5}},
            Usage(1, None, 4, 5),
        ),
        ({"prompt_tokens": 10, "cache_read_input_tokens": 3, "cache_creation_input_tokens": 2}, Usage(5, None, 3, 2)),
        ({"prompt_tokens": 10, "cache_read_input_tokens": 90}, Usage(10, None, 90)),
        ({"prompt_tokens": 10, "prompt_cache_hit_tokens": 10}, Usage(0, None, 10)),
        ({"prompt_tokens": 10, "cached_tokens": 6}, Usage(4, None, 6)),
        (
            {
                "prompt_tokens": 5,
                "completion_tokens": 2,
                "total_tokens": 10,
                "completion_tokens_details": {"reasoning_tokens": 3},
            },
            Usage(5, 5, reasoning=3),
        ),
        ({}, None),
        (None, None),
    ],
)
def test_token_counts_are_disjoint_whoever_reports_them(reported: Any, expected: Usage | None) -> None:
    """CCH-1."""
    assert usage.decode(reported)[0] == expected


def test_cache_figures_of_another_dialect_are_included_again() -> None:
    """CCH-3."""
    written = usage.encode(Usage(10, 5, 100, 20, 3))
    assert written is not None
    assert written["prompt_tokens"] == 133
    assert written["prompt_tokens_details"] == {"cached_tokens": 100, "cache_write_tokens": 23}
    assert written["total_tokens"] == 138


def test_tool_calls_decide_the_finish_reason() -> None:
    """PAR-5."""
    call = {"id": "a", "type": "function", "function": {"name": "f", "arguments": ""}}
    body = {"choices": [{"finish_reason": "stop", "message": {"content": "", "tool_calls": [call]}}]}
    answer = CHAT.decode_response(body, chat_request())
    assert answer.finish_reason == "tool_use"
    assert answer.blocks == (ToolUse("a", "f", "{}"),)


def test_a_call_cut_by_the_token_limit_is_not_passed_off_as_whole() -> None:
    """TID-7."""
    call = {"id": "a", "type": "function", "function": {"name": "f", "arguments": '{"x": "unfin'}}
    body = {"choices": [{"finish_reason": "length", "message": {"tool_calls": [call]}}]}
    assert CHAT.decode_response(body, chat_request()).finish_reason == "length"


def test_a_call_without_an_id_gets_the_same_one_each_time_and_another_each_turn() -> None:
    call = {"function": {"name": "f", "arguments": {"x": 1}}}
    body = {"id": "chatcmpl-424", "choices": [{"message": {"tool_calls": [call, call]}}]}
    turns = [chat_request(), chat_request(messages=[{"role": "user", "content": str(n)} for n in range(3)])]
    ids = [
        [block.id for block in CHAT.decode_response(body, request).blocks if isinstance(block, ToolUse)]
        for request in (*turns, turns[0])
    ]
    assert ids[0] == ids[2]
    assert len({*ids[0], *ids[1]}) == 4


def test_an_error_in_a_200_body_is_raised() -> None:
    """FBK-1."""
    with pytest.raises(UpstreamUnavailable) as caught:
        CHAT.decode_response({"error": {"message": "slow down", "code": 429}}, chat_request())
    assert caught.value.http_status == 429


@pytest.mark.parametrize(
    "body", [{}, {"choices": []}, {"choices": [{}]}, {"choices": "x"}, {"choices": [{"message": 3}]}]
)
def test_what_is_no_answer_is_broken(body: dict[str, Any]) -> None:
    with pytest.raises(UpstreamBroken):
        CHAT.decode_response(body, chat_request())


def test_an_answer_of_another_dialect_is_a_complete_chat_body() -> None:
    request = chat_request(tools=[{"type": "custom", "custom": {"name": "exec"}}])
    answer = ChatResponse(
        "msg_1",
        "claude",
        (
            Thinking("hmm", "sig"),
            Text("a"),
            Text("b"),
            ToolUse("t", "exec", '{"input":"ls"}'),
            ToolUse("u", "read", "{}"),
        ),
        "tool_use",
        Usage(3, 4, 5),
    )
    body = CHAT.encode_response(answer, context(request))
    (choice,) = body["choices"]
    message = choice["message"]
    assert body["id"] == "chatcmpl-abc123"
    assert (body["object"], body["created"], body["model"]) == ("chat.completion", 1762000001, "shown")
    assert (message["content"], message["reasoning_content"], message["refusal"]) == ("ab", "hmm", None)
    assert message["tool_calls"][0] == {"id": "t", "type": "custom", "custom": {"name": "exec", "input": "ls"}}
    assert message["tool_calls"][1]["function"] == {"name": "read", "arguments": "{}"}
    assert choice["finish_reason"] == "tool_calls"
    assert body["usage"]["prompt_tokens"] == 8
    origin, signature = unseal(message["reasoning_details"][0]["signature"])
    assert (origin and origin.dialect, signature) == ("anthropic", "sig")


def test_a_sealed_signature_finds_its_way_back_through_a_chat_client() -> None:
    """THK-3: the client echoes reasoning_details; the block comes back with its origin."""
    answer = ChatResponse("msg_1", "claude", (Thinking("hmm", "sig"), Text("4")), "stop")
    message = CHAT.encode_response(answer, context(chat_request()))["choices"][0]["message"]
    again = chat_request(messages=[message])
    block = again.messages[0].blocks[0]
    assert isinstance(block, Thinking)
    assert (block.text, block.signature) == ("hmm", "sig")
    assert block.origin is not None
    assert block.origin.model == "served"


def test_a_client_of_the_deprecated_functions_gets_a_function_call() -> None:
    request = chat_request(functions=[{"name": "f"}])
    answer = ChatResponse("x", "y", (ToolUse("t", "f", "{}"),), "tool_use")
    (choice,) = CHAT.encode_response(answer, context(request))["choices"]
    assert choice["message"]["function_call"] == {"name": "f", "arguments": "{}"}
    assert choice["finish_reason"] == "function_call"


@pytest.mark.parametrize(
    ("reason", "word"),
    [("stop", "stop"), ("length", "length"), ("refusal", "content_filter"), ("stop_sequence", "stop"), ("pause_turn", "stop"),
     ("context_length", "length"), ("unknown", "stop")],
)  # fmt: skip
def test_each_finish_reason_has_a_chat_word(reason: FinishReason, word: str) -> None:
    answer = ChatResponse("x", "y", (Text("a"),), reason)
    assert CHAT.encode_response(answer, context(chat_request()))["choices"][0]["finish_reason"] == word


def test_a_namespaced_tool_keeps_its_namespace() -> None:
    request = foreign(tools=(Tool("spawn", namespace="agents"),))
    call = {"id": "1", "type": "function", "function": {"name": "agents__spawn", "arguments": "{}"}}
    (block,) = CHAT.decode_response({"choices": [{"message": {"tool_calls": [call]}}]}, request).blocks
    assert block == ToolUse("1", "spawn", "{}", namespace="agents")


def test_errors_are_upstream_errors() -> None:
    with pytest.raises(UpstreamError):
        CHAT.decode_response({"object": "error", "message": "boom"}, chat_request())
