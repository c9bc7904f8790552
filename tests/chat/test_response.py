"""fold and unfold are inverses; a stream's deltas join to its blocks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.chat.errors import UpstreamBroken
from gateway.chat.events import BlockStart, BlockStop, Delta, Failed, Finish, OpaqueDelta, Start
from gateway.chat.request import Opaque, Text, Thinking, ToolUse
from gateway.chat.response import ChatResponse, fold, unfold
from gateway.chat.usage import Usage

words = st.text(min_size=1, max_size=20)
blocks = st.one_of(
    st.builds(Text, words),
    st.builds(Thinking, words, st.none() | words),
    st.builds(lambda signature: Thinking("", signature, redacted=True), words),
    st.builds(ToolUse, words, words, words),
    st.builds(lambda kind: Opaque("anthropic", kind, {"type": kind}), words),
)
responses = st.builds(
    ChatResponse,
    words,
    words,
    st.lists(blocks, max_size=5).map(tuple),
    st.sampled_from(["stop", "length", "tool_use"]),
    st.builds(Usage, st.none() | st.integers(0, 10**6), st.none() | st.integers(0, 10**6)),
)


@given(responses)
def test_folding_what_was_unfolded_gives_the_same_answer(response: ChatResponse) -> None:
    assert fold(unfold(response)) == response


def test_interleaved_deltas_of_parallel_tools_stay_apart() -> None:
    """PAR-1, TID-5."""
    answer = fold(
        [
            Start("1", "m"),
            BlockStart(0, ToolUse("a", "read", "")),
            BlockStart(1, ToolUse("b", "write", "")),
            Delta(0, "arguments", '{"x":'),
            Delta(1, "arguments", '{"y":'),
            Delta(0, "arguments", "1}"),
            Delta(1, "arguments", "2}"),
            BlockStop(0),
            BlockStop(1),
            Finish("tool_use"),
        ]
    )
    assert answer.blocks == (ToolUse("a", "read", '{"x":1}'), ToolUse("b", "write", '{"y":2}'))


def test_a_tool_call_without_arguments_has_an_empty_object() -> None:
    """TID-6."""
    answer = fold([Start(), BlockStart(0, ToolUse("a", "now", "")), BlockStop(0), Finish("tool_use")])
    assert answer.blocks == (ToolUse("a", "now", "{}"),)


def test_a_failed_stream_raises_its_error() -> None:
    error = UpstreamBroken("cut")
    with pytest.raises(UpstreamBroken):
        fold([Start(), Failed(error)])


def test_usage_of_start_and_finish_is_merged() -> None:
    """CCH-4: what the later figure leaves out stays."""
    answer = fold([Start(usage=Usage(input=5, cache_read=7)), Finish("stop", Usage(output=3))])
    assert answer.usage == Usage(input=5, output=3, cache_read=7)
    assert answer.usage.prompt == 12


def test_deltas_only_one_dialect_knows_survive_the_round_trip() -> None:
    events = [
        Start("1", "m", Usage()),
        BlockStart(0, Text("")),
        Delta(0, "text", "hi"),
        OpaqueDelta("anthropic", "citations_delta", {"n": 1}, 0),
        BlockStop(0),
        Finish("stop", Usage()),
    ]
    assert list(unfold(fold(events))) == events
