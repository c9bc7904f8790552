"""`fold` and `unfold` are inverse, and an answer says the same as a stream and as a body."""

from __future__ import annotations

import pytest

from gateway.chat.events import Failed, StreamEvent
from gateway.chat.response import ChatResponse, fold, unfold
from tests.laws.cases import Case, context, declared, every
from tests.laws.equality import by_block, meaning, without


@every("responses")
def test_folding_what_was_unfolded_gives_the_answer_back(case: Case) -> None:
    response = case.dialect.decode_response(case.body(), case.request())
    assert fold(unfold(response)) == response


@every("streams")
def test_unfolding_what_was_folded_tells_the_same_blocks(case: Case) -> None:
    decoder = case.dialect.stream_decoder(case.request())
    events = [*decoder.feed(case.bytes()), *decoder.end()]
    if isinstance(events[-1], Failed):
        with pytest.raises(type(events[-1].error)):
            fold(events)
        return
    folded = fold(events)
    assert fold(unfold(folded)) == folded
    assert by_block(unfold(folded)) == by_block(events)


def _same(streamed: ChatResponse, whole: ChatResponse, case: Case) -> None:
    """The same blocks, end and tokens; as JSON to the last field where the dialect declares `ignore_fields`."""
    assert meaning(streamed) == meaning(whole)
    rules = declared(case.dialect_name)
    if "ignore_fields" in rules:
        ctx = context(case.request(), case.dialect_name, whole.model)
        ignored = [*rules["ignore_fields"], *rules.get("only_body", ())]
        first, second = (without(case.dialect.encode_response(answer, ctx), ignored) for answer in (streamed, whole))
        assert first == second


def _restreamed(case: Case, events: list[StreamEvent], model: str) -> ChatResponse:
    request = case.request()
    written = case.dialect.stream_encoder(context(request, case.dialect_name, model)).encode(events)
    decoder = case.dialect.stream_decoder(request)
    return fold([*decoder.feed(written), *decoder.end()])


@every("responses")
def test_a_body_told_as_a_stream_says_the_same(case: Case) -> None:
    """One code path: a JSON answer, a cache hit and a bypass answer are told as streams."""
    case.unless_excused("stream_body")
    response = case.dialect.decode_response(case.body(), case.request())
    _same(_restreamed(case, list(unfold(response)), response.model), response, case)


@every("streams")
def test_a_stream_folded_to_a_body_says_the_same(case: Case) -> None:
    case.unless_excused("stream_body")
    decoder = case.dialect.stream_decoder(case.request())
    events = [*decoder.feed(case.bytes()), *decoder.end()]
    if isinstance(events[-1], Failed):
        return
    folded = fold(events)
    body = case.dialect.encode_response(folded, context(case.request(), case.dialect_name, folded.model))
    again = case.dialect.decode_response(body, case.request())
    _same(again, folded, case)
